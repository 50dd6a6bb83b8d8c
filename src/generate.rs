//! Programs of any size, made up from a seed: for trying out, measuring and testing. The same options always give the
//! same program, on every machine and in every build.

mod cast;
mod chance;
mod panels;
mod text;
mod timetable;

#[cfg(test)]
mod tests;

use chrono::{NaiveDate, TimeDelta};
use entity::enums::RoomKind;

use crate::format::program_file::{Conference, Person, ProgramFile, Room, Settings, Track};
use cast::Cast;
use chance::{Chance, Share};
use panels::Plan;
use text::{PLACES, Script, Scripts, Texts};

/// How large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Panels. With none there are no papers either.
    pub panels: usize,
    /// Papers, spread over the panels.
    pub papers: usize,
    /// People. With none nobody does anything.
    pub people: usize,
    /// Another seed, another program.
    pub seed: u64,
    /// The conference's slug.
    pub slug: String,
}

/// What making a program up goes by.
struct Maker {
    chance: Chance,
    texts: Texts,
    cast: Cast,
    first_day: NaiveDate,
}

/// Makes a program up.
///
/// A room is never in two sessions at once. Nor is a person, unless there are too few people for the panels held at the
/// same time.
#[must_use]
pub fn generate(options: &Options) -> ProgramFile {
    let mut maker = Maker {
        chance: Chance(options.seed),
        texts: Texts::new(),
        cast: Cast::new(options.people),
        first_day: NaiveDate::from_ymd_opt(2027, 7, 12).unwrap_or_default(),
    };
    let people = maker.people(options.people);
    let tracks: Vec<Track> = (0..options.panels.div_ceil(20).min(26))
        .map(|n| Track { code: format!("T{:02}", n + 1), name: maker.title(Script::Latin, 1, 3) })
        .collect();
    let (plans, timetable) = Plan::all(&mut maker.chance, options.panels, options.papers);
    let rooms = maker.rooms(timetable.rooms());
    let last_day = maker.first_day + TimeDelta::days(i64::try_from(timetable.days()).unwrap_or(1) - 1);
    ProgramFile {
        conference: Conference {
            slug: options.slug.clone(),
            name: format!("A conference of {} panels and {} papers", options.panels, options.papers),
            time_zone: "Asia/Almaty".into(),
            starts_on: maker.first_day,
            ends_on: last_day,
            url: None,
            settings: Settings::default(),
        },
        panels: maker.panels(&plans, &tracks),
        tracks,
        rooms,
        people,
    }
}

impl Maker {
    fn title(&mut self, script: Script, low: usize, high: usize) -> String {
        self.texts.title(&mut self.chance, script, low, high)
    }

    fn prose(&mut self, script: Script, low: usize, high: usize) -> String {
        self.texts.prose(&mut self.chance, script, low, high)
    }

    fn place_name(&mut self) -> &'static str {
        self.chance.pick(PLACES)
    }

    fn people(&mut self, count: usize) -> Vec<Person> {
        let scripts = Scripts::new(&mut self.chance, count);
        (0..count).map(|n| self.person(n, scripts.of(n))).collect()
    }

    fn person(&mut self, n: usize, script: Script) -> Person {
        let (name, place) = (self.texts.name(&mut self.chance, script), self.place_name());
        let biography = self.chance.one_in(6).then(|| self.prose(script, 120, 300));
        let chance = &mut self.chance;
        Person {
            key: format!("p{}", n + 1),
            name,
            affiliation: (!chance.one_in(10)).then(|| format!("University of {place}")),
            country: (!chance.one_in(3)).then(|| chance.pick(text::COUNTRIES).to_owned()),
            orcid: chance.one_in(3).then(|| orcid(chance.next())),
            email: (!chance.one_in(4)).then(|| format!("p{}@example.org", n + 1)),
            url: None,
            biography,
        }
    }

    /// So many rooms with walls, and virtual ones.
    fn rooms(&mut self, (walls, virtual_rooms): (usize, usize)) -> Vec<Room> {
        let chance = &mut self.chance;
        let mut rooms: Vec<Room> = (1..=walls)
            .map(|n| Room {
                key: format!("r{n}"),
                name: format!("Hall {n}"),
                kind: RoomKind::Physical,
                capacity: i32::try_from(20 * chance.between(1, 15)).ok(),
                link: None,
            })
            .collect();
        rooms.extend((1..=virtual_rooms).map(|n| Room {
            key: format!("v{n}"),
            name: format!("Online room {n}"),
            kind: RoomKind::Virtual,
            capacity: None,
            link: Some(format!("https://meet.example.org/room/{:016x}", chance.next())),
        }));
        rooms
    }
}

/// An ORCID iD whose check digit is right (ISO 7064, mod 11-2), and which is nobody's: none that begins with 9 is given.
fn orcid(number: u64) -> String {
    let digits = format!("9{:014}", number % 100_000_000_000_000);
    let sum = digits.bytes().fold(0u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2);
    let check = match (12 - sum % 11) % 11 {
        10 => "X".to_owned(),
        digit => digit.to_string(),
    };
    format!("{}-{}-{}-{}{check}", &digits[..4], &digits[4..8], &digits[8..12], &digits[12..])
}
