//! Who changed what when, and taking it back.

use serde_json::{Value, json};

use super::nouns::session_of;
use super::{faults, fresh, made, small};
use crate::desk::{done, organizer, revision};
use crate::support::people::{Persona, Role};
use crate::support::{World, both};

const HISTORY: &str = "query ($about: ID, $first: Int, $after: String) { conference(slug: \"small\") {
    history(nodeId: $about, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        nodes { revision by user { name } editCount edits { kind typeName node { id } nodeId
            fields { name before after isPrivate } } } } } }";

async fn history(world: &World, who: &Persona, variables: Value) -> Value {
    world.data_as(who, HISTORY, variables).await["conference"]["history"].take()
}

/// Takes one back.
async fn undo(world: &World, who: &Persona, revision: i64) {
    let id = small(world).await;
    done(world, who, "undoRevision", json!({"conferenceId": id, "revision": revision}), "conference { id }").await;
}

both! {
    /// Organizers see who changed what, before and after; nobody else does, and no address is ever in it.
    async fn told(world) {
        let olga = organizer(world).await;
        let panel = world.id_of("panels", "code", "P2").await;
        let ann = world.id_of("people", "name", "Ann Lee").await;
        done(world, &olga, "updatePanel", json!({"id": panel, "title": "Earlier things", "trackId": null}), "__typename").await;
        let patch = json!({"id": ann, "email": "new@canary.example", "country": "FR"});
        done(world, &olga, "updatePerson", patch, "__typename").await;
        world.execute("UPDATE change SET actor = 'cli' WHERE actor = 'test'").await;
        let log = history(world, &olga, json!({"first": 2})).await;
        assert!(!log.to_string().contains("canary"), "{log:#}");
        assert_eq!((&log["totalCount"], &log["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
        let track = world.id_of("tracks", "code", "T1").await;
        let field = |name: &str, before: Value, after: Value| json!({"name": name, "before": before, "after": after, "isPrivate": name == "email"});
        assert_eq!(log["nodes"], json!([
            {"revision": 3, "by": "olga", "user": {"name": "olga"}, "editCount": 1, "edits": [{
                "kind": "UPDATED", "typeName": "Person", "nodeId": ann, "node": {"id": ann}, "fields": [
                    field("country", json!("GB"), json!("FR")), field("email", Value::Null, Value::Null)]}]},
            {"revision": 2, "by": "olga", "user": {"name": "olga"}, "editCount": 1, "edits": [{
                "kind": "UPDATED", "typeName": "Panel", "nodeId": panel, "node": {"id": panel}, "fields": [
                    field("title", json!("Early things"), json!("Earlier things")), field("trackId", json!(track), Value::Null)]}]}]));
        // The rest of it, by the page's cursor.
        let rest = history(world, &olga, json!({"after": log["pageInfo"]["endCursor"]})).await;
        assert_eq!(rest["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(rest["nodes"][0]["by"], "the command line");
        // Of one object: its own and its parts'.
        let of = history(world, &olga, json!({"about": panel})).await;
        let revisions: Vec<i64> = of["nodes"].as_array().unwrap().iter().map(|it| it["revision"].as_i64().unwrap()).collect();
        assert_eq!(revisions, [2, 1]);
        let kinds: Vec<&str> = of["nodes"][1]["edits"].as_array().unwrap().iter().map(|it| it["typeName"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["Panel", "Participation", "Participation", "Participation"]);
        world.member("small", "ada@example.org", Role::Attendee).await;
        let ada = world.person("ada@example.org").await;
        for who in [&ada, &Persona::nobody()] {
            assert_eq!(history(world, who, json!({})).await, Value::Null);
        }
    }

    /// Whatever was done is taken back, also the taking back; with the ids that it had.
    async fn undone(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let before = world.export("small").await;
        let paper = world.id_of("papers", "title", "Zebra crossings").await;
        let (ann, dia) = (world.id_of("people", "name", "Ann Lee").await, world.id_of("people", "name", "Día García").await);
        let first = revision(world).await;
        done(world, &olga, "deletePaper", json!({ "id": paper }), "__typename").await;
        done(world, &olga, "mergePersons", json!({"id": ann, "personIds": [dia]}), "__typename").await;
        done(world, &olga, "updateConference", json!({"id": id, "timeZone": "Asia/Almaty"}), "__typename").await;
        done(world, &olga, "setLinkSettings", json!({"conferenceId": id, "linkAudience": "PUBLIC"}), "__typename").await;
        let after = world.export("small").await;
        for n in (first + 1..=first + 4).rev() {
            undo(world, &olga, n).await;
            fresh(world, "small").await;
        }
        assert_eq!(world.export("small").await, before);
        assert_eq!(world.id_of("papers", "title", "Zebra crossings").await, paper);
        assert_eq!(world.id_of("people", "name", "Día García").await, dia);
        // Undoing what undid does it again.
        for n in (first + 5..=first + 8).rev() {
            undo(world, &olga, n).await;
        }
        assert_eq!(world.export("small").await, after);
        fresh(world, "small").await;
    }

    /// What came later is in the way, and is named; nothing is done then.
    async fn in_the_way(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let undo = |n: i64| json!({"conferenceId": id, "revision": n});
        let panel = made(world, &olga, "createPanel", json!({"conferenceId": id, "code": "P3", "title": "Three"}), "panel").await;
        let created = revision(world).await;
        done(world, &olga, "createPaper", json!({"panelId": panel, "title": "Later"}), "__typename").await;
        assert_eq!(faults(world, &olga, "undoRevision", undo(created)).await, ["CONFLICT revision"], "it has a paper");
        let session = session_of(world, "P2", 1).await;
        done(world, &olga, "updateSession", json!({"id": session, "title": "One"}), "__typename").await;
        let titled = revision(world).await;
        done(world, &olga, "updateSession", json!({"id": session, "title": "Two"}), "__typename").await;
        assert_eq!(faults(world, &olga, "undoRevision", undo(titled)).await, ["CONFLICT revision"]);
        let track = made(world, &olga, "createTrack", json!({"conferenceId": id, "code": "T9", "name": "Nine"}), "track").await;
        done(world, &olga, "deleteTrack", json!({ "id": track }), "__typename").await;
        let deleted = revision(world).await;
        done(world, &olga, "createTrack", json!({"conferenceId": id, "code": "T9", "name": "Another nine"}), "__typename").await;
        assert_eq!(faults(world, &olga, "undoRevision", undo(deleted)).await, ["CONFLICT revision"], "its code is taken");
        assert_eq!(faults(world, &olga, "undoRevision", undo(1)).await, ["INVALID revision"], "it made the conference");
        assert_eq!(faults(world, &olga, "undoRevision", undo(999)).await, ["NOT_FOUND revision"]);
        assert_eq!(faults(world, &olga, "undoRevision", undo(-1)).await, ["NOT_FOUND revision"]);
        // What is not in the way is undone around it.
        let data = json!({"conferenceId": id, "revision": revision(world).await});
        done(world, &olga, "undoRevision", data, "__typename").await;
        done(world, &olga, "undoRevision", undo(deleted), "__typename").await;
        world.id_of("tracks", "code", "T9").await;
        fresh(world, "small").await;
    }
}
