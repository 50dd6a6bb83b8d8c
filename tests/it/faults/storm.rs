//! Two servers on one database and one Redis, and who reads and writes there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use plenary::clock::System;
use plenary::config::Config;
use plenary::db::Database;
use serde_json::json;

use super::readers::{self, Known, Reader, follow};
use super::slack;
use super::writers::{Busy, Writer, url};
use crate::desk::organizer;
use crate::streams::LINKS;
use crate::support::between::Between;
use crate::support::people::{Persona, Role};
use crate::support::process::Process;
use crate::support::redis::Redis;
use crate::support::socket::Server;
use crate::support::{World, pools};

/// When nothing was written for so long, nothing is.
const STALLED: Duration = Duration::from_secs(30);

/// Two servers, what is between them and their database, and who reads.
pub struct Storm {
    pub world: World,
    /// The same database, seen from here.
    pub here: Server,
    pub olga: Persona,
    pub wanderer: Persona,
    pub room: String,
    pub redis: Redis,
    pub processes: [Process; 2],
    pub between: Between,
    pub known: Arc<Known>,
    pub readers: Vec<Arc<Reader>>,
    /// The number of the last link.
    pub last: Arc<AtomicU64>,
}

impl Storm {
    pub async fn new(world: World, readers: usize, settings: &[(&'static str, &str)]) -> Self {
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
            last: Arc::default(),
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
    pub async fn read(&mut self, mut reader: Reader) -> Arc<Reader> {
        reader.seed = self.readers.len() as u64 + 1;
        let reader = Arc::new(reader);
        self.readers.push(Arc::clone(&reader));
        let servers = [0, 1].map(|n| Server::elsewhere(self.processes[n].address));
        tokio::spawn(follow(servers, Arc::clone(&reader), Arc::clone(&self.known)));
        reader
    }

    pub fn writer(&self, at: usize) -> Writer {
        Writer::new(&self.olga, &self.processes, at)
    }

    pub fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Some who write from now on, each first to one of these servers.
    pub fn busy(&self, servers: &[usize]) -> Busy {
        let writers = servers.iter().map(|at| self.writer(*at)).collect();
        Busy::new(writers, &self.known, &self.room, &self.last)
    }

    /// Waits until so many more writes are acknowledged.
    pub async fn written(&self, more: usize) {
        let (mut limit, mut count) = (Instant::now() + STALLED, self.known.count());
        let enough = count + more;
        while count < enough {
            let before = std::mem::replace(&mut count, self.known.count());
            if count > before {
                limit = Instant::now() + STALLED;
            }
            assert!(Instant::now() < limit, "nothing is written");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The number of the room's link, as it is in the database.
    pub async fn linked(&self) -> u64 {
        self.world.sweep().await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Room { link { url } } } }";
        let data = self.world.data_as(&self.olga, query, json!({"id": self.room})).await;
        readers::number(data["node"]["link"]["url"].as_str().unwrap())
    }

    /// Waits until every reader holds what the database has.
    pub async fn settled(&self, what: &str, within: Duration) {
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
    pub fn staleness(&self, what: &str) {
        let worst = self.known.worst();
        eprintln!("{what}: the oldest link was replaced {worst:?} after the acknowledgement");
        assert!(worst <= slack(Duration::from_millis(1_500)), "{what}: {worst:?}");
    }

    /// What was acknowledged and is not in the log.
    pub async fn missing(&self) -> Vec<u64> {
        use sea_orm::EntityTrait;
        let log = entity::change::Entity::find().all(self.world.database().reader()).await.unwrap();
        let log: String = log.iter().map(|row| format!("{row:?}")).collect();
        let numbers = self.known.all_acknowledged();
        numbers
            .into_iter()
            .filter(|n| !log.contains(&format!("{}\\\"", url(*n))) && !log.contains(&format!("{}\"", url(*n))))
            .collect()
    }

    pub fn over(self) {
        self.known.over();
    }
}

pub async fn person(world: &World, name: &str, member: bool) -> Persona {
    let email = format!("{name}@example.org");
    if member {
        world.member("small", &email, Role::Attendee).await;
    }
    world.person(&email).await
}
