//! schedule.xml, valid against its published schema whatever the program says.

use super::Base;
use super::days::{Day, day_break, next};
use super::people::{Once, description, papers};
use super::plan::{Event, Plan, Which, kind, track_slug};
use super::text::{self, Layout, clock, instant, number, two};
use crate::program::Program;

/// Writes a program as schedule.xml (c3voc's schedule.xml.xsd). The same program gives the same bytes.
///
/// Left out are sessions without a date or a start, what is cancelled, all rooms of a session but the first, and
/// whatever is not public.
pub fn xml(program: &Program, base: &Base<'_>, out: &mut Vec<u8>) {
    write(&Plan::of(program, base, Which::Shown), out);
}

/// Writes what is planned.
pub(super) fn write(plan: &Plan<'_>, out: &mut Vec<u8>) {
    let program = plan.program;
    put(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<schedule>");
    put(out, "\n  <generator name=\"Plenary\" version=\"");
    put(out, env!("CARGO_PKG_VERSION"));
    put(out, "\"");
    if let Some(public) = &plan.addresses.public {
        attribute(out, "system", public);
    }
    put(out, "/>");
    let own = plan.conference();
    if let Some(public) = &plan.addresses.public {
        put(out, "\n  <url>");
        text::xml(out, public, Layout::Line);
        put(out, "/c/");
        text::xml(out, &own.slug, Layout::Line);
        put(out, "/schedule.xml</url>");
    }
    put(out, "\n  <version>");
    number(out, program.stamp.revision);
    put(out, "</version>");
    conference(out, plan);
    let mut once = Once::new(plan);
    for (n, one) in plan.days.iter().enumerate() {
        day(out, plan, n + 1, one, &mut once);
    }
    put(out, "\n</schedule>\n");
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn attribute(out: &mut Vec<u8>, name: &str, value: &str) {
    put(out, " ");
    put(out, name);
    put(out, "=\"");
    text::xml(out, value, Layout::Line);
    put(out, "\"");
}

/// An element of the conference.
fn own(out: &mut Vec<u8>, name: &str, value: &str) {
    element(out, "\n    <", name, value, Layout::Line);
}

fn element(out: &mut Vec<u8>, before: &str, name: &str, value: &str, layout: Layout) {
    put(out, before);
    put(out, name);
    put(out, ">");
    text::xml(out, value, layout);
    put(out, "</");
    put(out, name);
    put(out, ">");
}

fn conference(out: &mut Vec<u8>, plan: &Plan<'_>) {
    let row = plan.conference();
    put(out, "\n  <conference>");
    // At least four characters.
    own(out, "acronym", &format!("{:_<4}", row.slug));
    own(out, "title", &row.name);
    own(out, "start", &row.starts_on.to_string());
    own(out, "end", &row.ends_on.to_string());
    own(out, "days", &plan.days.len().to_string());
    own(out, "timeslot_duration", "00:05");
    if let Some(public) = &plan.addresses.public {
        own(out, "base_url", &format!("{public}/"));
    }
    if let Some(url) = &plan.addresses.conference {
        own(out, "url", url);
    }
    own(out, "time_zone_name", &row.time_zone);
    for ix in &plan.program.index.track_order {
        let track = &plan.program.rows.tracks[*ix as usize];
        put(out, "\n    <track");
        attribute(out, "name", &track.name);
        if let Some(slug) = track_slug(&track.code) {
            attribute(out, "slug", &slug);
        }
        put(out, "/>");
    }
    put(out, "\n  </conference>");
}

fn day(out: &mut Vec<u8>, plan: &Plan<'_>, index: usize, day: &Day, once: &mut Once) {
    let zone = &plan.program.zone;
    put(out, "\n  <day");
    attribute(out, "index", &index.to_string());
    attribute(out, "date", &day.date.to_string());
    put(out, " start=\"");
    day_break(out, zone, day.date);
    put(out, "\" end=\"");
    day_break(out, zone, next(day.date));
    put(out, "\">");
    for uses in day.uses.chunk_by(|left, right| left.room == right.room) {
        let room = &plan.rooms[uses[0].room];
        put(out, "\n    <room");
        attribute(out, "name", &room.name);
        if let Some(guid) = room.guid {
            attribute(out, "guid", guid.hyphenated().encode_lower(&mut [0; 36]));
        }
        put(out, ">");
        for event in uses.iter().filter_map(|one| plan.event(one.session)) {
            write_event(out, plan, &event, &room.name, once);
        }
        put(out, "\n    </room>");
    }
    put(out, "\n  </day>");
}

const BEFORE: &str = "\n        <";

fn write_event(out: &mut Vec<u8>, plan: &Plan<'_>, event: &Event<'_>, room: &str, once: &mut Once) {
    let at = event.ix as usize;
    put(out, "\n      <event guid=\"");
    put(out, plan.sessions.guids[at].hyphenated().encode_lower(&mut [0; 36]));
    put(out, "\" id=\"");
    number(out, plan.sessions.numbers[at].into());
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if let Some(code) = plan.code(event, fits).filter(|code| code.len() == 6) {
        put(out, "\" code=\"");
        put(out, code);
    }
    put(out, "\">\n        <date>");
    instant(out, event.local, event.times.starts_at);
    put(out, "</date>\n        <start>");
    clock(out, event.local.time());
    put(out, "</start>\n        <duration>");
    let minutes = plan.minutes(event);
    two(out, minutes / 60);
    put(out, ":");
    two(out, minutes % 60);
    put(out, "</duration>");
    element(out, BEFORE, "room", room, Layout::Line);
    element(out, BEFORE, "title", &event.panel.title, Layout::Line);
    element(out, BEFORE, "subtitle", &plan.subtitle(event).unwrap_or_default(), Layout::Line);
    element(out, BEFORE, "track", plan.track(event).unwrap_or_default(), Layout::Line);
    element(out, BEFORE, "type", kind(event.panel.kind), Layout::Line);
    element(out, BEFORE, "language", event.panel.language.as_deref().unwrap_or_default(), Layout::Line);
    let short = event.panel.short_abstract.as_deref().unwrap_or_default();
    element(out, BEFORE, "abstract", short, Layout::Lines);
    put(out, "\n        <description>");
    description(plan, event, |piece| text::xml(out, piece, Layout::Lines));
    put(out, "</description>\n        <persons>");
    let list = out.len();
    once.each(plan, event, |ix| {
        put(out, "\n          <person id=\"");
        number(out, plan.people.numbers[ix as usize].into());
        put(out, "\" guid=\"");
        put(out, plan.people.guids[ix as usize].hyphenated().encode_lower(&mut [0; 36]));
        put(out, "\">");
        text::xml(out, plan.names[ix as usize], Layout::Line);
        put(out, "</person>");
    });
    close(out, list);
    put(out, "</persons>\n        <links>");
    let list = out.len();
    let url = event.panel.url.as_deref().and_then(text::address);
    if let Some(url) = &url {
        link(out, url, &event.panel.title);
    }
    for (_, paper, _) in papers(plan, event) {
        if let Some(url) = paper.url.as_deref().and_then(text::address) {
            link(out, &url, &paper.title);
        }
    }
    close(out, list);
    put(out, "</links>");
    if let Some(url) = &url {
        element(out, BEFORE, "url", url, Layout::Line);
    }
    put(out, "\n      </event>");
}

/// Puts the end of a list into a line of its own, unless nothing is in the list.
fn close(out: &mut Vec<u8>, list: usize) {
    if out.len() > list {
        put(out, "\n        ");
    }
}

fn link(out: &mut Vec<u8>, url: &str, title: &str) {
    put(out, "\n          <link");
    attribute(out, "href", url);
    put(out, ">");
    text::xml(out, title, Layout::Line);
    put(out, "</link>");
}
