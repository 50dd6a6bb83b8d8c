//! What becomes of a program when a schedule is imported over it.

use std::collections::HashMap;

use entity::enums::{PanelStatus, Role, RoomKind, SessionStatus};
use proptest::prelude::*;

use super::*;
use crate::format::from_program::program_file;
use crate::format::input::{self, InputFormat};
use crate::format::program_file::{RoleEntry, Session};
use crate::format::read::tests::put;
use crate::format::write::tests::any;
use crate::generate::{Options, generate};

fn terms(program: &Program) -> Terms {
    let own = program.conference();
    Terms { slug: Some(own.slug.clone()), time_zone: Some(own.time_zone.clone()), else_zone: None }
}

/// What a schedule makes of a program, checked and planned as an import that removes what is no longer there does it.
fn laid(text: &str, format: InputFormat, program: &Program) -> ProgramFile {
    let input = input::read(text.as_bytes(), format, &terms(program)).unwrap_or_else(|faults| panic!("{faults}")).input;
    let file = input.over(Some(program), true).unwrap_or_else(|faults| panic!("{faults:?}")).into_owned();
    let count = AtomicU64::new(1 << 20);
    let id = || Uuid::from_u128(count.fetch_add(1, Ordering::Relaxed).into());
    let now = chrono::DateTime::UNIX_EPOCH;
    let terms = Planning { conference: program.id(), revision: 13, now, id: &id, prune: true, draft: false };
    let planned = plan(Some(program), &file, &terms).unwrap_or_else(|faults| panic!("{faults:?}"));
    // A row changes where the file differs, and nowhere else.
    assert_eq!(planned.changes.is_empty(), file == program_file(program), "{:?}", planned.report);
    file
}

/// Its own schedule, in both formats, changes nothing of a program.
#[track_caller]
fn is_its_own(program: &Program) {
    let before = program_file(program);
    assert_eq!(laid(&xml(program), InputFormat::ScheduleXml, program), before);
    assert_eq!(laid(&text(program), InputFormat::ScheduleJson, program), before);
}

/// The program with its rows' ids for keys, as the API makes them.
fn with_ids(file: &ProgramFile) -> Program {
    let made = program(file);
    let rows = &made.rows;
    let mut ids = HashMap::new();
    ids.extend(rows.people.iter().map(|row| (("person", row.key.as_str()), row.id)));
    ids.extend(rows.rooms.iter().map(|row| (("room", row.key.as_str()), row.id)));
    ids.extend(rows.panels.iter().map(|row| (("panel", row.key.as_str()), row.id)));
    ids.extend(rows.papers.iter().map(|row| (("paper", row.key.as_str()), row.id)));
    ids.extend(rows.sessions.iter().map(|row| (("session", row.key.as_str()), row.id)));
    let named = program(&any::rename(file.clone(), |what, key| {
        if what != "track" {
            *key = ids[&(what, key.as_str())].to_string();
        }
    }));
    assert!(named.rows.sessions.iter().all(|row| row.key == row.id.to_string()));
    named
}

#[test]
fn a_program_is_its_own_schedule() {
    is_its_own(&program(&file(&small())));
    is_its_own(&program(&crate::demo::program()));
    is_its_own(&with_ids(&crate::demo::program()));
    for (panels, papers, people, seed) in [(9, 30, 20, 2), (40, 120, 90, 3)] {
        let file = generate(&Options { panels, papers, people, seed, slug: "made".into() });
        is_its_own(&program(&file));
        is_its_own(&with_ids(&file));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_program_is_its_own_schedule(file in any::program()) {
        is_its_own(&program(&file));
        is_its_own(&with_ids(&file));
    }
}

const TALK: &str = "0190a5e0-0000-7000-8000-000000000001";

/// A schedule with two events, of which the first is this.
fn talks(first: &str) -> String {
    format!(
        "<schedule><conference><title>Talks</title><acronym>talks</acronym><start>2027-07-12</start><end>2027-07-13</end>\
         <time_zone_name>Europe/Lisbon</time_zone_name></conference><day index='1' date='2027-07-12'><room name='Hall'>\
         <event guid='{TALK}' id='7'>{first}</event>\
         <event guid='0190a5e0-0000-7000-8000-000000000002' id='8'><title>Two</title><start>12:00</start>\
         <duration>00:30</duration></event></room></day></schedule>"
    )
}

const FIRST: &str = "<title>One</title><subtitle>And only</subtitle><abstract>Short.</abstract><start>10:00</start>\
                     <duration>01:00</duration><persons><person id='3'>Ann Lee</person><person id='4'>Bo Ek</person></persons>";

/// The program of the two talks, of which the first was given a second sitting here.
fn sat_twice() -> Program {
    let (mut file, _) = understood(read_xml(talks(FIRST).as_bytes(), &Terms::default()).unwrap());
    let first = file.panels[0].sessions[0].clone();
    file.panels[0].sessions.push(Session {
        key: "again".into(),
        number: 2,
        title: Some("Once more".into()),
        date: first.date.and_then(|date| date.succ_opt()),
        ..first
    });
    program(&file)
}

#[test]
fn a_second_sitting_is_of_the_same_panel() {
    let program = sat_twice();
    is_its_own(&program);
    // So it is where the schedule that was there before comes again.
    assert_eq!(laid(&talks(FIRST), InputFormat::ScheduleXml, &program), program_file(&program));
    // A sitting that is moved in our own export is moved in its panel.
    let moved = xml(&program).replace("2027-07-13T10:00:00", "2027-07-13T15:00:00").replace(
        "<start>10:00</start>\n        <duration>01:00</duration>\n        <room>Hall</room>\n        <title>One</title>\n        \
         <subtitle>Once more</subtitle>",
        "<start>15:00</start>\n        <duration>01:00</duration>\n        <room>Hall</room>\n        <title>One</title>\n        \
         <subtitle>Once more, later</subtitle>",
    );
    let mut expected = program_file(&program);
    let second = &mut expected.panels[0].sessions[1];
    (second.start, second.end) = (chrono::NaiveTime::from_hms_opt(15, 0, 0), chrono::NaiveTime::from_hms_opt(16, 0, 0));
    second.title = Some("Once more, later".into());
    assert_eq!(laid(&moved, InputFormat::ScheduleXml, &program), expected);
}

/// What is the same in both is not what is said: nothing grows, and what changes is exactly what differs.
#[test]
fn what_differs_is_what_changes() {
    let mut wanted = small();
    put(&mut wanted, "/panels/0/papers/0/authors", json!([{"person": "omar", "presenting": true}]));
    let program = program(&file(&wanted));
    for (format, text) in [(InputFormat::ScheduleXml, xml(&program)), (InputFormat::ScheduleJson, text(&program))] {
        let mut expected = program_file(&program);
        let panel = expected.panels.iter_mut().find(|panel| panel.code == "PANEL1").unwrap();
        panel.title = "Brine".into();
        panel.r#abstract = Some("Salt.\nAnd *water* ]]> <i>.".into());
        let (title, b, i) = match format {
            InputFormat::ScheduleXml => ("<title>Brine</title>", "&lt;b&gt;.", "&lt;i&gt;."),
            _ => ("\"title\":\"Brine\"", "<b>.", "<i>."),
        };
        let text = text.replacen(&title.replace("Brine", "Salt"), title, 1).replace(b, i);
        assert_eq!(laid(&text, format, &program), expected, "{format:?}");
    }
}

/// A schedule says nothing of status: what was cancelled here stays so, also where it is in the schedule.
#[test]
fn what_was_cancelled_stays_cancelled() {
    let (mut file, _) = understood(read_xml(talks(FIRST).as_bytes(), &Terms::default()).unwrap());
    file.panels[0].status = PanelStatus::Cancelled;
    file.panels[1].sessions[0].status = SessionStatus::Cancelled;
    let program = program(&file);
    assert_eq!(laid(&talks(FIRST), InputFormat::ScheduleXml, &program), program_file(&program));
    // Nor does what our own schedule leaves out go with it.
    is_its_own(&program);
}

#[test]
fn who_speaks_is_who_is_named() {
    let (mut file, _) = understood(read_xml(talks(FIRST).as_bytes(), &Terms::default()).unwrap());
    file.panels[0].roles.push(RoleEntry { person: "4".into(), role: Role::Chair, affiliation: Some("North".into()) });
    let program = program(&file);
    let roles = |text: &str| {
        let file = laid(text, InputFormat::ScheduleXml, &program);
        let roles = file.panels[0].roles.iter().map(|role| format!("{} {}", role.person, role.role.as_str()));
        roles.collect::<Vec<_>>().join(", ")
    };
    let named =
        |people: &str| talks(&FIRST.replace("<person id='3'>Ann Lee</person><person id='4'>Bo Ek</person>", people));
    let (ann, bo, cy) =
        ("<person id='3'>Ann Lee</person>", "<person id='4'>Bo Ek</person>", "<person id='5'>Cy Po</person>");
    assert_eq!(roles(&named(&format!("{ann}{bo}"))), "3 SPEAKER, 4 SPEAKER, 4 CHAIR");
    assert_eq!(roles(&named(&format!("{bo}{cy}"))), "4 SPEAKER, 4 CHAIR, 5 SPEAKER");
    assert_eq!(roles(&named(&format!("{cy}{bo}{ann}"))), "5 SPEAKER, 4 SPEAKER, 4 CHAIR, 3 SPEAKER");
    assert_eq!(roles(&named(ann)), "3 SPEAKER, 4 CHAIR");
}

/// A sitting that was deleted here and made again has its number; the event takes the next.
#[test]
fn a_number_that_is_taken_is_not_given_again() {
    let (mut file, _) = understood(read_xml(talks(FIRST).as_bytes(), &Terms::default()).unwrap());
    file.panels[0].sessions[0].key = "made-again".into();
    let program = program(&file);
    let file = laid(&talks(FIRST), InputFormat::ScheduleXml, &program);
    let numbers: Vec<_> =
        file.panels[0].sessions.iter().map(|session| (session.key.as_str(), session.number)).collect();
    assert_eq!(numbers, [("made-again", 1), (TALK, 2)]);
    assert_eq!((file.panels.len(), file.panels[0].roles.len(), file.panels[0].sessions[1].roles.len()), (2, 2, 0));
}

/// What a schedule says of rooms is taken, and what it doesn't stays.
#[test]
fn rooms_are_known_by_name_and_keep_what_is_not_said() {
    let schedule = |rooms: &str| {
        format!(
            "{{\"schedule\":{{\"conference\":{{\"acronym\":\"talks\",\"title\":\"Talks\",\"start\":\"2027-07-12\",\
             \"end\":\"2027-07-12\",\"time_zone_name\":\"Europe/Lisbon\",\"rooms\":[{rooms}],\"days\":[{{\"date\":\"2027-07-12\",\
             \"rooms\":{{\"Hall\":[{{\"guid\":\"{TALK}\",\"title\":\"One\",\"start\":\"10:00\",\"duration\":\"01:00\"}}]}}}}]}}}}}}"
        )
    };
    let first = schedule("{\"name\":\"Hall\",\"capacity\":80}");
    let (mut file, _) = understood(read_json(first.as_bytes(), &Terms::default()).unwrap());
    file.rooms[0].key = "aula".into();
    file.rooms[0].kind = RoomKind::Virtual;
    file.panels[0].sessions[0].rooms[0].room = "aula".into();
    let program = program(&file);
    let room = |rooms: &str| {
        let file = laid(&schedule(rooms), InputFormat::ScheduleJson, &program);
        assert_eq!(file.rooms.len(), 1);
        (file.rooms[0].key.clone(), file.rooms[0].kind, file.rooms[0].capacity)
    };
    assert_eq!(room("{\"name\":\"Hall\"}"), ("aula".into(), RoomKind::Virtual, Some(80)));
    assert_eq!(room("{\"name\":\"Hall\",\"capacity\":90}"), ("aula".into(), RoomKind::Virtual, Some(90)));
    file.rooms[0].kind = RoomKind::Physical;
    let program = super::program(&file);
    let online = schedule("{\"name\":\"Hall\",\"type\":\"online\"}");
    assert_eq!(laid(&online, InputFormat::ScheduleJson, &program).rooms[0].kind, RoomKind::Virtual);
}

/// A fault is told by where the event is in the schedule, and what is not in it by what it is.
#[test]
fn faults_are_in_the_schedule() {
    let faults = |file: &ProgramFile, schedule: &str| {
        let input = read_xml(schedule.as_bytes(), &Terms::default()).unwrap().input;
        let faults = input.over(Some(&program(file)), false).unwrap_err();
        faults.iter().map(Fault::to_string).collect::<Vec<_>>()
    };
    let (mut file, _) = understood(read_xml(talks(FIRST).as_bytes(), &Terms::default()).unwrap());
    file.panels[1].code = "A1".into();
    let schedule = talks(FIRST).replacen("id='7'", "id='7' code='A1'", 1);
    assert_eq!(
        faults(&file, &schedule),
        ["line 1, <event> 0190a5e0-0000-7000-8000-000000000002, code: \"A1\" is given twice: \
          line 1, <event> 0190a5e0-0000-7000-8000-000000000001 has it already"]
    );

    let mut file = program_file(&sat_twice());
    let earlier = |date: chrono::NaiveDate| date - chrono::TimeDelta::days(730);
    (file.conference.starts_on, file.conference.ends_on) =
        (earlier(file.conference.starts_on), earlier(file.conference.ends_on));
    for session in file.panels.iter_mut().flat_map(|panel| &mut panel.sessions) {
        session.date = session.date.map(earlier);
    }
    let told = faults(&file, &talks(FIRST));
    assert!(told[0].starts_with("session 2 of the panel \"7\", date: 2025-07-13 is more than a year"), "{told:?}");
}

/// Real programs, where the environment says there are some.
#[test]
fn real_programs_are_their_own_schedules() {
    let Some(folder) = std::env::var_os("PLENARY_REAL_DATA") else {
        eprintln!("skipped: PLENARY_REAL_DATA names no folder");
        return;
    };
    let bytes = |name: &str| std::fs::read(std::path::Path::new(&folder).join(name)).unwrap();
    let schedule = String::from_utf8(bytes("38c3-schedule.xml")).unwrap();
    let (file, _) = understood(read_xml(schedule.as_bytes(), &Terms::default()).unwrap());
    let program = super::program(&file);
    is_its_own(&program);
    assert!(laid(&schedule, InputFormat::ScheduleXml, &program) == program_file(&program), "it is another");
    is_its_own(&super::program(&crate::format::read::read(&bytes("acl2020.json")).unwrap()));
}
