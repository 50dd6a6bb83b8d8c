//! A PostgreSQL server of a test's own, that can be restarted.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// A server with nothing in it.
pub struct Cluster {
    bin: String,
    data: PathBuf,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Cluster {
    pub async fn started() -> Self {
        let server = sea_orm::Database::connect(super::postgres::server()).await.unwrap();
        let ask = "SELECT setting FROM pg_config WHERE name = 'BINDIR'";
        let answer = server.query_one_raw(Statement::from_string(DbBackend::Postgres, ask)).await.unwrap().unwrap();
        let bin: String = answer.try_get_by_index(0).unwrap();
        server.close().await.unwrap();
        // The user postgres must get through to it.
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("postgres");
        std::fs::create_dir(&own).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        }
        if root() {
            assert!(Command::new("chown").arg("postgres").arg(&own).status().unwrap().success());
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let cluster = Self { bin, data: own.join("data"), port, _dir: dir };
        cluster.tell("initdb", &["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        cluster.tell("pg_ctl", &["start", "-w", "-s", "-o", &cluster.options()]);
        cluster
    }

    /// What a crash and a new start are to its clients.
    pub fn restart(&self) {
        self.tell("pg_ctl", &["restart", "-w", "-s", "-m", "immediate", "-o", &self.options()]);
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn options(&self) -> String {
        let socket = self.data.parent().unwrap().display();
        format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{socket}' -c fsync=off", self.port)
    }

    fn tell(&self, program: &str, arguments: &[&str]) {
        let program = format!("{}/{program}", self.bin);
        let mut command = if root() {
            // It refuses to run as root.
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", &program]);
            command
        } else {
            Command::new(&program)
        };
        command.arg("-D").arg(&self.data).args(arguments).current_dir(self.data.parent().unwrap());
        let log = self.data.parent().unwrap().join("log");
        if program.ends_with("pg_ctl") && arguments[0] != "stop" {
            command.arg("-l").arg(&log);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        assert!(output.status.success(), "{program}: {}\n{log}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.tell("pg_ctl", &["stop", "-s", "-w", "-m", "immediate"]);
    }
}

fn root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}
