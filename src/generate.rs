//! Programs of any size, made up from a seed: for trying out, measuring and testing. The same options always give the
//! same program, on every machine and in every build.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use entity::enums::{PanelKind, PanelStatus, PaperStatus, Role, RoomKind, SessionStatus};

use crate::format::program_file::{
    Author, Conference, Panel, Paper, Person, ProgramFile, RoleEntry, Room, Session, SessionRoom, Settings, Slot, Track,
};

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

/// SplitMix64: small, and the same for ever, unlike the generators of a library.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap_or(0)
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

const WORDS: &[&str] = &[
    "archive",
    "border",
    "care",
    "climate",
    "commons",
    "craft",
    "custom",
    "debt",
    "desert",
    "dwelling",
    "ethics",
    "evidence",
    "expertise",
    "field",
    "forest",
    "garden",
    "glacier",
    "harbour",
    "harvest",
    "herding",
    "horizon",
    "infrastructure",
    "island",
    "journey",
    "justice",
    "kinship",
    "knowledge",
    "labour",
    "landscape",
    "language",
    "law",
    "market",
    "measure",
    "memory",
    "method",
    "migration",
    "mountain",
    "museum",
    "music",
    "narrative",
    "network",
    "ocean",
    "orchard",
    "pasture",
    "pattern",
    "performance",
    "pilgrimage",
    "plateau",
    "policy",
    "practice",
    "railway",
    "record",
    "repair",
    "ritual",
    "river",
    "road",
    "ruin",
    "salt",
    "season",
    "sensor",
    "shelter",
    "silence",
    "soil",
    "sound",
    "standard",
    "steppe",
    "storm",
    "story",
    "survey",
    "textile",
    "theatre",
    "threshold",
    "tide",
    "trade",
    "translation",
    "valley",
    "village",
    "voice",
    "water",
    "weather",
    "weaving",
    "winter",
    "witness",
    "work",
];
const GIVEN: &[&str] = &[
    "Aigerim",
    "Alma",
    "Ania",
    "Béla",
    "Chinwe",
    "Daniyar",
    "Elif",
    "Farida",
    "Grete",
    "Hiroko",
    "Ilze",
    "Jonas",
    "Katarína",
    "Lars",
    "Mónica",
    "Nuno",
    "Oksana",
    "Priya",
    "Qasim",
    "Rosa",
    "Søren",
    "Tomás",
    "Ulla",
    "Viktor",
    "Wen",
    "Ximena",
    "Yusuf",
    "Zoë",
    "Ерлан",
    "Ольга",
    "ليلى",
    "美玲",
];
const FAMILY: &[&str] = &[
    "Abdrakhman",
    "Bakker",
    "Costa",
    "Dvořák",
    "Eriksen",
    "Fontaine",
    "Garcia",
    "García",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowal",
    "Lindqvist",
    "Müller",
    "Nakano",
    "Okafor",
    "Pereira",
    "Quiroga",
    "Rossi",
    "Serik",
    "Tanaka",
    "Ulrich",
    "Virtanen",
    "Weiss",
    "Xu",
    "Yılmaz",
    "Zhang",
    "Ашимова",
    "Сергеев",
    "حداد",
    "林",
];
const PLACES: &[&str] = &[
    "Almaty",
    "Bergen",
    "Coimbra",
    "Dakar",
    "Edinburgh",
    "Fez",
    "Graz",
    "Hanoi",
    "Izmir",
    "Jaipur",
    "Kraków",
    "Lima",
    "Montréal",
    "Nairobi",
    "Osaka",
    "Porto",
    "Quito",
    "Riga",
    "Samarkand",
    "Tartu",
    "Utrecht",
    "Valparaíso",
    "Zagreb",
];
const COUNTRIES: &[&str] = &["KZ", "NO", "PT", "SN", "GB", "MA", "AT", "VN", "TR", "IN", "PL", "PE", "CA", "KE", "JP"];
/// Starts and lengths, in minutes from midnight.
const TIMES: &[(i64, i64)] = &[(540, 90), (660, 90), (780, 75), (870, 90), (990, 90), (1_095, 75)];
const DAYS: usize = 5;

/// Makes a program up.
#[must_use]
pub fn generate(options: &Options) -> ProgramFile {
    let mut chance = Chance(options.seed);
    let start = NaiveDate::from_ymd_opt(2027, 7, 12).unwrap_or_default();
    let people: Vec<Person> = (0..options.people).map(|n| person(&mut chance, n)).collect();
    let tracks: Vec<Track> = (0..options.panels.div_ceil(20).min(26))
        .map(|n| Track { code: format!("T{:02}", n + 1), name: title(&mut chance, 1, 3) })
        .collect();
    // Papers are shared out evenly, a few at a time to a session.
    let papers_of = |panel: usize| {
        let even = options.papers / options.panels.max(1);
        even + usize::from(panel < options.papers % options.panels.max(1))
    };
    let sessions: usize = (0..options.panels).map(|panel| papers_of(panel).div_ceil(4).max(1)).sum();
    let rooms: Vec<Room> = (0..sessions.div_ceil(DAYS * TIMES.len()).max(1)).map(|n| room(&mut chance, n)).collect();
    let mut panels = Vec::with_capacity(options.panels);
    let (mut paper_number, mut sitting) = (0, 0);
    for n in 0..options.panels {
        let mut panel = panel(&mut chance, n, &tracks, options.people);
        panel.papers = (0..papers_of(n))
            .map(|_| {
                paper_number += 1;
                paper(&mut chance, paper_number, options.people)
            })
            .collect();
        let groups: Vec<Vec<String>> = if panel.papers.is_empty() {
            vec![Vec::new()]
        } else {
            panel.papers.chunks(4).map(|papers| papers.iter().map(|paper| paper.key.clone()).collect()).collect()
        };
        for (number, mut keys) in (1..).zip(groups) {
            // Now and then the panel's first paper is given again in a later session.
            if number > 1 && chance.one_in(8) && keys.len() < 4 {
                keys.extend(panel.papers.first().map(|paper| paper.key.clone()));
            }
            let session = session(&mut chance, sitting, number, &keys, &rooms, start);
            panel.sessions.push(session);
            sitting += 1;
        }
        panels.push(panel);
    }
    ProgramFile {
        conference: Conference {
            slug: options.slug.clone(),
            name: format!("A conference of {} panels and {} papers", options.panels, options.papers),
            time_zone: "Asia/Almaty".into(),
            starts_on: start,
            ends_on: start + TimeDelta::days(4),
            url: None,
            settings: Settings::default(),
        },
        tracks,
        rooms,
        people,
        panels,
    }
}

fn person(chance: &mut Chance, n: usize) -> Person {
    let name = format!("{} {}", chance.pick(GIVEN), chance.pick(FAMILY));
    Person {
        key: format!("p{}", n + 1),
        name,
        affiliation: (!chance.one_in(10)).then(|| format!("University of {}", chance.pick(PLACES))),
        country: (!chance.one_in(3)).then(|| chance.pick(COUNTRIES).to_owned()),
        orcid: chance.one_in(3).then(|| orcid(chance.next())),
        email: (!chance.one_in(4)).then(|| format!("p{}@example.org", n + 1)),
        url: None,
        biography: chance.one_in(6).then(|| prose(chance, 120, 300)),
    }
}

/// An ORCID iD whose check digit is right (ISO 7064, mod 11-2).
fn orcid(number: u64) -> String {
    let digits = format!("{:015}", number % 1_000_000_000_000_000);
    let sum = digits.bytes().fold(0u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2);
    let check = match (12 - sum % 11) % 11 {
        10 => "X".to_owned(),
        digit => digit.to_string(),
    };
    format!("{}-{}-{}-{}{check}", &digits[..4], &digits[4..8], &digits[8..12], &digits[12..])
}

fn room(chance: &mut Chance, n: usize) -> Room {
    let wired = chance.one_in(3);
    Room {
        key: format!("r{}", n + 1),
        name: if wired { format!("Online room {}", n + 1) } else { format!("Hall {}", n + 1) },
        kind: if wired { RoomKind::Virtual } else { RoomKind::Physical },
        capacity: (!wired).then(|| i32::try_from(20 * chance.between(1, 15)).unwrap_or(20)),
        link: wired.then(|| format!("https://meet.example.org/room/{:016x}", chance.next())),
    }
}

fn role(chance: &mut Chance, person: usize, role: Role) -> RoleEntry {
    let affiliation =
        chance.one_in(5).then(|| format!("Institute of {}, {}", title(chance, 1, 1), chance.pick(PLACES)));
    RoleEntry { person: format!("p{}", person + 1), role, affiliation }
}

fn panel(chance: &mut Chance, n: usize, tracks: &[Track], people: usize) -> Panel {
    let code = format!("P{:03}", n + 1);
    let mut roles = Vec::new();
    if people > 0 {
        let first = chance.below(people);
        // Neighbours, so that nobody is named twice for one role.
        roles.extend(
            (0..chance.between(1, 3).min(people)).map(|k| (first + k) % people).map(|who| (who, Role::Convenor)),
        );
        if chance.one_in(3) {
            roles.push((chance.below(people), Role::Chair));
        }
        if chance.one_in(3) {
            roles.push((chance.below(people), Role::Discussant));
        }
    }
    let kind = match chance.below(12) {
        0 => PanelKind::Roundtable,
        1 => PanelKind::Workshop,
        _ => PanelKind::Panel,
    };
    Panel {
        key: code.clone(),
        code,
        title: title(chance, 5, 12),
        kind,
        track: (!tracks.is_empty()).then(|| tracks[chance.below(tracks.len())].code.clone()),
        short_abstract: Some(prose(chance, 100, 250)),
        r#abstract: Some(prose(chance, 1_100, 1_800)),
        status: if chance.one_in(50) { PanelStatus::Cancelled } else { PanelStatus::Scheduled },
        url: None,
        language: chance.one_in(5).then(|| "kk".to_owned()),
        roles: roles.into_iter().map(|(who, what)| role(chance, who, what)).collect(),
        papers: Vec::new(),
        sessions: Vec::new(),
    }
}

fn paper(chance: &mut Chance, number: usize, people: usize) -> Paper {
    let count = [1, 1, 1, 2, 2, 3, 4][chance.below(7)].min(people);
    let first = chance.below(people.max(1));
    let authors = (0..count).map(|k| Author {
        person: format!("p{}", (first + k) % people + 1),
        affiliation: chance.one_in(6).then(|| format!("Museum of {}", chance.pick(PLACES))),
        presenting: k == 0,
    });
    let authors = authors.collect();
    Paper {
        key: format!("x{number}"),
        title: title(chance, 6, 14),
        r#abstract: Some(prose(chance, 1_150, 1_800)),
        r#type: None,
        language: None,
        status: if chance.one_in(40) { PaperStatus::Withdrawn } else { PaperStatus::Accepted },
        keywords: (0..chance.below(5)).map(|_| chance.pick(WORDS).to_owned()).collect(),
        url: None,
        authors,
    }
}

fn session(
    chance: &mut Chance,
    sitting: usize,
    number: i32,
    papers: &[String],
    rooms: &[Room],
    start: NaiveDate,
) -> Session {
    // Each sitting has a place of its own in the grid of days, times and rooms: no two overlap.
    let (day, rest) = (sitting % DAYS, sitting / DAYS);
    let ((from, minutes), room) = (TIMES[rest % TIMES.len()], &rooms[rest / TIMES.len() % rooms.len()]);
    let time = |minutes: i64| NaiveTime::default() + TimeDelta::minutes(minutes);
    let announced = !chance.one_in(40);
    let day = i64::try_from(day).unwrap_or(0);
    let slot_minutes = minutes / i64::try_from(papers.len().max(1)).unwrap_or(1);
    let slots = (0..).zip(papers).map(|(n, paper): (i64, _)| Slot {
        paper: paper.clone(),
        start: announced.then(|| time(from + n * slot_minutes)),
        minutes: i32::try_from(slot_minutes).ok(),
        room: None,
    });
    Session {
        key: format!("s{}", sitting + 1),
        number,
        title: None,
        date: (announced || chance.one_in(2)).then(|| start + TimeDelta::days(day)),
        start: announced.then(|| time(from)),
        end: announced.then(|| time(from + minutes)),
        fold: 0,
        status: if chance.one_in(60) { SessionStatus::Cancelled } else { SessionStatus::Scheduled },
        roles: Vec::new(),
        rooms: if announced {
            let link = chance.one_in(5).then(|| format!("https://meet.example.org/session/{:016x}", chance.next()));
            vec![SessionRoom { room: room.key.clone(), link }]
        } else {
            Vec::new()
        },
        slots: slots.collect(),
    }
}

fn title(chance: &mut Chance, low: usize, high: usize) -> String {
    let words: Vec<&str> = (0..chance.between(low, high)).map(|_| chance.pick(WORDS)).collect();
    let text = words.join(" ");
    text[..1].to_uppercase() + &text[1..]
}

fn prose(chance: &mut Chance, low: usize, high: usize) -> String {
    let length = chance.between(low, high);
    let mut text = String::with_capacity(high + 200);
    while text.len() < length {
        if !text.is_empty() {
            text.push_str(if chance.one_in(5) { "\n\n" } else { " " });
        }
        text.push_str(&title(chance, 8, 20));
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::read::read;
    use crate::format::write::write;

    fn bytes(program: &ProgramFile) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(program, &mut bytes).unwrap();
        bytes
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]
        #[test]
        fn any_size_is_a_program_file(panels in 0usize..25, papers in 0usize..90, people in 0usize..40, seed: u64) {
            let options = Options { panels, papers, people, seed, slug: "made-up".into() };
            let program = generate(&options);
            proptest::prop_assert_eq!(&program, &generate(&options), "the same options, the same program");
            let again = read(&bytes(&program)).map_err(|faults| faults.to_string());
            proptest::prop_assert_eq!(again.as_ref(), Ok(&program));
            let found: usize = program.panels.iter().map(|panel| panel.papers.len()).sum();
            proptest::prop_assert_eq!(found, if panels == 0 { 0 } else { papers });
        }
    }

    #[test]
    fn another_seed_is_another_program() {
        let options = Options { panels: 3, papers: 9, people: 9, seed: 1, slug: "made-up".into() };
        assert_ne!(generate(&options), generate(&Options { seed: 2, ..options.clone() }));
    }
}
