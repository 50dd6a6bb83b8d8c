//! Several instances: each delivery by one of them, and by another where that one dies.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use plenary::clock::Source;
use plenary::command::webhook::move_on;
use plenary::db::{Stamp, Tried};
use serde_json::json;
use tokio::sync::Notify;

use super::receiver::{Received, Turn};
use super::{House, NEAR, Workers};
use crate::support::between::{Between, Point};
use crate::support::{Backend, both, run, runtime, within_two_seconds};

both! {
    /// All write down and send: everything is told once, and without a gap.
    async fn many(world) {
        let house = House::new(world).await;
        house.webhook().await;
        let others = [house.another(NEAR).await, house.another(NEAR).await];
        let workers: Vec<Workers> = others.iter().chain([&house.world.app]).map(Workers::of).collect();
        for n in 0..12 {
            house.rename(&format!("Title {n}")).await;
            if n % 3 == 0 {
                house.quiet().await;
            }
        }
        house.quiet().await;
        for some in workers {
            some.stop().await;
        }
        let received = house.receiver.received();
        let ids: BTreeSet<String> = received.iter().map(Received::id).collect();
        assert_eq!(ids.len(), received.len(), "something was told twice");
        let mut steps: Vec<(i64, i64)> = received.iter().map(|it| {
            let body = it.body();
            (body["data"]["fromRevision"].as_i64().unwrap(), body["data"]["revision"].as_i64().unwrap())
        }).collect();
        steps.sort_unstable();
        let mut at = 1;
        for (from, to) in steps {
            assert!(from == at && to > from, "{from} {to} after {at}");
            at = to;
        }
        assert_eq!(at, 13);
    }

    /// One that dies while it sends: another does it when the first one's time is over. The receiver knows it for the same.
    async fn killed(world) {
        let house = House::new(world).await;
        house.webhook().await;
        house.receiver.then([Turn::Silence]);
        let other = house.another(&NEAR.replace("timeout_ms = 2000", "timeout_ms = 60000")).await;
        let workers = Workers::of(&other);
        house.rename("One").await;
        house.eventually("it has begun", || async { house.receiver.count() == 1 }).await;
        workers.task.abort();
        let _ = workers.task.await;
        drop(other);
        // Its time is not over: nobody takes it from it.
        let workers = house.workers();
        house.rename("Two").await;
        house.eventually("it is written down", || async { house.deliveries().await.len() == 2 }).await;
        assert_eq!(house.receiver.count(), 1);
        assert!(house.deliveries().await[0].locked_until.is_some());
        // Nor is anything else of that webhook sent meanwhile.
        let now = house.clock.now();
        assert!(house.world.database().claim_delivery(now, now).await.unwrap().is_none());
        house.later(TimeDelta::minutes(2));
        house.eventually("both are told", || async { house.receiver.count() == 3 }).await;
        house.quiet().await;
        workers.stop().await;
        let received = house.receiver.received();
        assert_eq!((received[0].id(), &received[0].text), (received[1].id(), &received[1].text));
        assert!(house.deliveries().await.iter().all(|row| row.delivered_at.is_some()));
    }

    /// One that comes back late with a failure says nothing of what another has done since.
    async fn late(world) {
        let house = House::new(world).await;
        house.webhook().await;
        house.receiver.then([Turn::Silence]);
        let workers = house.workers();
        house.rename("One").await;
        house.eventually("it has begun", || async { house.receiver.count() == 1 }).await;
        house.later(TimeDelta::minutes(2));
        let other = Workers::of(&house.another(NEAR).await);
        house.eventually("it is told", || async { house.receiver.count() == 2 }).await;
        workers.stop().await;
        house.quiet().await;
        other.stop().await;
        let [row] = house.deliveries().await.try_into().unwrap();
        assert!(row.delivered_at.is_some() && row.next_at.is_none() && row.last_error.is_none(), "{row:?}");
    }

    /// What one is doing another that was held up for too long does not touch, and of two who write down a step one does.
    async fn whose_it_is(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        house.done("testWebhook", json!({"id": webhook}), "__typename").await;
        let database = house.world.database();
        let claim = async || {
            let now = house.clock.now();
            database.claim_delivery(now, now + TimeDelta::minutes(1)).await.unwrap()
        };
        let (first, _) = claim().await.unwrap();
        assert!(claim().await.is_none(), "it is taken");
        house.later(TimeDelta::minutes(1));
        let (second, own) = claim().await.unwrap();
        assert_eq!((first.id, first.attempts, second.attempts), (second.id, 1, 2));
        let tried = Tried { status: Some(500), error: Some("status 500".into()) };
        database.not_delivered(&first, &tried, None, Some("Late."), house.clock.now()).await.unwrap();
        database.put_delivery_back(&first).await.unwrap();
        let (row, still) = (house.deliveries().await.remove(0), house.stored().await.remove(0));
        assert_eq!((row.locked_until, row.next_at, row.last_error), (second.locked_until, second.next_at, None));
        assert_eq!(still, own);
        let to = Stamp { revision: own.revision + 1, tag: 7 };
        let move_on = async || move_on(house.world.app.desk(), own.clone(), to, Some("{}".into())).await.unwrap();
        assert_eq!((move_on().await, move_on().await), (true, false));
        assert_eq!(house.deliveries().await.len(), 2);
        assert_eq!((house.stored().await[0].revision, house.stored().await[0].tag), (to.revision, to.tag));
    }

    /// The server itself tells, at once: it need not look.
    async fn the_server_tells(world) {
        let house = House::with(world, "[webhooks]\nallow_private = true\npoll_ms = 600000").await;
        house.webhook().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = Arc::new(Notify::new());
        let (app, stopped) = (Arc::clone(&house.world.app), Arc::clone(&stop));
        let serving = tokio::spawn(async move { app.run(listener, async move { stopped.notified().await }).await });
        house.rename("One").await;
        within_two_seconds("it is told", || async { house.receiver.count() == 1 }).await;
        let webhook = house.seen().await[0]["id"].take();
        house.done("testWebhook", json!({"id": webhook}), "__typename").await;
        within_two_seconds("it is told", || async { house.receiver.count() == 2 }).await;
        stop.notify_one();
        serving.await.unwrap().unwrap();
    }
}

/// One that dies at the commit by which it writes down what is to be told, or right after it: what is told and how far the
/// webhook is are one, so nothing is left out and nothing told twice.
#[test]
fn killed_at_the_commit() {
    run(Backend::Postgres, async |world| {
        let house = House::new(&world).await;
        house.webhook().await;
        let mut upstream = url::Url::parse(&world.url).unwrap();
        let between = Between::new(format!("{}:{}", upstream.host_str().unwrap(), upstream.port().unwrap())).await;
        upstream.set_port(Some(between.address.port())).unwrap();
        for (n, point) in (0..).zip([Point::BeforeCommit, Point::AfterCommit]) {
            let caught = between.arm(point, "INSERT INTO \"webhook_delivery\"");
            // It has a runtime of its own, with which all that it is goes at once.
            let dying = runtime();
            let (url, clock) = (upstream.to_string(), Arc::clone(&house.clock));
            dying.spawn(async move {
                let app = super::app(&url, NEAR, &clock).await;
                let _workers = Workers::of(&app);
                std::future::pending::<()>().await;
            });
            house.rename(&format!("Title {n}")).await;
            caught.await.unwrap();
            dying.shutdown_background();
            let committed = usize::from(point == Point::AfterCommit);
            let (revision, written) = (house.stored().await[0].revision, house.deliveries().await.len());
            assert_eq!((revision, written), (if committed == 1 { 3 } else { 1 }, n + committed), "{point:?}");
            let workers = house.workers();
            house.eventually("it is told", || async { house.receiver.count() == n + 1 }).await;
            house.quiet().await;
            workers.stop().await;
        }
        let steps: Vec<_> = house.deliveries().await.iter().map(|row| (row.from_revision, row.revision)).collect();
        assert_eq!((steps, house.receiver.count()), (vec![(1, 2), (2, 3)], 2));
    });
}
