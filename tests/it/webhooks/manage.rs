//! Making, changing and deleting webhooks: who may, and what they may point at.

use std::time::Duration;

use chrono::TimeDelta;
use plenary::auth::Scope;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::receiver::Turn;
use super::{House, NEAR, Workers};
use crate::support::people::{Persona, Role};
use crate::support::{Backend, both, run};

both! {
    /// Nobody but organizers sees or does anything, whatever they know of it.
    async fn strangers(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        house.done("testWebhook", json!({"id": webhook}), "__typename").await;
        let delivery = house.seen().await[0]["deliveries"]["nodes"][0]["id"].take();
        let world = &house.world;
        world.member("small", "ada@example.org", Role::Attendee).await;
        let ada = world.person("ada@example.org").await;
        let eve = world.person("eve@example.org").await;
        let reading = world.program_of(&house.olga, &[Scope::Read, Scope::Schedule]).await;
        let organizing = world.program_of(&house.olga, &[Scope::Organize]).await;
        let list = "{ conference(slug: \"small\") { webhooks { id url } } }";
        for who in [&ada, &eve, &reading, &Persona::nobody()] {
            assert_eq!(world.data_as(who, list, json!({})).await["conference"]["webhooks"], Value::Null);
        }
        let data = world.data_as(&organizing, list, json!({})).await;
        assert_eq!(data["conference"]["webhooks"].as_array().unwrap().len(), 1);
        let secret = house.stored().await.remove(0).secret;
        let before = house.seen().await;
        for (name, input) in [
            ("createWebhook", json!({"conferenceId": house.id, "url": "https://hooks.example.org/"})),
            ("updateWebhook", json!({"id": webhook, "isActive": false})),
            ("rotateWebhookSecret", json!({"id": webhook})),
            ("testWebhook", json!({"id": webhook})),
            ("redeliverWebhook", json!({"id": delivery})),
            ("deleteWebhook", json!({"id": webhook})),
        ] {
            for who in [&ada, &eve] {
                let payload = house.tell(who, name, input.clone(), "__typename").await;
                assert_eq!(payload["userErrors"][0]["code"], "FORBIDDEN", "{name}");
            }
            let query = format!(
                "mutation ($input: {}{}Input!) {{ {name}(input: $input) {{ __typename }} }}",
                name[..1].to_uppercase(), &name[1..]
            );
            let variables = json!({ "input": input });
            assert_eq!(world.code_as(&reading, &query, variables.clone()).await, "FORBIDDEN", "{name}");
            assert_eq!(world.code_as(&Persona::nobody(), &query, variables).await, "UNAUTHENTICATED", "{name}");
        }
        assert_eq!((house.seen().await, house.stored().await.remove(0).secret), (before, secret));
        // Whoever organizes another conference has no more of a right.
        let mut other = crate::support::files::small();
        other["conference"]["slug"] = json!("other");
        world.import(&crate::support::files::file(&other)).await;
        world.member("other", "eve@example.org", Role::Organizer).await;
        let payload = house.tell(&eve, "rotateWebhookSecret", json!({"id": webhook}), "secret").await;
        assert_eq!((&payload["userErrors"][0]["code"], &payload["secret"]), (&json!("FORBIDDEN"), &Value::Null));
    }

    /// A secret is said once, and stands nowhere but where it signs.
    async fn said_once(world) {
        let house = House::new(world).await;
        let input = json!({"conferenceId": house.id, "url": house.receiver.url("/"), "clientMutationId": "a"});
        let made = house.done("createWebhook", input.clone(), "secret webhook { id url description events isActive }").await;
        let secret = made["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_") && secret.len() == 50);
        assert_eq!(made["webhook"]["url"], house.receiver.url("/"));
        assert_eq!((&made["webhook"]["isActive"], &made["webhook"]["events"]), (&json!(true), &Value::Null));
        let again = house.done("createWebhook", input, "secret webhook { id }").await;
        assert_eq!((&again["secret"], &again["webhook"]["id"]), (&Value::Null, &made["webhook"]["id"]));
        assert_eq!(house.stored().await.len(), 1);
        let input = json!({"id": made["webhook"]["id"], "clientMutationId": "b"});
        let rotated = house.done("rotateWebhookSecret", input.clone(), "secret").await;
        assert_ne!(rotated["secret"], made["secret"]);
        assert_eq!(house.done("rotateWebhookSecret", input, "secret").await["secret"], Value::Null);
        let elsewhere = format!("{} {:?} {}", house.world.dump().await, house.stored().await, house.seen().await);
        assert!(!elsewhere.contains("whsec_") && !elsewhere.contains(&secret[6..]));
        // Who made it is in the site's log.
        assert!(house.world.dump().await.contains("entity: \"webhook\""));
        assert_eq!(house.stored().await[0].secret, rotated["secret"].as_str().unwrap());
    }

    /// With another secret both sign for a day.
    async fn another_secret(world) {
        let house = House::new(world).await;
        let (webhook, first) = house.webhook().await;
        let rotated = house.done("rotateWebhookSecret", json!({"id": webhook}), "secret webhook { formerSecretUntil }").await;
        assert_eq!(rotated["webhook"]["formerSecretUntil"], "2027-01-02T12:00:00Z");
        let second = rotated["secret"].as_str().unwrap().to_owned();
        let workers = house.workers();
        let mut expected = vec![((1, 2), (1, 2)), ((1, 2), (1, 2)), ((0, 1), (1, 1))];
        for (n, hours) in (1..).zip([0, 23, 1]) {
            house.later(TimeDelta::hours(hours));
            house.done("testWebhook", json!({"id": webhook}), "__typename").await;
            house.eventually("it is told", || async { house.receiver.count() == n }).await;
            house.quiet().await;
            let it = house.receiver.received().pop().unwrap();
            assert_eq!((it.signed_by(&first), it.signed_by(&second)), expected.remove(0), "after {hours} h more");
        }
        workers.stop().await;
        assert_eq!(house.seen().await[0]["formerSecretUntil"], Value::Null);
        plenary::live::tidy(house.world.app.desk(), house.world.app.config().history).await.unwrap();
        assert_eq!(house.stored().await[0].former_secret, None);
        // What is forgotten is not forgotten again each hour.
        house.world.refuse("webhook", "NEW.id = NEW.id").await;
        plenary::live::tidy(house.world.app.desk(), house.world.app.config().history).await.unwrap();
    }

    /// Everything that is wrong, each with its field.
    async fn faults(world) {
        let house = House::with(world, "").await;
        let hook = "https://hooks.example.org/a";
        let error = |code: &str, field: &str| (code.to_owned(), field.to_owned());
        for url in [
            "", "hooks", "http://hooks.example.org/", "ftp://hooks.example.org/", "https://me:canary@hooks.example.org/",
            "https://hooks.example.org/#a", "https://127.0.0.1/", "https://localhost/", "https://0x7f.1/", "https://127.1/",
            "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/",
            "https://[fd00::1]/", "https://redis:6379/", "https://metadata.google.internal/", "https://[64:ff9b::a00:1]/",
        ] {
            let input = json!({"conferenceId": house.id, "url": url});
            assert_eq!(house.refused("createWebhook", input).await, error("INVALID", "url"), "{url}");
        }
        let long = json!({"conferenceId": house.id, "url": hook, "description": "x".repeat(201)});
        assert_eq!(house.refused("createWebhook", long).await, error("INVALID", "description"));
        let none = json!({"conferenceId": house.id, "url": hook, "events": []});
        assert_eq!(house.refused("createWebhook", none).await, error("INVALID", "events"));
        for id in ["x", "", &house.id] {
            for name in ["updateWebhook", "rotateWebhookSecret", "deleteWebhook", "testWebhook", "redeliverWebhook"] {
                assert_eq!(house.refused(name, json!({ "id": id })).await, error("INVALID", "id"), "{name}");
            }
        }
        assert_eq!(house.refused("createWebhook", json!({"conferenceId": "x", "url": hook})).await, error("INVALID", "conferenceId"));
        assert!(house.stored().await.is_empty());
        // As many as there may be.
        let mut last = Value::Null;
        for _ in 0..10 {
            last = house.done("createWebhook", json!({"conferenceId": house.id, "url": hook}), "webhook { id }").await;
        }
        assert_eq!(house.refused("createWebhook", json!({"conferenceId": house.id, "url": hook})).await, error("INVALID", ""));
        // What was changed to is looked at as well, and all at once.
        let id = &last["webhook"]["id"];
        let wrong = json!({"id": id, "url": "https://10.0.0.1/", "events": [], "isActive": null});
        let payload = house.tell(&house.olga, "updateWebhook", wrong, "webhook { id }").await;
        let fields: Vec<&Value> = payload["userErrors"].as_array().unwrap().iter().map(|it| &it["field"][0]).collect();
        assert_eq!(fields, [&json!("url"), &json!("events"), &json!("isActive")]);
        house.done("deleteWebhook", json!({"id": id}), "deletedId").await;
        for name in ["updateWebhook", "rotateWebhookSecret", "deleteWebhook", "testWebhook"] {
            assert_eq!(house.refused(name, json!({ "id": id })).await, error("NOT_FOUND", "id"), "{name}");
        }
        assert_eq!(house.stored().await.len(), 9);
    }

    /// A webhook is changed, switched off and on; what it missed in more than a week it is told to fetch.
    async fn changed(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        let fields = "webhook { url description events isActive disabledReason disabledAt }";
        let input = json!({"id": webhook, "url": house.receiver.url("/other"), "description": "x", "events": ["PANEL"]});
        let changed = house.done("updateWebhook", input, fields).await;
        assert_eq!(changed["webhook"], json!({"url": house.receiver.url("/other"), "description": "x", "events": ["PANEL"],
            "isActive": true, "disabledReason": null, "disabledAt": null}));
        let off = house.done("updateWebhook", json!({"id": webhook, "isActive": false, "events": null, "description": null}), fields).await;
        assert_eq!(off["webhook"], json!({"url": house.receiver.url("/other"), "description": null, "events": null,
            "isActive": false, "disabledReason": "An organizer switched it off.", "disabledAt": "2027-01-01T12:00:00Z"}));
        let workers = house.workers();
        house.rename("One").await;
        house.quiet().await;
        assert_eq!(house.receiver.count(), 0);
        house.done("updateWebhook", json!({"id": webhook, "isActive": true}), fields).await;
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        house.done("updateWebhook", json!({"id": webhook, "isActive": false}), fields).await;
        house.rename("Two").await;
        house.later(TimeDelta::days(8));
        house.done("updateWebhook", json!({"id": webhook, "isActive": true}), fields).await;
        house.eventually("it is told", || async { house.receiver.count() == 2 }).await;
        house.quiet().await;
        workers.stop().await;
        let told: Vec<(Value, Value)> = house.receiver.received().iter().map(|it| {
            assert_eq!(it.line, "POST /other HTTP/1.1");
            (it.body()["data"]["fromRevision"].take(), it.body()["data"]["reset"].take())
        }).collect();
        assert_eq!(told, [(json!(1), json!(false)), (json!(0), json!(true))]);
    }

    /// What goes takes along what is its own.
    async fn deleted(world) {
        let house = House::new(world).await;
        let (first, _) = house.webhook().await;
        let (second, _) = house.webhook().await;
        for id in [&first, &second] {
            house.done("testWebhook", json!({ "id": id }), "__typename").await;
        }
        let input = json!({"id": first, "clientMutationId": "a"});
        for _ in 0..2 {
            let gone = house.done("deleteWebhook", input.clone(), "deletedId").await;
            assert_eq!(gone["deletedId"], json!(first));
        }
        assert_eq!((house.stored().await.len(), house.deliveries().await.len()), (1, 1));
        house.done("unpublishConference", json!({"id": house.id}), "__typename").await;
        house.done("deleteConference", json!({"id": house.id, "withProgram": true}), "deletedId").await;
        assert_eq!((house.stored().await.len(), house.deliveries().await.len()), (0, 0));
        let workers = house.workers();
        house.quiet().await;
        workers.stop().await;
        assert_eq!(house.receiver.count(), 0);
    }

    /// Whoever made it may leave.
    async fn left(world) {
        let house = House::new(world).await;
        house.webhook().await;
        assert_eq!(house.stored().await[0].created_by, Some(house.olga.user));
        house.done("deleteAccount", json!({"name": "olga"}), "__typename").await;
        assert_eq!(house.stored().await[0].created_by, None);
    }

    /// What waits when it is switched off is told when it is switched on again within a week, however old it is by then.
    async fn off_for_some_days(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        house.receiver.then([Turn::Status(500)]);
        let workers = house.workers();
        house.rename("One").await;
        house.eventually("it was tried", || async {
            house.deliveries().await.first().is_some_and(|row| row.last_status == Some(500))
        }).await;
        workers.stop().await;
        house.later(TimeDelta::days(5));
        house.done("updateWebhook", json!({"id": webhook, "isActive": false}), "__typename").await;
        house.later(TimeDelta::days(6));
        plenary::live::tidy(house.world.app.desk(), house.world.app.config().history).await.unwrap();
        house.done("updateWebhook", json!({"id": webhook, "isActive": true}), "__typename").await;
        let workers = house.workers();
        house.eventually("it is told", || async { house.receiver.count() == 2 }).await;
        house.quiet().await;
        workers.stop().await;
        let received = house.receiver.received();
        assert_eq!((received[0].id(), &received[0].text), (received[1].id(), &received[1].text));
    }

    /// After a week it is forgotten what was told; what is still to be told is not, until it was switched off for a week.
    async fn forgotten(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        let workers = house.workers();
        house.rename("One").await;
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        house.quiet().await;
        workers.stop().await;
        house.done("testWebhook", json!({"id": webhook}), "__typename").await;
        let tidy = async || {
            plenary::live::tidy(house.world.app.desk(), house.world.app.config().history).await.unwrap();
            house.deliveries().await.len()
        };
        assert_eq!(tidy().await, 2);
        house.later(TimeDelta::days(8));
        assert_eq!(tidy().await, 1);
        house.done("updateWebhook", json!({"id": webhook, "isActive": false}), "__typename").await;
        assert_eq!(tidy().await, 1);
        house.later(TimeDelta::days(7));
        assert_eq!(tidy().await, 1);
        house.later(TimeDelta::seconds(1));
        assert_eq!(tidy().await, 0);
        // So it is told to fetch everything.
        house.done("updateWebhook", json!({"id": webhook, "isActive": true}), "__typename").await;
        let workers = house.workers();
        house.eventually("it is told", || async { house.receiver.count() == 2 }).await;
        workers.stop().await;
        assert_eq!(house.receiver.received()[1].body()["data"]["reset"], true);
    }

    /// The log of deliveries, page by page.
    async fn pages(world) {
        let house = House::new(world).await;
        let (webhook, _) = house.webhook().await;
        for _ in 0..5 {
            house.done("testWebhook", json!({"id": webhook}), "__typename").await;
        }
        let query = "query ($after: String) { conference(slug: \"small\") { webhooks { deliveries(first: 2, after: $after) {
            totalCount pageInfo { hasNextPage endCursor } nodes { webhookId } } } } }";
        let (mut all, mut after) = (Vec::new(), Value::Null);
        for more in [true, true, false] {
            let data = house.world.data_as(&house.olga, query, json!({ "after": after })).await;
            let page = &data["conference"]["webhooks"][0]["deliveries"];
            assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(5), &json!(more)));
            all.extend(page["nodes"].as_array().unwrap().iter().map(|it| it["webhookId"].as_str().unwrap().to_owned()));
            after = page["pageInfo"]["endCursor"].clone();
        }
        let newest: Vec<String> = house.deliveries().await.iter().rev().map(|row| row.id.to_string()).collect();
        assert_eq!(all, newest);
    }

    /// By default nobody on this machine is asked, also where somebody else has allowed it before; and it is not told what is
    /// there.
    async fn not_inside(world) {
        let house = House::new(world).await;
        let address = house.receiver.address;
        for url in [format!("http://{address}/"), format!("https://{address}/"), format!("https://localhost:{}/", address.port())] {
            house.done("createWebhook", json!({"conferenceId": house.id, "url": url}), "webhook { id }").await;
        }
        // A port on which nobody listens is told as one on which somebody does.
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        house.done("createWebhook", json!({"conferenceId": house.id, "url": format!("https://{closed}/")}), "__typename").await;
        let workers = Workers::of(&house.another("[webhooks]\npoll_ms = 10").await);
        house.rename("One").await;
        house.eventually("all were tried", || async {
            let rows = house.deliveries().await;
            rows.len() == 4 && rows.iter().all(|row| row.last_error.is_some())
        }).await;
        workers.stop().await;
        assert_eq!(house.receiver.connections(), 0);
        let seen = house.seen().await;
        let errors: Vec<&Value> = (0..4).map(|n| &seen[n]["deliveries"]["nodes"][0]["lastError"]).collect();
        let inside = json!("refused: the address is not public");
        assert_eq!(errors, [&json!("refused: not https"), &inside, &inside, &inside]);
    }

    /// A server that tells nobody.
    async fn switched_off(world) {
        let house = House::new(world).await;
        house.webhook().await;
        let off = house.another(&format!("{NEAR}\nenabled = false")).await;
        house.rename("One").await;
        let Workers { stop, task } = Workers::of(&off);
        // It ends of itself: nobody tells it to.
        tokio::time::timeout(Duration::from_secs(30), task).await.unwrap().unwrap();
        drop(stop);
        assert_eq!((house.receiver.count(), house.deliveries().await.len()), (0, 0));
        let there = House { world: house.world.through(off), ..house };
        let input = json!({"conferenceId": there.id, "url": there.receiver.url("/")});
        assert_eq!(there.refused("createWebhook", input).await, ("FORBIDDEN".into(), String::new()));
    }
}

/// Each statement about deliveries has an index that serves it. (PostgreSQL has the same ones, and plans by what there is.)
#[test]
fn indices() {
    run(Backend::Sqlite, async |world| {
        let own = "FROM webhook_delivery WHERE webhook_id = x'00' AND";
        for (statement, index) in [
            ("SELECT 1 FROM webhook_delivery WHERE next_at <= '2' ORDER BY next_at, id".to_owned(), "next_at"),
            (format!("SELECT 1 {own} locked_until > '2'"), "webhook_id_locked_until"),
            (format!("SELECT count(*) {own} next_at IS NOT NULL"), "webhook_id_next_at"),
            (format!("SELECT * {own} id < x'00' ORDER BY id DESC"), "webhook_id_id"),
            (
                "DELETE FROM webhook_delivery WHERE created_at < '2' AND delivered_at IS NOT NULL".to_owned(),
                "created_at",
            ),
        ] {
            let reader = world.database().reader();
            let plan = Statement::from_string(reader.get_database_backend(), format!("EXPLAIN QUERY PLAN {statement}"));
            let plan = reader.query_one_raw(plan).await.unwrap().unwrap().try_get::<String>("", "detail").unwrap();
            assert!(plan.contains(&format!(" webhook_delivery_{index}_idx (")), "{statement}: {plan}");
        }
    });
}
