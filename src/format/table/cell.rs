//! Texts in cells. A spreadsheet computes a cell that begins like a formula, whoever wrote it, so such a text gets an
//! apostrophe before it (OWASP, "CSV Injection"). Null is an empty cell; the empty text, which is something else, is an
//! apostrophe alone.
//!
//! Where semicolons separate, spreadsheets end a cell at each semicolon and line break of a file that commas separate, so
//! what begins like a formula after one of these, or after a tab, gets an apostrophe too.

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
    rest.is_empty() || rest.starts_with(['\t', '\r', '\n']) || rest.trim_start_matches(is_blank).starts_with(FORMULA)
}

/// The same of a piece of a text that comes after a divider, up to the next one. That quotes stand before it does not
/// help: they may be taken for those of a cell.
fn inner_needs_mark(piece: &str) -> bool {
    piece.trim_start_matches(MARK).trim_start_matches(|c| c == '"' || is_blank(c)).starts_with(FORMULA)
}

/// Whether nothing is seen of it, and nothing ends at it.
fn is_blank(c: char) -> bool {
    is_nothing(c) && !u8::try_from(c).is_ok_and(divides)
}

/// What some spreadsheets end a cell at.
const fn divides(byte: u8) -> bool {
    (byte == b';') | (byte == b'\t') | (byte == b'\r') | (byte == b'\n')
}

/// Where in a text the pieces begin, after its dividers, that need a mark.
fn inner_marks(text: &str) -> impl Iterator<Item = usize> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += first(&text.as_bytes()[at..], divides)? + 1;
            let rest = &text[at..];
            // Nearly all lines, and elements of lists after their blank, begin with a letter.
            let begins = rest.strip_prefix(' ').unwrap_or(rest).as_bytes().first();
            if begins.is_none_or(u8::is_ascii_alphanumeric) {
                continue;
            }
            if inner_needs_mark(rest) {
                return Some(at);
            }
        }
    })
}

/// A text with its marks inside.
fn marked(text: &str) -> Cow<'_, str> {
    let mut marks = inner_marks(text).peekable();
    if marks.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let (mut marked, mut from) = (String::with_capacity(text.len() + 8), 0);
    for at in marks {
        marked.push_str(&text[from..at]);
        marked.push(MARK);
        from = at;
    }
    marked.push_str(&text[from..]);
    Cow::Owned(marked)
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
    if first(text.as_bytes(), |byte| needs_quotes(byte) | divides(byte)).is_none() {
        out.extend_from_slice(mark.as_bytes());
        return out.extend_from_slice(text.as_bytes());
    }
    let text = &*marked(text);
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
pub(super) fn plain(cell: &str) -> Cow<'_, str> {
    let cell = unmarked(cell);
    let mut marks = inner_marks(cell).filter(|at| cell[*at..].starts_with(MARK)).peekable();
    if marks.peek().is_none() {
        return Cow::Borrowed(cell);
    }
    let (mut text, mut from) = (String::with_capacity(cell.len()), 0);
    for at in marks {
        text.push_str(&cell[from..at]);
        from = at + MARK.len_utf8();
    }
    text.push_str(&cell[from..]);
    Cow::Owned(text)
}

/// The text of a cell, but for the marks inside of it.
pub(super) fn unmarked(cell: &str) -> &str {
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
        for (text, cell) in [
            ("x;=1+1", "x;'=1+1"),
            ("x; =1", "x;' =1"),
            ("a\tb\t+1", "a\tb\t'+1"),
            ("a\n=cmd|x", "\"a\n'=cmd|x\""),
            ("a\r\n-1;@b", "\"a\r\n'-1;'@b\""),
            ("a;\"=1\"", "\"a;'\"\"=1\"\"\""),
            ("a;'=1", "a;''=1"),
            ("=1;=2", "'=1;'=2"),
            (" \n=1", "\" \n'=1\""),
            ("a;b=1;'tis; «=»", "a;b=1;'tis; «=»"),
        ] {
            assert_eq!(written(text), cell);
            let inside = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell);
            assert_eq!(plain(&inside.replace("\"\"", "\"")), text);
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
        fn a_text_comes_back(text in "['=+@ \t\"\\-a]{0,5}\\PC{0,3}([;\r\n\t]['=;\n \"+a]{0,5}){0,3}") {
            let mut out = Vec::new();
            push_text(&mut out, &text);
            let mut found = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[..]);
            let record = found.records().next().unwrap().unwrap();
            proptest::prop_assert_eq!(&*plain(&record[0]), text.as_str());
            let cell = &record[0];
            // Also where the bytes are divided otherwise, with their quotes.
            let bytes = std::str::from_utf8(&out).unwrap();
            for piece in bytes.split([';', '\t', '\r', '\n']).skip(1) {
                let begins = piece.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
                proptest::prop_assert!(!begins.starts_with(['=', '+', '@']), "{:?}", bytes);
            }
            proptest::prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']) && !cell.starts_with(['\t', '\r']));
        }
    }
}
