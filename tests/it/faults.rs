//! Real processes that are killed, stopped and cut off: two `plenary serve` on one PostgreSQL and one Redis, with readers
//! that come back by themselves and writers who know what was acknowledged.
//!
//! After each fault every reader holds what the database has; nobody has ever gone back, nobody has had a link without
//! the right to it, no subscription has ended unasked, and nothing that was acknowledged is missing. The short form runs
//! with all tests; `PLENARY_TEST_FAULTS=long ./test faults` is the long one.

mod readers;
mod storm;
mod writers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary::db::Database;
use serde_json::json;

use self::readers::Reader;
use self::storm::{Storm, person};
use self::writers::{Written, url};
use crate::support::between::{Between, Point};
use crate::support::cluster::Cluster;
use crate::support::people::Role;
use crate::support::process::Process;
use crate::support::{Backend, World, pools, run, runtime};

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
        assert_eq!(storm.missing().await, [0; 0]);
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
            let busy = storm.busy(&[0, 1]);
            storm.written(20).await;
            storm.known.pause(true);
            tokio::task::block_in_place(|| cluster.restart());
            storm.written(20).await;
            let outcomes = busy.stopped().await;
            assert!(outcomes.contains(&Written::Done) && outcomes.contains(&Written::Unknown), "{turn}: {outcomes:?}");
            assert!(storm.processes.iter_mut().all(Process::runs), "{turn}");
            storm.settled(&format!("restart {turn}"), Duration::from_secs(5)).await;
            storm.known.pause(false);
            assert_eq!(storm.missing().await, [0; 0]);
        }
        storm.over();
    });
}

/// How many faults come while fifty write: each of six, several times.
const FAULTS: usize = 24;

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
        let mut member = true;
        let begun = Instant::now();
        // Each of the faults several times, spread over the edits.
        for meanwhile in 0..FAULTS {
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
            storm.written(writers * edits / (FAULTS + 1)).await;
        }
        let conflicts: usize = all.join_all().await.into_iter().sum();
        wire.cut(false);
        storm.known.wake();
        eprintln!("fifty writers: {} edits, {conflicts} conflicts in {:?}", writers * edits, begun.elapsed());
        storm.settled("fifty writers", Duration::from_secs(8)).await;
        assert_eq!(storm.linked().await, 1 + (writers * edits) as u64);
        assert_eq!(storm.missing().await, [0; 0]);
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
            let busy = storm.busy(&[turn % 2]);
            storm.written(10).await;
            let (status, took) = storm.processes[turn % 2].stop().await;
            assert!(status.success(), "{status}");
            assert!(took < Duration::from_secs(10), "{took:?}");
            storm.processes[turn % 2].start().await;
            storm.written(10).await;
            let outcomes = busy.stopped().await;
            // At most the one that was on its way when the socket was closed.
            let lost = outcomes.iter().filter(|outcome| **outcome != Written::Done).count();
            assert!(lost <= 1, "{outcomes:?}");
            storm.settled(&format!("turn {turn}"), Duration::from_secs(3)).await;
            assert_eq!(storm.missing().await, [0; 0]);
        }
        let codes = storm.known.codes();
        assert!(codes.contains(&1012) && codes.iter().all(|code| *code == 1012), "{codes:?}");
        storm.staleness("rolling restart");
        storm.over();
    });
}
