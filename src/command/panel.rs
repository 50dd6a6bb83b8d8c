//! Panels.

use entity::enums::{PanelKind, PanelStatus};
use entity::{panel, paper, participation, session, track};
use uuid::Uuid;

use super::edit::{Plan, Planning};
use super::field::{Check, Length, fields};
use super::program::{deletions, found, in_use, insert, other_with, room_for, updates};
use super::{Fault, FaultCode};
use crate::program::row::Table;
use crate::program::working::Working;

fields! {
    /// A panel's fields.
    PanelFields {
        /// The source's own identifier; unique in the conference.
        key: String,
        /// Printed code; unique in the conference.
        code: String,
        /// Title.
        title: String,
        /// What it is.
        kind: PanelKind,
        /// Its track.
        track_id: Uuid,
        /// Markdown.
        short_abstract: String,
        /// Markdown.
        r#abstract: String,
        /// Public material.
        url: String,
        /// BCP 47.
        language: String,
    }
}

/// A new panel.
pub(super) fn create(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &PanelFields,
) -> Result<Plan, Vec<Fault>> {
    room_for::<panel::Model>(program)?;
    let blank = panel::Model {
        id,
        conference_id: program.id(),
        key: id.to_string(),
        code: String::new(),
        title: String::new(),
        kind: PanelKind::Panel,
        track_id: None,
        short_abstract: None,
        r#abstract: None,
        status: PanelStatus::Scheduled,
        url: None,
        language: None,
        revision: planning.revision,
    };
    Ok(insert(given(program, blank, fields)?))
}

/// A panel with other fields.
pub(super) fn update_panel(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &PanelFields,
) -> Result<Plan, Vec<Fault>> {
    let before = found::<panel::Model>(program, planning, "id", id)?;
    let after = given(program, before.clone(), fields)?;
    Ok(Plan { changes: updates(before, after), answers: id })
}

/// Without a panel that has neither papers nor sessions; its roles go with it.
pub(super) fn delete(program: &Working<'_>, planning: &Planning, id: Uuid) -> Result<Plan, Vec<Fault>> {
    let row = found::<panel::Model>(program, planning, "id", id)?;
    let papers = program.children::<paper::Model>(Table::Panel, id).len();
    let sessions = program.children::<session::Model>(Table::Panel, id).len();
    in_use(
        "The panel",
        &[(papers, "paper"), (sessions, "session")],
        "delete these first, or move the papers (movePaper). To keep it on the program as cancelled: cancelPanel.",
    )?;
    let mut changes = deletions(program.children::<participation::Model>(Table::Panel, id));
    changes.extend(deletions([row]));
    Ok(Plan { changes, answers: id })
}

/// Cancelled, or taking place after all.
pub(super) fn set_status(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    status: PanelStatus,
) -> Result<Plan, Vec<Fault>> {
    let before = found::<panel::Model>(program, planning, "id", id)?;
    Ok(Plan { changes: updates(before, panel::Model { status, ..before.clone() }), answers: id })
}

fn given(program: &Working<'_>, before: panel::Model, fields: &PanelFields) -> Result<panel::Model, Vec<Fault>> {
    let PanelFields { key, code, title, kind, track_id, short_abstract, r#abstract, url, language } = fields.clone();
    let mut check = Check::default();
    let mut row = before;
    if key.is_some() {
        check.text("key", key, Length::Key, &mut row.key);
        if other_with::<panel::Model>(program, row.id, |other| other.key == row.key).is_some() {
            check.say(FaultCode::Taken, "key", "Another panel has this key; take another.");
        }
    }
    if code.is_some() {
        check.text("code", code, Length::Most(40), &mut row.code);
        if other_with::<panel::Model>(program, row.id, |other| other.code == row.code).is_some() {
            check.say(FaultCode::Taken, "code", "Another panel has this code; take another.");
        }
    }
    check.text("title", title, Length::Title, &mut row.title);
    check.value("kind", kind, &mut row.kind);
    if let Some(track) = track_id {
        if track.is_some_and(|track| program.get::<track::Model>(track).is_none()) {
            check.not_found("trackId", "There is no such track.");
        }
        row.track_id = track;
    }
    check.maybe_text("shortAbstract", short_abstract, Length::Long, &mut row.short_abstract);
    check.maybe_text("abstract", r#abstract, Length::Long, &mut row.r#abstract);
    check.url("url", url, &mut row.url);
    check.language("language", language, &mut row.language);
    check.done()?;
    Ok(row)
}
