//! Sessions: made, changed, when they take place, and whether.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};
use entity::enums::SessionStatus;
use entity::{announcement, panel, participation, session, session_room, slot};
use uuid::Uuid;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning, edit};
use super::field::{Check, Length, fields};
use super::program::{deletions, found, insert, other_with, room_for, updates};
use super::write::WriteError;
use super::{Fault, FaultCode};
use crate::format::read::limits::MOST_SITTINGS;
use crate::program::row::Table;
use crate::program::working::Working;
use crate::program::zone::{TimeFault, Zone};

fields! {
    /// A session's fields.
    SessionFields {
        /// The source's own identifier; unique in the conference.
        key: String,
        /// 1, 2, …; unique in the panel.
        number: i32,
        /// Where it has one of its own.
        title: String,
        /// The date on which it starts.
        date: NaiveDate,
        /// When it starts.
        start_time: NaiveTime,
        /// When it ends; before the start: on the next day.
        end_time: NaiveTime,
        /// Which of two starts, where the local time exists twice: 0 or 1.
        fold: i32,
    }
}

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
        let program = Working::of(program);
        let row = found::<session::Model>(&program, &planning, "id", id)?;
        check(&program, &program.base().zone, id, when)?;
        let When { date, start, end, fold } = when;
        let after = session::Model { date, start_time: start, end_time: end, fold, ..row.clone() };
        Ok(Plan { changes: updates(row, after), answers: id })
    })
    .await
}

/// Cancels a session, or takes that back. It stays on the program with its status.
///
/// # Errors
/// NOT_FOUND, CONFLICT; or the database's fault.
pub async fn set_status(desk: &Arc<Desk>, own: Edit, id: Uuid, status: SessionStatus) -> Result<Edited, WriteError> {
    edit(desk, own, move |program, planning| {
        let program = Working::of(program);
        let row = found::<session::Model>(&program, &planning, "id", id)?;
        let after = session::Model { status, ..row.clone() };
        Ok(Plan { changes: updates(row, after), answers: id })
    })
    .await
}

/// A new session of a panel, numbered after the others unless a number is given.
pub(super) fn create(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    panel: Uuid,
    fields: &SessionFields,
) -> Result<Plan, Vec<Fault>> {
    found::<panel::Model>(program, planning, "panelId", panel)?;
    room_for::<session::Model>(program)?;
    let numbers = program.children::<session::Model>(Table::Panel, panel);
    if numbers.len() >= MOST_SITTINGS {
        let message = format!("The panel has {MOST_SITTINGS} sessions; that is the limit.");
        return Err(vec![Fault::invalid("panelId", message)]);
    }
    let blank = session::Model {
        id,
        conference_id: program.id(),
        panel_id: panel,
        key: id.to_string(),
        number: numbers.iter().map(|session| session.number).max().unwrap_or(0).saturating_add(1),
        title: None,
        date: None,
        start_time: None,
        end_time: None,
        fold: 0,
        status: SessionStatus::Scheduled,
        revision: planning.revision,
    };
    Ok(insert(given(program, blank, fields)?))
}

/// A session with other fields.
pub(super) fn update_session(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &SessionFields,
) -> Result<Plan, Vec<Fault>> {
    let before = found::<session::Model>(program, planning, "id", id)?;
    let after = given(program, before.clone(), fields)?;
    Ok(Plan { changes: updates(before, after), answers: id })
}

/// Without a session, its roles, uses of rooms, slots and notices.
pub(super) fn delete(program: &Working<'_>, planning: &Planning, id: Uuid) -> Result<Plan, Vec<Fault>> {
    let row = found::<session::Model>(program, planning, "id", id)?;
    let mut changes = deletions(program.children::<slot::Model>(Table::Session, id));
    changes.extend(deletions(program.children::<session_room::Model>(Table::Session, id)));
    changes.extend(deletions(program.children::<participation::Model>(Table::Session, id)));
    changes.extend(deletions(program.children::<announcement::Model>(Table::Session, id)));
    changes.extend(deletions([row]));
    Ok(Plan { changes, answers: id })
}

fn given(program: &Working<'_>, before: session::Model, fields: &SessionFields) -> Result<session::Model, Vec<Fault>> {
    let SessionFields { key, number, title, date, start_time, end_time, fold } = fields.clone();
    let mut checks = Check::default();
    let mut row = before;
    if key.is_some() {
        checks.text("key", key, Length::Key, &mut row.key);
        if other_with::<session::Model>(program, row.id, |other| other.key == row.key).is_some() {
            checks.say(FaultCode::Taken, "key", "Another session has this key; take another.");
        }
    }
    if number.is_some() {
        checks.value("number", number, &mut row.number);
        if !(1..=1_000_000).contains(&row.number) {
            checks.invalid("number", "Sessions are numbered from 1 to 1,000,000.");
        }
        let others = program.children::<session::Model>(Table::Panel, row.panel_id);
        if others.iter().any(|other| other.id != row.id && other.number == row.number) {
            checks.say(FaultCode::Taken, "number", "Another session of the panel has this number; take another.");
        }
    }
    checks.maybe_text("title", title, Length::Long, &mut row.title);
    let scheduled = date.is_some() || start_time.is_some() || end_time.is_some() || fold.is_some();
    row.date = date.unwrap_or(row.date);
    row.start_time = start_time.unwrap_or(row.start_time);
    row.end_time = end_time.unwrap_or(row.end_time);
    let mut number = i32::from(row.fold);
    checks.value("fold", fold, &mut number);
    row.fold = i16::try_from(number).unwrap_or(i16::MAX);
    if scheduled {
        let when = When { date: row.date, start: row.start_time, end: row.end_time, fold: row.fold };
        if let Err(Fault { code, field, message }) = check(program, &program.base().zone, row.id, when) {
            checks.say(code, field.first().map_or("date", String::as_str), message);
        }
    }
    checks.done()?;
    Ok(row)
}

/// Whether a session can be then: the times exist, and its slots lie within.
pub(super) fn check(program: &Working<'_>, zone: &Zone, id: Uuid, when: When) -> Result<(), Fault> {
    let conference = program.conference();
    let slots = program.children::<slot::Model>(Table::Session, id);
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
        if slots.iter().any(|slot| slot.start_time.is_some()) {
            let message = "Some of its papers have times of their own; take these away first (moveSlot).";
            return Err(Fault::invalid("startTime", message));
        }
        return Ok(());
    };
    let name = zone.name();
    let times = zone.session(date, start, end, fold).map_err(|fault| match fault {
        TimeFault::Gap | TimeFault::OutsideSession => Fault::invalid(
            "startTime",
            format!("Clocks in {name} are set forward over that time on {date}: it does not exist. Take another."),
        ),
        TimeFault::OutOfRange => Fault::invalid("date", "This date can't be computed with."),
    })?;
    for slot in slots {
        if let Some(time) = slot.start_time
            && zone.slot(date, &times, time).is_err()
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
