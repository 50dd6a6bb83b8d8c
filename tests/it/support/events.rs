//! A client of events: HTTP as it is on the wire, so that the difference between an end and a cut is seen.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::socket::Server;

const LONG: Duration = Duration::from_secs(20);

/// What comes on an answer of events.
#[derive(Debug, PartialEq)]
pub enum Come {
    /// An event: its name, its id, its data.
    Event(String, Option<String>, String),
    /// A comment, by which the connection is kept.
    Comment,
    /// The time after which to come back, in milliseconds.
    Retry(u64),
    /// The answer has ended well.
    End,
    /// The connection was cut.
    Cut,
}

/// An answer that goes on.
pub struct Events {
    stream: BufReader<TcpStream>,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    text: String,
}

impl Events {
    /// Sends a request with these headers and a body.
    pub async fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let stream = TcpStream::connect(server.address).await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: plenary\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.unwrap();
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            if line.trim().is_empty() {
                break;
            }
            head.push(line.trim().to_owned());
        }
        let status = head[0].split(' ').nth(1).unwrap().parse().unwrap();
        let headers = head[1..].iter().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Self { stream, status, headers, text: String::new() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The next that comes.
    pub async fn come(&mut self) -> Come {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                return read(&block);
            }
            match tokio::time::timeout(LONG, self.chunk()).await.expect("nothing comes") {
                Some(text) if text.is_empty() => return Come::End,
                Some(text) => self.text += &text,
                None => return Come::Cut,
            }
        }
    }

    async fn chunk(&mut self) -> Option<String> {
        let mut length = String::new();
        self.stream.read_line(&mut length).await.ok()?;
        let length = usize::from_str_radix(length.trim(), 16).ok()?;
        let mut chunk = vec![0; length + 2];
        self.stream.read_exact(&mut chunk).await.ok()?;
        chunk.truncate(length);
        Some(String::from_utf8(chunk).unwrap())
    }

    /// The next event but comments and the like: its id and its data, of a `next`.
    pub async fn next(&mut self) -> (Option<String>, Value) {
        loop {
            match self.come().await {
                Come::Comment | Come::Retry(_) => {}
                Come::Event(name, id, data) => {
                    assert_eq!(name, "next", "{data}");
                    return (id, serde_json::from_str(&data).unwrap());
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

fn read(block: &str) -> Come {
    let (mut name, mut id, mut data) = (None, None, None);
    for line in block.lines() {
        match line.split_once(':') {
            Some(("", _)) => return Come::Comment,
            Some(("retry", value)) => return Come::Retry(value.trim().parse().unwrap()),
            Some(("event", value)) => name = Some(value.trim().to_owned()),
            Some(("id", value)) => id = Some(value.trim().to_owned()),
            Some(("data", value)) => data = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    Come::Event(name.unwrap(), id, data.expect("a browser drops an event without data"))
}
