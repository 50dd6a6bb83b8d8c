//! What is told of an import before it is done. E-mail addresses and links that are in the file are never repeated, though
//! keys, names and faults may hold them.

use crate::command::import::{Mark, Noun, Report};
use crate::db::Stamp;
use crate::format::fault::Fault;
use crate::format::private::masked;

/// The most notes that are told.
const NOTES: usize = 1_000;

/// What importing a file would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The state of the program on which this is so.
    pub stamp: Stamp,
    /// What happens to what, by kind and key.
    pub changes: Vec<Change>,
    /// How often what happens to which kind.
    pub totals: Vec<Total>,
    /// What of the file was not understood, or has no place in a program: as many as are told.
    pub notes: Vec<Note>,
    /// How many of these there are. Whatever reads a file tells a hundred, and with one more how many it does not tell.
    pub note_count: usize,
    /// What an organizer may not expect.
    pub warnings: Vec<String>,
}

/// A thing and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happens.
    pub mark: Mark,
    /// To what kind of thing.
    pub kind: Noun,
    /// What the file knows it by.
    pub key: String,
    /// A name or title to know it by.
    pub label: String,
    /// What of it changes, as the program file calls it; empty unless it is changed.
    pub fields: Vec<String>,
}

/// How often something happens to things of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// What happens.
    pub mark: Mark,
    /// To what kind of thing.
    pub kind: Noun,
    /// How often: at least once.
    pub count: usize,
}

/// Something about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where: in JSON a pointer (RFC 6901), else a line; empty: the file as a whole.
    pub place: String,
    /// What, and how to mend it if it is wrong.
    pub message: String,
}

impl Told {
    pub(super) fn of(stamp: Stamp, report: &Report, noted: &[Fault]) -> Self {
        let changes = report.entries().map(|(kind, key, entry)| Change {
            mark: entry.mark,
            kind,
            key: masked(key),
            label: masked(&entry.label),
            fields: entry.fields.iter().cloned().collect(),
        });
        let marks = [Mark::Added, Mark::Changed, Mark::Removed, Mark::Missing];
        let all = marks.into_iter().flat_map(|mark| Noun::ALL.into_iter().map(move |kind| (mark, kind)));
        let totals = all.map(|(mark, kind)| Total { mark, kind, count: report.count(mark, kind) });
        let lost = report.lost().map(|lost| {
            // Said by a command line.
            let lost = lost.strip_prefix("warning: ").unwrap_or(&lost);
            lost.replace("an export made with --public", "a public export")
        });
        Self {
            stamp,
            changes: changes.collect(),
            totals: totals.filter(|total| total.count > 0).collect(),
            notes: notes(noted, NOTES),
            note_count: noted.len(),
            warnings: lost.into_iter().collect(),
        }
    }
}

/// The first so many faults as they are told.
pub(super) fn notes(faults: &[Fault], most: usize) -> Vec<Note> {
    faults.iter().take(most).map(note).collect()
}

/// A fault as it is told.
pub(super) fn note(fault: &Fault) -> Note {
    let Fault { pointer, message } = fault;
    let parts: Vec<String> = pointer.split('/').map(masked).collect();
    // What a command line calls so.
    Note { place: parts.join("/"), message: masked(message).replace("--prune", "prune=true") }
}

/// In API and answers.
#[must_use]
pub const fn mark_name(mark: Mark) -> &'static str {
    match mark {
        Mark::Added => "ADDED",
        Mark::Changed => "CHANGED",
        Mark::Removed => "REMOVED",
        Mark::Missing => "MISSING",
    }
}

/// In API and answers.
#[must_use]
pub const fn kind_name(kind: Noun) -> &'static str {
    match kind {
        Noun::Conference => "CONFERENCE",
        Noun::Track => "TRACK",
        Noun::Room => "ROOM",
        Noun::Person => "PERSON",
        Noun::Panel => "PANEL",
        Noun::Paper => "PAPER",
        Noun::Session => "SESSION",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_links_are_not_repeated() {
        for (text, expected) in [
            ("", ""),
            ("P2 Early things", "P2 Early things"),
            ("ann@canary.example", "…"),
            ("no person with the key \"ann@canary.example\"; add one", "no person with the key \"…\"; add one"),
            ("Ann <ann@canary.example>, Bob", "Ann <…>, Bob"),
            ("see https://meet.example/x?y.", "see …"),
            ("(HTTPS://meet.example)", "(…)"),
            ("write it as name@example.org, or leave it out", "write it as name@example.org, or leave it out"),
            ("begins with http:// or https:// and", "begins with http:// or https:// and"),
            ("Lunch @ noon", "Lunch @ noon"),
            ("a\u{a0}b@c.example\u{2003}d", "a\u{a0}…\u{2003}d"),
        ] {
            assert_eq!(masked(text), expected);
        }
        let fault = |pointer: &str, message: &str| Fault { pointer: pointer.into(), message: message.into() };
        let told = note(&fault("/people/3/https:~1~1meet.example/ann@canary.example", "remove it with --prune"));
        assert_eq!(told, Note { place: "/people/3/…/…".into(), message: "remove it with prune=true".into() });
    }

    proptest::proptest! {
        #[test]
        fn nothing_private_is_left(before in "\\PC{0,20}", name in "[a-z0-9.+-]{1,9}", after in "\\PC{0,20}") {
            for private in [format!("{name}@host.test"), format!("https://host.test/{name}")] {
                let text = masked(&format!("{before}{private}{after}"));
                proptest::prop_assert!(!text.contains(&private), "{}", text);
            }
        }
    }
}
