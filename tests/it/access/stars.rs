//! Stars and the individual schedule.

use plenary::auth::Scope;
use serde_json::{Value, json};

use crate::support::files::{file, small};
use crate::support::people::{Persona, Role};
use crate::support::{World, both};

const STAR: &str = "mutation ($input: StarInput!) { star(input: $input) {
    cursor clientMutationId userErrors { code field message }
    starrable { id viewerHasStarred ... on Panel { code starCount } ... on Paper { title } } } }";

const UNSTAR: &str = "mutation ($input: StarInput!) { unstar(input: $input) {
    cursor userErrors { code field } starrable { viewerHasStarred } } }";

const SCHEDULE: &str = r#"{ conference(slug: "small") { viewerSchedule {
    items { viewerHasStarred ... on Panel { code } ... on Session { number } ... on Paper { title } }
    sessions { number startTime panel { code } }
    clashes { severity startsAt endsAt room { name } person { name } sessions { number } } } } }"#;

async fn star(world: &World, who: &Persona, id: &str) -> Value {
    world.data_as(who, STAR, json!({"input": {"id": id}})).await["star"].take()
}

both! {
    async fn a_schedule(world) {
        let mut program = small();
        // At the same time as the first sitting of P2.
        program["panels"][0]["sessions"][0]["start"] = json!("10:00");
        program["panels"][0]["sessions"][0]["end"] = json!("11:00");
        program["panels"][0]["sessions"][0]["date"] = json!("2027-07-12");
        world.import(&file(&program)).await;
        let (ada, bob) = (world.person("ada@example.org").await, world.person("bob@example.org").await);
        let p10 = world.id_of("panels", "code", "P10").await;
        let paper = world.id_of("papers", "title", "Ångström’s apples").await;
        let night = world.id_of("sessions", "startTime", "23:00").await;
        for id in [&night, &p10, &paper] {
            let done = star(world, &ada, id).await;
            assert_eq!(done["userErrors"], json!([]));
            assert_eq!(done["starrable"]["viewerHasStarred"], true);
            assert_eq!(done["starrable"]["starCount"], Value::Null, "not for attendees");
        }
        insta::assert_json_snapshot!("a_schedule", world.data_as(&ada, SCHEDULE, json!({})).await);
        let none = json!({"conference": {"viewerSchedule": {"items": [], "sessions": [], "clashes": []}}});
        assert_eq!(world.data_as(&bob, SCHEDULE, json!({})).await, none);
        let out = world.data_as(&Persona::nobody(), SCHEDULE, json!({})).await;
        assert_eq!(out["conference"]["viewerSchedule"], Value::Null);
        // What is gone from the program is gone from the schedule, and can still be unstarred.
        program["panels"].as_array_mut().unwrap().remove(0);
        world.import_with(&file(&program), plenary::command::import::Options { prune: true, ..Default::default() }).await.unwrap();
        let items = world.data_as(&ada, SCHEDULE, json!({})).await["conference"]["viewerSchedule"]["items"].take();
        assert_eq!(items.as_array().unwrap().len(), 2);
        let gone = world.data_as(&ada, UNSTAR, json!({"input": {"id": p10}})).await["unstar"].take();
        assert_eq!((&gone["userErrors"], &gone["starrable"]), (&json!([]), &Value::Null));
        assert_eq!(star(world, &ada, &p10).await["userErrors"][0]["code"], "NOT_FOUND");
    }

    /// Done again, nothing changes: no revision, no second row.
    async fn idempotent(world) {
        world.import(&file(&small())).await;
        let ada = world.person("ada@example.org").await;
        let panel = world.id_of("panels", "code", "P2").await;
        let first = star(world, &ada, &panel).await;
        assert_eq!(star(world, &ada, &panel).await["cursor"], first["cursor"], "no other state");
        let stamp = async || world.database().stamps(&[ada.user]).await.unwrap()[0].1.revision;
        assert_eq!(stamp().await, 1);
        for _ in 0..2 {
            let done = world.data_as(&ada, UNSTAR, json!({"input": {"id": panel}})).await["unstar"].take();
            assert_eq!(done["starrable"]["viewerHasStarred"], false);
            assert_eq!(stamp().await, 2);
        }
        let log = world.rows("SELECT entity, before IS NULL, after IS NULL FROM change WHERE scope_id <> '00000000-0000-0000-0000-000000000000' AND entity = 'star'").await;
        assert_eq!(log, 2, "each change once in the user's log");
    }

    /// One mutation of several: each sees what those before it did.
    async fn several_in_one(world) {
        world.import(&file(&small())).await;
        let ada = world.person("ada@example.org").await;
        let panel = world.id_of("panels", "code", "P2").await;
        let all = "mutation ($i: StarInput!) { a: star(input: $i) { starrable { viewerHasStarred } }
            b: unstar(input: $i) { starrable { viewerHasStarred } } c: star(input: $i) { starrable { viewerHasStarred } } }";
        let done = world.data_as(&ada, all, json!({"i": {"id": panel}})).await;
        let has = |name: &str| done[name]["starrable"]["viewerHasStarred"].clone();
        assert_eq!([has("a"), has("b"), has("c")], [true, false, true]);
    }

    /// The same clientMutationId does it once, also sent twice at once; with another input it is refused.
    async fn once(world) {
        world.import(&file(&small())).await;
        let (ada, bob) = (world.person("ada@example.org").await, world.person("bob@example.org").await);
        let (p2, p10) = (world.id_of("panels", "code", "P2").await, world.id_of("panels", "code", "P10").await);
        let input = |id: &str| json!({"input": {"id": id, "clientMutationId": "one"}});
        let (a, b) = tokio::join!(world.data_as(&ada, STAR, input(&p2)), world.data_as(&ada, STAR, input(&p2)));
        assert_eq!(a, b);
        assert_eq!(a["star"]["clientMutationId"], "one");
        world.data_as(&ada, UNSTAR, json!({"input": {"id": p2}})).await;
        let again = world.data_as(&ada, STAR, input(&p2)).await;
        assert_eq!(again["star"]["userErrors"], json!([]));
        assert_eq!(again["star"]["starrable"]["viewerHasStarred"], false, "it was done long ago, and undone since");
        let other = world.data_as(&ada, STAR, input(&p10)).await;
        assert_eq!(other["star"]["userErrors"][0]["code"], "INVALID");
        assert_eq!(other["star"]["userErrors"][0]["field"], json!(["clientMutationId"]));
        assert_eq!(world.data_as(&bob, STAR, input(&p10)).await["star"]["userErrors"], json!([]), "another user's");
        for bad in [String::new(), "x".repeat(201)] {
            let input = json!({"input": {"id": p2, "clientMutationId": bad}});
            assert_eq!(world.code_as(&ada, STAR, input).await, "BAD_USER_INPUT");
        }
    }

    /// What can't be starred, and who may not.
    async fn refused(world) {
        world.import(&file(&small())).await;
        let ada = world.person("ada@example.org").await;
        let panel = world.id_of("panels", "code", "P2").await;
        let person = world.id_of("people", "name", "Ann Lee").await;
        let mut unknown = panel.clone();
        unknown.replace_range(40..41, if &unknown[40..41] == "A" { "B" } else { "A" });
        for (id, code) in [(person.as_str(), "INVALID"), ("nonsense", "INVALID"), ("", "INVALID"), (&unknown, "NOT_FOUND")] {
            let done = star(world, &ada, id).await;
            assert_eq!((&done["userErrors"][0]["code"], &done["userErrors"][0]["field"]), (&json!(code), &json!(["id"])), "{id}");
            assert_eq!((&done["starrable"], &done["cursor"]), (&Value::Null, &Value::Null));
        }
        let input = json!({"input": {"id": panel}});
        assert_eq!(world.code_as(&Persona::nobody(), STAR, input.clone()).await, "UNAUTHENTICATED");
        let reads = world.program_of(&ada, &[Scope::Read]).await;
        assert_eq!(world.code_as(&reads, STAR, input.clone()).await, "FORBIDDEN");
        let stars = world.program_of(&ada, &[Scope::Schedule, Scope::Read]).await;
        assert_eq!(world.data_as(&stars, STAR, input).await["star"]["starrable"]["viewerHasStarred"], true);
        // A mutation is never sent with GET, and never runs twice.
        let rows = world.rows("SELECT 1 FROM star").await;
        assert_eq!(rows, 1);
    }

    /// How many have starred what is for organizers.
    async fn counts(world) {
        world.import(&file(&small())).await;
        let (panel, paper) = (world.id_of("panels", "code", "P2").await, world.id_of("papers", "title", "Middles").await);
        for name in ["ada", "bob", "cy"] {
            let who = world.person(&format!("{name}@example.org")).await;
            star(world, &who, &panel).await;
            if name == "cy" {
                star(world, &who, &paper).await;
            }
        }
        let ask = r#"{ conference(slug: "small") { panels { nodes { code starCount } } papers { nodes { title starCount } } } }"#;
        let organizer = world.person("org@example.org").await;
        world.member("small", "org@example.org", Role::Organizer).await;
        let seen = world.data_as(&organizer, ask, json!({})).await["conference"].take();
        assert_eq!(seen["panels"]["nodes"], json!([{"code": "P2", "starCount": 3}, {"code": "P10", "starCount": 0}]));
        assert_eq!(seen["papers"]["nodes"][1], json!({"title": "Middles", "starCount": 1}));
        let unseen = world.data_as(&Persona::nobody(), ask, json!({})).await;
        assert!(!unseen.to_string().contains("starCount\":0") && unseen.to_string().contains("null"));
    }
}
