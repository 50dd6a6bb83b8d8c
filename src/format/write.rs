//! Writing the program file: the same program always gives the same bytes.

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use chrono::{NaiveTime, SecondsFormat};
use entity::enums::{PanelKind, PanelStatus, PaperStatus, RoomKind, SessionStatus};
use serde_json::{Map, Value};

use super::program_file::{
    Author, Conference, Panel, Paper, Person, ProgramFile, RoleEntry, Room, Session, SessionRoom, Slot, Track,
};

/// Writes a program as JSON: two spaces, properties always in the same order, those that have their default left out,
/// and a line feed at the end.
///
/// # Errors
/// Those of `out`.
pub fn write(program: &ProgramFile, out: &mut impl Write) -> io::Result<()> {
    // Panels are most of a program: one at a time, so that the whole is never in memory twice.
    let ProgramFile { conference: own, tracks, rooms, people, panels } = program;
    write!(out, "{{\n  \"version\": 1,\n  \"conference\": ")?;
    value(out, &conference(own), 1)?;
    list(out, "tracks", tracks, track)?;
    list(out, "rooms", rooms, room)?;
    list(out, "people", people, person)?;
    list(out, "panels", panels, panel)?;
    writeln!(out, "\n}}")
}

/// The same program without links and addresses, for everyone.
#[must_use]
pub fn public(mut program: ProgramFile) -> ProgramFile {
    for room in &mut program.rooms {
        room.link = None;
    }
    for person in &mut program.people {
        person.email = None;
    }
    for session in program.panels.iter_mut().flat_map(|panel| &mut panel.sessions) {
        for room in &mut session.rooms {
            room.link = None;
        }
    }
    program
}

fn list<T>(out: &mut impl Write, name: &str, items: &[T], object: impl Fn(&T) -> Value) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    write!(out, ",\n  \"{name}\": [")?;
    for (n, item) in items.iter().enumerate() {
        write!(out, "{}\n    ", if n == 0 { "" } else { "," })?;
        value(out, &object(item), 2)?;
    }
    write!(out, "\n  ]")
}

/// A value at this depth of indentation.
fn value(out: &mut impl Write, value: &Value, depth: usize) -> io::Result<()> {
    let pretty = serde_json::to_string_pretty(value)?;
    // A line feed inside a text is written \n, so every real one is between values.
    out.write_all(pretty.replace('\n', &format!("\n{}", "  ".repeat(depth))).as_bytes())
}

/// An object whose properties are given in order; `None` leaves one out.
struct Object(Map<String, Value>);

impl Object {
    fn new() -> Self {
        Self(Map::new())
    }

    fn put(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.put(name, value),
            None => self,
        }
    }

    fn text(self, name: &str, value: Option<&String>) -> Self {
        self.maybe(name, value.map(String::as_str))
    }

    fn list<T>(self, name: &str, items: &[T], object: impl Fn(&T) -> Value) -> Self {
        let items: Vec<Value> = items.iter().map(object).collect();
        self.maybe(name, (!items.is_empty()).then_some(items))
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn time(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

fn conference(own: &Conference) -> Value {
    let Conference { slug, name, time_zone, starts_on, ends_on, url, settings } = own;
    let mut set = Object::new()
        .maybe("visibility", settings.visibility.map(|it| it.as_str()))
        .maybe("linkAudience", settings.link_audience.map(|it| it.as_str()));
    if let Some(at) = settings.links_open_at {
        let at = at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        set = set.put("linksOpenAt", at.map_or(Value::Null, Value::from));
    }
    Object::new()
        .put("slug", slug.as_str())
        .put("name", name.as_str())
        .put("timeZone", time_zone.as_str())
        .put("startsOn", starts_on.to_string())
        .put("endsOn", ends_on.to_string())
        .text("url", url.as_ref())
        .maybe("settings", (!set.0.is_empty()).then(|| set.done()))
        .done()
}

fn track(track: &Track) -> Value {
    let Track { code, name } = track;
    Object::new().put("code", code.as_str()).put("name", name.as_str()).done()
}

fn room(room: &Room) -> Value {
    let Room { key, name, kind, capacity, link } = room;
    Object::new()
        .put("key", key.as_str())
        .put("name", name.as_str())
        .maybe("kind", (*kind != RoomKind::Physical).then_some(kind.as_str()))
        .maybe("capacity", *capacity)
        .text("link", link.as_ref())
        .done()
}

fn person(person: &Person) -> Value {
    let Person { key, name, affiliation, country, orcid, email, url, biography } = person;
    Object::new()
        .put("key", key.as_str())
        .put("name", name.as_str())
        .text("affiliation", affiliation.as_ref())
        .text("country", country.as_ref())
        .text("orcid", orcid.as_ref())
        .text("email", email.as_ref())
        .text("url", url.as_ref())
        .text("biography", biography.as_ref())
        .done()
}

fn role(entry: &RoleEntry) -> Value {
    let RoleEntry { person, role, affiliation } = entry;
    Object::new()
        .put("person", person.as_str())
        .put("role", role.as_str())
        .text("affiliation", affiliation.as_ref())
        .done()
}

fn panel(panel: &Panel) -> Value {
    let Panel {
        key,
        code,
        title,
        kind,
        track,
        short_abstract,
        r#abstract,
        status,
        url,
        language,
        roles,
        papers,
        sessions,
    } = panel;
    Object::new()
        .maybe("key", (key != code).then_some(key.as_str()))
        .put("code", code.as_str())
        .put("title", title.as_str())
        .maybe("kind", (*kind != PanelKind::Panel).then_some(kind.as_str()))
        .text("track", track.as_ref())
        .text("language", language.as_ref())
        .text("shortAbstract", short_abstract.as_ref())
        .text("abstract", r#abstract.as_ref())
        .maybe("status", (*status != PanelStatus::Scheduled).then_some(status.as_str()))
        .text("url", url.as_ref())
        .list("roles", roles, role)
        .list("papers", papers, paper)
        .list("sessions", sessions, session)
        .done()
}

fn paper(paper: &Paper) -> Value {
    let Paper { key, title, r#abstract, r#type, language, status, keywords, url, authors } = paper;
    Object::new()
        .put("key", key.as_str())
        .put("title", title.as_str())
        .text("abstract", r#abstract.as_ref())
        .text("type", r#type.as_ref())
        .text("language", language.as_ref())
        .maybe("status", (*status != PaperStatus::Accepted).then_some(status.as_str()))
        .list("keywords", keywords, |word| Value::from(word.as_str()))
        .text("url", url.as_ref())
        .list("authors", authors, author)
        .done()
}

fn author(author: &Author) -> Value {
    let Author { person, affiliation, presenting } = author;
    Object::new()
        .put("person", person.as_str())
        .text("affiliation", affiliation.as_ref())
        .maybe("presenting", presenting.then_some(true))
        .done()
}

fn session(session: &Session) -> Value {
    let Session { key, number, title, date, start, end, fold, status, roles, rooms, slots } = session;
    Object::new()
        .put("key", key.as_str())
        .put("number", *number)
        .text("title", title.as_ref())
        .maybe("date", date.map(|date| date.to_string()))
        .maybe("start", start.map(time))
        .maybe("fold", (*fold != 0).then_some(*fold))
        .maybe("end", end.map(time))
        .maybe("status", (*status != SessionStatus::Scheduled).then_some(status.as_str()))
        .list("roles", roles, role)
        .list("rooms", rooms, session_room)
        .list("slots", slots, slot)
        .done()
}

fn session_room(room: &SessionRoom) -> Value {
    let SessionRoom { room, link } = room;
    Object::new().put("room", room.as_str()).text("link", link.as_ref()).done()
}

fn slot(slot: &Slot) -> Value {
    let Slot { paper, start, minutes, room } = slot;
    Object::new()
        .put("paper", paper.as_str())
        .maybe("start", start.map(time))
        .maybe("minutes", *minutes)
        .text("room", room.as_ref())
        .done()
}
