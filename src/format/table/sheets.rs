//! Tables as they were read: what of them is to be laid over a program.

use super::TableKind;
use super::records::At;
use crate::format::program_file::{Panel, Paper, Person, RoleEntry, Session};

/// One table or several, each kind once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// The conference that they are for; a table does not say.
    pub slug: Option<String>,
    pub(super) panels: Option<Sheet<Panel>>,
    pub(super) people: Option<Sheet<Person>>,
    pub(super) papers: Option<Sheet<PaperRow>>,
    pub(super) sessions: Option<Sheet<SessionRow>>,
    pub(super) roles: Option<Sheet<RoleRow>>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet<R> {
    /// The columns that it has.
    pub columns: Vec<&'static str>,
    /// Its rows, with where they are.
    pub rows: Vec<(At, R)>,
}

impl<R> Sheet<R> {
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.contains(&column)
    }
}

/// A row of the papers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PaperRow {
    pub panel: Option<String>,
    pub order: Option<i32>,
    pub paper: Paper,
}

/// A row of the sessions. Links are apart from rooms, so that a table without them takes none away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionRow {
    pub panel: Option<String>,
    pub session: Session,
    pub links: Vec<(String, String)>,
}

/// Where a role is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    /// In a panel, by its key.
    Panel(String),
    /// In a session, by its key.
    Session(String),
}

/// A row of the roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RoleRow {
    pub owner: Owner,
    pub order: Option<i32>,
    pub entry: RoleEntry,
}

impl Tables {
    /// Which there are.
    #[must_use]
    pub fn kinds(&self) -> Vec<TableKind> {
        let Self { slug: _, panels, people, papers, sessions, roles } = self;
        let there = |kind: &TableKind| match kind {
            TableKind::Panels => panels.is_some(),
            TableKind::People => people.is_some(),
            TableKind::Papers => papers.is_some(),
            TableKind::Sessions => sessions.is_some(),
            TableKind::Roles => roles.is_some(),
        };
        TableKind::ALL.into_iter().filter(there).collect()
    }

    /// These tables and others, to be laid over a program at once.
    ///
    /// # Errors
    /// The kind of which both have one.
    pub fn and(self, other: Self) -> Result<Self, TableKind> {
        if let Some(kind) = self.kinds().into_iter().find(|kind| other.kinds().contains(kind)) {
            return Err(kind);
        }
        Ok(Self {
            slug: self.slug.or(other.slug),
            panels: self.panels.or(other.panels),
            people: self.people.or(other.people),
            papers: self.papers.or(other.papers),
            sessions: self.sessions.or(other.sessions),
            roles: self.roles.or(other.roles),
        })
    }
}
