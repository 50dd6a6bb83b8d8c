//! The servers that are measured, the people, and what their processes cost.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::enums::MemberRole;
use serde_json::{Value, json};

use super::super::Broken;
use super::clients::{self, Socket};
use crate::app::App;
use crate::clock::{Source, System};
use crate::command::account::{Claims, log_in};
use crate::command::commit::Committer;
use crate::command::import::{Options, import};
use crate::command::member::{Clerk, Entry};
use crate::config::Config;
use crate::db::{Database, PoolOptions};

/// Where the servers believe to be.
pub(super) const ORIGIN: &str = "http://127.0.0.1:8000";

const LONG: Duration = Duration::from_secs(30);

/// The servers.
#[derive(Clone, Debug)]
pub struct Setting {
    /// How many.
    pub instances: usize,
    /// An empty PostgreSQL database, which is filled; else an SQLite file is made, and gone afterwards.
    pub database: Option<String>,
    /// What they tell one another by.
    pub redis: Option<String>,
}

/// Servers that run, with the demo's conference.
pub(super) struct Scene {
    servers: Vec<Running>,
    attendee: String,
    organizer: String,
    room: String,
    _dir: Directory,
}

struct Running {
    address: SocketAddr,
    child: Child,
}

/// A directory that is gone with its owner.
struct Directory(PathBuf);

impl Drop for Directory {
    fn drop(&mut self) {
        // It is in the system's directory for such.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn broken(what: &str) -> impl Fn(&dyn std::fmt::Display) -> Broken {
    move |error| Broken::new(format!("{what}: {error}"))
}

impl Scene {
    /// With `queue`, sockets are let in at the pace of the default settings; else as fast as can be, so that what one
    /// costs is not the pace's idling.
    pub(super) async fn new(setting: &Setting, queue: bool) -> Result<Self, Broken> {
        let path = std::env::temp_dir().join(format!("plenary-bench-{}", System.id().simple()));
        std::fs::create_dir(&path).map_err(|error| broken("no directory")(&error))?;
        let dir = Directory(path);
        let url = setting.database.clone().unwrap_or_else(|| Database::sqlite_url(&dir.0.join("bench.db")));
        let people = people(&url).await?;
        let mut servers = Vec::new();
        for _ in 0..setting.instances {
            servers.push(start(&dir, &url, setting.redis.as_deref(), queue)?);
        }
        for server in &servers {
            let limit = Instant::now() + LONG;
            while tokio::net::TcpStream::connect(server.address).await.is_err() {
                if Instant::now() > limit {
                    let log = std::fs::read_to_string(dir.0.join("log")).unwrap_or_default();
                    return Err(Broken::new(format!("a server does not start:\n{log}")));
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        let (attendee, organizer) = people;
        let mut scene = Self { servers, attendee, organizer, room: String::new(), _dir: dir };
        let mut control = scene.control().await?;
        let query = "{ conference(slug: \"demo\") { sessions(first: 100) { nodes { rooms { id } } } } }";
        let answer = ask(&mut control, query, Value::Null).await?;
        let sessions = answer["data"]["conference"]["sessions"]["nodes"].as_array().cloned().unwrap_or_default();
        let room = sessions.iter().find_map(|session| session["rooms"][0]["id"].as_str());
        scene.room = room.ok_or_else(|| Broken::new("the demo has no session in a room"))?.to_owned();
        Ok(scene)
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|server| server.address).collect()
    }

    pub(super) fn pids(&self) -> Vec<u32> {
        self.servers.iter().map(|server| server.child.id()).collect()
    }

    pub(super) fn attendee(&self) -> String {
        self.attendee.clone()
    }

    /// A socket of the organizer's, to the first server.
    pub(super) async fn control(&self) -> Result<Socket, Broken> {
        let address = self.addresses().first().copied().ok_or_else(|| Broken::new("no server"))?;
        let mut socket = clients::dial(address, "/graphql", Some(&self.organizer)).await?;
        clients::say(&mut socket, r#"{"type":"connection_init"}"#.to_owned()).await?;
        clients::hear(&mut socket).await?;
        Ok(socket)
    }

    /// Replaces one session's link, of which all subscribers hear.
    pub(super) async fn change(&self, control: &mut Socket, mark: &str) -> Result<(), Broken> {
        let mutation = "mutation ($input: SetSessionRoomLinkInput!) {
            setSessionRoomLink(input: $input) { userErrors { message } } }";
        let input = json!({"id": self.room, "url": format!("https://meet.example/{mark}")});
        let answer = ask(control, mutation, json!({ "input": input })).await?;
        let errors = &answer["data"]["setSessionRoomLink"]["userErrors"];
        if errors.as_array().is_some_and(Vec::is_empty) {
            return Ok(());
        }
        Err(Broken::new(format!("the link could not be replaced: {answer}")))
    }
}

async fn ask(socket: &mut Socket, query: &str, variables: Value) -> Result<Value, Broken> {
    let payload = json!({"query": query, "variables": variables});
    clients::say(socket, json!({"type": "subscribe", "id": "1", "payload": payload}).to_string()).await?;
    let mut answer = Value::Null;
    loop {
        let mut message: Value = serde_json::from_str(&clients::hear(socket).await?).unwrap_or_default();
        match message["type"].as_str() {
            Some("next") => answer = message["payload"].take(),
            Some("complete") => return Ok(answer),
            _ => return Err(Broken::new(format!("refused: {message}"))),
        }
    }
}

/// The demo's conference, an attendee and an organizer; what their cookies are.
async fn people(url: &str) -> Result<(String, String), Broken> {
    let source: Arc<dyn Source> = Arc::new(System);
    let database = Database::connect(url, &PoolOptions::default()).await;
    let database = database.map_err(|error| broken("the database can't be opened")(&error))?;
    database.migrate().await.map_err(|error| broken("the database can't be migrated")(&error))?;
    let slug = crate::demo::SLUG;
    let find = async || Database::conference_id(database.reader(), slug).await;
    let there = find().await.map_err(|error| broken("the database can't be read")(&error))?;
    if there.is_none() {
        let committer = Committer { database: &database, source: &source, actor: "system", progress: &|_, _| {} };
        let imported = import(&committer, &crate::demo::program().into(), Options::default()).await;
        imported.map_err(|error| Broken::new(format!("the conference can't be made: {error:?}")))?;
    }
    let conference = find().await.ok().flatten().ok_or_else(|| Broken::new("the conference is not there"))?;
    let config = Config::load(None, std::iter::empty(), toml::Table::new());
    let config = config.map_err(|faults| Broken::new(faults.to_string()))?;
    let app = App::new(config, database, Arc::clone(&source));
    let mut cookies = Vec::new();
    for (name, role) in [("attendee", MemberRole::Attendee), ("organizer", MemberRole::Organizer)] {
        let email = format!("{name}@bench.example");
        let clerk = Clerk { database: app.database(), source: &*source, actor: "system" };
        let entry = Entry { email: email.clone(), name: None, role };
        let set = clerk.set(conference, &[entry], None).await;
        set.map_err(|error| Broken::new(format!("nobody can be registered: {error:?}")))?;
        let claims = Claims {
            provider: "bench".into(),
            issuer: "https://bench.example".into(),
            subject: name.into(),
            email: Some(email),
            email_verified: true,
            name: None,
            orcid: None,
        };
        let logged_in = log_in(app.desk(), claims, None, None, None).await;
        cookies.push(logged_in.map_err(|error| Broken::new(format!("nobody can log in: {error:?}")))?.token.text());
    }
    app.database().clone().close().await;
    match cookies.as_slice() {
        [attendee, organizer] => Ok((attendee.clone(), organizer.clone())),
        _ => Err(Broken::new("nobody is there")),
    }
}

/// Starts a server: this very program.
fn start(dir: &Directory, url: &str, redis: Option<&str>, queue: bool) -> Result<Running, Broken> {
    let io = broken("a server can't be started");
    let program = std::env::current_exe().map_err(|error| io(&error))?;
    let log = std::fs::OpenOptions::new().create(true).append(true).open(dir.0.join("log"));
    let log = log.map_err(|error| io(&error))?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| io(&error))?;
    let address = listener.local_addr().map_err(|error| io(&error))?;
    drop(listener);
    let mut command = Command::new(program);
    command
        .env_clear()
        .current_dir(&dir.0)
        .args(["serve", "--log-level", "warn", "--listen", &address.to_string()])
        .env("PLENARY_DATABASE_URL", url)
        .env("PLENARY_REDIS_URL", redis.unwrap_or_default())
        .env("PLENARY_PUBLIC_URL", ORIGIN)
        .env("PLENARY_LIMITS__SOCKETS_PER_USER", "100000")
        .env("PLENARY_LIMITS__REQUESTS_PER_SECOND", "1000000")
        .env("PLENARY_LIMITS__REQUESTS_BURST", "1000000")
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(|error| io(&error))?)
        .stderr(log);
    if !queue {
        command.env("PLENARY_LIMITS__ACKS_PER_SECOND", "1000000");
    }
    let child = command.spawn().map_err(|error| io(&error))?;
    Ok(Running { address, child })
}

/// What processes have cost so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Processor time, the kernel's for them included.
    pub(super) cpu: Duration,
    /// Resident memory, in bytes.
    pub(super) memory: u64,
}

impl Cost {
    /// Of these processes, by Linux's /proc.
    pub(super) fn of(pids: &[u32]) -> Result<Self, Broken> {
        let mut all = Self { cpu: Duration::ZERO, memory: 0 };
        for pid in pids {
            let at = format!("/proc/{pid}");
            let read = |file: &str| {
                let read = std::fs::read_to_string(format!("{at}/{file}"));
                read.map_err(|error| Broken::new(format!("{at}: {error}; processor time is read as Linux has it")))
            };
            // Of each thread, in nanoseconds: `stat` counts in hundredths of a second.
            let tasks = std::fs::read_dir(format!("{at}/task")).map_err(|error| broken(&at)(&error))?;
            for task in tasks.flatten() {
                let stat = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
                let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default();
                all.cpu += Duration::from_nanos(nanos);
            }
            let status = read("status")?;
            let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kib = resident.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
            all.memory += kib.unwrap_or_default() * 1024;
        }
        Ok(all)
    }

    pub(super) fn own() -> Result<Self, Broken> {
        Self::of(&[std::process::id()])
    }
}

/// Where a broadcast listens.
pub(super) fn address(url: &url::Url) -> Result<SocketAddr, Broken> {
    let found = url.socket_addrs(|| None).ok().and_then(|all| all.first().copied());
    found.ok_or_else(|| Broken::new(format!("{url} names no address; it must be as ws://127.0.0.1:7110/")))
}

/// As many open files as the sockets need.
pub(super) fn files(wanted: usize) -> Result<(), Broken> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = wanted as u64;
    let now = getrlimit(Resource::Nofile);
    if now.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let maximum = now.maximum.map(|maximum| maximum.max(wanted));
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).map_err(|error| {
        Broken::new(format!("{wanted} files may not be open at once ({error}); allow it with ulimit -n {wanted}"))
    })
}
