//! What was not understood, said once for everything that is alike.

use std::collections::HashMap;

use super::super::super::fault::Fault;
use super::super::super::read::short;

/// How many different things are said: a file may have names of its own for everything.
const MOST: usize = 100;

struct Note {
    place: String,
    what: String,
    example: Option<String>,
    count: usize,
}

/// The notes of one file.
#[derive(Default)]
pub(super) struct Notes {
    list: Vec<Note>,
    by: HashMap<String, usize>,
    more: usize,
}

impl Notes {
    /// One more of these, or the first.
    pub(super) fn add(&mut self, place: &str, what: &str) {
        self.put(place, what, None);
    }

    /// The same; the first is told with its value.
    pub(super) fn add_like(&mut self, place: &str, what: &str, value: &str) {
        self.put(place, what, Some(value));
    }

    fn put(&mut self, place: &str, what: &str, value: Option<&str>) {
        if let Some(at) = self.by.get(what) {
            self.list[*at].count += 1;
        } else if self.list.len() >= MOST {
            self.more += 1;
        } else {
            self.by.insert(what.to_owned(), self.list.len());
            let example = value.map(|value| plain(&short(value)));
            self.list.push(Note { place: place.to_owned(), what: what.to_owned(), example, count: 1 });
        }
    }

    /// All of them, in the order in which they were first met.
    pub(super) fn list(self) -> Vec<Fault> {
        let told = |Note { place, what, example, count }: Note| {
            let example = example.map(|value| format!(", as \"{value}\"")).unwrap_or_default();
            let times = if count > 1 { format!(" ({count} times, here first)") } else { String::new() };
            Fault { pointer: place, message: format!("{what}{example}{times}") }
        };
        let mut list: Vec<Fault> = self.list.into_iter().map(told).collect();
        if self.more > 0 {
            let message = format!("{} more things of other kinds are left out", self.more);
            list.push(Fault { pointer: String::new(), message });
        }
        list
    }
}

/// Text of the file that is safe to show: without what would move the cursor of whoever reads it in a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
