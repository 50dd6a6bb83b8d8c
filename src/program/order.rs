//! How lists are ordered: by keys that are plain strings, so that a cursor can carry one and survive revisions.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How much of a text takes part in ordering. What is equal so far is ordered by id.
const KEY_CHARS: usize = 64;

/// The text as it is compared: compatibility forms, accents and case ignored.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// The key by which names and titles are ordered.
#[must_use]
pub fn by_text(text: &str) -> Arc<str> {
    let start = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    // A title of punctuation alone still has a place.
    let start = if start.is_empty() { text } else { start };
    fold(start).chars().take(KEY_CHARS).collect::<String>().into()
}

/// The key by which printed codes are ordered: numbers in them as numbers, so that P2 comes before P10.
#[must_use]
pub fn by_code(code: &str) -> Arc<str> {
    let folded = fold(code);
    let mut key = String::with_capacity(folded.len() + 4);
    let mut rest = folded.as_str();
    while let Some(first) = rest.chars().next() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            key.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let number = rest[..digits].trim_start_matches('0');
            // A longer number is a larger one: its length, as one character, goes first.
            let length = u32::try_from(number.len()).unwrap_or(u32::MAX);
            key.push(char::from_u32(u32::from('0').saturating_add(length)).unwrap_or(char::MAX));
            key.push_str(number);
            rest = &rest[digits..];
        }
    }
    key.chars().take(KEY_CHARS).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_codes_count() {
        let mut codes = ["P10", "P2", "CULT03", "P002b", "CULT3a", "P", "p1"];
        codes.sort_by_key(|code| by_code(code));
        assert_eq!(codes, ["CULT03", "CULT3a", "P", "p1", "P2", "P002b", "P10"]);
    }

    #[test]
    fn accents_case_and_leading_quotes_do_not_count() {
        assert_eq!(by_text("García"), by_text("GARCIA"));
        assert_eq!(by_text("“Écoute”"), by_text("ecoute”"));
        assert!(by_text("Ångström") < by_text("Bakker"));
        assert_eq!(&*by_text("…"), "...");
        assert_eq!(by_text(&"x".repeat(5_000)).len(), KEY_CHARS);
    }

    proptest::proptest! {
        #[test]
        fn numbers_order_as_numbers(a in 0u64..1_000_000, b in 0u64..1_000_000) {
            let (left, right) = (by_code(&format!("P{a:03}")), by_code(&format!("P{b}")));
            proptest::prop_assert_eq!(left.cmp(&right), a.cmp(&b));
        }

        #[test]
        fn any_text_has_a_key(text in "\\PC*") {
            proptest::prop_assert!(by_text(&text).chars().count() <= KEY_CHARS);
            proptest::prop_assert!(by_code(&text).chars().count() <= KEY_CHARS);
        }
    }
}
