use chrono::{NaiveDate, NaiveTime};
use proptest::prelude::*;

use super::*;

fn sitting() -> impl Strategy<Value = Sitting> {
    let date =
        prop::option::of((1i32..28).prop_map(|day| NaiveDate::from_ymd_opt(2027, 10, day as u32 % 28 + 1).unwrap()));
    let time = || prop::option::of((0u32..24).prop_map(|hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap()));
    let zone = prop::sample::select(vec!["Europe/Paris", "Europe/Brussels", "Asia/Almaty"]);
    let rooms = prop::collection::vec("[A-C]|Room\r\nBcc: x|\u{202e}", 0..3);
    ("[A-Z]{1,3}[0-9]", "\\PC{0,8}|[\r\n\t]{3}", date, time(), time(), zone, rooms, any::<bool>()).prop_map(
        |(label, title, date, start, end, zone, rooms, held)| {
            // As a program has them: no times without a date, no end without a start.
            let start = date.and(start);
            let end = start.and(end);
            Sitting { label, title, date, start, end, fold: 0, zone: zone.into(), rooms, held }
        },
    )
}

fn long_ago() -> DateTime<Utc> {
    "2027-01-01T12:00:00Z".parse().unwrap()
}

proptest! {
    /// What is as it was is never told, and what is told is told in lines that nobody can make look like another's.
    #[test]
    fn told_or_not(before in sitting(), now in prop::option::of(sitting())) {
        let (known, is) = (Known::Session(before.clone()), now.clone().map(Known::Session));
        prop_assert_eq!(change(&known, Some(&known), long_ago()), None);
        let both_off = !before.held && now.as_ref().is_none_or(|now| !now.held);
        let told = change(&known, is.as_ref(), long_ago());
        let same = is.as_ref().is_some_and(|is| known.is_same(is));
        prop_assert_eq!(told.is_none(), same || both_off);
        if let Some(told) = told {
            prop_assert_eq!(told.text.lines().count(), 3, "{}", told.text);
            prop_assert!(told.text.chars().all(|letter| letter == '\n' || !letter.is_control()));
            let hidden = told.text.contains('\u{202e}') || told.headline.contains(['\n', '\r']);
            prop_assert!(!hidden, "{:?}", told);
        }
        // It is kept as JSON in between.
        let json = serde_json::to_string(&known).unwrap();
        prop_assert_eq!(serde_json::from_str::<Known>(&json).unwrap(), known);
    }

    /// When both are over there is nothing to tell.
    #[test]
    fn over(before in sitting(), now in prop::option::of(sitting())) {
        prop_assume!(before.date.is_some() && now.as_ref().is_none_or(|now| now.date.is_some()));
        let after: DateTime<Utc> = "2027-12-01T12:00:00Z".parse().unwrap();
        prop_assert_eq!(change(&Known::Session(before), now.map(Known::Session).as_ref(), after), None);
    }
}
