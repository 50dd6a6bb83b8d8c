//! Texts in cells. A spreadsheet computes a cell that begins like a formula, whoever wrote it, so such a text gets an
//! apostrophe before it (OWASP, "CSV Injection"). Null is an empty cell; the empty text, which is something else, is an
//! apostrophe alone.

use std::borrow::Cow;

use crate::format::escape::{escaped, first};

/// What formulas begin with, also in the wide and small forms that some input methods write and some programs take.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];

/// The apostrophe.
const MARK: char = '\'';

/// Whether a text, or what is left of it without apostrophes before it, needs one. It is the same with one more before
/// it: so whoever takes off the first of what needs one has the text again, and whatever else begins with an apostrophe
/// is left as it is.
fn needs_mark(text: &str) -> bool {
    if text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    let rest = text.trim_start_matches(MARK);
    rest.is_empty() || rest.starts_with(['\t', '\r', '\n']) || rest.trim_start_matches(is_nothing).starts_with(FORMULA)
}

/// Whether nothing is seen of it.
fn is_nothing(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// Whether a spreadsheet may take what begins with this for a formula.
pub(super) fn begins_formula(c: char) -> bool {
    FORMULA.contains(&c)
}

/// Writes a text as a cell, in quotes where it has to be (RFC 4180, 2.5 to 2.7).
pub(super) fn push_text(out: &mut Vec<u8>, text: &str) {
    let mark = if needs_mark(text) { "'" } else { "" };
    let needs_quotes = |byte: u8| (byte == b',') | (byte == b'"') | (byte == b'\r') | (byte == b'\n');
    if first(text.as_bytes(), needs_quotes).is_none() {
        out.extend_from_slice(mark.as_bytes());
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(mark.as_bytes());
    escaped(out, text, |byte| byte == b'"', |_| (Some(b"\"\""), 1));
    out.push(b'"');
}

/// The text of a cell that is not empty.
pub(super) fn plain(cell: &str) -> &str {
    match cell.strip_prefix(MARK) {
        Some(text) if needs_mark(cell) => text,
        _ => cell,
    }
}

/// As much of a cell as a message can hold, on one line.
pub(super) fn shown(cell: &str) -> Cow<'_, str> {
    let short = crate::format::read::short(cell);
    Cow::Owned(short.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        push_text(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn formulas_are_text() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\n=1",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            " =1",
            "\u{200B}=1",
            "\u{A0}-1",
            "﹦1",
        ] {
            let cell = written(text);
            assert!(cell.starts_with('\'') || cell.starts_with("\"'"), "{cell:?}");
        }
        for text in ["a=1", "1-1", "Über", "«=»", "(=)", "'tis", "''twas", "\"=1"] {
            assert!(!written(text).trim_start_matches('"').starts_with('\'') || text.starts_with('\''), "{text}");
            assert_eq!(plain(text), text);
        }
        assert_eq!((written("'=1"), written("'"), written("")), ("''=1".into(), "''".into(), "'".into()));
    }

    #[test]
    fn quotes_stand_where_they_must() {
        assert_eq!(written("a b;c"), "a b;c");
        assert_eq!(written("a,b"), "\"a,b\"");
        assert_eq!(written("a \"b\""), "\"a \"\"b\"\"\"");
        assert_eq!(written("=\"a\"\n"), "\"'=\"\"a\"\"\n\"");
    }

    proptest::proptest! {
        #[test]
        fn a_text_comes_back(text in "['=+@ \t\"\\-a]{0,5}\\PC{0,3}") {
            let mut out = Vec::new();
            push_text(&mut out, &text);
            let mut found = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[..]);
            let record = found.records().next().unwrap().unwrap();
            proptest::prop_assert_eq!(plain(&record[0]), text.as_str());
            let cell = &record[0];
            proptest::prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']) && !cell.starts_with(['\t', '\r']));
        }
    }
}
