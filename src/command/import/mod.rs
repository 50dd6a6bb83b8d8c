//! Importing a file: the difference between the program found and the program in the file, as one revision.

mod plan;
mod positions;
mod report;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::DbErr;
use uuid::Uuid;

pub use plan::{Planned, Terms, plan};
pub(super) use positions::positions;
pub use report::{Entry, Mark, Noun, Report};

use super::commit::{CommitError, Committed, Committer, Target};
use crate::clock::Source;
use crate::db::{Database, Stamp};
use crate::format::fault::Fault;
use crate::format::input::Input;
use crate::program::Program;

/// How an import is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Only say what would be done.
    pub dry_run: bool,
    /// Remove what the file no longer has.
    pub prune: bool,
    /// Make a new conference a draft.
    pub draft: bool,
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What was, or would be, done.
    pub report: Report,
    /// The conference's state; `None` after a dry run of a new one.
    pub stamp: Option<Stamp>,
    /// How many rows were written.
    pub rows: usize,
}

/// Imports what a file says. The slug finds the conference, or a new one is made. A table is laid over exactly the
/// program that is changed, under its lock.
///
/// # Errors
/// [`CommitError::Refused`] with all faults; nothing is written then.
pub async fn import(
    committer: &Committer<'_>,
    input: &Input,
    options: Options,
) -> Result<Imported, CommitError<Vec<Fault>>> {
    let database = committer.database;
    let Some(slug) = input.slug() else {
        let message = "the file does not say which conference it is for; give the conference's slug";
        return Err(CommitError::Refused(vec![Fault { pointer: String::new(), message: message.into() }]));
    };
    let found = Database::conference_id(database.reader(), slug).await?;
    if options.dry_run {
        return preview(committer, input, options, found).await;
    }
    match run(committer, input, options, found).await {
        // Somebody made the conference between our look and our write: it is there now.
        Err(CommitError::Database(error)) if found.is_none() && is_taken(&error) => {
            let found = Database::conference_id(database.reader(), slug).await?;
            run(committer, input, options, found).await
        }
        other => other,
    }
}

async fn run(
    committer: &Committer<'_>,
    input: &Input,
    options: Options,
    found: Option<Uuid>,
) -> Result<Imported, CommitError<Vec<Fault>>> {
    let conference = found.unwrap_or_else(|| committer.source.id());
    let source = Arc::clone(committer.source);
    // The plan may run again; what the last run said is what was committed.
    let said = Mutex::new((Report::default(), 0));
    let target = found.map_or(Target::New(conference), Target::Existing);
    let committed = committer
        .commit(target, |program, planning| {
            let terms = Terms {
                conference,
                revision: planning.revision,
                now: planning.now,
                id: &|| source.id(),
                prune: options.prune,
                draft: options.draft,
            };
            let file = input.over(program, options.prune)?;
            let Planned { changes, report } = plan(program, &file, &terms)?;
            *said.lock().unwrap_or_else(PoisonError::into_inner) = (report, changes.len());
            Ok(changes)
        })
        .await?;
    let (report, rows) = said.into_inner().unwrap_or_else(PoisonError::into_inner);
    let stamp = match committed {
        Committed::Unchanged(stamp) | Committed::Revision(stamp) => stamp,
    };
    Ok(Imported { report, stamp: Some(stamp), rows })
}

async fn preview(
    committer: &Committer<'_>,
    input: &Input,
    options: Options,
    found: Option<Uuid>,
) -> Result<Imported, CommitError<Vec<Fault>>> {
    let loaded = match found {
        Some(id) => committer.database.load_program(id).await?,
        None => None,
    };
    let program = loaded.map(Program::build).transpose().map_err(|torn| CommitError::Torn(torn.0))?;
    preview_over(program.as_ref(), committer.source, input, options).map_err(CommitError::Refused)
}

/// What an import over this program, or of a new conference, would do.
///
/// # Errors
/// All faults of a file that does not fit what is kept.
pub fn preview_over(
    found: Option<&Program>,
    source: &Arc<dyn Source>,
    input: &Input,
    options: Options,
) -> Result<Imported, Vec<Fault>> {
    let stamp = found.map(|program| program.stamp);
    let terms = Terms {
        conference: found.map_or_else(|| source.id(), Program::id),
        revision: stamp.map_or(1, |stamp| stamp.revision + 1),
        now: source.now(),
        id: &|| source.id(),
        prune: options.prune,
        draft: options.draft,
    };
    let file = input.over(found, options.prune)?;
    let Planned { report, changes } = plan(found, &file, &terms)?;
    Ok(Imported { report, stamp, rows: changes.len() })
}

fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
