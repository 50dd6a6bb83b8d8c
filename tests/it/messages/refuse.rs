//! Wanting no more messages.

use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Office, Page, Somebody};
use crate::support::both;
use crate::support::files::{file, small};

/// The path of the link that Ann gets.
async fn path(office: &Office, who: &Somebody) -> String {
    office.sent(who, json!({})).await;
    let workers = office.workers(1);
    office.all_done().await;
    workers.stop().await;
    office.sink.taken().pop().unwrap().path()
}

async fn refuse(office: &Office, path: &str, what: &str) -> Page {
    office.post(path, &[("do", what), ("sure", "yes")]).await
}

async fn refusals(office: &Office) -> usize {
    entity::refusal::Entity::find().all(office.world.database().reader()).await.unwrap().len()
}

fn forbidden() -> Vec<(String, Value)> {
    vec![("FORBIDDEN".to_owned(), json!(["personId"]))]
}

both! {
    async fn one_sender(world) {
        let office = Office::new(world).await;
        let (bob, eve) = (office.user("Bob").await, office.user("Eve").await);
        let path = path(&office, &bob).await;
        // What is stored and not mailed yet is not mailed any more.
        let late = office.sent(&bob, json!({ "text": "And another thing" })).await;
        for _ in 0..2 {
            let page = refuse(&office, &path, "refuse-sender").await;
            assert_eq!(page.status, 200, "{}", page.text);
            assert!(page.text.contains("Bob can&#39;t write to you") || page.text.contains("Bob can't write to you"), "{}", page.text);
        }
        assert_eq!(refusals(&office).await, 1);
        let workers = office.workers(1);
        office.all_done().await;
        workers.stop().await;
        assert_eq!(office.sink.taken().len(), 1);
        let query = "{ viewer { messages(first: 1) { nodes { id delivery } } } }";
        let newest = office.ask(&bob, query, json!({})).await["data"]["viewer"]["messages"]["nodes"][0].take();
        assert_eq!(newest, json!({ "id": late["id"], "delivery": "FAILED" }));
        assert_eq!(office.refused(&bob, json!({})).await, forbidden());
        assert_eq!(office.another().await.refused(&bob, json!({})).await, forbidden(), "on every instance");
        assert_eq!(office.person("Ann Lee").await["acceptsMessages"], true);
        office.sent(&eve, json!({})).await;
        // She may still answer him; he can't answer that.
        assert_eq!(office.answer(&path, "One last word").await.status, 200);
        let workers = office.workers(1);
        office.all_done().await;
        workers.stop().await;
        let his = office.sink.taken().into_iter().find(|mail| mail.to == ["bob@sender.example"]).unwrap().path();
        assert_eq!(office.answer(&his, "But").await.status, 422);
    }

    /// Refusing all shows on every program, as a change of it like any other.
    async fn everybody(world) {
        let office = Office::new(world).await;
        let mut second = small();
        second["conference"]["slug"] = json!("second");
        second["people"][0]["email"] = json!("Ann@Canary.Example");
        office.world.import(&file(&second)).await;
        let other = office.another().await;
        let (bob, eve) = (office.user("Bob").await, office.user("Eve").await);
        let path = path(&office, &bob).await;
        let takes = "{ a: conference(slug: \"small\") { revision people { nodes { name acceptsMessages } } }
                       b: conference(slug: \"second\") { revision people { nodes { name acceptsMessages } } } }";
        let who_takes = async |office: &Office| {
            let data = office.world.data(takes, json!({})).await;
            ["a", "b"].map(|which| {
                let people = data[which]["people"]["nodes"].as_array().unwrap();
                people.iter().filter(|person| person["acceptsMessages"] == true).count()
            })
        };
        assert_eq!(who_takes(&office).await, [1, 1]);
        assert_eq!(who_takes(&other).await, [1, 1]);
        let revision = office.world.program("small").await.unwrap().stamp.revision;
        for _ in 0..2 {
            let page = refuse(&office, &path, "refuse-all").await;
            assert_eq!(page.status, 200, "{}", page.text);
        }
        assert_eq!(who_takes(&office).await, [0, 0], "at once");
        other.world.sweep().await;
        assert_eq!(who_takes(&other).await, [0, 0], "with the next sweep");
        assert_eq!(office.world.program("small").await.unwrap().stamp.revision, revision + 1, "one change");
        for who in [&bob, &eve] {
            assert_eq!(office.refused(who, json!({})).await, forbidden());
        }
        // A later import changes nothing about it, and neither does a program that she is put on only now.
        office.world.import(&file(&small())).await;
        assert_eq!(who_takes(&office).await, [0, 0]);
        let mut third = small();
        third["conference"]["slug"] = json!("third");
        office.world.import(&file(&third)).await;
        let people = "{ conference(slug: \"third\") { people { nodes { id name } } } }";
        let data = office.world.data(people, json!({})).await;
        let ann = data["conference"]["people"]["nodes"].as_array().unwrap().iter().find(|row| row["name"] == "Ann Lee").unwrap().clone();
        assert_eq!(office.refused(&eve, json!({ "personId": ann["id"] })).await, forbidden());
        let data = office.world.data("{ conference(slug: \"third\") { people { nodes { acceptsMessages } } } }", json!({})).await;
        assert!(!data.to_string().contains("true"), "it shows there too: {data:#}");
    }
}
