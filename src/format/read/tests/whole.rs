//! Texts and addresses, and what only the whole document shows.

use serde_json::json;

use super::{base, changed, expect, expect_of, faults, put, with};

#[test]
fn a_text_is_as_long_as_the_format_allows() {
    for (pointer, most) in [
        ("/conference/name", 300),
        ("/tracks/0/name", 50_000),
        ("/people/0/name", 300),
        ("/people/0/affiliation", 50_000),
        ("/people/0/biography", 50_000),
        ("/panels/1/code", 40),
        ("/panels/0/title", 1_000),
        ("/panels/0/abstract", 50_000),
        ("/panels/0/papers/0/type", 60),
        ("/panels/1/papers/0/key", 200),
        ("/panels/0/papers/0/keywords/0", 50_000),
        ("/panels/0/sessions/0/title", 50_000),
    ] {
        let message = format!("the text is too long; the limit is {most} characters");
        // Characters are counted, not bytes, and not the halves of which some are made elsewhere.
        for character in ["a", "ў", "𓀀"] {
            expect(&with(pointer, json!(character.repeat(most))), &[]);
            expect(&with(pointer, json!(character.repeat(most + 1))), &[(pointer, &message)]);
        }
        expect(&with(pointer, json!("a".repeat(20 * most))), &[(pointer, &message)]);
    }
    // A keyword may be empty, as the format allows it.
    expect(&with("/panels/0/papers/0/keywords/0", json!("")), &[]);
    let escaped = format!(r#""name":"{}""#, r"\ud83c\udf0a".repeat(300));
    expect_of(&changed("\"name\":\"Tides\"", &escaped), &[]);
    for pointer in ["/conference/name", "/tracks/0/code", "/people/0/name", "/panels/1/papers/0/title", "/panels/0/key"]
    {
        expect(&with(pointer, json!("")), &[(pointer, "the text is empty; it needs at least one character")]);
    }
}

#[test]
fn a_text_has_no_control_characters() {
    let pointer = "/panels/0/abstract";
    for (text, code) in [("a\0", "U+0000"), ("\u{1b}[2J", "U+001B"), ("a\u{7f}", "U+007F"), ("\u{9b}", "U+009B")] {
        expect(&with(pointer, json!(text)), &[(pointer, code)]);
    }
    expect(&with(pointer, json!("a\n\tb\r\nc")), &[]);
    expect_of(&changed("\"Salt.\"", r#""\ud83c x""#), &[(pointer, "half of a surrogate pair")]);
}

#[test]
fn a_form_is_kept() {
    for (pointer, bad, message) in [
        ("/conference/slug", "Tides", "is no slug"),
        ("/conference/slug", "t", "is no slug"),
        ("/conference/slug", "-tides", "is no slug"),
        ("/conference/slug", "tides_1", "is no slug"),
        ("/people/0/country", "pt", "is no country code"),
        ("/people/0/country", "PRT", "is no country code"),
        ("/people/0/orcid", "0000-0002-1825-009", "is no ORCID iD"),
        ("/people/0/orcid", "https://orcid.org/0000-0002-1825-0097", "is no ORCID iD"),
        ("/people/0/orcid", "0000-0002-1825-0098", "the last digit of the ORCID iD"),
        ("/people/0/orcid", "0000-0002-1852-0097", "the last digit of the ORCID iD"),
        ("/people/0/orcid", "0000-0002-1694-2330", "the last digit of the ORCID iD"),
        ("/panels/0/language", "pt_PT", "is no language tag"),
        ("/panels/0/papers/0/language", "", "is no language tag"),
    ] {
        expect(&with(pointer, json!(bad)), &[(pointer, message)]);
    }
    let slug = "a".repeat(64);
    expect(&with("/conference/slug", json!(slug)), &[("/conference/slug", "is no slug")]);
    expect(&with("/conference/slug", json!(slug[1..])), &[]);
    expect(&with("/people/0/orcid", json!("0000-0002-1694-233X")), &[]);
    expect(&with("/panels/0/language", json!("kk-Cyrl-KZ")), &[]);
}

#[test]
fn an_address_is_one_that_can_be_followed() {
    let pointers = ["/rooms/1/link", "/panels/0/sessions/0/rooms/0/link"];
    let urls = ["/conference/url", "/people/0/url", "/panels/0/url", "/panels/0/papers/0/url"];
    for bad in [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://sea.example/",
        "//sea.example",
        "sea.example",
        "",
        "https://",
        "https:sea.example",
        "https://user:CANARY@sea.example/",
        "https://user@sea.example/",
        "https://sea .example/",
        " https://sea.example/",
        "https://sea.example/\u{a0}",
        "https://sea.example\\@land.example/",
        "https://[::1/",
    ] {
        for pointer in pointers.iter().chain(&urls) {
            expect(&with(pointer, json!(bad)), &[(pointer, "this is no address that begins with http")]);
            assert!(!faults(with(pointer, json!(bad)).to_string().as_bytes())[0].1.contains("CANARY"));
        }
    }
    for pointer in pointers {
        expect(&with(pointer, json!("http://sea.example/")), &[(pointer, "begins with https://")]);
        expect(&with(pointer, json!("https://sea.example/j/1?pwd=a%20b#c")), &[]);
        expect(&with(pointer, json!(format!("https://sea.example/{}", "a".repeat(2_000)))), &[(pointer, "too long")]);
        expect(&with(pointer, json!("https://sea.example/\n")), &[(pointer, "no address")]);
    }
    for pointer in urls {
        expect(&with(pointer, json!("http://sea.example/ñ")), &[]);
    }
}

#[test]
fn an_e_mail_address_is_one() {
    let pointer = "/people/1/email";
    let long = format!("{}@sea.example", "a".repeat(243));
    for bad in [
        "",
        "omar",
        "@sea.example",
        "omar@",
        "o@m@sea.example",
        "o m@sea.example",
        "<omar@sea.example>",
        "omar@sea.example,ines@sea.example",
        "omar\r\nBcc: x@sea.example",
        &long,
    ] {
        let found = faults(with(pointer, json!(bad)).to_string().as_bytes());
        assert_eq!(found.len(), 1, "{bad} {found:?}");
        assert_eq!((found[0].0.as_str(), found[0].1.contains("sea.example")), (pointer, false), "{bad}");
        assert!(found[0].1.contains("this is no e-mail address"), "{bad}");
    }
    expect(&with(pointer, json!(long[1..])), &[]);
    expect(&with(pointer, json!("o.mar+tides@sea.example")), &[]);
}

#[test]
fn a_key_is_given_once() {
    for (pointer, copy, place, message) in [
        ("/tracks/-", "/tracks/0", "/tracks/1/code", "\"SEA\" is given twice: /tracks/0"),
        ("/rooms/-", "/rooms/1", "/rooms/2/key", "\"web\" is given twice: /rooms/1"),
        ("/people/-", "/people/0", "/people/2/key", "\"ines\" is given twice: /people/0"),
        ("/panels/1/papers/-", "/panels/0/papers/1", "/panels/1/papers/1/key", "/panels/0/papers/1 is a paper"),
    ] {
        let value = base().pointer(copy).unwrap().clone();
        expect(&with(pointer, value), &[(place, message)]);
    }
    let session = json!([{"key": "s1", "number": 1}]);
    expect(&with("/panels/1/sessions", session), &[("/panels/1/sessions/0/key", "/panels/0/sessions/0 is a session")]);
    let code = "/panels/1/code";
    expect(&with(code, json!("P1")), &[(code, "\"P1\" is given twice: /panels/0 has it already")]);
    expect(&with("/panels/1/key", json!("P1")), &[("/panels/0/code", "the code \"P1\" is another panel's key")]);
    let mut document = with("/panels/0/key", json!("k"));
    put(&mut document, "/panels/1/key", json!("k"));
    expect(&document, &[("/panels/1/key", "\"k\" is given twice: /panels/0")]);
    // A code may be another panel's key as long as its own panel has a key of its own.
    let mut document = with("/panels/0/key", json!("P2"));
    put(&mut document, "/panels/1/key", json!("P1"));
    expect(&document, &[]);
}

#[test]
fn a_reference_leads_somewhere() {
    for (pointer, message) in [
        ("/panels/0/track", "there is no track with the code \"x\"; add it to \"tracks\""),
        ("/panels/0/roles/0/person", "there is no person with the key \"x\"; add it to \"people\""),
        ("/panels/0/papers/0/authors/0/person", "there is no person with the key \"x\""),
        ("/panels/0/sessions/0/slots/0/paper", "this panel has no paper with the key \"x\""),
        ("/panels/0/sessions/0/slots/0/room", "the session does not use the room \"x\""),
    ] {
        expect(&with(pointer, json!("x")), &[(pointer, message)]);
    }
    let roles = json!([{"person": "x", "role": "CHAIR"}]);
    let place = "/panels/0/sessions/0/roles/0/person";
    expect(&with("/panels/0/sessions/0/roles", roles), &[(place, "there is no person")]);
    // A room of the conference that is none of the session's, a paper of another panel.
    let room = "/panels/0/sessions/0/slots/0/room";
    expect(&with(room, json!("web")), &[(room, "the session does not use the room \"web\"")]);
    let paper = "/panels/0/sessions/0/slots/0/paper";
    expect(&with(paper, json!("c")), &[(paper, "a session gives papers of its own panel")]);
    let place = "/panels/0/sessions/0/rooms/0/room";
    let document = with(place, json!("x"));
    expect(&document, &[(place, "there is no room with the key \"x\""), (room, "does not use the room \"aula\"")]);
}

#[test]
fn nobody_is_there_twice() {
    let (roles, authors) = ("/panels/0/roles", "/panels/0/papers/0/authors");
    let twice = json!({"person": "ines", "role": "CHAIR", "affiliation": "Elsewhere"});
    expect(&with(&format!("{roles}/-"), twice), &[("/panels/0/roles/1/person", "\"ines\" is CHAIR here already")]);
    expect(&with(&format!("{roles}/-"), json!({"person": "ines", "role": "CONVENOR"})), &[]);
    let message = "\"omar\" is an author of this paper already";
    expect(
        &with(&format!("{authors}/-"), json!({"person": "omar"})),
        &[("/panels/0/papers/0/authors/1/person", message)],
    );
    let room = json!({"room": "aula", "link": "https://meet.example/aula"});
    let place = "/panels/0/sessions/0/rooms/1/room";
    expect(&with("/panels/0/sessions/0/rooms/-", room), &[(place, "the session has the room \"aula\" already")]);
    let session = json!({"key": "s2", "number": 1});
    let place = "/panels/0/sessions/1/number";
    expect(&with("/panels/0/sessions/-", session), &[(place, "another session of this panel has number 1")]);
}

#[test]
fn a_fault_does_not_draw_others_after_it() {
    for (pointer, value) in [
        ("/people/0/key", json!(1)),
        ("/people/1", json!(null)),
        ("/tracks/0/code", json!([])),
        ("/rooms/0/key", json!("")),
        ("/panels/0/papers/0/key", json!(7)),
        ("/panels/0/sessions/0/date", json!("2026-13-01")),
        ("/panels/0/sessions/0/start", json!("25:00")),
        ("/panels/0/sessions/0/end", json!("9:30")),
        ("/conference/timeZone", json!("Mars/Base")),
        ("/conference/startsOn", json!(2026)),
        ("/panels/0/sessions/0/rooms/0/room", json!(1)),
    ] {
        let found = faults(with(pointer, value).to_string().as_bytes());
        assert_eq!(found.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), [pointer], "{found:?}");
    }
    // A number that can't be read is not the other session's.
    let mut document = with("/panels/0/sessions/-", json!({"key": "s2", "number": "2"}));
    put(&mut document, "/panels/0/sessions/0/number", json!(1));
    expect(&document, &[("/panels/0/sessions/1/number", "expected a whole number")]);
}

#[test]
fn all_faults_come_at_once() {
    let mut document = base();
    for (pointer, value) in [
        ("/version", json!(3)),
        ("/conference/slug", json!("No")),
        ("/conference/startsOn", json!("soon")),
        ("/conference/timeZone", json!("Lisbon")),
        ("/rooms/1/link", json!("javascript:1")),
        ("/people/0/orcid", json!("0000-0002-1825-0090")),
        ("/panels/0/kind", json!("Panel")),
        ("/panels/0/papers/1/titel", json!("Silt")),
        ("/panels/0/track", json!("LAND")),
        ("/panels/1/papers/0/authors", json!([{"person": "nobody"}])),
    ] {
        put(&mut document, pointer, value);
    }
    let mut found: Vec<String> = faults(document.to_string().as_bytes()).into_iter().map(|it| it.0).collect();
    found.sort();
    let expected = [
        "/conference/slug",
        "/conference/startsOn",
        "/conference/timeZone",
        "/panels/0/kind",
        "/panels/0/papers/1/titel",
        "/panels/0/track",
        "/panels/1/papers/0/authors/0/person",
        "/people/0/orcid",
        "/rooms/1/link",
        "/version",
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_first_fifty_are_kept_and_more_is_said() {
    let document = with("/people", json!(vec![json!(1); 200]));
    let faults = super::read(document.to_string().as_bytes()).unwrap_err();
    assert_eq!(faults.list().len(), 50);
    assert_eq!(faults.list()[49].pointer, "/people/49");
    assert!(faults.to_string().ends_with("\n(these are the first 50; there may be more)"));
    let few = super::read(with("/people/0", json!(1)).to_string().as_bytes()).unwrap_err();
    assert_eq!(few.to_string(), "/people/0: expected an object, found a number");
}

/// What is said of a panel is written for each of its sessions, so that a short file may be a very long schedule.
#[test]
fn a_program_is_not_far_longer_where_it_is_written() {
    let sessions = |from: usize, n: usize| {
        (from..from + n).map(|n| json!({"key": format!("s{n}"), "number": n + 1})).collect::<Vec<_>>()
    };
    expect(&with("/panels/1/sessions", json!(sessions(5, 1_000))), &[]);
    expect(
        &with("/panels/1/sessions", json!(sessions(5, 1_001))),
        &[("/panels/1/sessions", "the panel has 1001 sessions; the limit is 1000")],
    );
    let long = "a".repeat(50_000);
    let panel = |n: usize| json!({"code": format!("L{n}"), "title": "T", "abstract": long, "sessions": sessions(1_000 * n, 1_000)});
    let panels = |n: usize| json!((1..=n).map(panel).collect::<Vec<_>>());
    let mut document = base();
    put(&mut document, "/panels", panels(5));
    expect(&document, &[]);
    put(&mut document, "/panels", panels(6));
    let limit = "what is told of the panels, once for each of their sessions, is more than 256 MB up to here";
    expect(&document, &[("/panels/5/sessions", limit)]);
    // A track's name, which may be as long.
    let panel = |n: usize| json!({"code": format!("L{n}"), "title": "T", "track": "SEA", "sessions": sessions(1_000 * n, 1_000)});
    put(&mut document, "/tracks/0/name", json!(long));
    put(&mut document, "/panels", json!((1..=6).map(panel).collect::<Vec<_>>()));
    expect(&document, &[("/panels/5/sessions", limit)]);
    // Papers with their authors, given again and again.
    let authors: Vec<_> = (0..2_000).map(|n| json!({"person": format!("p{n}")})).collect();
    let people: Vec<_> = (0..2_000).map(|n| json!({"key": format!("p{n}"), "name": "N"})).collect();
    let slots = json!(vec![json!({"paper": "x"}); 2_000]);
    put(&mut document, "/people", json!(people));
    put(
        &mut document,
        "/panels",
        json!([{"code": "P", "title": "T", "papers": [{"key": "x", "title": "X", "authors": authors}],
                "sessions": [{"key": "s", "number": 1, "slots": slots}]}]),
    );
    expect(&document, &[("/panels/0/sessions", limit)]);
}
