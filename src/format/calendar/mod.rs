//! Calendars: sessions of a program as iCalendar (RFC 5545, with RFC 7986's properties of calendars).
//!
//! An event is a session. Its `UID` is the session's id and its `SEQUENCE` the greatest revision of what it shows, so
//! that a calendar application that has it already knows it again wherever it is moved, and takes the newer one. What is
//! to be announced has no place in a calendar; what is cancelled stays in it, as cancelled. The same program gives the
//! same bytes: no clock is read.

mod event;
mod lines;
#[cfg(test)]
mod tests;
mod zone;

use chrono::NaiveDate;
use entity::enums::Audience;

use self::lines::Lines;
use crate::program::Program;
use crate::program::index::Ix;

/// What makes these calendars: the software, not its release, so that a new release does not change every calendar.
const PRODUCT: &str = "-//Plenary//Program//EN";

/// Which sessions a calendar has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of the conference.
    Conference,
    /// Those that start on this day.
    Day(NaiveDate),
    /// Those in a room.
    Room(Ix),
    /// Those of a panel.
    Panel(Ix),
    /// One.
    Session(Ix),
}

/// A calendar.
#[derive(Clone, Debug)]
pub struct Calendar<'a> {
    /// Whose sessions.
    pub program: &'a Program,
    /// What applications call it.
    pub name: String,
    /// Where it can be fetched anew; `None` for one whose address is a secret.
    pub source: Option<String>,
    /// Its sessions.
    pub sessions: Vec<Ix>,
    /// After how many minutes applications should look again.
    pub refresh: u32,
    /// For whom: the links in it are those that this audience may have. `None`: no links at all.
    pub links: Option<Audience>,
}

impl<'a> Calendar<'a> {
    /// A calendar for everybody.
    #[must_use]
    pub fn public(program: &'a Program, extent: Extent, source: String, refresh: u32) -> Self {
        let (rows, index) = (&program.rows, &program.index);
        let (what, sessions) = match extent {
            Extent::Conference => (None, index.session_order.to_vec()),
            Extent::Day(date) => {
                let day = index.days.iter().find(|day| day.date == date);
                (Some(date.to_string()), day.map_or_else(Vec::new, |day| day.sessions.to_vec()))
            }
            Extent::Room(ix) => {
                (Some(rows.rooms[ix as usize].name.clone()), index.rooms[ix as usize].sessions.to_vec())
            }
            Extent::Panel(ix) => {
                let row = &rows.panels[ix as usize];
                (Some(format!("{} {}", row.code, row.title)), index.panels[ix as usize].sessions.to_vec())
            }
            Extent::Session(ix) => (Some(event::title(program, ix)), vec![ix]),
        };
        let own = &program.conference().name;
        let name = what.map_or_else(|| own.clone(), |what| format!("{own}: {what}"));
        Self { program, name, source: Some(source), sessions, refresh, links: None }
    }

    /// Somebody's own.
    #[must_use]
    pub fn personal(program: &'a Program, sessions: Vec<Ix>, refresh: u32, links: Option<Audience>) -> Self {
        let name = format!("{}: my schedule", program.conference().name);
        Self { program, name, source: None, sessions, refresh, links }
    }

    /// Writes it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Self { program, name, source, sessions, refresh, links: _ } = self;
        // What is to be announced is none of a calendar's business.
        let timed = |ix: &Ix| Some((*ix, program.index.sessions[*ix as usize].times?));
        let events: Vec<_> = sessions.iter().filter_map(timed).collect();
        let mut lines = Lines::new(out);
        lines.line("BEGIN:VCALENDAR");
        lines.line("VERSION:2.0");
        lines.property("PRODID", PRODUCT);
        lines.line("CALSCALE:GREGORIAN");
        lines.text("NAME", name);
        lines.text("X-WR-CALNAME", name);
        lines.text("X-WR-TIMEZONE", program.zone.name());
        lines.property("REFRESH-INTERVAL;VALUE=DURATION", &format!("PT{refresh}M"));
        lines.property("X-PUBLISHED-TTL", &format!("PT{refresh}M"));
        if let Some(url) = &program.conference().url {
            lines.property("URL", url);
        }
        if let Some(source) = source {
            lines.property("SOURCE;VALUE=URI", source);
        }
        zone::write(&mut lines, program, &events);
        for (ix, times) in &events {
            event::write(&mut lines, self, *ix, times);
        }
        lines.line("END:VCALENDAR");
    }
}
