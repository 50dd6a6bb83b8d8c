//! Each mutation of the program as everyone, as a table for a person to review.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::faulty::everything;
use super::nouns::session_of;
use super::{administrator, small};
use crate::desk::{done, organizer, session_room};
use crate::support::people::{Persona, Role, claims};
use crate::support::{Backend, World, run};

/// What a user does to what is the user's own: each has tests of its own.
const OWN: [&str; 10] = [
    "createAccessToken",
    "deleteAccount",
    "endLoginSession",
    "renewCalendarUrl",
    "revokeAccessToken",
    "revokeCalendarUrl",
    "sendMessageToAuthor",
    "setNotices",
    "star",
    "unstar",
];

/// What has no `expectedRevision`: its input here is none that is done.
const UNREVISED: [&str; 10] = [
    "createConference",
    "createWebhook",
    "deleteWebhook",
    "discardImport",
    "redeliverWebhook",
    "removeMember",
    "rotateWebhookSecret",
    "setMember",
    "testWebhook",
    "updateWebhook",
];

/// What comes of it: who may is told of a conflict, since nobody has read what is there now, and nothing is done.
async fn outcome(world: &World, who: &Persona, name: &str, input: &Value) -> &'static str {
    let mut input = input.clone();
    if !UNREVISED.contains(&name) {
        input["expectedRevision"] = json!(0);
    }
    let query = format!(
        "mutation ($input: {}{}Input!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}",
        name[..1].to_uppercase(),
        &name[1..]
    );
    let answer = world.ask_as(who, &query, json!({ "input": input })).await.body;
    if let Some(errors) = answer["errors"].as_array() {
        assert_eq!(errors[0]["extensions"]["code"], "UNAUTHENTICATED", "{name}: {answer}");
        return "log in";
    }
    match answer["data"][name]["userErrors"][0]["code"].as_str() {
        Some("FORBIDDEN") => "no",
        _ => "yes",
    }
}

/// Makes a webhook.
async fn webhook(world: &World, who: &Persona, input: Value) -> String {
    let query = "mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }";
    let made = world.data_as(who, query, json!({ "input": input })).await;
    made["createWebhook"]["webhook"]["id"].as_str().unwrap().to_owned()
}

/// Something that it is to be told.
async fn delivery(world: &World, who: &Persona, webhook: &str) -> String {
    let query = "mutation ($id: ID!) { testWebhook(input: {id: $id}) { delivery { id } } }";
    let made = world.data_as(who, query, json!({ "id": webhook })).await;
    made["testWebhook"]["delivery"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn who_may_what() {
    run(Backend::Sqlite, async |world| {
        let olga = organizer(&world).await;
        let id = small(&world).await;
        let allowed =
            json!({"id": id, "convenorsEditPapers": true, "chairsSetLinks": true, "authorsEditAbstracts": true});
        done(&world, &olga, "updateConference", allowed, "__typename").await;
        // Ann convenes and wrote; Bob is made chair of all of P2; Cem is author alone, of another paper.
        let (ann, bob) =
            (world.id_of("people", "name", "Ann Lee").await, world.id_of("people", "name", "Bob Müller").await);
        let cem = world.id_of("people", "name", "Cem Öz").await;
        let panel = world.id_of("panels", "code", "P2").await;
        let paper = world.id_of("papers", "title", "Zebra crossings").await;
        for (person, email) in [(&bob, "bob@canary.example"), (&cem, "cem@canary.example")] {
            done(&world, &olga, "updatePerson", json!({"id": person, "email": email}), "__typename").await;
        }
        let parts = json!({"panelId": panel, "participations": [
            {"personId": ann, "role": "CONVENOR"}, {"personId": bob, "role": "CHAIR"}]});
        done(&world, &olga, "setPanelParticipations", parts, "__typename").await;
        let authors = json!({"paperId": paper, "authorships": [{"personId": cem}]});
        done(&world, &olga, "setAuthorships", authors, "__typename").await;
        world.member("small", "ada@example.org", Role::Attendee).await;
        let people = [
            ("organizer", olga),
            ("convenor", world.person("ann@canary.example").await),
            ("chair", world.person("bob@canary.example").await),
            ("author", world.person("cem@canary.example").await),
            ("attendee", world.person("ada@example.org").await),
            ("signed in", world.person_with(claims("eve@example.org")).await),
            ("administrator", administrator(&world).await),
            ("public", Persona::nobody()),
        ];
        let mut mutations = everything(&world, &id).await;
        let usage = session_room(&world, "P2.1 Online").await;
        mutations.push(("updatePaper", json!({"id": paper, "abstract": "x"})));
        mutations.push(("setSessionRoomLink", json!({"id": usage, "url": "https://a.example"})));
        mutations.push(("undoRevision", json!({"conferenceId": id, "revision": -1})));
        mutations.push(("releaseDraft", json!({"conferenceId": id, "name": " "})));
        mutations.push(("discardDraft", json!({ "conferenceId": id })));
        let net = world.id_of("rooms", "name", "Online").await;
        let slots = "{ conference(slug: \"small\") { sessions { nodes { slots { id } } } } }";
        let slots = world.data(slots, json!({})).await;
        let sessions = slots["conference"]["sessions"]["nodes"].as_array().unwrap();
        let slot = sessions.iter().find_map(|it| it["slots"][0]["id"].as_str()).unwrap();
        let session = session_of(&world, "P2", 1).await;
        let held = json!({"id": panel, "title": "Later", "draft": true});
        done(&world, &people[0].1, "updatePanel", held, "__typename").await;
        let draft =
            "{ conference(slug: \"small\") { draft { commands { id } } members { nodes { id user { name } } } } }";
        let found = world.data_as(&people[0].1, draft, json!({})).await["conference"].take();
        let upload =
            crate::interchange::upload::uploaded(&world, &people[0].1, "", &crate::support::files::small()).await;
        mutations.extend([
            ("applyImport", json!({"id": upload["id"]})),
            ("discardImport", json!({"id": upload["id"]})),
            ("announce", json!({"conferenceId": id, "text": "x"})),
            ("assignSessionRoom", json!({"sessionId": session, "roomId": net})),
            ("cancelSession", json!({ "id": session })),
            ("restoreSession", json!({ "id": session })),
            ("moveSlot", json!({"id": slot, "position": 1})),
            ("removeSessionRoom", json!({ "id": usage })),
            ("withdrawPaper", json!({ "id": paper })),
            ("restorePaper", json!({ "id": paper })),
            ("scheduleSession", json!({"id": session, "date": "2027-07-12"})),
            ("setLinkSettings", json!({"conferenceId": id, "linkAudience": "ATTENDEE"})),
            ("setRoomLink", json!({"id": net, "url": "https://a.example"})),
            ("removeDraftCommand", json!({"id": found["draft"]["commands"][0]["id"]})),
            ("setMember", json!({"conferenceId": id, "email": "none", "role": "ATTENDEE"})),
            ("removeMember", json!({"id": found["members"]["nodes"][0]["id"]})),
            (
                "createConference",
                json!({"slug": "small", "name": "x", "timeZone": "Europe/Rome",
                "startsOn": "2027-01-01", "endsOn": "2027-01-01"}),
            ),
        ]);
        let hook = json!({"conferenceId": id, "url": "https://hooks.example.org/"});
        let hook = webhook(&world, &people[0].1, hook).await;
        mutations.extend([
            ("createWebhook", json!({"conferenceId": id, "url": "none"})),
            ("updateWebhook", json!({"id": hook, "url": "none"})),
            ("rotateWebhookSecret", json!({ "id": hook })),
            ("testWebhook", json!({ "id": hook })),
            ("redeliverWebhook", json!({ "id": delivery(&world, &people[0].1, &hook).await })),
            ("deleteWebhook", json!({ "id": hook })),
        ]);
        let mut table = String::new();
        for (name, input) in &mutations {
            let fields: Vec<&str> = input.as_object().unwrap().keys().map(String::as_str).collect();
            write!(table, "{name} ({}):", fields.join(", ")).unwrap();
            for (role, who) in &people {
                let outcome = outcome(&world, who, name, input).await;
                write!(table, " {role} {outcome},").unwrap();
            }
            table.pop();
            table.push('\n');
        }
        insta::assert_snapshot!(table);
        // Whoever adds a mutation adds it here.
        let query = "{ __schema { mutationType { fields { name } } } }";
        let schema = world.data(query, json!({})).await;
        let all = schema["__schema"]["mutationType"]["fields"].as_array().unwrap();
        for name in all.iter().map(|field| field["name"].as_str().unwrap()) {
            let there = OWN.contains(&name) || mutations.iter().any(|(there, _)| *there == name);
            assert!(there, "{name} is not in the matrix");
        }
    });
}
