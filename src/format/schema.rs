//! The JSON Schema of the program file (draft 2020-12), from the limits and names that the reader itself goes by.

#[cfg(test)]
mod tests;

use entity::enums::{Audience, PanelKind, PanelStatus, PaperStatus, Role, RoomKind, SessionStatus, Visibility};
use serde_json::{Map, Value, json};

use super::read::limits::{
    self, ADDRESS, CODE, EMAIL, KEY, LANGUAGE, LONG, MOST_ELEMENTS, MOST_MINUTES, MOST_NUMBER, MOST_SITTINGS, NAME,
    Shape, TITLE, TYPE,
};

/// The schema.
#[must_use]
pub fn schema() -> Value {
    let mut root = object(
        limits::DOCUMENT,
        "A conference's whole program: what `plenary import` reads and `plenary export` writes. Lists are in the order \
         to show. A key is the source's own lasting identifier: with the same keys a file that is imported again \
         changes only what was edited in it.",
        vec![
            ("version", json!({ "const": 1, "description": "The version of this format." })),
            ("conference", refer("conference", "The conference itself.")),
            ("tracks", list("track", "Tracks.")),
            ("rooms", list("room", "Rooms.")),
            ("people", list("person", "Everybody who is on the program.")),
            ("panels", list("panel", "Panels, with their papers and sessions.")),
        ],
    );
    let defs: Map<String, Value> = [
        ("key", json!({ "type": "string", "minLength": 1, "maxLength": KEY })),
        ("conference", conference()),
        ("settings", settings()),
        ("track", track()),
        ("room", room()),
        ("person", person()),
        ("role", role()),
        ("panel", panel()),
        ("paper", paper()),
        ("author", author()),
        ("session", session()),
        ("sessionRoom", session_room()),
        ("slot", slot()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if let Some(root) = root.as_object_mut() {
        root.insert("$defs".into(), defs.into());
        root.insert("title".into(), "A program of Plenary, version 1".into());
        root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    }
    root
}

/// An object with these properties and no other.
fn object(shape: Shape, description: &str, properties: Vec<(&str, Value)>) -> Value {
    let properties: Map<String, Value> = properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut object = json!({ "description": description, "type": "object", "additionalProperties": false });
    if let Some(object) = object.as_object_mut() {
        if !shape.required.is_empty() {
            object.insert("required".into(), json!(shape.required));
        }
        object.insert("properties".into(), properties.into());
    }
    object
}

/// A value, and what it means.
fn described(mut value: Value, description: &str) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.insert("description".into(), description.into());
    }
    value
}

fn refer(name: &str, description: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}"), "description": description })
}

fn list(of: &str, description: &str) -> Value {
    let items = json!({ "$ref": format!("#/$defs/{of}") });
    json!({ "type": "array", "items": items, "maxItems": MOST_ELEMENTS, "description": description })
}

/// The same, of no more elements than these.
fn at_most(most: usize, mut list: Value) -> Value {
    list["maxItems"] = most.into();
    list
}

/// A text that has to have something in it.
fn text(most: usize, description: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": most, "description": description })
}

/// A text or null.
fn maybe(most: usize, description: &str) -> Value {
    json!({ "type": ["string", "null"], "maxLength": most, "description": description })
}

/// A text of this form, or null.
fn formed(most: usize, pattern: &str, description: &str) -> Value {
    json!({ "type": ["string", "null"], "maxLength": most, "pattern": pattern, "description": description })
}

/// A member of a closed list; the default where it is left out.
fn member<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, default: Option<T>, description: &str) -> Value {
    let names: Vec<&str> = all.iter().map(|member| name(*member)).collect();
    let mut value = json!({ "enum": names, "description": description });
    if let (Some(object), Some(default)) = (value.as_object_mut(), default) {
        object.insert("default".into(), name(default).into());
    }
    value
}

fn integer(least: i32, most: i32, description: &str) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "description": description })
}

fn maybe_integer(least: i32, most: i32, description: &str) -> Value {
    let mut value = integer(least, most, description);
    value["type"] = json!(["integer", "null"]);
    value
}

fn date(nullable: bool, description: &str) -> Value {
    let kind = if nullable { json!(["string", "null"]) } else { json!("string") };
    json!({ "type": kind, "format": "date", "description": description })
}

/// A time of day on the clocks of the conference.
fn time(description: &str) -> Value {
    formed(5, "^([01][0-9]|2[0-3]):[0-5][0-9]$", &format!("{description} Local time, as 09:30."))
}

fn link(description: &str) -> Value {
    let whom = "Shown only to those whom the conference lets in; a public export has none.";
    formed(ADDRESS, "^https://[^\\s\"<>\\\\]+$", &format!("{description} {whom}"))
}

fn url(description: &str) -> Value {
    formed(ADDRESS, "^https?://[^\\s\"<>\\\\]+$", description)
}

fn language() -> Value {
    formed(
        LANGUAGE,
        "^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$",
        "The language it is in: a tag of BCP 47, as en or kk-Cyrl.",
    )
}

fn conference() -> Value {
    object(
        limits::CONFERENCE,
        "A conference.",
        vec![
            (
                "slug",
                json!({
                    "type": "string",
                    "pattern": "^[a-z0-9][a-z0-9-]{1,62}$",
                    "description": "Its name in addresses, by which an import finds it.",
                }),
            ),
            ("name", text(NAME, "Its name as printed.")),
            ("timeZone", text(KEY, "The time zone that its dates and times are in: an IANA name, as Asia/Almaty.")),
            ("startsOn", date(false, "Its first day.")),
            ("endsOn", date(false, "Its last day: a year after the first at most.")),
            ("url", url("Its site.")),
            ("settings", refer("settings", "What its organizers have set; what is left out stays as it is.")),
        ],
    )
}

fn settings() -> Value {
    object(
        limits::SETTINGS,
        "What the organizers of a conference set.",
        vec![
            (
                "visibility",
                member(
                    Visibility::ALL,
                    Visibility::as_str,
                    None,
                    "Whether others than its organizers see it. Of a conference that exists it is not changed; a new one \
                 is published where this is left out.",
                ),
            ),
            (
                "linkAudience",
                member(Audience::ALL, Audience::as_str, None, "Who gets the links to rooms, at the least."),
            ),
            (
                "linksOpenAt",
                json!({
                    "type": ["string", "null"],
                    "format": "date-time",
                    "description": "From when on they get them (RFC 3339); null: always.",
                }),
            ),
        ],
    )
}

fn track() -> Value {
    object(
        limits::TRACK,
        "A track.",
        vec![
            ("code", refer("key", "What panels name it by; no other track has it.")),
            ("name", text(LONG, "Its name as printed.")),
        ],
    )
}

fn room() -> Value {
    object(
        limits::ROOM,
        "A room, with walls or without.",
        vec![
            ("key", refer("key", "What sessions name it by; no other room has it.")),
            ("name", text(LONG, "Its name as printed.")),
            ("kind", member(RoomKind::ALL, RoomKind::as_str, Some(RoomKind::Physical), "Whether it has walls.")),
            ("capacity", maybe_integer(0, i32::MAX, "How many people it holds.")),
            ("link", link("Where to join what is in it, for sessions that have no link of their own.")),
        ],
    )
}

fn person() -> Value {
    object(
        limits::PERSON,
        "Somebody who is on the program.",
        vec![
            ("key", refer("key", "What papers and roles name them by; nobody else has it.")),
            ("name", text(NAME, "Their name as printed.")),
            ("affiliation", maybe(LONG, "Where they are from, unless a paper or a role says otherwise.")),
            ("country", formed(2, "^[A-Z]{2}$", "Their country: ISO 3166-1 alpha-2, as KZ.")),
            ("orcid", formed(19, "^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$", "Their ORCID iD, with hyphens.")),
            (
                "email",
                formed(
                    EMAIL,
                    "^[^@\\s<>,;:\"()\\[\\]\\\\]+@[^@\\s<>,;:\"()\\[\\]\\\\]+$",
                    "Their address. Never shown: a login is known by it, and messages are sent on to it.",
                ),
            ),
            ("url", url("Their page.")),
            ("biography", maybe(LONG, "Who they are, in Markdown.")),
        ],
    )
}

fn role() -> Value {
    object(
        limits::ROLE,
        "What somebody does in a panel or session.",
        vec![
            ("person", refer("key", "Who: a person's key.")),
            ("role", member(Role::ALL, Role::as_str, None, "What they do.")),
            ("affiliation", maybe(LONG, "Where they are from, as printed here; null: as the person has it.")),
        ],
    )
}

fn panel() -> Value {
    object(
        limits::PANEL,
        "A panel, or whatever else is on the program under a title.",
        vec![
            ("key", refer("key", "What it is known by in the source; no other panel has it. Left out: its code.")),
            ("code", text(CODE, "Its code as printed; no other panel has it.")),
            ("title", text(TITLE, "Its title.")),
            ("kind", member(PanelKind::ALL, PanelKind::as_str, Some(PanelKind::Panel), "What it is.")),
            (
                "track",
                json!({
                    "type": ["string", "null"],
                    "maxLength": KEY,
                    "description": "Its track: a track's code.",
                }),
            ),
            ("language", language()),
            ("shortAbstract", maybe(LONG, "What it is about, in short, in Markdown.")),
            ("abstract", maybe(LONG, "What it is about, in Markdown.")),
            (
                "status",
                member(
                    PanelStatus::ALL,
                    PanelStatus::as_str,
                    Some(PanelStatus::Scheduled),
                    "Whether it takes place; what is cancelled is shown as such.",
                ),
            ),
            ("url", url("What there is of it for everyone: a site, slides.")),
            ("roles", list("role", "Who does what in all of it.")),
            ("papers", list("paper", "Its papers.")),
            (
                "sessions",
                at_most(MOST_SITTINGS, list("session", "When and where it takes place, once or several times.")),
            ),
        ],
    )
}

fn paper() -> Value {
    object(
        limits::PAPER,
        "A paper.",
        vec![
            ("key", refer("key", "What slots name it by; no other paper of the conference has it.")),
            ("title", text(TITLE, "Its title.")),
            ("abstract", maybe(LONG, "What it is about, in Markdown.")),
            ("type", maybe(TYPE, "What the conference calls a paper of this kind, as Long or Demo.")),
            ("language", language()),
            (
                "status",
                member(
                    PaperStatus::ALL,
                    PaperStatus::as_str,
                    Some(PaperStatus::Accepted),
                    "Whether it is given; what is withdrawn is shown as such.",
                ),
            ),
            (
                "keywords",
                described(
                    json!({ "type": "array", "items": { "type": "string", "maxLength": LONG }, "maxItems": MOST_ELEMENTS }),
                    "Words to find it by.",
                ),
            ),
            ("url", url("What there is of it for everyone: the article, slides.")),
            ("authors", list("author", "Its authors.")),
        ],
    )
}

fn author() -> Value {
    object(
        limits::AUTHOR,
        "An author of a paper.",
        vec![
            ("person", refer("key", "Who: a person's key, each only once a paper.")),
            ("affiliation", maybe(LONG, "Where they are from, as printed here; null: as the person has it.")),
            (
                "presenting",
                json!({
                    "type": "boolean",
                    "default": false,
                    "description": "Whether they are among those who present it.",
                }),
            ),
        ],
    )
}

fn session() -> Value {
    object(
        limits::SESSION,
        "One time that a panel takes place. What is null of date, start and end is to be announced; a start needs a \
         date, an end needs a start.",
        vec![
            ("key", refer("key", "What it is known by in the source; no other session of the conference has it.")),
            ("number", integer(1, MOST_NUMBER, "Which of its panel's sessions it is: 1, 2, …")),
            ("title", maybe(LONG, "Its own title, if it has one besides its panel's.")),
            ("date", date(true, "Its day.")),
            ("start", time("When it starts.")),
            (
                "fold",
                json!({
                    "enum": [0, 1, null],
                    "default": 0,
                    "description": "Which start is meant where clocks are set back and there are two: 0 is the first.",
                }),
            ),
            ("end", time("When it ends; what is before its start is on the day after.")),
            (
                "status",
                member(
                    SessionStatus::ALL,
                    SessionStatus::as_str,
                    Some(SessionStatus::Scheduled),
                    "Whether it takes place; what is cancelled is shown as such.",
                ),
            ),
            ("roles", list("role", "Who does what in it alone.")),
            ("rooms", list("sessionRoom", "Where it is: in several rooms at once, if it is hybrid.")),
            ("slots", list("slot", "Which papers are given, one after another.")),
        ],
    )
}

fn session_room() -> Value {
    object(
        limits::SESSION_ROOM,
        "A room that a session is in.",
        vec![
            ("room", refer("key", "A room's key.")),
            ("link", link("Where to join this session; null: the room's own link.")),
        ],
    )
}

fn slot() -> Value {
    object(
        limits::SLOT,
        "A paper in a session.",
        vec![
            ("paper", refer("key", "The key of a paper of the session's panel.")),
            ("start", time("When it starts: while the session lasts.")),
            ("minutes", maybe_integer(1, MOST_MINUTES, "How long it takes.")),
            (
                "room",
                json!({
                    "type": ["string", "null"],
                    "maxLength": KEY,
                    "description": "Where, if the session is in several rooms: the key of one of them.",
                }),
            ),
        ],
    )
}
