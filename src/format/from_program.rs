//! A program as a program file. The order of everything depends on what the file says alone, never on ids, so that
//! export, import into an empty database and export again give the same bytes.

use entity::room;

use crate::program::Program;
use crate::program::index::Ix;

use super::Scope;
use super::private::key;
use super::program_file::{
    Author, Conference, Panel, Paper, Person, ProgramFile, RoleEntry, Room, Session, SessionRoom, Settings, Slot, Track,
};

/// The whole program, links and addresses included.
#[must_use]
pub fn program_file(program: &Program) -> ProgramFile {
    ProgramFile {
        conference: conference(program),
        tracks: tracks(program).collect(),
        rooms: rooms(program, Scope::Whole).collect(),
        people: people(program).into_iter().map(|ix| person(program, ix)).collect(),
        panels: panels(program).into_iter().map(|ix| panel(program, ix)).collect(),
    }
}

/// The conference's own properties.
pub(super) fn conference(program: &Program) -> Conference {
    let own = program.conference();
    Conference {
        slug: own.slug.clone(),
        name: own.name.clone(),
        time_zone: own.time_zone.clone(),
        starts_on: own.starts_on,
        ends_on: own.ends_on,
        url: own.url.clone(),
        settings: Settings {
            visibility: Some(own.visibility),
            link_audience: Some(own.link_audience),
            links_open_at: Some(own.links_open_at),
        },
    }
}

/// Tracks, in the order to show.
pub(super) fn tracks(program: &Program) -> impl Iterator<Item = Track> {
    let rows = program.index.track_order.iter().map(|ix| &program.rows.tracks[*ix as usize]);
    rows.map(|row| Track { code: row.code.clone(), name: row.name.clone() })
}

/// Rooms, in the order to show, as they are for somebody.
pub(super) fn rooms(program: &Program, scope: Scope) -> impl Iterator<Item = Room> {
    let rows = program.index.room_order.iter().map(|ix| &program.rows.rooms[*ix as usize]);
    rows.map(move |row| Room {
        key: key(scope, &row.key, row.id).into_owned(),
        name: row.name.clone(),
        kind: row.kind,
        capacity: row.capacity,
        link: scope.private(row.link.clone()),
    })
}

/// People by name.
pub(super) fn people(program: &Program) -> Vec<Ix> {
    let mut people: Vec<Ix> = program.index.person_order.to_vec();
    let shown = |ix: &Ix| &*program.index.people[*ix as usize].key;
    // As they are ordered to be shown, but for ties, which go by id there.
    for ties in people.chunk_by_mut(|one, other| shown(one) == shown(other)) {
        ties.sort_by_key(|ix| {
            let row = &program.rows.people[*ix as usize];
            (row.name.as_str(), row.key.as_str())
        });
    }
    people
}

/// Panels by code.
pub(super) fn panels(program: &Program) -> Vec<Ix> {
    let mut panels: Vec<Ix> = program.index.panel_order.to_vec();
    let shown = |ix: &Ix| &*program.index.panels[*ix as usize].key;
    for ties in panels.chunk_by_mut(|one, other| shown(one) == shown(other)) {
        ties.sort_by_key(|ix| {
            let row = &program.rows.panels[*ix as usize];
            (row.code.as_str(), row.key.as_str())
        });
    }
    panels
}

/// A panel's sessions by number.
pub(super) fn sessions(program: &Program, panel: Ix) -> Vec<Ix> {
    let mut sessions: Vec<Ix> = program.index.panels[panel as usize].sessions.to_vec();
    sessions.sort_by_key(|ix| {
        let row = &program.rows.sessions[*ix as usize];
        (row.number, row.key.as_str())
    });
    sessions
}

/// The room that this is a use of.
pub(super) fn room(program: &Program, session_room: Ix) -> &room::Model {
    let room = program.index.session_rooms[session_room as usize].room;
    &program.rows.rooms[room as usize]
}

fn person(program: &Program, ix: Ix) -> Person {
    let row = program.person(ix);
    Person {
        key: row.key.clone(),
        name: row.name.clone(),
        affiliation: row.affiliation.clone(),
        country: row.country.clone(),
        orcid: row.orcid.clone(),
        email: row.email.clone(),
        url: row.url.clone(),
        biography: row.biography.clone(),
    }
}

fn panel(program: &Program, ix: Ix) -> Panel {
    let (row, index) = (&program.rows.panels[ix as usize], &program.index.panels[ix as usize]);
    let track = index.track.map(|track| program.rows.tracks[track as usize].code.clone());
    Panel {
        key: row.key.clone(),
        code: row.code.clone(),
        title: row.title.clone(),
        kind: row.kind,
        track,
        short_abstract: row.short_abstract.clone(),
        r#abstract: row.r#abstract.clone(),
        status: row.status,
        url: row.url.clone(),
        language: row.language.clone(),
        roles: roles(program, &index.participations),
        papers: index.papers.iter().map(|ix| paper(program, *ix)).collect(),
        sessions: sessions(program, ix).into_iter().map(|ix| session(program, ix)).collect(),
    }
}

fn paper(program: &Program, ix: Ix) -> Paper {
    let (row, index) = (&program.rows.papers[ix as usize], &program.index.papers[ix as usize]);
    let authors = index.authorships.iter().map(|ix| {
        let row = &program.rows.authorships[*ix as usize];
        Author {
            person: program.person(program.index.authorships[*ix as usize].person).key.clone(),
            affiliation: row.affiliation.clone(),
            presenting: row.presenting,
        }
    });
    Paper {
        key: row.key.clone(),
        title: row.title.clone(),
        r#abstract: row.r#abstract.clone(),
        r#type: row.r#type.clone(),
        language: row.language.clone(),
        status: row.status,
        keywords: index.keywords.iter().map(|word| word.as_ref().to_owned()).collect(),
        url: row.url.clone(),
        authors: authors.collect(),
    }
}

fn session(program: &Program, ix: Ix) -> Session {
    let (row, index) = (&program.rows.sessions[ix as usize], &program.index.sessions[ix as usize]);
    let room_key = |ix: Ix| room(program, ix).key.clone();
    let rooms = index
        .session_rooms
        .iter()
        .map(|ix| SessionRoom { room: room_key(*ix), link: program.rows.session_rooms[*ix as usize].link.clone() });
    let slots = index.slots.iter().map(|ix| {
        let (row, slot) = (&program.rows.slots[*ix as usize], &program.index.slots[*ix as usize]);
        Slot {
            paper: program.rows.papers[slot.paper as usize].key.clone(),
            start: row.start_time,
            minutes: row.minutes,
            room: slot.session_room.map(room_key),
        }
    });
    Session {
        key: row.key.clone(),
        number: row.number,
        title: row.title.clone(),
        date: row.date,
        start: row.start_time,
        end: row.end_time,
        fold: row.fold,
        status: row.status,
        roles: roles(program, &index.participations),
        rooms: rooms.collect(),
        slots: slots.collect(),
    }
}

fn roles(program: &Program, list: &[Ix]) -> Vec<RoleEntry> {
    list.iter()
        .map(|ix| {
            let row = &program.rows.participations[*ix as usize];
            RoleEntry {
                person: program.person(program.index.participations[*ix as usize].person).key.clone(),
                role: row.role,
                affiliation: row.affiliation.clone(),
            }
        })
        .collect()
}
