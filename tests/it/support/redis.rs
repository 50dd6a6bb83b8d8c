//! A Redis of a test's own, that can be killed, stopped and started again.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server on a port of its own.
pub struct Redis {
    pub port: u16,
    child: Option<Child>,
}

impl Redis {
    /// A port on which nothing listens yet.
    pub fn absent() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Self { port: listener.local_addr().unwrap().port(), child: None }
    }

    pub fn started() -> Self {
        let mut redis = Self::absent();
        redis.start();
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub fn start(&mut self) {
        let port = self.port.to_string();
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed by ./test");
        self.child = Some(child);
        let limit = Instant::now() + Duration::from_secs(20);
        while self.ask(&["PING"]) != "PONG" {
            assert!(Instant::now() < limit, "Redis does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills it without a word.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Stops it where it stands, so that it neither answers nor is gone; or lets it go on.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// What its command line client prints.
    pub fn ask(&self, words: &[&str]) -> String {
        let port = self.port.to_string();
        let output = Command::new("redis-cli").args(["-p", &port]).args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Everything that it is told, from now on, until it is killed.
    pub fn monitor(&self) -> Child {
        let port = self.port.to_string();
        Command::new("redis-cli").args(["-p", &port, "MONITOR"]).stdout(Stdio::piped()).spawn().unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
