//! Reading the program file: everything that is wrong with it at once, each fault with its place and its mend.

mod check;
mod fields;
pub(in crate::format) mod json;
pub(crate) mod limits;
#[cfg(test)]
pub(in crate::format) mod tests;

use entity::enums::{Audience, PanelKind, PanelStatus, PaperStatus, Role, RoomKind, SessionStatus, Visibility};
use serde_json::value::RawValue;

use super::fault::{Faults, Place};
use super::program_file::{
    Author, Conference, Panel, Paper, Person, ProgramFile, RoleEntry, Room, Session, SessionRoom, Settings, Slot, Track,
};
pub(in crate::format) use check::FAR_DAYS;
pub(crate) use check::is_far;
pub(in crate::format) use fields::name_of;
use fields::{Fields, Reader, read_string};
pub(crate) use fields::{is_address, is_shaped, link_fault, listed, nearest, short, text_fault, url_fault};
pub(in crate::format) use limits::ADDRESS;
use limits::{CODE, EMAIL, LANGUAGE, MOST_MINUTES, MOST_NUMBER, TYPE};
pub(crate) use limits::{KEY, LONG, NAME, TITLE};

/// Reads a program file.
///
/// # Errors
/// All its faults, the first fifty; nothing of a faulty file is of use.
pub fn read(bytes: &[u8]) -> Result<ProgramFile, Faults> {
    let document = document(bytes, "a program file")?;
    let reader = Reader::default();
    let program = reader.program(document);
    if !reader.full() {
        check::check(&reader, &program);
    }
    let faults = reader.faults.into_inner();
    if faults.is_empty() { Ok(program) } else { Err(faults) }
}

/// The faults of a program that only show in the whole of it: keys given twice, references to nothing, times that do
/// not exist. What each value is in itself has to be right.
pub(super) fn check_whole(program: &ProgramFile) -> Faults {
    let reader = Reader::default();
    check::check(&reader, program);
    reader.faults.into_inner()
}

/// The document as text whose syntax is JSON's.
pub(in crate::format) fn document<'b>(bytes: &'b [u8], what: &str) -> Result<&'b RawValue, Faults> {
    let refuse = |message: String| {
        let mut faults = Faults::new();
        faults.add(Place::ROOT, message);
        faults
    };
    let text = super::encoding::text(bytes, false).map_err(refuse)?;
    if text.trim().is_empty() {
        return Err(refuse(format!("the file is empty; {what} is a JSON object")));
    }
    serde_json::from_str(text).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        refuse(if error.is_eof() {
            format!("the file ends in the middle of a value ({at}): it was cut short, or a bracket is not closed")
        } else {
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            format!("the file is not JSON: {what} ({at})")
        })
    })
}

impl Reader {
    fn program(&self, raw: &RawValue) -> ProgramFile {
        let root = Place::ROOT;
        let fields = self.object(raw, &root, limits::DOCUMENT);
        if let Some(version) =
            fields.raw("version").filter(|raw| serde_json::from_str::<f64>(raw.get()).ok() != Some(1.0))
        {
            self.fault(
                &root.property("version"),
                format!("version {} is not known; this build reads 1", fields::short(version.get())),
            );
        }
        let conference = fields.raw("conference").map(|raw| self.conference(raw, &root.property("conference")));
        let program = (
            fields.list("tracks", |raw, place| self.track(raw, place)),
            fields.list("rooms", |raw, place| self.room(raw, place)),
            fields.list("people", |raw, place| self.person(raw, place)),
            fields.list("panels", |raw, place| self.panel(raw, place)),
        );
        let (tracks, rooms, people, panels) = program;
        // Without its conference a program has no zone to check times in; the rest is checked all the same.
        let conference = conference.unwrap_or_else(check::stand_in);
        ProgramFile { conference, tracks, rooms, people, panels }
    }

    fn conference(&self, raw: &RawValue, place: &Place<'_>) -> Conference {
        let fields = self.object(raw, place, limits::CONFERENCE);
        let slug = fields.string("slug", KEY);
        if !slug.is_empty() && !is_slug(&slug) {
            self.fault(&place.property("slug"), format!("\"{}\" is no slug; {SLUG_MEND}", fields::short(&slug)));
        }
        let (name, time_zone, url) = (fields.string("name", NAME), fields.string("timeZone", KEY), fields.url("url"));
        let (starts_on, ends_on) = (fields.date("startsOn"), fields.date("endsOn"));
        let settings =
            fields.raw("settings").map(|raw| self.settings(raw, &place.property("settings"))).unwrap_or_default();
        let (starts_on, ends_on) = starts_on.zip(ends_on).unwrap_or((check::NO_DATE, check::NO_DATE));
        Conference { slug, name, time_zone, starts_on, ends_on, url, settings }
    }

    fn settings(&self, raw: &RawValue, place: &Place<'_>) -> Settings {
        let fields = self.object(raw, place, limits::SETTINGS);
        Settings {
            visibility: fields.maybe_member("visibility", Visibility::ALL, Visibility::as_str),
            link_audience: fields.maybe_member("linkAudience", Audience::ALL, Audience::as_str),
            links_open_at: fields.instant("linksOpenAt"),
        }
    }

    fn track(&self, raw: &RawValue, place: &Place<'_>) -> Track {
        let fields = self.object(raw, place, limits::TRACK);
        Track { code: fields.string("code", KEY), name: fields.string("name", LONG) }
    }

    fn room(&self, raw: &RawValue, place: &Place<'_>) -> Room {
        let fields = self.object(raw, place, limits::ROOM);
        Room {
            key: fields.string("key", KEY),
            name: fields.string("name", LONG),
            kind: fields.member("kind", RoomKind::ALL, RoomKind::as_str, RoomKind::Physical),
            capacity: fields.maybe_integer("capacity", 0, i32::MAX),
            link: fields.link("link"),
        }
    }

    fn person(&self, raw: &RawValue, place: &Place<'_>) -> Person {
        let fields = self.object(raw, place, limits::PERSON);
        let email = fields.maybe_string("email", KEY * 2);
        if let Some(fault) = email.as_deref().and_then(email_fault) {
            self.fault(&place.property("email"), fault);
        }
        let country = fields.maybe_string("country", KEY);
        if let Some(fault) = country.as_deref().and_then(country_fault) {
            self.fault(&place.property("country"), fault);
        }
        let orcid = fields.maybe_string("orcid", KEY);
        if let Some(fault) = orcid.as_deref().and_then(orcid_fault) {
            self.fault(&place.property("orcid"), fault);
        }
        Person {
            key: fields.string("key", KEY),
            name: fields.string("name", NAME),
            affiliation: fields.maybe_string("affiliation", LONG),
            country,
            orcid,
            email,
            url: fields.url("url"),
            biography: fields.maybe_string("biography", LONG),
        }
    }

    fn role(&self, raw: &RawValue, place: &Place<'_>) -> RoleEntry {
        let fields = self.object(raw, place, limits::ROLE);
        RoleEntry {
            person: fields.string("person", KEY),
            role: fields.member("role", Role::ALL, Role::as_str, Role::Speaker),
            affiliation: fields.maybe_string("affiliation", LONG),
        }
    }

    fn panel(&self, raw: &RawValue, place: &Place<'_>) -> Panel {
        let fields = self.object(raw, place, limits::PANEL);
        let code = fields.string("code", CODE);
        Panel {
            key: if fields.raw("key").is_some() { fields.string("key", KEY) } else { code.clone() },
            code,
            title: fields.string("title", TITLE),
            kind: fields.member("kind", PanelKind::ALL, PanelKind::as_str, PanelKind::Panel),
            track: fields.maybe_string("track", KEY),
            short_abstract: fields.maybe_string("shortAbstract", LONG),
            r#abstract: fields.maybe_string("abstract", LONG),
            status: fields.member("status", PanelStatus::ALL, PanelStatus::as_str, PanelStatus::Scheduled),
            url: fields.url("url"),
            language: self.language(&fields, place),
            roles: fields.list("roles", |raw, place| self.role(raw, place)),
            papers: fields.list("papers", |raw, place| self.paper(raw, place)),
            sessions: fields.list("sessions", |raw, place| self.session(raw, place)),
        }
    }

    fn language(&self, fields: &Fields<'_, '_>, place: &Place<'_>) -> Option<String> {
        let language = fields.maybe_string("language", LANGUAGE)?;
        if let Some(fault) = language_fault(&language) {
            self.fault(&place.property("language"), fault);
        }
        Some(language)
    }

    fn paper(&self, raw: &RawValue, place: &Place<'_>) -> Paper {
        let fields = self.object(raw, place, limits::PAPER);
        Paper {
            key: fields.string("key", KEY),
            title: fields.string("title", TITLE),
            r#abstract: fields.maybe_string("abstract", LONG),
            r#type: fields.maybe_string("type", TYPE),
            language: self.language(&fields, place),
            status: fields.member("status", PaperStatus::ALL, PaperStatus::as_str, PaperStatus::Accepted),
            keywords: fields
                .list("keywords", |raw, place| read_string(self, place, raw, 0, LONG))
                .into_iter()
                .flatten()
                .collect(),
            url: fields.url("url"),
            authors: fields.list("authors", |raw, place| self.author(raw, place)),
        }
    }

    fn author(&self, raw: &RawValue, place: &Place<'_>) -> Author {
        let fields = self.object(raw, place, limits::AUTHOR);
        Author {
            person: fields.string("person", KEY),
            affiliation: fields.maybe_string("affiliation", LONG),
            presenting: fields.boolean("presenting"),
        }
    }

    fn session(&self, raw: &RawValue, place: &Place<'_>) -> Session {
        let fields = self.object(raw, place, limits::SESSION);
        let (mut date, mut start, mut end) =
            (fields.maybe_date("date"), fields.maybe_time("start"), fields.maybe_time("end"));
        let mut slots = fields.list("slots", |raw, place| self.slot(raw, place));
        // What can't be read says nothing about the other times.
        if fields.unread("date", date) || fields.unread("start", start) || fields.unread("end", end) {
            (date, start, end) = (None, None, None);
            slots.iter_mut().for_each(|slot: &mut Slot| slot.start = None);
        }
        Session {
            key: fields.string("key", KEY),
            number: fields.integer("number", 1, MOST_NUMBER),
            title: fields.maybe_string("title", LONG),
            date,
            start,
            end,
            fold: i16::from(fields.maybe_integer("fold", 0, 1) == Some(1)),
            status: fields.member("status", SessionStatus::ALL, SessionStatus::as_str, SessionStatus::Scheduled),
            roles: fields.list("roles", |raw, place| self.role(raw, place)),
            rooms: fields.list("rooms", |raw, place| self.session_room(raw, place)),
            slots,
        }
    }

    fn session_room(&self, raw: &RawValue, place: &Place<'_>) -> SessionRoom {
        let fields = self.object(raw, place, limits::SESSION_ROOM);
        SessionRoom { room: fields.string("room", KEY), link: fields.link("link") }
    }

    fn slot(&self, raw: &RawValue, place: &Place<'_>) -> Slot {
        let fields = self.object(raw, place, limits::SLOT);
        Slot {
            paper: fields.string("paper", KEY),
            start: fields.maybe_time("start"),
            minutes: fields.maybe_integer("minutes", 1, MOST_MINUTES),
            room: fields.maybe_string("room", KEY),
        }
    }
}

/// How to mend what is no slug.
pub(crate) const SLUG_MEND: &str = "use 2 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen";

/// Whether a conference can have this slug.
pub(crate) fn is_slug(text: &str) -> bool {
    (2..=63).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// What is wrong with a language tag: its length, or its form.
pub(crate) fn language_fault(text: &str) -> Option<String> {
    let good = text.len() <= LANGUAGE
        && text
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let message = || format!("\"{}\" is no language tag (BCP 47); write it as en or kk-Cyrl", fields::short(text));
    (!good).then(message)
}

pub(crate) fn is_email(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\".contains(c));
    let parts: Vec<&str> = text.split('@').collect();
    plain && text.len() <= EMAIL && parts.len() == 2 && parts.iter().all(|part| !part.is_empty())
}

/// What is wrong with an e-mail address. Private: not repeated.
pub(crate) fn email_fault(text: &str) -> Option<&'static str> {
    (!is_email(text)).then_some("this is no e-mail address; write it as name@example.org, or leave it out")
}

/// What is wrong with a country: ISO 3166-1 alpha-2.
pub(crate) fn country_fault(text: &str) -> Option<String> {
    let good = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    (!good).then(|| format!("\"{}\" is no country code; write two capitals, as KZ", fields::short(text)))
}

/// What is wrong with an ORCID iD: its form, or its check digit (ISO 7064, mod 11-2).
pub(crate) fn orcid_fault(text: &str) -> Option<String> {
    let form = text.len() == 19
        && text.bytes().enumerate().all(|(n, byte)| match n {
            4 | 9 | 14 => byte == b'-',
            18 => byte.is_ascii_digit() || byte == b'X',
            _ => byte.is_ascii_digit(),
        });
    if !form {
        return Some(format!("\"{}\" is no ORCID iD; write it as 0000-0002-1825-0097", fields::short(text)));
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).take(15);
    let sum = digits.fold(0u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2);
    let check = match (12 - sum % 11) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10)?,
    };
    (!text.ends_with(check))
        .then(|| format!("the last digit of the ORCID iD \"{text}\" does not fit the others; a digit is mistyped"))
}
