//! The conference that `plenary demo` serves: made up, and made to have one of everything.

pub mod identity;
mod panels;
mod people;
mod texts;

#[cfg(test)]
mod tests;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use entity::enums::{Audience, PanelKind, PanelStatus, PaperStatus, Role, RoomKind, SessionStatus};

use crate::format::program_file::{
    Author, Conference, Panel, Paper, Person, ProgramFile, RoleEntry, Room, Session, SessionRoom, Settings, Slot, Track,
};
use panels::{Row, WITHDRAWN, panels};
use people::{ORCIDS, PEOPLE};

/// Its slug.
pub const SLUG: &str = "demo";

const TRACKS: &[(&str, &str)] = &[
    ("CULT", "Culture and heritage"),
    ("INF", "Infrastructures"),
    ("LANG", "Languages"),
    ("ENV", "Environments"),
    ("WORK", "Work and care"),
    ("METH", "Methods"),
];

/// Key, name, seats; without seats it is virtual.
const ROOMS: &[(&str, &str, Option<i32>)] = &[
    ("aula", "Aula Magna", Some(420)),
    ("r201", "Room 201", Some(60)),
    ("r202", "Room 202", Some(60)),
    ("r203", "Room 203", Some(48)),
    ("r104", "Studio 104", Some(24)),
    ("foyer", "Foyer", Some(200)),
    ("garden", "Apple orchard", None),
    ("online", "Live stream", None),
    ("zoom1", "Virtual room 1", None),
    ("zoom2", "Virtual room 2", None),
];

/// The program as a file would say it.
#[must_use]
pub fn program() -> ProgramFile {
    let first = NaiveDate::from_ymd_opt(2027, 5, 18).unwrap_or_default();
    let mut next_paper = 0;
    ProgramFile {
        conference: Conference {
            slug: SLUG.into(),
            name: "Plenary Demo 2027: Ways of Knowing in Motion".into(),
            time_zone: "Asia/Almaty".into(),
            starts_on: first,
            ends_on: first + TimeDelta::days(3),
            url: Some("https://demo.example.org/2027".into()),
            settings: Settings { link_audience: Some(Audience::Attendee), ..Settings::default() },
        },
        tracks: TRACKS.iter().map(|(code, name)| Track { code: (*code).into(), name: (*name).into() }).collect(),
        rooms: ROOMS.iter().map(|(key, name, seats)| room(key, name, *seats)).collect(),
        people: PEOPLE
            .iter()
            .map(|(key, name, affiliation, country)| person(key, name, affiliation, country))
            .collect(),
        panels: panels().map(|row| panel(row, first, &mut next_paper)).collect(),
    }
}

fn room(key: &str, name: &str, capacity: Option<i32>) -> Room {
    let wired = capacity.is_none() && key != "garden";
    Room {
        key: key.into(),
        name: name.into(),
        kind: if wired { RoomKind::Virtual } else { RoomKind::Physical },
        capacity,
        link: wired.then(|| format!("https://meet.example.org/demo/{key}")),
    }
}

fn person(key: &str, name: &str, affiliation: &str, country: &str) -> Person {
    let plain = key.trim_end_matches('*');
    Person {
        key: plain.into(),
        name: name.into(),
        affiliation: Some(affiliation.into()),
        country: Some(country.into()),
        orcid: ORCIDS.iter().find(|(who, _)| *who == plain).map(|(_, orcid)| (*orcid).into()),
        email: key.ends_with('*').then(|| format!("{plain}@example.org")),
        url: (plain == "ruth").then(|| "https://people.example.org/ruth-pemberton".into()),
        biography: (plain == "aigerim").then(|| {
            "Works on *craft and repair* on the steppe; keeps a blog of [broken things](https://example.org/broken)."
                .into()
        }),
    }
}

fn panel(row: &Row, first: NaiveDate, next_paper: &mut usize) -> Panel {
    let papers: Vec<Paper> = row
        .papers
        .iter()
        .map(|(title, authors)| {
            *next_paper += 1;
            paper(row, *next_paper, title, authors)
        })
        .collect();
    let sessions: Vec<Session> =
        (1..).zip(row.sessions).map(|(number, line)| session(row, number, line, first, &papers)).collect();
    // A panel whose only session is cancelled is cancelled itself.
    let cancelled = sessions.iter().all(|session| session.status == SessionStatus::Cancelled);
    Panel {
        key: row.code.into(),
        code: row.code.into(),
        title: row.title.into(),
        kind: PanelKind::from_name(row.kind).unwrap_or(PanelKind::Other),
        track: (!row.track.is_empty()).then(|| row.track.into()),
        short_abstract: Some(row.about.into()),
        r#abstract: (!row.papers.is_empty()).then(|| texts::of_panel(row)),
        status: if cancelled { PanelStatus::Cancelled } else { PanelStatus::Scheduled },
        url: None,
        language: texts::language(row.title),
        roles: roles(row.roles),
        papers,
        sessions,
    }
}

/// `name, name [as printed]; …` by role.
fn roles(text: &str) -> Vec<RoleEntry> {
    let mut roles = Vec::new();
    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
        let Some((role, people)) = part.split_once(':') else { continue };
        let Some(role) = Role::from_name(&role.trim().to_uppercase()) else { continue };
        for person in people.split(',') {
            let (person, affiliation) = printed(person);
            roles.push(RoleEntry { person, role, affiliation });
        }
    }
    roles
}

/// A person's key, and in brackets what is printed as their affiliation.
fn printed(text: &str) -> (String, Option<String>) {
    match text.split_once('[') {
        None => (text.trim().to_owned(), None),
        Some((key, rest)) => (key.trim().to_owned(), Some(rest.trim_end().trim_end_matches(']').to_owned())),
    }
}

fn paper(row: &Row, number: usize, title: &str, authors: &str) -> Paper {
    // Only the first may have an affiliation in brackets, whose spaces are not between authors.
    let (first, rest) = match authors.split_once(']') {
        Some((first, rest)) => (printed(first), rest),
        None => {
            let (first, rest) = authors.split_once(' ').unwrap_or((authors, ""));
            (printed(first), rest)
        }
    };
    let others = rest.split_whitespace().map(|key| (key.to_owned(), None));
    let authors = std::iter::once(first).chain(others).enumerate();
    let theme = TRACKS.iter().find(|(code, _)| *code == row.track).map_or("conference", |(_, name)| *name);
    Paper {
        key: format!("paper-{number:03}"),
        title: title.into(),
        r#abstract: Some(texts::of_paper(row, number, title)),
        r#type: Some(if row.kind == "POSTERS" { "Poster" } else { "Paper" }.into()),
        language: texts::language(title),
        status: if WITHDRAWN.contains(&title) { PaperStatus::Withdrawn } else { PaperStatus::Accepted },
        keywords: vec![theme.to_lowercase(), row.code.to_lowercase()],
        url: None,
        authors: authors.map(|(n, (person, affiliation))| Author { person, affiliation, presenting: n == 0 }).collect(),
    }
}

/// `day|start-end|rooms|papers|title|flags`.
fn session(row: &Row, number: i32, line: &str, first: NaiveDate, papers: &[Paper]) -> Session {
    let mut fields = line.split('|');
    let mut next = || fields.next().unwrap_or_default();
    let (day, times, rooms, order, title, flags) = (next(), next(), next(), next(), next(), next());
    let date = day.parse().ok().map(|day: i64| first + TimeDelta::days(day - 1));
    let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
    let (start, end) = times.split_once('-').map_or((None, None), |(start, end)| (time(start), time(end)));
    let rooms: Vec<SessionRoom> = rooms
        .split_whitespace()
        .filter(|room| *room != "-")
        .map(|room| SessionRoom {
            room: room.into(),
            // The hybrid panel has a link of its own in the virtual room; others use the room's.
            link: (row.code == "CULT03" && room.starts_with("zoom"))
                .then(|| format!("https://meet.example.org/demo/cult03-{number}")),
        })
        .collect();
    let minutes = match (start, end) {
        (Some(start), Some(end)) if !order.is_empty() => {
            let count = i64::try_from(order.split_whitespace().count()).unwrap_or(1).max(1);
            Some((end - start).num_minutes() / count)
        }
        _ => None,
    };
    let slots = (0..).zip(order.split_whitespace()).filter_map(|(n, paper): (i64, &str)| {
        let paper = papers.get(paper.parse::<usize>().ok()?.checked_sub(1)?)?;
        Some(Slot {
            paper: paper.key.clone(),
            start: start.zip(minutes).map(|(start, minutes)| start + TimeDelta::minutes(n * minutes)),
            minutes: minutes.and_then(|minutes| i32::try_from(minutes).ok()),
            room: None,
        })
    });
    Session {
        key: format!("{}-{number}", row.code.to_lowercase()),
        number,
        title: (!title.is_empty()).then(|| title.into()),
        date,
        start,
        end,
        fold: 0,
        status: if flags == "cancelled" { SessionStatus::Cancelled } else { SessionStatus::Scheduled },
        roles: if row.code == "CULT03" && number == 2 { roles("chair: daniyar") } else { Vec::new() },
        slots: slots.collect(),
        rooms,
    }
}
