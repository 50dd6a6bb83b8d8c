//! Roles, and authors of papers.

use std::sync::Arc;

use async_graphql::Object;

use super::budget::Text;
use super::enums::Role;
use super::panel::Panel;
use super::paper::Paper;
use super::person::Person;
use super::session::Session;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::roles::Part;

/// A role.
pub struct Participation {
    pub(super) program: Arc<Program>,
    pub(super) part: Part,
}

impl Participation {
    pub(super) fn list(program: &Arc<Program>, parts: Vec<Part>) -> Vec<Self> {
        parts.into_iter().map(|part| Self { program: Arc::clone(program), part }).collect()
    }

    fn index(&self) -> &crate::program::index::ParticipationIndex {
        &self.program.index.participations[self.part.participation as usize]
    }
}

/// A person's role in a panel, or in one of its sessions alone.
#[Object]
impl Participation {
    /// The person who has the role.
    fn person(&self) -> Person {
        Person::new(&self.program, self.index().person)
    }

    /// What they do.
    fn role(&self) -> Role {
        self.part.role.into()
    }

    /// Their affiliation as printed for this role; their own where nothing else is printed; null if neither is known.
    fn affiliation(&self) -> Option<Text<&str>> {
        let printed = self.program.rows.participations[self.part.participation as usize].affiliation.as_deref();
        printed.or(self.program.person(self.index().person).affiliation.as_deref()).map(Text)
    }

    /// Whether nobody is named and this follows from who is: with no chair named the convenors chair, and a panel's
    /// chairs chair its sessions.
    fn implied(&self) -> bool {
        self.part.implied
    }

    /// The panel.
    fn panel(&self) -> Panel {
        Panel::new(&self.program, self.index().panel)
    }

    /// The session that the role is in; null for a role in the whole panel.
    fn session(&self) -> Option<Session> {
        self.index().session.map(|ix| Session::new(&self.program, ix))
    }
}

/// An author.
pub struct Authorship {
    pub(super) program: Arc<Program>,
    pub(super) ix: Ix,
}

impl Authorship {
    fn row(&self) -> &entity::authorship::Model {
        &self.program.rows.authorships[self.ix as usize]
    }
}

/// A person's part in a paper.
#[Object]
impl Authorship {
    /// The author.
    fn person(&self) -> Person {
        Person::new(&self.program, self.program.index.authorships[self.ix as usize].person)
    }

    /// The paper.
    fn paper(&self) -> Paper {
        Paper::new(&self.program, self.program.index.authorships[self.ix as usize].paper)
    }

    /// Place in the printed order, from 1.
    fn position(&self) -> i32 {
        self.row().position
    }

    /// Their affiliation as printed on this paper; their own where nothing else is printed; null if neither is known.
    fn affiliation(&self) -> Option<Text<&str>> {
        let person = self.program.index.authorships[self.ix as usize].person;
        self.row().affiliation.as_deref().or(self.program.person(person).affiliation.as_deref()).map(Text)
    }

    /// Whether they present it.
    fn presenting(&self) -> bool {
        self.row().presenting
    }
}
