//! Calendars as other programs read them: PyPI's icalendar and npm's ical.js take each of them, and read what the rows say.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use chrono::TimeDelta;
use entity::enums::{Audience, PanelStatus, SessionStatus};
use plenary::format::calendar::{Calendar, Extent};
use plenary::generate::{Options, generate};
use plenary::program::Program;
use serde_json::{Value, json};

use crate::support::programs::program;
use crate::support::{Backend, World, run};

/// What events say, by calendar.
type Told = BTreeMap<String, BTreeMap<String, Value>>;

/// A text without what no calendar holds.
fn kept(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_ascii_control()).collect()
}

/// What a session's event says, by the rows; with the links to its rooms, if somebody is to have them.
fn told(program: &Program, ix: usize, links: bool) -> Option<(String, Value)> {
    let (rows, index) = (&program.rows, &program.index);
    let (row, own) = (&rows.sessions[ix], &index.sessions[ix]);
    let (panel, of_panel) = (&rows.panels[own.panel as usize], &index.panels[own.panel as usize]);
    let times = own.times?;
    let papers = own.slots.iter().filter_map(|slot| {
        let minutes = TimeDelta::minutes(rows.slots[*slot as usize].minutes?.into());
        Some(index.slots[*slot as usize].starts_at? + minutes)
    });
    let end = times.ends_at.or_else(|| papers.max()).filter(|end| *end > times.starts_at);
    let number = if of_panel.sessions.len() > 1 { format!(".{}", row.number) } else { String::new() };
    let title = row.title.as_ref().map(|title| format!(": {title}")).unwrap_or_default();
    let cancelled = row.status == SessionStatus::Cancelled || panel.status == PanelStatus::Cancelled;
    let uses = || {
        own.session_rooms.iter().map(|ix| {
            let room = &rooms(program)[index.session_rooms[*ix as usize].room as usize];
            (&rows.session_rooms[*ix as usize], room)
        })
    };
    let names: Vec<_> = uses().map(|(_, room)| kept(&room.name)).collect();
    let shown = |link: &String, name: &str| json!([name.replace(['\t', '\r'], ""), link]);
    let all = uses().filter_map(|(own, room)| Some(shown(own.link.as_ref().or(room.link.as_ref())?, &room.name)));
    let event = json!({
        "start": times.starts_at.timestamp(),
        "end": end.map(|end| end.timestamp()),
        "summary": kept(&format!("{}{number} {}{title}", panel.code, panel.title)),
        "location": names.join(", "),
        "status": if cancelled { "CANCELLED" } else { "CONFIRMED" },
        "links": if links && !cancelled { all.collect() } else { Vec::new() },
    });
    Some((row.id.to_string(), event))
}

fn rooms(program: &Program) -> &[std::sync::Arc<entity::room::Model>] {
    &program.rows.rooms
}

/// Writes a calendar of a program.
fn put(folder: &Path, name: &str, calendar: &Calendar<'_>) {
    let mut bytes = Vec::new();
    calendar.write(&mut bytes);
    std::fs::write(folder.join(format!("{name}.ics")), bytes).unwrap();
}

fn public<'p>(program: &'p Program, name: &str, extent: Extent) -> Calendar<'p> {
    Calendar::public(program, extent, format!("https://plenary.example/c/{name}/calendar.ics"), 15)
}

/// Writes a program's calendar, and says what is in it.
fn write(folder: &Path, name: &str, program: &Program) -> BTreeMap<String, Value> {
    put(folder, name, &public(program, name, Extent::Conference));
    (0..program.rows.sessions.len()).filter_map(|ix| told(program, ix, false)).collect()
}

/// The calendars of parts of a program, and one of somebody's own whose links are in it.
fn parts(folder: &Path) -> Told {
    let mut file = plenary::demo::program();
    for (n, room) in file.rooms.iter_mut().enumerate() {
        room.name = format!("{n} {}", NASTY[n % NASTY.len()]);
        room.link = Some(format!("https://meet.example/{n}?a=1;b=2,3#c"));
    }
    let program = program(&file);
    let (rows, index) = (&program.rows, &program.index);
    let date = rows.sessions.iter().find_map(|row| row.start_time.and(row.date)).unwrap();
    let in_room = |ix: usize, room: u32| {
        index.sessions[ix].session_rooms.iter().any(|ix| index.session_rooms[*ix as usize].room == room)
    };
    let (room, panel) = (0, index.sessions.iter().find(|session| session.times.is_some()).unwrap().panel);
    let session = index.sessions.iter().position(|session| session.times.is_some()).unwrap();
    let mut told = Told::new();
    let mut take = |name: &str, calendar: &Calendar<'_>, links: bool, is: &dyn Fn(usize) -> bool| {
        put(folder, name, calendar);
        let events = (0..rows.sessions.len()).filter(|ix| is(*ix)).filter_map(|ix| self::told(&program, ix, links));
        let events: BTreeMap<_, _> = events.collect();
        assert!(!events.is_empty(), "{name}");
        told.insert(format!("{name}.ics"), events);
    };
    take("day", &public(&program, "demo", Extent::Day(date)), false, &|ix| rows.sessions[ix].date == Some(date));
    take("room", &public(&program, "demo", Extent::Room(room)), false, &|ix| in_room(ix, room));
    take("panel", &public(&program, "demo", Extent::Panel(panel)), false, &|ix| index.sessions[ix].panel == panel);
    take("session", &public(&program, "demo", Extent::Session(u32::try_from(session).unwrap())), false, &|ix| {
        ix == session
    });
    let all = (0..u32::try_from(rows.sessions.len()).unwrap()).collect();
    take("own", &Calendar::personal(&program, all, 15, Some(Audience::Organizer)), true, &|_| true);
    let own = told["own.ics"].values().map(|event| event["links"].as_array().unwrap().len()).sum::<usize>();
    assert!(own > 10, "{own} links are hardly any");
    told
}

fn parsed(mut command: Command) -> Told {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Texts that have brought down parsers: they are put in place of some titles and names.
const NASTY: [&str; 8] = [
    "x\r\nBEGIN:VEVENT\r\nUID:1",
    ";,:\\\"'^^",
    "🙂\u{200d}🙂 ǅ İ ﷽",
    "\u{202e}dlrow\u{2066}",
    "  two  blanks and a line\n\nand another  ",
    "\t\tTZID=\"x\"",
    "=HYPERLINK(\"https://evil.example\")",
    "</summary><![CDATA[ ]]>",
];

#[test]
fn all_of_them_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = parts(folder.path());
    let mut take = |name: &str, program: &Program| {
        expected.insert(format!("{name}.ics"), write(folder.path(), name, program));
    };
    take("demo", &program(&plenary::demo::program()));
    for seed in 0..1_000_u64 {
        let (panels, papers) = ((seed % 12) as usize, (seed % 23) as usize);
        let mut file =
            generate(&Options { panels, papers, people: (seed % 5) as usize, seed, slug: format!("g{seed}") });
        let nasty = |n: usize| NASTY[(seed as usize + n) % NASTY.len()].to_owned();
        for (n, panel) in file.panels.iter_mut().enumerate().filter(|(n, _)| n % 2 == 0) {
            panel.title = nasty(n);
            panel.r#abstract = Some(nasty(n + 1).repeat(20));
        }
        file.rooms.iter_mut().step_by(2).for_each(|room| room.name = nasty(3));
        file.people.iter_mut().step_by(2).for_each(|person| person.name = nasty(4));
        file.conference.time_zone =
            ["Europe/Lisbon", "UTC", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"][seed as usize % 5]
                .into();
        take(&file.conference.slug.clone(), &program(&file));
    }
    if let Some(real) = std::env::var_os("PLENARY_REAL_DATA") {
        let bytes = std::fs::read(Path::new(&real).join("acl2020.json")).unwrap();
        take("acl2020", &program(&plenary::format::read::read(&bytes).unwrap()));
    } else {
        eprintln!("PLENARY_REAL_DATA is not set: no real calendar is looked at");
    }
    let events: usize = expected.values().map(BTreeMap::len).sum();
    assert!(events > 3_000, "{events} events are hardly any");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let python = std::env::var_os("PLENARY_TEST_PYTHON").expect("./test says where Python's packages are");
    let mut icalendar = Command::new(Path::new(&python).join("bin/python"));
    icalendar.arg(tests.join("python/calendars.py")).arg(folder.path());
    let mut ical_js = Command::new("node");
    ical_js.arg("calendars.mjs").arg(folder.path()).current_dir(tests.join("npm"));
    for (name, command) in [("icalendar", icalendar), ("ical.js", ical_js)] {
        let found = parsed(command);
        assert_eq!(found.len(), expected.len(), "{name}");
        for (calendar, events) in &expected {
            assert_eq!(&found[calendar], events, "{name}: {calendar}");
        }
    }
}

/// The calendar over HTTP is the same that is read here.
#[test]
fn as_it_is_served() {
    run(Backend::Sqlite, async |world: World| {
        world.import(&plenary::demo::program()).await;
        let served = super::found(&world, "/c/demo/calendar.ics").await;
        let program = world.program("demo").await.unwrap();
        let mut written = Vec::new();
        let source = "http://127.0.0.1:8000/c/demo/calendar.ics".to_owned();
        Calendar::public(&program, Extent::Conference, source, 15).write(&mut written);
        assert_eq!(served.as_bytes(), written);
    });
}
