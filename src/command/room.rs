//! Rooms and sessions' uses of them: where to join, and where it takes place.

use std::sync::Arc;

use chrono::NaiveDate;
use entity::enums::RoomKind;
use entity::{room, session, session_room};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning, edit};
use super::field::{Check, Length, fields};
use super::program::{deletions, found, in_use, insert, other_with, room_for, updates};
use super::write::WriteError;
use super::{Fault, FaultCode, place};
use crate::format::read::is_address;
use crate::program::Program;
use crate::program::row::{RowChange, Table};
use crate::program::working::Working;

/// The most characters of a link.
const LONGEST: usize = 2_000;

fields! {
    /// A room's fields.
    RoomFields {
        /// The source's own identifier; unique in the conference.
        key: String,
        /// Printed name.
        name: String,
        /// Walls or not.
        kind: RoomKind,
        /// Seats.
        capacity: i32,
        /// Where to join.
        url: String,
        /// Its place among the rooms, from 1.
        position: i32,
    }
}

/// Which two rooms change their sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Swap {
    /// One room.
    pub first: Uuid,
    /// The other.
    pub second: Uuid,
    /// Only sessions of this date.
    pub date: Option<NaiveDate>,
    /// Only these sessions.
    pub sessions: Option<Vec<Uuid>>,
}

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
            return Err(Fault::not_found("roomId", "There is no such room.").into());
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

/// A new room, last unless a place is given.
pub(super) fn create(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &RoomFields,
) -> Result<Plan, Vec<Fault>> {
    room_for::<room::Model>(program)?;
    let blank = room::Model {
        id,
        conference_id: program.id(),
        key: id.to_string(),
        name: String::new(),
        kind: RoomKind::Physical,
        capacity: None,
        link: None,
        position: 0,
        revision: planning.revision,
    };
    let (row, moved) = given(program, blank, fields)?;
    let mut plan = insert(row);
    plan.changes.extend(moved);
    Ok(plan)
}

/// A room with other fields.
pub(super) fn update_room(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &RoomFields,
) -> Result<Plan, Vec<Fault>> {
    let before = found::<room::Model>(program, planning, "id", id)?;
    let (after, moved) = given(program, before.clone(), fields)?;
    let mut changes = updates(before, after);
    changes.extend(moved);
    Ok(Plan { changes, answers: id })
}

/// Without a room that no session is in.
pub(super) fn delete(program: &Working<'_>, planning: &Planning, id: Uuid) -> Result<Plan, Vec<Fault>> {
    let row = found::<room::Model>(program, planning, "id", id)?;
    let sessions = program.children::<session_room::Model>(Table::Room, id).len();
    let mend = "put them into another room (swapRooms, assignSessionRoom) or out of it (removeSessionRoom) first.";
    in_use("The room", &[(sessions, "session")], mend)?;
    Ok(Plan { changes: deletions([row]), answers: id })
}

/// The sessions of one room into another, and the other way about. Links that a session has of its own go with it. One
/// that is in both rooms stays.
pub(super) fn swap(program: &Working<'_>, planning: &Planning, swap: &Swap) -> Result<Plan, Vec<Fault>> {
    let Swap { first, second, date, sessions } = swap;
    found::<room::Model>(program, planning, "firstId", *first)?;
    found::<room::Model>(program, planning, "secondId", *second)?;
    let mut check = Check::default();
    if first == second {
        check.invalid("secondId", "This is the same room; give another.");
    }
    let listed = sessions.as_deref().unwrap_or_default();
    check.within(&["sessionIds"]);
    if let Some(at) = place::twice(listed.iter().copied()) {
        check.invalid(&at.to_string(), "This is in the list twice; keep one.");
    }
    let uses = |room: Uuid| program.children::<session_room::Model>(Table::Room, room);
    let (from_first, from_second) = (uses(*first), uses(*second));
    let is_in = |uses: &[&session_room::Model], session: Uuid| uses.iter().any(|own| own.session_id == session);
    for (at, id) in listed.iter().enumerate() {
        if program.get::<session::Model>(*id).is_none() {
            check.not_found(&at.to_string(), "There is no such session.");
        } else if !is_in(&from_first, *id) && !is_in(&from_second, *id) {
            check.invalid(&at.to_string(), "This session is in neither room.");
        }
    }
    check.done()?;
    let mut changes = Vec::new();
    for (own, other, to) in [(&from_first, &from_second, *second), (&from_second, &from_first, *first)] {
        for row in own {
            let on = program.get::<session::Model>(row.session_id).and_then(|session| session.date);
            let meant = sessions.as_ref().is_none_or(|list| list.contains(&row.session_id))
                && date.is_none_or(|date| on == Some(date));
            if !meant || is_in(other, row.session_id) {
                continue;
            }
            if let Some(revision) = program.base().effective(Table::SessionRoom, row.id) {
                planning.unchanged(revision)?;
            }
            changes.extend(updates(*row, session_room::Model { room_id: to, ..(*row).clone() }));
        }
    }
    Ok(Plan { changes, answers: *first })
}

fn given(
    program: &Working<'_>,
    before: room::Model,
    fields: &RoomFields,
) -> Result<(room::Model, Vec<RowChange>), Vec<Fault>> {
    let RoomFields { key, name, kind, capacity, url, position } = fields.clone();
    let mut check = Check::default();
    let mut row = before;
    if key.is_some() {
        check.text("key", key, Length::Key, &mut row.key);
        if other_with::<room::Model>(program, row.id, |other| other.key == row.key).is_some() {
            check.say(FaultCode::Taken, "key", "Another room has this key; take another.");
        }
    }
    check.text("name", name, Length::Long, &mut row.name);
    check.value("kind", kind, &mut row.kind);
    if let Some(capacity) = capacity {
        if capacity.is_some_and(|capacity| capacity < 0) {
            check.invalid("capacity", "A room has 0 seats or more; null is not known.");
        }
        row.capacity = capacity;
    }
    if let Some(url) = url {
        match link(url) {
            Ok(url) => row.link = url,
            Err(fault) => check.say(fault.code, "url", fault.message),
        }
    }
    let mut at = 1;
    check.value("position", position, &mut at);
    if at < 1 {
        check.invalid("position", "Places are counted from 1.");
    }
    check.done()?;
    let is_new = program.get::<room::Model>(row.id).is_none();
    let mut moved = Vec::new();
    if is_new || position.is_some() {
        let list: Vec<_> = program.all::<room::Model>().map(|room| (room.id, room.position)).collect();
        for (id, position) in place::put(&list, row.id, position.flatten()) {
            if id == row.id {
                row.position = position;
            } else if let Some(other) = program.get::<room::Model>(id) {
                moved.extend(updates(other, room::Model { position, ..other.clone() }));
            }
        }
    }
    Ok((row, moved))
}
