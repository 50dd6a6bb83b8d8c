//! Each mutation: what it does, what it refuses, what it says of it.

use futures_util::future::join_all;
use plenary::auth::Scope;
use serde_json::{Value, json};

use super::{desk, done, organizer, refused, revision, session_room, session_rooms};
use crate::support::files::small;
use crate::support::people::{Persona, Role};
use crate::support::{World, both};

fn is(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

async fn slots(world: &World) -> Value {
    let query = "{ conference(slug: \"small\") { sessions { nodes { number startTime slots {
        position startTime minutes paper { title } sessionRoom { room { name } } } } } } }";
    world.data(query, json!({})).await["conference"]["sessions"]["nodes"].take()
}

async fn slot(world: &World, session: usize, at: usize) -> String {
    let query = "{ conference(slug: \"small\") { sessions { nodes { slots { id } } } } }";
    let data = world.data(query, json!({})).await;
    data["conference"]["sessions"]["nodes"][session]["slots"][at]["id"].as_str().unwrap().to_owned()
}

both! {
    /// A room's own link is that of all sessions in it that have none of their own; the answer has it already.
    async fn links(world) {
        let olga = organizer(world).await;
        let net = world.id_of("rooms", "name", "Online").await;
        let new = "https://meet.example/CANARY-new";
        let payload = done(world, &olga, "setRoomLink", json!({"id": net, "url": new, "clientMutationId": "one"}),
            "room { name link { url inherited access } sessions { number rooms { room { name } link { url inherited } } } }").await;
        assert_eq!(payload["clientMutationId"], "one");
        insta::assert_json_snapshot!("a_rooms_link", payload["room"]);
        let own = session_room(world, "P2.1 Online").await;
        let fields = "sessionRoom { link { url inherited } revision }";
        let payload = done(world, &olga, "setSessionRoomLink", json!({"id": own, "url": null}), fields).await;
        assert_eq!(payload["sessionRoom"]["link"], json!({"url": new, "inherited": true}));
        let payload = done(world, &olga, "setSessionRoomLink", json!({"id": own, "url": "https://a.example/b"}), fields).await;
        assert_eq!(payload["sessionRoom"]["link"], json!({"url": "https://a.example/b", "inherited": false}));
        assert_eq!(payload["sessionRoom"]["revision"], revision(world).await);
        // The same again changes nothing and makes no revision; there is a cursor all the same.
        let before = revision(world).await;
        done(world, &olga, "setSessionRoomLink", json!({"id": own, "url": "https://a.example/b"}), fields).await;
        assert_eq!(revision(world).await, before);
        for bad in ["http://a.example", "https://", "https://user:word@a.example/", "javascript:alert(1)", "https://a b", ""] {
            let payload = desk(world, &olga, "setRoomLink", json!({"id": net, "url": bad}), "__typename").await;
            let errors = payload["userErrors"].as_array().unwrap();
            assert_eq!((errors.len(), &errors[0]["code"], &errors[0]["field"]), (1, &json!("INVALID"), &json!(["url"])));
            let told = payload.to_string();
            assert!(["", "https://"].contains(&bad) || !told.contains(bad), "told again: {told}");
        }
        let long = format!("https://a.example/{}", "x".repeat(2_000));
        assert_eq!(refused(world, &olga, "setRoomLink", json!({"id": net, "url": long})).await, is("INVALID", "url"));
        assert_eq!(revision(world).await, before);
    }

    /// Sessions come into rooms and out of them; what they clash with then is said, and stops nothing.
    async fn rooms(world) {
        let olga = organizer(world).await;
        let (net, hall) = (world.id_of("rooms", "name", "Online").await, world.id_of("rooms", "name", "Hall").await);
        let night = world.id_of("sessions", "startTime", "23:00").await;
        let fields = "sessionRoom { room { name } link { url } session { number } } clashes { severity room { name } }";
        let payload = done(world, &olga, "assignSessionRoom", json!({"sessionId": night, "roomId": hall, "url": "https://x.example/1"}), fields).await;
        assert_eq!(payload["sessionRoom"], json!({"room": {"name": "Hall"}, "link": {"url": "https://x.example/1"}, "session": {"number": 2}}));
        assert_eq!(payload["clashes"], json!([]));
        let before = revision(world).await;
        // Where it is already.
        done(world, &olga, "assignSessionRoom", json!({"sessionId": night, "roomId": hall}), fields).await;
        assert_eq!(revision(world).await, before);
        // Another session, at the time of one that is in the hall already.
        let other = world.id_of("sessions", "startTime", "null").await;
        done(world, &olga, "assignSessionRoom", json!({"sessionId": other, "roomId": hall}), fields).await;
        let when = json!({"id": other, "date": "2027-07-12", "startTime": "10:00", "endTime": "11:00"});
        let fields = "session { startsAt endsAt rooms { room { name } } }
            clashes { severity startsAt endsAt room { name } sessions { number panel { code } } }";
        let payload = done(world, &olga, "scheduleSession", when, fields).await;
        insta::assert_json_snapshot!("a_clash", json!([payload["session"], payload["clashes"]]));
        // A room that a session is taken out of is no slot's any more; the slots stay.
        let gone = session_room(world, "P2.1 Online").await;
        let payload = done(world, &olga, "removeSessionRoom", json!({"id": gone}), "session { rooms { room { name } } slots { sessionRoom { id } paper { title } } }").await;
        insta::assert_json_snapshot!("a_room_less", payload["session"]);
        assert_eq!(refused(world, &olga, "removeSessionRoom", json!({"id": gone})).await, is("NOT_FOUND", "id"));
        assert_eq!(refused(world, &olga, "assignSessionRoom", json!({"sessionId": night, "roomId": night})).await, is("INVALID", "roomId"));
        assert_eq!(refused(world, &olga, "assignSessionRoom", json!({"sessionId": hall, "roomId": net})).await, is("INVALID", "sessionId"));
    }

    /// When a session takes place, or that it is to be announced.
    async fn times(world) {
        let olga = organizer(world).await;
        let (early, night) = (world.id_of("sessions", "startTime", "09:00").await, world.id_of("sessions", "startTime", "23:00").await);
        let fields = "session { date startTime endTime endDate startsAt endsAt status }";
        let payload = done(world, &olga, "scheduleSession",
            json!({"id": early, "date": "2027-07-13", "startTime": "08:30", "endTime": "10:30"}), fields).await;
        assert_eq!(payload["session"]["startsAt"], "2027-07-13T07:30:00Z");
        let no = async |input: Value| refused(world, &olga, "scheduleSession", input).await;
        assert_eq!(no(json!({"id": early, "date": "2027-07-14"})).await, is("INVALID", "date"));
        assert_eq!(no(json!({"id": early, "startTime": "09:00"})).await, is("INVALID", "startTime"));
        assert_eq!(no(json!({"id": early, "date": "2027-07-12", "endTime": "09:00"})).await, is("INVALID", "endTime"));
        assert_eq!(no(json!({"id": early, "date": "2027-07-12", "startTime": "09:00", "endTime": "09:00"})).await, is("INVALID", "endTime"));
        assert_eq!(no(json!({"id": early, "date": "2027-07-12", "startTime": "09:00", "fold": 2})).await, is("INVALID", "fold"));
        // Its papers have times of their own.
        assert_eq!(no(json!({"id": early})).await, is("INVALID", "startTime"));
        assert_eq!(no(json!({"id": night, "date": "2027-07-12", "startTime": "09:00", "endTime": "10:00"})).await, is("INVALID", "startTime"));
        let bare = world.id_of("sessions", "number", "2").await;
        assert_ne!(bare, early);
        for (name, status) in [("cancelSession", "CANCELLED"), ("cancelSession", "CANCELLED"), ("restoreSession", "SCHEDULED")] {
            let payload = done(world, &olga, name, json!({"id": early}), "session { status }").await;
            assert_eq!(payload["session"]["status"], status);
        }
        let paper = world.id_of("papers", "title", "Zebra crossings").await;
        for (name, status) in [("withdrawPaper", "WITHDRAWN"), ("restorePaper", "ACCEPTED")] {
            let payload = done(world, &olga, name, json!({"id": paper}), "paper { status }").await;
            assert_eq!(payload["paper"]["status"], status);
        }
    }

    /// Papers change places, times, rooms and sessions.
    async fn places(world) {
        let olga = organizer(world).await;
        let (zebra, apples) = (slot(world, 0, 0).await, slot(world, 0, 1).await);
        let fields = "slot { position startTime minutes session { number } sessionRoom { room { name } } paper { title } }";
        done(world, &olga, "moveSlot", json!({"id": apples, "position": 1}), fields).await;
        let order = slots(world).await[0]["slots"].take();
        assert_eq!((&order[0]["paper"]["title"], &order[0]["position"]), (&json!("Ångström’s apples"), &json!(1)));
        assert_eq!((&order[1]["paper"]["title"], &order[1]["position"]), (&json!("Zebra crossings"), &json!(2)));
        // Into the other session, second of three; it has neither time nor room there.
        let night = world.id_of("sessions", "startTime", "23:00").await;
        let payload = done(world, &olga, "moveSlot", json!({"id": apples, "sessionId": night, "position": 2}), fields).await;
        assert_eq!(payload["slot"], json!({"position": 2, "startTime": null, "minutes": null, "session": {"number": 2},
            "sessionRoom": null, "paper": {"title": "Ångström’s apples"}}));
        let payload = done(world, &olga, "moveSlot", json!({"id": apples, "startTime": "23:30", "minutes": 20}), fields).await;
        assert_eq!((&payload["slot"]["startTime"], &payload["slot"]["minutes"], &payload["slot"]["position"]), (&json!("23:30"), &json!(20), &json!(2)));
        let payload = done(world, &olga, "moveSlot", json!({"id": apples, "startTime": null}), fields).await;
        assert_eq!((&payload["slot"]["startTime"], &payload["slot"]["minutes"]), (&Value::Null, &json!(20)));
        insta::assert_json_snapshot!("places", slots(world).await);
        let no = async |input: Value| refused(world, &olga, "moveSlot", input).await;
        assert_eq!(no(json!({"id": zebra, "startTime": "12:00"})).await, is("INVALID", "startTime"));
        assert_eq!(no(json!({"id": zebra, "minutes": 0})).await, is("INVALID", "minutes"));
        assert_eq!(no(json!({"id": zebra, "position": 0})).await, is("INVALID", "position"));
        let elsewhere = session_room(world, "P2.2 Online").await;
        assert_eq!(no(json!({"id": zebra, "sessionRoomId": elsewhere})).await, is("NOT_FOUND", "sessionRoomId"));
    }

    /// A short notice for everybody; who gets links, and from when.
    async fn notices_and_settings(world) {
        let olga = organizer(world).await;
        let conference = world.data("{ conference(slug: \"small\") { id } }", json!({})).await["conference"]["id"].take();
        let early = world.id_of("sessions", "startTime", "09:00").await;
        let fields = "announcement { text session { number } }";
        let payload = done(world, &olga, "announce", json!({"conferenceId": conference, "sessionId": early, "text": "Ten minutes *late*."}), fields).await;
        assert_eq!(payload["announcement"], json!({"text": "Ten minutes *late*.", "session": {"number": 1}}));
        let nobody = world.data("{ conference(slug: \"small\") { announcements { text } } }", json!({})).await;
        assert_eq!(nobody["conference"]["announcements"], json!([{"text": "Ten minutes *late*."}]));
        for bad in ["", "   ", "a\u{0}b", &"x".repeat(2_001)] {
            assert_eq!(refused(world, &olga, "announce", json!({"conferenceId": conference, "text": bad})).await, is("INVALID", "text"), "{bad:?}");
        }
        let fields = "conference { linkAudience linksOpenAt revision }";
        let payload = done(world, &olga, "setLinkSettings", json!({"conferenceId": conference, "linkAudience": "PUBLIC"}), fields).await;
        assert_eq!(payload["conference"]["linkAudience"], "PUBLIC");
        let own = "{ conference(slug: \"small\") { linkAudience sessions { nodes { rooms { link { access url } } } } } }";
        let nobody = world.data(own, json!({})).await.to_string();
        assert!(nobody.contains("CANARY-net") && nobody.contains("PUBLIC"), "{nobody}");
        // A time to come closes them again, at once; the directory's own answer changes with it.
        done(world, &olga, "setLinkSettings", json!({"conferenceId": conference, "linksOpenAt": "2027-06-01T08:00:00Z"}), fields).await;
        let nobody = world.data(own, json!({})).await.to_string();
        assert!(!nobody.contains("CANARY"), "{nobody}");
        done(world, &olga, "setLinkSettings", json!({"conferenceId": conference, "linksOpenAt": null}), fields).await;
        assert!(world.data(own, json!({})).await.to_string().contains("CANARY-net"));
    }

    /// Only organizers, with a login or a token for it; whoever may not see a conference finds nothing there.
    async fn only_organizers(world) {
        let olga = organizer(world).await;
        world.member("small", "ada@example.org", Role::Attendee).await;
        let ada = world.person("ada@example.org").await;
        let net = world.id_of("rooms", "name", "Online").await;
        let input = json!({"id": net, "url": "https://a.example/1"});
        assert_eq!(refused(world, &ada, "setRoomLink", input.clone()).await, is("FORBIDDEN", "id"));
        let query = "mutation ($input: SetRoomLinkInput!) { setRoomLink(input: $input) { cursor userErrors { code } } }";
        assert_eq!(world.code_as(&Persona::nobody(), query, json!({"input": input})).await, "UNAUTHENTICATED");
        let reading = world.program_of(&olga, &[Scope::Read]).await;
        assert_eq!(world.code_as(&reading, query, json!({"input": input})).await, "FORBIDDEN");
        let organizing = world.program_of(&olga, &[Scope::Read, Scope::Organize]).await;
        done(world, &organizing, "setRoomLink", input.clone(), "room { name }").await;
        let mut other = small();
        other["conference"]["slug"] = json!("other");
        world.import(&crate::support::files::file(&other)).await;
        let theirs = world.data("{ conference(slug: \"other\") { rooms { id name } } }", json!({})).await["conference"]["rooms"].take();
        assert_eq!(refused(world, &olga, "setRoomLink", json!({"id": theirs[0]["id"], "url": null})).await, is("FORBIDDEN", "id"));
        let early = world.id_of("sessions", "startTime", "09:00").await;
        assert_eq!(refused(world, &olga, "assignSessionRoom", json!({"sessionId": early, "roomId": theirs[0]["id"]})).await, is("NOT_FOUND", "roomId"));
        world.execute("UPDATE conference SET visibility = 'DRAFT' WHERE slug = 'other'").await;
        let fresh = world.through(world.another().await);
        assert_eq!(refused(&fresh, &olga, "setRoomLink", json!({"id": theirs[0]["id"], "url": null})).await, is("NOT_FOUND", "id"));
        assert_eq!(refused(world, &olga, "setRoomLink", json!({"id": early, "url": null})).await, is("INVALID", "id"));
        // None of it has changed anything.
        assert!(world.dump().await.matches("a.example/1").count() <= 1);
    }

    /// What is changed has to be as it was read; whoever comes too late gets what it is now.
    async fn expected_revision(world) {
        let olga = organizer(world).await;
        let net = world.id_of("rooms", "name", "Online").await;
        let read = revision(world).await;
        let input = |n: u32, expected: i64| json!({"id": net, "url": format!("https://a.example/{n}"), "expectedRevision": expected});
        done(world, &olga, "setRoomLink", input(1, read), "room { name }").await;
        // The second desk is another instance, which has not heard of it.
        let late = desk(&world.through(world.another().await), &olga, "setRoomLink", input(2, read), "room { link { url } }").await;
        assert_eq!(late["userErrors"][0]["code"], "CONFLICT");
        assert_eq!(late["userErrors"][0]["field"], json!(["expectedRevision"]));
        assert_eq!((&late["room"]["link"]["url"], &late["cursor"]), (&json!("https://a.example/1"), &Value::Null));
        // What it does not depend on may have changed.
        let early = world.id_of("sessions", "startTime", "09:00").await;
        done(world, &olga, "cancelSession", json!({"id": early}), "session { status }").await;
        done(world, &olga, "setRoomLink", input(3, read + 1), "room { name }").await;
        // A use of the room depends on the room.
        let own = session_room(world, "P2.2 Online").await;
        let late = desk(world, &olga, "setSessionRoomLink", json!({"id": own, "url": null, "expectedRevision": read + 2}), "sessionRoom { link { url } }").await;
        assert_eq!((&late["userErrors"][0]["code"], &late["sessionRoom"]["link"]["url"]), (&json!("CONFLICT"), &json!("https://a.example/3")));
    }

    /// A mutation that is sent twice is done once, on whatever instance, and answers the same.
    async fn sent_twice(world) {
        let olga = organizer(world).await;
        let (net, night) = (world.id_of("rooms", "name", "Hall").await, world.id_of("sessions", "startTime", "23:00").await);
        let input = json!({"sessionId": night, "roomId": net, "clientMutationId": "c-1"});
        let first = done(world, &olga, "assignSessionRoom", input.clone(), "sessionRoom { id }").await;
        let before = revision(world).await;
        let other = world.through(world.another().await);
        let again = done(&other, &olga, "assignSessionRoom", input, "sessionRoom { id }").await;
        assert_eq!((&again["sessionRoom"], &again["cursor"]), (&first["sessionRoom"], &first["cursor"]));
        let another = json!({"sessionId": night, "roomId": net, "url": "https://a.example", "clientMutationId": "c-1"});
        assert_eq!(refused(world, &olga, "assignSessionRoom", another).await, is("INVALID", "clientMutationId"));
        assert_eq!(revision(world).await, before);
    }

    /// Of many who change the same thing at once, by two instances, each either did it or was told of it.
    async fn nothing_is_lost(world) {
        let olga = organizer(world).await;
        let other = world.through(world.another().await);
        let net = world.id_of("rooms", "name", "Online").await;
        let own = session_room(world, "P2.2 Online").await;
        let writer = async |n: u32| {
            let world = if n.is_multiple_of(2) { world } else { &other };
            let query = format!("{{ node(id: {own:?}) {{ ... on SessionRoom {{ revision }} }} }}");
            let mut done = 0;
            for edit in 0..10 {
                let read = world.data_as(&olga, &query, json!({})).await["node"]["revision"].as_i64().unwrap();
                let url = format!("https://a.example/{n}/{edit}");
                let payload = desk(world, &olga, "setRoomLink", json!({"id": net, "url": url, "expectedRevision": read}), "room { link { url } }").await;
                match payload["userErrors"][0]["code"].as_str() {
                    None => done += 1,
                    Some(code) => assert_eq!(code, "CONFLICT"),
                }
            }
            done
        };
        let before = revision(world).await;
        let sum: i64 = join_all((0..6).map(writer)).await.into_iter().sum();
        world.sweep().await;
        assert!(sum >= 10);
        assert_eq!(revision(world).await, before + sum);
        assert_eq!(session_rooms(world).await.len(), 3);
    }
}
