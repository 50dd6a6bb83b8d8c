//! Somebody who is told: a server on this machine that does as it is told to, and remembers what came.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it does with the next request.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Answers with this status.
    Status(u16),
    /// Answers with this status and this header.
    With(u16, String),
    /// Never answers.
    Silence,
    /// Hangs up.
    HangUp,
    /// Answers well, with a body that never ends.
    Endless,
    /// Answers well, and never sends the body that it has announced.
    Body,
    /// Sends headers that never end.
    Headers,
}

/// What came.
#[derive(Clone, Debug)]
pub struct Received {
    pub line: String,
    headers: Vec<(String, String)>,
    pub text: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let mut all = self.headers.iter().filter(|(own, _)| own == name);
        let (_, value) = all.next().unwrap_or_else(|| panic!("no {name} in {self:?}"));
        assert!(all.next().is_none(), "{name} twice");
        value
    }

    pub fn id(&self) -> String {
        self.header("webhook-id").into()
    }

    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The signatures that this secret has made, and how many there are.
    pub fn signed_by(&self, secret: &str) -> (usize, usize) {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.text);
        let expected = format!("v1,{}", STANDARD.encode(hmac(&key, signed.as_bytes())));
        let all: Vec<&str> = self.header("webhook-signature").split(' ').collect();
        (all.iter().filter(|one| **one == expected).count(), all.len())
    }

    pub fn at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.header("webhook-timestamp").parse().unwrap(), 0).unwrap()
    }
}

/// HMAC-SHA256 as RFC 2104 writes it, for keys of at most 64 bytes.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| (0..64).map(|n| key.get(n).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36), text.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

#[derive(Default)]
struct State {
    turns: VecDeque<Turn>,
    received: Vec<Received>,
    connections: usize,
    /// Nobody is at home.
    down: bool,
}

/// The server.
#[derive(Clone)]
pub struct Receiver {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let own = receiver.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                own.state.lock().unwrap().connections += 1;
                tokio::spawn(own.clone().serve(stream));
            }
        });
        receiver
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it does next; after that it answers 204.
    pub fn then(&self, turns: impl IntoIterator<Item = Turn>) {
        self.state.lock().unwrap().turns.extend(turns);
    }

    /// As a server that is off: nothing is read or answered.
    pub fn down(&self, down: bool) {
        self.state.lock().unwrap().down = down;
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    pub fn count(&self) -> usize {
        self.state.lock().unwrap().received.len()
    }

    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    async fn serve(self, mut stream: TcpStream) {
        if self.state.lock().unwrap().down {
            return;
        }
        let Some(received) = request(&mut stream).await else { return };
        let turn = {
            let mut state = self.state.lock().unwrap();
            state.received.push(received);
            state.turns.pop_front().unwrap_or(Turn::Status(204))
        };
        let (answer, more) = match turn {
            Turn::Status(status) => (format!("HTTP/1.1 {status} So\r\ncontent-length: 0\r\n\r\n"), ""),
            Turn::With(status, header) => {
                (format!("HTTP/1.1 {status} So\r\n{header}\r\ncontent-length: 0\r\n\r\n"), "")
            }
            Turn::HangUp => return,
            Turn::Silence => (String::new(), ""),
            Turn::Endless => ("HTTP/1.1 200 OK\r\n\r\n".into(), "all work and no play "),
            Turn::Body => ("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n".into(), ""),
            Turn::Headers => ("HTTP/1.1 200 OK\r\n".into(), "x-more: and more\r\n"),
        };
        let _ = stream.write_all(answer.as_bytes()).await;
        while !more.is_empty() {
            if stream.write_all(more.repeat(1_000).as_bytes()).await.is_err() {
                return;
            }
        }
        // Until the other end hangs up.
        let _ = stream.read(&mut [0; 16]).await;
    }
}

async fn request(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let (line, rest) = text.split_once("\r\n").unwrap();
    let headers: Vec<(String, String)> = rest
        .split("\r\n")
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
    let mut body = bytes[head + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { line: line.to_owned(), headers, text: String::from_utf8(body).unwrap() })
}
