//! Papers' places in sessions.

use std::sync::Arc;

use chrono::NaiveTime;
use entity::slot;
use uuid::Uuid;

use super::Fault;
use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, edit};
use super::room::update;
use super::write::WriteError;
use crate::program::row::{RowChange, Table};
use crate::program::zone::TimeFault;

/// The longest slot, in minutes: a day.
const LONGEST: i32 = 1_440;

/// Where a slot is to go; what is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Move {
    /// Into another session.
    pub session: Option<Uuid>,
    /// To this place in it, from 1; beyond the last: the last.
    pub position: Option<i32>,
    /// To this time; `Some(None)`: without a time of its own.
    pub start: Option<Option<NaiveTime>>,
    /// For so long; `Some(None)`: not said.
    pub minutes: Option<Option<i32>>,
    /// In this room of the session; `Some(None)`: in none in particular.
    pub session_room: Option<Option<Uuid>>,
}

/// Moves a paper's place: within its session or into another.
///
/// The others of the session are numbered anew around it. In another session it keeps neither its time nor its room,
/// unless these are given.
///
/// # Errors
/// NOT_FOUND, CONFLICT, INVALID; or the database's fault.
pub async fn move_slot(desk: &Arc<Desk>, own: Edit, id: Uuid, to: Move) -> Result<Edited, WriteError> {
    edit(desk, own, move |program, planning| {
        let ix = program.place(Table::Slot, id).ok_or_else(|| Fault::not_found("id", "There is no such slot."))?;
        planning.unchanged(program.index.slots[ix as usize].revision)?;
        let row = &*program.rows.slots[ix as usize];
        let session_id = to.session.unwrap_or(row.session_id);
        let none = || Fault::not_found("sessionId", "There is no such session.");
        let session = program.place(Table::Session, session_id).ok_or_else(none)?;
        let moves = session_id != row.session_id;
        if moves {
            planning.unchanged(program.index.sessions[session as usize].revision)?;
        }
        let own_time = if moves { None } else { row.start_time };
        let own_room = if moves { None } else { row.session_room_id };
        let start_time = to.start.unwrap_or(own_time);
        let minutes = to.minutes.unwrap_or(row.minutes);
        let session_room_id = to.session_room.unwrap_or(own_room);
        if minutes.is_some_and(|minutes| !(1..=LONGEST).contains(&minutes)) {
            return Err(Fault::invalid("minutes", format!("A slot lasts from 1 to {LONGEST} minutes.")));
        }
        if let Some(id) = session_room_id {
            let there = program.place(Table::SessionRoom, id).map(|ix| &program.rows.session_rooms[ix as usize]);
            if there.is_none_or(|there| there.session_id != session_id) {
                return Err(Fault::not_found("sessionRoomId", "The session is in no such room."));
            }
        }
        let own = &program.rows.sessions[session as usize];
        if let Some(time) = start_time {
            let (Some(date), Some(times)) = (own.date, program.index.sessions[session as usize].times) else {
                let message = "The session has no time yet; give it one first (scheduleSession).";
                return Err(Fault::invalid("startTime", message));
            };
            program.zone.slot(date, &times, time).map_err(|fault| {
                let message = match fault {
                    TimeFault::OutsideSession => "This time is outside the session.",
                    TimeFault::Gap => "Clocks are set forward over that time: it does not exist.",
                    TimeFault::OutOfRange => "This time can't be computed with.",
                };
                Fault::invalid("startTime", message)
            })?;
        }
        if to.position.is_some_and(|position| position < 1) {
            return Err(Fault::invalid("position", "Places are counted from 1."));
        }
        // Those around it, in their order; without a word it stays where it is, or comes last in another session.
        let others: Vec<&slot::Model> = program.index.sessions[session as usize]
            .slots
            .iter()
            .map(|ix| &*program.rows.slots[*ix as usize])
            .filter(|other| other.id != id)
            .collect();
        let stays = others.iter().filter(|other| other.position < row.position).count();
        let place = match to.position {
            Some(position) => usize::try_from(position - 1).unwrap_or(0).min(others.len()),
            None if moves => others.len(),
            None => stays,
        };
        let reorders = moves || place != stays;
        let number = |place: usize| i32::try_from(place).unwrap_or(i32::MAX).saturating_add(1);
        let mut changes = Vec::new();
        if reorders {
            for (at, other) in others.iter().enumerate() {
                let position = number(if at < place { at } else { at + 1 });
                changes.extend(update(*other, slot::Model { position, ..(*other).clone() }));
            }
        }
        let position = if reorders { number(place) } else { row.position };
        let after = slot::Model { session_id, position, start_time, minutes, session_room_id, ..row.clone() };
        let own: Vec<RowChange> = update(row, after);
        changes.extend(own);
        Ok(Plan { changes, answers: id })
    })
    .await
}
