//! Receivers that do not take what they are told.

use chrono::TimeDelta;
use plenary::clock::Source;
use serde_json::{Value, json};

use super::receiver::{Receiver, Turn};
use super::{House, Workers};
use crate::support::both;

/// A receiver's time of a second, and of longer than any test waits.
const HASTY: &str = "[webhooks]\nallow_private = true\npoll_ms = 10\ntimeout_ms = 1000";
const SLOW: &str = "[webhooks]\nallow_private = true\npoll_ms = 10\ntimeout_ms = 60000";

impl House {
    /// Waits until so many tries have been made in all, and none is being made.
    async fn tried(&self, attempts: i32) {
        self.eventually("it was tried", || async {
            let rows = self.deliveries().await;
            rows.iter().map(|row| row.attempts).sum::<i32>() >= attempts
                && rows.iter().all(|row| row.locked_until.is_none())
        })
        .await;
    }

    /// Time passes as it does: whatever is to be done is done when it is due.
    async fn passes(&self, by: TimeDelta) {
        let end = self.clock.now() + by;
        loop {
            self.quiet().await;
            let now = self.clock.now();
            let rows = self.deliveries().await;
            let next = rows.iter().filter_map(|row| row.next_at).filter(|at| *at > now && *at <= end).min();
            self.later(next.unwrap_or(end) - now);
            if next.is_none() {
                return self.quiet().await;
            }
        }
    }

    /// From and to which revisions the receiver was told, in order.
    fn steps(&self) -> Vec<(i64, i64)> {
        let mut steps: Vec<(i64, i64)> = self
            .receiver
            .received()
            .iter()
            .map(|it| {
                let body = it.body();
                assert_eq!(body["data"]["reset"], false, "{body:#}");
                (body["data"]["fromRevision"].as_i64().unwrap(), body["data"]["revision"].as_i64().unwrap())
            })
            .collect();
        steps.sort_unstable();
        steps
    }
}

both! {
    /// Whatever fails is tried again, later and later, with the same id, signed anew; then it is given up, and can be sent
    /// again.
    async fn later_and_later(world) {
        let house = House::new(world).await;
        let (_, secret) = house.webhook().await;
        let failures = [500, 404, 301, 100, 502, 401, 418, 599, 503].map(Turn::Status);
        house.receiver.then(failures.into_iter().map(|turn| if matches!(turn, Turn::Status(100)) { Turn::HangUp } else { turn }));
        let workers = house.workers();
        house.rename("One").await;
        let mut waits = Vec::new();
        for attempts in 1..=9 {
            house.tried(attempts).await;
            let [row] = house.deliveries().await.try_into().unwrap();
            assert_eq!((row.attempts, row.delivered_at), (attempts, None));
            assert!(row.last_error.is_some());
            let Some(next) = row.next_at else { break };
            let wait = next - house.clock.now();
            waits.push(wait.num_seconds());
            house.later(wait);
        }
        assert_eq!(waits, [5, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400]);
        let one = house.seen().await[0]["deliveries"]["nodes"][0].take();
        assert_eq!((&one["status"], &one["lastStatus"], &one["lastError"]), (&json!("FAILED"), &json!(503), &json!("status 503")));
        assert_eq!(house.seen().await[0]["isActive"], true, "two days are not five");
        house.later(TimeDelta::hours(1));
        let again = house.done("redeliverWebhook", json!({"id": one["id"]}), "delivery { status attempts }").await;
        assert_eq!(again["delivery"], json!({"status": "PENDING", "attempts": 9}));
        house.tried(10).await;
        house.quiet().await;
        workers.stop().await;
        let one = house.seen().await[0]["deliveries"]["nodes"][0].take();
        assert_eq!((&one["status"], &one["attempts"], &one["lastError"]), (&json!("DELIVERED"), &json!(10), &Value::Null));
        let received = house.receiver.received();
        assert_eq!(received.len(), 10);
        let mut last = None;
        for it in &received {
            assert_eq!((it.id(), &it.text), (received[0].id(), &received[0].text));
            assert_eq!(it.signed_by(&secret), (1, 1));
            assert!(last < Some(it.at()), "each try has its own time");
            last = Some(it.at());
        }
    }

    /// A receiver that says when to come again is listened to, within bounds.
    async fn when_it_is_asked_to(world) {
        let house = House::new(world).await;
        house.webhook().await;
        let at = (house.clock.now() + TimeDelta::seconds(700)).format("%a, %d %b %Y %H:%M:%S GMT");
        house.receiver.then([
            Turn::With(429, "Retry-After: 600".into()),
            Turn::With(503, format!("Retry-After: {at}")),
            Turn::With(503, "Retry-After: 9999999".into()),
            Turn::With(500, "Retry-After: 9999".into()),
            Turn::With(429, "Retry-After: soon".into()),
        ]);
        let workers = house.workers();
        house.rename("One").await;
        let mut waits = Vec::new();
        for attempts in 1..=5 {
            house.tried(attempts).await;
            let wait = house.deliveries().await[0].next_at.unwrap() - house.clock.now();
            waits.push(wait.num_seconds());
            house.later(wait);
        }
        house.quiet().await;
        workers.stop().await;
        assert_eq!(waits, [600, 100, 86_400, 1_800, 7_200]);
        assert_eq!(house.receiver.count(), 6);
    }

    /// 410: it wants no more. What it has missed it is told when it is switched on again, the refused one too.
    async fn gone(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        house.receiver.then([Turn::Status(410)]);
        let workers = house.workers();
        house.rename("One").await;
        house.tried(1).await;
        let seen = house.seen().await;
        assert_eq!(seen[0]["isActive"], false);
        assert!(seen[0]["disabledReason"].as_str().unwrap().contains("410") && seen[0]["disabledAt"].is_string());
        assert_eq!(seen[0]["deliveries"]["nodes"][0]["status"], "FAILED");
        house.rename("Two").await;
        house.later(TimeDelta::days(2));
        house.quiet().await;
        assert_eq!(house.refused("testWebhook", json!({"id": webhook})).await, ("INVALID".into(), "id".into()));
        let failed = seen[0]["deliveries"]["nodes"][0]["id"].clone();
        assert_eq!(house.refused("redeliverWebhook", json!({"id": failed})).await, ("INVALID".into(), "id".into()));
        assert_eq!(house.receiver.count(), 1);
        let on = house.done("updateWebhook", json!({"id": webhook, "isActive": true}), "webhook { isActive disabledReason }").await;
        assert_eq!(on["webhook"], json!({"isActive": true, "disabledReason": null}));
        house.eventually("it is told", || async { house.receiver.count() == 3 }).await;
        house.quiet().await;
        workers.stop().await;
        assert_eq!(house.steps(), [(1, 2), (1, 2), (2, 3)]);
        assert!(house.deliveries().await.iter().all(|row| row.delivered_at.is_some()));
    }

    /// A receiver that was away: nothing is lost, newer ones do not wait for older ones, and when one gets through all do.
    async fn away_and_back(world) {
        let house = House::new(world).await;
        house.webhook().await;
        house.receiver.down(true);
        let workers = house.workers();
        for (n, title) in (1..).zip(["One", "Two", "Three"]) {
            house.rename(title).await;
            house.eventually("it is written down", || async { house.deliveries().await.len() == n }).await;
            house.quiet().await;
            house.later(TimeDelta::seconds(5));
            house.quiet().await;
        }
        assert_eq!(house.receiver.count(), 0);
        assert!(house.deliveries().await.iter().all(|row| row.attempts > 0 && row.next_at.is_some()));
        house.receiver.down(false);
        house.quiet().await;
        assert_eq!(house.receiver.count(), 0, "nothing is due yet");
        house.rename("Four").await;
        house.eventually("all are told", || async { house.receiver.count() == 4 }).await;
        house.quiet().await;
        workers.stop().await;
        assert_eq!(house.receiver.received()[0].body()["data"]["revision"], 5, "the newest did not wait");
        assert_eq!(house.steps(), [(1, 2), (2, 3), (3, 4), (4, 5)]);
        assert!(house.stored().await[0].failing_since.is_none());
    }

    /// One that does not answer is asked once for all that is due, and holds up nobody else; when it answers, all is told.
    async fn one_that_does_not_answer(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        house.receiver.down(true);
        let healthy = Receiver::new().await;
        let (other, _) = house.webhook_with(json!({"url": healthy.url("/")})).await;
        for id in [&webhook, &webhook, &webhook, &webhook, &webhook, &other] {
            house.done("testWebhook", json!({ "id": id }), "__typename").await;
        }
        let workers = house.workers();
        for (tries, wait) in [(1, 5), (2, 60), (3, 300)] {
            house.quiet().await;
            assert_eq!((house.receiver.connections(), healthy.count()), (tries, 1));
            let rows = house.deliveries().await;
            let attempts: Vec<i32> = rows.iter().map(|row| row.attempts).collect();
            assert_eq!(attempts, [i32::try_from(tries).unwrap(), 0, 0, 0, 0, 1]);
            let wait = TimeDelta::seconds(wait);
            assert!(rows[..5].iter().all(|row| row.next_at == Some(house.clock.now() + wait)), "{rows:?}");
            house.later(wait);
        }
        house.receiver.down(false);
        house.later(TimeDelta::minutes(30));
        house.quiet().await;
        workers.stop().await;
        assert_eq!((house.receiver.count(), healthy.count()), (5, 1));
    }

    /// One that has taken nothing for five days is switched off, and it is told why. Switched on again it is told all of it,
    /// also what is older than a week.
    async fn silent_for_days(world) {
        let house = House::new(world).await;
        house.webhook().await;
        house.receiver.down(true);
        let workers = house.workers();
        let mut tries = 0;
        while house.stored().await[0].disabled_at.is_none() {
            tries += 1;
            assert!(tries < 40, "{:?}", house.deliveries().await);
            house.rename(&format!("Title {tries}")).await;
            house.passes(TimeDelta::hours(12)).await;
        }
        let days = house.clock.now() - "2027-01-01T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert!((5..8).contains(&days.num_days()), "{days}");
        let seen = house.seen().await;
        assert!(seen[0]["disabledReason"].as_str().unwrap().contains("five days"), "{seen:#}");
        house.later(TimeDelta::days(3));
        plenary::live::tidy(house.world.app.desk(), house.world.app.config().history).await.unwrap();
        house.rename("The last").await;
        house.receiver.down(false);
        house.done("updateWebhook", json!({"id": seen[0]["id"], "isActive": true}), "__typename").await;
        house.quiet().await;
        workers.stop().await;
        let steps: Vec<(i64, i64)> = (1..=tries + 1).map(|n| (n, n + 1)).collect();
        assert_eq!(house.steps(), steps);
    }

    /// What a receiver answers with is not followed, not waited for and not kept.
    async fn odd_answers(world) {
        let house = House::new(world).await;
        house.webhook().await;
        let elsewhere = format!("Location: {}", house.receiver.url("/elsewhere"));
        // Only silence is waited for: the rest is over long before the receiver's time is.
        let turns = [
            (HASTY, Turn::Silence, Some("no answer in time")),
            (SLOW, Turn::With(307, elsewhere.clone()), Some("status 307")),
            (SLOW, Turn::With(302, elsewhere), Some("status 302")),
            (SLOW, Turn::Headers, Some("the connection broke off")),
            (SLOW, Turn::HangUp, Some("the connection broke off")),
            (SLOW, Turn::Endless, None),
            (SLOW, Turn::Body, None),
        ];
        let (hasty, slow) = (house.another(HASTY).await, house.another(SLOW).await);
        for (n, (time, turn, error)) in (1..).zip(turns) {
            let workers = Workers::of(if time == HASTY { &hasty } else { &slow });
            house.receiver.then([turn.clone()]);
            let tried = house.done("testWebhook", json!({"id": house.seen().await[0]["id"]}), "delivery { webhookId }").await;
            let id = tried["delivery"]["webhookId"].clone();
            house.tried(n).await;
            let one = house.deliveries().await.into_iter().find(|row| json!(row.id.to_string()) == id).unwrap();
            assert_eq!((one.delivered_at.is_some(), one.last_error.as_deref()), (error.is_none(), error), "{turn:?}");
            // What is tried again is not of interest here.
            house.world.execute("UPDATE webhook_delivery SET next_at = NULL").await;
            workers.stop().await;
        }
        assert!(house.receiver.received().iter().all(|it| it.line == "POST /hook HTTP/1.1"));
    }

    /// A hundred that wait are enough: what changes beyond them is one delivery later.
    async fn not_without_end(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        for _ in 0..100 {
            house.done("testWebhook", json!({"id": webhook}), "__typename").await;
        }
        assert_eq!(house.refused("testWebhook", json!({"id": webhook})).await, ("RATE_LIMITED".into(), "id".into()));
        house.receiver.then((0..100).map(|_| Turn::Status(500)));
        let workers = house.workers();
        house.tried(100).await;
        house.rename("One").await;
        house.rename("Two").await;
        let (behind, stored) = (house.world.database().webhooks_behind().await.unwrap(), house.stored().await);
        assert_eq!((behind.len(), stored[0].revision), (1, 1));
        house.later(TimeDelta::seconds(5));
        house.eventually("all is told", || async { house.receiver.count() == 201 }).await;
        house.quiet().await;
        workers.stop().await;
        let body = house.receiver.received()[200].body();
        assert_eq!((&body["data"]["fromRevision"], &body["data"]["revision"]), (&json!(1), &json!(3)));
    }

    /// Whoever is told to stop leaves what is not answered to others, at once; it is none of the tries that a delivery has.
    async fn stopped(world) {
        let house = House::new(world).await;
        house.webhook().await;
        house.receiver.then([Turn::Silence]);
        let workers = Workers::of(&house.another(SLOW).await);
        house.rename("One").await;
        house.eventually("it has begun", || async { house.receiver.count() == 1 }).await;
        workers.stop().await;
        let [row] = house.deliveries().await.try_into().unwrap();
        assert!(row.locked_until.is_none() && row.next_at.is_some() && row.delivered_at.is_none(), "{row:?}");
        house.receiver.then([Turn::Status(500)]);
        let workers = house.workers();
        house.tried(2).await;
        assert_eq!(house.deliveries().await[0].next_at, Some(house.clock.now() + TimeDelta::seconds(5)), "it is the first");
        house.later(TimeDelta::seconds(5));
        house.eventually("it is told", || async { house.receiver.count() == 3 }).await;
        house.quiet().await;
        workers.stop().await;
    }
}
