//! Random commands by random actors: what is held is always what a fresh load gives, all of them undone in reverse give
//! the first program back, and the log replayed on the first gives the last.

use plenary::program::Program;
use plenary::program::row::Table;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::{fresh, small};
use crate::desk::{desk, organizer};
use crate::support::people::{Persona, Role};
use crate::support::{Backend, World, run};

/// A command, as numbers that are taken as what there is at the time.
pub type Rolled = (u8, u16, u16, u16);

/// The ids of everything on the program.
pub struct There {
    pub tracks: Vec<Value>,
    pub rooms: Vec<Value>,
    pub people: Vec<Value>,
    pub panels: Vec<Value>,
    pub papers: Vec<Value>,
    pub sessions: Vec<Value>,
    pub uses: Vec<Value>,
    pub slots: Vec<Value>,
}

pub async fn there(world: &World) -> There {
    let query =
        "{ conference(slug: \"small\") { tracks { id } rooms { id } people { nodes { id } } panels { nodes { id } }
        papers { nodes { id } } sessions { nodes { id rooms { id } slots { id } } } } }";
    let data = world.data(query, json!({})).await;
    let own = &data["conference"];
    let ids = |list: &Value| -> Vec<Value> { list.as_array().unwrap().iter().map(|it| it["id"].clone()).collect() };
    let sessions = own["sessions"]["nodes"].as_array().unwrap();
    There {
        tracks: ids(&own["tracks"]),
        rooms: ids(&own["rooms"]),
        people: ids(&own["people"]["nodes"]),
        panels: ids(&own["panels"]["nodes"]),
        papers: ids(&own["papers"]["nodes"]),
        sessions: ids(&own["sessions"]["nodes"]),
        uses: sessions.iter().flat_map(|it| ids(&it["rooms"])).collect(),
        slots: sessions.iter().flat_map(|it| ids(&it["slots"])).collect(),
    }
}

/// One of them, or null where there is none: then the mutation is refused, which is as good.
fn one(list: &[Value], n: u16) -> Value {
    list.get(usize::from(n) % list.len().max(1)).cloned().unwrap_or(json!("none"))
}

/// The mutation that the numbers mean.
pub fn meant(there: &There, conference: &str, (what, a, b, c): Rolled) -> (&'static str, Value) {
    let There { tracks, rooms, people, panels, papers, sessions, uses, slots } = there;
    let at = i32::from(b % 5) + 1;
    let time = format!("{:02}:{:02}", c % 24, b % 60);
    match what % 32 {
        0 => {
            ("createTrack", json!({"conferenceId": conference, "code": format!("T{a}"), "name": "New", "position": at}))
        }
        1 => ("updateTrack", json!({"id": one(tracks, a), "code": format!("T{b}"), "position": at})),
        2 => ("deleteTrack", json!({"id": one(tracks, a)})),
        3 => (
            "createRoom",
            json!({"conferenceId": conference, "name": "New", "key": format!("r{a}"), "url": "https://meet.example/r"}),
        ),
        4 => ("updateRoom", json!({"id": one(rooms, a), "capacity": b, "position": at})),
        5 => ("deleteRoom", json!({"id": one(rooms, a)})),
        6 => ("swapRooms", json!({"firstId": one(rooms, a), "secondId": one(rooms, b)})),
        7 => (
            "createPerson",
            json!({"conferenceId": conference, "name": format!("Person {a}"), "email": "p@canary.example"}),
        ),
        8 => ("updatePerson", json!({"id": one(people, a), "affiliation": format!("A{b}")})),
        9 => ("deletePerson", json!({"id": one(people, a)})),
        10 => ("splitPerson", json!({"id": one(people, a), "paperIds": [one(papers, b)]})),
        11 => ("mergePersons", json!({"id": one(people, a), "personIds": [one(people, b)]})),
        12 => (
            "createPanel",
            json!({"conferenceId": conference, "code": format!("N{a}"), "title": "New", "trackId": one(tracks, b)}),
        ),
        13 => ("updatePanel", json!({"id": one(panels, a), "code": format!("N{b}"), "trackId": one(tracks, c)})),
        14 => ("deletePanel", json!({"id": one(panels, a)})),
        15 => ("createSession", json!({"panelId": one(panels, a), "date": "2027-07-12", "startTime": time})),
        16 => ("updateSession", json!({"id": one(sessions, a), "number": at, "title": format!("S{b}")})),
        17 => ("deleteSession", json!({"id": one(sessions, a)})),
        18 => ("createPaper", json!({"panelId": one(panels, a), "title": format!("Paper {b}"), "position": at})),
        19 => ("updatePaper", json!({"id": one(papers, a), "keywords": [format!("k{b}")], "position": at})),
        20 => ("deletePaper", json!({"id": one(papers, a)})),
        21 | 22 => (
            "movePaper",
            json!({"id": one(papers, a), "panelId": one(panels, b), "position": at,
            "sessionId": if c % 2 == 0 { one(sessions, c) } else { Value::Null }}),
        ),
        23 => (
            "setPanelParticipations",
            json!({"panelId": one(panels, a), "participations": [
            {"personId": one(people, b), "role": "CHAIR"}, {"personId": one(people, c), "role": "CONVENOR"}]}),
        ),
        24 => (
            "setSessionParticipations",
            json!({"sessionId": one(sessions, a), "participations": [
            {"personId": one(people, b), "role": "SPEAKER"}]}),
        ),
        25 => (
            "setAuthorships",
            json!({"paperId": one(papers, a), "authorships": [
            {"personId": one(people, b), "presenting": true}, {"personId": one(people, c)}]}),
        ),
        26 => {
            ("setSlots", json!({"sessionId": one(sessions, a), "slots": [{"paperId": one(papers, b), "minutes": at}]}))
        }
        27 => (
            "assignSessionRoom",
            json!({"sessionId": one(sessions, a), "roomId": one(rooms, b), "url": "https://meet.example/u"}),
        ),
        28 => ("removeSessionRoom", json!({"id": one(uses, a)})),
        29 => ("moveSlot", json!({"id": one(slots, a), "sessionId": one(sessions, b), "position": at})),
        30 => ("scheduleSession", json!({"id": one(sessions, a), "date": "2027-07-13", "startTime": time})),
        _ => ("withdrawPaper", json!({"id": one(papers, a)})),
    }
}

/// What a draft takes.
const WAITING: [&str; 21] = [
    "createTrack",
    "updateTrack",
    "deleteTrack",
    "createPerson",
    "updatePerson",
    "deletePerson",
    "splitPerson",
    "mergePersons",
    "createPanel",
    "updatePanel",
    "deletePanel",
    "createSession",
    "updateSession",
    "deleteSession",
    "createPaper",
    "updatePaper",
    "deletePaper",
    "movePaper",
    "setPanelParticipations",
    "setAuthorships",
    "setSlots",
];

/// The rows without the revisions that wrote them, and what never goes down.
fn plain(program: &Program) -> Vec<String> {
    let mut rows = Vec::new();
    for table in Table::ALL {
        for ix in 0..program.rows.count(*table) {
            let row = program.rows.nth(*table, ix).at(0).json().unwrap();
            let mut row: Value = serde_json::from_str(&row).unwrap();
            for name in ["links_revision", "zone_revision"] {
                row.as_object_mut().unwrap().remove(name);
            }
            rows.push(format!("{table:?} {row}"));
        }
    }
    rows
}

/// Says how many commands waited in a draft, and how many releases there were.
async fn holds(world: &World, rolled: &[Rolled]) -> (usize, usize) {
    let olga = organizer(world).await;
    world.member("small", "otto@example.org", Role::Organizer).await;
    let otto = world.person("otto@example.org").await;
    let conference = small(world).await;
    let first = world.program("small").await.unwrap();
    let (mut made, mut drafted, mut released) = (0, 0, 0);
    for (n, rolled) in rolled.iter().enumerate() {
        let who: &Persona = if rolled.3 % 3 == 0 { &otto } else { &olga };
        let (mut name, mut input) = meant(&there(world).await, &conference, *rolled);
        if rolled.3 % 16 == 15 {
            let over = rolled.2 % 2 == 0;
            (name, input) =
                ("releaseDraft", json!({"conferenceId": conference, "name": format!("V{n}"), "overConflicts": over}));
        } else if rolled.3 % 4 == 2 && WAITING.contains(&name) {
            input["draft"] = json!(true);
        }
        let before = world.program("small").await.unwrap().stamp;
        let payload = desk(world, who, name, input.clone(), "__typename").await;
        let after = world.program("small").await.unwrap().stamp;
        let refused = !payload["userErrors"].as_array().unwrap().is_empty();
        assert!(!refused || before == after, "{n}: {name} {input} was refused and has written: {payload}");
        let waits = input["draft"] == true;
        assert!(!waits || before == after, "{n}: {name} {input} was put into the draft and is on the program");
        made += usize::from(before != after);
        drafted += usize::from(waits && !refused);
        released += usize::from(name == "releaseDraft" && !refused);
        if name == "releaseDraft" && refused {
            // What can't be done any more would be in the way for ever.
            desk(world, who, "discardDraft", json!({ "conferenceId": conference }), "__typename").await;
        }
        fresh(world, "small").await;
    }
    assert!(made * 4 > rolled.len(), "{made} of {} commands changed something", rolled.len());
    // The log from the first on gives the last.
    let last = world.program("small").await.unwrap();
    let id = world.conference("small").await;
    let log = world.database().log_after(id, first.stamp).await.unwrap().unwrap();
    let replayed = first.followed(log).unwrap();
    assert_eq!((&replayed.rows, replayed.stamp), (&last.rows, last.stamp));
    // And all of it taken back gives the first.
    for revision in (first.stamp.revision + 1..=last.stamp.revision).rev() {
        let input = json!({"conferenceId": conference, "revision": revision});
        let payload = desk(world, &olga, "undoRevision", input, "__typename").await;
        assert_eq!(payload["userErrors"], json!([]), "revision {revision}");
        fresh(world, "small").await;
    }
    let back = world.program("small").await.unwrap();
    assert_eq!(plain(&back), plain(&first));
    assert_eq!(back.stamp.revision, last.stamp.revision + i64::try_from(made).unwrap());
    (drafted, released)
}

fn random(backend: Backend, cases: u32) {
    let config = Config { cases, max_shrink_iters: 64, failure_persistence: None, ..Config::default() };
    let commands = prop::collection::vec(any::<Rolled>(), 60..120);
    let all = std::cell::Cell::new((0, 0));
    TestRunner::new(config)
        .run(&commands, |rolled| {
            run(backend, async |world| {
                let (drafted, released) = holds(&world, &rolled).await;
                all.set((all.get().0 + drafted, all.get().1 + released));
            });
            Ok(())
        })
        .unwrap();
    let (drafted, released) = all.get();
    assert!(drafted >= cases as usize * 2 && released >= cases as usize, "{drafted} waited, {released} releases");
}

#[test]
fn on_sqlite() {
    random(Backend::Sqlite, 12);
}

#[test]
fn on_postgres() {
    random(Backend::Postgres, 4);
}
