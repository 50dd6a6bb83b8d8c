//! What is derived from what was is what is derived afresh, whatever rows change, come and go, also to what is no
//! program.

use std::cell::Cell;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};
use entity::enums::Role;
use entity::{announcement, person_merge};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use super::Index;
use crate::db::{Loaded, Stamp};
use crate::generate::{Options, generate};
use crate::program::Program;
use crate::program::row::Rows;
use crate::program::search::tests::program;
use crate::program::shared::Shared;

/// A change, as dice.
type Rolled = (u8, u16, u16, u8);

fn some<T>(rows: &Shared<T>, roll: u16) -> Option<usize> {
    (!rows.is_empty()).then(|| roll as usize % rows.len())
}

/// Does something to rows of one table: changes one, adds a copy of one under another id, or takes one away.
macro_rules! roll {
    ($rows:expr, $table:ident, $rolled:expr, |$row:ident| $change:expr) => {{
        let (_, a, b, c) = $rolled;
        if let Some(at) = some(&$rows.$table, a) {
            match c % 8 {
                0 => drop($rows.$table.make_mut().remove(at)),
                1 | 2 => {
                    // In the middle, and at the end as new ones are.
                    let high = if c % 8 == 1 { u128::from(b) << 112 } else { u128::MAX - u128::from(c) };
                    let id = Uuid::from_u128(high ^ (u128::from(a) << 16) ^ u128::from(b));
                    let mut $row = $rows.$table[at].as_ref().clone();
                    $row.id = id;
                    $change;
                    if let Err(at) = $rows.$table.binary_search_by_key(&id, |row| row.id) {
                        $rows.$table.make_mut().insert(at, Arc::new($row));
                    }
                }
                _ => {
                    let $row = Arc::make_mut(&mut $rows.$table.make_mut()[at]);
                    $row.revision += i64::from(c);
                    $change;
                }
            }
        }
    }};
}

fn rolled(rows: &mut Rows, rolled: Rolled) {
    let (kind, _, b, c) = rolled;
    let all = rows.clone();
    macro_rules! id {
        ($table:ident) => {
            some(&all.$table, b).map_or(Uuid::nil(), |at| all.$table[at].id)
        };
    }
    let text = ["Émile", "emile", "Zoë", "", "…", "Å"][usize::from(b % 6)].to_owned();
    let at = i32::from(b % 4);
    let date = NaiveDate::from_ymd_opt(2027, 7, 10 + u32::from(b % 5));
    let time = NaiveTime::from_hms_opt(u32::from(b % 24), 0, 0);
    match kind % 17 {
        0 => roll!(rows, tracks, rolled, |row| row.position = at),
        1 => roll!(rows, rooms, rolled, |row| row.position = at),
        2 => roll!(rows, people, rolled, |row| (row.name, row.email) =
            (text.clone(), Some(format!("{}@Example.org", b % 3)))),
        3 => roll!(rows, people, rolled, |row| (row.email, row.orcid) = (None, Some(text.clone()))),
        4 => roll!(rows, panels, rolled, |row| {
            row.code = format!("P{}", b % 20);
            row.track_id = (c % 3 > 0).then(|| id!(tracks));
        }),
        5 => roll!(rows, papers, rolled, |row| row.title.clone_from(&text)),
        6 => roll!(rows, papers, rolled, |row| (row.panel_id, row.position) = (id!(panels), at)),
        7 => roll!(rows, sessions, rolled, |row| (row.date, row.start_time) = (date, time.filter(|_| c % 3 > 0))),
        8 => roll!(rows, sessions, rolled, |row| (row.panel_id, row.number) = (id!(panels), at)),
        9 => roll!(rows, session_rooms, rolled, |row| {
            (row.session_id, row.room_id, row.position) = (id!(sessions), id!(rooms), at);
        }),
        10 => roll!(rows, slots, rolled, |row| {
            (row.session_id, row.paper_id, row.position, row.start_time) = (id!(sessions), id!(papers), at, time);
            row.session_room_id = None;
        }),
        11 => roll!(rows, participations, rolled, |row| {
            row.person_id = id!(people);
            row.role = [Role::Convenor, Role::Chair, Role::Discussant][usize::from(b % 3)];
            (row.panel_id, row.session_id) =
                if c % 16 > 7 { (Some(id!(panels)), None) } else { (None, Some(id!(sessions))) };
        }),
        12 => roll!(rows, authorships, rolled, |row| {
            (row.paper_id, row.person_id, row.position) = (id!(papers), id!(people), at);
        }),
        13 => roll!(rows, announcements, rolled, |row| row.session_id = (c % 3 > 0).then(|| id!(sessions))),
        14 => roll!(rows, person_merges, rolled, |row| row.person_id = id!(people)),
        15 => {
            let paper = id!(papers);
            rows.papers.make_mut().retain(|row| row.id != paper);
            rows.slots.make_mut().retain(|row| row.paper_id != paper);
            rows.authorships.make_mut().retain(|row| row.paper_id != paper);
        }
        _ => roll!(rows, conference, (kind, 0, b, 7_u8), |row| {
            row.links_revision += i64::from(c % 2);
            if c > 250 {
                (row.time_zone, row.zone_revision) = ("Asia/Tokyo".to_owned(), row.zone_revision + 1);
            }
            row.ends_on = date.unwrap_or(row.ends_on).max(row.starts_on);
        }),
    }
}

fn first() -> Program {
    let options = Options { panels: 12, papers: 40, people: 50, seed: 5, slug: "s".into() };
    let Program { mut rows, stamp, tail, .. } = program(&generate(&options));
    let conference = rows.conference[0].id;
    let person = rows.people[3].id;
    let notice = announcement::Model {
        id: Uuid::from_u128(7),
        conference_id: conference,
        session_id: Some(rows.sessions[1].id),
        text: "Soon.".into(),
        at: chrono::DateTime::UNIX_EPOCH,
        revision: 1,
    };
    rows.announcements.make_mut().push(Arc::new(notice));
    let merge =
        person_merge::Model { id: Uuid::from_u128(8), conference_id: conference, person_id: person, revision: 1 };
    rows.person_merges.make_mut().push(Arc::new(merge));
    Program::build(Loaded { rows, stamp, tail }).unwrap()
}

#[test]
fn following_is_deriving() {
    let (followed, refused) = (Cell::new(0), Cell::new(0));
    let config = Config { cases: 96, max_shrink_iters: 2_000, failure_persistence: None, ..Config::default() };
    let steps = prop::collection::vec(prop::collection::vec(any::<Rolled>(), 1..5), 1..40);
    let holds = |steps: Vec<Vec<Rolled>>| {
        let mut held = first();
        for (n, step) in steps.into_iter().enumerate() {
            let mut rows = held.rows.clone();
            for change in step {
                rolled(&mut rows, change);
            }
            let revision = held.stamp.revision + 1;
            let stamp = Stamp { revision, tag: revision };
            let load = || Loaded { rows: rows.clone(), stamp, tail: held.tail.clone() };
            match (held.next(load()), Program::build(load())) {
                (Ok(next), Ok(fresh)) => {
                    prop_assert_eq!(&next.index, &fresh.index, "step {}", n);
                    followed.set(followed.get() + 1);
                    held = next;
                }
                // Then it stays as it was.
                (Err(_), Err(_)) => refused.set(refused.get() + 1),
                (next, fresh) => prop_assert!(false, "step {n}: {:?} but {:?}", next.err(), fresh.err()),
            }
        }
        Ok(())
    };
    TestRunner::new(config).run(&steps, holds).unwrap();
    assert!(followed.get() > 800 && refused.get() > 80, "{followed:?} followed, {refused:?} refused");
}

/// What a change does not touch is not copied.
#[test]
fn the_rest_is_shared() {
    let held = first();
    let mut rows = held.rows.clone();
    let title = |row: &mut entity::paper::Model| row.title = "Another".into();
    title(Arc::make_mut(&mut rows.papers.make_mut()[9]));
    let next = held.next(Loaded { rows, stamp: held.stamp, tail: held.tail.clone() }).unwrap();
    assert!(next.index.sessions.is(&held.index.sessions));
    assert!(next.index.slots.is(&held.index.slots));
    assert!(Arc::ptr_eq(&next.index.on_it, &held.index.on_it));
    let same = |ix: usize| Arc::ptr_eq(&next.index.papers[ix], &held.index.papers[ix]);
    assert_eq!((0..40).filter(|ix| !same(*ix)).collect::<Vec<_>>(), [9]);
    assert_ne!(next.index, Index::default());
}
