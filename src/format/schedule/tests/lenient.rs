//! What is read, and what is said of the rest.

use chrono::{NaiveDate, NaiveTime};
use entity::enums::{PanelKind, Role, RoomKind};

use super::*;
use crate::format::program_file::{Panel, Session};

pub(super) fn panel(inside: &str) -> (Panel, Vec<String>) {
    let (mut file, notes) = read_event(inside);
    (file.panels.remove(0), notes)
}

pub(super) fn session(inside: &str) -> (Session, Vec<String>) {
    let (mut panel, notes) = panel(inside);
    (panel.sessions.remove(0), notes)
}

fn date(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

pub(super) fn time(text: &str) -> Option<NaiveTime> {
    Some(NaiveTime::parse_from_str(text, "%H:%M").unwrap())
}

/// Whether there is one note with this in it, and no other.
#[track_caller]
pub(super) fn only(notes: &[String], part: &str) {
    assert!(notes.len() == 1 && notes[0].contains(part), "{notes:#?} instead of one with {part:?}");
}

#[test]
fn an_event_is_a_panel_with_one_session() {
    let (file, notes) = read(
        "<day date='2026-10-25' index='2' start='2026-10-25T04:00:00+00:00' end='2026-10-26T04:00:00+00:00'>
           <room name='Aula' guid='0F0E0D0C-0B0A-4908-8706-050403020100'>
            <event guid='01234567-89AB-4def-8123-456789abcdef' id='7' code='ABC123'>
              <date>2026-10-25T10:00:00+00:00</date><start>10:00</start><duration>1:30</duration><room>Aula</room>
              <title>Foam &amp; <![CDATA[<froth>]]> &#x2014; all of it</title><subtitle/><type>Workshop</type><track>Sea</track>
              <language>pt_BR</language><abstract>Short.</abstract><description>Long.&#13;
              And longer.</description>
              <persons><person id='3' guid='11111111-1111-4111-8111-111111111111'>Inês</person><person id='4'>Omar</person></persons>
              <links><link href='https://sea.example/foam'>Foam</link></links>
              <url>https://sea.example/foam</url>
            </event>
          </room></day>",
    );
    assert_eq!(notes, [""; 0]);
    let guid = "01234567-89ab-4def-8123-456789abcdef";
    let panel = &file.panels[0];
    assert_eq!((panel.key.as_str(), panel.code.as_str()), (guid, "ABC123"));
    assert_eq!(panel.title, "Foam & <froth> — all of it");
    assert_eq!(
        (panel.kind, panel.track.as_deref(), panel.language.as_deref()),
        (PanelKind::Workshop, Some("Sea"), Some("pt-BR"))
    );
    assert_eq!(panel.short_abstract.as_deref(), Some("Short."));
    assert_eq!(panel.r#abstract.as_deref(), Some("Long.\n              And longer."));
    assert_eq!(panel.url.as_deref(), Some("https://sea.example/foam"));
    let roles: Vec<_> = panel.roles.iter().map(|role| (role.person.as_str(), role.role)).collect();
    assert_eq!(roles, [("11111111-1111-4111-8111-111111111111", Role::Speaker), ("4", Role::Speaker)]);
    let session = &panel.sessions[0];
    assert_eq!((session.key.as_str(), session.number), (guid, 1));
    assert_eq!(
        (session.date, session.start, session.end, session.fold),
        (date("2026-10-25"), time("10:00"), time("11:30"), 0)
    );
    assert_eq!(session.rooms[0].room, "0f0e0d0c-0b0a-4908-8706-050403020100");
    assert_eq!((file.rooms.len(), file.tracks.len(), file.people.len()), (1, 1, 2));
}

/// The date counts, with whatever offset it is written; where there is none, the day and the start.
#[test]
fn when_it_is() {
    for (inside, wanted) in [
        ("<date>2026-10-24T10:00:00+01:00</date>", ("2026-10-24", "10:00", None, 0)),
        ("<date>2026-10-24T09:00:00Z</date><duration>00:45</duration>", ("2026-10-24", "10:00", Some("10:45"), 0)),
        ("<date>2026-10-24T18:00+0900</date><duration>00:45:00</duration>", ("2026-10-24", "10:00", Some("10:45"), 0)),
        ("<date>2026-10-24 10:00</date><duration>23:59</duration>", ("2026-10-24", "10:00", None, 0)),
        ("<date>2026-10-24</date><start>9:05</start>", ("2026-10-24", "09:05", None, 0)),
        ("<start>23:30</start><duration>1:00</duration>", ("2026-10-24", "23:30", Some("00:30"), 0)),
        ("<start>03:59</start>", ("2026-10-25", "03:59", None, 0)),
        ("<start>04:00</start>", ("2026-10-24", "04:00", None, 0)),
        // The hour that there is twice.
        ("<date>2026-10-25T01:30:00+01:00</date><duration>0:45</duration>", ("2026-10-25", "01:30", Some("01:15"), 0)),
        ("<date>2026-10-25T01:30:00+00:00</date><duration>0:45</duration>", ("2026-10-25", "01:30", Some("02:15"), 1)),
    ] {
        let (found, _) = session(inside);
        let (day, start, end, fold) = wanted;
        let end = end.and_then(time).filter(|_| !inside.contains("23:59"));
        if !inside.contains("23:59") {
            assert_eq!(found.end, end, "{inside}");
        }
        assert_eq!((found.date, found.start, found.fold), (date(day), time(start), fold), "{inside}");
    }
    let (found, _) = session("<date>2026-10-24 11:00</date><duration>23:59</duration>");
    assert_eq!(found.end, time("09:59"), "the day has 25 hours");
}

#[test]
fn what_can_not_be_so_is_to_be_announced() {
    for (inside, open, part) in [
        ("", "start", "the event has no start"),
        ("<start>25:00</start>", "start", "the start is no time of day and is left out, as \"25:00\""),
        (
            "<date>soon</date><start>10:00</start><duration>0:00</duration>",
            "",
            "the date is none; the day that the event is listed under counts, as \"soon\"",
        ),
        ("<date>2026-03-29T01:30:00</date><duration>0:10</duration>", "start", "clocks are set forward over it"),
        ("<date>2030-03-29T01:30:00Z</date><duration>0:10</duration>", "date", "more than a year from the conference"),
        ("<start>10:00</start><duration>25:00</duration>", "end", "a day or longer"),
        ("<start>10:00</start><duration>99:59</duration>", "end", "a day or longer"),
        (
            "<start>10:00</start><duration>long</duration>",
            "end",
            "the duration is none; the end is to be announced, as \"long\"",
        ),
        ("<start>10:00</start>", "end", "has no duration"),
        ("<date>2026-10-24T10:00:30+01:00</date><duration>0:10</duration>", "", "the start has seconds"),
        (
            "<date>2026-10-24T10:00:00+01:00</date><start>09:00</start><duration>0:10</duration>",
            "",
            "is not the time of the date",
        ),
    ] {
        let (found, notes) = session(inside);
        assert_eq!(found.date.is_none(), open == "date", "{inside}");
        assert_eq!(found.start.is_none(), open == "start" || open == "date", "{inside}");
        let notes: Vec<String> =
            notes.into_iter().filter(|note| open != "start" || !note.contains("duration")).collect();
        only(&notes, part);
    }
    // No duration at all is what is written for an end that is to be announced.
    assert_eq!(session("<start>10:00</start><duration>0:00</duration>"), (session("<start>10:00</start>").0, vec![]));
}

#[test]
fn what_has_no_place_is_said_once() {
    let event = |n: usize| {
        format!(
            "<event guid='01234567-89ab-4def-8123-{n:012}' id='{n}' mood='good'><title>T</title><start>10:00</start>\
             <duration>1:00</duration><logo>https://sea.example/{n}.png</logo><subtitle/><recording><optout>true</optout></recording>\
             <attachments/><links/></event>\n"
        )
    };
    let events: String = (1..=1000).map(event).collect();
    let (file, notes) =
        read(&format!("<day date='2026-10-24'><room name='Aula'>\n{events}</room></day><extra>1</extra>"));
    assert_eq!(file.panels.len(), 1000);
    assert_eq!(
        notes,
        [
            "line 4, <event> 01234567-89ab-4def-8123-000000000001: mood=\"…\" of <event> has no place in a program and is left out (1000 times, here first)",
            "line 4, <event> 01234567-89ab-4def-8123-000000000001: <logo> has no place in a program and is left out (1000 times, here first)",
            "line 4, <event> 01234567-89ab-4def-8123-000000000001: <recording> has no place in a program and is left out (1000 times, here first)",
            "the document: <extra> has no place in a program and is left out",
        ]
    );
}

#[test]
fn a_flood_of_different_things_is_cut() {
    let inside: String = (0..5000).map(|n| format!("<x{n}>1</x{n}>")).collect();
    let (_, notes) = read_event(&format!("<start>10:00</start><duration>1:00</duration>{inside}"));
    assert_eq!(notes.len(), 101);
    assert_eq!(notes[100], "the document: 4900 more things of other kinds are left out");
}

#[test]
fn texts_are_made_to_fit() {
    let long = "x".repeat(60_000);
    let inside = format!(
        "<start>10:00</start><duration>1:00</duration><abstract>{long}</abstract><description>a\u{1}b&#2;c\u{85}&#0;</description>"
    );
    let (found, notes) = panel(&inside);
    assert_eq!(found.short_abstract.map(|text| text.len()), Some(50_000));
    assert_eq!(found.r#abstract.as_deref(), Some("abc"));
    assert!(
        notes.iter().any(|note| note.contains("the abstract is cut: it is longer than 50000 characters")),
        "{notes:?}"
    );
    assert!(notes.iter().any(|note| note.contains("the description has control characters")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("a reference stands for no character")), "{notes:?}");
    let (found, notes) = panel(
        "<start>10:00</start><duration>1:00</duration><subtitle>Of the sea</subtitle><abstract>A.</abstract><description>One <b>bold</b> word</description>",
    );
    assert_eq!(
        (found.short_abstract.as_deref(), found.r#abstract.as_deref()),
        (Some("Of the sea\n\nA."), Some("One bold word"))
    );
    only(&notes, "<description> has <b> inside; only the text counts");
}

#[test]
fn an_event_without_a_title_has_one_all_the_same() {
    let (file, notes) = read(
        "<day date='2026-10-24'><room name='A'><event id='5'><title> </title><start>10:00</start><duration>1:00</duration></event></room></day>",
    );
    assert_eq!(file.panels[0].title, "5");
    only(&notes, "the event has no title");
}

/// What is printed is short and is nobody else's; what it is known by stays.
#[test]
fn codes_and_keys() {
    let event = |attributes: &str| {
        format!("<event {attributes}><title>T</title><start>10:00</start><duration>1:00</duration></event>")
    };
    let guid = |n: u8| format!("guid='00000000-0000-4000-8000-0000000000{n:02}'");
    let all = [
        format!("{} id='1' code='AAAAAA'", guid(1)),
        format!("{} id='2' code='BBBBBB'", guid(2)),
        format!("{} id='3' code='BBBBBB'", guid(3)),
        format!("{} id='3'", guid(4)),
        "id='9'".into(),
        "id='9'".into(),
        "code='CCCCCC'".into(),
        guid(4),
    ];
    let inside: String = all.iter().map(|attributes| event(attributes)).collect();
    let (file, notes) = read(&format!("<day date='2026-10-24'><room name='A'>{inside}</room></day>"));
    let found: Vec<_> = file.panels.iter().map(|panel| (panel.key.as_str(), panel.code.as_str())).collect();
    assert_eq!(
        found,
        [
            ("00000000-0000-4000-8000-000000000001", "AAAAAA"),
            ("00000000-0000-4000-8000-000000000002", "2"),
            ("00000000-0000-4000-8000-000000000003", "00000000-0000-4000-8000-000000000003"),
            ("00000000-0000-4000-8000-000000000004", "00000000-0000-4000-8000-000000000004"),
            ("9", "9"),
            ("9:2", "9:2"),
            ("CCCCCC", "CCCCCC"),
            ("00000000-0000-4000-8000-000000000004:2", "00000000-0000-4000-8000-000000000004:2"),
        ]
    );
    only(&notes, "is another's already");
}

#[test]
fn rooms_people_and_tracks_are_what_they_are_called() {
    let guid = "00000000-0000-4000-8000-000000000001";
    let event = |n: u8, inside: &str| {
        format!("<event id='{n}'><title>T</title><start>10:00</start><duration>1:00</duration>{inside}</event>")
    };
    let (file, notes) = read(&format!(
        "<day date='2026-10-24'><room name='A' guid='{guid}'>{}</room><room name='B' guid='{guid}'>{}</room><room name='C'>{}</room></day>
         <day date='2026-10-25'><room name='A'>{}</room><room name='To be announced'>{}</room></day>",
        event(1, "<persons><person guid='x'>One</person><person guid='x'>One</person></persons><track>Sea</track>"),
        event(2, "<persons><person guid='x'>Two</person><person>One</person><person id='7'/></persons><track>Sea</track>"),
        event(3, "<persons><person>One</person></persons>"),
        event(4, ""),
        event(5, ""),
    ));
    let rooms: Vec<_> = file.rooms.iter().map(|room| (room.key.as_str(), room.name.as_str())).collect();
    assert_eq!(rooms, [(guid, "A"), ("B", "B"), ("C", "C")]);
    let used: Vec<_> =
        file.panels.iter().map(|panel| panel.sessions[0].rooms.first().map(|room| room.room.as_str())).collect();
    assert_eq!(used, [Some(guid), Some("B"), Some("C"), Some(guid), None]);
    let people: Vec<_> = file.people.iter().map(|person| (person.key.as_str(), person.name.as_str())).collect();
    assert_eq!(people, [("x", "One"), ("One", "One")]);
    assert_eq!(file.tracks.len(), 1);
    let all = notes.join("\n");
    for part in ["one guid", "named twice", "another name elsewhere", "has no name"] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert_eq!(notes.len(), 4, "{all}");
}

/// The slug and the zone are the file's, or those that are wanted.
#[test]
fn the_terms_count_more_than_the_file() {
    let read = |acronym: &str, zone: &str, slug: Option<&str>, wanted: Option<&str>| {
        let text = format!(
            "<schedule><conference><acronym>{acronym}</acronym>{zone}</conference><day date='2026-10-24'><room name='A'><event id='1'>\
             <date>2026-10-24T10:00:00Z</date><title>T</title></event></room></day></schedule>"
        );
        let terms = Terms { slug: slug.map(str::to_owned), time_zone: wanted.map(str::to_owned), else_zone: None };
        let read = read_xml(text.as_bytes(), &terms).map_err(|faults| faults.to_string())?;
        let (file, _) = understood(read);
        let start = file.panels[0].sessions[0].start.unwrap().to_string();
        Ok::<_, String>((file.conference.slug, file.conference.time_zone, start))
    };
    let (lisbon, almaty) = ("<time_zone_name>Europe/Lisbon</time_zone_name>", "Asia/Almaty");
    let found = |slug: &str, zone: &str, start: &str| Ok((slug.to_owned(), zone.to_owned(), start.to_owned()));
    assert_eq!(read("tides", lisbon, None, None), found("tides", "Europe/Lisbon", "11:00:00"));
    assert_eq!(read("Tides_2026", lisbon, None, None), found("tides-2026", "Europe/Lisbon", "11:00:00"));
    assert_eq!(read("ab__", lisbon, None, None), found("ab", "Europe/Lisbon", "11:00:00"));
    assert_eq!(read("tides", lisbon, Some("mine"), Some(almaty)), found("mine", "Asia/Almaty", "15:00:00"));
    let fault = |read: Result<_, String>| read.unwrap_err();
    assert_eq!(
        fault(read("", "", None, None)),
        "line 1, <conference>: the conference has no acronym; say which slug the conference is to have here\nline 1, <conference>: the file does not say the conference's time zone (time_zone_name); say its IANA name, as Asia/Almaty or Europe/Lisbon"
    );
    assert!(fault(read("ü", lisbon, None, None)).contains("the acronym \"ü\" makes no slug"));
    assert!(
        fault(read("tides", "<time_zone_name>Lisbon</time_zone_name>", None, None))
            .contains("\"Lisbon\" is no time zone")
    );
    assert!(fault(read("tides", lisbon, Some("A B"), None)).contains("\"A B\" is no slug"));
    assert!(fault(read("tides", lisbon, None, Some("MEZ"))).contains("\"MEZ\" is no time zone"));
}

#[test]
fn the_conference_has_the_days_that_it_says_or_those_of_the_file() {
    let read = |start: &str, end: &str| {
        let text = format!(
            "<schedule><conference><acronym>tides</acronym><start>{start}</start><end>{end}</end><time_zone_name>Europe/Lisbon</time_zone_name></conference>\
             <day date='2026-10-24'/><day date='2026-10-26'/></schedule>"
        );
        let (file, notes) = understood(read_xml(text.as_bytes(), &Terms::default()).unwrap());
        (file.conference.starts_on.to_string(), file.conference.ends_on.to_string(), notes.len())
    };
    let found = |start: &str, end: &str, notes| (start.to_owned(), end.to_owned(), notes);
    assert_eq!(read("2026-10-23", "2026-10-27"), found("2026-10-23", "2026-10-27", 0));
    assert_eq!(read("2026-10-23T09:00:00+01:00", "2026-10-27T02:00:00+00:00"), found("2026-10-23", "2026-10-26", 0));
    assert_eq!(read("2026-10-23T00:00:00", "2026-10-27T00:00:00"), found("2026-10-23", "2026-10-27", 0));
    assert_eq!(read("2026-10-27", "2026-10-23"), found("2026-10-24", "2026-10-26", 1));
    assert_eq!(read("2016-10-23", "2026-10-27"), found("2026-10-24", "2026-10-26", 1));
    assert_eq!(read("", ""), found("2026-10-24", "2026-10-26", 0));
}

#[test]
fn json_says_the_same() {
    let event = json!({
        "guid": "01234567-89AB-4def-8123-456789abcdef", "id": 7, "code": "ABC123", "date": "2026-10-25T10:00:00+00:00",
        "start": "10:00", "duration": "1:30", "room": "Net", "title": "Foam", "subtitle": null, "slug": "x", "type": "film",
        "track": "Sea", "language": "en", "abstract": null, "description": "Long.", "logo": "", "do_not_record": false,
        "url": "https://sea.example/", "links": [{"url": "https://sea.example/foam", "title": "Foam"}, {"url": "https://sea.example/b"}],
        "persons": [{"id": 3, "code": "PPPPPP", "public_name": "Inês", "biography": "Salt.", "answers": [{"a": 1}]}, {"name": "Omar", "avatar": "x"}],
        "attachments": []
    });
    let whole = json!({"$schema": "x", "schedule": {"version": "1", "base_url": "https://sea.example/", "conference": {
        "acronym": "tides", "title": "Tides", "start": "2026-10-24", "end": "2026-10-26", "daysCount": 3,
        "timeslot_duration": "00:05", "time_zone_name": "Europe/Lisbon", "tracks": [{"name": "Sea", "slug": "sea", "color": "#fff"}],
        "rooms": [{"name": "Net", "guid": "0f0e0d0c-0b0a-4908-8706-050403020100", "type": "online", "capacity": 30}],
        "days": [{"index": 1, "date": "2026-10-25", "day_start": "x", "day_end": "y", "rooms": {"Net": [event], "Lobby": []}}]
    }}});
    let (file, notes) = understood(read_json(whole.to_string().as_bytes(), &Terms::default()).unwrap());
    assert_eq!(
        notes,
        [
            "/schedule/conference/tracks/0: \"color\" has no place in a program and is left out",
            "/schedule/conference/days/0/rooms/Net/0: \"answers\" has no place in a program and is left out",
            "/schedule/conference/days/0/rooms/Net/0: \"avatar\" has no place in a program and is left out",
            "/schedule/conference/days/0/rooms/Net/0: \"slug\" has no place in a program and is left out",
            "/schedule/conference/days/0/rooms/Net/0: a program has one address of an event; its other links are left out",
        ]
    );
    let panel = &file.panels[0];
    assert_eq!((panel.code.as_str(), panel.kind, panel.track.as_deref()), ("ABC123", PanelKind::Film, Some("sea")));
    // The address of the whole schedule says nothing of the event.
    assert_eq!(panel.url.as_deref(), Some("https://sea.example/foam"));
    assert_eq!(panel.sessions[0].rooms[0].room, "0f0e0d0c-0b0a-4908-8706-050403020100");
    assert_eq!((file.rooms[0].kind, file.rooms[0].capacity, file.rooms.len()), (RoomKind::Virtual, Some(30), 2));
    let people: Vec<_> = file.people.iter().map(|person| (person.key.as_str(), person.biography.as_deref())).collect();
    assert_eq!(people, [("3", Some("Salt.")), ("Omar", None)]);
}
