//! A schedule over the program that is there. What schedules have no place for, and somebody has added since, stays: links
//! above all, which would be gone with every import otherwise.

use std::collections::{HashMap, HashSet};

use entity::enums::{PanelKind, Role};

use crate::format::from_program::program_file;
use crate::format::program_file::{Panel, Paper, Person, ProgramFile, Room, Session};
use crate::program::Program;

/// The program that a schedule makes of what is there.
#[must_use]
pub fn over(said: &ProgramFile, found: &Program) -> ProgramFile {
    let kept = program_file(found);
    let mut file = said.clone();
    file.conference.url = file.conference.url.take().or_else(|| kept.conference.url.clone());
    let rooms: HashMap<&str, &Room> = kept.rooms.iter().map(|room| (room.key.as_str(), room)).collect();
    for room in &mut file.rooms {
        if let Some(before) = rooms.get(room.key.as_str()) {
            (room.kind, room.capacity) = (before.kind, before.capacity);
            room.link.clone_from(&before.link);
        }
    }
    let people: HashMap<&str, &Person> = kept.people.iter().map(|person| (person.key.as_str(), person)).collect();
    for person in &mut file.people {
        if let Some(before) = people.get(person.key.as_str()) {
            keep(&mut person.affiliation, &before.affiliation);
            keep(&mut person.country, &before.country);
            keep(&mut person.orcid, &before.orcid);
            keep(&mut person.email, &before.email);
            keep(&mut person.url, &before.url);
            keep(&mut person.biography, &before.biography);
        }
    }
    let panels: HashMap<&str, &Panel> = kept.panels.iter().map(|panel| (panel.key.as_str(), panel)).collect();
    for panel in &mut file.panels {
        if let Some(before) = panels.get(panel.key.as_str()) {
            of_panel(panel, before);
        }
    }
    named_still(&mut file, &rooms, &people);
    file
}

fn keep(now: &mut Option<String>, before: &Option<String>) {
    if now.is_none() {
        now.clone_from(before);
    }
}

fn of_panel(panel: &mut Panel, before: &Panel) {
    if panel.kind == PanelKind::Other {
        panel.kind = before.kind;
    }
    keep(&mut panel.url, &before.url);
    keep(&mut panel.language, &before.language);
    panel.papers.clone_from(&before.papers);
    // Whoever is named speaks; who does something else is not known to a schedule.
    for role in &mut panel.roles {
        let same = before.roles.iter().find(|old| old.person == role.person && old.role == role.role);
        role.affiliation = same.and_then(|old| old.affiliation.clone());
    }
    panel.roles.extend(before.roles.iter().filter(|role| role.role != Role::Speaker).cloned());
    for session in &mut panel.sessions {
        if let Some(before) = before.sessions.iter().find(|before| before.key == session.key) {
            of_session(session, before);
        }
    }
    // Sittings that were added here have the panel's next numbers.
    let said: HashSet<String> = panel.sessions.iter().map(|session| session.key.clone()).collect();
    panel.sessions.extend(before.sessions.iter().filter(|session| !said.contains(&session.key)).cloned());
}

fn of_session(session: &mut Session, before: &Session) {
    session.number = before.number;
    keep(&mut session.title, &before.title);
    session.roles.clone_from(&before.roles);
    // A schedule knows the first room; the others go on being the session's.
    let others = before.rooms.iter().skip(1).filter(|other| session.rooms.iter().all(|room| room.room != other.room));
    let others: Vec<_> = others.cloned().collect();
    for room in &mut session.rooms {
        let same = before.rooms.iter().find(|old| old.room == room.room);
        room.link = same.and_then(|old| old.link.clone());
    }
    session.rooms.extend(others);
    session.slots.clone_from(&before.slots);
    let moved = (session.date, session.start, session.end) != (before.date, before.start, before.end);
    for slot in &mut session.slots {
        // Of a session that has moved nobody has said when its papers are given now.
        slot.start = slot.start.filter(|_| !moved);
        slot.room = slot.room.take().filter(|room| session.rooms.iter().any(|own| own.room == *room));
    }
}

/// Whoever and whatever is still named is there still.
fn named_still(file: &mut ProgramFile, rooms: &HashMap<&str, &Room>, people: &HashMap<&str, &Person>) {
    let authors = |paper: &Paper| paper.authors.iter().map(|author| author.person.clone()).collect::<Vec<_>>();
    let mut persons: Vec<String> = Vec::new();
    let mut places: Vec<String> = Vec::new();
    for panel in &file.panels {
        persons.extend(panel.roles.iter().map(|role| role.person.clone()));
        persons.extend(panel.papers.iter().flat_map(authors));
        for session in &panel.sessions {
            persons.extend(session.roles.iter().map(|role| role.person.clone()));
            places.extend(session.rooms.iter().map(|room| room.room.clone()));
        }
    }
    let mut there: HashSet<String> = file.people.iter().map(|person| person.key.clone()).collect();
    for key in persons {
        if let Some(person) = people.get(key.as_str()).filter(|_| !there.contains(&key)) {
            file.people.push(Person::clone(person));
            there.insert(key);
        }
    }
    let mut there: HashSet<String> = file.rooms.iter().map(|room| room.key.clone()).collect();
    for key in places {
        if let Some(room) = rooms.get(key.as_str()).filter(|_| !there.contains(&key)) {
            file.rooms.push(Room::clone(room));
            there.insert(key);
        }
    }
}
