//! What a schedule says, as it says it, whichever of the two formats it is.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::super::super::read::{LONG, NAME, TITLE};
use super::super::ids::guid;
use super::super::{NO_ROOM, text::Layout};
use super::notes::Notes;

/// The most events, and the most rooms, tracks and people, as in a program file.
pub(super) const MOST: usize = 50_000;
/// The most names at all events together.
const MOST_NAMES: usize = 500_000;

/// Everything that was read.
#[derive(Default)]
pub(super) struct Said {
    pub conference: Conference,
    pub tracks: Vec<Track>,
    pub rooms: Vec<Room>,
    pub people: Vec<Person>,
    pub events: Vec<Event>,
    /// The days that the file has.
    pub days: Vec<NaiveDate>,
    pub notes: Notes,
    rooms_by: HashMap<(Option<String>, String), usize>,
    people_by: HashMap<String, usize>,
    names: usize,
}

/// The conference.
#[derive(Default)]
pub(super) struct Conference {
    pub place: String,
    pub acronym: Option<String>,
    pub title: Option<String>,
    pub start: Option<String>,
    pub end: Option<String>,
    pub time_zone: Option<String>,
    pub url: Option<String>,
    /// Of the whole file.
    pub base_url: Option<String>,
}

/// A track.
pub(super) struct Track {
    pub name: String,
    pub slug: Option<String>,
}

/// A room.
pub(super) struct Room {
    pub place: String,
    pub name: String,
    pub guid: Option<String>,
    pub capacity: Option<i32>,
    pub online: bool,
}

/// A person.
pub(super) struct Person {
    pub key: String,
    pub name: String,
    pub url: Option<String>,
    pub biography: Option<String>,
    /// The event that named them last, counted from 1.
    named: usize,
}

/// How a file names a person at an event.
#[derive(Default)]
pub(super) struct Naming {
    pub guid: Option<String>,
    pub id: Option<String>,
    pub code: Option<String>,
    pub name: Option<String>,
    pub url: Option<String>,
    pub biography: Option<String>,
}

/// An event.
#[derive(Default)]
pub(super) struct Event {
    /// Where it is in the file.
    pub place: String,
    /// The day that it is listed under.
    pub day: Option<NaiveDate>,
    pub room: Option<usize>,
    pub people: Vec<usize>,
    pub links: Vec<String>,
    pub guid: Option<String>,
    pub id: Option<String>,
    pub code: Option<String>,
    pub slug: Option<String>,
    pub title: Option<String>,
    pub subtitle: Option<String>,
    pub track: Option<String>,
    pub kind: Option<String>,
    pub language: Option<String>,
    pub date: Option<String>,
    pub start: Option<String>,
    pub end: Option<String>,
    pub duration: Option<String>,
    pub short_abstract: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
}

/// What a schedule says of an event that a program file has no place for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::format::schedule) struct Source {
    /// Where it is in the document.
    pub place: String,
    /// Its own code, if its panel has that.
    pub code: Option<String>,
    /// Its subtitle, which is in the panel's short abstract too.
    pub subtitle: Option<String>,
    /// Its abstract without the subtitle.
    pub short_abstract: Option<String>,
}

/// Where a text goes, and how long it may be in characters.
pub(super) type Slot<'a> = (&'a mut Option<String>, Layout, usize);

impl Conference {
    /// Where what has this name goes; `None`: it has no place.
    pub(super) fn slot(&mut self, name: &str) -> Option<Slot<'_>> {
        Some(match name {
            "acronym" => (&mut self.acronym, Layout::Line, NAME),
            "title" => (&mut self.title, Layout::Line, NAME),
            "start" => (&mut self.start, Layout::Line, NAME),
            "end" => (&mut self.end, Layout::Line, NAME),
            "time_zone_name" => (&mut self.time_zone, Layout::Line, NAME),
            "url" => (&mut self.url, Layout::Line, LONG),
            "base_url" => (&mut self.base_url, Layout::Line, LONG),
            _ => return None,
        })
    }
}

impl Naming {
    /// The same of a person.
    pub(super) fn slot(&mut self, name: &str) -> Option<Slot<'_>> {
        Some(match name {
            "guid" => (&mut self.guid, Layout::Line, LONG),
            "id" => (&mut self.id, Layout::Line, LONG),
            "code" => (&mut self.code, Layout::Line, LONG),
            "name" | "public_name" => (&mut self.name, Layout::Line, NAME),
            "url" => (&mut self.url, Layout::Line, LONG),
            "biography" => (&mut self.biography, Layout::Lines, LONG),
            _ => return None,
        })
    }
}

/// The most links that are kept of an event: its own, the one that counts without one, and one more that does not.
const MOST_LINKS: usize = 3;

impl Event {
    /// One more of its links.
    pub(super) fn link(&mut self, link: Option<String>) {
        let Some(link) = link.filter(|link| self.links.len() < MOST_LINKS && !self.links.contains(link)) else {
            return;
        };
        self.links.push(link);
    }

    /// The same of an event.
    pub(super) fn slot(&mut self, name: &str) -> Option<Slot<'_>> {
        Some(match name {
            "guid" => (&mut self.guid, Layout::Line, LONG),
            "id" => (&mut self.id, Layout::Line, LONG),
            "code" => (&mut self.code, Layout::Line, LONG),
            "slug" => (&mut self.slug, Layout::Line, LONG),
            "title" => (&mut self.title, Layout::Line, TITLE),
            "subtitle" => (&mut self.subtitle, Layout::Line, TITLE),
            "track" => (&mut self.track, Layout::Line, LONG),
            "type" => (&mut self.kind, Layout::Line, LONG),
            "language" => (&mut self.language, Layout::Line, LONG),
            "date" => (&mut self.date, Layout::Line, LONG),
            "start" => (&mut self.start, Layout::Line, LONG),
            "end" => (&mut self.end, Layout::Line, LONG),
            "duration" => (&mut self.duration, Layout::Line, LONG),
            "abstract" => (&mut self.short_abstract, Layout::Lines, LONG),
            "description" => (&mut self.description, Layout::Lines, LONG),
            "url" => (&mut self.url, Layout::Line, LONG),
            _ => return None,
        })
    }
}

/// Puts a text where it goes. Of what is given twice the first counts.
pub(super) fn fill(slot: Slot<'_>, notes: &mut Notes, place: &str, name: &str, text: &str) {
    let (slot, layout, most) = slot;
    let Some(text) = clean(notes, place, name, text, layout, most) else { return };
    match slot {
        Some(first) if *first == text => {}
        Some(_) => notes.add(place, &format!("there is another {name}; the first counts")),
        None => *slot = Some(text),
    }
}

/// A text as a program can have it; `None` if nothing is left.
pub(super) fn clean(
    notes: &mut Notes,
    place: &str,
    name: &str,
    text: &str,
    layout: Layout,
    most: usize,
) -> Option<String> {
    let mut kept = String::with_capacity(text.len().min(4 * most));
    let (mut count, mut broken, mut controls) = (0, false, false);
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match (c, layout) {
            // Where a line is broken, however far the next one is indented, is one space.
            ('\r' | '\n' | '\t', Layout::Line) => {
                broken = true;
                continue;
            }
            (' ', Layout::Line) if broken => continue,
            ('\r', Layout::Lines) if chars.peek() == Some(&'\n') => continue,
            ('\r' | '\n' | '\t', Layout::Lines) => {}
            (c, Layout::Line | Layout::Lines) if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                controls = true;
                continue;
            }
            (_, Layout::Line | Layout::Lines) => {}
        }
        let space = std::mem::take(&mut broken) && !kept.ends_with(' ');
        count += 1 + usize::from(space);
        if count > most {
            notes.add(place, &format!("the {name} is cut: it is longer than {most} characters"));
            break;
        }
        if space {
            kept.push(' ');
        }
        kept.push(if c == '\r' { '\n' } else { c });
    }
    if controls {
        notes.add(place, &format!("the {name} has control characters; they are taken out"));
    }
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

impl Said {
    /// The room of this name and GUID; `None` where an event has none.
    pub(super) fn room(&mut self, place: &str, name: Option<String>, guid_said: Option<&str>) -> Option<usize> {
        let guid = guid_said.map(same_guid);
        let name = name.or_else(|| guid.clone())?;
        // A room that is named without a GUID is the first of this name.
        let known = self.rooms_by.get(&(guid.clone(), name.clone())).copied();
        if known.is_some() || (guid.is_none() && name == NO_ROOM) {
            return known;
        }
        let at = self.rooms.len();
        self.rooms_by.insert((guid.clone(), name.clone()), at);
        self.rooms_by.entry((None, name.clone())).or_insert(at);
        self.rooms.push(Room { place: place.to_owned(), name, guid, capacity: None, online: false });
        Some(at)
    }

    /// Names a person at an event.
    pub(super) fn name(&mut self, event: &mut Event, naming: Naming) {
        let Naming { guid, id, code, name, url, biography } = naming;
        let place = event.place.as_str();
        let Some(name) = name else {
            return self.notes.add(place, "a person has no name and is left out");
        };
        let key = guid.as_deref().map(same_guid).or(id).or(code).unwrap_or_else(|| name.clone());
        let at = match self.people_by.get(&key) {
            Some(at) => *at,
            None => {
                self.people_by.insert(key.clone(), self.people.len());
                self.people.push(Person { key, name: name.clone(), url: None, biography: None, named: 0 });
                self.people.len() - 1
            }
        };
        let person = &mut self.people[at];
        if person.name != name {
            self.notes.add(place, "a person has another name elsewhere; the first counts");
        }
        person.url = person.url.take().or(url);
        person.biography = person.biography.take().or(biography);
        let now = self.events.len() + 1;
        if std::mem::replace(&mut person.named, now) == now {
            self.notes.add(place, "a person is named twice; once is enough");
        } else {
            event.people.push(at);
            self.names += 1;
        }
    }

    /// What there is more of than a program may have.
    pub(super) fn too_many(&self) -> Option<String> {
        let counts = [
            (self.events.len(), MOST, "events"),
            (self.rooms.len(), MOST, "rooms"),
            (self.tracks.len(), MOST, "tracks"),
            (self.people.len(), MOST, "people"),
            (self.names, MOST_NAMES, "names at events"),
        ];
        let (_, most, what) = counts.into_iter().find(|(count, most, _)| count > most)?;
        Some(format!("the file has more than {most} {what} up to here; that is the limit"))
    }
}

/// A GUID as it is always written; anything else as it is.
pub(super) fn same_guid(text: &str) -> String {
    guid(text).map_or_else(|| text.to_owned(), |guid| guid.hyphenated().to_string())
}
