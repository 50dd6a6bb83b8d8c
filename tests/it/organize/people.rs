//! People: who is who, and who has which part.

use serde_json::{Value, json};

use super::nouns::session_of;
use super::{faults, fresh, made, small};
use crate::desk::{done, organizer};
use crate::support::World;
use crate::support::both;

async fn person(world: &World, name: &str) -> String {
    world.id_of("people", "name", name).await
}

async fn parts(world: &World, id: &str) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { id ... on Person { name affiliation country orcid
        authorships { paper { title } } participations { role } } } }";
    world.data(query, json!({ "id": id })).await["node"].take()
}

both! {
    /// A person is made, changed and deleted; what is private is written and never read.
    async fn persons(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let input = json!({"conferenceId": id, "name": "Eva", "email": "eva@canary.example", "country": "KZ",
            "orcid": "0000-0001-5109-3700", "url": "https://example.org/eva", "biography": "*Eva*"});
        let eva = made(world, &olga, "createPerson", input, "person").await;
        let payload = done(world, &olga, "updatePerson", json!({"id": eva, "country": null, "affiliation": "East"}),
            "person { name country affiliation orcid acceptsMessages }").await;
        assert_eq!(payload["person"], json!({"name": "Eva", "country": null, "affiliation": "East",
            "orcid": "0000-0001-5109-3700", "acceptsMessages": true}));
        let wrong = json!({"id": eva, "name": "", "country": "kz", "orcid": "0000-0001-5109-3701", "email": "nobody",
            "url": "ftp://x", "key": "ann"});
        assert_eq!(faults(world, &olga, "updatePerson", wrong).await, ["TAKEN key", "INVALID name", "INVALID country",
            "INVALID orcid", "INVALID email", "INVALID url"]);
        let ann = person(world, "Ann Lee").await;
        assert_eq!(faults(world, &olga, "deletePerson", json!({ "id": ann })).await, ["IN_USE id"]);
        done(world, &olga, "deletePerson", json!({ "id": eva }), "deletedId").await;
        fresh(world, "small").await;
    }

    /// Parts are set as a whole: whoever stays keeps the row, whoever is not named goes.
    async fn set(world) {
        let olga = organizer(world).await;
        let p2 = world.id_of("panels", "code", "P2").await;
        let (ann, bob, dia) = (person(world, "Ann Lee").await, person(world, "Bob Müller").await, person(world, "Día García").await);
        let shown = "panel { convenors { person { name } affiliation } chairs { person { name } implied } discussants { role } }";
        let input = json!({"panelId": p2, "participations": [
            {"personId": dia, "role": "CHAIR"},
            {"personId": bob, "role": "CONVENOR", "affiliation": null},
            {"personId": ann, "role": "CONVENOR", "affiliation": "Elsewhere"}]});
        let payload = done(world, &olga, "setPanelParticipations", input, shown).await;
        assert_eq!(payload["panel"]["convenors"], json!([
            {"person": {"name": "Bob Müller"}, "affiliation": "South College"},
            {"person": {"name": "Ann Lee"}, "affiliation": "Elsewhere"}]));
        assert_eq!(payload["panel"]["chairs"], json!([{"person": {"name": "Día García"}, "implied": false}]));
        assert_eq!(payload["panel"]["discussants"], json!([]));
        let twice = json!({"panelId": p2, "participations": [{"personId": ann, "role": "CHAIR"}, {"personId": ann, "role": "CHAIR"}]});
        assert_eq!(faults(world, &olga, "setPanelParticipations", twice).await, ["INVALID participations.1.personId"]);
        let session = session_of(world, "P2", 2).await;
        let input = json!({"sessionId": session, "participations": [{"personId": bob, "role": "CHAIR"}]});
        let payload = done(world, &olga, "setSessionParticipations", input, "session { chairs { person { name } } }").await;
        assert_eq!(payload["session"]["chairs"], json!([{"person": {"name": "Bob Müller"}}]));
        let paper = world.id_of("papers", "title", "Zebra crossings").await;
        let input = json!({"paperId": paper, "authorships": [{"personId": dia, "presenting": true}, {"personId": bob}]});
        let payload = done(world, &olga, "setAuthorships", input, "paper { authors { person { name } presenting position } }").await;
        assert_eq!(payload["paper"]["authors"], json!([
            {"person": {"name": "Día García"}, "presenting": true, "position": 1},
            {"person": {"name": "Bob Müller"}, "presenting": false, "position": 2}]));
        fresh(world, "small").await;
    }

    /// Persons who are one: their parts are the one's once, what was unknown is known, and the old id answers with them.
    async fn merged(world) {
        let olga = organizer(world).await;
        let (ann, bob, dia) = (person(world, "Ann Lee").await, person(world, "Bob Müller").await, person(world, "Día García").await);
        assert_eq!(faults(world, &olga, "mergePersons", json!({"id": ann, "personIds": []})).await, ["INVALID personIds"]);
        let wrong = json!({"id": ann, "personIds": [dia, ann, dia]});
        assert_eq!(faults(world, &olga, "mergePersons", wrong).await, ["INVALID personIds.2", "INVALID personIds.1"]);
        // Both wrote "Zebra crossings".
        let payload = done(world, &olga, "mergePersons", json!({"id": ann, "personIds": [dia]}), "person { id name orcid }").await;
        assert_eq!(payload["person"]["orcid"], "0000-0002-1825-0097");
        let now = parts(world, &ann).await;
        assert_eq!(parts(world, &dia).await, now, "the old id answers with whoever it is now");
        assert_eq!(now["authorships"], json!([{"paper": {"title": "Zebra crossings"}}]));
        assert_eq!(now["participations"].as_array().unwrap().len(), 3);
        assert_eq!(now["country"], "GB");
        // Also when whoever it is now is somebody else in turn, and as what a mutation names.
        done(world, &olga, "mergePersons", json!({"id": bob, "personIds": [ann]}), "person { id }").await;
        assert_eq!(parts(world, &dia).await["id"], json!(bob));
        done(world, &olga, "updatePerson", json!({"id": dia, "name": "Everybody"}), "person { id }").await;
        assert_eq!(parts(world, &bob).await["name"], "Everybody");
        fresh(world, "small").await;
    }

    /// Two persons who were taken for one.
    async fn split(world) {
        let olga = organizer(world).await;
        let ann = person(world, "Ann Lee").await;
        let (paper, apples) = (world.id_of("papers", "title", "Zebra crossings").await, world.id_of("papers", "title", "Ångström’s apples").await);
        let p2 = world.id_of("panels", "code", "P2").await;
        assert_eq!(faults(world, &olga, "splitPerson", json!({ "id": ann })).await, ["INVALID paperIds"]);
        let wrong = json!({"id": ann, "paperIds": [apples], "roleInIds": [p2], "name": "x".repeat(301)});
        assert_eq!(faults(world, &olga, "splitPerson", wrong).await, ["INVALID name", "NOT_FOUND paperIds.0"]);
        let input = json!({"id": ann, "paperIds": [paper], "affiliation": null});
        let fields = "person { name authorships { paper { title } } } newPerson { id name affiliation country orcid authorships { paper { title } } }";
        let payload = done(world, &olga, "splitPerson", input, fields).await;
        assert_eq!(payload["person"]["authorships"], json!([]));
        let new = &payload["newPerson"];
        assert_eq!((&new["name"], &new["affiliation"], &new["country"]), (&json!("Ann Lee"), &Value::Null, &json!("GB")));
        assert_eq!(new["authorships"], json!([{"paper": {"title": "Zebra crossings"}}]));
        fresh(world, "small").await;
    }
}
