//! Papers: made, changed, moved, withdrawn.

use std::sync::Arc;

use entity::enums::PaperStatus;
use entity::{authorship, panel, paper, session, slot};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning, edit};
use super::field::{Check, Length, fields};
use super::program::{deletions, found, insert, other_with, room_for, updates};
use super::room::update;
use super::write::WriteError;
use super::{Fault, FaultCode, place};
use crate::program::row::{RowChange, Table};
use crate::program::working::Working;

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

fields! {
    /// A paper's fields.
    PaperFields {
        /// The source's own identifier; unique in the conference.
        key: String,
        /// Title.
        title: String,
        /// Markdown.
        r#abstract: String,
        /// As the conference calls it.
        r#type: String,
        /// BCP 47.
        language: String,
        /// Free words.
        keywords: Vec<String>,
        /// Public material.
        url: String,
        /// Its place in the panel, from 1.
        position: i32,
    }
}

/// Where a paper is to go; what is `None` stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Move {
    /// Which paper.
    pub id: Uuid,
    /// Into another panel.
    pub panel: Option<Uuid>,
    /// To this place in the panel, from 1.
    pub position: Option<i32>,
    /// Into this session of the panel.
    pub session: Option<Uuid>,
    /// Its slot's id, if that is new.
    pub slot: Uuid,
}

/// The most keywords of a paper.
const MOST_KEYWORDS: usize = 100;

/// A new paper of a panel, last there unless a place is given.
pub(super) fn create(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    panel: Uuid,
    fields: &PaperFields,
) -> Result<Plan, Vec<Fault>> {
    found::<panel::Model>(program, planning, "panelId", panel)?;
    room_for::<paper::Model>(program)?;
    let blank = paper::Model {
        id,
        conference_id: program.id(),
        panel_id: panel,
        key: id.to_string(),
        title: String::new(),
        r#abstract: None,
        r#type: None,
        language: None,
        status: PaperStatus::Accepted,
        keywords: "[]".into(),
        url: None,
        position: 0,
        revision: planning.revision,
    };
    let (row, moved) = given(program, blank, fields)?;
    let mut plan = insert(row);
    plan.changes.extend(moved);
    Ok(plan)
}

/// A paper with other fields.
pub(super) fn update_paper(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &PaperFields,
) -> Result<Plan, Vec<Fault>> {
    let before = found::<paper::Model>(program, planning, "id", id)?;
    let (after, moved) = given(program, before.clone(), fields)?;
    let mut changes = updates(before, after);
    changes.extend(moved);
    Ok(Plan { changes, answers: id })
}

/// Without a paper, its authors and its slots.
pub(super) fn delete(program: &Working<'_>, planning: &Planning, id: Uuid) -> Result<Plan, Vec<Fault>> {
    let row = found::<paper::Model>(program, planning, "id", id)?;
    let mut changes = deletions(program.children::<authorship::Model>(Table::Paper, id));
    changes.extend(deletions(program.children::<slot::Model>(Table::Paper, id)));
    changes.extend(deletions([row]));
    Ok(Plan { changes, answers: id })
}

/// A paper in another place: of its panel, in another panel, in another session. What it had in sessions of another
/// panel goes.
pub(super) fn move_paper(program: &Working<'_>, planning: &Planning, to: &Move) -> Result<Plan, Vec<Fault>> {
    let Move { id, panel, position, session, slot: new_slot } = *to;
    let before = found::<paper::Model>(program, planning, "id", id)?;
    let mut check = Check::default();
    let panel_id = panel.unwrap_or(before.panel_id);
    let moves = panel_id != before.panel_id;
    if moves && program.get::<panel::Model>(panel_id).is_none() {
        check.not_found("panelId", "There is no such panel.");
    }
    if position.is_some_and(|position| position < 1) {
        check.invalid("position", "Places are counted from 1.");
    }
    if let Some(session) = session {
        match program.get::<session::Model>(session) {
            None => check.not_found("sessionId", "There is no such session."),
            Some(session) if session.panel_id != panel_id => check.invalid(
                "sessionId",
                "This session is another panel's; a session gives papers of its own panel. Give its panel as `panelId`.",
            ),
            Some(_) => {}
        }
    }
    check.done()?;
    let mut after = paper::Model { panel_id, ..before.clone() };
    let mut changes = Vec::new();
    if moves || position.is_some() {
        for (other, position) in places(program, panel_id, id, position) {
            if other == id {
                after.position = position;
            } else if let Some(other) = program.get::<paper::Model>(other) {
                changes.extend(updates(other, paper::Model { position, ..other.clone() }));
            }
        }
    }
    changes.extend(updates(before, after));
    let mut slots = program.children::<slot::Model>(Table::Paper, id);
    slots.sort_by_key(|slot| slot.id);
    let there = session.is_some_and(|session| slots.iter().any(|slot| slot.session_id == session));
    let mut wanted = session.filter(|_| !there);
    for own in slots {
        let is_there = Some(own.session_id) == session;
        match wanted {
            Some(session) if !is_there => {
                wanted = None;
                // In another session it has neither its time nor its room.
                let position = last(program, session);
                let after = slot::Model {
                    session_id: session,
                    position,
                    start_time: None,
                    session_room_id: None,
                    ..own.clone()
                };
                changes.extend(updates(own, after));
            }
            _ if moves && !is_there => changes.extend(deletions([own])),
            _ => {}
        }
    }
    if let Some(session_id) = wanted {
        let row = slot::Model {
            id: new_slot,
            conference_id: program.id(),
            session_id,
            paper_id: id,
            session_room_id: None,
            position: last(program, session_id),
            start_time: None,
            minutes: None,
            revision: planning.revision,
        };
        changes.push(RowChange::Insert(row.into()));
    }
    Ok(Plan { changes, answers: id })
}

fn last(program: &Working<'_>, session: Uuid) -> i32 {
    let slots = program.children::<slot::Model>(Table::Session, session);
    slots.iter().map(|slot| slot.position).max().unwrap_or(0).saturating_add(1)
}

fn places(program: &Working<'_>, panel: Uuid, own: Uuid, place: Option<i32>) -> Vec<place::Placed> {
    let papers = program.children::<paper::Model>(Table::Panel, panel);
    let list: Vec<_> = papers.iter().map(|paper| (paper.id, paper.position)).collect();
    place::put(&list, own, place)
}

fn given(
    program: &Working<'_>,
    before: paper::Model,
    fields: &PaperFields,
) -> Result<(paper::Model, Vec<RowChange>), Vec<Fault>> {
    let PaperFields { key, title, r#abstract, r#type, language, keywords, url, position } = fields.clone();
    let mut check = Check::default();
    let mut row = before;
    if key.is_some() {
        check.text("key", key, Length::Key, &mut row.key);
        if other_with::<paper::Model>(program, row.id, |other| other.key == row.key).is_some() {
            check.say(FaultCode::Taken, "key", "Another paper has this key; take another.");
        }
    }
    check.text("title", title, Length::Title, &mut row.title);
    check.maybe_text("abstract", r#abstract, Length::Long, &mut row.r#abstract);
    check.maybe_text("type", r#type, Length::Most(60), &mut row.r#type);
    check.language("language", language, &mut row.language);
    if keywords.is_some() {
        let mut words = Vec::new();
        check.value("keywords", keywords, &mut words);
        if words.len() > MOST_KEYWORDS {
            check.invalid("keywords", format!("A paper has at most {MOST_KEYWORDS} keywords."));
        }
        check.within(&["keywords"]);
        for (at, word) in words.iter_mut().enumerate() {
            check.text(&at.to_string(), Some(Some(word.clone())), Length::Name, word);
        }
        if let Some(at) = place::twice(words.iter()) {
            check.invalid(&at.to_string(), "This keyword is in the list twice; keep one.");
        }
        check.within(&[]);
        row.keywords = serde_json::Value::from(words).to_string();
    }
    check.url("url", url, &mut row.url);
    let mut at = 1;
    check.value("position", position, &mut at);
    if at < 1 {
        check.invalid("position", "Places are counted from 1.");
    }
    check.done()?;
    let is_new = program.get::<paper::Model>(row.id).is_none();
    let mut moved = Vec::new();
    if is_new || position.is_some() {
        for (id, position) in places(program, row.panel_id, row.id, position.flatten()) {
            if id == row.id {
                row.position = position;
            } else if let Some(other) = program.get::<paper::Model>(id) {
                moved.extend(updates(other, paper::Model { position, ..other.clone() }));
            }
        }
    }
    Ok((row, moved))
}
