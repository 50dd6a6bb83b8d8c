//! Files that nothing can be made of are refused in words that say what is wrong and where; nothing stalls.

use std::time::{Duration, Instant};

use super::*;

/// What is said of a file, which has to be said at once. Far less than a second, but the machine may do other things too.
fn said(
    read: impl Fn(&[u8], &Terms) -> Result<super::super::super::input::Understood, super::super::super::fault::Faults>,
    bytes: &[u8],
) -> String {
    let began = Instant::now();
    let said = read(bytes, &Terms::default()).err().map_or_else(String::new, |faults| faults.to_string());
    assert!(
        began.elapsed() < Duration::from_secs(if std::env::var_os("CI").is_some() { 10 } else { 1 }),
        "too slow: {said}"
    );
    said
}

#[track_caller]
fn xml_is(bytes: &[u8], wanted: &str) {
    let said = said(read_xml, bytes);
    assert!(said.contains(wanted), "{said:?} instead of {wanted:?}");
}

#[track_caller]
fn json_is(bytes: &[u8], wanted: &str) {
    let said = said(read_json, bytes);
    assert!(said.contains(wanted), "{said:?} instead of {wanted:?}");
}

#[test]
fn other_files_are_named() {
    for is in [xml_is, json_is] {
        is(b"PK\x03\x04\x14\0", "a zip archive; unpack it");
        is(b"\x1F\x8B\x08\0", "compressed (gzip)");
        is(b"%PDF-1.7", "a PDF document");
        is(b"", "the file is empty");
        is(b" \n\t", "the file is empty");
        is(b"\xEF\xBB\xBF", "the file is empty");
        is(&[0xFF, 0xFE, b'<', 0], "the file is UTF-16; save it as UTF-8");
        is(&[b'<', 0, b'?', 0], "the file is UTF-16; save it as UTF-8");
        is(&[0, b'{', 0, b'}'], "the file is UTF-16; save it as UTF-8");
        is(
            b"<a>\n\n\xE9</a>",
            "the file is not UTF-8: line 3 has the byte 0xE9; save it as UTF-8 (it looks like Windows-1252 or Latin-1",
        );
    }
    xml_is(b"{\"schedule\": {}}", "line 1: there is text outside of any element; it looks like JSON");
    xml_is(b"Hello", "line 1: there is text outside of any element");
    xml_is(b"<html><body/></html>", "the file begins with <html>; a schedule.xml begins with <schedule>");
    xml_is(b"<?xml version='1.0'?>", "the file has no element");
    json_is(b"<schedule/>", "the file is not JSON");
    json_is(b"[]", "expected an object with \"schedule\", found a list");
    json_is(b"{}", "there is no \"schedule\"");
    json_is(b"{\"schedule\": 1}", "/schedule: expected an object, found a number");
    json_is(b"{\"schedule\": {}}", "/schedule: there is no \"conference\"");
    json_is(b"{\"schedule\": {\"conference\": {}}}", "/schedule/conference/days: there are no days");
    json_is(b"{\"schedule\": {\"events\": [], \"conference\": {}}}", "only version 1 is read");
    json_is(b"{\"schedule\": {\"conference\": {\"days\": [", "the file ends in the middle of a value (line 1, column");
}

#[test]
fn another_encoding_is_said() {
    xml_is(
        b"<?xml version='1.0' encoding='ISO-8859-1'?><schedule/>",
        "line 1: the file says that it is ISO-8859-1 (in <?xml",
    );
    xml_is(b"<?xml version='1.0' encoding='utf-16'?><schedule/>", "the file says that it is utf-16");
    xml_is(b"<?xml version='1.0' encoding='UTF-8'?><schedule/>", "the conference has no acronym");
}

#[test]
fn no_document_type_is_read_and_no_entity_expanded() {
    xml_is(b"<!DOCTYPE schedule SYSTEM 'file:///etc/passwd'><schedule/>", "line 1: the file has a document type");
    let laughs =
        "<!DOCTYPE s [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><schedule>&b;</schedule>";
    xml_is(laughs.as_bytes(), "line 1: the file has a document type");
    let (head, tail) = ("<schedule><conference><title>\n&secret;</title>", "</conference></schedule>");
    xml_is(format!("{head}{tail}").as_bytes(), "line 2 (in line 1, <conference>): the entity &secret; is not known");
    xml_is(b"<schedule><day date='&x;'/></schedule>", "the attribute date of <day> can't be read");
}

#[test]
fn what_is_no_xml_is_said_with_its_line() {
    xml_is(b"<schedule>\n<day>\n<room name='A'>\n", "the file ends inside <room>: it was cut short");
    xml_is(b"<schedule>\n<day>\n<room name='A'>\n", "line 4");
    xml_is(b"<schedule>\n<day></room></schedule>", "line 2");
    xml_is(b"<schedule>\n<day>\n<room name='A", "line 3");
    xml_is(b"<schedule>\n<conference><title>A<!-- ", "line 2");
    xml_is(b"<schedule>\n<conference><title><![CDATA[ ", "line 2");
    xml_is(b"<schedule/>\n<schedule/>", "line 2: there is a <schedule> after the end");
    xml_is(b"<schedule><day date=2026/></schedule>", "line 1");
    xml_is(b"<schedule>a & b</schedule>", "line 1");
}

#[test]
fn an_event_has_to_be_known_by_something() {
    xml_is(
        b"<schedule><conference><acronym>tides</acronym><time_zone_name>UTC</time_zone_name></conference><day date='2026-10-24'><room name='A'>\n<event>\
          <title>T</title></event></room></day></schedule>",
        "line 2, <event>: the event has neither a guid nor an id",
    );
    xml_is(
        b"<schedule><conference><acronym>tides</acronym><time_zone_name>UTC</time_zone_name></conference></schedule>",
        "the conference has no dates",
    );
}

/// A start tag of a megabyte, a million elements, a million levels.
#[test]
fn floods_are_answered_at_once() {
    let attributes: String = (0..100_000).map(|n| format!(" a{n}='1'")).collect();
    for tag in [
        "schedule",
        "schedule><day",
        "schedule><other",
        "schedule><day><room><event",
        "schedule><day><room><event><persons><person",
    ] {
        let said = said(read_xml, format!("<{tag}{attributes}/>").as_bytes());
        assert!(!said.is_empty(), "{tag}");
    }
    let same = " a='1'".repeat(200_000);
    xml_is(format!("<schedule{same}/>").as_bytes(), "more than 1000 attributes; that is the limit");
    xml_is(
        "<schedule>\n".repeat(1_000_000).as_bytes(),
        "line 101: more than 100 elements are open inside each other; that is the limit",
    );
    let deep = format!("<schedule><day><room><event><title>{}", "<a>".repeat(500_000));
    xml_is(deep.as_bytes(), "more than 100 elements are open");
    let flat = format!("<schedule><day>{}", "<other><a><b/></a></other>".repeat(1_000));
    xml_is(flat.as_bytes(), "the file ends inside <day>");
    let persons = "<person>A</person>".repeat(100_000);
    let one = format!(
        "<schedule><day><room name='A'><event id='1'><persons>{persons}</persons></event></room></day></schedule>"
    );
    xml_is(one.as_bytes(), "the conference has no acronym");
    let persons: String = (0..60_000).map(|n| format!("<person>{n}</person>")).collect();
    let one = format!(
        "<schedule><day><room name='A'><event id='1'><persons>{persons}</persons></event></room></day></schedule>"
    );
    xml_is(one.as_bytes(), "the file has more than 50000 people up to here; that is the limit");
    let events = "<event id='1'/>".repeat(60_000);
    let one = format!("<schedule><day><room name='A'>{events}</room></day></schedule>");
    xml_is(one.as_bytes(), "the file has more than 50000 events up to here; that is the limit");
    json_is("{\"schedule\":".repeat(200_000).as_bytes(), "the file ends in the middle of a value");
    json_is(
        format!(
            "{{\"schedule\":{{\"conference\":{{\"days\":[{{\"rooms\":{{\"A\":[{}0]}}}}]}}}}}}",
            "0,".repeat(1_000_000)
        )
        .as_bytes(),
        "the list has more than 50000 elements",
    );
    json_is(
        format!(
            "{{\"schedule\":{{\"conference\":{{\"days\":[{{\"rooms\":{{\"A\":[{0}{{}}],\"B\":[{0}{{}}]}}}}]}}}}}}",
            "{},".repeat(30_000)
        )
        .as_bytes(),
        // Each room is within its own limit, and both together are not. It is said once.
        "more than 50000 events",
    );
    let rooms = format!("{0}{{}}", "{},".repeat(30_000));
    let both =
        format!("{{\"schedule\":{{\"conference\":{{\"days\":[{{\"rooms\":{{\"A\":[{rooms}],\"B\":[{rooms}]}}}}]}}}}}}");
    assert_eq!(said(read_json, both.as_bytes()).lines().count(), 1);
    let links = "<link href='https://a.example/'>A</link>".repeat(100_000);
    let one =
        format!("<schedule><day><room name='A'><event id='1'><links>{links}</links></event></room></day></schedule>");
    xml_is(one.as_bytes(), "the conference has no acronym");
}

/// Nothing of the file moves the cursor of whoever reads what is said of it.
#[test]
fn what_is_said_is_plain() {
    let text = "<schedule><conference><acronym>a\u{7}\u{1b}[2J</acronym><time_zone_name>\u{1b}[31mX</time_zone_name></conference></schedule>";
    for said in [said(read_xml, text.as_bytes()), said(read_xml, "<\u{1b}[31m/>".as_bytes())] {
        assert!(!said.is_empty() && !said.contains('\u{1b}'), "{said:?}");
    }
}
