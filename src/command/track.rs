//! Tracks.

use entity::{panel, track};
use uuid::Uuid;

use super::edit::{Plan, Planning};
use super::field::{Check, Length, fields};
use super::place;
use super::program::{deletions, found, in_use, insert, other_with, room_for, updates};
use super::{Fault, FaultCode};
use crate::program::row::{RowChange, Table};
use crate::program::working::Working;

fields! {
    /// A track's fields.
    TrackFields {
        /// Printed code; unique in the conference.
        code: String,
        /// Printed name.
        name: String,
        /// Its place among the tracks, from 1.
        position: i32,
    }
}

/// A new track, last unless a place is given.
pub(super) fn create(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &TrackFields,
) -> Result<Plan, Vec<Fault>> {
    room_for::<track::Model>(program)?;
    let conference_id = program.id();
    let blank = track::Model {
        id,
        conference_id,
        code: String::new(),
        name: String::new(),
        position: 0,
        revision: planning.revision,
    };
    let (row, moved) = given(program, blank, fields)?;
    let mut plan = insert(row);
    plan.changes.extend(moved);
    Ok(plan)
}

/// A track with other fields.
pub(super) fn update_track(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &TrackFields,
) -> Result<Plan, Vec<Fault>> {
    let before = found::<track::Model>(program, planning, "id", id)?;
    let (after, moved) = given(program, before.clone(), fields)?;
    let mut changes = updates(before, after);
    changes.extend(moved);
    Ok(Plan { changes, answers: id })
}

/// Without a track that has no panels.
pub(super) fn delete(program: &Working<'_>, planning: &Planning, id: Uuid) -> Result<Plan, Vec<Fault>> {
    let row = found::<track::Model>(program, planning, "id", id)?;
    let panels = program.children::<panel::Model>(Table::Track, id).len();
    in_use("The track", &[(panels, "panel")], "put them into another track or none first (updatePanel).")?;
    Ok(Plan { changes: deletions([row]), answers: id })
}

fn given(
    program: &Working<'_>,
    before: track::Model,
    fields: &TrackFields,
) -> Result<(track::Model, Vec<RowChange>), Vec<Fault>> {
    let TrackFields { code, name, position } = fields.clone();
    let mut check = Check::default();
    let mut row = before;
    check.text("code", code.clone(), Length::Key, &mut row.code);
    check.text("name", name, Length::Long, &mut row.name);
    if code.is_some() && other_with::<track::Model>(program, row.id, |other| other.code == row.code).is_some() {
        check.say(FaultCode::Taken, "code", "Another track has this code; take another.");
    }
    let mut at = 1;
    check.value("position", position, &mut at);
    if at < 1 {
        check.invalid("position", "Places are counted from 1.");
    }
    check.done()?;
    let is_new = program.get::<track::Model>(row.id).is_none();
    let mut moved = Vec::new();
    if is_new || position.is_some() {
        let list: Vec<_> = program.all::<track::Model>().map(|track| (track.id, track.position)).collect();
        for (id, position) in place::put(&list, row.id, position.flatten()) {
            if id == row.id {
                row.position = position;
            } else if let Some(other) = program.get::<track::Model>(id) {
                moved.extend(updates(other, track::Model { position, ..other.clone() }));
            }
        }
    }
    Ok((row, moved))
}
