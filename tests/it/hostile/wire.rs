//! Requests and answers as bytes: what an honest client would never write can't be written with one.

use std::io::Read;
use std::net::TcpStream;

use serde_json::Value;

/// The most of a URL that the server reads, less what else is in the head.
const LONGEST_URL: usize = 15_000;

/// An answer; status 0 if the connection was cut without one.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub fn is_data(&self) -> bool {
        let json = self.json();
        self.status == 200 && json.get("errors").is_none() && json["data"].is_object()
    }

    /// The code of the first error.
    pub fn code(&self) -> Option<String> {
        self.json()["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    }
}

/// A POST of this body.
pub fn post(body: &str) -> Vec<u8> {
    post_bytes("content-type: application/json\r\n", body.as_bytes())
}

pub fn post_bytes(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The same request as a GET, if it fits in a URL.
pub fn get(body: &str) -> Option<Vec<u8>> {
    let mut url = url::form_urlencoded::Serializer::new("/graphql?".to_owned());
    let Value::Object(members) = serde_json::from_str(body).ok()? else { return None };
    for (name, value) in members {
        url.append_pair(&name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    let url = url.finish();
    (url.len() < LONGEST_URL).then(|| get_url(&url))
}

pub fn get_url(url: &str) -> Vec<u8> {
    format!("GET {url} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").into_bytes()
}

pub fn read(stream: &mut TcpStream) -> Answer {
    // So that a stall fails the test instead of hanging it.
    stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 65_536];
    // What came before the line was cut counts: an error keeps it.
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..read]);
    }
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or(0);
    Answer { status, body: body.to_owned() }
}

/// Whether something has come back, or the line is cut.
pub fn has_ended(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    !matches!(peeked, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}
