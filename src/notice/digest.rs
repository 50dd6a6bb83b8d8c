//! What a digest says.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::known::{Given, Known, Sitting};
use crate::mail::one_line;
use crate::program::Program;
use crate::program::working::Working;

/// The most characters of a title or a name.
const NAME: usize = 200;

/// The most changes that one mail tells one by one.
const TOLD: usize = 100;

/// What a mail tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// One line.
    pub subject: String,
    /// What has changed, as plain text.
    pub text: String,
}

/// What has become of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    /// By what it is ordered: when it was or is.
    key: (Option<String>, String),
    /// In one line.
    headline: String,
    /// In some lines.
    text: String,
}

impl Digest {
    /// What there is to tell, by this program, to somebody who knew that; `None` if all is as it was, or over.
    #[must_use]
    pub fn of(program: &Program, known: &[(Uuid, Known)], at: DateTime<Utc>) -> Option<Self> {
        let state = Working::of(program);
        let change = |(id, before): &(Uuid, Known)| change(before, Known::of(&state, before.table(), *id).as_ref(), at);
        let mut changes: Vec<Change> = known.iter().filter_map(change).collect();
        changes.sort_by(|one, other| one.key.cmp(&other.key));
        let first = changes.first()?;
        let conference = program.conference();
        let about = if changes.len() == 1 {
            first.headline.clone()
        } else {
            format!("{} changes of the program", changes.len())
        };
        let more = changes.len().saturating_sub(TOLD);
        let mut text = format!("The program of {} has changed.\n", one_line(&conference.name, NAME));
        for Change { key: _, headline: _, text: entry } in changes.iter().take(TOLD) {
            text += "\n";
            text += entry;
        }
        if more > 0 {
            text += &format!("\nAnd {more} more; please look at the program.\n");
        }
        let as_of = program.zone.local(at).map(|(date, time)| format!("{}, {}", day(date), time.format("%H:%M")));
        let as_of = as_of.map(|as_of| format!(" This is how it stood on {as_of}.")).unwrap_or_default();
        text += &format!("\nTimes are those of {}.{as_of}\n", program.zone.name());
        Some(Self { subject: format!("[{}] {about}", one_line(&conference.name, 60)), text })
    }
}

fn change(before: &Known, now: Option<&Known>, at: DateTime<Utc>) -> Option<Change> {
    if now.is_some_and(|now| before.is_same(now)) {
        return None;
    }
    match (before, now) {
        (Known::Session(before), None) => session(before, None, at),
        (Known::Session(before), Some(Known::Session(now))) => session(before, Some(now), at),
        (Known::Paper(before), None) => paper(before, None, at),
        (Known::Paper(before), Some(Known::Paper(now))) => paper(before, Some(now), at),
        // An id is of one thing.
        (Known::Session(_), Some(Known::Paper(_))) | (Known::Paper(_), Some(Known::Session(_))) => None,
    }
}

fn session(before: &Sitting, now: Option<&Sitting>, at: DateTime<Utc>) -> Option<Change> {
    let over = |sitting: &Sitting| !sitting.held || sitting.is_over(at);
    if over(before) && now.is_none_or(over) {
        return None;
    }
    let zoned = now.is_some_and(|now| now.zone != before.zone);
    let roomed = !before.rooms.is_empty() || now.is_some_and(|now| !now.rooms.is_empty());
    let was = if before.held { place(before, zoned, roomed) } else { "cancelled".to_owned() };
    let (what, is) = match now {
        None => ("is no longer on the program", "  It is no longer on the program.\n".to_owned()),
        Some(now) if !now.held => ("is cancelled", "  It is cancelled.\n".to_owned()),
        Some(now) if !before.held => {
            ("takes place after all", format!("  It takes place: {}\n", place(now, zoned, roomed)))
        }
        Some(now) => {
            let what = match (before.is_then(now), before.is_there(now)) {
                (false, true) => "is at another time",
                (true, false) => "is in another room",
                (false, false) | (true, true) => "has moved",
            };
            (what, format!("  is now: {}\n", place(now, zoned, roomed)))
        }
    };
    let shown = now.unwrap_or(before);
    let name = format!("{} “{}”", one_line(&shown.label, NAME), one_line(&shown.title, NAME));
    Some(Change {
        key: (start(before).or_else(|| start(shown)), shown.label.clone()),
        headline: format!("{name} {what}"),
        text: format!("{name}\n  was: {was}\n{is}"),
    })
}

fn paper(before: &Given, now: Option<&Given>, at: DateTime<Utc>) -> Option<Change> {
    let over = |given: &Given| !given.given || given.is_over(at);
    if over(before) && now.is_none_or(over) {
        return None;
    }
    let was = if before.given { places(before) } else { "withdrawn".to_owned() };
    let (what, is) = match now {
        None => ("is no longer on the program", "  It is no longer on the program.\n".to_owned()),
        Some(now) if !now.given => ("is withdrawn", "  It is withdrawn.\n".to_owned()),
        Some(now) if !before.given => ("is given after all", format!("  It is given: {}\n", places(now))),
        Some(now) => ("has moved", format!("  is now: {}\n", places(now))),
    };
    let shown = now.unwrap_or(before);
    let name = format!("The paper “{}”", one_line(&shown.title, NAME));
    let first = |given: &Given| given.sessions.values().filter_map(start).min();
    Some(Change {
        key: (first(before).or_else(|| first(shown)), shown.title.clone()),
        headline: format!("{name} {what}"),
        text: format!("{name}\n  was: {was}\n{is}"),
    })
}

/// By what it comes before others.
fn start(sitting: &Sitting) -> Option<String> {
    let time = sitting.start.map(|time| time.to_string()).unwrap_or_default();
    sitting.date.map(|date| format!("{date} {time}"))
}

fn day(date: chrono::NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}

/// When and where it is.
fn place(sitting: &Sitting, zoned: bool, roomed: bool) -> String {
    let Sitting { label: _, title: _, date, start, end, fold, zone, rooms, held: _ } = sitting;
    let mut said = match (date, start, end) {
        (None, _, _) => "to be announced".to_owned(),
        (Some(date), None, _) => format!("{}, time to be announced", day(*date)),
        (Some(date), Some(start), None) => format!("{}, from {}", day(*date), start.format("%H:%M")),
        (Some(date), Some(start), Some(end)) => {
            format!("{}, {}–{}", day(*date), start.format("%H:%M"), end.format("%H:%M"))
        }
    };
    if *fold == 1 && start.is_some() {
        said += " (after the clocks are set back)";
    }
    if zoned {
        said += &format!(" ({zone})");
    }
    if roomed {
        let names: Vec<String> = rooms.iter().map(|name| one_line(name, NAME)).collect();
        said += ", ";
        said += &if names.is_empty() { "no room yet".to_owned() } else { names.join(", ") };
    }
    said
}

/// Where a paper is given.
fn places(given: &Given) -> String {
    let mut sessions: Vec<&Sitting> = given.sessions.values().collect();
    sessions.sort_by_key(|session| (start(session), session.label.clone()));
    let named = |session: &Sitting| {
        let roomed = !session.rooms.is_empty();
        format!("in {} ({})", one_line(&session.label, NAME), place(session, false, roomed))
    };
    let all: Vec<String> = sessions.into_iter().map(named).collect();
    if all.is_empty() { "in no session yet".to_owned() } else { all.join(" and ") }
}

#[cfg(test)]
mod tests;
