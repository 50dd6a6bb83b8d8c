//! Taking a revision back: the inverse of its row changes, as a new revision. What came later stays, and where it is in
//! the way nothing is done.

use std::sync::Arc;

use entity::conference;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning, edit};
use super::program::noun;
use super::whole::whole;
use super::write::WriteError;
use super::{Fault, FaultCode};
use crate::error::AppError;
use crate::program::row::{Row, RowChange};
use crate::program::working::Working;

/// How many things that are in the way are told.
const TOLD: usize = 5;

/// Takes a revision back.
///
/// # Errors
/// NOT_FOUND if there is no such revision, or it is no longer kept; CONFLICT if something newer is in the way; INVALID if
/// it made the conference; or the database's fault.
pub async fn undo(desk: &Arc<Desk>, own: Edit, revision: i64) -> Result<Edited, WriteError> {
    let log = desk.database.revision(own.conference, revision).await?;
    if log.is_empty() {
        let message = "There is no such revision, or it is no longer kept (`history.keep_days`).";
        return Err(Fault::not_found("revision", message).into());
    }
    let mut changes = Vec::with_capacity(log.len());
    for entry in log {
        changes.push(entry.change().map_err(|torn| AppError::internal(torn.0))?);
    }
    let answers = own.conference;
    edit(desk, own, move |program, planning| {
        let mut program = Working::of(program);
        let inverse = inverse(&program, &planning, &changes)?;
        program.apply(inverse.clone());
        whole(&program, &inverse).map_err(|what| {
            let message = format!("What came later is in the way: {what} Undo that first, or change it by hand.");
            Fault::new(FaultCode::Conflict, &["revision"], message)
        })?;
        Ok(Plan { changes: inverse, answers })
    })
    .await
}

/// The changes that take these back, the last first.
///
/// # Errors
/// CONFLICT for each row that is no longer as they have left it.
pub(super) fn inverse(
    program: &Working<'_>,
    planning: &Planning,
    changes: &[RowChange],
) -> Result<Vec<RowChange>, Vec<Fault>> {
    let mut inverse = Vec::with_capacity(changes.len());
    let mut faults = Vec::new();
    for change in changes.iter().rev() {
        let now = program.row(change.table(), change.id());
        match (change, now) {
            (RowChange::Insert(Row::Conference(_)), _) => {
                let message = "This revision made the conference; to take that back, delete it (deleteConference).";
                return Err(Fault::invalid("revision", message).into());
            }
            (RowChange::Insert(after), Some(now)) if same(&now, after) => inverse.push(RowChange::Delete(now)),
            (RowChange::Update { before, after }, Some(now)) if same(&now, after) => {
                let restored = restored(before.clone(), &now, planning);
                if !same(&now, &restored) {
                    inverse.push(RowChange::Update { before: now, after: restored });
                }
            }
            (RowChange::Delete(before), None) => inverse.push(RowChange::Insert(before.clone())),
            // It is as it was before already.
            (RowChange::Insert(_), None) => {}
            (RowChange::Update { before, .. } | RowChange::Delete(before), Some(now)) if same(&now, before) => {}
            (_, now) => {
                let what = noun(change.table());
                let message = match now {
                    Some(now) => format!(
                        "A {what} was changed later, in revision {}. Undo that first, or change it by hand.",
                        now.revision()
                    ),
                    None => format!("A {what} was deleted later. Undo that first, or change it by hand."),
                };
                if faults.len() < TOLD {
                    faults.push(Fault::new(FaultCode::Conflict, &["revision"], message));
                }
            }
        }
    }
    if faults.is_empty() { Ok(inverse) } else { Err(faults) }
}

/// Whether two rows say the same, whichever revisions wrote them.
fn same(one: &Row, other: &Row) -> bool {
    plain(one) == plain(other)
}

fn plain(row: &Row) -> Row {
    match row.clone().at(0) {
        Row::Conference(row) => {
            let row = conference::Model { links_revision: 0, zone_revision: 0, ..conference::Model::clone(&row) };
            row.into()
        }
        row => row,
    }
}

/// A row as it was, but for what never goes down.
fn restored(before: Row, now: &Row, planning: &Planning) -> Row {
    match (before, now) {
        (Row::Conference(before), Row::Conference(now)) => {
            let mut row = conference::Model::clone(&before);
            let links = |row: &conference::Model| (row.link_audience, row.links_open_at, row.links_open);
            row.links_revision = if links(&row) == links(now) { now.links_revision } else { planning.revision };
            row.zone_revision = if row.time_zone == now.time_zone { now.zone_revision } else { planning.revision };
            row.into()
        }
        (before, _) => before,
    }
}
