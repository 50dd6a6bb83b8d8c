//! schedule.json, version 1, valid against its published schema whatever the program says.

use super::Base;
use super::days::{Day, day_break, next};
use super::people::{Once, description, papers};
use super::plan::{Event, Plan, Which, kind, track_slug};
use super::text::{self, Layout, clock, instant, number, two};
use crate::program::Program;
use entity::enums::RoomKind;

/// Writes a program as schedule.json (c3voc's schema.json). The same program gives the same bytes. What is left out is
/// what schedule.xml leaves out.
pub fn json(program: &Program, base: &Base<'_>, out: &mut Vec<u8>) {
    write(&Plan::of(program, base, Which::Shown), out);
}

/// Writes what is planned.
pub(super) fn write(plan: &Plan<'_>, out: &mut Vec<u8>) {
    let program = plan.program;
    put(out, "{\"$schema\":\"https://c3voc.de/schedule/schema.json\",\"generator\":{\"name\":\"Plenary\"");
    string(out, ",\"version\":", env!("CARGO_PKG_VERSION"));
    if let Some(public) = &plan.addresses.public {
        string(out, ",\"url\":", public);
    }
    put(out, "},\"schedule\":{\"version\":\"");
    number(out, program.stamp.revision);
    put(out, "\"");
    if let Some(public) = &plan.addresses.public {
        string(out, ",\"base_url\":", &format!("{public}/"));
    }
    put(out, ",\"conference\":{");
    conference(out, plan);
    put(out, ",\"days\":[");
    let mut once = Once::new(plan);
    for (n, one) in plan.days.iter().enumerate() {
        put(out, if n == 0 { "\n" } else { ",\n" });
        day(out, plan, n + 1, one, &mut once);
    }
    put(out, "]}}}\n");
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// What comes before, and a string in one line.
fn string(out: &mut Vec<u8>, before: &str, text: &str) {
    laid_out(out, before, text, Layout::Line);
}

fn laid_out(out: &mut Vec<u8>, before: &str, text: &str, layout: Layout) {
    put(out, before);
    put(out, "\"");
    text::json(out, text, layout);
    put(out, "\"");
}

/// What comes before, and a string or null.
fn maybe(out: &mut Vec<u8>, before: &str, text: Option<&str>, layout: Layout) {
    match text {
        Some(text) => laid_out(out, before, text, layout),
        None => {
            put(out, before);
            put(out, "null");
        }
    }
}

fn list<T>(out: &mut Vec<u8>, before: &str, items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut Vec<u8>, T)) {
    put(out, before);
    put(out, "[");
    for (n, one) in items.into_iter().enumerate() {
        if n > 0 {
            put(out, ",");
        }
        item(out, one);
    }
    put(out, "]");
}

fn conference(out: &mut Vec<u8>, plan: &Plan<'_>) {
    let row = plan.conference();
    string(out, "\"acronym\":", &acronym(&row.slug));
    string(out, ",\"title\":", &row.name);
    string(out, ",\"start\":", &row.starts_on.to_string());
    string(out, ",\"end\":", &row.ends_on.to_string());
    put(out, ",\"daysCount\":");
    put(out, &plan.days.len().to_string());
    put(out, ",\"timeslot_duration\":\"00:05\"");
    if is_shown(&row.time_zone) {
        string(out, ",\"time_zone_name\":", &row.time_zone);
    }
    if let Some(url) = &plan.addresses.conference {
        string(out, ",\"url\":", url);
    }
    let program = plan.program;
    let tracks = program.index.track_order.iter().map(|ix| &program.rows.tracks[*ix as usize]);
    list(out, ",\"tracks\":", tracks, |out, track| {
        string(out, "{\"name\":", &track.name);
        if let Some(slug) = track_slug(&track.code) {
            string(out, ",\"slug\":", &slug);
        }
        put(out, "}");
    });
    let rooms = plan.rooms.iter().zip(&program.index.room_order);
    list(out, ",\"rooms\":", rooms, |out, (room, ix)| {
        let row = &program.rows.rooms[*ix as usize];
        string(out, "{\"name\":", &room.name);
        if let Some(guid) = room.guid {
            string(out, ",\"guid\":", guid.hyphenated().encode_lower(&mut [0; 36]));
        }
        match row.kind {
            RoomKind::Physical => {}
            RoomKind::Virtual => put(out, ",\"type\":\"online\""),
        }
        if let Some(capacity) = row.capacity {
            put(out, ",\"capacity\":");
            number(out, capacity.into());
        }
        put(out, "}");
    });
}

/// The slug as the schema has acronyms: at least four letters, digits and underscores.
fn acronym(slug: &str) -> String {
    format!("{:_<4}", slug.replace('-', "_"))
}

/// Whether the schema knows a zone's name: it has not thought of all. What it does not is left out, since every time has
/// its offset.
fn is_shown(zone: &str) -> bool {
    let word = |text: &str| {
        let mut bytes = text.bytes();
        bytes
            .next()
            .is_some_and(|byte| byte.is_ascii_uppercase())
            .then(|| bytes.take_while(u8::is_ascii_lowercase).count())
    };
    zone.ends_with("UTC")
        || zone.split_once('/').is_some_and(|(area, place)| {
            word(area).is_some_and(|letters| letters > 0 && letters + 1 == area.len())
                && word(place).is_some_and(|letters| letters > 0)
        })
}

fn day(out: &mut Vec<u8>, plan: &Plan<'_>, index: usize, day: &Day, once: &mut Once) {
    let zone = &plan.program.zone;
    put(out, "{\"index\":");
    put(out, &index.to_string());
    string(out, ",\"date\":", &day.date.to_string());
    put(out, ",\"day_start\":\"");
    day_break(out, zone, day.date);
    put(out, "\",\"day_end\":\"");
    day_break(out, zone, next(day.date));
    put(out, "\",\"rooms\":{");
    for (n, uses) in day.uses.chunk_by(|left, right| left.room == right.room).enumerate() {
        let room = &plan.rooms[uses[0].room];
        string(out, if n == 0 { "" } else { "," }, &room.name);
        let events = uses.iter().filter_map(|one| plan.event(one.session));
        list(out, ":", events, |out, event| write_event(out, plan, &event, &room.name, once));
    }
    put(out, "}}");
}

fn write_event(out: &mut Vec<u8>, plan: &Plan<'_>, event: &Event<'_>, room: &str, once: &mut Once) {
    let at = event.ix as usize;
    let guid = plan.sessions.guids[at];
    let guid = guid.hyphenated();
    let mut buffer = [0; 36];
    let guid = guid.encode_lower(&mut buffer);
    put(out, "\n{\"guid\":\"");
    put(out, guid);
    put(out, "\",\"id\":");
    number(out, plan.sessions.numbers[at].into());
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if let Some(code) = plan.code(event, fits) {
        string(out, ",\"code\":", code);
    }
    put(out, ",\"date\":\"");
    instant(out, event.local, event.times.starts_at);
    put(out, "\",\"start\":\"");
    clock(out, event.local.time());
    put(out, "\"");
    if let (Some(ends_at), Some(date), Some(time)) = (event.times.ends_at, event.times.end_date, event.row.end_time) {
        put(out, ",\"end\":\"");
        instant(out, date.and_time(time), ends_at);
        put(out, "\"");
    }
    let minutes = plan.minutes(event);
    put(out, ",\"duration\":\"");
    two(out, minutes / 60);
    put(out, ":");
    two(out, minutes % 60);
    put(out, "\"");
    string(out, ",\"room\":", room);
    put(out, ",\"slug\":\"");
    put(out, &plan.conference().slug);
    put(out, "-");
    number(out, plan.sessions.numbers[at].into());
    let url = event.panel.url.as_deref().and_then(text::address);
    put(out, "\",\"url\":\"");
    // Every event has an address: that of the conference where there is none of its own.
    match (&url, &plan.addresses.conference, &plan.addresses.public) {
        (Some(url), _, _) | (None, Some(url), _) => text::json(out, url, Layout::Line),
        (None, None, Some(public)) => {
            text::json(out, public, Layout::Line);
            put(out, "/");
        }
        (None, None, None) => {
            put(out, "urn:uuid:");
            put(out, guid);
        }
    }
    put(out, "\"");
    string(out, ",\"title\":", &event.panel.title);
    maybe(out, ",\"subtitle\":", plan.subtitle(event).as_deref(), Layout::Line);
    maybe(out, ",\"track\":", plan.track(event), Layout::Line);
    string(out, ",\"type\":", kind(event.panel.kind));
    maybe(out, ",\"language\":", event.panel.language.as_deref(), Layout::Line);
    maybe(out, ",\"abstract\":", event.panel.short_abstract.as_deref(), Layout::Lines);
    put(out, ",\"description\":\"");
    description(plan, event, |piece| text::json(out, piece, Layout::Lines));
    put(out, "\",\"persons\":[");
    let mut between = "";
    once.each(plan, event, |ix| {
        put(out, between);
        between = ",";
        put(out, "{\"id\":");
        number(out, plan.people.numbers[ix as usize].into());
        string(out, ",\"guid\":", plan.people.guids[ix as usize].hyphenated().encode_lower(&mut [0; 36]));
        string(out, ",\"name\":", plan.names[ix as usize]);
        put(out, "}");
    });
    put(out, "],\"links\":[");
    let mut between = "";
    let mut link = |kind: &str, url: &str, title: &str| {
        put(out, between);
        between = ",";
        string(out, "{\"type\":", kind);
        string(out, ",\"url\":", url);
        string(out, ",\"title\":", title);
        put(out, "}");
    };
    if let Some(url) = &url {
        link("web", url, &event.panel.title);
    }
    for (_, paper, _) in papers(plan, event) {
        if let Some(url) = paper.url.as_deref().and_then(text::address) {
            link("paper", &url, &paper.title);
        }
    }
    put(out, "]}");
}
