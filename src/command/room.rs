//! Rooms and sessions' uses of them: where to join, and where it takes place.

use std::sync::Arc;

use entity::{room, session_room};
use uuid::Uuid;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning, edit};
use super::write::WriteError;
use super::{Fault, FaultCode};
use crate::format::read::is_address;
use crate::program::Program;
use crate::program::row::{RowChange, Table};

/// The most characters of a link.
const LONGEST: usize = 2_000;

/// A link as it may be stored: https only, without a user name. It is never repeated in a fault: it may be good but for
/// a letter.
///
/// # Errors
/// INVALID at `url`.
pub fn link(url: Option<String>) -> Result<Option<String>, Fault> {
    match url {
        Some(url) if url.len() > LONGEST => {
            Err(Fault::invalid("url", format!("A link has at most {LONGEST} characters.")))
        }
        Some(url) if !is_address(&url, &["https://"]) => Err(Fault::invalid(
            "url",
            "This is no address that begins with https:// and has no user name, spaces, quotes, angle brackets or \
             backslashes.",
        )),
        url => Ok(url),
    }
}

/// Sets a room's own link, or takes it away.
///
/// # Errors
/// NOT_FOUND, CONFLICT, INVALID; or the database's fault.
pub async fn set_room_link(desk: &Arc<Desk>, own: Edit, id: Uuid, url: Option<String>) -> Result<Edited, WriteError> {
    let url = link(url)?;
    edit(desk, own, move |program, planning| {
        let ix = program.place(Table::Room, id).ok_or_else(|| Fault::not_found("id", "There is no such room."))?;
        planning.unchanged(program.index.rooms[ix as usize].revision)?;
        let row = &*program.rows.rooms[ix as usize];
        let after = room::Model { link: url.clone(), ..row.clone() };
        Ok(Plan { changes: update(row, after), answers: id })
    })
    .await
}

/// Sets the link of a session in one of its rooms, or takes it away: then the room's own is used.
///
/// # Errors
/// NOT_FOUND, CONFLICT, INVALID; or the database's fault.
pub async fn set_session_room_link(
    desk: &Arc<Desk>,
    own: Edit,
    id: Uuid,
    url: Option<String>,
) -> Result<Edited, WriteError> {
    let url = link(url)?;
    edit(desk, own, move |program, planning| {
        let row = own_use(program, planning, id)?;
        let after = session_room::Model { link: url.clone(), ..row.clone() };
        Ok(Plan { changes: update(row, after), answers: id })
    })
    .await
}

/// Puts a session into a room, after those that it is in; with a link of its own, or without. Where it is there
/// already, only the link is set, if there is one.
///
/// # Errors
/// NOT_FOUND, CONFLICT, INVALID; or the database's fault.
pub async fn assign(
    desk: &Arc<Desk>,
    own: Edit,
    session: Uuid,
    room: Uuid,
    url: Option<String>,
) -> Result<Edited, WriteError> {
    let url = link(url)?;
    let new = desk.source.id();
    edit(desk, own, move |program, planning| {
        let no_session = || Fault::not_found("sessionId", "There is no such session.");
        let at = program.place(Table::Session, session).ok_or_else(no_session)?;
        if program.place(Table::Room, room).is_none() {
            return Err(Fault::not_found("roomId", "There is no such room."));
        }
        let index = &program.index.sessions[at as usize];
        planning.unchanged(index.revision)?;
        let uses = || index.session_rooms.iter().map(|ix| &*program.rows.session_rooms[*ix as usize]);
        if let Some(row) = uses().find(|row| row.room_id == room) {
            let link = url.clone().or_else(|| row.link.clone());
            return Ok(Plan { answers: row.id, changes: update(row, session_room::Model { link, ..row.clone() }) });
        }
        let row = session_room::Model {
            id: new,
            conference_id: program.id(),
            session_id: session,
            room_id: room,
            link: url.clone(),
            position: uses().map(|row| row.position).max().unwrap_or(0).saturating_add(1),
            revision: planning.revision,
        };
        Ok(Plan { changes: vec![RowChange::Insert(row.into())], answers: new })
    })
    .await
}

/// Takes a session out of a room. Slots that were in it are in the session still. Answers with the session.
///
/// # Errors
/// NOT_FOUND, CONFLICT; or the database's fault.
pub async fn remove(desk: &Arc<Desk>, own: Edit, id: Uuid) -> Result<Edited, WriteError> {
    edit(desk, own, move |program, planning| {
        let row = own_use(program, planning, id)?;
        let there = program.rows.slots.iter().filter(|slot| slot.session_room_id == Some(id));
        let mut changes: Vec<RowChange> = there
            .map(|slot| {
                let after = entity::slot::Model { session_room_id: None, ..entity::slot::Model::clone(slot) };
                RowChange::Update { before: entity::slot::Model::clone(slot).into(), after: after.into() }
            })
            .collect();
        changes.push(RowChange::Delete(row.clone().into()));
        Ok(Plan { changes, answers: row.session_id })
    })
    .await
}

fn own_use(program: &Program, planning: Planning, id: Uuid) -> Result<&session_room::Model, Fault> {
    let none = || Fault::new(FaultCode::NotFound, &["id"], "There is no such room of a session.");
    let ix = program.place(Table::SessionRoom, id).ok_or_else(none)?;
    planning.unchanged(program.index.session_rooms[ix as usize].revision)?;
    Ok(&program.rows.session_rooms[ix as usize])
}

/// One row's change; none if it stays as it is.
pub(super) fn update<M>(before: &M, after: M) -> Vec<RowChange>
where
    M: Clone + PartialEq + Into<crate::program::row::Row>,
{
    if *before == after {
        return Vec::new();
    }
    vec![RowChange::Update { before: before.clone().into(), after: after.into() }]
}
