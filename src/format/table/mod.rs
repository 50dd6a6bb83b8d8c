//! A program as five tables for spreadsheets, as CSV (RFC 4180): panels, papers, sessions, people and roles.
//!
//! The first row has the names of the program file's properties. A table is laid over a program that exists: a row is
//! of what has its key (a role: of its panel or session, person and role), or of something new. A column that is left
//! out leaves things as they are, an empty cell is null. What no row is of stays, unless it is pruned.
//!
//! * **Encoding.** UTF-8 with a byte order mark, by which Excel knows it; it is read without one too. Lines end with
//!   CR LF. Cells are separated by commas; semicolons and tabs, which spreadsheets write in many countries, are read.
//! * **Formulas.** A cell that a spreadsheet would compute gets an apostrophe before it, see [`cell`]. It is taken off
//!   when the cell is read, and no other is.
//! * **Lists in cells.** Items are separated by semicolons, their parts by bars, see [`list`]: keywords are words,
//!   rooms are keys, links are `room | link`, authors are `person | presenting | affiliation` and slots are
//!   `paper | start | minutes | room`.
//! * **Order.** A spreadsheet is sorted in passing, so the order of rows means nothing. Papers have their place in the
//!   panel, roles theirs in the panel or session, as `order`: 1, 2, …; without one, what is new comes last.
//! * **What is private.** The columns `email` (of people) and `links` (of sessions) are in no public table.

mod cell;
mod list;
mod over;
mod place;
mod read;
mod records;
mod row;
mod sheets;
#[cfg(test)]
mod tests;
mod write;

pub use read::read;
pub use sheets::Tables;
pub use write::write;

use super::Scope;

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableKind {
    /// A row a panel.
    Panels,
    /// A row a person.
    People,
    /// A row a paper, with its keywords and authors.
    Papers,
    /// A row a session, with its rooms and slots.
    Sessions,
    /// A row a role of a person in a panel or session.
    Roles,
}

impl TableKind {
    /// All of them, what is referred to before what refers to it.
    pub const ALL: [Self; 5] = [Self::Panels, Self::People, Self::Papers, Self::Sessions, Self::Roles];

    /// Its name, as of a file without `.csv`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Panels => "panels",
            Self::People => "people",
            Self::Papers => "papers",
            Self::Sessions => "sessions",
            Self::Roles => "roles",
        }
    }

    /// All its columns, in the order in which they are written.
    #[must_use]
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Panels => {
                &["key", "code", "title", "kind", "track", "language", "shortAbstract", "abstract", "status", "url"]
            }
            Self::People => &["key", "name", "affiliation", "country", "orcid", "email", "url", "biography"],
            Self::Papers => &[
                "key", "panel", "order", "title", "abstract", "type", "language", "status", "keywords", "url",
                "authors",
            ],
            Self::Sessions => &[
                "key", "panel", "number", "title", "date", "start", "end", "fold", "status", "rooms", "links", "slots",
            ],
            Self::Roles => &["panel", "session", "person", "role", "order", "affiliation"],
        }
    }

    /// The columns without which a row can't be told from others. Of panels either is enough.
    const fn needed(self) -> &'static [&'static str] {
        match self {
            Self::Panels => &[],
            Self::People | Self::Papers | Self::Sessions => &["key"],
            Self::Roles => &["person", "role"],
        }
    }

    /// The columns that are written for somebody.
    fn written(self, scope: Scope) -> impl Iterator<Item = &'static str> {
        self.columns().iter().copied().filter(move |name| scope.private(Some(())).is_some() || !is_private(name))
    }
}

/// Whether what is in this column is not for everyone.
fn is_private(column: &str) -> bool {
    ["email", "links"].contains(&column)
}
