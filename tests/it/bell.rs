//! The bell: instances tell one another through Redis, and lose nothing when it fails them.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desk::{done, organizer};
use crate::streams::{LINKS, attendee, update, urls};
use crate::support::people::{Persona, Role};
use crate::support::redis::Redis;
use crate::support::socket::{Server, Socket};
use crate::support::{Backend, World, run, within_two_seconds};

/// Two instances with a Redis between them, and somebody who listens at the second.
struct Between {
    here: World,
    first: Server,
    second: Server,
    olga: Persona,
    ada: Socket,
    net: String,
    n: usize,
}

impl Between {
    async fn new(world: &World, redis: &Redis, sweep_ms: u32) -> Self {
        let olga = organizer(world).await;
        let settings = format!("redis_url = \"{}\"\nsnapshot.sweep_interval_ms = {sweep_ms}", redis.url());
        let here = world.through(world.another_with(&settings).await);
        let (first, second) = (Server::of(&here.app).await, Server::of(&world.another_with(&settings).await).await);
        let ada = attendee(world, "ada").await;
        let mut ada = second.socket(&ada).await;
        ada.subscribe("links", LINKS, json!({})).await;
        update(&mut ada).await;
        let net = world.id_of("rooms", "name", "Online").await;
        Self { here, first, second, olga, ada, net, n: 0 }
    }

    /// Replaces the link at the first and waits for it at the second; says how long each took.
    async fn change(&mut self) -> (Duration, Duration) {
        self.n += 1;
        let url = format!("https://meet.example/CANARY-{}", self.n);
        let begun = Instant::now();
        done(&self.here, &self.olga, "setRoomLink", json!({"id": self.net, "url": url}), "__typename").await;
        let written = begun.elapsed();
        loop {
            let update = update(&mut self.ada).await;
            assert_eq!(update["reset"], false);
            if urls(&update).iter().any(|(_, own)| *own == json!(url)) {
                return (written, begun.elapsed() - written);
            }
        }
    }

    async fn stopped(self) {
        self.first.stopped().await;
        self.second.stopped().await;
    }
}

/// What is promised, with room for a machine that does other work too.
fn promised(what: &str, took: Duration, promise: Duration) {
    let slack = if std::env::var_os("CI").is_some() { 3 } else { 1 };
    assert!(took <= promise * slack, "{what} took {took:?}");
}

/// Without the sweep, by the bell alone: a link, a role, the conference's own row.
#[test]
fn rings() {
    run(Backend::Postgres, async |world| {
        let redis = Redis::started();
        let mut monitor = redis.monitor();
        let mut two = Between::new(&world, &redis, 600_000).await;
        let listens = async || redis.ask(&["PUBSUB", "CHANNELS"]).lines().count() >= 2;
        within_two_seconds("both listen", listens).await;
        let heard = async || redis.ask(&["PUBSUB", "NUMSUB", &site()]).ends_with('2');
        within_two_seconds("both listen to the site", heard).await;
        for _ in 0..5 {
            let (_, told) = two.change().await;
            promised("telling", told, Duration::from_secs(1));
        }
        two.here.member("small", "ada@example.org", Role::Organizer).await;
        assert_eq!(update(&mut two.ada).await["reset"], true);
        two.here.no_member("small", "ada@example.org").await;
        assert_eq!(urls(&update(&mut two.ada).await)[1].1, Value::Null);
        let conference =
            world.data("{ conference(slug: \"small\") { id } }", json!({})).await["conference"]["id"].take();
        let public = json!({"conferenceId": conference, "linkAudience": "PUBLIC"});
        done(&two.here, &two.olga, "setLinkSettings", public, "__typename").await;
        assert!(urls(&update(&mut two.ada).await)[1].1.is_string());
        two.stopped().await;
        // Only scopes and revisions passed through Redis: no link, no address, no name.
        monitor.kill().unwrap();
        monitor.wait().unwrap();
        let mut told = String::new();
        monitor.stdout.take().unwrap().read_to_string(&mut told).unwrap();
        let published: Vec<&str> = told.lines().filter(|line| line.contains("\"PUBLISH\"")).collect();
        assert!(published.len() >= 8, "{told}");
        for line in published {
            let words: Vec<&str> = line.split('"').filter(|word| !word.trim().is_empty()).skip(1).collect();
            assert!(words[1].starts_with("plenary:") && words[1].len() == 40, "{line}");
            assert!(words[2].parse::<i64>().is_ok() && words.len() == 3, "{line}");
        }
        assert!(!told.contains("CANARY") && !told.contains("example"), "{told}");
    });
}

fn site() -> String {
    format!("plenary:{}", "0".repeat(32))
}

/// Redis absent at the start, come, killed, stopped, lied by: nobody is left behind, and no write waits.
#[test]
fn whatever_redis_does() {
    run(Backend::Postgres, async |world| {
        let mut redis = Redis::absent();
        let mut two = Between::new(&world, &redis, 500).await;
        let stale = Duration::from_millis(1_500);
        let check = async |two: &mut Between, what: &str| {
            let (written, told) = two.change().await;
            promised(&format!("{what}: a write"), written, Duration::from_millis(500));
            promised(&format!("{what}: telling"), told, stale);
        };
        check(&mut two, "absent").await;
        redis.start();
        let rung = async || redis.ask(&["PUBSUB", "NUMSUB", &site()]).ends_with('2');
        within_two_seconds("both listen", rung).await;
        check(&mut two, "come").await;
        redis.kill();
        check(&mut two, "killed").await;
        redis.start();
        within_two_seconds("both listen again", async || redis.ask(&["PUBSUB", "NUMSUB", &site()]).ends_with('2'))
            .await;
        for _ in 0..3 {
            redis.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]);
            check(&mut two, "thrown out").await;
        }
        redis.signal("-STOP");
        for _ in 0..3 {
            check(&mut two, "stopped").await;
        }
        redis.signal("-CONT");
        check(&mut two, "gone on").await;
        let scope = format!("plenary:{}", world.conference("small").await.simple());
        for channel in [&scope, &site()] {
            for lie in
                ["9223372036854775807", "-9223372036854775808", "1", "three", "", "\u{1}", "99999999999999999999999"]
            {
                redis.ask(&["PUBLISH", channel, lie]);
            }
        }
        check(&mut two, "lied to").await;
        two.ada.quiet().await;
        two.stopped().await;
    });
}
