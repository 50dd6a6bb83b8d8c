//! Programs without a database.

use std::sync::atomic::{AtomicU64, Ordering};

use plenary::command::import::{Terms, plan};
use plenary::db::{Loaded, Stamp};
use plenary::format::program_file::ProgramFile;
use plenary::program::Program;
use plenary::program::row::RowChange;
use uuid::Uuid;

/// The program that an import of this into an empty database makes, with ids that count up.
pub fn program(file: &ProgramFile) -> Program {
    let count = AtomicU64::new(1);
    let next = || count.fetch_add(1, Ordering::Relaxed);
    let id = || uuid::Builder::from_unix_timestamp_millis(next(), &[7; 10]).into_uuid();
    let (conference, now) = (Uuid::from_u128(1), chrono::DateTime::UNIX_EPOCH);
    let terms = Terms { conference, revision: 1, now, id: &id, prune: false, draft: false };
    let insert = |change| match change {
        RowChange::Insert(row) => row,
        other => panic!("not new: {other:?}"),
    };
    let rows = plan(None, file, &terms).unwrap().changes.into_iter().map(insert).collect();
    Program::build(Loaded { rows, stamp: Stamp { revision: 1, tag: 1 }, tail: Default::default() }).unwrap()
}
