//! Calendars as other programs read them: PyPI's icalendar and npm's ical.js take each of them, and read the same times.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use plenary::format::calendar::{Calendar, Extent};
use plenary::generate::{Options, generate};
use plenary::program::Program;

use crate::support::programs::program;
use crate::support::{Backend, World, run};

/// Events and when they start, by calendar.
type Times = BTreeMap<String, BTreeMap<String, i64>>;

/// Writes a program's calendar, and says what is in it.
fn write(folder: &Path, name: &str, program: &Program) -> BTreeMap<String, i64> {
    let mut bytes = Vec::new();
    Calendar::public(program, Extent::Conference, format!("https://plenary.example/c/{name}/calendar.ics"), 15)
        .write(&mut bytes);
    std::fs::write(folder.join(format!("{name}.ics")), bytes).unwrap();
    let sessions = program.rows.sessions.iter().zip(&program.index.sessions);
    sessions.filter_map(|(row, index)| Some((row.id.to_string(), index.times?.starts_at.timestamp()))).collect()
}

fn parsed(mut command: Command) -> Times {
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
    let mut expected = Times::new();
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
