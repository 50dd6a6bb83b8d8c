//! Calendars that applications subscribe to: what they get, and what becomes of it when the program changes.

use axum::http::StatusCode;
use plenary::format::calendar::{Calendar, Extent};
use serde_json::json;

use super::{event, found, get, header, movable, property};
use crate::desk::{done, organizer};
use crate::organize::small;
use crate::support::both;
use crate::support::files::{file, small as small_file};

const CALENDAR: &str = "/c/small/calendar.ics";

fn summaries(calendar: &str) -> Vec<String> {
    let whole = calendar.replace("\r\n ", "");
    whole.split("\r\n").filter_map(|line| line.strip_prefix("SUMMARY:")).map(str::to_owned).collect()
}

both! {
    /// All of it, to the letter.
    async fn the_conference(world) {
        world.import(&file(&small_file())).await;
        let calendar = found(world, CALENDAR).await;
        assert!(calendar.ends_with("\r\n") && calendar.split_terminator("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
        insta::assert_snapshot!("the_conference", calendar.replace("\r\n", "\n"));
    }

    /// A session that is moved is the same event, moved; and newer.
    async fn a_session_is_moved(world) {
        let olga = movable(world).await;
        let before = event(&found(world, CALENDAR).await, "P2.1 Early things");
        assert_eq!(property(&before, "DTSTART"), "20270712T090000");
        let session = world.id_of("sessions", "startTime", "09:00").await;
        done(world, &olga, "scheduleSession", json!({"id": session, "date": "2027-07-13", "startTime": "11:00", "endTime": "12:30"}), "__typename").await;
        let after = event(&found(world, CALENDAR).await, "P2.1 Early things");
        assert_eq!(property(&after, "UID"), property(&before, "UID"));
        assert_eq!((property(&after, "DTSTART"), property(&after, "DTEND")), ("20270713T110000".into(), "20270713T123000".into()));
        let sequence = |event: &[(String, String)]| property(event, "SEQUENCE").parse::<i64>().unwrap();
        assert!(sequence(&after) > sequence(&before));
        // Whatever else it shows makes it newer too: the panel's title, a room's name, a paper's title, an author's name.
        let (room, panel) = (world.id_of("rooms", "name", "Hall").await, world.id_of("panels", "code", "P2").await);
        let paper = world.id_of("papers", "title", "Zebra crossings").await;
        let person = world.id_of("people", "name", "Día García").await;
        let track = world.id_of("tracks", "code", "T1").await;
        let mut last = sequence(&after);
        for (mutation, input) in [
            ("updateRoom", json!({"id": room, "name": "Great hall"})),
            ("updatePaper", json!({"id": paper, "title": "Zebras cross"})),
            ("updatePerson", json!({"id": person, "name": "Dia G."})),
            ("updateTrack", json!({"id": track, "name": "Number one"})),
            ("updatePanel", json!({"id": panel, "title": "First things"})),
        ] {
            done(world, &olga, mutation, input, "__typename").await;
            let calendar = found(world, CALENDAR).await;
            let title = summaries(&calendar).into_iter().find(|title| title.starts_with("P2.1")).unwrap();
            let now = sequence(&event(&calendar, &title));
            assert!(now > last, "{mutation}");
            last = now;
        }
        let event = event(&found(world, CALENDAR).await, "P2.1 First things");
        assert_eq!((property(&event, "LOCATION"), property(&event, "CATEGORIES")), ("Great hall\\, Online".into(), "Number one".into()));
        assert!(property(&event, "DESCRIPTION").contains("\\nZebras cross (Ann Lee\\, Dia G.)\\n"));
    }

    /// What is cancelled stays, as cancelled; what is to be announced is not there.
    async fn cancelled_and_to_be_announced(world) {
        let olga = movable(world).await;
        let session = world.id_of("sessions", "startTime", "09:00").await;
        assert_eq!(summaries(&found(world, CALENDAR).await), ["P2.1 Early things", "P2.2 Early things"]);
        done(world, &olga, "cancelSession", json!({ "id": session }), "__typename").await;
        let calendar = found(world, CALENDAR).await;
        assert_eq!(property(&event(&calendar, "P2.1 Early things"), "STATUS"), "CANCELLED");
        assert_eq!(property(&event(&calendar, "P2.2 Early things"), "STATUS"), "CONFIRMED");
        let panel = world.id_of("panels", "code", "P2").await;
        done(world, &olga, "cancelPanel", json!({ "id": panel }), "__typename").await;
        let calendar = found(world, CALENDAR).await;
        assert_eq!(property(&event(&calendar, "P2.2 Early things"), "STATUS"), "CANCELLED");
        done(world, &olga, "scheduleSession", json!({"id": session, "date": null}), "__typename").await;
        assert_eq!(summaries(&found(world, CALENDAR).await), ["P2.2 Early things"]);
    }

    /// A day's, a room's, a panel's and a session's own; and none of what is not there.
    async fn in_parts(world) {
        organizer(world).await;
        let room = world.id_of("rooms", "name", "Hall").await;
        let (panel, other) = (world.id_of("panels", "code", "P2").await, world.id_of("panels", "code", "P10").await);
        let session = world.id_of("sessions", "startTime", "23:00").await;
        for (path, titles) in [
            ("day/2027-07-12".to_owned(), vec!["P2.1 Early things", "P2.2 Early things"]),
            ("day/2027-07-13".to_owned(), vec![]),
            (format!("room/{room}"), vec!["P2.1 Early things"]),
            (format!("panel/{panel}"), vec!["P2.1 Early things", "P2.2 Early things"]),
            (format!("panel/{other}"), vec![]),
            (format!("session/{session}"), vec!["P2.2 Early things"]),
        ] {
            let calendar = found(world, &format!("/c/small/{path}.ics")).await;
            assert_eq!(summaries(&calendar), titles, "{path}");
            assert!(calendar.replace("\r\n ", "").contains(&format!("/c/small/{path}.ics\r\n")), "{calendar}");
        }
        for path in [
            "day/2027-07-14.ics".to_owned(), "day/2027-7-12.ics".into(), "day/tomorrow.ics".into(), "day/2027-07-12".into(),
            format!("room/{panel}.ics"), format!("session/{session}"), "session/x.ics".into(), format!("paper/{panel}.ics"),
            "calendar.pdf".into(), "day/../calendar.ics".into(),
        ] {
            let (status, _, text) = get(world, &format!("/c/small/{path}"), &[]).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {text}");
        }
        // An id of another conference is none of this one's.
        let mut other = small_file();
        other["conference"]["slug"] = json!("other");
        world.import(&file(&other)).await;
        assert_eq!(get(world, &format!("/c/other/room/{room}.ics"), &[]).await.0, StatusCode::NOT_FOUND);
    }

    /// Where the clocks show a time twice, the right one is meant; past midnight it is the next day.
    async fn when_clocks_are_set(world) {
        let mut program = small_file();
        program["conference"]["startsOn"] = json!("2027-10-30");
        program["conference"]["endsOn"] = json!("2027-10-31");
        program["panels"][0]["sessions"] = json!([]);
        program["panels"][1]["sessions"] = json!([
            {"key": "a", "number": 1, "date": "2027-10-31", "start": "01:30", "end": "01:45"},
            {"key": "b", "number": 2, "date": "2027-10-31", "start": "01:30", "end": "01:45", "fold": 1},
            {"key": "c", "number": 3, "date": "2027-10-30", "start": "23:30", "end": "00:15"},
            {"key": "d", "number": 4, "date": "2027-10-30", "start": "10:00",
             "slots": [{"paper": "x1", "start": "10:00", "minutes": 30}, {"paper": "x2", "start": "10:30", "minutes": 45}]},
            {"key": "e", "number": 5, "date": "2027-10-30", "start": "10:00"}
        ]);
        world.import(&file(&program)).await;
        let calendar = found(world, CALENDAR).await;
        let times = |number: u8| {
            let event = event(&calendar, &format!("P2.{number} Early things"));
            let time = |name: &str| event.iter().find(|(own, _)| own.starts_with(name)).map(|(name, value)| format!("{name}:{value}"));
            (time("DTSTART").unwrap(), time("DTEND"))
        };
        let local = |name: &str, time: &str| format!("{name};TZID=Europe/Lisbon:{time}");
        assert_eq!(times(1), (local("DTSTART", "20271031T013000"), Some(local("DTEND", "20271031T014500"))));
        assert_eq!(times(2), ("DTSTART:20271031T013000Z".into(), Some("DTEND:20271031T014500Z".into())));
        assert_eq!(times(3), (local("DTSTART", "20271030T233000"), Some(local("DTEND", "20271031T001500"))));
        assert_eq!(times(4).1, Some(local("DTEND", "20271030T111500")), "with the last paper");
        assert_eq!(times(5).1, None, "nobody knows");
        assert!(calendar.contains("BEGIN:DAYLIGHT\r\nDTSTART:20270328T010000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100\r\nTZNAME:WEST\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\nDTSTART:20271031T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000\r\nTZNAME:WET\r\nEND:STANDARD\r\n"), "{calendar}");
    }

    /// Whatever stands in a title, it makes no event and ends none.
    async fn titles_are_only_titles(world) {
        let mut program = small_file();
        let bad = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\r\nSUMMARY:owned;\\,\\n\"";
        program["panels"][1]["title"] = json!(bad);
        program["panels"][1]["papers"][0]["title"] = json!(bad);
        program["panels"][1]["abstract"] = json!(bad);
        program["panels"][1]["url"] = json!("https://example.org/;a,b");
        program["rooms"][0]["name"] = json!(bad);
        program["people"][0]["name"] = json!(bad);
        program["tracks"][0]["name"] = json!(bad);
        program["conference"]["name"] = json!(bad);
        world.import(&file(&program)).await;
        let calendar = found(world, CALENDAR).await;
        let lines: Vec<&str> = calendar.split("\r\n").collect();
        assert_eq!(lines.iter().filter(|line| **line == "BEGIN:VEVENT").count(), 2, "{calendar}");
        assert!(!lines.iter().any(|line| line.starts_with("UID:evil")));
        assert_eq!(summaries(&calendar)[0], "P2.1 x\\nEND:VEVENT\\nBEGIN:VEVENT\\nUID:evil\\nSUMMARY:owned\\;\\\\\\,\\\\n\"");
    }

    /// The addresses are in the graph, so that nobody has to guess them.
    async fn addresses(world) {
        let olga = organizer(world).await;
        let query = r#"{ conference(slug: "small") { calendarUrl days { date calendarUrl } rooms { calendarUrl }
            panels { nodes { calendarUrl } } sessions { nodes { calendarUrl } } } }"#;
        let data = world.data(query, json!({})).await;
        let mut urls = Vec::new();
        fn collect(value: &serde_json::Value, urls: &mut Vec<String>) {
            match value {
                serde_json::Value::Object(map) => map.iter().for_each(|(name, value)| match (name.as_str(), value.as_str()) {
                    ("calendarUrl", Some(url)) => urls.push(url.to_owned()),
                    _ => collect(value, urls),
                }),
                serde_json::Value::Array(list) => list.iter().for_each(|value| collect(value, urls)),
                _ => {}
            }
        }
        collect(&data, &mut urls);
        assert_eq!(urls.len(), 1 + 2 + 2 + 2 + 4);
        for url in &urls {
            let path = url.strip_prefix("http://127.0.0.1:8000").unwrap();
            let (status, headers, text) = get(world, path, &[]).await;
            assert_eq!((status, header(&headers, "content-type").as_str()), (StatusCode::OK, "text/calendar; charset=utf-8"), "{url}");
            assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && text.ends_with("END:VCALENDAR\r\n"));
        }
        // A conference that is not published has none.
        done(world, &olga, "unpublishConference", json!({"id": small(world).await}), "__typename").await;
        world.sweep().await;
        assert_eq!(get(world, CALENDAR, &[]).await.0, StatusCode::NOT_FOUND);
    }
}

/// The zone reaches as far as the last papers do, where the end of a session is to be announced.
#[test]
fn a_zone_reaches_to_the_end_of_papers() {
    let mut program = small_file();
    program["panels"] = json!([{"code": "P", "title": "Night", "papers": [{"key": "x", "title": "X"}], "sessions": [
        {"key": "s", "number": 1, "date": "2027-10-31", "start": "00:30", "slots": [{"paper": "x", "start": "00:30", "minutes": 180}]}]}]);
    let program = crate::support::programs::program(&file(&program));
    let mut out = Vec::new();
    Calendar::public(&program, Extent::Conference, "https://plenary.example/c/small/calendar.ics".into(), 15)
        .write(&mut out);
    let calendar = String::from_utf8(out).unwrap();
    assert!(calendar.contains("DTEND;TZID=Europe/Lisbon:20271031T023000"), "{calendar}");
    assert!(
        calendar.contains("BEGIN:DAYLIGHT") && calendar.contains("BEGIN:STANDARD\r\nDTSTART:20271031T020000"),
        "{calendar}"
    );
}
