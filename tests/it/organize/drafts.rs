//! Drafts: prepared unseen, shown as they would be, released as one revision over whatever has happened meanwhile.

use serde_json::{Value, json};

use super::nouns::session_of;
use super::{faults, fresh, made, small};
use crate::desk::{desk, done, organizer, revision};
use crate::support::people::{Persona, Role};
use crate::support::{World, both};

const DRAFT: &str = "{ conference(slug: \"small\") { draft { conflictCount
    commands { id mutation user { name } conflicts { code field message } }
    differences { kind typeName nodeId label fields { name before after } } } } }";

const RELEASES: &str = "{ conference(slug: \"small\") { releases { name notes revision
    differences { kind typeName label fields { name before after } } } } }";

async fn draft(world: &World, who: &Persona) -> Value {
    world.data_as(who, DRAFT, json!({})).await["conference"]["draft"].take()
}

async fn releases(world: &World) -> Value {
    world.data(RELEASES, json!({})).await["conference"]["releases"].take()
}

/// Releases it.
async fn release(world: &World, who: &Persona, name: &str) -> Value {
    let id = small(world).await;
    done(world, who, "releaseDraft", json!({"conferenceId": id, "name": name}), "release { id name revision }").await
}

both! {
    /// What is in a draft is nowhere but there, builds on itself, and comes as one revision with what is new in it.
    async fn prepared(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let first = release(world, &olga, "Version 1").await;
        let before = (world.dump().await, revision(world).await);
        assert_eq!(first["release"]["revision"], before.1);
        let input = json!({"conferenceId": id, "code": "P3", "title": "New things", "draft": true, "clientMutationId": "p3"});
        let panel = made(world, &olga, "createPanel", input.clone(), "panel").await;
        assert_eq!(made(world, &olga, "createPanel", input, "panel").await, panel, "sent again it is put in once");
        let paper = made(world, &olga, "createPaper", json!({"panelId": panel, "title": "Paper", "draft": true}), "paper").await;
        let input = json!({"panelId": panel, "date": "2027-07-13", "startTime": "14:00", "draft": true});
        let session = made(world, &olga, "createSession", input, "session").await;
        let input = json!({"sessionId": session, "slots": [{"paperId": paper}], "draft": true});
        let payload = done(world, &olga, "setSlots", input, "session { panel { title } slots { paper { title } } }").await;
        assert_eq!(payload["session"], json!({"panel": {"title": "New things"}, "slots": [{"paper": {"title": "Paper"}}]}));
        let early = session_of(world, "P2", 1).await;
        done(world, &olga, "updateSession", json!({"id": early, "startTime": "08:30", "draft": true}), "__typename").await;
        // Nobody sees anything of it, and the conference has no other revision.
        assert_eq!(revision(world).await, before.1);
        let node = world.data_as(&olga, "query ($id: ID!) { node(id: $id) { id } }", json!({ "id": panel })).await;
        assert_eq!(node["node"], Value::Null);
        world.member("small", "ada@example.org", Role::Attendee).await;
        let ada = world.person("ada@example.org").await;
        for who in [&ada, &Persona::nobody()] {
            assert_eq!(draft(world, who).await, Value::Null);
        }
        // Its organizers see it as it would be.
        let shown = draft(world, &olga).await;
        let mutations: Vec<&str> = shown["commands"].as_array().unwrap().iter().map(|it| it["mutation"].as_str().unwrap()).collect();
        assert_eq!(mutations, ["createPanel", "createPaper", "createSession", "setSlots", "updateSession"]);
        assert_eq!(shown["conflictCount"], 0);
        let query = "query ($id: ID!) { conference(slug: \"small\") { draft { node(id: $id) { ... on Panel { code papers { title } } } } } }";
        let node = world.data_as(&olga, query, json!({ "id": panel })).await;
        assert_eq!(node["conference"]["draft"]["node"], json!({"code": "P3", "papers": [{"title": "Paper"}]}));
        // Released, it is one revision, and everybody is told what is new.
        let released = release(world, &olga, "Version 2").await;
        assert_eq!(released["release"]["revision"], before.1 + 1);
        assert_eq!(revision(world).await, before.1 + 1);
        fresh(world, "small").await;
        assert_eq!(draft(world, &olga).await, json!({"conflictCount": 0, "commands": [], "differences": []}));
        let told = releases(world).await;
        let of = |kind: &str, noun: &str, label: &str, fields: Value| json!({"kind": kind, "typeName": noun, "label": label, "fields": fields});
        let mut differences = told[0]["differences"].as_array().unwrap().clone();
        differences.sort_by_key(|it| it["label"].to_string());
        assert_eq!(differences, [
            of("MOVED", "Session", "P2.1", json!([{"name": "startTime", "before": "09:00", "after": "08:30"}])),
            of("NEW", "Panel", "P3 New things", json!([])),
            of("NEW", "Session", "P3.1", json!([])),
            of("NEW", "Paper", "Paper", json!([])),
        ]);
        assert_eq!((&told[1]["name"], &told[1]["differences"]), (&json!("Version 1"), &Value::Null));
        world.id_of("panels", "code", "P3").await;
    }

    /// What is done at once while a draft waits survives it, but for the fields that the draft sets; and is told with it.
    async fn meanwhile(world) {
        let olga = organizer(world).await;
        release(world, &olga, "Version 1").await;
        let panel = world.id_of("panels", "code", "P2").await;
        let session = session_of(world, "P2", 1).await;
        let draft_title = json!({"id": panel, "title": "By the draft", "draft": true});
        done(world, &olga, "updatePanel", draft_title, "__typename").await;
        done(world, &olga, "updateSession", json!({"id": session, "title": "Part one", "draft": true}), "__typename").await;
        // The desk goes on.
        done(world, &olga, "updatePanel", json!({"id": panel, "abstract": "By the desk"}), "__typename").await;
        done(world, &olga, "cancelSession", json!({ "id": session }), "__typename").await;
        let net = world.id_of("rooms", "name", "Online").await;
        done(world, &olga, "setRoomLink", json!({"id": net, "url": "https://meet.example/CANARY-new"}), "__typename").await;
        let ann = world.id_of("people", "name", "Ann Lee").await;
        done(world, &olga, "updatePerson", json!({"id": ann, "email": "other@canary.example"}), "__typename").await;
        assert_eq!(draft(world, &olga).await["conflictCount"], 0);
        release(world, &olga, "Version 2").await;
        fresh(world, "small").await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Panel { title abstract sessions { status title } } } }";
        let data = world.data(query, json!({ "id": panel })).await;
        assert_eq!((&data["node"]["title"], &data["node"]["abstract"]), (&json!("By the draft"), &json!("By the desk")));
        assert_eq!(data["node"]["sessions"][0], json!({"status": "CANCELLED", "title": "Part one"}));
        let told = releases(world).await;
        assert!(!told.to_string().to_lowercase().contains("canary"), "{told:#}");
        let mut kinds: Vec<String> = told[0]["differences"].as_array().unwrap().iter()
            .map(|it| format!("{} {}", it["kind"].as_str().unwrap(), it["label"].as_str().unwrap())).collect();
        kinds.sort();
        assert_eq!(kinds, ["CANCELLED P2.1", "CHANGED P2 By the draft"]);
    }

    /// What somebody has changed under a draft is told, and released over only if that is said; what is impossible is not
    /// released at all, and nothing with it.
    async fn conflicts(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let panel = world.id_of("panels", "code", "P2").await;
        let paper = world.id_of("papers", "title", "Middles").await;
        done(world, &olga, "updatePanel", json!({"id": panel, "title": "By the draft", "draft": true}), "__typename").await;
        done(world, &olga, "updatePaper", json!({"id": paper, "title": "By the draft", "draft": true}), "__typename").await;
        done(world, &olga, "updatePanel", json!({"id": panel, "title": "By the desk"}), "__typename").await;
        let shown = draft(world, &olga).await;
        assert_eq!(shown["conflictCount"], 1);
        assert_eq!(shown["commands"][0]["conflicts"][0]["code"], "CONFLICT");
        assert_eq!(shown["commands"][0]["conflicts"][0]["field"], json!(["title"]));
        let input = json!({"conferenceId": id, "name": "Version 1"});
        assert_eq!(faults(world, &olga, "releaseDraft", input.clone()).await, ["CONFLICT commands.0.title"]);
        done(world, &olga, "deletePaper", json!({ "id": paper }), "__typename").await;
        let wrong = ["CONFLICT commands.0.title", "NOT_FOUND commands.1.id"];
        assert_eq!(faults(world, &olga, "releaseDraft", input.clone()).await, wrong);
        let over = json!({"conferenceId": id, "name": "Version 1", "overConflicts": true});
        assert_eq!(faults(world, &olga, "releaseDraft", over.clone()).await, ["NOT_FOUND commands.1.id"]);
        let command = draft(world, &olga).await["commands"][1]["id"].clone();
        let removed = desk(world, &olga, "removeDraftCommand", json!({ "id": command }), "removedId").await;
        assert_eq!(removed["removedId"], command);
        assert_eq!(faults(world, &olga, "removeDraftCommand", json!({ "id": command })).await, ["NOT_FOUND id"]);
        done(world, &olga, "releaseDraft", over, "release { name }").await;
        let data = world.data("query ($id: ID!) { node(id: $id) { ... on Panel { title } } }", json!({ "id": panel })).await;
        assert_eq!(data["node"]["title"], "By the draft");
    }

    /// What does not wait, whoever may not, and what is thrown away.
    async fn refused(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        assert_eq!(faults(world, &olga, "createRoom", json!({"conferenceId": id, "name": "x", "draft": true})).await, ["INVALID draft"]);
        let panel = world.id_of("panels", "code", "P2").await;
        // A command that would be refused at once is refused here too.
        assert_eq!(faults(world, &olga, "updatePanel", json!({"id": panel, "code": "P10", "draft": true})).await, ["TAKEN code"]);
        assert_eq!(faults(world, &olga, "deletePanel", json!({"id": panel, "draft": true})).await, ["IN_USE id"]);
        done(world, &olga, "updateConference", json!({"id": id, "convenorsEditPapers": true}), "__typename").await;
        let ann = world.person("ann@canary.example").await;
        let paper = world.id_of("papers", "title", "Middles").await;
        assert_eq!(faults(world, &ann, "updatePaper", json!({"id": paper, "title": "x", "draft": true})).await, ["FORBIDDEN draft"]);
        assert_eq!(faults(world, &ann, "releaseDraft", json!({"conferenceId": id, "name": "x"})).await, ["FORBIDDEN conferenceId"]);
        assert_eq!(faults(world, &ann, "discardDraft", json!({ "conferenceId": id })).await, ["FORBIDDEN conferenceId"]);
        assert_eq!(faults(world, &olga, "releaseDraft", json!({"conferenceId": id, "name": " "})).await, ["INVALID name"]);
        // A code that is free in the draft alone.
        done(world, &olga, "updatePanel", json!({"id": panel, "code": "P4", "draft": true}), "__typename").await;
        let other = world.id_of("panels", "code", "P10").await;
        done(world, &olga, "updatePanel", json!({"id": other, "code": "P2", "draft": true}), "panel { code }").await;
        release(world, &olga, "Codes").await;
        fresh(world, "small").await;
        done(world, &olga, "updatePanel", json!({"id": panel, "title": "x", "draft": true}), "__typename").await;
        let thrown = desk(world, &olga, "discardDraft", json!({ "conferenceId": id }), "conferenceId").await;
        assert_eq!(thrown["conferenceId"], json!(id));
        assert_eq!(draft(world, &olga).await["commands"], json!([]));
    }
}
