//! What is told, and what never is.

use plenary::cursor::Cursor;
use serde_json::{Value, json};

use super::{House, NEAR, Workers};
use crate::support::files::{file, small};
use crate::support::{Backend, both};

fn types(body: &Value) -> Vec<(&str, &str)> {
    let changes = body["data"]["changes"].as_array().unwrap().iter();
    changes.map(|it| (it["kind"].as_str().unwrap(), it["type"].as_str().unwrap())).collect()
}

both! {
    /// One change is told once: signed, with what changed by the ids that the API knows, and where to go on reading.
    async fn a_change(world) {
        let house = House::new(world).await;
        let (_, secret) = house.webhook().await;
        let workers = house.workers();
        let panel = house.rename("Earlier things").await;
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        house.quiet().await;
        let [it] = house.receiver.received().try_into().unwrap();
        assert_eq!(it.line, "POST /hook HTTP/1.1");
        assert_eq!(it.header("content-type"), "application/json");
        assert!(it.header("user-agent").starts_with("Plenary/"));
        assert_eq!(it.at(), "2027-01-01T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        assert_eq!(it.signed_by(&secret), (1, 1));
        let body = it.body();
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!((keys(&body), keys(&body["data"])), (
            "type timestamp data".into(), "conference fromRevision revision cursor reset changes".into()));
        assert_eq!((&body["type"], &body["timestamp"]), (&json!("program.changed"), &json!("2027-01-01T12:00:00Z")));
        assert_eq!(body["data"]["conference"], json!({"id": house.id, "slug": "small"}));
        assert_eq!((&body["data"]["fromRevision"], &body["data"]["revision"]), (&json!(1), &json!(2)));
        let change = json!({"kind": "CHANGED", "type": "Panel", "id": panel, "fields": ["title"]});
        assert!(body["data"]["changes"].as_array().unwrap().contains(&change), "{body:#}");
        assert_eq!(body["data"]["reset"], false);
        // From there on it can be read, and followed.
        let cursor = body["data"]["cursor"].as_str().unwrap();
        let query = "query ($cursor: Cursor) { conference(slug: \"small\", atLeast: $cursor) { cursor revision } }";
        let read = house.world.data_as(&house.olga, query, json!({ "cursor": cursor })).await;
        assert_eq!(read["conference"], json!({"cursor": cursor, "revision": 2}));
        // The log of it.
        let seen = house.seen().await;
        assert_eq!(seen[0]["deliveries"]["totalCount"], 1);
        let one = &seen[0]["deliveries"]["nodes"][0];
        assert_eq!((&one["webhookId"], &one["status"], &one["attempts"]), (&json!(it.id()), &json!("DELIVERED"), &json!(1)));
        assert_eq!((&one["lastStatus"], &one["lastError"], &one["nextAttemptAt"]), (&json!(204), &Value::Null, &Value::Null));
        assert_eq!((&one["fromRevision"], &one["revision"]), (&json!(1), &json!(2)));
        workers.stop().await;
    }

    /// Whatever is changed, no link, no address and no text of the program is told.
    async fn ids_only(world) {
        let house = House::new(world).await;
        let track = json!({"conferenceId": house.id, "code": "T9", "name": "Nine"});
        let track = house.done("createTrack", track, "track { id }").await["track"]["id"].take();
        house.webhook().await;
        let ann = house.world.id_of("people", "name", "Ann Lee").await;
        let net = house.world.id_of("rooms", "name", "Online").await;
        let paper = house.world.id_of("papers", "title", "Zebra crossings").await;
        house.done("updatePerson", json!({"id": ann, "email": "new@canary.example", "name": "Canary Lee"}), "__typename").await;
        house.done("setRoomLink", json!({"id": net, "url": "https://meet.example/CANARY-new"}), "__typename").await;
        house.done("updatePaper", json!({"id": paper, "title": "Canary crossings", "abstract": "CANARY"}), "__typename").await;
        house.done("announce", json!({"conferenceId": house.id, "text": "A canary sings"}), "__typename").await;
        house.done("deleteTrack", json!({"id": track}), "__typename").await;
        let workers = house.workers();
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        workers.stop().await;
        let [it] = house.receiver.received().try_into().unwrap();
        let lower = it.text.to_lowercase();
        for never in ["canary", "crossings", "meet.example", "http", "@", "lee", "sings"] {
            assert!(!lower.contains(never), "{never}: {}", it.text);
        }
        // Five revisions that came one after the other are told at once.
        let body = it.body();
        assert_eq!((&body["data"]["fromRevision"], &body["data"]["revision"]), (&json!(2), &json!(7)));
        let of = |id: &str| body["data"]["changes"].as_array().unwrap().iter().find(|it| it["id"] == id).cloned().unwrap();
        assert_eq!(of(&ann)["fields"], json!(["name", "email"]));
        assert_eq!(of(&net)["fields"], json!(["link"]));
        assert_eq!(of(&paper)["fields"], json!(["title", "abstract"]));
        assert_eq!(of(track.as_str().unwrap()), json!({"kind": "DELETED", "type": "Track", "id": track, "fields": []}));
        assert!(types(&body).contains(&("CHANGED", "Announcement")));
        // Nor does anything of it come into the log of deliveries.
        let seen = house.seen().await[0]["deliveries"].to_string();
        assert!(!seen.to_lowercase().contains("canary") && !seen.contains("http"), "{seen}");
    }

    /// Only what is wanted.
    async fn of_some_kinds(world) {
        let house = House::new(world).await;
        house.webhook_with(json!({"events": ["TRACK", "ROOM", "ROOM"], "description": "Doors"})).await;
        let workers = house.workers();
        house.rename("Earlier things").await;
        house.quiet().await;
        assert_eq!(house.receiver.count(), 0, "no track and no room has changed");
        let net = house.world.id_of("rooms", "name", "Online").await;
        house.done("setRoomLink", json!({"id": net, "url": "https://meet.example/CANARY-new"}), "__typename").await;
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        workers.stop().await;
        let body = house.receiver.received()[0].body();
        assert_eq!((&body["data"]["fromRevision"], &body["data"]["revision"]), (&json!(2), &json!(3)));
        let types = types(&body);
        assert_eq!(types, [("CHANGED", "Room")]);
        let seen = house.seen().await;
        assert_eq!((&seen[0]["events"], &seen[0]["description"]), (&json!(["TRACK", "ROOM"]), &json!("Doors")));
    }

    /// What another process writes, without a word to anybody, is told too; also of a conference that nobody else asks for.
    async fn by_others(world) {
        let house = House::new(world).await;
        house.webhook().await;
        let other = house.another(NEAR).await;
        let workers = Workers::of(&other);
        let mut changed = small();
        changed["panels"][0]["title"] = json!("Later things");
        house.world.import(&file(&changed)).await;
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        workers.stop().await;
        let types = house.receiver.received()[0].body();
        assert!(types.to_string().contains("\"Panel\""), "{types:#}");
    }

    /// Where the log does not lead on, the receiver is told to fetch everything: it was cut, or another history was played
    /// back.
    async fn from_the_beginning(world) {
        let house = House::new(world).await;
        house.webhook().await;
        house.rename("One").await;
        house.rename("Two").await;
        let own = house.world.conference("small").await;
        let id = match house.world.backend {
            Backend::Sqlite => format!("x'{}'", own.simple()),
            Backend::Postgres => format!("'{own}'"),
        };
        house.world.execute(&format!("DELETE FROM change WHERE revision < 3 AND scope_id = {id}")).await;
        let workers = house.workers();
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        house.quiet().await;
        let body = house.receiver.received()[0].body();
        assert_eq!((&body["data"]["reset"], &body["data"]["changes"]), (&json!(true), &json!([])));
        assert_eq!((&body["data"]["fromRevision"], &body["data"]["revision"]), (&json!(1), &json!(3)));
        // Another history, which has come as far.
        house.world.execute(&format!("UPDATE change SET tag = 5 WHERE scope_id = {id}")).await;
        house.world.execute(&format!("UPDATE scope SET tag = 5 WHERE id = {id}")).await;
        house.eventually("it is told", || async { house.receiver.count() == 2 }).await;
        house.quiet().await;
        workers.stop().await;
        let body = house.receiver.received()[1].body();
        assert_eq!((&body["data"]["reset"], &body["data"]["revision"]), (&json!(true), &json!(3)));
        let cursor = Cursor::decode(body["data"]["cursor"].as_str().unwrap()).unwrap();
        assert_eq!(cursor.stamp(own).unwrap().tag, 5);
    }

    /// More than is told one by one.
    async fn too_much(world) {
        let house = House::new(world).await;
        house.webhook().await;
        house.webhook_with(json!({"events": ["TRACK"]})).await;
        let mut changed = small();
        let people = changed["people"].as_array_mut().unwrap();
        people.extend((0..600).map(|n| json!({"key": format!("p{n}"), "name": format!("Person {n}")})));
        changed["tracks"][0]["name"] = json!("Uno");
        house.world.import(&file(&changed)).await;
        let workers = house.workers();
        house.eventually("both are told", || async { house.receiver.count() == 2 }).await;
        house.quiet().await;
        workers.stop().await;
        let mut told: Vec<(bool, usize)> = house.receiver.received().iter().map(|it| {
            let body = it.body();
            assert!(it.text.len() < 100_000);
            (body["data"]["reset"].as_bool().unwrap(), body["data"]["changes"].as_array().unwrap().len())
        }).collect();
        told.sort_unstable();
        assert_eq!(told, [(false, 1), (true, 0)]);
    }

    /// However much came before: one change after it is told as it is.
    async fn after_much(world) {
        let house = House::new(world).await;
        let mut changed = small();
        let people = changed["people"].as_array_mut().unwrap();
        people.extend((0..5_100).map(|n| json!({"key": format!("p{n}"), "name": format!("Person {n}")})));
        house.world.import(&file(&changed)).await;
        house.webhook().await;
        house.rename("Earlier things").await;
        let workers = house.workers();
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        workers.stop().await;
        let body = house.receiver.received()[0].body();
        assert_eq!(body["data"]["reset"], false);
        assert!(types(&body).contains(&("CHANGED", "Panel")));
    }

    /// The organizers of a draft conference are told as others are.
    async fn drafts(world) {
        let house = House::new(world).await;
        house.webhook().await;
        let workers = house.workers();
        house.done("unpublishConference", json!({"id": house.id}), "__typename").await;
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        let body = house.receiver.received()[0].body();
        let change = json!({"kind": "CHANGED", "type": "Conference", "id": house.id, "fields": ["visibility"]});
        assert_eq!(body["data"]["changes"], json!([change]));
        let panel = {
            let query = "{ conference(slug: \"small\") { panel(code: \"P2\") { id } } }";
            house.world.data_as(&house.olga, query, json!({})).await["conference"]["panel"]["id"].take()
        };
        house.done("updatePanel", json!({"id": panel, "title": "Unseen"}), "__typename").await;
        house.eventually("it is told", || async { house.receiver.count() == 2 }).await;
        workers.stop().await;
    }

    /// A try is told of nothing, and is signed as everything is.
    async fn tries(world) {
        let house = House::new(world).await;
        let (webhook, secret) = house.webhook().await;
        let workers = house.workers();
        let input = json!({"id": webhook, "clientMutationId": "try"});
        let tried = house.done("testWebhook", input.clone(), "delivery { id webhookId status attempts }").await;
        assert_eq!((&tried["delivery"]["status"], &tried["delivery"]["attempts"]), (&json!("PENDING"), &json!(0)));
        house.eventually("it is told", || async { house.receiver.count() == 1 }).await;
        house.quiet().await;
        let again = house.done("testWebhook", input, "delivery { id }").await;
        assert_eq!(again["delivery"]["id"], tried["delivery"]["id"]);
        house.quiet().await;
        workers.stop().await;
        let [it] = house.receiver.received().try_into().unwrap();
        assert_eq!(json!(it.id()), tried["delivery"]["webhookId"]);
        assert_eq!(it.signed_by(&secret), (1, 1));
        assert_eq!(it.body(), json!({"type": "webhook.test", "timestamp": "2027-01-01T12:00:00Z",
            "data": {"conference": {"id": house.id, "slug": "small"}}}));
    }
}
