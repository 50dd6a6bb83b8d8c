//! Program files for tests.

use plenary::format::program_file::ProgramFile;
use plenary::format::read::read;
use plenary::format::write::write;
use serde_json::{Value, json};

/// A file from JSON, which must have no fault.
pub fn file(json: &Value) -> ProgramFile {
    read(json.to_string().as_bytes()).unwrap_or_else(|faults| panic!("{faults}"))
}

pub fn bytes(file: &ProgramFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(file, &mut bytes).unwrap();
    bytes
}

/// A small program with one of most things: two panels, three papers, one of them given twice, four sessions.
pub fn small() -> Value {
    json!({
        "version": 1,
        "conference": {
            "slug": "small", "name": "A small conference", "timeZone": "Europe/Lisbon",
            "startsOn": "2027-07-12", "endsOn": "2027-07-13", "url": "https://small.example.org"
        },
        "tracks": [{"code": "T1", "name": "One"}, {"code": "T2", "name": "Two"}],
        "rooms": [
            {"key": "hall", "name": "Hall", "capacity": 100},
            {"key": "net", "name": "Online", "kind": "VIRTUAL", "link": "https://meet.example/CANARY-net"}
        ],
        "people": [
            {"key": "ann", "name": "Ann Lee", "affiliation": "North College", "country": "GB", "email": "ann@canary.example"},
            {"key": "bob", "name": "Bob Müller", "affiliation": "South College"},
            {"key": "cem", "name": "Cem Öz"},
            {"key": "dia", "name": "Día García", "country": "ES", "orcid": "0000-0002-1825-0097"}
        ],
        "panels": [
            {
                "code": "P10", "title": "Late things", "track": "T2", "kind": "WORKSHOP",
                "roles": [{"person": "dia", "role": "CONVENOR"}],
                "sessions": [
                    {"key": "p10-1", "number": 1, "date": "2027-07-13"},
                    {"key": "p10-2", "number": 2}
                ]
            },
            {
                "code": "P2", "title": "Early things", "track": "T1", "abstract": "About *early* things.",
                "roles": [
                    {"person": "ann", "role": "CONVENOR"},
                    {"person": "bob", "role": "CONVENOR", "affiliation": "Bob's Printed Institute"},
                    {"person": "cem", "role": "DISCUSSANT"}
                ],
                "papers": [
                    {"key": "x1", "title": "Zebra crossings", "keywords": ["Été", "zebra"],
                     "authors": [{"person": "ann", "affiliation": "As Printed", "presenting": true}, {"person": "dia"}]},
                    {"key": "x2", "title": "Ångström’s apples", "authors": [{"person": "bob", "presenting": true}]},
                    {"key": "x3", "title": "Middles", "status": "WITHDRAWN", "authors": [{"person": "cem"}]}
                ],
                "sessions": [
                    {"key": "p2-1", "number": 1, "date": "2027-07-12", "start": "09:00", "end": "10:30",
                     "rooms": [{"room": "hall"}, {"room": "net", "link": "https://meet.example/CANARY-own"}],
                     "slots": [{"paper": "x1", "start": "09:00", "minutes": 45}, {"paper": "x2", "start": "09:45", "room": "net"}]},
                    {"key": "p2-2", "number": 2, "date": "2027-07-12", "start": "23:00", "end": "00:30",
                     "rooms": [{"room": "net"}],
                     "roles": [{"person": "dia", "role": "CHAIR"}],
                     "slots": [{"paper": "x3"}, {"paper": "x1", "start": "00:10", "minutes": 20}]}
                ]
            }
        ]
    })
}
