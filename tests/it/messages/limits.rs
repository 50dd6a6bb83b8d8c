//! How much one may send, over all instances.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Office;
use crate::support::both;

both! {
    /// Five an hour, from however many places at once.
    async fn of_a_sender(world) {
        let office = Office::new(world).await;
        let (bob, eve) = (office.user("Bob").await, office.user("Eve").await);
        let other = office.another().await;
        let send = |n: usize| {
            let (from, bob) = (if n.is_multiple_of(2) { &office } else { &other }, &bob);
            async move {
                let payload = from.send(bob, json!({ "text": format!("Number {n}") })).await;
                payload["userErrors"].as_array().unwrap().clone()
            }
        };
        let outcomes = tokio::join!(send(0), send(1), send(2), send(3), send(4), send(5), send(6), send(7));
        let outcomes = <[Vec<Value>; 8]>::from(outcomes);
        let (sent, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Vec::is_empty);
        assert_eq!((sent.len(), office.stored().await.len(), office.outbox().await.len()), (5, 5, 5));
        for errors in refused {
            assert_eq!(errors[0]["code"], "RATE_LIMITED");
            let message = errors[0]["message"].as_str().unwrap();
            assert!(message.contains("2027-01-01T13:00:00Z"), "when to try again: {message}");
        }
        office.sent(&eve, json!({})).await;
        office.later(TimeDelta::minutes(59));
        assert_eq!(office.refused(&bob, json!({})).await, [("RATE_LIMITED".to_owned(), Value::Null)]);
        office.later(TimeDelta::minutes(1));
        for n in 0..5 {
            office.sent(&bob, json!({ "text": format!("Again {n}") })).await;
        }
        assert_eq!(office.refused(&bob, json!({})).await, [("RATE_LIMITED".to_owned(), Value::Null)]);
    }

    /// Aliases are no way round: each counts.
    async fn in_one_request(world) {
        let office = Office::new(world).await;
        let bob = office.user("Bob").await;
        let ann = office.person("Ann Lee").await["id"].as_str().unwrap().to_owned();
        let fields: String = (0..9)
            .map(|n| format!("m{n}: sendMessageToAuthor(input: {{ personId: \"{ann}\", text: \"{n}\" }}) {{ userErrors {{ code }} }} "))
            .collect();
        let answer = office.ask(&bob, &format!("mutation {{ {fields} }}"), json!({})).await;
        let codes: Vec<&Value> = (0..9).map(|n| &answer["data"][format!("m{n}")]["userErrors"]).collect();
        let (sent, refused) = codes.split_at(5);
        assert!(sent.iter().all(|errors| **errors == json!([])), "{answer:#}");
        assert!(refused.iter().all(|errors| **errors == json!([{ "code": "RATE_LIMITED" }])), "{answer:#}");
        assert_eq!(office.stored().await.len(), 5);
    }

    /// So many a day to one address, whoever sends, from wherever.
    async fn of_a_recipient(world) {
        let office = Office::with(world, "[messages]\nper_recipient_day = 4").await;
        let other = office.another().await;
        let mut senders = Vec::new();
        for n in 0..8 {
            senders.push(office.user(&format!("User{n}")).await);
        }
        let send = |n: usize| {
            let (from, who) = (if n.is_multiple_of(2) { &office } else { &other }, &senders[n]);
            async move { from.send(who, json!({})).await["userErrors"][0]["code"].clone() }
        };
        let outcomes = <[Value; 8]>::from(tokio::join!(
            send(0), send(1), send(2), send(3), send(4), send(5), send(6), send(7)
        ));
        let refused = outcomes.iter().filter(|code| **code == "RATE_LIMITED").count();
        assert_eq!((refused, office.stored().await.len()), (4, 4), "{outcomes:?}");
        office.later(TimeDelta::hours(23));
        assert_eq!(office.refused(&senders[0], json!({})).await, [("RATE_LIMITED".to_owned(), json!(["personId"]))]);
        office.later(TimeDelta::hours(1));
        office.sent(&senders[0], json!({})).await;
    }

    /// Whoever has a link can't fill its sender's mailbox.
    async fn of_an_exchange(world) {
        let office = Office::with(world, "[messages]\nper_recipient_day = 3").await;
        let bob = office.user("Bob").await;
        office.sent(&bob, json!({})).await;
        let workers = office.workers(1);
        office.all_done().await;
        workers.stop().await;
        let path = office.sink.taken()[0].path();
        let answer = async |n: usize| office.answer(&path, &format!("Answer {n}")).await.status.as_u16();
        let statuses = [answer(0).await, answer(1).await, answer(2).await, answer(3).await, answer(4).await];
        assert_eq!(statuses, [200, 200, 200, 422, 422]);
        assert_eq!(office.stored().await.len(), 4);
        office.later(TimeDelta::days(1));
        assert_eq!(answer(5).await, 200);
    }
}
