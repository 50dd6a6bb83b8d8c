//! From a conference's log to what its webhooks are told.

use std::sync::Arc;

use entity::webhook;

use crate::command::desk::Desk;
use crate::command::webhook::{events, move_on};
use crate::command::write::WriteError;
use crate::db::{Database, Stamp};
use crate::error::AppError;
use crate::graphql::payload::changes;
use crate::webhook::MOST_WAITING;

/// Moves a webhook on to the state of its conference, writing down what it is to be told of the way there. Several
/// revisions that have come since are one delivery. Nothing is done if so much waits for it that more would be of no use:
/// then the log keeps it.
///
/// # Errors
/// If the database can't be reached, or the program is torn.
pub(super) async fn step(desk: &Arc<Desk>, own: webhook::Model) -> Result<(), WriteError> {
    if Database::deliveries_waiting(desk.database.reader(), own.id).await? >= MOST_WAITING {
        return Ok(());
    }
    let conference = own.conference_id;
    // It may be held here as it was before, also as what was since played back over.
    if desk.programs.program(conference).await?.is_none() {
        return Ok(());
    }
    desk.programs.look_at(&[conference]).await?;
    let Some(program) = desk.programs.program(conference).await? else { return Ok(()) };
    let (since, now) = (Stamp { revision: own.revision, tag: own.tag }, program.stamp);
    if since == now {
        return Ok(());
    }
    let mut log = desk.database.log_after(conference, since).await?;
    if let Some(log) = &mut log {
        log.retain(|entry| entry.stamp.revision <= now.revision);
        if log.last().is_none_or(|last| last.stamp != now) {
            // The database is elsewhere by now: the next look finds it.
            return Ok(());
        }
    }
    let (at, wanted) = (desk.source.now(), events(&own));
    let telling = move || changes(&program, since.revision, log.as_deref(), wanted.as_deref(), at);
    // Reading thousands of rows of a log is work for a thread that serves no sockets.
    let told = tokio::task::spawn_blocking(telling).await.map_err(AppError::internal)?;
    let told = told.map_err(AppError::internal)?;
    let webhook = own.id;
    if move_on(desk, own, now, told).await? {
        tracing::debug!(%webhook, from = since.revision, revision = now.revision, "a webhook is to be told");
    }
    Ok(())
}
