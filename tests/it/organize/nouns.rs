//! Each noun made, changed, put elsewhere, deleted.

use serde_json::{Value, json};

use super::{faults, fresh, made, small};
use crate::desk::{done, organizer, session_room};
use crate::support::World;
use crate::support::both;

async fn codes(world: &World) -> Value {
    let data = world.data("{ conference(slug: \"small\") { tracks { code } rooms { name } } }", json!({})).await;
    let names = |list: &str, name: &str| -> Vec<Value> {
        data["conference"][list].as_array().unwrap().iter().map(|it| it[name].clone()).collect()
    };
    json!([names("tracks", "code"), names("rooms", "name")])
}

both! {
    /// Tracks and rooms are made last or where they are said to be, moved by writing few rows, and stay while used.
    async fn tracks_and_rooms(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let t3 = made(world, &olga, "createTrack", json!({"conferenceId": id, "code": "T3", "name": "Three"}), "track").await;
        let t0 = json!({"conferenceId": id, "code": "T0", "name": "Zero", "position": 1});
        done(world, &olga, "createTrack", t0, "track { code name }").await;
        assert_eq!(codes(world).await[0], json!(["T0", "T1", "T2", "T3"]));
        done(world, &olga, "updateTrack", json!({"id": t3, "position": 2, "name": "Drei"}), "track { name }").await;
        assert_eq!(codes(world).await[0], json!(["T0", "T3", "T1", "T2"]));
        assert_eq!(faults(world, &olga, "updateTrack", json!({"id": t3, "code": "T1"})).await, ["TAKEN code"]);
        assert_eq!(faults(world, &olga, "updateTrack", json!({"id": t3, "code": null})).await, ["INVALID code"]);
        let t1 = world.id_of("tracks", "code", "T1").await;
        assert_eq!(faults(world, &olga, "deleteTrack", json!({ "id": t1 })).await, ["IN_USE id"]);
        let gone = done(world, &olga, "deleteTrack", json!({ "id": t3 }), "deletedId").await;
        assert_eq!(gone["deletedId"], json!(t3));
        assert_eq!(faults(world, &olga, "deleteTrack", json!({ "id": t3 })).await, ["NOT_FOUND id"]);

        let input = json!({"conferenceId": id, "name": "Annexe", "kind": "VIRTUAL", "capacity": 12,
            "url": "https://meet.example/annexe", "position": 2});
        let annexe = made(world, &olga, "createRoom", input, "room").await;
        assert_eq!(codes(world).await[1], json!(["Hall", "Annexe", "Online"]));
        let patch = json!({"id": annexe, "capacity": null, "url": null});
        let room = done(world, &olga, "updateRoom", patch, "room { name kind capacity link { access } }").await;
        assert_eq!(room["room"], json!({"name": "Annexe", "kind": "VIRTUAL", "capacity": null, "link": {"access": "NONE"}}));
        let hall = world.id_of("rooms", "name", "Hall").await;
        assert_eq!(faults(world, &olga, "deleteRoom", json!({ "id": hall })).await, ["IN_USE id"]);
        done(world, &olga, "deleteRoom", json!({ "id": annexe }), "deletedId").await;
        fresh(world, "small").await;
    }

    /// A panel, with its papers and sessions, from its making to its end.
    async fn panels(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let t1 = world.id_of("tracks", "code", "T1").await;
        let input = json!({"conferenceId": id, "code": "P3", "title": "New things", "kind": "ROUNDTABLE", "trackId": t1,
            "abstract": "*All* new", "language": "kk-Cyrl", "url": "https://example.org/p3"});
        let fields = "panel { id code title kind track { code } abstract language url status convenors { role } }";
        let payload = done(world, &olga, "createPanel", input, fields).await;
        let panel = payload["panel"]["id"].as_str().unwrap().to_owned();
        assert_eq!(payload["panel"]["track"]["code"], "T1");
        let patch = json!({"id": panel, "trackId": null, "title": "Newer things", "language": null});
        let payload = done(world, &olga, "updatePanel", patch, fields).await;
        assert_eq!(payload["panel"]["title"], "Newer things");
        assert_eq!((&payload["panel"]["track"], &payload["panel"]["language"]), (&Value::Null, &Value::Null));
        assert_eq!(payload["panel"]["abstract"], "*All* new");

        let first = json!({"panelId": panel, "title": "First", "keywords": ["one", "two"], "type": "film"});
        let first = made(world, &olga, "createPaper", first, "paper").await;
        let second = made(world, &olga, "createPaper", json!({"panelId": panel, "title": "Second"}), "paper").await;
        let zeroth = made(world, &olga, "createPaper", json!({"panelId": panel, "title": "Zeroth", "position": 1}), "paper").await;
        let session = json!({"panelId": panel, "date": "2027-07-13", "startTime": "14:00", "endTime": "15:30"});
        let payload = done(world, &olga, "createSession", session, "session { id number startsAt }").await;
        assert_eq!((&payload["session"]["number"], &payload["session"]["startsAt"]), (&json!(1), &json!("2027-07-13T13:00:00Z")));
        let session = payload["session"]["id"].as_str().unwrap().to_owned();
        let hall = world.id_of("rooms", "name", "Hall").await;
        let usage = made(world, &olga, "assignSessionRoom", json!({"sessionId": session, "roomId": hall}), "sessionRoom").await;
        let slots = json!({"sessionId": session, "slots": [
            {"paperId": second, "startTime": "14:00", "minutes": 30, "sessionRoomId": usage}, {"paperId": first}]});
        let shown = "session { slots { id position startTime minutes paper { title } sessionRoom { room { name } } } } clashes { severity }";
        let payload = done(world, &olga, "setSlots", slots, shown).await;
        let titles = |payload: &Value| -> Vec<String> {
            let slots = payload["session"]["slots"].as_array().unwrap().iter();
            slots.map(|slot| slot["paper"]["title"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(titles(&payload), ["Second", "First"]);
        let kept = payload["session"]["slots"][1]["id"].clone();
        // The same paper keeps its slot.
        let slots = json!({"sessionId": session, "slots": [{"paperId": first, "minutes": 20}, {"paperId": zeroth}]});
        let payload = done(world, &olga, "setSlots", slots, shown).await;
        assert_eq!(titles(&payload), ["First", "Zeroth"]);
        assert_eq!(payload["session"]["slots"][0]["id"], kept);

        // Papers in their order, moved within and away.
        let order = async || {
            let query = "query ($id: ID!) { node(id: $id) { ... on Panel { papers { title } } } }";
            let data = world.data(query, json!({ "id": panel })).await;
            let papers = data["node"]["papers"].as_array().unwrap().iter();
            papers.map(|paper| paper["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(order().await, ["Zeroth", "First", "Second"]);
        done(world, &olga, "movePaper", json!({"id": second, "position": 1}), "paper { id }").await;
        assert_eq!(order().await, ["Second", "Zeroth", "First"]);
        let p2 = world.id_of("panels", "code", "P2").await;
        let there = session_of(world, "P2", 1).await;
        assert_eq!(faults(world, &olga, "movePaper", json!({"id": first, "sessionId": there})).await, ["INVALID sessionId"]);
        let moved = json!({"id": first, "panelId": p2, "sessionId": there});
        let payload = done(world, &olga, "movePaper", moved, "paper { panel { code } slots { id session { number panel { code } } startTime } }").await;
        assert_eq!(payload["paper"]["panel"]["code"], "P2");
        // Its slot went with it, without the time that it had there.
        assert_eq!(payload["paper"]["slots"], json!([{"id": kept, "session": {"number": 1, "panel": {"code": "P2"}}, "startTime": null}]));
        assert_eq!(order().await, ["Second", "Zeroth"]);
        let back = json!({"id": first, "panelId": panel, "position": 2});
        let payload = done(world, &olga, "movePaper", back, "paper { panel { code } slots { id } }").await;
        assert_eq!(payload["paper"], json!({"panel": {"code": "P3"}, "slots": []}));
        assert_eq!(order().await, ["Second", "First", "Zeroth"]);

        // What is used stays.
        assert_eq!(faults(world, &olga, "deletePanel", json!({ "id": panel })).await, ["IN_USE id"]);
        for paper in [&first, &second, &zeroth] {
            done(world, &olga, "deletePaper", json!({ "id": paper }), "deletedId").await;
        }
        done(world, &olga, "cancelPanel", json!({ "id": panel }), "panel { status }").await;
        let payload = done(world, &olga, "restorePanel", json!({ "id": panel }), "panel { status }").await;
        assert_eq!(payload["panel"]["status"], "SCHEDULED");
        done(world, &olga, "deleteSession", json!({ "id": session }), "deletedId").await;
        done(world, &olga, "deletePanel", json!({ "id": panel }), "deletedId").await;
        fresh(world, "small").await;
    }

    /// Sessions change what is said of them, and only that.
    async fn sessions(world) {
        let olga = organizer(world).await;
        let session = session_of(world, "P2", 1).await;
        let shown = "session { number title date startTime endTime status slots { startTime } }";
        let patch = json!({"id": session, "title": "Part one", "endTime": "11:00"});
        let payload = done(world, &olga, "updateSession", patch, shown).await;
        assert_eq!(payload["session"]["title"], "Part one");
        assert_eq!((&payload["session"]["startTime"], &payload["session"]["endTime"]), (&json!("09:00"), &json!("11:00")));
        for (patch, wrong) in [
            (json!({"startTime": "10:00"}), vec!["INVALID startTime"]),
            (json!({"date": "2027-09-01"}), vec!["INVALID date"]),
            (json!({"date": null}), vec!["INVALID startTime"]),
            (json!({"number": 2}), vec!["TAKEN number"]),
            (json!({"number": 0, "fold": 7, "title": "\u{7}"}), vec!["INVALID number", "INVALID title", "INVALID fold"]),
            (json!({"key": "p2-2"}), vec!["TAKEN key"]),
        ] {
            let mut input = patch;
            input["id"] = json!(session);
            assert_eq!(faults(world, &olga, "updateSession", input).await, wrong);
        }
    }

    /// Two rooms change their sessions; links that a session has of its own go with it.
    async fn swapped(world) {
        let olga = organizer(world).await;
        let (hall, net) = (world.id_of("rooms", "name", "Hall").await, world.id_of("rooms", "name", "Online").await);
        let swap = json!({"firstId": hall, "secondId": net});
        let shown = "first { sessions { number panel { code } } } second { sessions { number panel { code } } } clashes { severity }";
        let payload = done(world, &olga, "swapRooms", swap.clone(), shown).await;
        // P2.1 is in both and stays; P2.2 was online.
        let of = |panel: &str, number: i64| json!({"number": number, "panel": {"code": panel}});
        assert_eq!(payload["first"]["sessions"], json!([of("P2", 1), of("P2", 2)]));
        assert_eq!(payload["second"]["sessions"], json!([of("P2", 1)]));
        let id = session_room(world, "P2.2 Hall").await;
        let data = world.data_as(&olga, "query ($id: ID!) { node(id: $id) { ... on SessionRoom { link { access } } } }", json!({ "id": id })).await;
        assert_eq!(data["node"]["link"]["access"], "NONE", "the link was the room's");
        done(world, &olga, "swapRooms", swap, "__typename").await;
        let elsewhere = session_of(world, "P10", 1).await;
        let input = json!({"firstId": hall, "secondId": net, "sessionIds": [elsewhere, elsewhere]});
        assert_eq!(faults(world, &olga, "swapRooms", input).await, ["INVALID sessionIds.1", "INVALID sessionIds.0", "INVALID sessionIds.1"]);
        assert_eq!(faults(world, &olga, "swapRooms", json!({"firstId": hall, "secondId": hall})).await, ["INVALID secondId"]);
        fresh(world, "small").await;
    }

    /// The conference's own fields; what would put sessions outside it, or outside all time, is refused.
    async fn conference(world) {
        let olga = organizer(world).await;
        let id = small(world).await;
        let patch = json!({"id": id, "name": "A tiny conference", "url": null, "timeZone": "Asia/Almaty"});
        let payload = done(world, &olga, "updateConference", patch, "conference { name url slug timeZone sessions { nodes { startsAt } } }").await;
        assert_eq!((&payload["conference"]["name"], &payload["conference"]["url"]), (&json!("A tiny conference"), &Value::Null));
        assert_eq!(payload["conference"]["sessions"]["nodes"][0]["startsAt"], "2027-07-12T04:00:00Z");
        assert_eq!(faults(world, &olga, "updateConference", json!({"id": id, "endsOn": "2027-07-12"})).await, ["IN_USE endsOn"]);
        assert_eq!(faults(world, &olga, "updateConference", json!({"id": id, "startsOn": "2027-07-14"})).await, ["INVALID endsOn"]);
        done(world, &olga, "updateConference", json!({"id": id, "slug": "tiny"}), "conference { slug }").await;
        let data = world.data("{ conference(slug: \"tiny\") { name } }", json!({})).await;
        assert_eq!(data["conference"]["name"], "A tiny conference");
    }
}

/// A session's id.
pub async fn session_of(world: &World, panel: &str, number: i64) -> String {
    let query =
        "query ($code: String!) { conference(slug: \"small\") { panel(code: $code) { sessions { id number } } } }";
    let data = world.data(query, json!({ "code": panel })).await;
    let sessions = data["conference"]["panel"]["sessions"].as_array().unwrap().iter();
    sessions
        .map(|it| (it["number"].as_i64(), it["id"].as_str()))
        .find(|it| it.0 == Some(number))
        .unwrap()
        .1
        .unwrap()
        .to_owned()
}
