//! What writing a program costs beside serialising the same rows with serde_json, for each format:
//! `cargo bench --bench exports`. Medians of interleaved rounds; the bar is a ratio of 3.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and stops at the first surprise")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use plenary::clock::{Source, System};
use plenary::command::import::{Terms, plan};
use plenary::db::{Loaded, Stamp};
use plenary::format::Scope;
use plenary::format::output::OutputFormat;
use plenary::format::table::TableKind;
use plenary::generate::{self, generate};
use plenary::program::Program;
use plenary::program::row::{Row, RowChange, Rows};

const ROUNDS: usize = 21;

fn main() {
    let size = generate::Options { panels: 1_300, papers: 10_000, people: 15_000, seed: 1, slug: "bench".into() };
    let program = program(&generate(&size));
    println!("{:>14}  {:>8}  {:>10}  {:>10}  {:>6}", "format", "bytes", "written", "serde_json", "ratio");
    for format in OutputFormat::ALL {
        let (mut written, mut serialised, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let mut out = Vec::new();
            format.write(&program, Scope::Public, "https://plenary.example", &mut out);
            bytes = black_box(out).len();
            written.push(begun.elapsed());
            let begun = Instant::now();
            black_box(rows(&program, format));
            serialised.push(begun.elapsed());
        }
        let (written, serialised) = (median(written), median(serialised));
        let ratio = written.as_secs_f64() / serialised.as_secs_f64();
        println!("{:>14}  {bytes:>8}  {written:>10.2?}  {serialised:>10.2?}  {ratio:>6.2}", format.name());
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The rows that a format is of, as serde_json has them.
fn rows(program: &Program, format: OutputFormat) -> Vec<Vec<u8>> {
    let rows = &program.rows;
    macro_rules! of {
        ($($table:ident),+) => { vec![$(serde_json::to_vec(&rows.$table[..]).unwrap()),+] };
    }
    match format {
        OutputFormat::Table(TableKind::Panels) => of!(panels),
        OutputFormat::Table(TableKind::People) => of!(people),
        OutputFormat::Table(TableKind::Papers) => of!(papers, authorships),
        OutputFormat::Table(TableKind::Sessions) => of!(sessions, session_rooms, slots),
        OutputFormat::Table(TableKind::Roles) => of!(participations),
        OutputFormat::Program => of!(
            conference,
            tracks,
            rooms,
            people,
            panels,
            papers,
            sessions,
            session_rooms,
            slots,
            participations,
            authorships
        ),
    }
}

/// A program as it would be loaded after an import into an empty database.
fn program(file: &plenary::format::program_file::ProgramFile) -> Program {
    let source = System;
    let terms = Terms {
        conference: source.id(),
        revision: 1,
        now: source.now(),
        id: &|| source.id(),
        prune: false,
        draft: false,
    };
    let mut rows = Rows::default();
    for change in plan(None, file, &terms).unwrap().changes {
        let RowChange::Insert(row) = change else { continue };
        match row {
            Row::Conference(row) => rows.conference.make_mut().push(row),
            Row::Track(row) => rows.tracks.make_mut().push(row),
            Row::Room(row) => rows.rooms.make_mut().push(row),
            Row::Person(row) => rows.people.make_mut().push(row),
            Row::PersonMerge(row) => rows.person_merges.make_mut().push(row),
            Row::Release(row) => rows.releases.make_mut().push(row),
            Row::Panel(row) => rows.panels.make_mut().push(row),
            Row::Paper(row) => rows.papers.make_mut().push(row),
            Row::Session(row) => rows.sessions.make_mut().push(row),
            Row::SessionRoom(row) => rows.session_rooms.make_mut().push(row),
            Row::Slot(row) => rows.slots.make_mut().push(row),
            Row::Participation(row) => rows.participations.make_mut().push(row),
            Row::Authorship(row) => rows.authorships.make_mut().push(row),
            Row::Announcement(row) => rows.announcements.make_mut().push(row),
        }
    }
    Program::build(Loaded { rows: rows.sorted(), stamp: Stamp { revision: 1, tag: 1 }, tail: Default::default() })
        .unwrap()
}
