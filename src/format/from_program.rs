//! A program as a program file. The order of everything depends on what the file says alone, never on ids, so that
//! export, import into an empty database and export again give the same bytes.

use crate::program::Program;
use crate::program::index::Ix;

use super::program_file::{
    Author, Conference, Panel, Paper, Person, ProgramFile, RoleEntry, Room, Session, SessionRoom, Settings, Slot, Track,
};

/// The whole program, links and addresses included.
#[must_use]
pub fn program_file(program: &Program) -> ProgramFile {
    let (rows, index) = (&program.rows, &program.index);
    let own = program.conference();
    let mut people: Vec<Ix> = index.person_order.to_vec();
    people.sort_by_cached_key(|ix| {
        let row = &rows.people[*ix as usize];
        (index.people[*ix as usize].key.clone(), row.name.clone(), row.key.clone())
    });
    let mut panels: Vec<Ix> = index.panel_order.to_vec();
    panels.sort_by_cached_key(|ix| {
        let row = &rows.panels[*ix as usize];
        (index.panels[*ix as usize].key.clone(), row.code.clone(), row.key.clone())
    });
    ProgramFile {
        conference: Conference {
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
        },
        tracks: index
            .track_order
            .iter()
            .map(|ix| &rows.tracks[*ix as usize])
            .map(|row| Track { code: row.code.clone(), name: row.name.clone() })
            .collect(),
        rooms: index
            .room_order
            .iter()
            .map(|ix| &rows.rooms[*ix as usize])
            .map(|row| Room {
                key: row.key.clone(),
                name: row.name.clone(),
                kind: row.kind,
                capacity: row.capacity,
                link: row.link.clone(),
            })
            .collect(),
        people: people
            .iter()
            .map(|ix| &rows.people[*ix as usize])
            .map(|row| Person {
                key: row.key.clone(),
                name: row.name.clone(),
                affiliation: row.affiliation.clone(),
                country: row.country.clone(),
                orcid: row.orcid.clone(),
                email: row.email.clone(),
                url: row.url.clone(),
                biography: row.biography.clone(),
            })
            .collect(),
        panels: panels.iter().map(|ix| panel(program, *ix)).collect(),
    }
}

fn panel(program: &Program, ix: Ix) -> Panel {
    let (row, index) = (&program.rows.panels[ix as usize], &program.index.panels[ix as usize]);
    let track = index.track.map(|track| program.rows.tracks[track as usize].code.clone());
    let mut sessions: Vec<Ix> = index.sessions.to_vec();
    sessions.sort_by_key(|ix| {
        let row = &program.rows.sessions[*ix as usize];
        (row.number, row.key.clone())
    });
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
        sessions: sessions.iter().map(|ix| session(program, *ix)).collect(),
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
    let room_key = |link: Ix| {
        let room = program.index.session_rooms[link as usize].room;
        program.rows.rooms[room as usize].key.clone()
    };
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
