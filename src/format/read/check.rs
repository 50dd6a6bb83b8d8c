//! What only the whole document shows: keys given twice, references to nothing, times that do not exist.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};

use super::fields::{Reader, short};
use super::limits::{MOST_SITTINGS, MOST_WRITTEN};
use crate::format::fault::Place;
use crate::format::program_file::{Conference, Panel, Paper, ProgramFile, RoleEntry, Session, Settings};
use crate::program::zone::{TimeFault, Zone};

/// How far from the conference a session may be: further is a mistyped year.
pub(in crate::format) const FAR_DAYS: i64 = 366;

/// The keys that others refer to.
struct Known<'a> {
    tracks: HashSet<&'a str>,
    rooms: HashSet<&'a str>,
    people: HashSet<&'a str>,
}

/// Stands in for the dates of a conference when one of them can't be read.
pub(super) const NO_DATE: NaiveDate = NaiveDate::MIN;

/// A conference for a document that has none that can be read.
pub(super) fn stand_in() -> Conference {
    Conference {
        slug: String::new(),
        name: String::new(),
        time_zone: String::new(),
        starts_on: NO_DATE,
        ends_on: NO_DATE,
        url: None,
        settings: Settings::default(),
    }
}

/// Checks a document that was read. Empty keys are stand-ins for faulty ones, and nothing more is said about them.
pub(super) fn check(reader: &Reader, program: &ProgramFile) {
    let root = Place::ROOT;
    let conference = &program.conference;
    let zone = zone(reader, conference);
    let known = Known {
        tracks: unique(reader, &root.property("tracks"), "code", program.tracks.iter().map(|it| it.code.as_str())),
        rooms: unique(reader, &root.property("rooms"), "key", program.rooms.iter().map(|it| it.key.as_str())),
        people: unique(reader, &root.property("people"), "key", program.people.iter().map(|it| it.key.as_str())),
    };
    let panels = root.property("panels");
    // A key that is left out is the code, so that two codes alike are said once.
    unique(reader, &panels, "code", program.panels.iter().map(|it| it.code.as_str()));
    let own_keys = program.panels.iter().map(|it| if it.key == it.code { "" } else { it.key.as_str() });
    let keys = unique(reader, &panels, "key", own_keys);
    for (i, panel) in program.panels.iter().enumerate() {
        if panel.key == panel.code && !panel.key.is_empty() && keys.contains(panel.key.as_str()) {
            let message =
                format!("the code \"{}\" is another panel's key; give this panel a key of its own", panel.code);
            reader.fault(&panels.element(i).property("code"), message);
        }
    }
    let mut papers = Unique::new("paper", "papers");
    let mut sessions = Unique::new("session", "sessions");
    for (i, panel) in program.panels.iter().enumerate() {
        if reader.full() {
            return;
        }
        let place = panels.element(i);
        for (j, paper) in panel.papers.iter().enumerate() {
            papers.see(reader, &place.property("papers").element(j).property("key"), &paper.key, (i, j));
        }
        for (j, session) in panel.sessions.iter().enumerate() {
            sessions.see(reader, &place.property("sessions").element(j).property("key"), &session.key, (i, j));
        }
        check_panel(reader, &place, panel, &known, conference, zone.as_ref());
    }
    check_written(reader, &panels, program);
}

/// Whether a program is not far longer where it is written session by session than it is itself.
fn check_written(reader: &Reader, panels: &Place<'_>, program: &ProgramFile) {
    // About what a name takes, with what is around it.
    const NAME: usize = 100;
    let tracks: HashMap<&str, usize> = program.tracks.iter().map(|it| (it.code.as_str(), it.name.len())).collect();
    let rooms: HashMap<&str, usize> = program.rooms.iter().map(|it| (it.key.as_str(), it.name.len())).collect();
    let mut whole = 0_usize;
    for (i, panel) in program.panels.iter().enumerate() {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let own = panel.title.len() + length(&panel.short_abstract) + length(&panel.r#abstract) + length(&panel.url);
        let track = panel.track.as_deref().and_then(|code| tracks.get(code)).copied().unwrap_or_default();
        let own = own + track + NAME * panel.roles.len();
        let paper = |it: &Paper| it.title.len() + length(&it.url) + NAME * it.authors.len();
        let papers: HashMap<&str, usize> = panel.papers.iter().map(|it| (it.key.as_str(), paper(it))).collect();
        for session in &panel.sessions {
            let slots = session.slots.iter().filter_map(|slot| papers.get(slot.paper.as_str()));
            let uses = session.rooms.iter().filter_map(|use_of| rooms.get(use_of.room.as_str()));
            let parts = slots.sum::<usize>() + uses.sum::<usize>();
            whole = whole.saturating_add(own + NAME * session.roles.len() + parts);
        }
        if whole > MOST_WRITTEN {
            let message = format!(
                "what is told of the panels, once for each of their sessions, is more than {} MB up to here; that is the \
                 limit: shorten the abstract, or make fewer sessions",
                MOST_WRITTEN >> 20
            );
            return reader.fault(&panels.element(i).property("sessions"), message);
        }
    }
}

fn zone(reader: &Reader, conference: &Conference) -> Option<Zone> {
    let root = Place::ROOT;
    let place = root.property("conference");
    if conference.ends_on < conference.starts_on {
        let message = format!("the conference ends on {} but starts on {}", conference.ends_on, conference.starts_on);
        reader.fault(&place.property("endsOn"), message);
    } else if (conference.ends_on - conference.starts_on).num_days() > FAR_DAYS {
        reader.fault(&place.property("endsOn"), "the conference lasts more than a year; one of its dates is mistyped");
    }
    for (name, date) in [("startsOn", conference.starts_on), ("endsOn", conference.ends_on)] {
        if date != NO_DATE && !(1900..=9000).contains(&date.year()) {
            reader.fault(&place.property(name), format!("{date} is no date of a conference"));
        }
    }
    if conference.time_zone.is_empty() {
        return None;
    }
    let zone = Zone::named(&conference.time_zone);
    if zone.is_none() {
        let message = format!(
            "\"{}\" is no time zone; write its IANA name, as Asia/Almaty or Europe/Lisbon",
            short(&conference.time_zone)
        );
        reader.fault(&place.property("timeZone"), message);
    }
    zone
}

/// The keys of one list, with those given twice as faults. The empty key is among them if one can't be read.
fn unique<'a>(reader: &Reader, list: &Place<'_>, name: &str, keys: impl Iterator<Item = &'a str>) -> HashSet<&'a str> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (n, key) in keys.enumerate() {
        if let Some(before) = first.get(key).filter(|_| !key.is_empty()) {
            let message = format!("\"{}\" is given twice: {list}/{before} has it already", short(key));
            reader.fault(&list.element(n).property(name), message);
        } else {
            first.insert(key, n);
        }
    }
    first.into_keys().collect()
}

/// Keys that are unique across all panels.
struct Unique<'a> {
    noun: &'static str,
    list: &'static str,
    first: HashMap<&'a str, (usize, usize)>,
}

impl<'a> Unique<'a> {
    fn new(noun: &'static str, list: &'static str) -> Self {
        Self { noun, list, first: HashMap::new() }
    }

    fn see(&mut self, reader: &Reader, place: &Place<'_>, key: &'a str, at: (usize, usize)) {
        if key.is_empty() {
            return;
        }
        if let Some((i, j)) = self.first.get(key) {
            let Self { noun, list, .. } = self;
            let message =
                format!("\"{}\" is given twice: /panels/{i}/{list}/{j} is a {noun} with that key already", short(key));
            reader.fault(place, message);
        } else {
            self.first.insert(key, at);
        }
    }
}

fn check_panel(
    reader: &Reader,
    place: &Place<'_>,
    panel: &Panel,
    known: &Known<'_>,
    conference: &Conference,
    zone: Option<&Zone>,
) {
    if let Some(track) = panel.track.as_deref() {
        refer(reader, &place.property("track"), &known.tracks, track, "track with the code", "\"tracks\"");
    }
    check_roles(reader, &place.property("roles"), &panel.roles, known);
    for (j, paper) in panel.papers.iter().enumerate() {
        let (papers, mut seen) = (place.property("papers"), HashSet::new());
        let at = papers.element(j);
        let authors = at.property("authors");
        for (k, author) in paper.authors.iter().enumerate() {
            let author_at = authors.element(k);
            let at = author_at.property("person");
            refer(reader, &at, &known.people, &author.person, "person with the key", "\"people\"");
            if !author.person.is_empty() && !seen.insert(author.person.as_str()) {
                reader.fault(&at, format!("\"{}\" is an author of this paper already", short(&author.person)));
            }
        }
    }
    if panel.sessions.len() > MOST_SITTINGS {
        let message = format!("the panel has {} sessions; the limit is {MOST_SITTINGS}", panel.sessions.len());
        return reader.fault(&place.property("sessions"), message);
    }
    let papers: HashSet<&str> = panel.papers.iter().map(|paper| paper.key.as_str()).collect();
    let mut numbers = HashSet::new();
    for (j, session) in panel.sessions.iter().enumerate() {
        if reader.full() {
            return;
        }
        let sessions = place.property("sessions");
        let at = sessions.element(j);
        if session.number > 0 && !numbers.insert(session.number) {
            let message = format!("another session of this panel has number {}; number them 1, 2, …", session.number);
            reader.fault(&at.property("number"), message);
        }
        check_roles(reader, &at.property("roles"), &session.roles, known);
        check_session(reader, &at, session, &papers, known);
        check_times(reader, &at, session, conference, zone);
    }
}

/// Whether a key is one of those known. One that can't be read may be any of them, and any may be the one that is meant.
fn is_in(key: &str, known: &HashSet<&str>) -> bool {
    key.is_empty() || known.contains(key) || known.contains("")
}

fn refer(reader: &Reader, place: &Place<'_>, known: &HashSet<&str>, key: &str, noun: &str, list: &str) {
    if !is_in(key, known) {
        let message = format!("there is no {noun} \"{}\"; add it to {list} or mend this", short(key));
        reader.fault(place, message);
    }
}

fn check_roles(reader: &Reader, place: &Place<'_>, roles: &[RoleEntry], known: &Known<'_>) {
    let mut seen = HashSet::new();
    for (n, entry) in roles.iter().enumerate() {
        let at = place.element(n);
        let person = at.property("person");
        refer(reader, &person, &known.people, &entry.person, "person with the key", "\"people\"");
        if !entry.person.is_empty() && !seen.insert((entry.person.as_str(), entry.role)) {
            let message = format!("\"{}\" is {} here already", short(&entry.person), entry.role.as_str());
            reader.fault(&person, message);
        }
    }
}

fn check_session(reader: &Reader, place: &Place<'_>, session: &Session, papers: &HashSet<&str>, known: &Known<'_>) {
    let mut rooms = HashSet::new();
    for (n, use_of) in session.rooms.iter().enumerate() {
        let list = place.property("rooms");
        let element = list.element(n);
        let at = element.property("room");
        refer(reader, &at, &known.rooms, &use_of.room, "room with the key", "\"rooms\"");
        if !rooms.insert(use_of.room.as_str()) && !use_of.room.is_empty() {
            reader.fault(&at, format!("the session has the room \"{}\" already", short(&use_of.room)));
        }
    }
    for (n, slot) in session.slots.iter().enumerate() {
        let list = place.property("slots");
        let at = list.element(n);
        if !is_in(&slot.paper, papers) {
            let message = format!(
                "this panel has no paper with the key \"{}\"; a session gives papers of its own panel",
                short(&slot.paper)
            );
            reader.fault(&at.property("paper"), message);
        }
        if let Some(room) = slot.room.as_deref().filter(|room| !is_in(room, &rooms)) {
            let message = format!("the session does not use the room \"{}\"; add it to its \"rooms\"", short(room));
            reader.fault(&at.property("room"), message);
        }
    }
}

/// Whether a date is further from the conference than any session of it can be.
pub(crate) fn is_far(date: NaiveDate, conference: &Conference) -> bool {
    (date - conference.starts_on).num_days() < -FAR_DAYS || (date - conference.ends_on).num_days() > FAR_DAYS
}

fn check_times(reader: &Reader, place: &Place<'_>, session: &Session, conference: &Conference, zone: Option<&Zone>) {
    let Session { date, start, end, fold, slots, .. } = session;
    if start.is_some() && date.is_none() {
        reader.fault(&place.property("start"), "a start needs a date; add the date or leave the start out");
    }
    if end.is_some() && start.is_none() {
        reader.fault(&place.property("end"), "an end needs a start; add the start or leave the end out");
    }
    if start.is_some() && start == end {
        reader.fault(&place.property("end"), "the session ends when it starts; leave the end out if it is not known");
    }
    let slot_start = slots.iter().position(|slot| slot.start.is_some());
    if let Some(date) = date.filter(|date| conference.starts_on != NO_DATE && is_far(*date, conference)) {
        let message = format!("{date} is more than a year from the conference; the date is mistyped");
        return reader.fault(&place.property("date"), message);
    }
    let (Some(date), Some(start)) = (*date, *start) else {
        if let Some(n) = slot_start {
            let slots = place.property("slots");
            reader.fault(
                &slots.element(n).property("start"),
                "a slot's start needs a session that has a date and a start",
            );
        }
        return;
    };
    let Some(zone) = zone else { return };
    let gap = |time: chrono::NaiveTime| {
        format!(
            "{} does not exist on that day in {}: clocks are set forward over it; choose another time",
            time.format("%H:%M"),
            zone.name()
        )
    };
    if zone.instants(date, start).is_err() {
        return reader.fault(&place.property("start"), gap(start));
    }
    let end = end.filter(|end| *end != start);
    let times = match zone.session(date, start, end, *fold) {
        Ok(times) => times,
        Err(_) => return reader.fault(&place.property("end"), gap(end.unwrap_or(start))),
    };
    for (n, slot) in slots.iter().enumerate() {
        let Some(time) = slot.start else { continue };
        let list = place.property("slots");
        let element = list.element(n);
        let at = element.property("start");
        match zone.slot(date, &times, time) {
            Ok(_) => {}
            Err(TimeFault::OutsideSession) => {
                let message =
                    format!("{} is outside the session; a slot starts while its session lasts", time.format("%H:%M"));
                reader.fault(&at, message);
            }
            Err(TimeFault::Gap | TimeFault::OutOfRange) => reader.fault(&at, gap(time)),
        }
    }
}
