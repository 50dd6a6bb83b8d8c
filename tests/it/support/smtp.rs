//! A mail server that keeps what it is sent, and does what it is told to first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What it does on one connection.
#[derive(Clone, Debug)]
pub enum Turn {
    /// It takes the mail.
    Take,
    /// It answers the greeting, the recipient or the end of the mail so.
    Greet(&'static str),
    Recipient(&'static str),
    End(&'static str),
    /// It hangs up at once, before the mail, or when it has it and has not said so.
    HangUp,
    HangUpBeforeData,
    HangUpAfterData,
    /// It says nothing at all.
    Silence,
    /// It has the mail, tells the first and says so once it is told the second.
    Wait(Arc<Notify>, Arc<Notify>),
}

/// What it was sent.
#[derive(Clone, Debug)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// The mail, as it was before it was sent.
    pub data: String,
}

#[derive(Clone)]
pub struct Sink {
    pub url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
    turns: Arc<Mutex<VecDeque<Turn>>>,
    connections: Arc<Mutex<usize>>,
}

impl Sink {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let sink = Self { url, taken: Arc::default(), turns: Arc::default(), connections: Arc::default() };
        let own = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *own.connections.lock().unwrap() += 1;
                let turn = own.turns.lock().unwrap().pop_front().unwrap_or(Turn::Take);
                let own = own.clone();
                tokio::spawn(async move { own.talk(stream, turn).await });
            }
        });
        sink
    }

    /// The next connections go so; then all is well.
    pub fn then(&self, turns: impl IntoIterator<Item = Turn>) {
        self.turns.lock().unwrap().extend(turns);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    async fn talk(&self, stream: TcpStream, turn: Turn) -> Option<()> {
        let mut stream = BufReader::new(stream);
        match turn {
            Turn::HangUp => return None,
            Turn::Silence => std::future::pending().await,
            Turn::Greet(answer) => return say(&mut stream, answer).await,
            _ => say(&mut stream, "220 sink ESMTP").await?,
        }
        let mut mail = Taken { from: String::new(), to: Vec::new(), data: String::new() };
        loop {
            let line = read(&mut stream).await?;
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("EHLO") {
                say(&mut stream, "250-sink\r\n250 8BITMIME").await?;
            } else if upper.starts_with("MAIL FROM:") {
                mail.from = bare(&line[10..]);
                say(&mut stream, "250 ok").await?;
            } else if upper.starts_with("RCPT TO:") {
                mail.to.push(bare(&line[8..]));
                let answer = if let Turn::Recipient(answer) = &turn { answer } else { "250 ok" };
                say(&mut stream, answer).await?;
            } else if upper == "DATA" {
                if matches!(turn, Turn::HangUpBeforeData) {
                    return None;
                }
                say(&mut stream, "354 go on").await?;
                loop {
                    let line = read(&mut stream).await?;
                    match line.strip_prefix('.') {
                        Some("") => break,
                        Some(rest) => mail.data += rest,
                        None => mail.data += &line,
                    }
                    mail.data += "\r\n";
                }
                if let Turn::End(answer) = &turn {
                    say(&mut stream, answer).await?;
                    continue;
                }
                self.taken.lock().unwrap().push(mail.clone());
                match &turn {
                    Turn::HangUpAfterData => return None,
                    Turn::Wait(has_it, go) => {
                        has_it.notify_one();
                        go.notified().await;
                    }
                    _ => {}
                }
                say(&mut stream, "250 taken").await?;
            } else if upper == "QUIT" {
                return say(&mut stream, "221 bye").await;
            } else {
                // A line that is none of SMTP's would be what somebody put into a mail.
                panic!("not SMTP: {line:?}");
            }
        }
    }
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) -> Option<()> {
    stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await.ok()
}

/// A line, which must end as SMTP's do.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await.ok()?;
    let line = line.strip_suffix(b"\r\n")?;
    assert!(!line.contains(&b'\r') && line.len() <= 998, "a line that is none: {line:?}");
    Some(String::from_utf8(line.to_vec()).unwrap())
}

fn bare(text: &str) -> String {
    text.split_whitespace().next().unwrap().trim_matches(['<', '>']).to_owned()
}

impl Taken {
    /// A header with its name, unfolded and decoded.
    pub fn header(&self, name: &str) -> String {
        let head = self.data.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let start = format!("{}:", name.to_ascii_lowercase());
        let found: Vec<&str> =
            head.split("\r\n").filter(|line| line.to_ascii_lowercase().starts_with(&start)).collect();
        assert!(found.len() <= 1, "{name} twice: {head}");
        found.first().map(|line| words(line[start.len()..].trim())).unwrap_or_default()
    }

    /// The names of all headers.
    pub fn headers(&self) -> Vec<String> {
        let head = self.data.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        head.split("\r\n").map(|line| line.split(':').next().unwrap().to_owned()).collect()
    }

    /// What it says, decoded.
    pub fn text(&self) -> String {
        let (_, body) = self.data.split_once("\r\n\r\n").unwrap();
        let bytes = match self.header("Content-Transfer-Encoding").as_str() {
            "base64" => STANDARD.decode(body.replace("\r\n", "")).unwrap(),
            "quoted-printable" => quoted(&body.replace("=\r\n", "")),
            "7bit" => body.as_bytes().to_vec(),
            other => panic!("{other}"),
        };
        String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
    }

    /// All of it, as it came and decoded: to look for what must not be in it.
    pub fn everything(&self) -> String {
        let headers: Vec<String> = self.headers().iter().map(|name| self.header(name)).collect();
        format!("{}\n{}\n{}\n{}", self.from, self.data, headers.join("\n"), self.text()).to_lowercase()
    }

    /// The link in it.
    pub fn link(&self) -> String {
        let text = self.text();
        let links: Vec<&str> = text.lines().filter(|line| line.contains("/messages/")).collect();
        assert_eq!(links.len(), 1, "{text}");
        links[0].to_owned()
    }

    /// The path of the link in it.
    pub fn path(&self) -> String {
        let link = self.link();
        link[link.find("/messages/").unwrap()..].to_owned()
    }
}

fn quoted(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, others)) = rest.split_first() {
        if *first == b'=' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&others[..2]).unwrap(), 16).unwrap());
            rest = &others[2..];
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    bytes
}

/// Encoded words (RFC 2047), decoded.
fn words(text: &str) -> String {
    let text = text.replace("?= =?", "?==?");
    let mut rest = text.as_str();
    let mut decoded = Vec::new();
    while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
        let (word, after) = after.split_once("?=").unwrap();
        decoded.extend_from_slice(before.as_bytes());
        decoded.extend(STANDARD.decode(word).unwrap());
        rest = after;
    }
    decoded.extend_from_slice(rest.as_bytes());
    String::from_utf8(decoded).unwrap()
}
