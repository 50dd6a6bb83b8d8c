//! Who has which part: roles in panels and sessions, authors of papers. Each is set as a whole, in printed order: whoever
//! is in it already keeps the row, and with it its history.

use entity::enums::Role;
use entity::{authorship, panel, paper, participation, person, session};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::edit::{Plan, Planning};
use super::field::{Check, Length};
use super::program::{deletions, found, updates};
use super::{Fault, place};
use crate::program::row::{RowChange, Table};
use crate::program::working::Working;

/// The most in one list.
const MOST: usize = 500;

/// In what somebody has a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RoleOf {
    /// A whole panel.
    Panel(Uuid),
    /// One session.
    Session(Uuid),
}

/// A part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Part {
    /// Its id, if it is new.
    pub id: Uuid,
    /// Who.
    pub person: Uuid,
    /// What they do.
    pub role: Role,
    /// As printed for this role.
    pub affiliation: Option<String>,
}

/// All parts, in printed order.
pub type Roles = Vec<Part>;

/// An author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Author {
    /// Its id, if it is new.
    pub id: Uuid,
    /// Who.
    pub person: Uuid,
    /// As printed on this paper.
    pub affiliation: Option<String>,
    /// Whether they present it.
    pub presenting: bool,
}

/// Says who has which part.
pub(super) fn set_participations(
    program: &Working<'_>,
    planning: &Planning,
    of: RoleOf,
    roles: &Roles,
) -> Result<Plan, Vec<Fault>> {
    let (parent, id) = match of {
        RoleOf::Panel(id) => {
            found::<panel::Model>(program, planning, "panelId", id)?;
            (Table::Panel, id)
        }
        RoleOf::Session(id) => {
            found::<session::Model>(program, planning, "sessionId", id)?;
            (Table::Session, id)
        }
    };
    let mut check = Check::default();
    full(&mut check, "participations", roles.len());
    if let Some(at) = place::twice(roles.iter().map(|part| (program.who(part.person), part.role))) {
        check.within(&["participations", &at.to_string()]);
        check.invalid("personId", "This person has this role in the list already; keep one.");
    }
    let (panel_id, session_id) = match of {
        RoleOf::Panel(id) => (Some(id), None),
        RoleOf::Session(id) => (None, Some(id)),
    };
    let now = program.children::<participation::Model>(parent, id);
    let mut kept = Vec::new();
    let mut changes = Vec::new();
    for (at, part) in roles.iter().enumerate() {
        let Part { id, person, role, affiliation } = part.clone();
        let person = program.who(person);
        check.within(&["participations", &at.to_string()]);
        exists(&mut check, program, person);
        let mut row = participation::Model {
            id,
            conference_id: program.id(),
            panel_id,
            session_id,
            person_id: person,
            role,
            affiliation: None,
            position: number(at),
            revision: planning.revision,
        };
        check.maybe_text("affiliation", Some(affiliation), Length::Long, &mut row.affiliation);
        match now.iter().find(|own| own.person_id == person && own.role == role) {
            None => changes.push(RowChange::Insert(row.into())),
            Some(own) => {
                kept.push(own.id);
                let participation::Model { affiliation, position, .. } = row;
                changes.extend(updates(*own, participation::Model { affiliation, position, ..(*own).clone() }));
            }
        }
    }
    check.done()?;
    changes.extend(deletions(now.into_iter().filter(|own| !kept.contains(&own.id))));
    Ok(Plan { changes, answers: id })
}

/// Says who wrote a paper.
pub(super) fn set_authorships(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    authors: &[Author],
) -> Result<Plan, Vec<Fault>> {
    found::<paper::Model>(program, planning, "paperId", id)?;
    let mut check = Check::default();
    full(&mut check, "authorships", authors.len());
    if let Some(at) = place::twice(authors.iter().map(|author| program.who(author.person))) {
        check.within(&["authorships", &at.to_string()]);
        check.invalid("personId", "This person is in the list already; keep one.");
    }
    let now = program.children::<authorship::Model>(Table::Paper, id);
    let mut kept = Vec::new();
    let mut changes = Vec::new();
    for (at, author) in authors.iter().enumerate() {
        let Author { id: new, person, affiliation, presenting } = author.clone();
        let person = program.who(person);
        check.within(&["authorships", &at.to_string()]);
        exists(&mut check, program, person);
        let mut row = authorship::Model {
            id: new,
            conference_id: program.id(),
            paper_id: id,
            person_id: person,
            position: number(at),
            affiliation: None,
            presenting,
            revision: planning.revision,
        };
        check.maybe_text("affiliation", Some(affiliation), Length::Long, &mut row.affiliation);
        match now.iter().find(|own| own.person_id == person) {
            None => changes.push(RowChange::Insert(row.into())),
            Some(own) => {
                kept.push(own.id);
                let authorship::Model { affiliation, position, presenting, .. } = row;
                let after = authorship::Model { affiliation, position, presenting, ..(*own).clone() };
                changes.extend(updates(*own, after));
            }
        }
    }
    check.done()?;
    changes.extend(deletions(now.into_iter().filter(|own| !kept.contains(&own.id))));
    Ok(Plan { changes, answers: id })
}

fn exists(check: &mut Check, program: &Working<'_>, person: Uuid) {
    if program.get::<person::Model>(person).is_none() {
        check.not_found("personId", "There is no such person.");
    }
}

/// Refuses a list that is too long.
pub(super) fn full(check: &mut Check, field: &str, length: usize) {
    if length > MOST {
        check.invalid(field, format!("This list has {length} elements; the limit is {MOST}."));
    }
}

/// A place in a list, counted from 1.
pub(super) fn number(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX).saturating_add(1)
}
