//! Which of the people, rooms and tracks found those of a schedule are.

use std::collections::{HashMap, HashSet};

use entity::enums::RoomKind;

use crate::format::program_file::{Person, ProgramFile, Room, Track};
use crate::format::read::KEY;
use crate::format::schedule::ids::guid;
use crate::format::schedule::read::{Keys, one_line};

/// What things of a schedule are called in the program, by what they are called in the schedule.
pub(super) type Renamed = HashMap<String, String>;

/// Things of one kind that were found, by what a schedule may know them by.
pub(super) struct Found {
    /// By what is written for them.
    written: HashMap<String, usize>,
    keys: HashMap<String, usize>,
    names: HashMap<String, usize>,
}

impl Found {
    /// What is written for each with its key; the keys in their order; names that only they have.
    pub(super) fn new<'k>(
        written: impl Iterator<Item = (String, &'k str)>,
        keys: impl Iterator<Item = &'k str>,
        names: impl IntoIterator<Item = (String, usize)>,
    ) -> Self {
        let mut found = Self { written: HashMap::new(), keys: HashMap::new(), names: HashMap::new() };
        found.keys.extend(keys.enumerate().map(|(n, key)| (key.to_owned(), n)));
        for (text, key) in written {
            if let Some(n) = found.keys.get(key) {
                found.written.entry(text).or_insert(*n);
            }
        }
        names.into_iter().for_each(|(name, n)| _ = found.names.entry(name).or_insert(n));
        found
    }

    /// Which each of these is, by its texts: one that is written, a key, a name. No two are the same.
    fn matched(&self, texts: &[[Option<&str>; 3]]) -> Vec<Option<usize>> {
        let (mut matched, mut taken) = (vec![None; texts.len()], HashSet::new());
        for (which, map) in [&self.written, &self.keys, &self.names].into_iter().enumerate() {
            for (own, texts) in matched.iter_mut().zip(texts).filter(|(own, _)| own.is_none()) {
                let at = texts[which].and_then(|text| map.get(text)).copied();
                *own = at.filter(|at| taken.insert(*at));
            }
        }
        matched
    }
}

fn texts_of_person(person: &Person) -> [Option<&str>; 3] {
    [Some(&person.key), Some(&person.key), None]
}

/// A room of a schedule without GUIDs is known by its name.
fn texts_of_room(room: &Room) -> [Option<&str>; 3] {
    [Some(&room.key), Some(&room.key), Some(room.name.as_str()).filter(|_| guid(&room.key).is_none())]
}

fn texts_of_track(track: &Track) -> [Option<&str>; 3] {
    [Some(&track.name), Some(&track.code), None]
}

fn renamed<'s>(
    said: impl Iterator<Item = &'s str>,
    matched: &[Option<usize>],
    key: impl Fn(usize) -> Option<String>,
) -> Renamed {
    said.zip(matched).filter_map(|(own, at)| Some((own.to_owned(), key((*at)?)?))).collect()
}

/// The people of the schedule that would be written.
pub(super) fn told_people(told: &ProgramFile, found: &Found, file: &ProgramFile) -> Renamed {
    let matched = found.matched(&told.people.iter().map(texts_of_person).collect::<Vec<_>>());
    renamed(told.people.iter().map(|it| &*it.key), &matched, |at| Some(file.people.get(at)?.key.clone()))
}

/// Its rooms.
pub(super) fn told_rooms(told: &ProgramFile, found: &Found, file: &ProgramFile) -> Renamed {
    let matched = found.matched(&told.rooms.iter().map(texts_of_room).collect::<Vec<_>>());
    renamed(told.rooms.iter().map(|it| &*it.key), &matched, |at| Some(file.rooms.get(at)?.key.clone()))
}

/// Its tracks.
pub(super) fn told_tracks(told: &ProgramFile, found: &Found, file: &ProgramFile) -> Renamed {
    let matched = found.matched(&told.tracks.iter().map(texts_of_track).collect::<Vec<_>>());
    renamed(told.tracks.iter().map(|it| &*it.code), &matched, |at| Some(file.tracks.get(at)?.code.clone()))
}

/// Lays people over those found; whoever is not among them is new.
pub(super) fn people(said: &[Person], found: &Found, into: &mut Vec<Person>) -> Renamed {
    let matched = found.matched(&said.iter().map(texts_of_person).collect::<Vec<_>>());
    let mut keys = Keys::new(KEY);
    into.iter().for_each(|person| keys.hold(&person.key));
    let each = said.iter().zip(matched).map(|(person, at)| {
        let key = if let Some(now) = at.and_then(|at| into.get_mut(at)) {
            if one_line(&now.name).as_deref() != Some(&person.name) {
                now.name.clone_from(&person.name);
            }
            // Both are addresses and texts that nothing of ours says.
            newer(&mut now.url, &person.url);
            newer(&mut now.biography, &person.biography);
            now.key.clone()
        } else {
            let key = keys.take(&person.key);
            into.push(Person { key: key.clone(), ..person.clone() });
            key
        };
        (person.key.clone(), key)
    });
    each.collect()
}

/// Lays rooms over those found, of which these names are written.
pub(super) fn rooms(said: &[Room], found: &Found, written: &[Option<String>], into: &mut Vec<Room>) -> Renamed {
    let matched = found.matched(&said.iter().map(texts_of_room).collect::<Vec<_>>());
    let mut keys = Keys::new(KEY);
    into.iter().for_each(|room| keys.hold(&room.key));
    let count = into.len();
    // The last name that is written is none of a room.
    let each = said.iter().zip(matched).filter(|(_, at)| *at != Some(count)).map(|(room, at)| {
        let key = if let Some((at, now)) = at.and_then(|at| Some((at, into.get_mut(at)?))) {
            if written.get(at).and_then(Option::as_ref) != Some(&room.name) {
                now.name.clone_from(&room.name);
            }
            now.capacity = room.capacity.or(now.capacity);
            // Of a room that is nowhere else a schedule says so; of others it says nothing.
            match room.kind {
                RoomKind::Virtual => now.kind = RoomKind::Virtual,
                RoomKind::Physical => {}
            }
            now.key.clone()
        } else {
            let key = keys.take(&room.key);
            into.push(Room { key: key.clone(), ..room.clone() });
            key
        };
        (room.key.clone(), key)
    });
    each.collect()
}

/// Lays tracks over those found.
pub(super) fn tracks(said: &[Track], found: &Found, into: &mut Vec<Track>) -> Renamed {
    let matched = found.matched(&said.iter().map(texts_of_track).collect::<Vec<_>>());
    let mut codes = Keys::new(KEY);
    into.iter().for_each(|track| codes.hold(&track.code));
    let each = said.iter().zip(matched).map(|(track, at)| {
        let code = if let Some(now) = at.and_then(|at| into.get_mut(at)) {
            if one_line(&now.name).as_deref() != Some(&track.name) {
                now.name.clone_from(&track.name);
            }
            now.code.clone()
        } else {
            let code = codes.take(&track.code);
            into.push(Track { code: code.clone(), ..track.clone() });
            code
        };
        (track.code.clone(), code)
    });
    each.collect()
}

fn newer(now: &mut Option<String>, said: &Option<String>) {
    if said.is_some() {
        now.clone_from(said);
    }
}
