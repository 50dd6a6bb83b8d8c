//! Readers that come back by themselves, and what is known of all of them.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use plenary::cursor::Cursor;
use serde_json::{Value, json};

use crate::streams::LINKS;
use crate::support::people::Persona;
use crate::support::socket::{Server, Socket};

/// How long a server may know nothing of a right that was withdrawn.
const REVOKED: Duration = Duration::from_secs(1);

/// What is known of a run while it goes.
#[derive(Default)]
pub struct Known {
    acknowledged: Mutex<HashMap<u64, Instant>>,
    wrong: Mutex<Vec<String>>,
    worst: Mutex<Duration>,
    codes: Mutex<Vec<u16>>,
    /// The database does not answer: nobody is promised anything.
    paused: AtomicBool,
    /// Nobody sleeps any more.
    awake: AtomicBool,
    over: AtomicBool,
}

impl Known {
    pub fn acknowledged(&self, n: u64) {
        self.acknowledged.lock().unwrap().insert(n, Instant::now());
    }

    /// How many were.
    pub fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    pub fn all_acknowledged(&self) -> Vec<u64> {
        self.acknowledged.lock().unwrap().keys().copied().collect()
    }

    pub fn wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap().clone()
    }

    /// The longest that one who was connected waited for a link after its acknowledgement.
    pub fn worst(&self) -> Duration {
        *self.worst.lock().unwrap()
    }

    /// With what readers were sent away.
    pub fn codes(&self) -> Vec<u16> {
        self.codes.lock().unwrap().clone()
    }

    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::SeqCst);
    }

    pub fn wake(&self) {
        self.awake.store(true, Ordering::SeqCst);
    }

    pub fn over(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    fn say(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }
}

/// One who reads the links.
pub struct Reader {
    pub persona: Persona,
    /// Whether links are for it.
    entitled: bool,
    /// Whether its role comes and goes.
    pub wanders: bool,
    /// How long it sleeps after each message.
    pub pause: Duration,
    /// By what wire it reaches its server; else it chooses one of the two.
    pub through: Option<SocketAddr>,
    pub seed: u64,
    held: Mutex<Held>,
    withdrawn: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Held {
    rooms: BTreeMap<String, Option<String>>,
    cursor: Option<String>,
    revision: i64,
}

impl Reader {
    pub fn new(persona: Persona, entitled: bool) -> Self {
        Self {
            persona,
            entitled,
            wanders: false,
            pause: Duration::ZERO,
            through: None,
            seed: 0,
            held: Mutex::default(),
            withdrawn: Mutex::default(),
        }
    }

    pub fn held(&self) -> BTreeMap<String, Option<String>> {
        self.held.lock().unwrap().rooms.clone()
    }

    /// Its right to links is gone from now on, or here again.
    pub fn withdrawn(&self, withdrawn: bool) {
        *self.withdrawn.lock().unwrap() = withdrawn.then(Instant::now);
    }

    /// Takes an update as docs/clients.md says that clients do.
    fn take(&self, update: &Value, since: Instant, known: &Known) {
        let mut held = self.held.lock().unwrap();
        if update["reset"] == true {
            held.rooms.clear();
        }
        for id in update["removedIds"].as_array().unwrap() {
            held.rooms.remove(id.as_str().unwrap());
        }
        let now = Instant::now();
        for (id, url) in rooms(update) {
            if let Some(n) = url.as_deref().filter(|url| url.contains("CANARY-")).map(number) {
                let acknowledged = known.acknowledged.lock().unwrap().get(&n).copied();
                if !self.entitled {
                    known.say(format!("a link has come to {}: {n}", self.persona.user));
                }
                let withdrawn = *self.withdrawn.lock().unwrap();
                if let (Some(withdrawn), Some(at)) = (withdrawn, acknowledged)
                    && at > withdrawn + super::slack(REVOKED)
                {
                    known.say(format!("the link {n} came {:?} after the role was withdrawn", at - withdrawn));
                }
                let counts = self.pause.is_zero() && self.through.is_none() && !self.wanders;
                if let Some(at) = acknowledged.filter(|at| counts && *at > since)
                    && !known.paused.load(Ordering::SeqCst)
                {
                    let mut worst = known.worst.lock().unwrap();
                    *worst = worst.max(now - at);
                }
            }
            held.rooms.insert(id, url);
        }
        let cursor = update["cursor"].as_str().unwrap();
        let revision = Cursor::decode(cursor).unwrap().positions[0].stamp.revision;
        if revision < held.revision {
            known.say(format!("went back from {} to {revision}", held.revision));
        }
        held.revision = revision;
        held.cursor = Some(cursor.to_owned());
    }
}

/// The number of a link.
pub fn number(url: &str) -> u64 {
    url.rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// The links in an update, by the session room's id.
pub fn rooms(update: &Value) -> BTreeMap<String, Option<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let rooms = update["sessionRooms"].as_array().unwrap().iter();
    rooms.map(|it| (text(&it["id"]).unwrap(), text(&it["link"]["url"]))).collect()
}

/// Reads, and comes back when its connection is lost: to the other server, from where it was.
pub async fn follow(servers: [Server; 2], reader: Arc<Reader>, known: Arc<Known>) {
    let mut at = usize::try_from(reader.seed % 2).unwrap();
    let through = reader.through.map(Server::elsewhere);
    while !known.over.load(Ordering::SeqCst) {
        let server = through.as_ref().unwrap_or(&servers[at]);
        if let Some(mut socket) = server.greeted(&reader.persona).await
            && read(&mut socket, &reader, &known).await.is_none()
        {
            return;
        }
        at = 1 - at;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reads until the connection is lost; `None`: nothing more may be asked.
async fn read(socket: &mut Socket, reader: &Reader, known: &Known) -> Option<()> {
    let after = reader.held.lock().unwrap().cursor.clone();
    let payload = json!({"query": LINKS, "variables": {"after": after}});
    if socket.try_say(json!({"type": "subscribe", "id": "links", "payload": payload})).await.is_err() {
        return Some(());
    }
    let mut since = None;
    loop {
        // As graphql-ws does with `keepAlive`: who does not answer is not there.
        let heard = tokio::time::timeout(Duration::from_secs(2), socket.wait()).await;
        let Ok(heard) = heard else {
            if socket.try_say(json!({"type": "ping"})).await.is_err() {
                return Some(());
            }
            match tokio::time::timeout(Duration::from_secs(2), socket.wait()).await {
                Ok(Ok(message)) if message["type"] == "pong" => continue,
                Ok(Ok(message)) => {
                    hear(message, reader, &mut since, known)?;
                    continue;
                }
                Ok(Err(_)) | Err(_) => return Some(()),
            }
        };
        match heard {
            Ok(message) => hear(message, reader, &mut since, known)?,
            Err((code, reason)) => {
                if ![1006, 1012, 1013].contains(&code) {
                    known.say(format!("sent away with {code} {reason}"));
                    return None;
                }
                known.codes.lock().unwrap().push(code);
                return Some(());
            }
        }
        if !known.awake.load(Ordering::SeqCst) {
            tokio::time::sleep(reader.pause).await;
        }
    }
}

fn hear(mut message: Value, reader: &Reader, since: &mut Option<Instant>, known: &Known) -> Option<()> {
    match message["type"].as_str().unwrap() {
        "next" if message["payload"].get("errors").is_none() => {
            let update = message["payload"]["data"]["sessionRoomChanged"].take();
            // What it gets first is what it missed: its staleness counts from then on.
            let since = *since.get_or_insert_with(Instant::now);
            reader.take(&update, since, known);
        }
        "ping" | "pong" => {}
        _ => {
            known.say(format!("unasked: {message}"));
            return None;
        }
    }
    Some(())
}
