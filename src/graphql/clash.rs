//! Clashes: what an organizer is warned of.

use std::sync::Arc;

use async_graphql::{Enum, Object};

use super::person::Person;
use super::room::Room;
use super::scalars::DateTime;
use super::session::Session;
use crate::program::Program;
use crate::program::clashes::{self, Severity, Wanted};

/// How bad a clash is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Severity")]
pub enum ClashSeverity {
    /// It can't be: one room with walls for two sessions, one person leading or presenting in two.
    Fatal,
    /// It may be meant: two sessions in one virtual room, or of one panel in one room; somebody who is only an author
    /// or a convenor of what is given elsewhere; two sessions on one schedule.
    Warning,
}

/// A clash.
pub struct Clash {
    program: Arc<Program>,
    clash: clashes::Clash,
}

impl Clash {
    /// All of a program, the worst first.
    pub(super) fn all(program: &Arc<Program>) -> Vec<Self> {
        Self::list(program, program.clashes())
    }

    /// These, of a program.
    pub(super) fn list(program: &Arc<Program>, clashes: Vec<clashes::Clash>) -> Vec<Self> {
        clashes.into_iter().map(|clash| Self { program: Arc::clone(program), clash }).collect()
    }
}

/// Two sessions that want the same room or the same person at the same time, or that are both on your individual
/// schedule. What ends when the next begins does not clash. Only the conference's organizers see the program's clashes,
/// and only you see those of your schedule.
#[Object]
impl Clash {
    /// How bad it is.
    fn severity(&self) -> ClashSeverity {
        self.clash.severity.into()
    }

    /// The room that both want; null if it is a person, or you.
    fn room(&self) -> Option<Room> {
        match self.clash.wanted {
            Wanted::Room(ix) => Some(Room::new(&self.program, ix)),
            Wanted::Person(_) | Wanted::Viewer => None,
        }
    }

    /// The person whom both want, in whatever role; null if it is a room, or you.
    fn person(&self) -> Option<Person> {
        match self.clash.wanted {
            Wanted::Person(ix) => Some(Person::new(&self.program, ix)),
            Wanted::Room(_) | Wanted::Viewer => None,
        }
    }

    /// The two sessions, the one that starts first before the other.
    fn sessions(&self) -> Vec<Session> {
        [self.clash.first, self.clash.second].map(|ix| Session::new(&self.program, ix)).into()
    }

    /// From when both want it.
    fn starts_at(&self) -> DateTime {
        DateTime(self.clash.from)
    }

    /// Until when: the first instant at which they no longer do.
    fn ends_at(&self) -> DateTime {
        DateTime(self.clash.to)
    }
}
