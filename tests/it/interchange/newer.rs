//! That an event which shows something else is newer: applications keep what they have of an event until then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use plenary::app::App;
use plenary::clock::Source;
use plenary::config::Config;
use plenary::db::Database;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use serde_json::{Value, json};

use super::found;
use super::personal::own;
use crate::desk::{desk, done, organizer};
use crate::organize::random::{Rolled, meant, there};
use crate::organize::small;
use crate::support::people::{Persona, Role};
use crate::support::{Backend, Counting, Settable, World, pools, run};

/// What says how new an event is.
#[derive(Clone, Debug, PartialEq)]
struct Age {
    sequence: i64,
    modified: String,
}

/// The events of a calendar by `UID`: how new each is, and all the rest of it.
fn events(calendar: &str) -> BTreeMap<String, (Age, Vec<String>)> {
    let whole = calendar.replace("\r\n ", "");
    let events = whole.split("BEGIN:VEVENT\r\n").skip(1).map(|event| event.split("END:VEVENT").next().unwrap());
    events
        .map(|event| {
            let (mut uid, mut sequence, mut modified, mut rest) = (None, None, None, Vec::new());
            for line in event.split_terminator("\r\n") {
                match line.split_once(':').unwrap() {
                    ("UID", value) => uid = Some(value.to_owned()),
                    ("SEQUENCE", value) => sequence = Some(value.parse().unwrap()),
                    ("LAST-MODIFIED", value) => modified = Some(value.to_owned()),
                    ("DTSTAMP", _) => {}
                    _ => rest.push(line.to_owned()),
                }
            }
            (uid.unwrap(), (Age { sequence: sequence.unwrap(), modified: modified.unwrap() }, rest))
        })
        .collect()
}

/// The last that was seen of each event, also of those that were not there meanwhile.
#[derive(Default)]
struct Seen(BTreeMap<String, (Age, Vec<String>)>);

impl Seen {
    /// Whether any event shows something else than it did.
    fn look(&mut self, calendar: &str, when: &str) -> bool {
        let mut changed = false;
        for (uid, (age, rest)) in events(calendar) {
            if let Some((before, shown)) = self.0.get(&uid) {
                if *shown == rest {
                    assert!(age.sequence >= before.sequence, "{when}: {uid} has grown older");
                } else {
                    changed = true;
                    let newer = age.sequence > before.sequence && age.modified > before.modified;
                    assert!(newer, "{when}: {uid} was {shown:#?} {before:?}, is {rest:#?} {age:?}");
                }
            }
            self.0.insert(uid, (age, rest));
        }
        changed
    }
}

/// What changes calendars and is none of the organizers' other commands.
async fn other(world: &World, conference: &str, rolled: Rolled) -> (&'static str, Value) {
    let query = "{ conference(slug: \"small\") { revision rooms { id } panels { nodes { id } }
        sessions { nodes { id rooms { id } } } } }";
    let data = world.data(query, json!({})).await;
    let own = &data["conference"];
    let (_, n, m, what) = rolled;
    let one = |list: &Value, n: u16| {
        let list = list.as_array().unwrap();
        list.get(usize::from(n) % list.len().max(1)).map_or(json!("none"), |it| it["id"].clone())
    };
    let sessions = &own["sessions"]["nodes"];
    let uses: Vec<Value> =
        sessions.as_array().unwrap().iter().flat_map(|it| it["rooms"].as_array().unwrap().clone()).collect();
    let link = (m % 3 > 0).then(|| format!("https://meet.example/{m}"));
    match what % 8 {
        0 => ("cancelSession", json!({"id": one(sessions, n)})),
        1 => ("restoreSession", json!({"id": one(sessions, n)})),
        2 => ("cancelPanel", json!({"id": one(&own["panels"]["nodes"], n)})),
        3 => ("restorePanel", json!({"id": one(&own["panels"]["nodes"], n)})),
        4 => ("setRoomLink", json!({"id": one(&own["rooms"], n), "url": link})),
        5 => ("setSessionRoomLink", json!({"id": one(&json!(uses), n), "url": link})),
        6 => ("updateConference", json!({"id": conference, "linksInCalendars": m % 2 == 0})),
        _ => ("undoRevision", json!({"conferenceId": conference, "revision": own["revision"]})),
    }
}

/// How often something else was shown, by everybody's calendar and by somebody's own.
async fn holds(world: &World, rolled: &[Rolled]) -> (usize, usize) {
    let clock =
        Arc::new(Settable { now: Mutex::new("2027-01-01T12:00:00Z".parse().unwrap()), counting: Counting::default() });
    let database = Database::connect(&world.url, &pools()).await.unwrap();
    let config = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap();
    let world = &world.through(App::new(config, database, Arc::clone(&clock) as Arc<dyn Source>));
    let olga = organizer(world).await;
    let conference = small(world).await;
    world.member("small", "ada@example.org", Role::Attendee).await;
    let ada: Persona = world.person("ada@example.org").await;
    for start in ["09:00", "23:00"] {
        done(world, &ada, "star", json!({"id": world.id_of("sessions", "startTime", start).await}), "__typename").await;
    }
    done(world, &olga, "updateConference", json!({"id": conference, "linksInCalendars": true}), "__typename").await;
    let path = own(world, &ada).await.unwrap();
    let (mut everybodys, mut hers) = (Seen::default(), Seen::default());
    let (mut public, mut personal) = (0, 0);
    for rolled in rolled {
        let (name, input) = if rolled.3 % 2 == 0 {
            meant(&there(world).await, &conference, *rolled)
        } else {
            other(world, &conference, (rolled.0, rolled.1, rolled.2, rolled.3 / 2)).await
        };
        *clock.now.lock().unwrap() += TimeDelta::seconds(1);
        desk(world, &olga, name, input.clone(), "__typename").await;
        let when = format!("{name} {input}");
        public += usize::from(everybodys.look(&found(world, "/c/small/calendar.ics").await, &when));
        personal += usize::from(hers.look(&found(world, &path).await, &when));
    }
    (public, personal)
}

fn random(backend: Backend, cases: u32) {
    let changed = Mutex::new((0, 0));
    let commands = prop::collection::vec(any::<Rolled>(), 30..60);
    let cases = Cases { cases, max_shrink_iters: 32, failure_persistence: None, ..Cases::default() };
    TestRunner::new(cases)
        .run(&commands, |rolled| {
            run(backend, async |world| {
                let (public, personal) = holds(&world, &rolled).await;
                let mut changed = changed.lock().unwrap();
                *changed = (changed.0 + public, changed.1 + personal);
            });
            Ok(())
        })
        .unwrap();
    let (public, personal) = changed.into_inner().unwrap();
    assert!(public > 10 && personal > 5, "hardly any event has changed: {public}, {personal}");
}

#[test]
fn on_sqlite() {
    random(Backend::Sqlite, 8);
}

#[test]
fn on_postgres() {
    random(Backend::Postgres, 3);
}
