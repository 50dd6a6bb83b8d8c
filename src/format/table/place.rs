//! Places of tables, in words: for faults, also for those that the program file's own rules find once a table is laid
//! over a program.

use std::collections::HashMap;

use super::TableKind;
use super::records::At;
use super::sheets::{Owner, Sheet, Tables};
use crate::format::fault::Fault;
use crate::format::program_file::ProgramFile;

/// A place in a table.
pub(super) fn place(kind: TableKind, at: At, column: &str) -> String {
    // A name from the file may be of any length, and hold what would move the cursor of whoever reads it.
    let column = super::cell::shown(column);
    if column.is_empty() { format!("{}, {at}", kind.name()) } else { format!("{}, {at}, {column}", kind.name()) }
}

/// Where the rows of tables are.
pub(super) struct Places<'a> {
    file: &'a ProgramFile,
    rows: HashMap<Row<'a>, At>,
}

#[derive(PartialEq, Eq, Hash)]
enum Row<'a> {
    Keyed(TableKind, &'a str),
    Role(&'a Owner, &'a str, &'static str),
}

impl<'a> Places<'a> {
    /// Those of these tables, which were laid over a program and became this file.
    pub(super) fn new(tables: &'a Tables, file: &'a ProgramFile) -> Self {
        let mut rows = HashMap::new();
        fn each<R>(sheet: &Option<Sheet<R>>) -> impl Iterator<Item = (At, &R)> {
            sheet.iter().flat_map(|sheet| &sheet.rows).map(|(at, row)| (*at, row))
        }
        let by_code: HashMap<&str, &str> =
            file.panels.iter().map(|panel| (panel.code.as_str(), panel.key.as_str())).collect();
        for (at, panel) in each(&tables.panels) {
            let key = if panel.key.is_empty() { by_code.get(panel.code.as_str()) } else { Some(&panel.key.as_str()) };
            rows.extend(key.map(|key| (Row::Keyed(TableKind::Panels, key), at)));
        }
        let people = each(&tables.people).map(|(at, row)| (Row::Keyed(TableKind::People, &row.key), at));
        rows.extend(people);
        rows.extend(each(&tables.papers).map(|(at, row)| (Row::Keyed(TableKind::Papers, &row.paper.key), at)));
        rows.extend(each(&tables.sessions).map(|(at, row)| (Row::Keyed(TableKind::Sessions, &row.session.key), at)));
        let role = |(at, row): (At, &'a super::sheets::RoleRow)| {
            (Row::Role(&row.owner, &row.entry.person, row.entry.role.as_str()), at)
        };
        rows.extend(each(&tables.roles).map(role));
        Self { file, rows }
    }

    /// A fault of the file, said of the tables.
    pub(super) fn of(&self, fault: &Fault) -> Fault {
        let pointer = self.place(&fault.pointer).unwrap_or_else(|| fault.pointer.clone());
        // What is said may name another place of the file.
        let name = |word: &str| self.thing(word).unwrap_or_else(|| word.to_owned());
        let message = fault.message.split(' ').map(name).collect::<Vec<_>>().join(" ");
        Fault { pointer, message }
    }

    /// What a pointer points to: a row and a column, or a thing that no row is of.
    fn place(&self, pointer: &str) -> Option<String> {
        let (kind, key, rest) = self.found(pointer)?;
        let column = rest.first().copied().unwrap_or_default();
        if let ["roles", n, role_column] = rest[..] {
            let (owner, entry) = self.role(kind, key, n.parse().ok()?)?;
            let at = self.rows.get(&Row::Role(&owner, &entry.person, entry.role.as_str()));
            if let Some(at) = at {
                return Some(place(TableKind::Roles, *at, role_column));
            }
        }
        Some(match self.rows.get(&Row::Keyed(kind, key)) {
            Some(at) => place(kind, *at, column),
            None => format!("{}, {column}", named(kind, key)),
        })
    }

    /// What a pointer points to, in the middle of a sentence.
    fn thing(&self, word: &str) -> Option<String> {
        let (kind, key, _) = self.found(word)?;
        Some(named(kind, key))
    }

    fn found<'p>(&self, pointer: &'p str) -> Option<(TableKind, &'a str, Vec<&'p str>)> {
        let steps: Vec<&str> = pointer.strip_prefix('/')?.split('/').collect();
        match steps[..] {
            ["people", n, ref rest @ ..] => {
                Some((TableKind::People, &self.file.people.get(n.parse::<usize>().ok()?)?.key, rest.to_vec()))
            }
            ["panels", n, ref rest @ ..] => {
                let panel = self.file.panels.get(n.parse::<usize>().ok()?)?;
                match *rest {
                    ["papers", n, ref rest @ ..] => {
                        Some((TableKind::Papers, &panel.papers.get(n.parse::<usize>().ok()?)?.key, rest.to_vec()))
                    }
                    ["sessions", n, ref rest @ ..] => {
                        Some((TableKind::Sessions, &panel.sessions.get(n.parse::<usize>().ok()?)?.key, rest.to_vec()))
                    }
                    _ => Some((TableKind::Panels, &panel.key, rest.to_vec())),
                }
            }
            _ => None,
        }
    }

    fn role(
        &self,
        kind: TableKind,
        key: &str,
        n: usize,
    ) -> Option<(Owner, &'a crate::format::program_file::RoleEntry)> {
        let mut panels = self.file.panels.iter();
        match kind {
            TableKind::Panels => {
                let panel = panels.find(|panel| panel.key == key)?;
                Some((Owner::Panel(key.to_owned()), panel.roles.get(n)?))
            }
            TableKind::Sessions => {
                let session = panels.flat_map(|panel| &panel.sessions).find(|session| session.key == key)?;
                Some((Owner::Session(key.to_owned()), session.roles.get(n)?))
            }
            TableKind::People | TableKind::Papers | TableKind::Roles => None,
        }
    }
}

/// A thing by its key.
pub(super) fn named(kind: TableKind, key: &str) -> String {
    let noun = match kind {
        TableKind::Panels => "panel",
        TableKind::People => "person",
        TableKind::Papers => "paper",
        TableKind::Sessions => "session",
        TableKind::Roles => "role",
    };
    format!("the {noun} \"{}\"", super::cell::shown(key))
}
