//! What is written is read again as it was, and nothing private is in what the public gets.

pub(in crate::format) mod any;

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::format::read::read;
use crate::generate::{Options, generate};
use crate::program::search::tests::program as built;
use any::{CANARY, program};

fn bytes(program: &ProgramFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(program, &mut bytes).unwrap();
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_written_is_read(program in program()) {
        let written = bytes(&program);
        let again = read(&written).map_err(|faults| TestCaseError::fail(faults.to_string()))?;
        prop_assert_eq!(&again, &program);
        prop_assert_eq!(indented(&written).into_bytes(), bytes(&again));
        prop_assert_eq!(bytes(&again), written);
    }

    /// Equal bytes by both ways, for everybody.
    #[test]
    fn rows_are_written_as_any_file(program in program()) {
        let program = built(&program);
        let file = from_program::program_file(&program);
        prop_assert_eq!(of_rows(&program, Scope::Whole), bytes(&file));
        prop_assert_eq!(of_rows(&program, Scope::Public), bytes(&public(file, &program)));
    }

    /// Also where the keys are addresses and links: then ids stand for them, and whatever refers to them finds them.
    #[test]
    fn the_public_gets_all_but_links_and_addresses(program in any::private()) {
        let program = built(&program);
        let shown = of_rows(&program, Scope::Public);
        prop_assert!(!String::from_utf8(shown.clone()).unwrap().contains(CANARY));
        prop_assert_eq!(&shown, &bytes(&public(from_program::program_file(&program), &program)));
        read(&shown).map_err(|faults| TestCaseError::fail(faults.to_string()))?;
    }
}

/// A program as everybody gets it.
fn public(file: ProgramFile, program: &Program) -> ProgramFile {
    let rows = &program.rows;
    let mut ids = HashMap::new();
    let is_private = |key: &str| key.contains(CANARY);
    ids.extend(rows.people.iter().map(|row| (("person", row.key.clone()), row.id)));
    ids.extend(rows.rooms.iter().map(|row| (("room", row.key.clone()), row.id)));
    ids.extend(rows.panels.iter().map(|row| (("panel", row.key.clone()), row.id)));
    ids.extend(rows.papers.iter().map(|row| (("paper", row.key.clone()), row.id)));
    ids.extend(rows.sessions.iter().map(|row| (("session", row.key.clone()), row.id)));
    let mut file = any::rename(file, |what, key| {
        if is_private(key) {
            let found = ids.iter().find(|((of, own), _)| *of == what && own == key);
            *key = found.unwrap().1.to_string();
        }
    });
    file.rooms.iter_mut().for_each(|room| room.link = None);
    file.people.iter_mut().for_each(|person| person.email = None);
    for session in file.panels.iter_mut().flat_map(|panel| &mut panel.sessions) {
        session.rooms.iter_mut().for_each(|room| room.link = None);
    }
    file
}

/// By way of a tree that is written by somebody else.
fn indented(bytes: &[u8]) -> String {
    format!("{:#}\n", serde_json::from_slice::<Value>(bytes).unwrap())
}

fn of_rows(program: &Program, scope: Scope) -> Vec<u8> {
    let mut out = b"before".to_vec();
    write_program(program, scope, &mut out);
    out.split_off(6)
}

#[test]
fn rows_are_written_as_the_file_that_they_are() {
    for (panels, papers, people, seed) in [(0, 0, 0, 1), (3, 9, 8, 2), (40, 200, 150, 3), (7, 0, 3, 4)] {
        let program = built(&generate(&Options { panels, papers, people, seed, slug: "made".into() }));
        let file = from_program::program_file(&program);
        assert_eq!(of_rows(&program, Scope::Whole), bytes(&file));
        assert_eq!(of_rows(&program, Scope::Public), bytes(&public(file, &program)));
    }
}

#[test]
fn it_is_written_for_people_to_read() {
    let source = r#"{"conference":{"settings":{"linksOpenAt":"2026-10-20T10:00:00.50+02:00"},"endsOn":"2026-10-26",
        "startsOn":"2026-10-24","timeZone":"Asia/Almaty","name":"Тау \u002f\u0022","slug":"tau","url":null},"version":1,
        "tracks":[],"panels":[{"title":"A","code":"P","key":"P","kind":"PANEL","sessions":[
        {"number":1.0,"key":"s","date":"2026-10-24","start":"09:05","fold":0,"status":"SCHEDULED","slots":[]}]}]}"#;
    let program = read(source.as_bytes()).unwrap();
    let expected = r#"{
  "version": 1,
  "conference": {
    "slug": "tau",
    "name": "Тау /\"",
    "timeZone": "Asia/Almaty",
    "startsOn": "2026-10-24",
    "endsOn": "2026-10-26",
    "settings": {
      "linksOpenAt": "2026-10-20T08:00:00.500Z"
    }
  },
  "panels": [
    {
      "code": "P",
      "title": "A",
      "sessions": [
        {
          "key": "s",
          "number": 1,
          "date": "2026-10-24",
          "start": "09:05"
        }
      ]
    }
  ]
}
"#;
    assert_eq!(String::from_utf8(bytes(&program)).unwrap(), expected);
}

/// A real program, where the environment says there is one.
#[test]
fn a_real_program_survives() {
    let Some(folder) = std::env::var_os("PLENARY_REAL_DATA") else {
        eprintln!("skipped: PLENARY_REAL_DATA names no folder");
        return;
    };
    let source = std::fs::read(std::path::Path::new(&folder).join("acl2020.json")).unwrap();
    let program = read(&source).map_err(|faults| faults.to_string()).unwrap();
    let written = bytes(&program);
    assert!(read(&written).unwrap() == program, "what is read again differs");
}
