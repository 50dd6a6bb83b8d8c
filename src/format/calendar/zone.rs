//! The time zone of a calendar, as far as its events reach (RFC 5545, section 3.6.5): its name is IANA's, and what it
//! means is there for applications that do not know the name.

use chrono::{DateTime, Utc};

use super::event;
use super::lines::Lines;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::zone::{Observance, SessionTimes};

/// Writes it.
pub(super) fn write(lines: &mut Lines<'_>, program: &Program, events: &[(Ix, SessionTimes)]) {
    let starts = events.iter().map(|(_, times)| times.starts_at);
    let ends = events.iter().map(|(ix, times)| event::end(program, *ix, times).unwrap_or(times.starts_at));
    // A calendar without events has its zone too: a calendar has to have something in it.
    let first = starts.min().or_else(|| noon(program));
    let last = ends.max().or(first);
    let (Some(first), Some(last)) = (first, last) else { return };
    lines.line("BEGIN:VTIMEZONE");
    lines.text("TZID", program.zone.name());
    for Observance { since, from, to, name, dst } in program.zone.observances(first, last) {
        let kind = if dst { "DAYLIGHT" } else { "STANDARD" };
        lines.property("BEGIN", kind);
        lines.property("DTSTART", &since.format("%Y%m%dT%H%M%S").to_string());
        lines.property("TZOFFSETFROM", &offset(from));
        lines.property("TZOFFSETTO", &offset(to));
        lines.text("TZNAME", &name);
        lines.property("END", kind);
    }
    lines.line("END:VTIMEZONE");
}

fn noon(program: &Program) -> Option<DateTime<Utc>> {
    Some(program.conference().starts_on.and_hms_opt(12, 0, 0)?.and_utc())
}

/// An offset from UTC, in seconds, as `+hhmm`; seconds only where it has some (section 3.3.14).
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3_600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    if rest == 0 { format!("{sign}{hours:02}{minutes:02}") } else { format!("{sign}{hours:02}{minutes:02}{rest:02}") }
}
