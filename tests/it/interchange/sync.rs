//! Delta sync: a copy that applies what is told is the program as it is, whatever was done to it meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use entity::enums::Audience;
use plenary::auth::Scope;
use plenary::cursor::Cursor;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::movable;
use crate::desk::{desk, done, organizer};
use crate::organize::random::{Rolled, There, meant, there};
use crate::organize::small;
use crate::support::files::{file, small as small_file};
use crate::support::people::{Persona, Role};
use crate::support::{Backend, World, both, run};

/// All that an app would keep of each object: its own fields, and whose it is.
const KEPT: &str = "fragment Kept on Node { __typename id
    ... on Conference { slug name url timeZone startsOn endsOn visibility linkAudience linksOpenAt linksInCalendars }
    ... on Track { code name position }
    ... on Room { name kind capacity position link { access url opensAt inherited } }
    ... on Person { name affiliation country orcid url biography acceptsMessages
        authorships { paper { id } position affiliation presenting } participations { role affiliation } }
    ... on Panel { code title kind track { id } url language shortAbstract abstract status
        convenors { ...Part } chairs { ...Part } discussants { ...Part } moderators { ...Part } speakers { ...Part } }
    ... on Session { panel { id } number title status date startTime endTime endDate startsAt endsAt timing
        convenors { ...Part } chairs { ...Part } discussants { ...Part } moderators { ...Part } speakers { ...Part } }
    ... on SessionRoom { session { id } room { id } position link { access url opensAt inherited } }
    ... on Slot { session { id } paper { id } position startTime startsAt minutes sessionRoom { id } }
    ... on Paper { title abstract type language status keywords url position panel { id }
        authors { person { id } position affiliation presenting } }
    ... on Announcement { text at session { id } } }
    fragment Part on Participation { person { id } role affiliation implied }";

/// What somebody has who fetched everything by the lists.
async fn whole(world: &World, who: &Persona) -> BTreeMap<String, Value> {
    let query = format!(
        "{{ conference(slug: \"small\") {{ ...Kept tracks {{ ...Kept }} rooms {{ ...Kept }} announcements {{ ...Kept }}
        people(first: 500) {{ nodes {{ ...Kept }} }} panels(first: 500) {{ nodes {{ ...Kept }} }}
        papers(first: 500) {{ nodes {{ ...Kept }} }}
        sessions(first: 500) {{ nodes {{ ...Kept rooms {{ ...Kept }} slots {{ ...Kept }} }} }} }} }} {KEPT}"
    );
    let mut own = world.data_as(who, &query, json!({})).await["conference"].take();
    let mut nodes = Vec::new();
    for list in ["tracks", "rooms", "announcements"] {
        nodes.extend(own.as_object_mut().unwrap().remove(list).unwrap().as_array().unwrap().clone());
    }
    for list in ["people", "panels", "papers", "sessions"] {
        let list = own.as_object_mut().unwrap().remove(list).unwrap();
        for mut node in list["nodes"].as_array().unwrap().clone() {
            // What is in a session is an object of its own; what a panel or paper has by these names is not asked for.
            for parts in ["rooms", "slots"] {
                let parts = node.as_object_mut().unwrap().remove(parts);
                nodes.extend(parts.iter().flat_map(|parts| parts.as_array().unwrap().clone()));
            }
            nodes.push(node);
        }
    }
    nodes.push(own);
    nodes.into_iter().map(|node| (node["id"].as_str().unwrap().to_owned(), sorted(node))).collect()
}

/// A person's papers are shown by title, which is theirs: their order is no part of the person.
fn sorted(mut node: Value) -> Value {
    for list in ["authorships", "participations"] {
        if let Some(list) = node.get_mut(list).and_then(Value::as_array_mut) {
            list.sort_by_key(ToString::to_string);
        }
    }
    node
}

/// That a copy is the program; if not, what of it is not.
fn same(copy: &BTreeMap<String, Value>, whole: &BTreeMap<String, Value>, when: &str) {
    let ids: BTreeSet<&String> = copy.keys().chain(whole.keys()).collect();
    let differ: Vec<_> = ids.into_iter().filter(|id| copy.get(*id) != whole.get(*id)).collect();
    let shown: Vec<_> = differ.iter().map(|id| (copy.get(*id), whole.get(*id))).collect();
    assert!(differ.is_empty(), "{when}: {shown:#?}");
}

/// An app's copy.
#[derive(Default)]
struct Copy {
    nodes: BTreeMap<String, Value>,
    cursor: Option<String>,
    /// How many pages it took, changes it was told, and resets it went through.
    pages: usize,
    told: usize,
    resets: usize,
}

impl Copy {
    /// One page; says whether there are more.
    async fn page(&mut self, world: &World, who: &Persona, first: u32) -> bool {
        let query = format!(
            "query ($after: Cursor, $first: Int) {{ conference(slug: \"small\") {{ changes(after: $after, first: $first) {{
            cursor reset pageInfo {{ hasNextPage endCursor }} nodes {{ cursor kind nodeId at node {{ ...Kept }} }} }} }} }} {KEPT}"
        );
        let page = world.data_as(who, &query, json!({"after": self.cursor, "first": first})).await;
        let page = &page["conference"]["changes"];
        if page["reset"] == true {
            self.nodes.clear();
            self.resets += 1;
        }
        let changes = page["nodes"].as_array().unwrap();
        assert!(changes.len() <= first as usize);
        for change in changes {
            let id = change["nodeId"].as_str().unwrap().to_owned();
            match change["kind"].as_str().unwrap() {
                "DELETED" => {
                    assert_eq!(change["node"], Value::Null);
                    self.nodes.remove(&id);
                }
                _ => {
                    assert_eq!(change["node"]["id"], json!(id), "{change}");
                    self.nodes.insert(id, sorted(change["node"].clone()));
                }
            }
        }
        self.cursor = Some(page["cursor"].as_str().unwrap().to_owned());
        self.pages += 1;
        self.told += changes.len();
        page["pageInfo"]["hasNextPage"] == true
    }

    async fn sync(&mut self, world: &World, who: &Persona, first: u32) {
        while self.page(world, who, first).await {}
    }
}

/// What the numbers mean, of what concerns links, times, who may see what, and what is taken back.
fn meant_of_links(there: &There, conference: &str, now: i64, (what, a, b, c): Rolled) -> (&'static str, Value) {
    let of = |list: &[Value]| list.get(usize::from(a) % list.len().max(1)).cloned().unwrap_or(json!("none"));
    let audience = ["PUBLIC", "SIGNED_IN", "ATTENDEE", "ORGANIZER"][usize::from(b % 4)];
    let opens = [Value::Null, json!("2026-01-01T00:00:00Z"), json!("2028-01-01T00:00:00Z")][usize::from(c % 3)].take();
    let url = format!("https://meet.example/{b}");
    match what % 16 {
        0 => ("setRoomLink", json!({"id": of(&there.rooms), "url": url})),
        1 | 2 => ("setSessionRoomLink", json!({"id": of(&there.uses), "url": url})),
        3 => ("setSessionRoomLink", json!({"id": of(&there.uses), "url": null})),
        4 | 5 => {
            ("setLinkSettings", json!({"conferenceId": conference, "linkAudience": audience, "linksOpenAt": opens}))
        }
        6 => {
            let zone = ["Europe/Lisbon", "Asia/Tokyo", "America/Lima"][usize::from(b % 3)];
            ("updateConference", json!({"id": conference, "timeZone": zone}))
        }
        7 => (
            "updateConference",
            json!({"id": conference, "name": format!("Conference {a}"), "linksInCalendars": b % 2 == 0}),
        ),
        8 => ("cancelSession", json!({"id": of(&there.sessions)})),
        9 => ("restoreSession", json!({"id": of(&there.sessions)})),
        10 => ("cancelPanel", json!({"id": of(&there.panels)})),
        11 => ("restorePanel", json!({"id": of(&there.panels)})),
        12 => (
            "announce",
            json!({"conferenceId": conference, "text": format!("News {a}"),
            "sessionId": if b % 2 == 0 { of(&there.sessions) } else { Value::Null }}),
        ),
        _ => ("undoRevision", json!({"conferenceId": conference, "revision": now - i64::from(b % 4)})),
    }
}

/// Copies of several apps: one is always up to date, one comes now and then, one takes a small page at a time while the
/// program changes under it, one is an attendee's, and one is nobody's in particular.
async fn holds(world: &World, rolled: &[Rolled]) {
    let olga = organizer(world).await;
    let nobody = Persona::nobody();
    world.member("small", "al@example.org", Role::Attendee).await;
    let al = world.person("al@example.org").await;
    let conference = small(world).await;
    let [mut eager, mut lazy, mut slow, mut public, mut attends] = [(); 5].map(|()| Copy::default());
    lazy.sync(world, &olga, 500).await;
    for (n, rolled) in rolled.iter().enumerate() {
        let there = there(world).await;
        let (name, input) = if rolled.3 % 3 == 0 {
            let now = world.program("small").await.unwrap().stamp.revision;
            meant_of_links(&there, &conference, now, *rolled)
        } else {
            meant(&there, &conference, *rolled)
        };
        desk(world, &olga, name, input, "__typename").await;
        attends.page(world, &al, 4).await;
        eager.sync(world, &olga, 7).await;
        slow.page(world, &olga, 3).await;
        if n % 10 == 9 {
            same(&eager.nodes, &whole(world, &olga).await, name);
            public.sync(world, &nobody, 5).await;
            same(&public.nodes, &whole(world, &nobody).await, name);
        }
    }
    lazy.sync(world, &olga, 500).await;
    slow.sync(world, &olga, 3).await;
    public.sync(world, &nobody, 500).await;
    attends.sync(world, &al, 500).await;
    let now = whole(world, &olga).await;
    same(&lazy.nodes, &now, "whoever was away");
    assert_eq!((lazy.pages, lazy.resets), (2, 1), "one request");
    same(&slow.nodes, &now, "whoever was passed while paging");
    assert_eq!(slow.resets, 1);
    same(&attends.nodes, &whole(world, &al).await, "an attendee");
    assert_eq!(attends.resets, 1);
    same(&public.nodes, &whole(world, &nobody).await, "nobody in particular");
    let for_everyone = now.values().any(|node| node["linkAudience"] == "PUBLIC");
    assert!(for_everyone || !json!(public.nodes).to_string().contains("meet.example"));
}

fn random(backend: Backend, cases: u32) {
    let config = Config { cases, max_shrink_iters: 32, failure_persistence: None, ..Config::default() };
    let commands = prop::collection::vec(any::<Rolled>(), 30..60);
    TestRunner::new(config)
        .run(&commands, |rolled| {
            run(backend, async |world| holds(&world, &rolled).await);
            Ok(())
        })
        .unwrap();
}

#[test]
fn on_sqlite() {
    random(Backend::Sqlite, 8);
}

#[test]
fn on_postgres() {
    random(Backend::Postgres, 3);
}

both! {
    /// A day away is one request, and what has changed; nothing is told twice.
    async fn a_day_away(world) {
        let olga = movable(world).await;
        let nobody = Persona::nobody();
        let mut copy = Copy::default();
        copy.sync(world, &nobody, 500).await;
        assert_eq!((copy.resets, copy.pages), (1, 1));
        let all = copy.told;
        assert_eq!(all, copy.nodes.len());
        copy.sync(world, &nobody, 500).await;
        assert_eq!(copy.told, all, "nothing has changed");
        let session = world.id_of("sessions", "startTime", "09:00").await;
        done(world, &olga, "scheduleSession", json!({"id": session, "date": "2027-07-12", "startTime": "11:00", "endTime": "12:30"}), "__typename").await;
        let room = world.id_of("rooms", "name", "Hall").await;
        done(world, &olga, "updateRoom", json!({"id": room, "name": "Great hall"}), "__typename").await;
        copy.sync(world, &nobody, 500).await;
        // The session, its two slots and two rooms; and the room, whose use is among those two.
        assert_eq!((copy.told, copy.resets, copy.pages), (all + 6, 1, 3));
        assert_eq!(copy.nodes, whole(world, &nobody).await);
        // From the cursor of the conference as well.
        let data = world.data("{ conference(slug: \"small\") { cursor } }", json!({})).await;
        let mut at = Copy { cursor: data["conference"]["cursor"].as_str().map(str::to_owned), ..Copy::default() };
        at.sync(world, &nobody, 500).await;
        assert_eq!((at.told, at.resets), (0, 0));
    }

    /// However much has changed, and however long the server's memory is: only what has changed is told, and only what the
    /// log no longer knows makes a client begin anew.
    async fn for_a_long_time(world) {
        let olga = organizer(world).await;
        let nobody = Persona::nobody();
        let mut copy = Copy::default();
        copy.sync(world, &nobody, 500).await;
        let track = world.id_of("tracks", "code", "T2").await;
        let panel = world.id_of("panels", "code", "P10").await;
        done(world, &olga, "updatePanel", json!({"id": panel, "trackId": null}), "__typename").await;
        done(world, &olga, "deleteTrack", json!({"id": track}), "__typename").await;
        // More than is kept in memory of the log.
        let mut large = small_file();
        large["people"].as_array_mut().unwrap().extend((0..2_100).map(|n| json!({"key": format!("p{n}"), "name": format!("Person {n}")})));
        large["tracks"].as_array_mut().unwrap().pop();
        large["panels"][0].as_object_mut().unwrap().remove("track");
        world.import(&file(&large)).await;
        let before = copy.told;
        copy.sync(world, &nobody, 500).await;
        assert_eq!(copy.resets, 1, "the database's log knows");
        assert!(!copy.nodes.contains_key(&track));
        assert!(copy.told - before < 2_110, "{}", copy.told - before);
        let data = world.data("{ conference(slug: \"small\") { people { totalCount } } }", json!({})).await;
        let people = copy.nodes.values().filter(|node| node["__typename"] == "Person").count();
        assert_eq!(json!(people), data["conference"]["people"]["totalCount"]);
        // A state that never was.
        let cursor = copy.cursor.clone();
        done(world, &olga, "updatePanel", json!({"id": panel, "title": "Later things"}), "__typename").await;
        let id = world.conference("small").await;
        let mut at = Cursor::decode(cursor.as_deref().unwrap()).unwrap();
        let position = at.positions.iter_mut().find(|position| position.scope == id).unwrap();
        position.stamp.revision -= 1;
        copy.cursor = Some(at.encode());
        copy.sync(world, &nobody, 500).await;
        assert_eq!(copy.resets, 2);
        copy.cursor = cursor.clone();
        copy.sync(world, &nobody, 500).await;
        assert_eq!(copy.resets, 2);
        assert_eq!(copy.nodes[&panel]["title"], "Later things");
        // The log is cut: what went in the revision that the client has not got is known to nobody.
        world.execute("DELETE FROM change WHERE revision <= (SELECT max(revision) FROM change AS own WHERE own.scope_id = change.scope_id) AND scope_id IN (SELECT id FROM conference)").await;
        done(world, &olga, "updatePanel", json!({"id": panel, "title": "Last things"}), "__typename").await;
        let fresh = world.through(world.another().await);
        copy.cursor = cursor;
        copy.sync(&fresh, &nobody, 500).await;
        assert_eq!(copy.resets, 3, "what has gone since is not known");
        assert_eq!(copy.nodes[&panel]["title"], "Last things");
        let people = copy.nodes.values().filter(|node| node["__typename"] == "Person").count();
        assert_eq!(json!(people), data["conference"]["people"]["totalCount"], "everything comes again");
    }

    /// A session that has a chair shows nobody of its panel: who convenes it, and what becomes of that, moves the session to
    /// no place that a client has passed.
    async fn a_chaired_session(world) {
        let olga = organizer(world).await;
        let nobody = Persona::nobody();
        // The convenor's own affiliation is shown by the panel and by its session without a chair.
        let ann = world.id_of("people", "name", "Ann Lee").await;
        done(world, &olga, "updatePerson", json!({"id": ann, "affiliation": "East College"}), "__typename").await;
        let all = u32::try_from(whole(world, &nobody).await.len()).unwrap();
        let mut copy = Copy::default();
        assert!(copy.page(world, &nobody, all - 4).await, "all but what has just changed");
        let panel = world.id_of("panels", "code", "P2").await;
        let cem = world.id_of("people", "name", "Cem Öz").await;
        let participations = json!([{"personId": cem, "role": "DISCUSSANT"}]);
        done(world, &olga, "setPanelParticipations", json!({"panelId": panel, "participations": participations}), "__typename").await;
        copy.sync(world, &nobody, 500).await;
        assert_eq!(copy.resets, 1);
        same(&copy.nodes, &whole(world, &nobody).await, "whoever was paging");
    }

    /// What one may see is part of where one stands.
    async fn as_somebody_else(world) {
        let olga = organizer(world).await;
        let mut copy = Copy::default();
        copy.sync(world, &olga, 500).await;
        assert!(json!(copy.nodes).to_string().contains("CANARY"));
        copy.sync(world, &Persona::nobody(), 500).await;
        assert_eq!(copy.resets, 2);
        assert!(!json!(copy.nodes).to_string().contains("CANARY"));
        // In the midst as well.
        let mut paging = Copy::default();
        assert!(paging.page(world, &olga, 4).await);
        paging.sync(world, &Persona::nobody(), 500).await;
        assert_eq!((paging.resets, &paging.nodes), (2, &copy.nodes));
        let attendee = world.program_of(&olga, &[Scope::Read]).await;
        paging.sync(world, &attendee, 500).await;
        assert_eq!(paging.resets, 3);
        world.member("small", "al@example.org", Role::Attendee).await;
        let al = world.person("al@example.org").await;
        paging.sync(world, &al, 500).await;
        assert_eq!(paging.resets, 3, "whoever is the same to the conference gets the same");
    }

    /// What no page answers with.
    async fn what_is_no_cursor(world) {
        organizer(world).await;
        let ask = "query ($after: Cursor, $first: Int) { conference(slug: \"small\") { changes(after: $after, first: $first) { cursor reset nodes { nodeId } pageInfo { hasNextPage } } } }";
        assert_eq!(world.code(ask, json!({"after": "nonsense"})).await, "BAD_USER_INPUT");
        assert_eq!(world.code(ask, json!({"first": -1})).await, "BAD_USER_INPUT");
        // Made up: a place before every other.
        let first = world.data(ask, json!({"first": 1})).await["conference"]["changes"]["cursor"].take();
        for (told, revision) in [(0, i64::MIN), (0, -2), (-1, 0), (i64::MIN, i64::MAX)] {
            let mut at = Cursor::decode(first.as_str().unwrap()).unwrap();
            let page = at.page.as_mut().unwrap();
            (page.told, page.revision) = (told, revision);
            assert_eq!(world.code(ask, json!({"after": at.encode(), "first": 1})).await, "BAD_USER_INPUT");
        }
        assert_eq!(world.code(ask, json!({"first": 501})).await, "TOO_EXPENSIVE");
        let none = world.data(ask, json!({"first": 0})).await["conference"]["changes"].take();
        assert_eq!((&none["reset"], &none["nodes"], &none["pageInfo"]["hasNextPage"]), (&json!(true), &json!([]), &json!(true)));
        let some = world.data(ask, json!({"first": 500, "after": none["cursor"]})).await["conference"]["changes"].take();
        assert_eq!((&some["reset"], &some["pageInfo"]["hasNextPage"]), (&json!(false), &json!(false)));
        let all = world.data(ask, json!({"first": 500})).await["conference"]["changes"].take();
        assert_eq!(some["nodes"], all["nodes"]);
        // A cursor of another conference, or from the future, says nothing of this one.
        let id = world.conference("small").await;
        let stamp = plenary::db::Stamp { revision: 999, tag: 1 };
        for cursor in [Cursor::of(id, stamp, Audience::Public), Cursor::of(uuid::Uuid::nil(), stamp, Audience::Public)] {
            let page = world.data(ask, json!({"after": cursor.encode(), "first": 500})).await["conference"]["changes"].take();
            assert_eq!(page["reset"], true);
        }
        // A subscription goes on from a finished sync, and not from the midst of one.
        let half = world.data(ask, json!({"first": 3})).await["conference"]["changes"]["cursor"].take();
        assert!(Cursor::decode(half.as_str().unwrap()).unwrap().page.is_some());
        assert!(Cursor::decode(all["cursor"].as_str().unwrap()).unwrap().page.is_none());
    }
}
