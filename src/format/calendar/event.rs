//! A session as an event.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use entity::enums::{Audience, PanelStatus, PaperStatus, Role, SessionStatus};

use super::Calendar;
use super::lines::{Lines, Text, quoted};
use crate::format::digits::{basic, hour_minute, number};
use crate::format::escape::start;
use crate::policy::{LinkAccess, link_access};
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::zone::SessionTimes;

/// The roles that an event tells, in this order, with their names for one and for several.
const ROLES: [(Role, &str, &str); 5] = [
    (Role::Convenor, "Convenor", "Convenors"),
    (Role::Chair, "Chair", "Chairs"),
    (Role::Discussant, "Discussant", "Discussants"),
    (Role::Moderator, "Moderator", "Moderators"),
    (Role::Speaker, "Speaker", "Speakers"),
];

/// What a session is called: by its panel's code, with its number where the panel has several.
pub(super) fn title(program: &Program, ix: Ix) -> String {
    let mut title = String::new();
    name(program, ix, |part| title.push_str(part));
    title
}

fn name(program: &Program, ix: Ix, mut push: impl FnMut(&str)) {
    let (row, index) = (&program.rows.sessions[ix as usize], &program.index.sessions[ix as usize]);
    let panel = &program.rows.panels[index.panel as usize];
    push(&panel.code);
    if program.index.panels[index.panel as usize].sessions.len() > 1 {
        push(".");
        push(number(row.number.unsigned_abs()).as_str());
    }
    push(" ");
    push(&panel.title);
    if let Some(own) = &row.title {
        push(": ");
        push(own);
    }
}

/// Writes one.
pub(super) fn write(lines: &mut Lines<'_>, calendar: &Calendar<'_>, ix: Ix, times: &SessionTimes) {
    let Calendar { program, links, source, .. } = calendar;
    let (program, links, personal) = (*program, *links, source.is_none());
    let (row, index) = (&program.rows.sessions[ix as usize], &program.index.sessions[ix as usize]);
    let panel = &program.rows.panels[index.panel as usize];
    fetch(program, ix);
    let cancelled = row.status == SessionStatus::Cancelled || panel.status == PanelStatus::Cancelled;
    let sequence = revision(program, ix, personal);
    // A log that was cut no longer knows when that was; the same program has to give the same calendar all the same.
    let changed = program.tail.time_of(sequence).unwrap_or_else(|| made(program));
    let changed = basic(changed.naive_utc(), true);
    lines.line("BEGIN:VEVENT");
    lines.property("UID", row.id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()));
    lines.property("DTSTAMP", changed.as_str());
    lines.property("LAST-MODIFIED", changed.as_str());
    lines.property("SEQUENCE", &sequence.to_string());
    time(lines, program, "DTSTART", row.date.zip(row.start_time), times.starts_at);
    if let Some(end) = end(program, ix, times) {
        let local = times.end_date.filter(|_| times.ends_at == Some(end)).zip(row.end_time);
        time(lines, program, "DTEND", local, end);
    }
    lines.written("SUMMARY", |text| name(program, ix, |part| text.push(part)));
    lines.property("STATUS", if cancelled { "CANCELLED" } else { "CONFIRMED" });
    lines.written("LOCATION", |text| {
        for (n, ix) in index.session_rooms.iter().enumerate() {
            let room = program.index.session_rooms[*ix as usize].room;
            if n > 0 {
                text.comma();
            }
            text.push(&program.rows.rooms[room as usize].name);
        }
    });
    if let Some(track) = program.index.panels[index.panel as usize].track {
        lines.text("CATEGORIES", &program.rows.tracks[track as usize].name);
    }
    if let Some(url) = &panel.url {
        lines.property("URL", url);
    }
    let links = links.filter(|_| !cancelled).map_or_else(Vec::new, |audience| joins(program, ix, audience));
    for (room, link) in &links {
        lines.property(&format!("CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL={}", quoted(room)), link);
    }
    lines.written("DESCRIPTION", |text| describe(text, program, ix, &links));
    lines.line("END:VEVENT");
}

/// Reads a little of all that is going to be written. Texts lie anywhere in memory, and waiting for one after the other takes
/// most of the time of a large calendar; here they are waited for together.
fn fetch(program: &Program, ix: Ix) {
    let (rows, index) = (&program.rows, &program.index);
    let own = &index.sessions[ix as usize];
    let panel = &rows.panels[own.panel as usize];
    let mut read = start(&panel.title) ^ panel.short_abstract.as_deref().map_or(0, start);
    for slot in &own.slots {
        let paper = index.slots[*slot as usize].paper as usize;
        read ^= start(&rows.papers[paper].title);
        for author in &index.papers[paper].authorships {
            read ^= start(&program.person(index.authorships[*author as usize].person).name);
        }
    }
    for part in own.participations.iter().chain(&index.panels[own.panel as usize].participations) {
        read ^= start(&program.person(index.participations[*part as usize].person).name);
    }
    std::hint::black_box(read);
}

/// Where to join, by room, as far as this audience may.
fn joins(program: &Program, ix: Ix, audience: Audience) -> Vec<(&str, &str)> {
    let own = program.conference();
    let uses = program.index.sessions[ix as usize].session_rooms.iter();
    uses.filter_map(|ix| {
        let room = &program.rows.rooms[program.index.session_rooms[*ix as usize].room as usize];
        let link = program.rows.session_rooms[*ix as usize].link.as_ref().or(room.link.as_ref());
        let access = link_access(link.is_some(), own.link_audience, own.links_open, audience);
        Some((room.name.as_str(), link.filter(|_| access == LinkAccess::Open)?.as_str()))
    })
    .collect()
}

/// The greatest revision of what the event shows. It never goes down, since whatever goes away stamps what had it.
fn revision(program: &Program, ix: Ix, personal: bool) -> i64 {
    let (rows, index) = (&program.rows, &program.index);
    let own = &index.sessions[ix as usize];
    let panel = own.panel as usize;
    let name = |person: Ix| rows.people[person as usize].revision;
    let track = index.panels[panel].track.map_or(0, |ix| rows.tracks[ix as usize].revision);
    let rooms = own.session_rooms.iter().map(|ix| {
        let it = &index.session_rooms[*ix as usize];
        if personal { it.revision } else { rows.rooms[it.room as usize].revision }
    });
    let parts = own.participations.iter().chain(&index.panels[panel].participations);
    let parts = parts.map(|ix| name(index.participations[*ix as usize].person));
    let papers = own.slots.iter().map(|ix| {
        let paper = &index.papers[index.slots[*ix as usize].paper as usize];
        let authors = paper.authorships.iter().map(|ix| name(index.authorships[*ix as usize].person));
        authors.max().unwrap_or(0).max(paper.revision)
    });
    // Whether there are links in it is said by the conference's own row.
    let conference = if personal { program.conference().revision } else { 0 };
    let all = rooms.chain(parts).chain(papers).max().unwrap_or(0);
    all.max(conference).max(own.revision).max(index.panels[panel].revision).max(rows.panels[panel].revision).max(track)
}

/// When the conference was made: its id bears it (RFC 9562, section 5.7).
fn made(program: &Program) -> DateTime<Utc> {
    let at = program.id().get_timestamp().map(|at| at.to_unix());
    let at = at.and_then(|(seconds, _)| i64::try_from(seconds).ok());
    at.and_then(|at| DateTime::from_timestamp(at, 0)).unwrap_or(DateTime::UNIX_EPOCH)
}

/// When it ends: as is said, or with the last of its papers; `None` if neither is known.
pub(super) fn end(program: &Program, ix: Ix, times: &SessionTimes) -> Option<DateTime<Utc>> {
    let slots = program.index.sessions[ix as usize].slots.iter();
    let ends = slots.filter_map(|ix| {
        let minutes = program.rows.slots[*ix as usize].minutes?;
        program.index.slots[*ix as usize].starts_at?.checked_add_signed(TimeDelta::minutes(minutes.into()))
    });
    times.ends_at.or_else(|| ends.max()).filter(|end| *end > times.starts_at)
}

/// An instant on the zone's clocks; in UTC where they show it twice and the first is not meant, since that is how a local
/// time is read (RFC 5545, section 3.3.5).
fn time(
    lines: &mut Lines<'_>,
    program: &Program,
    name: &str,
    local: Option<(NaiveDate, NaiveTime)>,
    at: DateTime<Utc>,
) {
    let zone = &program.zone;
    let local = local.or_else(|| zone.local(at)).filter(|(date, time)| {
        let read = zone.instants(*date, *time);
        read.is_ok_and(|(first, _)| first == at)
    });
    match local {
        Some((date, time)) => {
            lines.local(name, zone.name(), basic(NaiveDateTime::new(date, time), false).as_str());
        }
        None => lines.property(name, basic(at.naive_utc(), true).as_str()),
    }
}

/// What it is about: where to join, who takes part, the abstract, the papers.
fn describe(text: &mut Text, program: &Program, ix: Ix, links: &[(&str, &str)]) {
    let index = &program.index.sessions[ix as usize];
    let panel = &program.rows.panels[index.panel as usize];
    let of_panel = &program.index.panels[index.panel as usize].participations;
    let mut paragraphs = Paragraphs { text, begun: false };
    for (room, link) in links {
        let text = paragraphs.begin();
        for part in ["Join (", room, "): ", link] {
            text.push(part);
        }
    }
    let mut first = true;
    for (role, one, several) in ROLES {
        // Those of the sitting, else the panel's. Who is implied is named already, as what they are.
        let sitting = people(program, &index.participations, role);
        let mut parts = if sitting.clone().next().is_some() { sitting } else { people(program, of_panel, role) };
        let Some(person) = parts.next() else { continue };
        let text = paragraphs.line(std::mem::take(&mut first));
        text.push(if parts.clone().next().is_none() { one } else { several });
        text.push(": ");
        text.push(&program.person(person).name);
        for person in parts {
            text.comma();
            text.push(&program.person(person).name);
        }
    }
    if let Some(own) = panel.short_abstract.as_ref().or(panel.r#abstract.as_ref()).filter(|own| !own.is_empty()) {
        paragraphs.begin().push(own);
    }
    for (n, slot) in index.slots.iter().enumerate() {
        let own = &program.index.slots[*slot as usize];
        let paper = &program.rows.papers[own.paper as usize];
        let text = paragraphs.line(n == 0);
        if let Some(time) = program.rows.slots[*slot as usize].start_time.filter(|_| own.starts_at.is_some()) {
            text.push(hour_minute(time).as_str());
            text.push(" ");
        }
        text.push(&paper.title);
        let authors = &program.index.papers[own.paper as usize].authorships;
        for (n, author) in authors.iter().enumerate() {
            if n == 0 {
                text.push(" (");
            } else {
                text.comma();
            }
            text.push(&program.person(program.index.authorships[*author as usize].person).name);
        }
        if !authors.is_empty() {
            text.push(")");
        }
        if paper.status == PaperStatus::Withdrawn {
            text.push(" [withdrawn]");
        }
    }
}

/// Who has a role.
fn people<'p>(program: &'p Program, of: &'p [Ix], role: Role) -> impl Iterator<Item = Ix> + Clone + use<'p> {
    let has = move |it: &&Ix| program.rows.participations[**it as usize].role == role;
    of.iter().filter(has).map(|it| program.index.participations[*it as usize].person)
}

/// Paragraphs, with a blank line between.
struct Paragraphs<'t> {
    text: &'t mut Text,
    begun: bool,
}

impl Paragraphs<'_> {
    /// Begins the next one.
    fn begin(&mut self) -> &mut Text {
        if std::mem::replace(&mut self.begun, true) {
            self.text.line_feed();
            self.text.line_feed();
        }
        self.text
    }

    /// Begins the next line of a paragraph, or the paragraph with its first.
    fn line(&mut self, first: bool) -> &mut Text {
        if first {
            return self.begin();
        }
        self.text.line_feed();
        self.text
    }
}
