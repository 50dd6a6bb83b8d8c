//! Applying an upload: planned once more, under the lock, on exactly the program that is there, and committed as one
//! revision with which the upload goes.

use std::sync::Arc;

use uuid::Uuid;

use super::{How, NO_PREVIEW, gone, planned, terms, told, understand};
use crate::command::desk::Desk;
use crate::command::edit::{Attempt, Edit, Edited, Inside, ended, program_at, settled};
use crate::command::write::{SITE, Write, WriteError};
use crate::command::{Fault, FaultCode};
use crate::db::Database;
use crate::error::AppError;
use crate::format::fault;
use crate::format::input::{self, Understood};
use crate::program::Program;
use crate::program::row::{RowChange, Table};

/// An upload, read.
struct Ready {
    how: How,
    /// What the conference had to say to the reading.
    terms: input::Terms,
    read: Result<Understood, Vec<fault::Fault>>,
}

/// Applies an upload: all that it does as one revision, of which the user is the author.
///
/// # Errors
/// NOT_FOUND if it is not there any more; CONFLICT if the program is newer than the revision that was expected; INVALID,
/// each fault of the file with its place; or the database's fault.
pub async fn apply(desk: &Arc<Desk>, own: Edit, id: Uuid) -> Result<Edited, WriteError> {
    let conference = own.conference;
    desk.write(conference, move |desk| {
        let own = own.clone();
        async move {
            // When it is its turn and not before: those that wait hold no file.
            let _place = desk.applying.acquire().await.map_err(AppError::internal)?;
            let ready = ready(&desk, conference, id).await?;
            settled(&desk, conference, |with_site| attempt(&desk, &own, id, ready.as_ref(), with_site)).await
        }
    })
    .await
}

/// Reads it, before anything is locked; `None` if it is not there any more.
async fn ready(desk: &Desk, conference: Uuid, id: Uuid) -> Result<Option<Arc<Ready>>, WriteError> {
    let Some((row, bytes)) = desk.database.import_file(conference, id, desk.source.now()).await? else {
        return Ok(None);
    };
    let program = desk.programs.program(conference).await?.ok_or_else(|| gone("It is no longer there."))?;
    let reading = tokio::task::spawn_blocking(move || {
        let how = How::of(&row);
        let (format, terms) = terms(&how, &program);
        let read = understand(&bytes, (format, &terms));
        Arc::new(Ready { how, terms, read })
    });
    Ok(Some(reading.await.map_err(AppError::internal)?))
}

async fn attempt(
    desk: &Arc<Desk>,
    own: &Edit,
    id: Uuid,
    ready: Option<&Arc<Ready>>,
    with_site: bool,
) -> Result<Attempt, WriteError> {
    let scopes: &[Uuid] = if with_site { &[SITE, own.conference] } else { &[own.conference] };
    let mut write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), scopes).await?;
    let inside = within(desk, own, id, ready, with_site, &mut write).await;
    ended(write, inside).await
}

async fn within(
    desk: &Arc<Desk>,
    own: &Edit,
    id: Uuid,
    ready: Option<&Arc<Ready>>,
    with_site: bool,
    write: &mut Write,
) -> Result<Inside, WriteError> {
    if let Some(before) = write.replay(own.once.as_ref()).await? {
        return Ok(Inside::Answered(serde_json::from_str(&before).map_err(AppError::internal)?));
    }
    // Under the conference's lock: of two who apply it at once, one finds it.
    let taken = Database::take_import(write.at(), own.conference, id, write.now()).await?;
    let ready = ready.filter(|_| taken).ok_or_else(|| gone(NO_PREVIEW))?;
    let (before, after) = write.stamps(own.conference).ok_or_else(|| AppError::internal("no scope is locked"))?;
    if let Some(expected) = own.expected.filter(|expected| before.revision > *expected) {
        let message = format!(
            "The program is at revision {}, and you read revision {expected}. Look at the preview as it is now, and \
             decide.",
            before.revision
        );
        return Err(Fault::new(FaultCode::Conflict, &["expectedRevision"], message).into());
    }
    let program = program_at(desk, write.at(), own.conference, before).await?;
    let changes = plan(desk, ready, &program, (after.revision, write.now())).await?;
    let own_row = changes.iter().any(|change| change.table() == Table::Conference);
    if own_row && !with_site {
        return Ok(Inside::NeedsSite);
    }
    if own_row {
        write.note(Table::Conference.name(), own.conference);
    }
    let stamp = if changes.is_empty() { before } else { after };
    write.rows(own.conference, changes).await?;
    let edited = Edited::at(stamp, own.conference);
    write.keep(own.once.as_ref(), serde_json::to_string(&edited).map_err(AppError::internal)?).await?;
    Ok(Inside::Planned(edited))
}

/// Plans on a thread of its own: a large file takes longer than others who are served by this one should wait.
async fn plan(
    desk: &Desk,
    ready: &Arc<Ready>,
    program: &Arc<Program>,
    at: (i64, chrono::DateTime<chrono::Utc>),
) -> Result<Vec<RowChange>, WriteError> {
    let (ready, program, source) = (Arc::clone(ready), Arc::clone(program), Arc::clone(&desk.source));
    let planning = tokio::task::spawn_blocking(move || {
        let Ready { how, terms: read_with, read } = &*ready;
        if terms(how, &program).1 != *read_with {
            let message = "the conference's slug or time zone has been changed this moment; try again";
            return Err(vec![fault::Fault { pointer: "/conference".into(), message: message.into() }]);
        }
        let understood = read.as_ref().map_err(Clone::clone)?;
        planned(&program, &understood.input, how.prune, at, &*source)
    });
    let planned = planning.await.map_err(AppError::internal)?;
    let planned = planned.map_err(|faults| faults.iter().take(fault::MOST_FAULTS).map(refused).collect::<Vec<_>>())?;
    Ok(planned.changes)
}

/// A fault of the file as one of the mutation.
fn refused(fault: &fault::Fault) -> Fault {
    let told::Note { place, message } = told::note(fault);
    let place = if place.is_empty() { "The file".to_owned() } else { place };
    Fault::invalid("id", format!("{place}: {message}."))
}
