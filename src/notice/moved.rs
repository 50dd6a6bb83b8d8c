//! What has changed between two states of a program that people are told of, and whom it concerns.

use std::collections::BTreeSet;

use entity::enums::PaperStatus;
use entity::{authorship, conference, panel, paper, participation, person, room, session, session_room, slot};
use uuid::Uuid;

use super::known::Known;
use crate::db::LogEntry;
use crate::program::Program;
use crate::program::index::Torn;
use crate::program::row::{Row, RowChange, Table};
use crate::program::working::Working;

/// A session or a paper of which there is something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub target: Uuid,
    /// What was known of it.
    pub before: Known,
    /// Whom it concerns.
    pub concerns: Concerns,
}

/// Whom something concerns: before and after alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concerns {
    /// Whoever has starred one of these.
    pub starred: BTreeSet<Uuid>,
    /// Whoever has, verified, one of these addresses, in lower case.
    pub emails: BTreeSet<String>,
    /// Whoever has logged in with one of these ORCID iDs.
    pub orcids: BTreeSet<String>,
}

/// What there is to tell to whoever knows the program as it was before this log, which led to what it is now.
///
/// # Errors
/// [`Torn`], if the log was written by something else.
pub fn moved(now: &Program, log: &[LogEntry]) -> Result<Vec<Moved>, Torn> {
    let changes = log.iter().map(LogEntry::change).collect::<Result<Vec<_>, _>>()?;
    let now = Working::of(now);
    let mut then = now.clone();
    then.apply(changes.iter().rev().map(|change| match change.clone() {
        RowChange::Insert(row) => RowChange::Delete(row),
        RowChange::Update { before, after } => RowChange::Update { before: after, after: before },
        RowChange::Delete(row) => RowChange::Insert(row),
    }));
    let mut touched = BTreeSet::new();
    let rows: BTreeSet<(Table, Uuid)> = changes.iter().map(|change| (change.table(), change.id())).collect();
    for (table, id) in rows {
        for state in [&then, &now] {
            shows_in(state, &then, table, id, &mut touched);
        }
    }
    let told = touched.into_iter().filter_map(|(table, target)| {
        // What is new was known to nobody.
        let before = Known::of(&then, table, target)?;
        if Known::of(&now, table, target).is_some_and(|after| before.is_same(&after)) {
            return None;
        }
        let mut concerns = Concerns::default();
        for state in [&then, &now] {
            concerns.add(state, table, target);
        }
        Some(Moved { target, before, concerns })
    });
    Ok(told.collect())
}

/// The sessions and papers of which a row may say when and where they are.
fn shows_in(state: &Working<'_>, then: &Working<'_>, table: Table, id: Uuid, shown: &mut BTreeSet<(Table, Uuid)>) {
    let mut add = |table, id| {
        shown.insert((table, id));
    };
    match state.row(table, id) {
        Some(Row::Session(_) | Row::Paper(_)) => add(table, id),
        Some(Row::SessionRoom(row)) => add(Table::Session, row.session_id),
        Some(Row::Slot(row)) => add(Table::Paper, row.paper_id),
        Some(Row::Panel(_)) => {
            let sessions: Vec<&session::Model> = state.children(Table::Panel, id);
            sessions.into_iter().for_each(|session| add(Table::Session, session.id));
        }
        Some(Row::Room(row)) => {
            if then.get::<room::Model>(id).is_some_and(|before| before.name == row.name) {
                return;
            }
            let uses: Vec<&session_room::Model> = state.children(Table::Room, id);
            uses.into_iter().for_each(|usage| add(Table::Session, usage.session_id));
        }
        Some(Row::Conference(row)) => {
            if then.get::<conference::Model>(id).is_some_and(|before| before.time_zone == row.time_zone) {
                return;
            }
            state.all::<session::Model>().for_each(|session| add(Table::Session, session.id));
        }
        Some(
            Row::Track(_)
            | Row::Person(_)
            | Row::PersonMerge(_)
            | Row::Participation(_)
            | Row::Authorship(_)
            | Row::Announcement(_)
            | Row::Release(_),
        )
        | None => {}
    }
}

impl Concerns {
    /// Adds whom this session or paper concerns in this state.
    fn add(&mut self, state: &Working<'_>, table: Table, id: Uuid) {
        if table == Table::Paper {
            return self.paper(state, id);
        }
        let Some(session) = state.get::<session::Model>(id) else { return };
        self.starred.insert(id);
        self.roles(state, Table::Session, id);
        if state.get::<panel::Model>(session.panel_id).is_some() {
            self.starred.insert(session.panel_id);
            self.roles(state, Table::Panel, session.panel_id);
        }
        let slots: Vec<&slot::Model> = state.children(Table::Session, id);
        for slot in slots {
            let paper: Option<&paper::Model> = state.get(slot.paper_id);
            if paper.is_some_and(|paper| paper.status == PaperStatus::Accepted) {
                self.paper(state, slot.paper_id);
            }
        }
    }

    fn paper(&mut self, state: &Working<'_>, id: Uuid) {
        self.starred.insert(id);
        let authors: Vec<&authorship::Model> = state.children(Table::Paper, id);
        authors.into_iter().for_each(|author| self.person(state, author.person_id));
    }

    fn roles(&mut self, state: &Working<'_>, table: Table, id: Uuid) {
        let roles: Vec<&participation::Model> = state.children(table, id);
        roles.into_iter().for_each(|role| self.person(state, role.person_id));
    }

    fn person(&mut self, state: &Working<'_>, id: Uuid) {
        let Some(person) = state.get::<person::Model>(id) else { return };
        self.emails.extend(person.email.as_deref().map(str::to_lowercase));
        self.orcids.extend(person.orcid.clone());
    }
}
