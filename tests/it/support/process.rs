//! `plenary serve` as a process of its own, which can be killed and started again where it was.

use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longer than a start takes.
const LONG: Duration = Duration::from_secs(30);

/// A server in another process.
pub struct Process {
    pub address: SocketAddr,
    settings: Vec<(&'static str, String)>,
    dir: tempfile::TempDir,
    child: Option<Child>,
}

impl Process {
    /// One that listens, with these settings beside the test's own.
    pub async fn started(database: &str, redis: &str, settings: &[(&'static str, &str)]) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut all: Vec<_> = [
            ("PLENARY_DATABASE_URL", database),
            ("PLENARY_REDIS_URL", redis),
            ("PLENARY_PUBLIC_URL", "http://127.0.0.1:8000"),
            ("PLENARY_LIMITS__REQUESTS_PER_SECOND", "100000"),
            ("PLENARY_LIMITS__REQUESTS_BURST", "100000"),
            ("PLENARY_LIMITS__SOCKETS_PER_USER", "1000"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        all.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let address = listener.local_addr().unwrap();
        drop(listener);
        let mut process = Self { address, settings: all, dir: tempfile::tempdir().unwrap(), child: None };
        process.start().await;
        process
    }

    /// Starts it, and waits until it takes connections.
    pub async fn start(&mut self) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_plenary"))
            .env_clear()
            .current_dir(self.dir.path())
            .args(["serve", "--log-level", "warn", "--listen", &self.address.to_string()])
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let limit = Instant::now() + LONG;
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < limit, "it does not start: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Kills it without a word.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Tells it to stop, and waits until it has; says how long that took.
    pub async fn stop(&mut self) -> (ExitStatus, Duration) {
        let mut child = self.child.take().unwrap();
        let begun = Instant::now();
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return (status, begun.elapsed());
            }
            assert!(begun.elapsed() < LONG, "it does not stop: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// The most memory that it has ever had, in bytes.
    #[cfg(target_os = "linux")]
    pub fn most_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.as_ref().unwrap().id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// What it has said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
