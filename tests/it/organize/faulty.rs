//! Bad input: each wrong value is told with its place, and nothing is written.

use serde_json::{Value, json};

use super::nouns::session_of;
use super::{faults, made, small};
use crate::desk::{desk, done, organizer, revision};
use crate::support::World;
use crate::support::both;
use crate::support::files::file;
use crate::support::people::{Persona, Role};

/// Another conference of the same organizer's, and ids of it.
async fn elsewhere(world: &World) -> (String, String) {
    let mut other = crate::support::files::small();
    other["conference"]["slug"] = json!("other");
    world.import(&file(&other)).await;
    world.member("other", "olga@example.org", Role::Organizer).await;
    let query = "{ conference(slug: \"other\") { panel(code: \"P2\") { id } people { nodes { id } } } }";
    let data = world.data(query, json!({})).await;
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    (id(&data["conference"]["panel"]["id"]), id(&data["conference"]["people"]["nodes"][0]["id"]))
}

both! {
    /// Texts that can't be kept, in every field that takes one.
    async fn texts(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let panel = world.id_of("panels", "code", "P2").await;
        for field in ["title", "abstract", "shortAbstract", "code", "key"] {
            let input = json!({"id": panel, field: "x".repeat(100_000)});
            assert_eq!(faults(world, &olga, "updatePanel", input).await, [format!("INVALID {field}")]);
        }
        for bad in ["a\u{0}b", "\u{1b}[2J"] {
            let input = json!({"conferenceId": id, "code": bad, "title": bad, "key": bad, "abstract": bad, "shortAbstract": bad, "language": bad});
            assert_eq!(faults(world, &olga, "createPanel", input).await, ["INVALID key", "INVALID code", "INVALID title",
                "INVALID shortAbstract", "INVALID abstract", "INVALID language"]);
            let input = json!({"conferenceId": id, "name": bad, "affiliation": bad, "biography": bad, "country": bad, "orcid": bad, "email": bad});
            assert_eq!(faults(world, &olga, "createPerson", input).await, ["INVALID name", "INVALID affiliation", "INVALID country",
                "INVALID orcid", "INVALID email", "INVALID biography"]);
            assert_eq!(faults(world, &olga, "createTrack", json!({"conferenceId": id, "code": bad, "name": bad})).await,
                ["INVALID code", "INVALID name"]);
            let paper = world.id_of("papers", "title", "Middles").await;
            let input = json!({"id": paper, "keywords": ["fine", bad, "fine"], "type": bad});
            assert_eq!(faults(world, &olga, "updatePaper", input).await, ["INVALID type", "INVALID keywords.1", "INVALID keywords.2"]);
        }
        // What looks like a script is a text, kept as it is written.
        let script = "<script>alert(1)</script>";
        let input = json!({"conferenceId": id, "code": script, "title": script});
        let payload = done(world, &olga, "createPanel", input, "panel { code title }").await;
        assert_eq!(payload["panel"], json!({"code": script, "title": script}));
    }

    /// A panel is written once for each of its sessions, so it has no more than a thousand.
    async fn sessions_of_a_panel(world) {
        let olga = organizer(world).await;
        let mut full = crate::support::files::small();
        let sessions: Vec<_> = (1..1_000).map(|n| json!({"key": format!("n{n}"), "number": n})).collect();
        full["panels"][0]["sessions"] = json!(sessions);
        full["panels"][0]["code"] = json!("FULL");
        world.import(&file(&full)).await;
        let panel = world.id_of("panels", "code", "FULL").await;
        done(world, &olga, "createSession", json!({ "panelId": panel }), "session { number }").await;
        let payload = desk(world, &olga, "createSession", json!({ "panelId": panel }), "session { number }").await;
        assert_eq!(payload["userErrors"], json!([
            {"code": "INVALID", "field": ["panelId"], "message": "The panel has 1000 sessions; that is the limit."}]));
    }

    /// Ids that are none, of another kind, of another conference, of what is gone.
    async fn ids(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let (panel, person) = elsewhere(world).await;
        let own = world.id_of("panels", "code", "P2").await;
        let session = session_of(world, "P2", 1).await;
        let gone = made(world, &olga, "createPerson", json!({"conferenceId": id, "name": "Gone"}), "person").await;
        done(world, &olga, "deletePerson", json!({ "id": gone }), "__typename").await;
        let gone = gone.as_str();
        for (name, input, wrong) in [
            ("updatePanel", json!({"id": "nonsense", "title": "x"}), "INVALID id"),
            ("updatePanel", json!({"id": session, "title": "x"}), "INVALID id"),
            ("createPaper", json!({"panelId": id, "title": "x"}), "INVALID panelId"),
            ("updatePanel", json!({"id": own, "trackId": own}), "INVALID trackId"),
            ("movePaper", json!({"id": world.id_of("papers", "title", "Middles").await, "panelId": panel}), "NOT_FOUND panelId"),
            ("setPanelParticipations", json!({"panelId": own, "participations": [{"personId": person, "role": "CHAIR"}]}),
                "NOT_FOUND participations.0.personId"),
            ("setPanelParticipations", json!({"panelId": own, "participations": [{"personId": gone, "role": "CHAIR"}]}),
                "NOT_FOUND participations.0.personId"),
            ("setAuthorships", json!({"paperId": world.id_of("papers", "title", "Middles").await,
                "authorships": [{"personId": own}]}), "INVALID authorships.0.personId"),
            ("updatePerson", json!({"id": gone, "name": "x"}), "NOT_FOUND id"),
            ("mergePersons", json!({"id": world.id_of("people", "name", "Ann Lee").await, "personIds": [gone]}), "NOT_FOUND personIds.0"),
            ("mergePersons", json!({"id": world.id_of("people", "name", "Ann Lee").await, "personIds": [person]}), "NOT_FOUND personIds.0"),
        ] {
            assert_eq!(faults(world, &olga, name, input.clone()).await, [wrong], "{name} {input}");
        }
        let paper = world.id_of("papers", "title", "Middles").await;
        let slots = json!({"sessionId": session, "slots": [
            {"paperId": paper, "startTime": "03:00", "minutes": 0, "sessionRoomId": session}]});
        assert_eq!(faults(world, &olga, "setSlots", slots).await, ["INVALID slots.0.sessionRoomId"]);
        let slots = json!({"sessionId": session, "slots": [{"paperId": paper, "startTime": "03:00", "minutes": 0}, {"paperId": paper}]});
        assert_eq!(faults(world, &olga, "setSlots", slots).await,
            ["INVALID slots.1.paperId", "INVALID slots.0.minutes", "INVALID slots.0.startTime"]);
        let p10 = session_of(world, "P10", 2).await;
        let slots = json!({"sessionId": p10, "slots": [{"paperId": paper, "startTime": "10:00"}]});
        assert_eq!(faults(world, &olga, "setSlots", slots).await, ["INVALID slots.0.paperId", "INVALID slots.0.startTime"]);
    }

    /// Two organizers on one object: the second is told what it is now.
    async fn conflicts(world) {
        let olga = organizer(world).await;
        world.member("small", "otto@example.org", Role::Organizer).await;
        let otto = world.person("otto@example.org").await;
        let read = revision(world).await;
        let p2 = world.id_of("panels", "code", "P2").await;
        let patch = |title: &str| json!({"id": p2, "title": title, "expectedRevision": read});
        done(world, &olga, "updatePanel", patch("By Olga"), "panel { title }").await;
        let payload = desk(world, &otto, "updatePanel", patch("By Otto"), "panel { title }").await;
        assert_eq!(payload["userErrors"][0]["code"], "CONFLICT");
        assert_eq!(payload["panel"]["title"], "By Olga");
        for (name, input) in [
            ("setPanelParticipations", json!({"panelId": p2, "participations": [], "expectedRevision": read})),
            ("deletePanel", json!({"id": p2, "expectedRevision": read})),
            ("createPaper", json!({"panelId": p2, "title": "x", "expectedRevision": read})),
        ] {
            assert!(faults(world, &otto, name, input).await[0].starts_with("CONFLICT"), "{name}");
        }
        // What nobody else has touched is not in the way.
        let p10 = world.id_of("panels", "code", "P10").await;
        done(world, &otto, "updatePanel", json!({"id": p10, "title": "Mine", "expectedRevision": read}), "panel { title }").await;
    }

    /// The same mutation sent twice is done once; with another input it is refused.
    async fn once(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let input = json!({"conferenceId": id, "name": "Once", "clientMutationId": "once"});
        let first = made(world, &olga, "createPerson", input.clone(), "person").await;
        assert_eq!(made(world, &olga, "createPerson", input.clone(), "person").await, first);
        let mut other = input;
        other["name"] = json!("Twice");
        assert_eq!(faults(world, &olga, "createPerson", other).await, ["INVALID clientMutationId"]);
    }

    /// Whoever does not organize changes nothing, whatever they know the id of.
    async fn strangers(world) {
        organizer(world).await;
        world.member("small", "ada@example.org", Role::Attendee).await;
        let ada = world.person("ada@example.org").await;
        let id = small(world).await;
        for (name, input) in everything(world, &id).await {
            assert!(faults(world, &ada, name, input.clone()).await[0].starts_with("FORBIDDEN"), "{name}");
            let query = format!("mutation ($input: {}{}Input!) {{ {name}(input: $input) {{ cursor }} }}", name[..1].to_uppercase(), &name[1..]);
            let code = world.code_as(&Persona::nobody(), &query, json!({ "input": input })).await;
            assert_eq!(code, "UNAUTHENTICATED", "{name}");
        }
    }
}

/// Each of the mutations that only organizers may do, with an input that is good.
pub async fn everything(world: &World, id: &str) -> Vec<(&'static str, Value)> {
    let track = world.id_of("tracks", "code", "T1").await;
    let (hall, net) = (world.id_of("rooms", "name", "Hall").await, world.id_of("rooms", "name", "Online").await);
    let (ann, bob) =
        (world.id_of("people", "name", "Ann Lee").await, world.id_of("people", "name", "Bob Müller").await);
    let panel = world.id_of("panels", "code", "P2").await;
    let paper = world.id_of("papers", "title", "Zebra crossings").await;
    let session = session_of(world, "P2", 1).await;
    vec![
        ("updateConference", json!({"id": id, "name": "x"})),
        ("publishConference", json!({ "id": id })),
        ("unpublishConference", json!({ "id": id })),
        ("deleteConference", json!({ "id": id })),
        ("createTrack", json!({"conferenceId": id, "code": "x", "name": "x"})),
        ("updateTrack", json!({"id": track, "name": "x"})),
        ("deleteTrack", json!({ "id": track })),
        ("createRoom", json!({"conferenceId": id, "name": "x"})),
        ("updateRoom", json!({"id": hall, "name": "x"})),
        ("deleteRoom", json!({ "id": hall })),
        ("swapRooms", json!({"firstId": hall, "secondId": net})),
        ("createPerson", json!({"conferenceId": id, "name": "x"})),
        ("updatePerson", json!({"id": ann, "name": "x"})),
        ("deletePerson", json!({ "id": ann })),
        ("splitPerson", json!({"id": ann, "paperIds": [paper]})),
        ("mergePersons", json!({"id": ann, "personIds": [bob]})),
        ("createPanel", json!({"conferenceId": id, "code": "x", "title": "x"})),
        ("updatePanel", json!({"id": panel, "title": "x"})),
        ("deletePanel", json!({ "id": panel })),
        ("cancelPanel", json!({ "id": panel })),
        ("restorePanel", json!({ "id": panel })),
        ("createSession", json!({ "panelId": panel })),
        ("updateSession", json!({"id": session, "title": "x"})),
        ("deleteSession", json!({ "id": session })),
        ("createPaper", json!({"panelId": panel, "title": "x"})),
        ("updatePaper", json!({"id": paper, "title": "x"})),
        ("deletePaper", json!({ "id": paper })),
        ("movePaper", json!({"id": paper, "position": 1})),
        ("setPanelParticipations", json!({"panelId": panel, "participations": []})),
        ("setSessionParticipations", json!({"sessionId": session, "participations": []})),
        ("setAuthorships", json!({"paperId": paper, "authorships": []})),
        ("setSlots", json!({"sessionId": session, "slots": []})),
    ]
}
