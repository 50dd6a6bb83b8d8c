//! Papers' places in sessions.

use std::sync::Arc;

use chrono::NaiveTime;
use entity::{paper, session, session_room, slot};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning, edit};
use super::field::Check;
use super::program::{deletions, found, updates};
use super::role::{full, number};
use super::room::update;
use super::write::WriteError;
use super::{Fault, place};
use crate::program::row::{RowChange, Table};
use crate::program::working::Working;
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
        let paper = program.index.slots[ix as usize].paper;
        if program.index.sessions[session as usize].panel != program.index.papers[paper as usize].panel {
            let message = "This session is another panel's; a session gives papers of its own panel. Move the paper \
                           there first (movePaper).";
            return Err(Fault::invalid("sessionId", message).into());
        }
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
            return Err(Fault::invalid("minutes", format!("A slot lasts from 1 to {LONGEST} minutes.")).into());
        }
        if let Some(id) = session_room_id {
            let there = program.place(Table::SessionRoom, id).map(|ix| &program.rows.session_rooms[ix as usize]);
            if there.is_none_or(|there| there.session_id != session_id) {
                return Err(Fault::not_found("sessionRoomId", "The session is in no such room.").into());
            }
        }
        let own = &program.rows.sessions[session as usize];
        if let Some(time) = start_time {
            let (Some(date), Some(times)) = (own.date, program.index.sessions[session as usize].times) else {
                let message = "The session has no time yet; give it one first (scheduleSession).";
                return Err(Fault::invalid("startTime", message).into());
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
            return Err(Fault::invalid("position", "Places are counted from 1.").into());
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

/// A paper's place, as a whole list of them is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// Its id, if it is new.
    pub id: Uuid,
    /// Which paper.
    pub paper: Uuid,
    /// When it starts.
    pub start: Option<NaiveTime>,
    /// For so long.
    pub minutes: Option<i32>,
    /// In this room of the session.
    pub session_room: Option<Uuid>,
}

/// Says which papers are given in a session, in running order. A paper that is there already keeps its slot.
pub(super) fn set_slots(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    slots: &[Entry],
) -> Result<Plan, Vec<Fault>> {
    let own = found::<session::Model>(program, planning, "sessionId", id)?;
    let zone = &program.base().zone;
    let times = match (own.date, own.start_time) {
        (Some(date), Some(start)) => zone.session(date, start, own.end_time, own.fold).ok().map(|times| (date, times)),
        _ => None,
    };
    let mut check = Check::default();
    full(&mut check, "slots", slots.len());
    if let Some(at) = place::twice(slots.iter().map(|slot| slot.paper)) {
        check.within(&["slots", &at.to_string()]);
        check.invalid("paperId", "This paper is in the list already; keep one.");
    }
    let now = program.children::<slot::Model>(Table::Session, id);
    let mut kept = Vec::new();
    let mut changes = Vec::new();
    for (at, entry) in slots.iter().enumerate() {
        let Entry { id: new, paper, start, minutes, session_room } = *entry;
        check.within(&["slots", &at.to_string()]);
        match program.get::<paper::Model>(paper) {
            None => check.not_found("paperId", "There is no such paper."),
            Some(paper) if paper.panel_id != own.panel_id => {
                check.invalid("paperId", "This paper is another panel's; a session gives papers of its own panel.");
            }
            Some(_) => {}
        }
        if minutes.is_some_and(|minutes| !(1..=LONGEST).contains(&minutes)) {
            check.invalid("minutes", format!("A slot lasts from 1 to {LONGEST} minutes."));
        }
        if let Some(room) = session_room
            && program.get::<session_room::Model>(room).is_none_or(|room| room.session_id != id)
        {
            check.not_found("sessionRoomId", "The session is in no such room.");
        }
        match (start, &times) {
            (None, _) => {}
            (Some(_), None) => {
                check.invalid("startTime", "The session has no time yet; give it one first (scheduleSession).");
            }
            (Some(time), Some((date, times))) => {
                if zone.slot(*date, times, time).is_err() {
                    check.invalid("startTime", "This time is outside the session, or does not exist on that day.");
                }
            }
        }
        let row = slot::Model {
            id: new,
            conference_id: program.id(),
            session_id: id,
            paper_id: paper,
            session_room_id: session_room,
            position: number(at),
            start_time: start,
            minutes,
            revision: planning.revision,
        };
        match now.iter().find(|slot| slot.paper_id == paper) {
            None => changes.push(RowChange::Insert(row.into())),
            Some(before) => {
                kept.push(before.id);
                changes.extend(updates(*before, slot::Model { id: before.id, revision: before.revision, ..row }));
            }
        }
    }
    check.done()?;
    changes.extend(deletions(now.into_iter().filter(|slot| !kept.contains(&slot.id))));
    Ok(Plan { changes, answers: id })
}
