//! A database that fails while something is being told, and instances that want the same delivery.

use chrono::TimeDelta;
use plenary::clock::Source;
use serde_json::json;

use super::receiver::Turn;
use super::{House, Workers};
use crate::support::{Backend, both};

/// Looks once, when it starts: whatever it does after that, it does of itself.
const ONCE: &str = "[webhooks]\nallow_private = true\npoll_ms = 600000\ntimeout_ms = 60000";

both! {
    /// A delivery is taken with its webhook or not at all.
    async fn taken_or_not(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        house.done("testWebhook", json!({"id": webhook}), "__typename").await;
        let claim = async || {
            let now = house.clock.now();
            house.world.database().claim_delivery(now, now + TimeDelta::minutes(1)).await
        };
        // The webhook can't be read.
        let (spoil, mend) = match house.world.backend {
            Backend::Sqlite => ("UPDATE webhook SET revision = 'x'", "UPDATE webhook SET revision = 1"),
            Backend::Postgres => (
                "ALTER TABLE webhook RENAME COLUMN description TO hidden",
                "ALTER TABLE webhook RENAME COLUMN hidden TO description",
            ),
        };
        house.world.execute(spoil).await;
        assert!(claim().await.is_err());
        house.world.execute(mend).await;
        let [row] = house.deliveries().await.try_into().unwrap();
        assert_eq!((row.attempts, row.locked_until), (0, None));
        assert!(claim().await.unwrap().is_some());
    }

    /// What came of a try is written as soon as that can be, not when the delivery's time is over: that does not pass here.
    async fn what_came_of_it(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        house.done("testWebhook", json!({"id": webhook}), "__typename").await;
        for (n, turn) in (1..).zip([Turn::Status(500), Turn::Silence, Turn::Status(204)]) {
            house.receiver.then([turn.clone()]);
            house.world.refuse("webhook_delivery", "NEW.locked_until IS NULL").await;
            let other = house.another(ONCE).await;
            let ran = || other.database().statements();
            let workers = Workers::of(&other);
            house.eventually("it was asked", || async { house.receiver.count() == n }).await;
            let before = ran();
            // One that is not answered is put back when the server stops.
            let workers = if let Turn::Silence = turn { Err(tokio::spawn(workers.stop())) } else { Ok(workers) };
            house.eventually("it was tried to write that", || async { ran() >= before + 4 }).await;
            assert!(house.deliveries().await[0].locked_until.is_some());
            house.world.accept("webhook_delivery").await;
            house.eventually("it is written", || async { house.deliveries().await[0].locked_until.is_none() }).await;
            match workers {
                Ok(workers) => workers.stop().await,
                Err(stopping) => stopping.await.unwrap(),
            }
            let [row] = house.deliveries().await.try_into().unwrap();
            assert_eq!((row.attempts, row.delivered_at.is_some()), (i32::try_from(n).unwrap(), n == 3), "{turn:?}");
            assert_eq!(row.last_status, Some(if n == 3 { 204 } else { 500 }));
            house.later(TimeDelta::seconds(5));
        }
    }

    /// Of several who want a delivery at the same time one gets it, and none of them gets another of the same webhook.
    async fn at_the_same_time(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        let (other, _) = house.webhook().await;
        for id in [&webhook, &webhook, &webhook, &webhook, &webhook, &other] {
            house.done("testWebhook", json!({ "id": id }), "__typename").await;
        }
        let mut instances = vec![std::sync::Arc::clone(&house.world.app)];
        for _ in 0..3 {
            instances.push(house.another("").await);
        }
        for _ in 0..10 {
            house.later(TimeDelta::minutes(1));
            let now = house.clock.now();
            let claims = instances.iter().chain(&instances);
            let claims = claims.map(|app| app.database().claim_delivery(now, now + TimeDelta::minutes(1)));
            let taken = futures_util::future::join_all(claims).await;
            let taken: Vec<_> = taken.into_iter().filter_map(|taken| Some(taken.unwrap()?.0.webhook_id)).collect();
            assert!(taken.len() == 2 && taken[0] != taken[1], "{taken:?}");
        }
    }
}
