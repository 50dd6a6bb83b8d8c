//! Writers who know what was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::readers::Known;
use crate::support::people::Persona;
use crate::support::process::Process;
use crate::support::socket::{Server, Socket};

const SET: &str = "mutation ($input: SetRoomLinkInput!) { setRoomLink(input: $input) {
    cursor userErrors { code message } room { link { url } } } }";

/// What came of a write.
#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    Done,
    Conflict,
    /// The answer never came.
    Unknown,
}

/// One who writes, at one server after another.
pub struct Writer {
    persona: Persona,
    servers: [Server; 2],
    at: usize,
    socket: Option<Socket>,
}

impl Writer {
    pub fn new(persona: &Persona, processes: &[Process; 2], at: usize) -> Self {
        let servers = [0, 1].map(|n| Server::elsewhere(processes[n].address));
        Self { persona: persona.clone(), servers, at, socket: None }
    }

    /// One operation's answer; `None` if the connection was lost.
    pub async fn ask(&mut self, query: &str, variables: Value) -> Option<Value> {
        let limit = Instant::now() + Duration::from_secs(30);
        while self.socket.is_none() {
            assert!(Instant::now() < limit, "no server takes connections");
            self.socket = self.servers[self.at].greeted(&self.persona).await;
            if self.socket.is_none() {
                self.at = 1 - self.at;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let socket = self.socket.as_mut()?;
        let said = json!({"type": "subscribe", "id": "w", "payload": {"query": query, "variables": variables}});
        let mut answer = match socket.try_say(said).await {
            Ok(()) => Value::Null,
            Err(_) => return self.lost(),
        };
        loop {
            match socket.wait().await {
                Ok(mut message) if message["type"] == "next" => answer = message["payload"].take(),
                Ok(message) if message["type"] == "complete" => return Some(answer),
                Ok(mut message) if message["type"] == "error" => {
                    return Some(json!({"errors": message["payload"].take()}));
                }
                Ok(_) => {}
                Err(_) => return self.lost(),
            }
        }
    }

    fn lost(&mut self) -> Option<Value> {
        self.socket = None;
        self.at = 1 - self.at;
        None
    }

    /// Sets the room's link; by whom it is acknowledged is known from then on.
    pub async fn set(&mut self, known: &Known, room: &str, n: u64, expected: Option<i64>) -> Written {
        let input = json!({"id": room, "url": url(n), "expectedRevision": expected});
        let answer = self.ask(SET, json!({ "input": input })).await;
        let Some(answer) = answer else { return Written::Unknown };
        // A database that is away for a moment may have committed.
        if answer.get("errors").is_some() {
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer:#}");
            return Written::Unknown;
        }
        let payload = &answer["data"]["setRoomLink"];
        match payload["userErrors"].as_array().unwrap().first() {
            None => {
                // The answer contains the change, or one that came after it.
                assert!(payload["room"]["link"]["url"].is_string(), "{answer:#}");
                known.acknowledged(n);
                Written::Done
            }
            // Acknowledged all the same, by a server that lost the database right after.
            Some(error) if error["code"] == "COMMITTED_NOT_READ" => {
                known.acknowledged(n);
                Written::Done
            }
            Some(error) => {
                assert_eq!(error["code"], "CONFLICT", "{answer:#}");
                Written::Conflict
            }
        }
    }
}

pub fn url(n: u64) -> String {
    format!("https://meet.example/CANARY-{n}")
}

/// Some who write one after the other until they are told to stop.
pub struct Busy {
    stop: Arc<AtomicBool>,
    writing: tokio::task::JoinSet<Vec<Written>>,
}

impl Busy {
    /// They take their numbers from `last` on.
    pub fn new(writers: Vec<Writer>, known: &Arc<Known>, room: &str, last: &Arc<AtomicU64>) -> Self {
        let (stop, mut writing) = (Arc::<AtomicBool>::default(), tokio::task::JoinSet::new());
        for mut writer in writers {
            let (stop, known, last) = (Arc::clone(&stop), Arc::clone(known), Arc::clone(last));
            let room = room.to_owned();
            writing.spawn(async move {
                let mut outcomes = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let n = last.fetch_add(1, Ordering::SeqCst) + 1;
                    let outcome = writer.set(&known, &room, n, None).await;
                    if outcome == Written::Unknown {
                        // As a client does that is told to come back.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    outcomes.push(outcome);
                }
                outcomes
            });
        }
        Self { stop, writing }
    }

    /// What came of each write.
    pub async fn stopped(self) -> Vec<Written> {
        self.stop.store(true, Ordering::SeqCst);
        self.writing.join_all().await.into_iter().flatten().collect()
    }
}
