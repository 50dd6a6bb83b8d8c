//! The objects of the program file, from the program file's own values.

use chrono::SecondsFormat;
use entity::enums::{PanelKind, PanelStatus, PaperStatus, RoomKind, SessionStatus};

use super::json::Json;
use crate::format::program_file::{
    Author, Conference, Panel, Paper, Person, RoleEntry, Room, Session, SessionRoom, Settings, Slot, Track,
};

pub(super) fn conference(json: &mut Json, own: &Conference) {
    let Conference { slug, name, time_zone, starts_on, ends_on, url, settings } = own;
    json.object(|json| {
        json.text("slug", slug);
        json.text("name", name);
        json.text("timeZone", time_zone);
        json.date("startsOn", Some(*starts_on));
        json.date("endsOn", Some(*ends_on));
        json.maybe("url", url.as_deref());
        let Settings { visibility, link_audience, links_open_at } = settings;
        if visibility.is_none() && link_audience.is_none() && links_open_at.is_none() {
            return;
        }
        json.name("settings");
        json.object(|json| {
            json.maybe("visibility", visibility.map(|it| it.as_str()));
            json.maybe("linkAudience", link_audience.map(|it| it.as_str()));
            match links_open_at {
                None => {}
                Some(None) => json.null("linksOpenAt"),
                Some(Some(at)) => json.text("linksOpenAt", &at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            }
        });
    });
}

pub(super) fn track(json: &mut Json, track: &Track) {
    let Track { code, name } = track;
    json.object(|json| {
        json.text("code", code);
        json.text("name", name);
    });
}

pub(super) fn room(json: &mut Json, room: &Room) {
    let Room { key, name, kind, capacity, link } = room;
    json.object(|json| {
        json.text("key", key);
        json.text("name", name);
        json.member("kind", kind.as_str(), RoomKind::Physical.as_str());
        json.number("capacity", *capacity);
        json.maybe("link", link.as_deref());
    });
}

pub(super) fn person(json: &mut Json, person: &Person) {
    let Person { key, name, affiliation, country, orcid, email, url, biography } = person;
    json.object(|json| {
        json.text("key", key);
        json.text("name", name);
        json.maybe("affiliation", affiliation.as_deref());
        json.maybe("country", country.as_deref());
        json.maybe("orcid", orcid.as_deref());
        json.maybe("email", email.as_deref());
        json.maybe("url", url.as_deref());
        json.maybe("biography", biography.as_deref());
    });
}

fn role(json: &mut Json, entry: &RoleEntry) {
    let RoleEntry { person, role, affiliation } = entry;
    json.object(|json| {
        json.text("person", person);
        json.text("role", role.as_str());
        json.maybe("affiliation", affiliation.as_deref());
    });
}

pub(super) fn panel(json: &mut Json, panel: &Panel) {
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
    json.object(|json| {
        json.member("key", key, code);
        json.text("code", code);
        json.text("title", title);
        json.member("kind", kind.as_str(), PanelKind::Panel.as_str());
        json.maybe("track", track.as_deref());
        json.maybe("language", language.as_deref());
        json.maybe("shortAbstract", short_abstract.as_deref());
        json.maybe("abstract", r#abstract.as_deref());
        json.member("status", status.as_str(), PanelStatus::Scheduled.as_str());
        json.maybe("url", url.as_deref());
        json.list("roles", roles, role);
        json.list("papers", papers, paper);
        json.list("sessions", sessions, session);
    });
}

fn paper(json: &mut Json, paper: &Paper) {
    let Paper { key, title, r#abstract, r#type, language, status, keywords, url, authors } = paper;
    json.object(|json| {
        json.text("key", key);
        json.text("title", title);
        json.maybe("abstract", r#abstract.as_deref());
        json.maybe("type", r#type.as_deref());
        json.maybe("language", language.as_deref());
        json.member("status", status.as_str(), PaperStatus::Accepted.as_str());
        json.list("keywords", keywords, |json, word| json.string(word));
        json.maybe("url", url.as_deref());
        json.list("authors", authors, author);
    });
}

fn author(json: &mut Json, author: &Author) {
    let Author { person, affiliation, presenting } = author;
    json.object(|json| {
        json.text("person", person);
        json.maybe("affiliation", affiliation.as_deref());
        json.flag("presenting", *presenting);
    });
}

fn session(json: &mut Json, session: &Session) {
    let Session { key, number, title, date, start, end, fold, status, roles, rooms, slots } = session;
    json.object(|json| {
        json.text("key", key);
        json.number("number", Some(*number));
        json.maybe("title", title.as_deref());
        json.date("date", *date);
        json.time("start", *start);
        json.number("fold", (*fold != 0).then_some((*fold).into()));
        json.time("end", *end);
        json.member("status", status.as_str(), SessionStatus::Scheduled.as_str());
        json.list("roles", roles, role);
        json.list("rooms", rooms, session_room);
        json.list("slots", slots, slot);
    });
}

fn session_room(json: &mut Json, room: &SessionRoom) {
    let SessionRoom { room, link } = room;
    json.object(|json| {
        json.text("room", room);
        json.maybe("link", link.as_deref());
    });
}

fn slot(json: &mut Json, slot: &Slot) {
    let Slot { paper, start, minutes, room } = slot;
    json.object(|json| {
        json.text("paper", paper);
        json.time("start", *start);
        json.number("minutes", *minutes);
        json.maybe("room", room.as_deref());
    });
}
