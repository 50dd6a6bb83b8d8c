//! GUIDs and numbers stay what they are.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::format::read::tests::put;
use crate::format::schedule::ids::Known;

fn known(rows: &[(String, Uuid)]) -> Known {
    Known::of(rows.iter().map(|(key, id)| (key.as_str(), *id)))
}

/// Key, GUID and number of each event.
fn ids(file: &ProgramFile) -> Vec<(String, String, u64)> {
    let all = events(&value(&program(file)));
    all.iter()
        .map(|event| {
            let text = |name: &str| event[name].as_str().unwrap().to_owned();
            (format!("{} {}", text("date"), text("title")), text("guid"), event["id"].as_u64().unwrap())
        })
        .collect()
}

#[test]
fn a_guid_is_the_key_if_that_is_one() {
    let guids: Vec<String> = ids(&file(&small())).into_iter().map(|(_, guid, _)| guid).collect();
    assert!(guids.contains(&"01234567-89ab-4def-8123-456789abcdef".to_owned()), "{guids:?}");
    assert_eq!(guids.len(), 3);
}

/// What an event is known by is not made of what it says.
#[test]
fn nothing_that_is_said_changes_them() {
    let before = ids(&file(&small()));
    let mut changed = small();
    for (pointer, new) in [
        ("/panels/0/title", "Other"),
        ("/panels/0/code", "OTHER"),
        ("/panels/0/sessions/0/start", "09:00"),
        ("/panels/0/sessions/0/date", "2026-10-26"),
        ("/people/0/name", "Somebody Else"),
        ("/people/0/email", "other@canary.example"),
        ("/rooms/0/name", "Another"),
    ] {
        put(&mut changed, pointer, json!(new));
    }
    let after: HashSet<(String, u64)> = ids(&file(&changed)).into_iter().map(|(_, guid, id)| (guid, id)).collect();
    assert_eq!(after, before.into_iter().map(|(_, guid, id)| (guid, id)).collect());
}

#[test]
fn two_of_one_guid_are_told_apart_and_the_older_keeps_it() {
    let guid = Uuid::from_u128(99);
    let rows = [
        ("x".to_owned(), Uuid::from_u128(1)),
        (guid.to_string(), Uuid::from_u128(2)),
        (guid.to_string().to_uppercase(), Uuid::from_u128(3)),
        // The key of this one is the id of the one before, which has had to take it.
        (Uuid::from_u128(3).to_string(), Uuid::from_u128(4)),
        (Uuid::from_u128(1).to_string(), Uuid::from_u128(5)),
    ];
    let found = known(&rows).guids;
    assert_eq!(found, [1, 99, 3, 4, 5].map(Uuid::from_u128));
}

#[test]
fn who_comes_later_changes_nothing() {
    // So many that some have the same hash: 100,000 of two thousand million.
    let rows: Vec<(String, Uuid)> = (0..100_000).map(|n| (String::new(), Uuid::from_u128(n << 70))).collect();
    let all = known(&rows);
    let first = known(&rows[..50_000]);
    assert_eq!(all.numbers[..50_000], first.numbers);
    assert_eq!(all.numbers.iter().collect::<HashSet<_>>().len(), rows.len());
    assert!(all.numbers.iter().all(|number| (1..=i32::MAX as u32).contains(number)));
}

proptest! {
    /// Keys of any kind, many of them alike.
    #[test]
    fn all_differ(keys in prop::collection::vec((0u128..6, any::<bool>()), 0..12)) {
        let rows: Vec<(String, Uuid)> = keys
            .iter()
            .zip(1u128..)
            .map(|((key, is_guid), id)| {
                let key = if *is_guid { Uuid::from_u128(*key).to_string() } else { format!("k{key}") };
                (key, Uuid::from_u128(id))
            })
            .collect();
        let Known { guids, numbers } = known(&rows);
        prop_assert_eq!(guids.iter().collect::<HashSet<_>>().len(), rows.len());
        prop_assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), rows.len());
        for n in 0..rows.len() {
            let before = known(&rows[..n]);
            prop_assert_eq!(&guids[..n], &before.guids[..]);
            prop_assert_eq!(&numbers[..n], &before.numbers[..]);
        }
    }
}
