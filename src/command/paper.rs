//! Whether papers are given.

use std::sync::Arc;

use entity::enums::PaperStatus;
use entity::paper;
use uuid::Uuid;

use super::Fault;
use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, edit};
use super::room::update;
use super::write::WriteError;
use crate::program::row::Table;

/// Withdraws a paper, or takes that back. It stays on the program with its status.
///
/// # Errors
/// NOT_FOUND, CONFLICT; or the database's fault.
pub async fn set_status(desk: &Arc<Desk>, own: Edit, id: Uuid, status: PaperStatus) -> Result<Edited, WriteError> {
    edit(desk, own, move |program, planning| {
        let ix = program.place(Table::Paper, id).ok_or_else(|| Fault::not_found("id", "There is no such paper."))?;
        planning.unchanged(program.index.papers[ix as usize].revision)?;
        let row = &*program.rows.papers[ix as usize];
        let after = paper::Model { status, ..row.clone() };
        Ok(Plan { changes: update(row, after), answers: id })
    })
    .await
}
