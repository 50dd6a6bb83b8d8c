//! What is read of odd files, and what is said of it.

use entity::enums::PanelKind;

use super::lenient::{only, panel, time};
use super::*;

/// A type is a kind of panel, or OTHER; nothing is said where it says nothing.
#[test]
fn a_type_is_a_kind_or_other() {
    for (text, kind, noted) in [
        ("", PanelKind::Other, false),
        ("panel", PanelKind::Panel, false),
        ("Round table", PanelKind::Roundtable, false),
        ("WORKSHOP", PanelKind::Workshop, false),
        ("plenary", PanelKind::Plenary, false),
        ("Keynote", PanelKind::Plenary, false),
        ("poster", PanelKind::Posters, false),
        ("Poster session", PanelKind::Posters, false),
        ("film", PanelKind::Film, false),
        ("Screening", PanelKind::Film, false),
        ("tutorial", PanelKind::Tutorial, false),
        ("other", PanelKind::Other, false),
        ("lecture", PanelKind::Other, true),
    ] {
        let (panel, notes) = panel(&format!("<start>10:00</start><duration>1:00</duration><type>{text}</type>"));
        assert_eq!(panel.kind, kind, "{text}");
        assert_eq!(notes.len(), usize::from(noted), "{notes:?}");
        if noted {
            only(&notes, "the type is no kind of panel that a program has; it is OTHER, as \"lecture\"");
        }
    }
    assert_eq!(panel("<start>10:00</start><duration>1:00</duration>").0.kind, PanelKind::Other);
}

/// The night when clocks are set back has an hour twice, which is not why an event would last for days.
#[test]
fn an_end_that_is_shown_twice_is_said() {
    let (session, notes) =
        lenient::session("<date>2026-10-25T00:30:00+01:00</date><start>00:30</start><duration>01:45</duration>");
    assert_eq!((session.start, session.end), (time("00:30"), None));
    only(&notes, "the event ends at a time that clocks show twice that day");
    let (_, notes) =
        lenient::session("<date>2026-10-24T10:00:00+01:00</date><start>10:00</start><duration>30:00</duration>");
    only(&notes, "the event lasts a day or longer");
}

/// What is said after a room is not said of it.
#[test]
fn a_note_names_where_it_is() {
    let (_, notes) = read("<day date='2026-10-24'>\n<room name='A'/>\n<strange>1</strange></day>");
    assert_eq!(notes, ["line 3, <day>: <strange> has no place in a program and is left out"]);
}

/// Of many links the same one is one.
#[test]
fn links_that_are_alike_are_one() {
    let links = |all: &[&str]| {
        let links: String =
            all.iter().map(|link| format!("<link href='https://sea.example/{link}'>L</link>")).collect();
        panel(&format!(
            "<start>10:00</start><duration>1:00</duration><url>https://sea.example/a</url><links>{links}</links>"
        ))
    };
    let (panel, notes) = links(&["a", "a", "a"]);
    assert_eq!((panel.url.as_deref(), notes.len()), (Some("https://sea.example/a"), 0));
    only(&links(&["a", "b", "c", "d"]).1, "its other links are left out");
}

/// An event under a room without a name is in the room that it names.
#[test]
fn a_room_of_its_own_counts_where_there_is_no_other() {
    let schedule = |listed: &str| {
        let text = json!({"schedule": {"conference": {"acronym": "tides", "start": "2026-10-24", "end": "2026-10-24",
            "time_zone_name": "UTC", "days": [{"date": "2026-10-24", "rooms": {listed: [
                {"id": 1, "title": "A", "start": "10:00", "duration": "1:00", "room": "Net"}]}}]}}});
        understood(read_json(text.to_string().as_bytes(), &Terms::default()).unwrap())
    };
    let (file, notes) = schedule("");
    assert_eq!((file.panels[0].sessions[0].rooms[0].room.as_str(), notes.len()), ("Net", 0));
    let (file, notes) = schedule("Aula");
    assert_eq!(file.panels[0].sessions[0].rooms[0].room, "Aula");
    only(&notes, "the event names another room");
}
