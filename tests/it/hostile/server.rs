//! The built binary with a wide program, and what can be asked of it from outside.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::wire::{self, Answer};
use crate::cli::{plenary, run, succeeds};

/// How long headers and bodies may take in these tests, so that a dribbler is cut in the time that a test has.
const SLOWEST_MS: u64 = 500;
/// How long a dribbler waits between bytes: often enough to never seem idle.
const DRIBBLE: Duration = Duration::from_millis(20);

pub struct Server {
    child: Mutex<Child>,
    address: SocketAddr,
    _dir: tempfile::TempDir,
}

impl Server {
    /// Serves a program with one panel of 500 papers.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sizes = ["--panels", "1", "--papers", "500", "--people", "50", "--slug", "wide", "-o", "wide.json"];
        succeeds(&run(dir.path(), &[&["generate"], &sizes[..]].concat()));
        succeeds(&run(dir.path(), &["import", "wide.json"]));
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = plenary(dir.path())
            .args(["serve", "--log-level", "error", "--listen", &address.to_string()])
            .env("PLENARY_LIMITS__HEADER_MS", SLOWEST_MS.to_string())
            .env("PLENARY_LIMITS__BODY_MS", SLOWEST_MS.to_string())
            // All attacks come from one address; that it would be slowed down is tested elsewhere.
            .env("PLENARY_LIMITS__REQUESTS_PER_SECOND", "100000")
            .env("PLENARY_LIMITS__REQUESTS_BURST", "100000")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child: Mutex::new(child), address, _dir: dir };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !server.is_ready() {
            assert!(Instant::now() < deadline && server.is_running(), "the server did not start");
            std::thread::yield_now();
        }
        server
    }

    fn is_ready(&self) -> bool {
        let asked = b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        TcpStream::connect(self.address).is_ok() && self.send(asked).status == 200
    }

    pub fn is_running(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_none()
    }

    /// Sends bytes over a connection of their own and reads until its end.
    pub fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        // Refused before it was read, the rest can't be sent: then the answer is already there, or the line is cut.
        let _ = stream.write_all(bytes);
        wire::read(&mut stream)
    }

    /// Sends the same bytes over several connections at once.
    pub fn send_together(&self, times: usize, bytes: &[u8]) {
        std::thread::scope(|scope| {
            for _ in 0..times {
                scope.spawn(|| self.send(bytes));
            }
        });
    }

    /// What the process holds, in KiB.
    pub fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.lock().unwrap().id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Requests that are sent byte by byte, while others are answered.
    pub fn dribble(&self) -> Vec<Dribbler> {
        let body = r#"{"query":"{ __typename }"}"#.to_owned() + &" ".repeat(5_000);
        let head = wire::post(&body);
        let head = head[..head.len() - body.len()].to_vec();
        let chunked = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        [
            ("the request line", Vec::new(), "GET /graphql?query=".to_owned() + &"%20".repeat(2_000)),
            ("headers", b"GET /graphql HTTP/1.1\r\n".to_vec(), "x: y\r\n".repeat(2_000)),
            ("a body", head, body.clone()),
            ("chunks", chunked.to_vec(), "1\r\n \r\n".repeat(2_000)),
            ("a chunk of exabytes", [&chunked[..], b"ffffffffffffffff\r\n"].concat(), "x".repeat(2_000)),
            ("silence in a body", chunked.to_vec(), String::new()),
            ("silence", Vec::new(), String::new()),
        ]
        .map(|(name, at_once, slowly)| Dribbler::start(self.address, name, at_once, slowly.into_bytes()))
        .into()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}

pub struct Dribbler(&'static str, JoinHandle<(Duration, Answer)>);

impl Dribbler {
    fn start(address: SocketAddr, name: &'static str, at_once: Vec<u8>, slowly: Vec<u8>) -> Self {
        Self(
            name,
            std::thread::spawn(move || {
                let begun = Instant::now();
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_nodelay(true).unwrap();
                stream.write_all(&at_once).unwrap();
                for byte in &slowly {
                    // What comes back ends it, as does a line that is cut; and so does, in the end, the test.
                    if wire::has_ended(&stream) || stream.write_all(&[*byte]).is_err() || begun.elapsed().as_secs() > 20
                    {
                        break;
                    }
                    // Not a wait for a condition: this is what the attack is.
                    std::thread::sleep(DRIBBLE);
                }
                let answer = wire::read(&mut stream);
                (begun.elapsed(), answer)
            }),
        )
    }

    /// It was cut, or told that it is too slow, when its time was over.
    pub fn must_be_cut(self) {
        let (took, answer) = self.1.join().unwrap();
        let most = Duration::from_millis(SLOWEST_MS) + super::patience();
        assert!(took < most, "{} dribbled for {took:?}", self.0);
        assert!(matches!(answer.status, 0 | 408), "{} dribbled: {answer:?}", self.0);
    }
}
