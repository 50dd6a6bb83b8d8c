//! Where events are in the document: what does not fit is told by that, and not by a program file that nobody has.

use std::collections::HashMap;

use super::read::Source;
use crate::format::fault::Fault;
use crate::format::program_file::{Panel, ProgramFile};
use crate::format::read::short;

/// The places of events in a schedule.
#[derive(Default)]
pub(super) struct Places<'a> {
    /// By the keys of their sessions, and of the panels that they are the first of.
    sessions: HashMap<String, &'a str>,
    panels: HashMap<String, &'a str>,
}

impl<'a> Places<'a> {
    /// Those of a schedule that is a program by itself.
    pub(super) fn of(file: &ProgramFile, sources: &'a [Source]) -> Self {
        let mut places = Self::default();
        for (panel, source) in file.panels.iter().zip(sources) {
            panel.sessions.iter().for_each(|session| places.add(&panel.key, &session.key, source));
        }
        places
    }

    /// The place of a session and of its panel.
    pub(super) fn add(&mut self, panel: &str, session: &str, source: &'a Source) {
        self.panels.entry(panel.to_owned()).or_insert(&source.place);
        self.sessions.insert(session.to_owned(), &source.place);
    }

    /// A fault of the program that the schedule became, said of the schedule.
    pub(super) fn told(&self, file: &ProgramFile, fault: &Fault) -> Fault {
        let pointer = self.place(file, &fault.pointer).unwrap_or_else(|| fault.pointer.clone());
        // What is said may name another place of the program.
        let name = |word: &str| self.place(file, word).unwrap_or_else(|| word.to_owned());
        let message = fault.message.split(' ').map(name).collect::<Vec<_>>().join(" ");
        Fault { pointer, message }
    }

    /// What a pointer into the program points to: an event and what of it, or a thing that is not the schedule's.
    fn place(&self, file: &ProgramFile, pointer: &str) -> Option<String> {
        let steps: Vec<&str> = pointer.strip_prefix('/')?.split('/').collect();
        let at = |n: &str| n.parse::<usize>().ok();
        let named =
            |noun: &str, key: &str| format!("the {noun} \"{}\"", short(key).replace(char::is_control, "\u{fffd}"));
        let (thing, rest) = match steps[..] {
            ["conference", ref rest @ ..] => ("the conference".to_owned(), rest),
            ["tracks", n, ref rest @ ..] => (named("track", &file.tracks.get(at(n)?)?.name), rest),
            ["rooms", n, ref rest @ ..] => (named("room", &file.rooms.get(at(n)?)?.name), rest),
            ["people", n, ref rest @ ..] => (named("person", &file.people.get(at(n)?)?.name), rest),
            ["panels", n, ref rest @ ..] => {
                let panel = file.panels.get(at(n)?)?;
                let code = |panel: &Panel| named("panel", &panel.code);
                match *rest {
                    ["sessions", m, ref rest @ ..] => {
                        let session = panel.sessions.get(at(m)?)?;
                        let event = self.sessions.get(&session.key).map(|place| (*place).to_owned());
                        (event.unwrap_or_else(|| format!("session {} of {}", session.number, code(panel))), rest)
                    }
                    _ => {
                        let event = self.panels.get(&panel.key).map(|place| (*place).to_owned());
                        (event.unwrap_or_else(|| code(panel)), rest)
                    }
                }
            }
            _ => return None,
        };
        Some(if rest.is_empty() { thing } else { format!("{thing}, {}", rest.join(" ")) })
    }
}
