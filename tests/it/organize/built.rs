//! A conference from nothing, by the example that users are shown.

use plenary::auth::Scope;
use plenary::format::write::write;
use serde_json::{Value, json};

use super::{administrator, faults, fresh};
use crate::desk::{desk, done};
use crate::support::both;
use crate::support::people::With;
use crate::support::socket::Server;

#[path = "../../../examples/build_program.rs"]
#[expect(dead_code, reason = "its main is for the command line")]
mod build_program;

both! {
    /// The example makes the demo's whole program, and what it made exports as what it was made of.
    async fn the_demo(world) {
        let root = administrator(world).await;
        let With::Bearer(token) = world.program_of(&root, &[Scope::Read, Scope::Organize]).await.with else { panic!() };
        let demo = plenary::demo::program();
        let mut bytes = Vec::new();
        write(&demo, &mut bytes).unwrap();
        let mut program: Value = serde_json::from_slice(&bytes).unwrap();
        program["conference"]["settings"]["visibility"] = json!("PUBLISHED");
        let server = Server::of(&world.app).await;
        let endpoint = format!("http://{}/graphql", server.address);
        let id = build_program::build(&endpoint, &token, "once", "built", &program).await.unwrap();
        let built = world.export("built").await;
        world.import(&demo).await;
        let mut wanted = world.export("demo").await;
        wanted.conference.slug = "built".into();
        wanted.conference.settings = built.conference.settings.clone();
        // What differs is easier to see in short.
        assert_eq!((&built.conference, &built.tracks, &built.rooms), (&wanted.conference, &wanted.tracks, &wanted.rooms));
        assert_eq!(built.people, wanted.people);
        for (built, wanted) in built.panels.iter().zip(&wanted.panels) {
            assert_eq!(built, wanted);
        }
        assert_eq!(built, wanted);
        fresh(world, "built").await;
        let data = world.data("{ conference(slug: \"built\") { id linkAudience visibility } }", json!({})).await;
        assert_eq!(data["conference"], json!({"id": id, "linkAudience": "ATTENDEE", "visibility": "PUBLISHED"}));
        server.stopped().await;
    }

    /// Administrators make conferences; what they make is theirs at once, and nobody else's before it is published.
    async fn made(world) {
        let root = administrator(world).await;
        let ada = world.person("ada@example.org").await;
        let input = json!({"slug": "new", "name": "New", "timeZone": "Asia/Almaty", "startsOn": "2027-05-01",
            "endsOn": "2027-05-03", "clientMutationId": "one"});
        assert_eq!(faults(world, &ada, "createConference", input.clone()).await, ["FORBIDDEN "]);
        let fields = "conference { id slug visibility viewerAudience tracks { code } revision }";
        let payload = done(world, &root, "createConference", input.clone(), fields).await;
        let id = payload["conference"]["id"].clone();
        assert_eq!(
            payload["conference"],
            json!({"id": id, "slug": "new", "visibility": "DRAFT", "viewerAudience": "ORGANIZER", "tracks": [], "revision": 1})
        );
        // Sent again it is done once.
        let again = done(world, &root, "createConference", input.clone(), fields).await;
        assert_eq!(again, payload);
        let mut other = input.clone();
        other["clientMutationId"] = json!("two");
        assert_eq!(faults(world, &root, "createConference", other).await, ["TAKEN slug"]);
        let ask = "{ conference(slug: \"new\") { name } }";
        assert_eq!(world.data_as(&ada, ask, json!({})).await["conference"], Value::Null);
        done(world, &root, "publishConference", json!({ "id": id }), "conference { visibility }").await;
        assert_eq!(world.data_as(&ada, ask, json!({})).await["conference"]["name"], "New");
        assert_eq!(faults(world, &ada, "unpublishConference", json!({ "id": id })).await, ["FORBIDDEN id"]);
        assert_eq!(faults(world, &root, "deleteConference", json!({ "id": id })).await, ["IN_USE id"]);
        done(world, &root, "unpublishConference", json!({ "id": id }), "__typename").await;
        assert_eq!(world.data_as(&ada, ask, json!({})).await["conference"], Value::Null);
        done(world, &root, "createTrack", json!({"conferenceId": id, "code": "A", "name": "A"}), "__typename").await;
        assert_eq!(faults(world, &root, "deleteConference", json!({ "id": id })).await, ["IN_USE id"]);
        let deleted =
            desk(world, &root, "deleteConference", json!({"id": id, "withProgram": true}), "deletedId").await;
        assert_eq!((&deleted["deletedId"], &deleted["userErrors"]), (&id, &json!([])));
        assert_eq!(world.data_as(&root, ask, json!({})).await["conference"], Value::Null);
        assert_eq!(world.rows("SELECT id FROM track").await, 0);
        assert_eq!(world.rows("SELECT id FROM conference").await, 0);
        assert_eq!(world.rows("SELECT id FROM membership").await, 0);
        // Its name is free again.
        let mut other = input.clone();
        other["clientMutationId"] = json!("three");
        done(world, &root, "createConference", other, "__typename").await;
    }

    /// All that is wrong with a conference is said at once.
    async fn faulty(world) {
        let root = administrator(world).await;
        let input = json!({"slug": "Nope!", "name": " ", "timeZone": "Europe/Lisbon", "startsOn": "2027-05-03",
            "endsOn": "2027-05-01", "url": "javascript:alert(1)"});
        let wrong = faults(world, &root, "createConference", input).await;
        assert_eq!(wrong, ["INVALID slug", "INVALID name", "INVALID endsOn", "INVALID url"]);
        let input = json!({"slug": "new", "name": "New", "timeZone": "Europe/Atlantis", "startsOn": "2027-02-30",
            "endsOn": "2027-05-01"});
        let wrong = faults(world, &root, "createConference", input).await;
        assert_eq!(wrong, ["INVALID timeZone"]);
    }
}
