//! Workers: every mail once, whatever the mail server does.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::TimeDelta;
use entity::client_mutation;
use sea_orm::EntityTrait;
use serde_json::json;
use tokio::sync::Notify;

use super::Office;
use crate::support::smtp::Turn;
use crate::support::{both, within_two_seconds};

both! {
    /// Mail that waits while the server is replaced by another release, or by the one before, is not lost.
    async fn across_releases(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        office.sent(&bob, json!({})).await;
        let waits = office.outbox().await;
        assert_eq!(waits.len(), 1);
        let database = world.database();
        database.migrate_down(1).await.unwrap();
        assert_eq!(world.rows("SELECT message_id FROM outbox WHERE next_at IS NOT NULL AND sent_at IS NULL").await, 1);
        database.migrate().await.unwrap();
        let [row] = office.outbox().await.try_into().unwrap();
        assert_eq!((row.message_id, row.digest_id, row.next_at), (waits[0].message_id, None, waits[0].next_at));
        let workers = office.workers(1);
        office.all_done().await;
        workers.stop().await;
        assert_eq!(office.sink.taken().len(), 1);
    }

    /// Whatever fails for a while is tried again, later and later, and then sent once.
    async fn failures_that_pass(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let turns = [
            Turn::Greet("421 not now"),
            Turn::HangUp,
            Turn::Recipient("450 busy"),
            Turn::HangUpBeforeData,
            Turn::End("451 later"),
            Turn::Greet("554 no service"),
        ];
        let count = i32::try_from(turns.len()).unwrap();
        office.sink.then(turns);
        office.sent(&bob, json!({})).await;
        let workers = office.workers(2);
        let mut waits = Vec::new();
        for attempts in 1..=count {
            office.tried(attempts).await;
            let [row] = office.outbox().await.try_into().unwrap();
            assert_eq!((row.attempts, row.sent_at), (attempts, None), "{row:?}");
            let error = row.last_error.unwrap();
            assert!(!error.contains('@'), "{error}");
            let wait = row.next_at.unwrap() - plenary::clock::Source::now(&*office.clock);
            waits.push(wait.num_minutes());
            office.later(wait);
        }
        office.all_done().await;
        workers.stop().await;
        assert_eq!(waits, [1, 2, 4, 8, 16, 32]);
        assert_eq!(office.sink.taken().len(), 1);
        let [row] = office.outbox().await.try_into().unwrap();
        assert!(row.sent_at.is_some() && row.last_error.is_none(), "{row:?}");
    }

    /// What the mail server refuses for good is not tried again.
    async fn failures_that_last(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let turns = [Turn::Recipient("550 5.1.1 <ann@canary.example>: no such user"), Turn::End("554 spam")];
        for (count, turn) in turns.into_iter().enumerate() {
            office.sink.then([turn]);
            let sent = office.sent(&bob, json!({ "text": format!("{count}") })).await;
            let workers = office.workers(1);
            office.all_done().await;
            office.later(TimeDelta::days(2));
            workers.stop().await;
            let answer = office.ask(&bob, "{ viewer { messages(first: 1) { nodes { id delivery } } } }", json!({})).await;
            let newest = &answer["data"]["viewer"]["messages"]["nodes"][0];
            assert_eq!(*newest, json!({ "id": sent["id"], "delivery": "FAILED" }));
        }
        assert_eq!((office.sink.connections(), office.sink.taken().len()), (2, 0));
        let errors: HashSet<_> = office.outbox().await.into_iter().map(|row| row.last_error.unwrap()).collect();
        assert_eq!(errors, HashSet::from(["smtp 550".to_owned(), "smtp 554".to_owned()]));
    }

    /// A database that fails while a mail is in a worker's hands holds it up as long as it fails, not until the mail's time
    /// is over: that does not pass here.
    async fn a_database_that_fails(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        // It can't be read what the mail bears.
        office.sent(&bob, json!({ "text": "One" })).await;
        office.world.hide("message").await;
        let workers = office.workers(1);
        office.eventually("it was taken again", || async { office.outbox().await[0].attempts > 1 }).await;
        office.world.unhide("message").await;
        office.all_done().await;
        workers.stop().await;
        assert_eq!(office.sink.taken().len(), 1);
        // It can't be written what came of it: that it failed, and then that it was sent.
        let other = office.another().await;
        let ran = || other.world.database().statements();
        office.sink.then([Turn::Greet("421 not now")]);
        office.sent(&bob, json!({ "text": "Two" })).await;
        let second = async || office.outbox().await.into_iter().max_by_key(|row| row.id).unwrap();
        for (connections, error) in [(2, Some("smtp 421")), (3, None)] {
            office.world.refuse("outbox", "NEW.locked_until IS NULL").await;
            let workers = other.workers(1);
            office.eventually("it was tried", || async { office.sink.connections() == connections }).await;
            let before = ran();
            office.eventually("it was tried to write that", || async { ran() >= before + 3 }).await;
            assert!(second().await.locked_until.is_some());
            office.world.accept("outbox").await;
            office.eventually("it is written", || async { second().await.locked_until.is_none() }).await;
            workers.stop().await;
            assert_eq!(second().await.last_error.as_deref(), error);
            office.later(TimeDelta::minutes(1));
        }
        assert_eq!(office.sink.taken().len(), 2);
    }

    /// After three days it is given up.
    async fn not_for_ever(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        office.sink.then((0..100).map(|_| Turn::HangUp));
        office.sent(&bob, json!({})).await;
        let workers = office.workers(1);
        let mut attempts = 0;
        while office.outbox().await[0].next_at.is_some() {
            attempts += 1;
            assert!(attempts < 60);
            office.tried(attempts).await;
            office.later(TimeDelta::hours(6));
        }
        workers.stop().await;
        assert!(attempts >= 10, "{attempts}");
    }

    /// Several workers on several instances at once: each mail is sent by one of them.
    async fn many_workers(world) {
        let office = Office::with(world, "[messages]\nper_sender_hour = 1000\nper_recipient_day = 1000").await;
        let bob = office.user("Bob").await;
        let other = office.another().await;
        let (here, there) = (office.workers(3), other.workers(3));
        for n in 0..24_u32 {
            let from = if n.is_multiple_of(2) { &office } else { &other };
            from.sent(&bob, json!({ "text": format!("Number {n}") })).await;
        }
        office.all_done().await;
        here.stop().await;
        there.stop().await;
        let ids: HashSet<String> = office.sink.taken().iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!((office.sink.taken().len(), office.sink.connections(), ids.len()), (24, 24, 24));
    }

    /// A worker that dies before it has handed a mail over: another does it, once, when the first one's time is over.
    async fn killed_before(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        office.sink.then([Turn::Silence]);
        office.sent(&bob, json!({})).await;
        let workers = office.workers(1);
        office.eventually("it has begun", || async { office.sink.connections() == 1 }).await;
        for task in &workers.tasks {
            task.abort();
        }
        let others = office.workers(2);
        // Its time is not over: nobody takes it from it.
        assert!(office.outbox().await[0].locked_until.is_some());
        assert_eq!(office.sink.connections(), 1);
        office.later(TimeDelta::minutes(10));
        office.all_done().await;
        others.stop().await;
        assert_eq!((office.sink.connections(), office.sink.taken().len()), (2, 1));
    }

    /// The one moment in which a mail may come twice: it was handed over and nobody knows. Both are the same mail.
    async fn killed_between(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let (has_it, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        office.sink.then([Turn::Wait(Arc::clone(&has_it), go), Turn::HangUpAfterData]);
        office.sent(&bob, json!({})).await;
        let workers = office.workers(1);
        has_it.notified().await;
        for task in &workers.tasks {
            task.abort();
        }
        let others = office.workers(2);
        for attempts in [2, 3] {
            office.later(TimeDelta::minutes(10));
            office.tried(attempts).await;
        }
        office.all_done().await;
        others.stop().await;
        let taken = office.sink.taken();
        assert_eq!(taken.len(), 3);
        assert!(taken.iter().all(|mail| mail.data == taken[0].data), "receivers know it for the same");
    }

    /// Whoever is told to stop finishes the mail in its hands, and leaves one that it has not begun.
    async fn stopped(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let (has_it, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        office.sink.then([Turn::Wait(Arc::clone(&has_it), Arc::clone(&go)), Turn::Silence]);
        office.sent(&bob, json!({ "text": "One" })).await;
        let workers = office.workers(1);
        has_it.notified().await;
        let stopping = tokio::spawn(workers.stop());
        go.notify_one();
        stopping.await.unwrap();
        assert!(office.outbox().await[0].sent_at.is_some());
        office.sent(&bob, json!({ "text": "Two" })).await;
        let workers = office.workers(1);
        office.eventually("it has begun", || async { office.sink.connections() == 2 }).await;
        workers.stop().await;
        let second = office.outbox().await.into_iter().find(|row| row.sent_at.is_none()).unwrap();
        assert!(second.locked_until.is_none() && second.next_at.is_some(), "{second:?}");
        let workers = office.workers(1);
        office.all_done().await;
        workers.stop().await;
        assert_eq!(office.sink.taken().len(), 2);
    }

    /// The server itself sends, at once.
    async fn the_server_sends(world) {
        let office = Office::with(world, "[mail]\npoll_ms = 600000").await;
        let bob = office.user("Bob").await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = Arc::new(Notify::new());
        let app = Arc::clone(office.app_of());
        let stopped = Arc::clone(&stop);
        let serving = tokio::spawn(async move { app.run(listener, async move { stopped.notified().await }).await });
        office.sent(&bob, json!({})).await;
        within_two_seconds("it is sent", || async { office.sink.taken().len() == 1 }).await;
        stop.notify_one();
        serving.await.unwrap().unwrap();
        assert!(office.outbox().await[0].sent_at.is_some());
    }

    /// What was sent, and what mutations were answered, is forgotten after a week.
    async fn what_is_old_is_forgotten(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        office.sink.then([Turn::Take, Turn::Recipient("550 no")]);
        let sent = office.sent(&bob, json!({ "clientMutationId": "one" })).await;
        let workers = office.workers(1);
        office.all_done().await;
        office.sent(&bob, json!({ "text": "Two" })).await;
        office.all_done().await;
        workers.stop().await;
        let counts = async || {
            plenary::live::tidy(office.app_of().desk(), office.app_of().config().history).await.unwrap();
            let reader = office.world.database().reader();
            let mutations = client_mutation::Entity::find().all(reader).await.unwrap().len();
            let quotas = entity::message_quota::Entity::find().all(reader).await.unwrap().len();
            (office.outbox().await.len(), mutations, quotas)
        };
        assert_eq!(counts().await, (2, 1, 2));
        office.later(TimeDelta::days(8));
        assert_eq!(counts().await, (1, 0, 0), "what failed is not forgotten");
        let answer = office.ask(&office.user("Bob").await, "{ viewer { messages { nodes { id delivery } } } }", json!({})).await;
        let oldest = &answer["data"]["viewer"]["messages"]["nodes"][1];
        assert_eq!(*oldest, json!({ "id": sent["id"], "delivery": "SENT" }));
    }
}
