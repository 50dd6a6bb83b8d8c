//! What holds for any text and any query.

use proptest::prelude::*;

use super::super::snippet::{cut, of_text};
use super::super::text::Units;
use super::*;
use crate::program::order::fold;

/// Text that is hard to take apart: marks, ligatures, letters that become more when folded, scripts without spaces.
fn hard() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,6}",
        ".{0,4}",
        "[a-c ]{0,6}",
        "[ÅéßﬁﷺİıŒ½㏄ªΣς]{1,3}",
        "[\u{300}-\u{303}\u{640}\u{64b}-\u{652}\u{ad}\u{200d}]{1,3}",
        "[中国林ア゙ｶﾞกำ한글\u{1100}\u{1161}\u{11a8}]{1,4}",
        "[\"“”%_*~:^+(-]{1,2}",
        "[a-z]{100,200}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn units_stand_for_parts_of_the_text(text in hard()) {
        let units = Units::of(&text);
        let mut last = (0, 0);
        for unit in units.all() {
            prop_assert!(text.is_char_boundary(unit.source.start) && text.is_char_boundary(unit.source.end));
            prop_assert!(unit.source.start < unit.source.end && (unit.source.start, unit.source.end) >= last);
            prop_assert!(!units.text(unit).is_empty());
            prop_assert!(units.text(unit).chars().all(char::is_alphanumeric));
            last = (unit.source.start, unit.source.end);
        }
    }

    #[test]
    fn folding_first_changes_nothing(text in hard()) {
        let (plain, folded) = (Units::of(&text), Units::of(&fold(&text)));
        let texts = |units: &Units| units.all().iter().map(|unit| units.text(unit).to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(texts(&plain), texts(&folded));
    }

    #[test]
    fn snippets_are_pieces_of_the_text(text in hard(), other in hard(), from in 0usize..40, length in 0usize..30) {
        let own: String = text.chars().skip(from).take(length).collect();
        for query in [own, other] {
            let Ok(query) = Query::parse(&query) else { continue };
            let units = Units::of(&text);
            let ranges = of_text(&units, &query);
            for range in &ranges {
                prop_assert!(text.get(range.clone()).is_some_and(|text| !text.is_empty()));
            }
            let snippet = cut(Field::Title, &text, &units, &ranges);
            let whole: String = snippet.parts.iter().map(|part| part.text.as_str()).collect();
            prop_assert!(text.contains(&whole));
            prop_assert!(whole.chars().count() <= 220);
            prop_assert_eq!(snippet.parts.iter().any(|part| part.matched), !ranges.is_empty());
            prop_assert!(snippet.parts.iter().all(|part| !part.text.is_empty()));
            prop_assert_eq!(!snippet.cut_before && !snippet.cut_after, whole == text);
        }
    }

    #[test]
    fn distance_is_symmetric_and_bounded(a in "[a-d]{0,8}", b in "[a-dé]{0,8}", most in 1u8..3) {
        use super::super::query::distance;
        let cost = distance(&a, &b, most);
        prop_assert_eq!(cost, distance(&b, &a, most));
        prop_assert!(cost.is_none_or(|cost| cost <= most));
        prop_assert_eq!(cost == Some(0), a == b);
    }
}

/// Any query is answered, the index finds what the snippets show, and a text is found by its own words.
#[test]
fn any_query_is_answered() {
    let asked = Asked::of(&small());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = prop_oneof![hard(), proptest::sample::select(WORDS).prop_map(str::to_owned), "[a-z]{1,10}"];
    runner
        .run(&strategy, |text| {
            let Ok(query) = Query::parse(&text) else {
                prop_assert!(text.trim().chars().count() > MAX_CHARS);
                return Ok(());
            };
            let found = asked.search.find(asked.corpus(), &query, &Wanted { first: 50, ..Wanted::default() }).unwrap();
            prop_assert!(found.hits.is_sorted_by_key(|hit| (Reverse(hit.score), hit.kind)));
            prop_assert!(found.hits.iter().all(|hit| hit.score > 0));
            for hit in &found.hits {
                let shown = snippets(asked.corpus(), &query, hit);
                prop_assert!(!shown.is_empty() && shown.len() <= MAX_SNIPPETS);
            }
            Ok(())
        })
        .unwrap();
}

const WORDS: &[&str] = &["felt", "cult 3", "garcía", "林", "知識", "cult", "knwoledge", "\"felt is\"", "a", "القاهرة"];
