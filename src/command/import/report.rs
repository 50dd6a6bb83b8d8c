//! What an import does, for people: the lines of `--dry-run` and the sums after an import.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::program::row::{Row, RowChange};

/// What happens to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It is new.
    Added,
    /// Something of it changes.
    Changed,
    /// It goes.
    Removed,
    /// The file no longer has it; it stays, as pruning was not asked for.
    Missing,
}

/// Which kind of thing. In the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noun {
    /// The conference itself.
    Conference,
    /// A track.
    Track,
    /// A room.
    Room,
    /// A person.
    Person,
    /// A panel.
    Panel,
    /// A paper.
    Paper,
    /// A session.
    Session,
}

impl Noun {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Conference, Self::Track, Self::Room, Self::Person, Self::Panel, Self::Paper, Self::Session];

    /// For one and for many.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Conference => ("conference", "conferences"),
            Self::Track => ("track", "tracks"),
            Self::Room => ("room", "rooms"),
            Self::Person => ("person", "people"),
            Self::Panel => ("panel", "panels"),
            Self::Paper => ("paper", "papers"),
            Self::Session => ("session", "sessions"),
        }
    }
}

/// One thing and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What happens.
    pub mark: Mark,
    /// A name or title to know it by.
    pub label: String,
    /// What of it changes; empty unless it is changed.
    pub fields: BTreeSet<String>,
}

/// All that an import does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    entries: BTreeMap<(Noun, String), Entry>,
    links: usize,
    addresses: usize,
}

impl Report {
    /// Counts the links and addresses that go although what had them stays.
    pub(super) fn lose(&mut self, changes: &[RowChange]) {
        for change in changes {
            let RowChange::Update { before, after } = change else { continue };
            match (before, after) {
                (Row::Room(before), Row::Room(after)) if before.link.is_some() && after.link.is_none() => {
                    self.links += 1;
                }
                (Row::SessionRoom(before), Row::SessionRoom(after))
                    if before.link.is_some() && after.link.is_none() =>
                {
                    self.links += 1;
                }
                (Row::Person(before), Row::Person(after)) if before.email.is_some() && after.email.is_none() => {
                    self.addresses += 1;
                }
                _ => {}
            }
        }
    }

    /// A warning where links or e-mail addresses go although what had them stays: most often the file is a public
    /// export, which has none. `None` if none goes.
    #[must_use]
    pub fn lost(&self) -> Option<String> {
        let of = |n: usize, one: &str, many: &str| match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        };
        let links = of(self.links, "link to a room", "links to rooms");
        let addresses = of(self.addresses, "e-mail address", "e-mail addresses");
        let lost: Vec<String> = links.into_iter().chain(addresses).collect();
        (!lost.is_empty()).then(|| {
            format!(
                "warning: the file takes away {}; an export made with --public has none of them",
                lost.join(" and ")
            )
        })
    }

    pub(super) fn note(&mut self, mark: Mark, noun: Noun, key: &str, label: &str) {
        let entry = Entry { mark, label: label.to_owned(), fields: BTreeSet::new() };
        self.entries.insert((noun, key.to_owned()), entry);
    }

    /// Something of a thing changes; of one that is new this is nothing more to say.
    pub(super) fn touch(&mut self, noun: Noun, key: &str, label: &str, fields: impl IntoIterator<Item = String>) {
        let entry = self.entries.entry((noun, key.to_owned())).or_insert_with(|| Entry {
            mark: Mark::Changed,
            label: label.to_owned(),
            fields: BTreeSet::new(),
        });
        if entry.mark == Mark::Changed {
            entry.fields.extend(fields);
        }
    }

    /// Whether nothing is added, changed or removed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.values().all(|entry| entry.mark == Mark::Missing)
    }

    /// How many things of this kind have this mark.
    #[must_use]
    pub fn count(&self, mark: Mark, noun: Noun) -> usize {
        self.entries.iter().filter(|((kind, _), entry)| *kind == noun && entry.mark == mark).count()
    }

    /// Everything, by kind and key.
    pub fn entries(&self) -> impl Iterator<Item = (Noun, &str, &Entry)> {
        self.entries.iter().map(|((noun, key), entry)| (*noun, key.as_str(), entry))
    }

    /// The sums, a line a mark: `added: 2 rooms, 1 panel`.
    #[must_use]
    pub fn summary(&self) -> String {
        let marks = [
            (Mark::Added, "added"),
            (Mark::Changed, "changed"),
            (Mark::Removed, "removed"),
            (Mark::Missing, "no longer in the file, kept (--prune removes them)"),
        ];
        let mut lines = Vec::new();
        for (mark, word) in marks {
            let counts: Vec<String> = Noun::ALL
                .into_iter()
                .filter_map(|noun| {
                    let (one, many) = noun.words();
                    match self.count(mark, noun) {
                        0 => None,
                        1 => Some(format!("1 {one}")),
                        n => Some(format!("{n} {many}")),
                    }
                })
                .collect();
            if !counts.is_empty() {
                lines.push(format!("{word}: {}", counts.join(", ")));
            }
        }
        lines.join("\n")
    }
}

impl fmt::Display for Report {
    /// A line a thing: `+` added, `~` changed, `-` removed, `?` no longer in the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((noun, key), entry) in &self.entries {
            let sign = match entry.mark {
                Mark::Added => '+',
                Mark::Changed => '~',
                Mark::Removed => '-',
                Mark::Missing => '?',
            };
            write!(f, "{sign} {} {key}", noun.words().0)?;
            if !entry.label.is_empty() && entry.label != *key {
                write!(f, "  {}", entry.label)?;
            }
            if !entry.fields.is_empty() {
                let fields: Vec<&str> = entry.fields.iter().map(String::as_str).collect();
                write!(f, "  ({})", fields.join(", "))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
