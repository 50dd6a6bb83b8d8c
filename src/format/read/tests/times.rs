//! Dates and times: their form, whether they exist, and what goes with what.

use chrono::{DateTime, NaiveTime, Utc};
use serde_json::{Value, json};

use super::{expect, put, read, with};

const SESSION: &str = "/panels/0/sessions/0";

fn session(changes: Value) -> Value {
    let mut document = with("/panels/0/sessions/0/slots", json!([{"paper": "a"}]));
    for (name, value) in changes.as_object().unwrap() {
        put(&mut document, &format!("{SESSION}/{name}"), value.clone());
    }
    document
}

#[test]
fn a_date_exists_and_is_written_as_one() {
    for bad in
        ["2026-02-29", "2026-13-01", "2026-10-4", "2026-10- 4", "+202-10-24", "24.10.2026", "2026-10-24T00:00", ""]
    {
        for pointer in ["/conference/startsOn", "/panels/0/sessions/0/date"] {
            expect(&with(pointer, json!(bad)), &[(pointer, "is no date; write it as 2026-07-13")]);
        }
    }
}

#[test]
fn a_time_exists_and_is_written_as_one() {
    for bad in ["24:00", "10:60", "9:30", " 9:30", "09:3 ", "09.30", "09:30:00", "٠٩:٣٠", ""] {
        for pointer in ["/panels/0/sessions/0/start", "/panels/0/sessions/0/end", "/panels/0/sessions/0/slots/0/start"]
        {
            expect(&with(pointer, json!(bad)), &[(pointer, "is no time of day; write it as 09:30")]);
        }
    }
}

#[test]
fn an_instant_is_kept_to_the_microsecond() {
    let pointer = "/conference/settings/linksOpenAt";
    for (text, kept) in [
        ("2026-10-20T08:00:00Z", "2026-10-20T08:00:00Z"),
        ("2026-10-20T10:00:00.123456789+02:00", "2026-10-20T08:00:00.123456Z"),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
    ] {
        let program = read(with(pointer, json!(text)).to_string().as_bytes()).unwrap();
        assert_eq!(program.conference.settings.links_open_at, Some(Some(kept.parse::<DateTime<Utc>>().unwrap())));
    }
    for bad in ["2026-10-20", "2026-10-20T08:00:00", "soon", "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00Z"] {
        expect(&with(pointer, json!(bad)), &[(pointer, "is no instant; write it as 2026-07-13T07:00:00Z")]);
    }
    let settings =
        |value| read(with("/conference/settings", value).to_string().as_bytes()).unwrap().conference.settings;
    assert_eq!(settings(json!({"linksOpenAt": null})).links_open_at, Some(None));
    assert_eq!(settings(json!({})).links_open_at, None);
}

#[test]
fn a_zone_has_a_name_of_iana() {
    for bad in ["Lisbon", "europe/lisbon", "UTC+1", "../etc/passwd"] {
        expect(&with("/conference/timeZone", json!(bad)), &[("/conference/timeZone", "is no time zone")]);
    }
}

#[test]
fn a_conference_ends_when_it_has_started() {
    let (starts, ends) = ("/conference/startsOn", "/conference/endsOn");
    let mut document = with(ends, json!("2026-10-23"));
    expect(&document, &[(ends, "the conference ends on 2026-10-23 but starts on 2026-10-24")]);
    put(&mut document, starts, json!("2026-10-23"));
    expect(&document, &[]);
    expect(&with(ends, json!("2027-10-26")), &[(ends, "lasts more than a year")]);
    let mut document = with(starts, json!("1026-10-24"));
    put(&mut document, ends, json!("1026-10-26"));
    put(&mut document, "/panels/0/sessions", json!([]));
    expect(&document, &[(starts, "is no date of a conference"), (ends, "is no date of a conference")]);
}

#[test]
fn a_session_is_near_the_conference() {
    let date = format!("{SESSION}/date");
    for (day, is_near) in [("2025-10-23", true), ("2025-10-22", false), ("2027-10-27", true), ("2027-10-28", false)] {
        let fault = [(date.as_str(), "is more than a year from the conference")];
        let faults = if is_near { &fault[..0] } else { &fault[..] };
        expect(&session(json!({"date": day})), faults);
        // The same of one that has no time yet.
        expect(&session(json!({"date": day, "start": null, "end": null})), faults);
    }
}

#[test]
fn an_end_needs_a_start_and_a_start_a_date() {
    let (start, end) = (format!("{SESSION}/start"), format!("{SESSION}/end"));
    expect(&session(json!({"date": null})), &[(&start, "a start needs a date")]);
    expect(&session(json!({"start": null})), &[(&end, "an end needs a start")]);
    expect(&session(json!({"date": null, "start": null})), &[(&end, "an end needs a start")]);
    for tba in
        [json!({"end": null}), json!({"start": null, "end": null}), json!({"date": null, "start": null, "end": null})]
    {
        expect(&session(tba), &[]);
    }
    expect(&session(json!({"end": "10:00"})), &[(&end, "the session ends when it starts")]);
    expect(&session(json!({"end": "09:00"})), &[]);
}

#[test]
fn clocks_set_forward_leave_times_out() {
    let (start, end) = (format!("{SESSION}/start"), format!("{SESSION}/end"));
    let gap = "01:30 does not exist on that day in Europe/Lisbon: clocks are set forward over it";
    let spring = |start, end| session(json!({"date": "2026-03-29", "start": start, "end": end}));
    expect(&spring("01:30", "03:00"), &[(&start, gap)]);
    expect(&spring("00:30", "01:30"), &[(&end, gap)]);
    expect(&spring("00:30", "02:00"), &[]);
    let mut document = spring("00:30", "03:00");
    put(&mut document, "/panels/0/sessions/0/slots", json!([{"paper": "a", "start": "01:30"}]));
    expect(&document, &[("/panels/0/sessions/0/slots/0/start", gap)]);
}

#[test]
fn clocks_set_back_give_a_time_twice() {
    let autumn = |fold| session(json!({"date": "2026-10-25", "start": "01:30", "end": "02:30", "fold": fold}));
    for fold in [0, 1] {
        expect(&autumn(fold), &[]);
        let program = read(autumn(fold).to_string().as_bytes()).unwrap();
        assert_eq!(i32::from(program.panels[0].sessions[0].fold), fold);
    }
}

#[test]
fn a_slot_starts_while_its_session_lasts() {
    let start = "/panels/0/sessions/0/slots/0/start";
    for (time, is_inside) in [("09:59", false), ("10:00", true), ("11:29", true), ("11:30", false)] {
        let fault = [(start, "is outside the session; a slot starts while its session lasts")];
        expect(&with(start, json!(time)), if is_inside { &fault[..0] } else { &fault[..] });
    }
    let needs = [(start, "a slot's start needs a session that has a date and a start")];
    for changes in [json!({"date": null, "start": null, "end": null}), json!({"start": null, "end": null})] {
        let mut document = session(changes);
        put(&mut document, start, json!("10:00"));
        expect(&document, &needs);
    }
    // Past midnight.
    let mut document = session(json!({"start": "23:00", "end": "01:00"}));
    put(&mut document, start, json!("00:30"));
    expect(&document, &[]);
    let program = read(document.to_string().as_bytes()).unwrap();
    assert_eq!(program.panels[0].sessions[0].slots[0].start, NaiveTime::from_hms_opt(0, 30, 0));
}
