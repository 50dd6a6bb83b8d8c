//! What is written, what is read, and what becomes of a program that is written and read.

mod faulty;
mod known;
mod lenient;
mod odd;
mod over;
mod random;
mod written;

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::fault::Fault;
use super::super::input::{Input, Terms};
use super::super::program_file::ProgramFile;
use super::{Base, read_json, read_xml};
use crate::command::import::{Terms as Planning, plan};
use crate::db::{Loaded, Stamp};
use crate::program::Program;
use crate::program::row::RowChange;

const BASE: Base<'static> = Base { public: "https://program.example.org" };

/// A program as it would be after an import into an empty database, with ids that count up.
fn program(file: &ProgramFile) -> Program {
    let count = AtomicU64::new(1);
    let id = || uuid::Builder::from_unix_timestamp_millis(count.fetch_add(1, Ordering::Relaxed), &[7; 10]).into_uuid();
    let now = chrono::DateTime::UNIX_EPOCH;
    let conference = Uuid::from_u128(7);
    let terms = Planning { conference, revision: 1, now, id: &id, prune: false, draft: false };
    let insert = |change| match change {
        RowChange::Insert(row) => row,
        other => panic!("not new: {other:?}"),
    };
    let rows = plan(None, file, &terms).unwrap().changes.into_iter().map(insert).collect();
    Program::build(Loaded { rows, stamp: Stamp { revision: 12, tag: 1 }, tail: Default::default() }).unwrap()
}

fn file(value: &Value) -> ProgramFile {
    super::super::read::read(value.to_string().as_bytes()).unwrap_or_else(|faults| panic!("{faults}"))
}

fn xml(program: &Program) -> String {
    let mut out = Vec::new();
    super::xml(program, &BASE, &mut out);
    String::from_utf8(out).unwrap()
}

fn text(program: &Program) -> String {
    let mut out = Vec::new();
    super::json(program, &BASE, &mut out);
    String::from_utf8(out).unwrap()
}

fn value(program: &Program) -> Value {
    serde_json::from_str(&text(program)).unwrap()
}

/// The events of a schedule.json.
fn events(schedule: &Value) -> Vec<Value> {
    let days = schedule["schedule"]["conference"]["days"].as_array().unwrap();
    let rooms = days.iter().flat_map(|day| day["rooms"].as_object().unwrap().values());
    rooms.flat_map(|events| events.as_array().unwrap().clone()).collect()
}

/// What a schedule.xml of this inside is read as.
fn read(inside: &str) -> (ProgramFile, Vec<String>) {
    let whole = format!(
        "<?xml version='1.0' encoding='utf-8'?>\n<schedule><version>1</version><conference><acronym>tides</acronym>\
         <title>Tides</title><start>2026-10-24</start><end>2026-10-26</end>\
         <time_zone_name>Europe/Lisbon</time_zone_name></conference>\n{inside}</schedule>"
    );
    understood(read_xml(whole.as_bytes(), &Terms::default()).unwrap_or_else(|faults| panic!("{faults}")))
}

/// The same of an event on the first day.
fn read_event(inside: &str) -> (ProgramFile, Vec<String>) {
    read(&format!(
        "<day date='2026-10-24' index='1'><room name='Aula'><event id='5'><title>Foam</title>{inside}</event></room></day>"
    ))
}

fn understood(understood: super::super::input::Understood) -> (ProgramFile, Vec<String>) {
    let Input::Schedule(schedule) = understood.input else { panic!("no schedule") };
    (schedule.file, understood.notes.iter().map(Fault::to_string).collect())
}

/// A program with one of most things.
fn small() -> Value {
    json!({
        "version": 1,
        "conference": {
            "slug": "sea", "name": "The Sea & its \"Shores\"", "timeZone": "Europe/Lisbon",
            "startsOn": "2026-10-24", "endsOn": "2026-10-26", "url": "https://sea.example"
        },
        "tracks": [{"code": "SALT", "name": "Salt <and> water"}],
        "rooms": [
            {"key": "aula", "name": "Aula", "capacity": 40},
            {"key": "0f0e0d0c-0b0a-4908-8706-050403020100", "name": "Net", "kind": "VIRTUAL", "link": "https://meet.example/CANARY"}
        ],
        "people": [
            {"key": "ines", "name": "Inês Exemplo", "email": "ines@canary.example"},
            {"key": "omar", "name": "Omar Sample", "affiliation": "Sample University"},
            {"key": "pia", "name": "Pia <P> Prova"}
        ],
        "panels": [
            {
                "code": "PANEL1", "title": "Salt", "track": "SALT", "language": "pt", "url": "https://sea.example/salt?a=1&b=2",
                "shortAbstract": "Short.", "abstract": "Salt.\nAnd *water* ]]> <b>.",
                "roles": [{"person": "ines", "role": "CONVENOR"}, {"person": "pia", "role": "DISCUSSANT"}],
                "papers": [
                    {"key": "a", "title": "Foam", "url": "https://sea.example/foam",
                     "authors": [{"person": "omar", "presenting": true}, {"person": "pia"}]},
                    {"key": "b", "title": "Silt", "authors": [{"person": "pia"}]},
                    {"key": "c", "title": "Gone", "status": "WITHDRAWN", "authors": [{"person": "omar"}]}
                ],
                "sessions": [
                    {"key": "s1", "number": 1, "date": "2026-10-24", "start": "10:00", "end": "11:30",
                     "rooms": [{"room": "aula"}, {"room": "0f0e0d0c-0b0a-4908-8706-050403020100"}],
                     "slots": [{"paper": "a", "start": "10:00", "minutes": 30}, {"paper": "c"}]},
                    {"key": "s2", "number": 2, "title": "More salt", "date": "2026-10-25", "start": "01:30", "end": "01:15",
                     "rooms": [{"room": "0f0e0d0c-0b0a-4908-8706-050403020100", "link": "https://meet.example/CANARY-2"}],
                     "roles": [{"person": "omar", "role": "CHAIR"}, {"person": "ines", "role": "CHAIR"}],
                     "slots": [{"paper": "b"}]}
                ]
            },
            {"code": "P2", "title": "A walk", "kind": "OTHER", "sessions": [
                {"key": "01234567-89AB-4def-8123-456789abcdef", "number": 1, "date": "2026-10-26", "start": "14:00"},
                {"key": "off", "number": 2, "date": "2026-10-26", "start": "15:00", "status": "CANCELLED"},
                {"key": "open", "number": 3, "date": "2026-10-26"}
            ]},
            {"code": "P3", "title": "Called off", "status": "CANCELLED", "sessions": [
                {"key": "late", "number": 1, "date": "2026-10-26", "start": "16:00"}
            ]}
        ]
    })
}
