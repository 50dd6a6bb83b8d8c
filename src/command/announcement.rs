//! Notices to everybody.

use std::sync::Arc;

use entity::announcement;
use uuid::Uuid;

use super::Fault;
use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, edit};
use super::write::WriteError;
use crate::program::row::{RowChange, Table};

/// The most characters of a notice.
pub const LONGEST: usize = 2_000;

/// Says something to everybody, on the whole conference or on one session.
///
/// # Errors
/// NOT_FOUND, INVALID; or the database's fault.
pub async fn announce(desk: &Arc<Desk>, own: Edit, session: Option<Uuid>, text: String) -> Result<Edited, WriteError> {
    let text = text.trim().to_owned();
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.is_empty() {
        return Err(Fault::invalid("text", "A notice says something; this one is empty.").into());
    }
    if text.chars().count() > LONGEST || text.chars().any(strange) {
        let message = format!("A notice has at most {LONGEST} characters, and no control characters.");
        return Err(Fault::invalid("text", message).into());
    }
    let id = desk.source.id();
    edit(desk, own, move |program, planning| {
        if let Some(session) = session {
            let none = || Fault::not_found("sessionId", "There is no such session.");
            program.place(Table::Session, session).ok_or_else(none)?;
        }
        let row = announcement::Model {
            id,
            conference_id: program.id(),
            session_id: session,
            text: text.clone(),
            at: planning.now,
            revision: planning.revision,
        };
        Ok(Plan { changes: vec![RowChange::Insert(row.into())], answers: id })
    })
    .await
}
