//! What the reader says of every kind of fault. A case is one change to a document without faults.

mod bytes;
mod times;
mod whole;

use serde_json::{Value, json};

use super::read;

/// A document without faults that has one of everything.
pub(super) fn base() -> Value {
    json!({
        "version": 1,
        "conference": {
            "slug": "tides-2026", "name": "Tides", "timeZone": "Europe/Lisbon",
            "startsOn": "2026-10-24", "endsOn": "2026-10-26", "url": "https://tides.example/",
            "settings": {"visibility": "DRAFT", "linkAudience": "ATTENDEE", "linksOpenAt": "2026-10-20T08:00:00Z"}
        },
        "tracks": [{"code": "SEA", "name": "Sea"}],
        "rooms": [
            {"key": "aula", "name": "Aula", "capacity": 40},
            {"key": "web", "name": "Web", "kind": "VIRTUAL", "link": "https://meet.example/web"}
        ],
        "people": [
            {"key": "ines", "name": "Inês Exemplo", "country": "PT", "orcid": "0000-0002-1825-0097"},
            {"key": "omar", "name": "Omar Sample", "email": "omar@sample.example", "biography": "Salt.\nAnd *water*."}
        ],
        "panels": [
            {
                "code": "P1", "title": "Salt", "kind": "PANEL", "track": "SEA", "language": "pt", "abstract": "Salt.",
                "roles": [{"person": "ines", "role": "CHAIR"}],
                "papers": [
                    {"key": "a", "title": "Foam", "keywords": ["foam"], "authors": [{"person": "omar", "presenting": true}]},
                    {"key": "b", "title": "Silt", "status": "WITHDRAWN"}
                ],
                "sessions": [{
                    "key": "s1", "number": 1, "date": "2026-10-24", "start": "10:00", "end": "11:30", "fold": 0,
                    "rooms": [{"room": "aula"}],
                    "slots": [{"paper": "a", "start": "10:00", "minutes": 30, "room": "aula"}]
                }]
            },
            {"code": "P2", "title": "Brine", "papers": [{"key": "c", "title": "Rain"}]}
        ]
    })
}

/// The base with something else at a pointer. The last step may be a property it lacks, or "-": a new element.
pub(super) fn with(pointer: &str, value: Value) -> Value {
    let mut document = base();
    put(&mut document, pointer, value);
    document
}

pub(in crate::format) fn put(document: &mut Value, pointer: &str, value: Value) {
    let (above, name) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(above).unwrap() {
        Value::Object(object) => {
            object.insert(name.to_owned(), value);
        }
        Value::Array(list) if name == "-" => list.push(value),
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
        other => panic!("{above} is {other}"),
    }
}

/// The faults of a document as (pointer, message).
pub(super) fn faults(bytes: &[u8]) -> Vec<(String, String)> {
    match read(bytes) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.list().iter().map(|it| (it.pointer.clone(), it.message.clone())).collect(),
    }
}

/// Checks that a document has exactly these faults, each message with this in it.
#[track_caller]
pub(super) fn expect(document: &Value, expected: &[(&str, &str)]) {
    expect_of(document.to_string().as_bytes(), expected);
}

#[track_caller]
pub(super) fn expect_of(bytes: &[u8], expected: &[(&str, &str)]) {
    let found = faults(bytes);
    let fits = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| found.0 == expected.0 && found.1.contains(expected.1));
    assert!(fits, "expected {expected:#?}\nfound {found:#?}");
}

#[test]
fn the_base_has_no_fault() {
    expect(&base(), &[]);
}

#[test]
fn a_property_is_of_its_type() {
    for (pointer, value, message) in [
        ("/conference", json!([1]), "expected an object, found a list"),
        ("/conference/name", json!(3), "expected a string, found a number"),
        ("/conference/name", json!(null), "expected a string, found null"),
        ("/conference/settings", json!(null), "expected an object, found null"),
        ("/conference/settings/visibility", json!(null), "expected a string, found null"),
        ("/tracks", json!(null), "expected a list, found null"),
        ("/people", json!({"ines": "Inês"}), "expected a list, found an object"),
        ("/panels/0/papers", json!(2), "expected a list, found a number"),
        ("/panels/0/sessions/0/rooms", json!("aula"), "expected a list, found a string"),
        ("/rooms/0/capacity", json!("40"), "expected a whole number, found a string"),
        ("/rooms/0/capacity", json!(-1), "-1 is no whole number from 0"),
        ("/rooms/0/capacity", json!(1.5), "1.5 is no whole number"),
        ("/rooms/0/capacity", json!(3e9), "is no whole number from 0 to 2147483647"),
        ("/people/0", json!("ines"), "expected an object, found a string"),
        ("/panels/0/roles/0", json!(true), "expected an object, found true or false"),
        ("/panels/0/papers/0/keywords/0", json!({}), "expected a string, found an object"),
        ("/panels/0/papers/0/authors/0/presenting", json!("yes"), "expected true or false, found a string"),
        ("/panels/0/sessions/0/number", json!(null), "expected a whole number, found null"),
        ("/panels/0/sessions/0/number", json!(0), "0 is no whole number from 1"),
        ("/panels/0/sessions/0/fold", json!(2), "2 is no whole number from 0 to 1"),
        ("/panels/0/sessions/0/slots/0/minutes", json!(0), "0 is no whole number from 1 to 1440"),
        ("/panels/0/sessions/0/slots/0/minutes", json!(1441), "1441 is no whole number from 1 to 1440"),
    ] {
        expect(&with(pointer, value), &[(pointer, message)]);
    }
    expect(&json!([]), &[("", "expected an object, found a list")]);
}

#[test]
fn null_is_absent_where_the_format_says_so() {
    for pointer in [
        "/conference/url",
        "/conference/settings/linksOpenAt",
        "/rooms/0/capacity",
        "/rooms/1/link",
        "/people/0/country",
        "/people/0/orcid",
        "/people/1/email",
        "/people/1/biography",
        "/people/1/affiliation",
        "/people/1/url",
        "/panels/0/track",
        "/panels/0/abstract",
        "/panels/0/shortAbstract",
        "/panels/0/url",
        "/panels/0/language",
        "/panels/0/roles/0/affiliation",
        "/panels/0/papers/0/abstract",
        "/panels/0/papers/0/type",
        "/panels/0/papers/0/language",
        "/panels/0/papers/0/url",
        "/panels/0/papers/0/authors/0/affiliation",
        "/panels/0/sessions/0/title",
        "/panels/0/sessions/0/end",
        "/panels/0/sessions/0/rooms/0/link",
        "/panels/0/sessions/0/slots/0/start",
        "/panels/0/sessions/0/slots/0/minutes",
        "/panels/0/sessions/0/slots/0/room",
    ] {
        expect(&with(pointer, json!(null)), &[]);
    }
}

#[test]
fn a_whole_number_may_have_a_point() {
    expect(&with("/panels/0/sessions/0/number", json!(1.0)), &[]);
}

#[test]
fn what_is_required_is_there() {
    for pointer in [
        "/version",
        "/conference",
        "/conference/slug",
        "/conference/name",
        "/conference/timeZone",
        "/conference/startsOn",
        "/conference/endsOn",
        "/tracks/0/code",
        "/tracks/0/name",
        "/rooms/0/key",
        "/rooms/0/name",
        "/people/0/key",
        "/people/0/name",
        "/panels/0/code",
        "/panels/0/title",
        "/panels/0/roles/0/person",
        "/panels/0/roles/0/role",
        "/panels/0/papers/0/key",
        "/panels/0/papers/0/title",
        "/panels/0/papers/0/authors/0/person",
        "/panels/0/sessions/0/key",
        "/panels/0/sessions/0/number",
        "/panels/0/sessions/0/rooms/0/room",
        "/panels/0/sessions/0/slots/0/paper",
    ] {
        let mut document = base();
        let (above, name) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(above).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        expect(&document, &[(pointer, "the property is missing; it is required")]);
    }
}

#[test]
fn an_unknown_property_is_named_with_what_was_meant() {
    for (pointer, message) in [
        ("/panel", "is \"panels\" meant?"),
        ("/conference/time_zone", "is \"timeZone\" meant?"),
        ("/panels/0/shortabstract", "is \"shortAbstract\" meant?"),
        ("/people/0/e-mail", "is \"email\" meant?"),
        ("/tracks/0/colour", "the format has \"code\", \"name\""),
    ] {
        expect(&with(pointer, json!(1)), &[(pointer, message)]);
    }
    expect_of(&changed("\"version\":1", r#""version":1,"a/b~\u001b":1"#), &[("/a~1b~0\u{fffd}", "no such property")]);
}

#[test]
fn a_property_is_given_once() {
    expect_of(&changed("\"name\":\"Sea\"", r#""name":"Sea","name":"Tide""#), &[("/tracks/0/name", "given twice")]);
    expect_of(&changed("\"version\":1", r#""version":1,"v\u0065rsion":1"#), &[("/version", "given twice")]);
}

#[test]
fn the_version_is_the_first() {
    // One number, however it is written.
    expect(&with("/version", json!(1.0)), &[]);
    for version in [json!(2), json!(0), json!("1"), json!(null)] {
        expect(&with("/version", version), &[("/version", "is not known; this build reads 1")]);
    }
}

#[test]
fn a_member_of_a_closed_list_is_one_of_it() {
    for (pointer, message) in [
        ("/conference/settings/visibility", "\"chair\" is none of DRAFT, PUBLISHED"),
        ("/conference/settings/linkAudience", "none of PUBLIC, SIGNED_IN, ATTENDEE, ORGANIZER"),
        ("/rooms/1/kind", "none of PHYSICAL, VIRTUAL"),
        ("/panels/0/kind", "none of PANEL, ROUNDTABLE, WORKSHOP, PLENARY, POSTERS, FILM, TUTORIAL, OTHER"),
        ("/panels/0/status", "none of SCHEDULED, CANCELLED"),
        ("/panels/0/roles/0/role", "none of CONVENOR, CHAIR, DISCUSSANT, MODERATOR, SPEAKER"),
        ("/panels/0/papers/0/status", "none of ACCEPTED, WITHDRAWN"),
        ("/panels/0/sessions/0/status", "none of SCHEDULED, CANCELLED"),
    ] {
        expect(&with(pointer, json!("chair")), &[(pointer, message)]);
    }
}

/// The base with a piece of its text changed: for what a tree of values can't hold.
pub(super) fn changed(from: &str, to: &str) -> Vec<u8> {
    let text = base().to_string();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}
