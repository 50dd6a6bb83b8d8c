//! Tables come back as they were written, and are laid over a program by its own rules.

mod laid;
mod nonsense;

use proptest::prelude::*;

use super::*;
use crate::clock::{Source as _, System};
use crate::command::import::{Planned, Terms, plan};
use crate::format::program_file::ProgramFile;
use crate::format::write::tests::any::{CANARY, private, program, rename};
use crate::format::write::write_program;
use crate::generate::{Options, generate};
use crate::program::Program;
use crate::program::search::tests::program as built;

fn written(program: &Program, kind: TableKind, scope: Scope) -> Vec<u8> {
    let mut out = Vec::new();
    write(program, kind, scope, &mut out);
    out
}

fn tables(bytes: &[u8]) -> Tables {
    read(bytes).unwrap_or_else(|faults| panic!("{faults}\n{}", String::from_utf8_lossy(bytes)))
}

/// All five tables of a program.
fn all(program: &Program, scope: Scope) -> Tables {
    let each = TableKind::ALL.into_iter().map(|kind| tables(&written(program, kind, scope)));
    each.reduce(|all, next| all.and(next).unwrap()).unwrap()
}

/// What importing a file over a program would change.
fn changes(program: &Program, file: &ProgramFile, prune: bool) -> Planned {
    let source = System;
    let terms =
        Terms { conference: program.id(), revision: 2, now: source.now(), id: &|| source.id(), prune, draft: false };
    plan(Some(program), file, &terms).unwrap()
}

#[track_caller]
fn nothing_changes(program: &Program, tables: &Tables, prune: bool) {
    let file = tables.over(program, prune).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let Planned { changes, report } = changes(program, &file, prune);
    assert!(changes.is_empty() && report.entries().count() == 0, "{report}{changes:#?}");
}

/// The same program with keys that are hard to write.
fn rekeyed(file: ProgramFile, hard: &str) -> ProgramFile {
    rename(file, |_, key| key.insert_str(0, hard))
}

fn json(program: &Program) -> String {
    let mut out = Vec::new();
    write_program(program, Scope::Whole, &mut out);
    String::from_utf8(out).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Written, read and laid over what it was written of, nothing changes, whatever the texts are.
    #[test]
    fn what_is_written_is_read(file in program(), hard in "[-=+@'＝;|\\\\, \"]{0,3}") {
        let program = built(&rekeyed(file, &hard));
        for kind in TableKind::ALL {
            nothing_changes(&program, &tables(&written(&program, kind, Scope::Whole)), true);
            // A key that is like an address is not in public tables.
            if !hard.contains('@') {
                nothing_changes(&program, &tables(&written(&program, kind, Scope::Public)), false);
            }
        }
        nothing_changes(&program, &all(&program, Scope::Whole), true);
    }

    /// Tables have all that panels and people have: they make the same program of one that has none.
    #[test]
    fn tables_have_everything(file in program(), hard in "[-=+@'＝;|\\\\, \"]{0,3}") {
        let file = rekeyed(file, &hard);
        let program = built(&file);
        let bare = built(&ProgramFile { people: Vec::new(), panels: Vec::new(), ..file });
        let again = all(&program, Scope::Whole).over(&bare, false).unwrap();
        prop_assert_eq!(json(&built(&again)), json(&program));
    }

    #[test]
    fn the_public_gets_no_link_and_no_address(file in private()) {
        let program = built(&file);
        for kind in TableKind::ALL {
            let public = String::from_utf8(written(&program, kind, Scope::Public)).unwrap();
            prop_assert!(!public.contains(CANARY));
            prop_assert_eq!(&public, &String::from_utf8(written(&program, kind, Scope::Public)).unwrap());
        }
    }

    /// No cell is one that a spreadsheet computes, however it divides them.
    #[test]
    fn no_cell_is_a_formula(file in program(), hard in "[-=+@＝]{0,3}") {
        let program = built(&rekeyed(file, &hard));
        for kind in TableKind::ALL {
            let bytes = written(&program, kind, Scope::Whole);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[3..]);
            for record in reader.records() {
                for cell in &record.unwrap() {
                    let bad = cell.starts_with(['\t', '\r', '\n']) || cell.trim_start().starts_with(['=', '+', '-', '@', '＝']);
                    prop_assert!(!bad, "{:?}", cell);
                }
            }
        }
    }
}

#[test]
fn it_is_written_for_spreadsheets() {
    let file = laid::base();
    let program = built(&file);
    let of = |kind, scope| String::from_utf8(written(&program, kind, scope)).unwrap();
    assert_eq!(
        of(TableKind::Papers, Scope::Whole),
        "\u{FEFF}key,panel,order,title,abstract,type,language,status,keywords,url,authors\r\n\
         a,P1,1,Foam,,,,ACCEPTED,foam; salt\\; silt,,omar | presenting; ines | | \"As, printed\"\r\n\
         b,P1,2,'=Silt,,,,WITHDRAWN,,,\r\n\
         c,P2,1,Rain,,,,ACCEPTED,,,\r\n"
            .replace(
                "omar | presenting; ines | | \"As, printed\"",
                "\"omar | presenting; ines | | \"\"As, printed\"\"\""
            )
    );
    assert_eq!(
        of(TableKind::Sessions, Scope::Public),
        "\u{FEFF}key,panel,number,title,date,start,end,fold,status,rooms,slots\r\n\
         s1,P1,1,,2026-10-24,10:00,11:30,0,SCHEDULED,aula; web,a | 10:00 | 30 | aula; b\r\n\
         s2,P2,1,,,,,0,SCHEDULED,,\r\n"
    );
    assert!(of(TableKind::Sessions, Scope::Whole).contains(",aula; web,web | https://meet.example/own,"));
    assert_eq!(
        of(TableKind::Roles, Scope::Whole),
        "\u{FEFF}panel,session,person,role,order,affiliation\r\nP1,,ines,CONVENOR,1,\r\nP1,,omar,DISCUSSANT,2,'\r\n,s1,ines,CHAIR,1,\r\n"
    );
}

#[test]
fn a_made_up_program_comes_back() {
    let program =
        built(&generate(&Options { panels: 200, papers: 1_500, people: 2_000, seed: 5, slug: "made".into() }));
    nothing_changes(&program, &all(&program, Scope::Whole), true);
}

/// A real program, where the environment says there is one.
#[test]
fn a_real_program_comes_back() {
    let Some(folder) = std::env::var_os("PLENARY_REAL_DATA") else {
        eprintln!("skipped: PLENARY_REAL_DATA names no folder");
        return;
    };
    let source = std::fs::read(std::path::Path::new(&folder).join("acl2020.json")).unwrap();
    let file = crate::format::read::read(&source).map_err(|faults| faults.to_string()).unwrap();
    let program = built(&file);
    nothing_changes(&program, &all(&program, Scope::Whole), true);
    nothing_changes(&program, &all(&program, Scope::Public), false);
    let bare = built(&ProgramFile { people: Vec::new(), panels: Vec::new(), ..file });
    let again = all(&program, Scope::Whole).over(&bare, false).unwrap();
    assert!(json(&built(&again)) == json(&program), "what is laid over nothing differs");
}
