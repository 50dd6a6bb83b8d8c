//! c3voc's schedule.xml and schedule.json.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plenary::command::import::Imported;
use plenary::format::fault::Fault;
use plenary::format::input::{Input, InputFormat, Terms, Understood, read};
use plenary::format::program_file::ProgramFile;
use plenary::format::schedule::{Base, json, xml};
use plenary::program::Program;
use quick_xml::events::Event as Part;
use serde_json::Value;

use super::made_up;
use crate::cli::{fails, run, succeeds};
use crate::support::programs::program;
use crate::support::validators::{check_jsonschema, schemas, xmllint};
use crate::support::{World, both};

const BASE: Base<'static> = Base { public: "https://program.example.org" };

fn as_xml(program: &Program) -> Vec<u8> {
    let mut out = Vec::new();
    xml(program, &BASE, &mut out);
    out
}

fn as_json(program: &Program) -> Vec<u8> {
    let mut out = Vec::new();
    json(program, &BASE, &mut out);
    out
}

/// Exports in a folder, one file each.
struct Exports {
    dir: tempfile::TempDir,
    xml: Vec<PathBuf>,
    json: Vec<PathBuf>,
}

impl Exports {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), xml: Vec::new(), json: Vec::new() }
    }

    fn add(&mut self, name: &str, program: &Program) {
        for (bytes, files, ending) in
            [(as_xml(program), &mut self.xml, "xml"), (as_json(program), &mut self.json, "json")]
        {
            let text = std::str::from_utf8(&bytes).unwrap();
            assert!(!text.contains("canary") && !text.contains("meet.example"), "{name} shows what is not public");
            let file = self.dir.path().join(format!("{name}.{ending}"));
            std::fs::write(&file, bytes).unwrap();
            files.push(file);
        }
    }

    /// Nobody complains about any of them.
    fn validate(&self) {
        let Some(schemas) = schemas() else { return };
        assert_eq!(xmllint(&schemas.join("schedule.xml.xsd"), &self.xml), "");
        assert_eq!(check_jsonschema(&schemas.join("schema.json"), &self.json), "");
    }
}

/// A real file of this name; `None`, with a note, where there is none.
fn real(folder: &str, name: &str) -> Option<Vec<u8>> {
    let Some(at) = std::env::var_os(folder) else {
        eprintln!("{folder} is not set: {name} is not looked at");
        return None;
    };
    Some(std::fs::read(std::path::Path::new(&at).join(name)).unwrap())
}

fn understood(bytes: &[u8], format: InputFormat, terms: &Terms) -> (ProgramFile, Vec<String>) {
    let Understood { input, notes } = read(bytes, format, terms).unwrap_or_else(|faults| panic!("{faults}"));
    let file = match input {
        Input::Schedule(schedule) => schedule.file,
        Input::Whole(file) => *file,
        Input::Tables(_) => panic!("no program"),
    };
    (file, notes.iter().map(Fault::to_string).collect())
}

/// Whatever a program says, its exports are what their schemas ask for.
#[test]
fn a_thousand_programs_validate() {
    if schemas().is_none() {
        return;
    }
    let (mut exports, mut elsewhere) = (Exports::new(), 0);
    for n in 0..1_000 {
        let file = made_up::program(n);
        elsewhere += usize::from(file.conference.time_zone != "Asia/Almaty");
        exports.add(&n.to_string(), &program(&file));
    }
    assert!(elsewhere > 500, "only {elsewhere} are in an odd time zone");
    exports.validate();
}

#[test]
fn the_demo_validates() {
    let mut exports = Exports::new();
    exports.add("demo", &program(&plenary::demo::program()));
    exports.validate();
}

#[test]
fn the_validators_do_complain() {
    let Some(schemas) = schemas() else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        [file]
    };
    let said = xmllint(&schemas.join("schedule.xml.xsd"), &file("a.xml", "<schedule><version>1</version></schedule>"));
    assert!(said.contains("conference"), "{said}");
    let said = check_jsonschema(&schemas.join("schema.json"), &file("a.json", "{\"schedule\": {\"version\": \"1\"}}"));
    assert!(said.contains("conference"), "{said}");
}

/// What is said of an event: its instant, start, duration, room, title, and who is named, in that order.
type Told = (i64, String, String, String, String, Vec<String>);

/// What a schedule.xml says of each event by its GUID, read by other means than ours.
fn told(bytes: &[u8]) -> BTreeMap<String, Told> {
    let mut reader = quick_xml::reader::Reader::from_str(std::str::from_utf8(bytes).unwrap());
    reader.config_mut().expand_empty_elements = true;
    let (mut told, mut path, mut text) = (BTreeMap::new(), Vec::<String>::new(), String::new());
    let (mut guid, mut event): (String, BTreeMap<String, Vec<String>>) = Default::default();
    loop {
        match reader.read_event().unwrap() {
            Part::Start(start) => {
                let name = start.name().as_ref().to_owned();
                if name == "event" {
                    guid = start.try_get_attribute("guid").unwrap().unwrap().value.into_owned();
                    event.clear();
                }
                path.push(name);
                text.clear();
            }
            Part::Text(part) => text.push_str(&part),
            Part::GeneralRef(reference) => match reference.resolve_char_ref().unwrap() {
                Some(c) => text.push(c),
                None => text.push_str(quick_xml::escape::resolve_predefined_entity(&reference).unwrap()),
            },
            Part::End(_) => {
                let name = path.pop().unwrap();
                if name == "event" {
                    let mut one = |name: &str| event.remove(name).unwrap().remove(0);
                    let at = chrono::DateTime::parse_from_rfc3339(&one("date")).unwrap().timestamp();
                    let rest = ["start", "duration", "room", "title"].map(&mut one);
                    let [start, duration, room, title] = rest;
                    let people = event.remove("person").unwrap_or_default();
                    assert_eq!(told.insert(guid.clone(), (at, start, duration, room, title, people)), None, "{guid}");
                } else {
                    event.entry(name).or_default().push(text.clone());
                }
            }
            Part::Eof => return told,
            other => assert!(!matches!(other, Part::CData(_)), "{other:?}"),
        }
    }
}

async fn imported(world: &World, bytes: &[u8], format: InputFormat, terms: &Terms) -> (Imported, Vec<String>) {
    let (file, notes) = understood(bytes, format, terms);
    (world.import(&file).await, notes)
}

/// The zone of a schedule is the one that the command names, else its own; without either it says what is missing.
#[test]
fn time_zones_by_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let schedule = |zone: &str| {
        let text = format!(
            "<schedule><conference><acronym>tides</acronym><title>Tides</title>{zone}</conference><day date=\"2027-07-12\">\
             <room name=\"Hall\"><event id=\"7\" guid=\"0190a5f0-7c61-7c3a-9f2e-000000000007\">\
             <date>2027-07-12T09:00:00+09:00</date><start>09:00</start><duration>01:00</duration><title>Rise</title>\
             </event></room></day></schedule>"
        );
        std::fs::write(dir.path().join("schedule.xml"), text).unwrap();
    };
    let zone_of = |given: &[&str]| {
        succeeds(&run(dir.path(), &[&["import", "schedule.xml"], given].concat()));
        let exported: Value = serde_json::from_str(&succeeds(&run(dir.path(), &["export", "tides"]))).unwrap();
        (exported["conference"]["timeZone"].clone(), exported["panels"][0]["sessions"][0]["start"].clone())
    };
    schedule("");
    let said = fails(&run(dir.path(), &["import", "schedule.xml"]));
    assert!(said.contains("time_zone_name"), "{said}");
    assert_eq!(zone_of(&["--time-zone", "Europe/Lisbon"]), ("Europe/Lisbon".into(), "01:00".into()));
    schedule("<time_zone_name>Asia/Tokyo</time_zone_name>");
    assert_eq!(zone_of(&[]), ("Asia/Tokyo".into(), "09:00".into()));
    assert_eq!(zone_of(&["--time-zone", "Europe/Lisbon"]), ("Europe/Lisbon".into(), "01:00".into()));
}

both! {
    /// All of a real schedule is there, or is said to be left out; it is written as it was read; and a second import of
    /// it has nothing to do.
    async fn a_real_schedule(world) {
        let Some(bytes) = real("PLENARY_REAL_DATA", "38c3-schedule.xml") else { return };
        let (format, terms) = (InputFormat::ScheduleXml, Terms::default());
        let (_, notes) = imported(world, &bytes, format, &terms).await;
        let program = world.program("38c3").await.unwrap();
        let rows = &program.rows;
        assert_eq!((rows.panels.len(), rows.sessions.len(), rows.session_rooms.len()), (1_007, 1_007, 1_007));
        assert_eq!((rows.rooms.len(), rows.participations.len(), rows.people.len(), rows.tracks.len()), (72, 1_032, 571, 7));
        assert!(program.index.sessions.iter().all(|session| session.times.is_some_and(|times| times.ends_at.is_some())));
        for (what, count) in [
            ("<slug> has no place", "(1007 times"), ("<logo> has no place", "(305 times"),
            ("<origin_url> has no place", "(509 times"), ("<feedback_url> has no place", "(509 times"),
            ("<recording> has no place", "(25 times"), ("<do_not_stream> has no place", "(3 times"),
            ("<answers> has no place", ""), ("color=\"…\" of <track> has no place", "(7 times"),
            ("a panel has one language", "(174 times"), ("the type is no kind of panel", ""),
        ] {
            let found = notes.iter().filter(|note| note.contains(what) && note.contains(count)).count();
            assert_eq!(found, 1, "{what} {count} in {notes:#?}");
        }
        assert_eq!(notes.len(), 10, "{notes:#?}");

        let (before, after) = (told(&bytes), told(&as_xml(&program)));
        assert_eq!(before.len(), 1_007);
        for (guid, event) in &before {
            assert_eq!(after.get(guid), Some(event), "{guid}");
        }
        assert_eq!(after.len(), before.len());
        let mut exports = Exports::new();
        exports.add("38c3", &program);
        exports.validate();

        let (again, _) = imported(world, &bytes, format, &terms).await;
        assert_eq!((again.rows, again.stamp.unwrap().revision), (0, program.stamp.revision));
        // What was exported says the same of what the format knows; what else it writes it finds again too.
        let other = World::new(world.backend).await;
        imported(&other, &as_xml(&program), format, &terms).await;
        let once = other.program("38c3").await.unwrap();
        assert_eq!(told(&as_xml(&once)), before);
        let (again, notes) = imported(&other, &as_json(&once), InputFormat::ScheduleJson, &terms).await;
        assert_eq!(again.rows, 0, "{}", again.report);
        assert_eq!(notes.iter().filter(|note| !note.contains("\"slug\"")).count(), 0, "{notes:#?}");
    }

    async fn a_real_program_validates(world) {
        let Some(bytes) = real("PLENARY_REAL_DATA", "acl2020.json") else { return };
        let (file, _) = understood(&bytes, InputFormat::Program, &Terms::default());
        world.import(&file).await;
        let program = world.program("acl2020").await.unwrap();
        let mut exports = Exports::new();
        exports.add("acl2020", &program);
        exports.validate();
        let timed = program.index.sessions.iter().filter(|session| session.times.is_some()).count();
        assert_eq!(told(&as_xml(&program)).len(), timed);
    }
}

/// Files of other programs, which no schema is satisfied with, are read.
#[test]
fn what_other_programs_write_is_read() {
    let terms = |zone: &str| Terms { time_zone: Some(zone.to_owned()), ..Terms::default() };
    for (name, terms, events, names, slug) in [
        ("pretalx-democon.json", Terms::default(), 36, 43, "democon"),
        ("pretalx-rc3.json", terms("Europe/Berlin"), 48, 57, "rc3-channels-2020"),
        ("frab-camp2019.json", Terms::default(), 79, 96, "camp2019"),
    ] {
        let Some(bytes) = real("PLENARY_VALIDATORS", name) else { return };
        let (file, notes) = understood(&bytes, InputFormat::ScheduleJson, &terms);
        let roles: usize = file.panels.iter().map(|panel| panel.roles.len()).sum();
        assert_eq!(
            (file.panels.len(), roles, file.conference.slug.as_str()),
            (events, names, slug),
            "{name}: {notes:#?}"
        );
        assert!(file.panels.iter().all(|panel| panel.sessions[0].end.is_some()), "{name}");
        let written: Value = serde_json::from_slice(&as_json(&program(&file))).unwrap();
        let days = written["schedule"]["conference"]["days"].as_array().unwrap();
        let rooms = days.iter().flat_map(|day| day["rooms"].as_object().unwrap().values());
        assert_eq!(rooms.map(|room| room.as_array().unwrap().len()).sum::<usize>(), events, "{name}");
    }
    let Some(bytes) = real("PLENARY_VALIDATORS", "hub-schedule2.json") else { return };
    let faults = read(&bytes, InputFormat::ScheduleJson, &Terms::default()).unwrap_err().to_string();
    assert!(faults.contains("only version 1 is read"), "{faults}");
}

both! {
    /// A schedule that comes again takes away nothing that it has no place for: links, addresses, roles, papers.
    async fn what_was_added_stays(world) {
        let schedule = |start: &str, room: &str| format!(
            "<schedule><conference><title>Talks</title><acronym>talks</acronym><start>2027-07-12</start><end>2027-07-12</end>\
             <time_zone_name>Europe/Lisbon</time_zone_name></conference><day index=\"1\" date=\"2027-07-12\"><room name=\"{room}\">\
             <event guid=\"0190a5e0-0000-7000-8000-000000000001\" id=\"7\"><room>{room}</room><title>One</title>\
             <date>2027-07-12T{start}:00+01:00</date><start>{start}</start><duration>01:00</duration>\
             <persons><person id=\"3\">Ann Lee</person></persons></event></room></day></schedule>"
        );
        let input = |text: &str| read(text.as_bytes(), InputFormat::ScheduleXml, &Terms::default()).unwrap().input;
        world.import_input(&input(&schedule("10:00", "Hall")), Default::default()).await.unwrap();
        let mut file = world.export("talks").await;
        file.rooms[0].link = Some("https://meet.example/hall".into());
        file.people[0].email = Some("ann@example.org".into());
        file.people[0].affiliation = Some("North College".into());
        file.people.push(plenary::format::program_file::Person { key: "bob".into(), name: "Bob".into(), email: None, ..file.people[0].clone() });
        file.panels[0].roles.push(plenary::format::program_file::RoleEntry { person: "bob".into(), role: entity::enums::Role::Chair, affiliation: None });
        file.panels[0].sessions[0].rooms[0].link = Some("https://meet.example/own".into());
        world.import(&file).await;
        let before = world.export("talks").await;
        world.import_input(&input(&schedule("10:00", "Hall")), Default::default()).await.unwrap();
        assert_eq!(world.export("talks").await, before, "the same again is nothing");
        // Moved, also with what it no longer has removed.
        let options = plenary::command::import::Options { prune: true, ..Default::default() };
        world.import_input(&input(&schedule("11:00", "Hall")), options).await.unwrap();
        let after = world.export("talks").await;
        assert_eq!(after.panels[0].sessions[0].start.unwrap().to_string(), "11:00:00");
        assert_eq!((&after.rooms, &after.people, &after.panels[0].roles), (&before.rooms, &before.people, &before.panels[0].roles));
        assert_eq!(after.panels[0].sessions[0].rooms, before.panels[0].sessions[0].rooms);
        // Another room has a link of its own, or none.
        world.import_input(&input(&schedule("11:00", "Loft")), options).await.unwrap();
        assert_eq!(world.export("talks").await.panels[0].sessions[0].rooms[0].link, None);
    }
}
