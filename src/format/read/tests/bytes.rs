//! Bytes that are no program file, whatever they are, and whatever becomes of one that is.

use proptest::prelude::*;
use serde_json::json;

use super::{base, changed, expect, expect_of, faults, put, read, with};

#[test]
fn a_file_cut_short_is_named_as_such() {
    let text = serde_json::to_string_pretty(&base()).unwrap();
    let whole = text.len();
    for cut in (1..whole).filter(|cut| text.is_char_boundary(*cut)) {
        let found = faults(&text.as_bytes()[..cut]);
        assert_eq!(found.len(), 1, "{cut} {found:?}");
        assert!(found[0].0.is_empty(), "{cut} {found:?}");
        assert!(found[0].1.starts_with("the file ends in the middle of"), "{cut} {found:?}");
        let line = text[..cut].matches('\n').count() + 1;
        assert!(found[0].1.contains(&format!("(line {line}, column ")), "{cut} {found:?}");
    }
}

#[test]
fn what_is_not_json_is_said_with_its_line() {
    for (text, message) in [
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("{\n  \"version\": 1,\n}", "key must be a string (line 3, column 1)"),
        ("{'version': 1}", "key must be a string (line 1, column 2)"),
        ("{\"version\": 01}", "invalid number"),
        ("{\"version\": NaN}", "expected value"),
        ("{\"version\": 1} {}", "trailing characters"),
        ("<program/>", "the file is not JSON"),
        ("{\"version\": \"a\nb\"}", "control character"),
        ("{\"version\": \"\\x\"}", "invalid escape"),
        ("{\"version\": 1 \"conference\": 2}", "expected `,` or `}`"),
        ("\0", "the file is not JSON"),
    ] {
        expect_of(text.as_bytes(), &[("", message)]);
    }
}

#[test]
fn the_encoding_is_utf_8() {
    let text = base().to_string();
    let with_mark = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    assert_eq!(read(&with_mark), read(text.as_bytes()));
    let units: Vec<u16> = std::iter::once(0xFEFF).chain(text.encode_utf16()).collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [little, big] {
        expect_of(&bytes, &[("", "the file is UTF-16; save it as UTF-8")]);
    }
    expect_of(b"{\n\"a\": \"caf\xE9\"}", &[("", "the file is not UTF-8: line 2 has the byte 0xE9; save it as UTF-8")]);
}

#[test]
fn deep_brackets_are_a_fault() {
    expect_of(&b"[".repeat(50_000), &[("", "the file ends in the middle of")]);
    let closed = "[".repeat(50_000) + &"]".repeat(50_000);
    expect_of(closed.as_bytes(), &[("", "expected an object, found a list")]);
    expect_of(&changed("\"code\":\"SEA\"", &format!("\"code\":{closed}")), &[("/tracks/0/code", "found a list")]);
    let objects = "{\"a\":".repeat(50_000) + "1" + &"}".repeat(50_000);
    expect_of(&changed("\"Salt.\"", &objects), &[("/panels/0/abstract", "expected a string, found an object")]);
}

#[test]
fn a_name_that_is_no_text_hides_nothing() {
    // Half of a surrogate pair: no name, but what follows it is still read.
    let bytes = changed("\"version\":1", r#""version":1,"\ud800":1"#);
    expect_of(&bytes, &[("/\\ud800", "there is no such property")]);
    let bytes = changed("\"code\":\"SEA\"", r#""\ud800":1,"code":7"#);
    expect_of(&bytes, &[("/tracks/0/\\ud800", "no such property"), ("/tracks/0/code", "expected a string")]);
}

#[test]
fn a_name_of_any_length_is_a_short_fault() {
    let bytes = changed("\"version\":1", &format!("\"version\":1,\"{}\":1", "n".repeat(1_000_000)));
    let found = faults(&bytes);
    assert_eq!(found.len(), 1);
    assert!(found[0].0.len() < 100 && found[0].1.len() < 300, "{}", found[0].0.len());
}

#[test]
fn a_list_has_an_end() {
    let tracks: Vec<_> = (0..50_001).map(|n| json!({"code": n.to_string(), "name": "N"})).collect();
    let limit = "the list has more than 50000 elements";
    let mut document = with("/tracks", json!(tracks));
    put(&mut document, "/panels/0/track", json!("7"));
    expect(&document, &[("/tracks", limit)]);
    // Every list is within its limit, all of them together are not.
    let paper = |n: usize, m: usize| json!({"key": format!("{n}.{m}"), "title": "T"});
    let panel = |n: usize| json!({"code": n.to_string(), "title": "T", "papers": (0..1_001).map(|m| paper(n, m)).collect::<Vec<_>>()});
    let panels: Vec<_> = (0..50).map(panel).collect();
    let found = read(with("/panels", json!(panels)).to_string().as_bytes()).unwrap_err();
    assert_eq!(found.list().len(), 1, "{found}");
    assert_eq!(found.list()[0].pointer, "/panels/49/papers");
    assert!(found.to_string().contains("more than 50000 papers up to here"), "{found}");
    assert!(found.to_string().ends_with("(these are the first 1; there may be more)"), "{found}");
    let words = |n: usize| json!({"key": n.to_string(), "title": "T", "keywords": vec!["w"; 45_000]});
    let papers: Vec<_> = (0..12).map(words).collect();
    let found = read(with("/panels/1/papers", json!(papers)).to_string().as_bytes()).unwrap_err();
    assert!(found.to_string().contains("/panels/1/papers/11/keywords: the document has more than 500000"), "{found}");
}

/// A piece that is put into a document: brackets, halves of values, bytes that are no text.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"null".to_vec()),
        Just(b"[]".to_vec()),
        Just(b"{}".to_vec()),
        Just(b"-1e999".to_vec()),
        Just(b"\"\\ud800\"".to_vec()),
        Just(b"\"2026-03-29\"".to_vec()),
        Just(b"\"9999-12-31\"".to_vec()),
        Just(b"\"0000-01-01\"".to_vec()),
        Just(b"\"23:59\"".to_vec()),
        Just("\"\u{10FFFF}\"".into()),
        prop::collection::vec(any::<u8>(), 0..6),
        "[\\[\\]{}:,\"0-9\\\\a-z]{0,6}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_faulted(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(faults) = read(&bytes) {
            prop_assert!(!faults.list().is_empty() && !faults.to_string().is_empty());
        }
    }

    #[test]
    fn any_json_like_text_is_read_or_faulted(text in r#"\{"(version|conference|panels)":[\[\]{}:,"0-9\\a-z ]{0,60}"#) {
        prop_assert!(!read(text.as_bytes()).unwrap_err().list().is_empty());
    }

    #[test]
    fn a_changed_file_is_read_or_faulted(at in any::<prop::sample::Index>(), length in 0usize..30, piece in piece()) {
        let mut bytes = base().to_string().into_bytes();
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, piece);
        if let Err(faults) = read(&bytes) {
            prop_assert!(!faults.list().is_empty());
        }
    }

    /// A value in the place of another is a fault there or none; it is read, not passed over.
    #[test]
    fn a_changed_value_is_read_or_faulted(at in any::<prop::sample::Index>(), piece in piece()) {
        let text = base().to_string();
        let values: Vec<usize> = text.match_indices(':').map(|(at, _)| at + 1).collect();
        let start = *at.get(&values);
        let end = text[start..].find([',', '}', ']']).map_or(text.len(), |length| start + length);
        let bytes = [&text.as_bytes()[..start], &piece, &text.as_bytes()[end..]].concat();
        if let Err(faults) = read(&bytes) {
            prop_assert!(!faults.list().is_empty());
        }
    }
}
