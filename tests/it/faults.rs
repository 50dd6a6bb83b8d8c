//! Real processes that are killed, stopped and cut off: two `plenary serve` on one PostgreSQL and one Redis, with readers
//! that come back by themselves and writers who know what was acknowledged.
//!
//! After each fault every reader holds what the database has; nobody has ever gone back, nobody has had a link without
//! the right to it, no subscription has ended unasked, and nothing that was acknowledged is missing. The short form runs
//! with all tests; `PLENARY_TEST_FAULTS=long ./test faults` is the long one.

mod readers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary::clock::System;
use plenary::config::Config;
use plenary::db::Database;
use serde_json::{Value, json};

use self::readers::{Known, Reader, follow};
use crate::desk::organizer;
use crate::streams::LINKS;
use crate::support::between::{Between, Point};
use crate::support::cluster::Cluster;
use crate::support::people::{Persona, Role};
use crate::support::process::Process;
use crate::support::redis::Redis;
use crate::support::socket::{Server, Socket};
use crate::support::{Backend, World, pools, run, runtime};

const SET: &str = "mutation ($input: SetRoomLinkInput!) { setRoomLink(input: $input) {
    cursor userErrors { code message } room { link { url } } } }";

/// How many times, in the short form and in the long one.
fn times(short: usize, long: usize) -> usize {
    match std::env::var("PLENARY_TEST_FAULTS").as_deref() {
        Ok("long") => long,
        Ok(other) => panic!("PLENARY_TEST_FAULTS is `long` or not set, not `{other}`"),
        Err(_) => short,
    }
}

/// What is promised, with room for a machine that does other work too.
fn slack(promise: Duration) -> Duration {
    promise * if std::env::var_os("CI").is_some() { 4 } else { 2 }
}

/// What came of a write.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    Done,
    Conflict,
    /// The answer never came.
    Unknown,
}

/// One who writes, at one server after another.
struct Writer {
    persona: Persona,
    servers: [Server; 2],
    at: usize,
    socket: Option<Socket>,
}

impl Writer {
    fn new(persona: &Persona, processes: &[Process; 2], at: usize) -> Self {
        let servers = [0, 1].map(|n| Server::elsewhere(processes[n].address));
        Self { persona: persona.clone(), servers, at, socket: None }
    }

    /// One operation's answer; `None` if the connection was lost.
    async fn ask(&mut self, query: &str, variables: Value) -> Option<Value> {
        let limit = Instant::now() + Duration::from_secs(30);
        while self.socket.is_none() {
            assert!(Instant::now() < limit, "no server takes connections");
            self.socket = self.servers[self.at].greeted(&self.persona).await;
            if self.socket.is_none() {
                self.at = 1 - self.at;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let socket = self.socket.as_mut()?;
        let said = json!({"type": "subscribe", "id": "w", "payload": {"query": query, "variables": variables}});
        let mut answer = match socket.try_say(said).await {
            Ok(()) => Value::Null,
            Err(_) => return self.lost(),
        };
        loop {
            match socket.wait().await {
                Ok(mut message) if message["type"] == "next" => answer = message["payload"].take(),
                Ok(message) if message["type"] == "complete" => return Some(answer),
                Ok(mut message) if message["type"] == "error" => {
                    return Some(json!({"errors": message["payload"].take()}));
                }
                Ok(_) => {}
                Err(_) => return self.lost(),
            }
        }
    }

    fn lost(&mut self) -> Option<Value> {
        self.socket = None;
        self.at = 1 - self.at;
        None
    }

    /// Sets the room's link; by whom it is acknowledged is known from then on.
    async fn set(&mut self, known: &Known, room: &str, n: u64, expected: Option<i64>) -> Written {
        let input = json!({"id": room, "url": url(n), "expectedRevision": expected});
        let answer = self.ask(SET, json!({ "input": input })).await;
        let Some(answer) = answer else { return Written::Unknown };
        // A database that is away for a moment may have committed.
        if answer.get("errors").is_some() {
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer:#}");
            return Written::Unknown;
        }
        let payload = &answer["data"]["setRoomLink"];
        match payload["userErrors"].as_array().unwrap().first() {
            None => {
                // The answer contains the change, or one that came after it.
                assert!(payload["room"]["link"]["url"].is_string(), "{answer:#}");
                known.acknowledged(n);
                Written::Done
            }
            // Acknowledged all the same, by a server that lost the database right after.
            Some(error) if error["code"] == "COMMITTED_NOT_READ" => {
                known.acknowledged(n);
                Written::Done
            }
            Some(error) => {
                assert_eq!(error["code"], "CONFLICT", "{answer:#}");
                Written::Conflict
            }
        }
    }
}

fn url(n: u64) -> String {
    format!("https://meet.example/CANARY-{n}")
}

/// Two servers, what is between them and their database, and who reads.
struct Storm {
    world: World,
    /// The same database, seen from here.
    here: Server,
    olga: Persona,
    wanderer: Persona,
    room: String,
    redis: Redis,
    processes: [Process; 2],
    between: Between,
    known: Arc<Known>,
    readers: Vec<Arc<Reader>>,
    /// The number of the last link.
    n: u64,
}

impl Storm {
    async fn new(world: World, readers: usize, settings: &[(&'static str, &str)]) -> Self {
        // By the clock and the chance of the processes: logins are to be good there too.
        let settings_here = "limits.requests_per_second = 100000\nlimits.sockets_per_user = 1000";
        let config = Config::load(None, std::iter::empty(), settings_here.parse().unwrap()).unwrap();
        let database = Database::connect(&world.url, &pools()).await.unwrap();
        let world = world.through(plenary::app::App::new(config, database, Arc::new(System)));
        let olga = organizer(&world).await;
        let room = world.id_of("rooms", "name", "Online").await;
        let redis = Redis::started();
        let mut upstream = url::Url::parse(&world.url).unwrap();
        let address = format!("{}:{}", upstream.host_str().unwrap(), upstream.port().unwrap());
        let between = Between::new(address).await;
        upstream.set_port(Some(between.address.port())).unwrap();
        let processes = [
            Process::started(upstream.as_str(), &redis.url(), settings).await,
            Process::started(upstream.as_str(), &redis.url(), settings).await,
        ];
        let wanderer = person(&world, "wanderer", true).await;
        let mut storm = Self {
            known: Arc::default(),
            readers: Vec::new(),
            n: 0,
            here: Server::of(&world.app).await,
            world,
            olga,
            wanderer,
            room,
            redis,
            processes,
            between,
        };
        for n in 0..readers {
            let who = match n % 4 {
                0 => Persona::nobody(),
                1 => person(&storm.world, &format!("guest-{n}"), false).await,
                _ => person(&storm.world, &format!("ada-{n}"), true).await,
            };
            storm.read(Reader::new(who, n % 4 > 1)).await;
        }
        storm
    }

    /// Somebody more, who reads from here on.
    async fn read(&mut self, mut reader: Reader) -> Arc<Reader> {
        reader.seed = self.readers.len() as u64 + 1;
        let reader = Arc::new(reader);
        self.readers.push(Arc::clone(&reader));
        let servers = [0, 1].map(|n| Server::elsewhere(self.processes[n].address));
        tokio::spawn(follow(servers, Arc::clone(&reader), Arc::clone(&self.known)));
        reader
    }

    fn writer(&self, at: usize) -> Writer {
        Writer::new(&self.olga, &self.processes, at)
    }

    fn next(&mut self) -> u64 {
        self.n += 1;
        self.n
    }

    /// The number of the room's link, as it is in the database.
    async fn linked(&self) -> u64 {
        self.world.sweep().await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Room { link { url } } } }";
        let data = self.world.data_as(&self.olga, query, json!({"id": self.room})).await;
        readers::number(data["node"]["link"]["url"].as_str().unwrap())
    }

    /// Waits until every reader holds what the database has.
    async fn settled(&self, what: &str, within: Duration) {
        let limit = Instant::now() + slack(within);
        loop {
            self.world.sweep().await;
            let mut behind = Vec::new();
            for (n, reader) in self.readers.iter().enumerate() {
                let mut socket = self.here.socket(&reader.persona).await;
                socket.subscribe("links", LINKS, json!({})).await;
                let now = readers::rooms(&socket.next("links").await["sessionRoomChanged"]);
                let held = reader.held();
                if held != now {
                    behind.push(format!("{n} holds {held:?}, not {now:?}"));
                }
            }
            let wrong = self.known.wrong();
            assert!(wrong.is_empty(), "{what}: {wrong:#?}");
            if behind.is_empty() {
                break;
            }
            assert!(
                Instant::now() < limit,
                "{what}: {behind:#?}\n{}\n{}",
                self.processes[0].log(),
                self.processes[1].log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Nobody who was connected waited longer for a link than is promised.
    fn staleness(&self, what: &str) {
        let worst = self.known.worst();
        eprintln!("{what}: the oldest link was replaced {worst:?} after the acknowledgement");
        assert!(worst <= slack(Duration::from_millis(1_500)), "{what}: {worst:?}");
    }

    fn over(self) {
        self.known.over();
    }
}

async fn person(world: &World, name: &str, member: bool) -> Persona {
    let email = format!("{name}@example.org");
    if member {
        world.member("small", &email, Role::Attendee).await;
    }
    world.person(&email).await
}

/// SIGKILL when the commit is asked for, and when it is done but nobody has been told: what was not committed never
/// was, and what was reaches everybody by the sweep of the other.
#[test]
fn killed_around_the_commit() {
    run(Backend::Postgres, async |world| {
        let mut storm = Storm::new(world, 6, &[]).await;
        let n = storm.next();
        assert_eq!(storm.writer(0).set(&storm.known, &storm.room.clone(), n, None).await, Written::Done);
        storm.settled("at the start", Duration::from_secs(5)).await;
        for turn in 0..times(25, 100) {
            for point in [Point::BeforeCommit, Point::AfterCommit] {
                let what = format!("{turn}, {point:?}");
                let (before, n, victim) = (storm.linked().await, storm.next(), turn % 2);
                let caught = storm.between.arm(point, &url(n));
                let mut writer = storm.writer(victim);
                let (known, room) = (Arc::clone(&storm.known), storm.room.clone());
                let writing = tokio::spawn(async move { writer.set(&known, &room, n, None).await });
                tokio::time::timeout(Duration::from_secs(20), caught).await.expect("no commit").unwrap();
                storm.processes[victim].kill();
                assert_eq!(writing.await.unwrap(), Written::Unknown, "{what}");
                if point == Point::AfterCommit {
                    // Nobody was told, but it is written: it counts as if somebody had been.
                    storm.known.acknowledged(n);
                }
                let expected = if point == Point::BeforeCommit { before } else { n };
                // The database rolls back when it sees that nobody is there.
                assert_eq!(storm.linked().await, expected, "{what}");
                storm.settled(&what, Duration::from_secs(3)).await;
                storm.processes[victim].start().await;
            }
        }
        assert_eq!(missing(&storm).await, [0; 0]);
        storm.staleness("killed");
        storm.over();
    });
}

/// The database crashes and starts again in the middle of writes, twice.
#[test]
fn postgres_restarts() {
    runtime().block_on(async {
        let cluster = Cluster::started().await;
        let database = Database::connect(&cluster.url(), &pools()).await.unwrap();
        database.migrate().await.unwrap();
        database.close().await;
        let world = World::at(cluster.url()).await;
        let mut storm = Storm::new(world, 6, &[]).await;
        for turn in 0..times(2, 20) {
            let mut writers = tokio::task::JoinSet::new();
            for at in 0..2 {
                let (mut writer, known, room) = (storm.writer(at), Arc::clone(&storm.known), storm.room.clone());
                let first = storm.n + 1 + at as u64;
                writers.spawn(async move {
                    let mut outcomes = Vec::new();
                    for n in 0..60 {
                        outcomes.push(writer.set(&known, &room, first + 2 * n, None).await);
                        tokio::time::sleep(Duration::from_millis(25)).await;
                    }
                    outcomes
                });
            }
            storm.n += 120;
            tokio::time::sleep(Duration::from_millis(300)).await;
            storm.known.pause(true);
            tokio::task::block_in_place(|| cluster.restart());
            let outcomes: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
            assert!(outcomes.contains(&Written::Done) && outcomes.contains(&Written::Unknown), "{turn}: {outcomes:?}");
            assert!(storm.processes.iter_mut().all(Process::runs), "{turn}");
            storm.settled(&format!("restart {turn}"), Duration::from_secs(5)).await;
            storm.known.pause(false);
            assert_eq!(missing(&storm).await, [0; 0]);
        }
        storm.over();
    });
}

/// What was acknowledged and is not in the log.
async fn missing(storm: &Storm) -> Vec<u64> {
    use sea_orm::EntityTrait;
    let log = entity::change::Entity::find().all(storm.world.database().reader()).await.unwrap();
    let log: String = log.iter().map(|row| format!("{row:?}")).collect();
    let numbers = storm.known.all_acknowledged();
    numbers
        .into_iter()
        .filter(|n| !log.contains(&format!("{}\\\"", url(*n))) && !log.contains(&format!("{}\"", url(*n))))
        .collect()
}

/// Fifty who read, add one and write, expecting what they read: none of it is lost, while Redis dies and comes, its
/// listeners are thrown out, roles come and go, and readers are slow, asleep or cut off.
#[test]
fn fifty_writers() {
    run(Backend::Postgres, async |world| {
        let mut storm = Storm::new(world, 6, &[("PLENARY_LIMITS__PING_MS", "1000")]).await;
        let (writers, edits) = (50, times(8, 200));
        let n = storm.next();
        assert_eq!(storm.writer(0).set(&storm.known, &storm.room.clone(), n, None).await, Written::Done);
        for (name, pause) in [("slow", Duration::from_millis(40)), ("asleep", Duration::from_secs(3))] {
            let mut reader = Reader::new(person(&storm.world, name, true).await, true);
            reader.pause = pause;
            storm.read(reader).await;
        }
        let wire = Between::new(storm.processes[0].address.to_string()).await;
        let mut cut_off = Reader::new(person(&storm.world, "cut-off", true).await, true);
        cut_off.through = Some(wire.address);
        storm.read(cut_off).await;
        let mut wanderer = Reader::new(storm.wanderer.clone(), true);
        wanderer.wanders = true;
        let wanderer = storm.read(wanderer).await;
        storm.settled("at the start", Duration::from_secs(5)).await;
        let mut all = tokio::task::JoinSet::new();
        for n in 0..writers {
            let (mut writer, known, room) = (storm.writer(n % 2), Arc::clone(&storm.known), storm.room.clone());
            all.spawn(async move {
                let query = "query ($id: ID!) { conference(slug: \"small\") { revision }
                    node(id: $id) { ... on Room { link { url } } } }";
                let (mut done, mut conflicts) = (0, 0);
                while done < edits {
                    let answer = writer.ask(query, json!({ "id": room })).await.expect("a server was lost");
                    let data = &answer["data"];
                    let was = readers::number(data["node"]["link"]["url"].as_str().expect("a link"));
                    let revision = data["conference"]["revision"].as_i64();
                    match writer.set(&known, &room, was + 1, revision).await {
                        Written::Done => done += 1,
                        Written::Conflict => conflicts += 1,
                        Written::Unknown => panic!("a server was lost"),
                    }
                }
                conflicts
            });
        }
        let mut meanwhile = 0_usize;
        let mut member = true;
        let begun = Instant::now();
        while !all.is_empty() || meanwhile < 12 {
            match meanwhile % 6 {
                0 => storm.redis.kill(),
                1 => storm.redis.start(),
                2 => drop(storm.redis.ask(&["CLIENT", "KILL", "TYPE", "pubsub"])),
                3 => wire.cut(meanwhile % 12 == 3),
                _ => {
                    member = !member;
                    if member {
                        wanderer.withdrawn(false);
                        storm.world.member("small", "wanderer@example.org", Role::Attendee).await;
                    } else {
                        storm.world.no_member("small", "wanderer@example.org").await;
                        wanderer.withdrawn(true);
                    }
                }
            }
            meanwhile += 1;
            tokio::time::sleep(Duration::from_millis(400)).await;
            while let Some(ended) = all.try_join_next() {
                ended.unwrap();
            }
        }
        wire.cut(false);
        storm.known.wake();
        eprintln!("fifty writers: {} edits in {:?}", writers * edits, begun.elapsed());
        storm.settled("fifty writers", Duration::from_secs(8)).await;
        assert_eq!(storm.linked().await, 1 + (writers * edits) as u64);
        assert_eq!(missing(&storm).await, [0; 0]);
        storm.staleness("fifty writers");
        storm.over();
    });
}

/// One server after the other is told to stop and started again, under load: nothing that was acknowledged is lost,
/// each exits in ten seconds, and readers are told to come back and do.
#[test]
fn rolling_restart() {
    run(Backend::Postgres, async |world| {
        let mut storm = Storm::new(world, 12, &[("PLENARY_LIMITS__DRAIN_MS", "1000")]).await;
        for turn in 0..times(2, 20) {
            let (mut writer, known, room) = (storm.writer(turn % 2), Arc::clone(&storm.known), storm.room.clone());
            let first = storm.n + 1;
            storm.n += 100;
            let writing = tokio::spawn(async move {
                let mut done = 0;
                for n in first..first + 100 {
                    done += usize::from(writer.set(&known, &room, n, None).await == Written::Done);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                done
            });
            tokio::time::sleep(Duration::from_millis(200)).await;
            let (status, took) = storm.processes[turn % 2].stop().await;
            assert!(status.success(), "{status}");
            assert!(took < Duration::from_secs(10), "{took:?}");
            storm.processes[turn % 2].start().await;
            // At most the one that was on its way when the socket was closed.
            assert!(writing.await.unwrap() >= 99);
            storm.settled(&format!("turn {turn}"), Duration::from_secs(3)).await;
            assert_eq!(missing(&storm).await, [0; 0]);
        }
        let codes = storm.known.codes();
        assert!(codes.contains(&1012) && codes.iter().all(|code| *code == 1012), "{codes:?}");
        storm.staleness("rolling restart");
        storm.over();
    });
}
