//! What a program is written as: the program file, or a format of others. The one list of them, for the command line
//! and for HTTP.

use super::Scope;
use super::table::{self, TableKind};
use super::write::write_program;
use crate::program::Program;

/// A format that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// The program file.
    Program,
    /// One table as CSV.
    Table(TableKind),
}

impl OutputFormat {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Program,
        Self::Table(TableKind::Panels),
        Self::Table(TableKind::Papers),
        Self::Table(TableKind::Sessions),
        Self::Table(TableKind::People),
        Self::Table(TableKind::Roles),
    ];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Program => "json",
            Self::Table(TableKind::Panels) => "panels.csv",
            Self::Table(TableKind::Papers) => "papers.csv",
            Self::Table(TableKind::Sessions) => "sessions.csv",
            Self::Table(TableKind::People) => "people.csv",
            Self::Table(TableKind::Roles) => "roles.csv",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What it is, for people.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Program => "The program file that `import` reads: everything",
            Self::Table(TableKind::Panels) => "Panels, for spreadsheets",
            Self::Table(TableKind::Papers) => "Papers with their keywords and authors, for spreadsheets",
            Self::Table(TableKind::Sessions) => "Sessions with their rooms and slots, for spreadsheets",
            Self::Table(TableKind::People) => "People, for spreadsheets",
            Self::Table(TableKind::Roles) => "Who does what in panels and sessions, for spreadsheets",
        }
    }

    /// Writes a program to the end of `out`: the same program always gives the same bytes. `public_url` is where this
    /// server is, for formats that name addresses.
    pub fn write(self, program: &Program, scope: Scope, public_url: &str, out: &mut Vec<u8>) {
        let _ = public_url;
        match self {
            Self::Program => write_program(program, scope, out),
            Self::Table(kind) => table::write(program, kind, scope, out),
        }
    }
}
