//! What is written.

use serde_json::json;

use super::*;
use crate::format::read::tests::put;
use crate::format::write::tests::any::rename;

#[test]
fn a_program_as_a_schedule() {
    let program = program(&file(&small()));
    // A release changes no snapshot.
    let same = |text: String| text.replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"VERSION\"");
    insta::assert_snapshot!("schedule.xml", same(xml(&program)));
    insta::assert_snapshot!("schedule.json", same(serde_json::to_string_pretty(&value(&program)).unwrap()));
}

#[test]
fn nothing_that_is_not_public_is_written() {
    let private = rename(file(&small()), |what, key| {
        if what != "track" {
            *key = format!("CANARY-{key}@canary.example");
        }
    });
    for file in [file(&small()), private] {
        let program = program(&file);
        let text = xml(&program) + &text(&program);
        assert!(!text.contains("CANARY") && !text.contains("canary") && !text.contains('@'), "{text}");
    }
}

/// What is to be announced or cancelled has no place; what is there is there once.
#[test]
fn the_events_are_those_that_have_a_time_and_take_place() {
    let schedule = value(&program(&file(&small())));
    let titles: Vec<_> =
        events(&schedule).iter().map(|event| (event["title"].clone(), event["subtitle"].clone())).collect();
    assert_eq!(
        titles,
        [
            (json!("Salt"), json!("Session 1")),
            (json!("Salt"), json!("More salt")),
            (json!("A walk"), json!("Session 1"))
        ]
    );
}

#[test]
fn days_break_at_four() {
    for (start, day) in
        [("03:59", "2026-10-23"), ("04:00", "2026-10-24"), ("00:00", "2026-10-23"), ("23:59", "2026-10-24")]
    {
        let mut wanted = small();
        put(&mut wanted, "/panels/0/sessions", json!([]));
        put(
            &mut wanted,
            "/panels/1/sessions",
            json!([{"key": "x", "number": 1, "date": "2026-10-24", "start": start}]),
        );
        let schedule = value(&program(&file(&wanted)));
        let days = schedule["schedule"]["conference"]["days"].as_array().unwrap();
        let found = days.iter().find(|day| !day["rooms"].as_object().unwrap().is_empty()).unwrap();
        assert_eq!(found["date"], day, "{start}");
        assert_eq!(events(&schedule)[0]["start"], start);
        let indexes: Vec<_> = days.iter().map(|day| day["index"].as_u64().unwrap()).collect();
        assert_eq!(indexes, (1..=days.len() as u64).collect::<Vec<_>>());
    }
}

/// The night when clocks are set back: an end is after as many minutes as pass.
#[test]
fn a_duration_is_what_passes() {
    let mut wanted = small();
    let session = |start, end, fold| json!({"key": format!("{start}{end}{fold}"), "number": 1, "date": "2026-10-25", "start": start, "end": end, "fold": fold});
    for (start, end, fold, date, duration) in [
        ("01:30", "01:45", 0, "2026-10-25T01:30:00+01:00", "00:15"),
        ("01:30", "01:45", 1, "2026-10-25T01:30:00+00:00", "00:15"),
        ("01:30", "01:15", 0, "2026-10-25T01:30:00+01:00", "00:45"),
        ("00:30", "02:30", 0, "2026-10-25T00:30:00+01:00", "03:00"),
        ("12:00", "11:59", 0, "2026-10-25T12:00:00+00:00", "23:59"),
    ] {
        put(&mut wanted, "/panels/0/sessions", json!([]));
        put(&mut wanted, "/panels/1/sessions", json!([session(start, end, fold)]));
        let event = &events(&value(&program(&file(&wanted))))[0];
        assert_eq!((event["date"].as_str().unwrap(), event["duration"].as_str().unwrap()), (date, duration));
    }
}

/// Without an end an event lasts as long as its papers are known to.
#[test]
fn an_end_to_be_announced_is_that_of_the_papers() {
    let mut wanted = small();
    put(&mut wanted, "/panels/0/sessions/0/end", json!(null));
    assert_eq!(events(&value(&program(&file(&wanted))))[0]["duration"], "00:30");
    put(&mut wanted, "/panels/0/sessions/0/slots/0/minutes", json!(null));
    assert_eq!(events(&value(&program(&file(&wanted))))[0]["duration"], "00:00");
}

/// Rooms are known by their names, so no two have the same.
#[test]
fn rooms_have_names_of_their_own() {
    let mut wanted = small();
    let names = ["Hall", "Hall", "Hall (2)", " ", "Room", "To be announced", "A\nB"];
    let rooms: Vec<_> = names.iter().zip(0..).map(|(name, n)| json!({"key": format!("r{n}"), "name": name})).collect();
    let sessions: Vec<_> = (0..=names.len())
        .map(|n| {
            let room = if n < names.len() { json!([{"room": format!("r{n}")}]) } else { json!([]) };
            json!({"key": format!("k{n}"), "number": n + 1, "date": "2026-10-24", "start": "10:00", "rooms": room})
        })
        .collect();
    put(&mut wanted, "/rooms", json!(rooms));
    put(&mut wanted, "/panels", json!([{"code": "P", "title": "P", "sessions": sessions}]));
    let schedule = value(&program(&file(&wanted)));
    let found: Vec<_> =
        schedule["schedule"]["conference"]["days"][0]["rooms"].as_object().unwrap().keys().cloned().collect();
    let expected =
        ["Hall", "Hall (2)", "Hall (2) (2)", "Room", "Room (2)", "To be announced", "A B", "To be announced (2)"];
    assert_eq!(found, expected);
    let told: Vec<_> = schedule["schedule"]["conference"]["rooms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|room| room["name"].clone())
        .collect();
    assert_eq!(told, expected[..7]);
}

#[test]
fn addresses_are_strict() {
    use crate::format::schedule::text::address;
    for good in [
        "https://a.example",
        "http://127.0.0.1:8000/",
        "https://[::1]:8000/a?b=%20#c",
        "https://a.example/~x/(y);z=1,2",
    ] {
        assert_eq!(address(good).as_deref(), Some(good));
    }
    for (lax, strict) in [
        ("https://münchen.example/ä|b", "https://xn--mnchen-3ya.example/%C3%A4%7Cb"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://a.example/[x]?[y]#a#b", "https://a.example/%5Bx%5D?%5By%5D#a%23b"),
        ("https://a.example:/", "https://a.example/"),
        ("https:///a.example", "https://a.example/"),
        ("https://a.example?q={1}", "https://a.example/?q=%7B1%7D"),
    ] {
        assert_eq!(address(lax).as_deref(), Some(strict), "{lax}");
    }
    for bad in ["", "ftp://a.example", "https://", "https://a b/", "mailto:a@b.example"] {
        assert_eq!(address(bad), None, "{bad}");
    }
}
