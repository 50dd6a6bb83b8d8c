//! People on the program: made, changed, and made one or two of.

use entity::{authorship, participation, person, person_merge};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::edit::{Plan, Planning};
use super::field::{Check, Given, Length, fields};
use super::program::{deletions, found, in_use, insert, other_with, room_for, updates};
use super::{Fault, FaultCode, place};
use crate::program::row::{RowChange, Table};
use crate::program::working::Working;

fields! {
    /// A person's fields.
    PersonFields {
        /// The source's own identifier; unique in the conference.
        key: String,
        /// Printed name.
        name: String,
        /// Their own affiliation.
        affiliation: String,
        /// ISO 3166-1 alpha-2.
        country: String,
        /// With hyphens.
        orcid: String,
        /// Private: it is written and never read.
        email: String,
        /// Public page.
        url: String,
        /// Markdown.
        biography: String,
    }
}

/// How two persons are made of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Split {
    /// Who stays.
    pub id: Uuid,
    /// The other's id.
    pub new: Uuid,
    /// The other's name; `None`: the same.
    pub name: Option<String>,
    /// The other's affiliation; absent: the same.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::field::given")]
    pub affiliation: Given<String>,
    /// Papers that are the other's.
    pub papers: Vec<Uuid>,
    /// Panels and sessions in which the roles are the other's.
    pub roles: Vec<Uuid>,
}

/// A new person.
pub(super) fn create(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &PersonFields,
) -> Result<Plan, Vec<Fault>> {
    room_for::<person::Model>(program)?;
    let blank = person::Model {
        id,
        conference_id: program.id(),
        key: id.to_string(),
        name: String::new(),
        affiliation: None,
        country: None,
        orcid: None,
        email: None,
        url: None,
        biography: None,
        accepts_messages: true,
        revision: planning.revision,
    };
    Ok(insert(given(program, blank, fields)?))
}

/// A person with other fields.
pub(super) fn update_person(
    program: &Working<'_>,
    planning: &Planning,
    id: Uuid,
    fields: &PersonFields,
) -> Result<Plan, Vec<Fault>> {
    let id = program.who(id);
    let before = found::<person::Model>(program, planning, "id", id)?;
    let after = given(program, before.clone(), fields)?;
    Ok(Plan { changes: updates(before, after), answers: id })
}

/// Without a person who has no part in anything. Whoever was merged into them is gone with them.
pub(super) fn delete(program: &Working<'_>, planning: &Planning, id: Uuid) -> Result<Plan, Vec<Fault>> {
    let id = program.who(id);
    let row = found::<person::Model>(program, planning, "id", id)?;
    let papers = program.children::<authorship::Model>(Table::Person, id).len();
    let roles = program.children::<participation::Model>(Table::Person, id).len();
    in_use(
        "The person",
        &[(papers, "paper"), (roles, "role")],
        "take them off these first (setAuthorships, setPanelParticipations, setSessionParticipations).",
    )?;
    let mut changes = deletions(program.children::<person_merge::Model>(Table::Person, id));
    changes.extend(deletions([row]));
    Ok(Plan { changes, answers: id })
}

fn given(program: &Working<'_>, before: person::Model, fields: &PersonFields) -> Result<person::Model, Vec<Fault>> {
    let PersonFields { key, name, affiliation, country, orcid, email, url, biography } = fields.clone();
    let mut check = Check::default();
    let mut row = before;
    if key.is_some() {
        check.text("key", key, Length::Key, &mut row.key);
        if other_with::<person::Model>(program, row.id, |other| other.key == row.key).is_some() {
            check.say(FaultCode::Taken, "key", "Another person has this key; take another.");
        }
    }
    check.text("name", name, Length::Name, &mut row.name);
    check.maybe_text("affiliation", affiliation, Length::Long, &mut row.affiliation);
    check.country("country", country, &mut row.country);
    check.orcid("orcid", orcid, &mut row.orcid);
    check.email("email", email, &mut row.email);
    check.url("url", url, &mut row.url);
    check.maybe_text("biography", biography, Length::Long, &mut row.biography);
    check.done()?;
    Ok(row)
}

/// Two persons of one: the new one has the same name and country, and of the rest what is given. Address, ORCID iD,
/// page and biography stay with the first.
pub(super) fn split(program: &Working<'_>, planning: &Planning, split: &Split) -> Result<Plan, Vec<Fault>> {
    let Split { id, new, name, affiliation, papers, roles } = split;
    let id = &program.who(*id);
    let before = found::<person::Model>(program, planning, "id", *id)?;
    room_for::<person::Model>(program)?;
    let mut check = Check::default();
    let mut row = person::Model {
        id: *new,
        key: new.to_string(),
        orcid: None,
        email: None,
        url: None,
        biography: None,
        revision: planning.revision,
        ..before.clone()
    };
    check.text("name", name.clone().map(Some), Length::Name, &mut row.name);
    check.maybe_text("affiliation", affiliation.clone(), Length::Long, &mut row.affiliation);
    let (own_papers, own_roles) = (
        program.children::<authorship::Model>(Table::Person, *id),
        program.children::<participation::Model>(Table::Person, *id),
    );
    let mut changes = vec![RowChange::Insert(row.clone().into())];
    if papers.is_empty() && roles.is_empty() {
        check.invalid("paperIds", "Say what goes to the new person: papers, or panels and sessions with a role.");
    }
    for (field, list) in [("paperIds", papers), ("roleInIds", roles)] {
        if let Some(at) = place::twice(list.iter().copied()) {
            check.within(&[field]);
            check.invalid(&at.to_string(), "This is in the list twice; keep one.");
        }
    }
    check.within(&["paperIds"]);
    for (at, paper) in papers.iter().enumerate() {
        match own_papers.iter().find(|own| own.paper_id == *paper) {
            None => check.not_found(&at.to_string(), "The person is no author of this."),
            Some(own) => changes.extend(updates(*own, authorship::Model { person_id: *new, ..(*own).clone() })),
        }
    }
    check.within(&["roleInIds"]);
    for (at, place) in roles.iter().enumerate() {
        let mut there = own_roles.iter().filter(|own| own.panel_id.or(own.session_id) == Some(*place)).peekable();
        if there.peek().is_none() {
            check.not_found(&at.to_string(), "The person has no role in this.");
        }
        for own in there {
            changes.extend(updates(*own, participation::Model { person_id: *new, ..(*own).clone() }));
        }
    }
    check.done()?;
    Ok(Plan { changes, answers: *new })
}

/// One person of several. What the one lacks comes from the others, in their order; their parts become the one's, and
/// their ids answer with the one from now on.
pub(super) fn merge(program: &Working<'_>, planning: &Planning, id: Uuid, others: &[Uuid]) -> Result<Plan, Vec<Fault>> {
    let id = program.who(id);
    let others: Vec<Uuid> = others.iter().map(|other| program.who(*other)).collect();
    let before = found::<person::Model>(program, planning, "id", id)?;
    let mut check = Check::default();
    if others.is_empty() {
        check.invalid("personIds", "Say who is the same person.");
    }
    check.within(&["personIds"]);
    if let Some(at) = place::twice(others.iter().copied()) {
        check.invalid(&at.to_string(), "This is in the list twice; keep one.");
    }
    let mut merged = Vec::new();
    for (at, other) in others.iter().enumerate() {
        if *other == id {
            check.invalid(&at.to_string(), "This is the person that stays; leave it out here.");
            continue;
        }
        match found::<person::Model>(program, planning, "", *other) {
            Ok(row) => merged.push(row),
            Err(fault) if fault.code == FaultCode::NotFound => check.not_found(&at.to_string(), fault.message),
            Err(conflict) => return Err(vec![conflict]),
        }
    }
    check.done()?;
    let mut after = before.clone();
    let mut changes = Vec::new();
    let mut papers: Vec<Uuid> =
        program.children::<authorship::Model>(Table::Person, id).iter().map(|row| row.paper_id).collect();
    let mut roles: Vec<_> =
        program.children::<participation::Model>(Table::Person, id).iter().map(|row| part(row)).collect();
    for other in merged {
        let person::Model {
            id: gone,
            conference_id: _,
            key: _,
            name: _,
            affiliation,
            country,
            orcid,
            email,
            url,
            biography,
            accepts_messages,
            revision: _,
        } = other.clone();
        after.affiliation = after.affiliation.or(affiliation);
        after.country = after.country.or(country);
        after.orcid = after.orcid.or(orcid);
        after.email = after.email.or(email);
        after.url = after.url.or(url);
        after.biography = after.biography.or(biography);
        // Whoever has refused messages under one of the names has refused them.
        after.accepts_messages &= accepts_messages;
        for row in program.children::<authorship::Model>(Table::Person, gone) {
            if papers.contains(&row.paper_id) {
                changes.extend(deletions([row]));
            } else {
                papers.push(row.paper_id);
                changes.extend(updates(row, authorship::Model { person_id: id, ..row.clone() }));
            }
        }
        for row in program.children::<participation::Model>(Table::Person, gone) {
            if roles.contains(&part(row)) {
                changes.extend(deletions([row]));
            } else {
                roles.push(part(row));
                changes.extend(updates(row, participation::Model { person_id: id, ..row.clone() }));
            }
        }
        for row in program.children::<person_merge::Model>(Table::Person, gone) {
            changes.extend(updates(row, person_merge::Model { person_id: id, ..row.clone() }));
        }
        changes.extend(deletions([other]));
        let row =
            person_merge::Model { id: gone, conference_id: program.id(), person_id: id, revision: planning.revision };
        changes.push(RowChange::Insert(row.into()));
    }
    changes.extend(updates(before, after));
    Ok(Plan { changes, answers: id })
}

/// In what somebody has a part, and which.
fn part(row: &participation::Model) -> (Option<Uuid>, Option<Uuid>, entity::enums::Role) {
    (row.panel_id, row.session_id, row.role)
}
