//! Programs of all kinds, without faults.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use entity::enums::{Audience, PanelKind, PanelStatus, PaperStatus, Role, RoomKind, SessionStatus, Visibility};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use crate::format::program_file::{
    Author, Conference, Panel, Paper, Person, ProgramFile, RoleEntry, Room, Session, SessionRoom, Settings, Slot, Track,
};

/// What is in every link and e-mail address.
pub(in crate::format) const CANARY: &str = "CANARY";

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-=+@'＝;|\\\\ ,\\t]{1,3}[a-z;|',]{0,3}",
        Just("Ши".to_owned()),
        Just("\"\\/\u{2028}\n\t\r\n😀".to_owned()),
        "\\PC{1,12}",
        "[ -~]{1,12}"
    ]
}

fn maybe_text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof![Just(String::new()), text()])
}

fn address() -> impl Strategy<Value = Option<String>> {
    prop::option::of("https?://[a-z]{1,6}\\.example/[a-z?=&#]{0,6}")
}

fn link() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[a-z0-9]{0,6}".prop_map(|end| format!("https://meet.example/{CANARY}-{end}")))
}

fn language() -> impl Strategy<Value = Option<String>> {
    prop::option::of(select(vec!["en".to_owned(), "kk-Cyrl".to_owned()]))
}

fn conference() -> impl Strategy<Value = Conference> {
    let instant =
        prop::option::of((0i64..4_000_000_000_000_000).prop_filter_map("in range", DateTime::from_timestamp_micros));
    let settings = (
        prop::option::of(select(Visibility::ALL)),
        prop::option::of(select(Audience::ALL)),
        prop::option::of(prop_oneof![instant, Just(DateTime::<Utc>::from_timestamp(1_790_000_000, 0))]),
    );
    let zone = select(vec!["Asia/Almaty", "UTC", "America/New_York"]);
    ("[a-z0-9][a-z0-9-]{1,20}", text(), zone, 0i64..3_000, 0i64..10, address(), settings).prop_map(
        |(slug, name, zone, day, days, url, (visibility, link_audience, links_open_at))| {
            let starts_on = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + TimeDelta::days(day);
            let settings = Settings { visibility, link_audience, links_open_at };
            let ends_on = starts_on + TimeDelta::days(days);
            Conference { slug, name, time_zone: zone.to_owned(), starts_on, ends_on, url, settings }
        },
    )
}

fn person() -> impl Strategy<Value = Person> {
    let orcid = prop::option::of(select(vec!["0000-0002-1825-0097".to_owned(), "0000-0002-1694-233X".to_owned()]));
    let email = prop::option::of("[a-z]{1,6}".prop_map(|end| format!("{CANARY}@{end}.example")));
    (text(), maybe_text(), prop::option::of("[A-Z]{2}"), orcid, email, address(), maybe_text()).prop_map(
        |(name, affiliation, country, orcid, email, url, biography)| Person {
            key: String::new(),
            name,
            affiliation,
            country,
            orcid,
            email,
            url,
            biography,
        },
    )
}

fn room() -> impl Strategy<Value = Room> {
    (text(), select(RoomKind::ALL), prop::option::of(0i32..), link()).prop_map(|(name, kind, capacity, link)| Room {
        key: String::new(),
        name,
        kind,
        capacity,
        link,
    })
}

fn paper() -> impl Strategy<Value = Paper> {
    let rest = (language(), select(PaperStatus::ALL), prop::collection::vec(text(), 0..3), address());
    let authors = subsequence(vec![0, 1, 2], 0..=3).prop_shuffle();
    (text(), maybe_text(), maybe_text(), rest, authors, any::<bool>()).prop_map(
        |(title, r#abstract, r#type, (language, status, keywords, url), authors, presenting)| {
            let author = |n: usize| Author { person: n.to_string(), affiliation: r#abstract.clone(), presenting };
            let authors = authors.into_iter().map(author).collect();
            Paper { key: String::new(), title, r#abstract, r#type, language, status, keywords, url, authors }
        },
    )
}

fn roles() -> impl Strategy<Value = Vec<RoleEntry>> {
    let all = Role::ALL.iter().flat_map(|role| (0..3).map(|person| (person, *role))).collect::<Vec<_>>();
    (subsequence(all, 0..4).prop_shuffle(), maybe_text()).prop_map(|(roles, affiliation)| {
        let entry = |(person, role): (i32, Role)| RoleEntry {
            person: person.to_string(),
            role,
            affiliation: affiliation.clone(),
        };
        roles.into_iter().map(entry).collect()
    })
}

/// A session of a panel with two papers, its date counted from the conference's first day. Within the day, and away
/// from the small hours in which clocks are set.
fn session() -> impl Strategy<Value = (Session, i64)> {
    let times = (0i64..5, 0u8..4, 4u32..18, 1u32..5);
    let slots = prop::collection::vec(
        (0usize..2, prop::option::of(0u32..60), prop::option::of(1i32..=1_440), any::<Index>()),
        0..4,
    );
    let rooms = (subsequence(vec![0, 1, 2], 0..=3), link());
    (maybe_text(), times, select(SessionStatus::ALL), roles(), rooms, slots, 0i16..2).prop_map(
        |(title, (day, known, hour, hours), status, roles, (rooms, link), slots, fold)| {
            let at = |hour: u32, minute| NaiveTime::from_hms_opt(hour, minute, 0);
            let (start, end) = (at(hour, 0).filter(|_| known > 1), at(hour + hours, 0).filter(|_| known > 2));
            let slot = |(paper, minute, minutes, room): (usize, Option<u32>, Option<i32>, Index)| Slot {
                paper: paper.to_string(),
                start: minute.filter(|_| start.is_some()).and_then(|minute| at(hour, minute)),
                minutes,
                room: (!rooms.is_empty()).then(|| room.get(&rooms).to_string()).filter(|_| minutes.is_some()),
            };
            let slots = slots.into_iter().map(slot).collect();
            let rooms = rooms.iter().map(|n: &usize| SessionRoom { room: n.to_string(), link: link.clone() }).collect();
            // Stands for "there is a date" until the conference's is known.
            let date = (known > 0).then_some(NaiveDate::MIN);
            (Session { key: String::new(), number: 0, title, date, start, end, fold, status, roles, rooms, slots }, day)
        },
    )
}

fn panel() -> impl Strategy<Value = (Panel, Vec<i64>)> {
    let enums = (select(PanelKind::ALL), select(PanelStatus::ALL));
    let texts = (text(), maybe_text(), maybe_text(), address(), language());
    let sessions = prop::collection::vec(session(), 0..3);
    (any::<bool>(), enums, texts, any::<bool>(), roles(), prop::collection::vec(paper(), 2), sessions).prop_map(
        |(
            own_key,
            (kind, status),
            (title, short_abstract, r#abstract, url, language),
            tracked,
            roles,
            papers,
            sessions,
        )| {
            let (key, code) = (if own_key { "key" } else { "" }.to_owned(), String::new());
            let track = tracked.then(|| "0".to_owned());
            let (sessions, days) = sessions.into_iter().unzip();
            let panel = Panel {
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
            };
            (panel, days)
        },
    )
}

/// Any program without faults: three people, three rooms, a track, up to three panels.
pub(in crate::format) fn program() -> impl Strategy<Value = ProgramFile> {
    let people = prop::collection::vec(person(), 3);
    let rooms = prop::collection::vec(room(), 3);
    (conference(), text(), rooms, people, prop::collection::vec(panel(), 0..4)).prop_map(
        |(conference, track, mut rooms, mut people, panels)| {
            rooms.iter_mut().enumerate().for_each(|(n, room)| room.key = n.to_string());
            people.iter_mut().enumerate().for_each(|(n, person)| person.key = n.to_string());
            let panels =
                panels.into_iter().enumerate().map(|(n, (panel, days))| numbered(n, panel, &days, &conference));
            let panels = panels.collect();
            let tracks = vec![Track { code: "0".into(), name: track }];
            ProgramFile { conference, tracks, rooms, people, panels }
        },
    )
}

/// Gives everything in a panel its key and its date.
fn numbered(n: usize, mut panel: Panel, days: &[i64], conference: &Conference) -> Panel {
    panel.code = format!("P{n}");
    panel.key = format!("{}P{n}", panel.key);
    for (m, paper) in panel.papers.iter_mut().enumerate() {
        paper.key = format!("{n}.{m}");
    }
    for (m, (session, day)) in panel.sessions.iter_mut().zip(days).enumerate() {
        session.key = format!("{n}.{m}");
        session.number = i32::try_from(m).unwrap() + 1;
        session.date = session.date.map(|_| conference.starts_on + TimeDelta::days(*day));
        session.slots.iter_mut().for_each(|slot| slot.paper = format!("{n}.{}", slot.paper));
    }
    panel
}

/// The same program with other keys: each is handed on with what it is of, also where something refers to it.
pub(in crate::format) fn rename(mut file: ProgramFile, name: impl Fn(&str, &mut String)) -> ProgramFile {
    file.tracks.iter_mut().for_each(|it| name("track", &mut it.code));
    file.rooms.iter_mut().for_each(|it| name("room", &mut it.key));
    file.people.iter_mut().for_each(|it| name("person", &mut it.key));
    for panel in &mut file.panels {
        name("panel", &mut panel.key);
        panel.track.iter_mut().for_each(|it| name("track", it));
        panel.roles.iter_mut().for_each(|it| name("person", &mut it.person));
        for paper in &mut panel.papers {
            name("paper", &mut paper.key);
            paper.authors.iter_mut().for_each(|it| name("person", &mut it.person));
        }
        for session in &mut panel.sessions {
            name("session", &mut session.key);
            session.roles.iter_mut().for_each(|it| name("person", &mut it.person));
            session.rooms.iter_mut().for_each(|it| name("room", &mut it.room));
            for slot in &mut session.slots {
                name("paper", &mut slot.paper);
                slot.room.iter_mut().for_each(|it| name("room", it));
            }
        }
    }
    file
}

/// Any program, of which most keys are addresses and links.
pub(in crate::format) fn private() -> impl Strategy<Value = ProgramFile> {
    program().prop_map(|file| {
        rename(file, |what, key| match what {
            "track" => {}
            "person" | "paper" => *key = format!("{CANARY}-{key}@keys.example"),
            _ => *key = format!("https://meet.example/{CANARY}-{key}"),
        })
    })
}
