//! When sessions take place, and whether.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};
use entity::enums::SessionStatus;
use entity::session;
use uuid::Uuid;

use super::Fault;
use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning, edit};
use super::room::update;
use super::write::WriteError;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::row::Table;
use crate::program::zone::TimeFault;

/// When a session takes place, as clocks there show it. Whatever is absent is to be announced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The date on which it starts.
    pub date: Option<NaiveDate>,
    /// When it starts.
    pub start: Option<NaiveTime>,
    /// When it ends; before the start: on the next day.
    pub end: Option<NaiveTime>,
    /// Which of two starts, where the local time exists twice: 0 or 1.
    pub fold: i16,
}

/// Says when a session takes place. Its slots' times stay as they are; where one would lie outside, it is refused.
///
/// # Errors
/// NOT_FOUND, CONFLICT, INVALID; or the database's fault.
pub async fn schedule(desk: &Arc<Desk>, own: Edit, id: Uuid, when: When) -> Result<Edited, WriteError> {
    edit(desk, own, move |program, planning| {
        let (ix, row) = found(program, planning, id)?;
        check(program, ix, when)?;
        let When { date, start, end, fold } = when;
        let after = session::Model { date, start_time: start, end_time: end, fold, ..row.clone() };
        Ok(Plan { changes: update(row, after), answers: id })
    })
    .await
}

/// Cancels a session, or takes that back. It stays on the program with its status.
///
/// # Errors
/// NOT_FOUND, CONFLICT; or the database's fault.
pub async fn set_status(desk: &Arc<Desk>, own: Edit, id: Uuid, status: SessionStatus) -> Result<Edited, WriteError> {
    edit(desk, own, move |program, planning| {
        let (_, row) = found(program, planning, id)?;
        let after = session::Model { status, ..row.clone() };
        Ok(Plan { changes: update(row, after), answers: id })
    })
    .await
}

fn found(program: &Program, planning: Planning, id: Uuid) -> Result<(Ix, &session::Model), Fault> {
    let ix = program.place(Table::Session, id).ok_or_else(|| Fault::not_found("id", "There is no such session."))?;
    planning.unchanged(program.index.sessions[ix as usize].revision)?;
    Ok((ix, &program.rows.sessions[ix as usize]))
}

fn check(program: &Program, ix: Ix, when: When) -> Result<(), Fault> {
    let conference = program.conference();
    let When { date, start, end, fold } = when;
    if date.is_none() && start.is_some() {
        return Err(Fault::invalid("startTime", "A time needs a date; give `date` too, or leave the times out."));
    }
    if start.is_none() && end.is_some() {
        return Err(Fault::invalid("endTime", "An end needs a start; give `startTime` too, or leave the end out."));
    }
    if start.is_some() && start == end {
        return Err(Fault::invalid("endTime", "A session ends after it starts."));
    }
    if !(0..=1).contains(&fold) {
        return Err(Fault::invalid("fold", "`fold` is 0, the first of two equal times, or 1, the second."));
    }
    if let Some(date) = date
        && !(conference.starts_on..=conference.ends_on).contains(&date)
    {
        let (from, to) = (conference.starts_on, conference.ends_on);
        return Err(Fault::invalid("date", format!("The conference is from {from} to {to}; {date} is not in it.")));
    }
    let (Some(date), Some(start)) = (date, start) else {
        let timed = |slot: &&Ix| program.rows.slots[**slot as usize].start_time.is_some();
        if program.index.sessions[ix as usize].slots.iter().any(|slot| timed(&slot)) {
            let message = "Some of its papers have times of their own; take these away first (moveSlot).";
            return Err(Fault::invalid("startTime", message));
        }
        return Ok(());
    };
    let zone = program.zone.name();
    let times = program.zone.session(date, start, end, fold).map_err(|fault| match fault {
        TimeFault::Gap | TimeFault::OutsideSession => Fault::invalid(
            "startTime",
            format!("Clocks in {zone} are set forward over that time on {date}: it does not exist. Take another."),
        ),
        TimeFault::OutOfRange => Fault::invalid("date", "This date can't be computed with."),
    })?;
    for slot in &program.index.sessions[ix as usize].slots {
        let slot = &program.rows.slots[*slot as usize];
        if let Some(time) = slot.start_time
            && program.zone.slot(date, &times, time).is_err()
        {
            let message = format!(
                "The paper at {} would lie outside the session; move it first (moveSlot).",
                time.format("%H:%M")
            );
            return Err(Fault::invalid("startTime", message));
        }
    }
    Ok(())
}
