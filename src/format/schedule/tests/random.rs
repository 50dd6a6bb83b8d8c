//! Random programs are written and read again; random nonsense is read without a panic, and whatever comes of it is a
//! program that a program file can hold.

use proptest::prelude::*;

use super::*;
use crate::format::read::read as read_file;
use crate::format::read::tests::put;
use crate::format::write::write;
use crate::generate::{Options, generate};

/// What a program file of this says.
fn through_a_file(file: &ProgramFile) -> ProgramFile {
    let mut bytes = Vec::new();
    write(file, &mut bytes).unwrap();
    read_file(&bytes).unwrap_or_else(|faults| panic!("{faults}"))
}

/// What a schedule says of each of its events: GUID, room, title, date, start, duration, who is named.
fn told(program: &Program) -> Vec<Value> {
    let mut told: Vec<Value> = events(&value(program))
        .iter()
        .map(|event| {
            let names: Vec<_> =
                event["persons"].as_array().unwrap().iter().map(|person| person["name"].clone()).collect();
            json!([
                event["guid"],
                event["room"],
                event["title"],
                event["date"],
                event["start"],
                event["duration"],
                names,
                event["language"]
            ])
        })
        .collect();
    told.sort_by_key(ToString::to_string);
    told
}

/// Texts that formats trip over.
fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "]]>",
            "<b>&amp;</b>",
            "&#0;",
            "\u{fffe}\u{ffff}x",
            "\"quoted\" 'too'",
            "\\u0000 \\",
            "=1+1",
            "BEGIN:VEVENT",
            "a\tb",
            "  two  spaces  ",
            "<!--",
            "<![CDATA[",
            "%s%n",
            "\u{202e}evil",
            "\u{200b}",
            "x\u{2028}y",
            "To be announced",
            "Room",
            "&",
        ])
        .prop_map(str::to_owned),
        "[ -~\u{a1}-\u{2ff}]{1,20}",
        "\\PC{1,20}",
    ]
}

/// A generated program with some of its texts replaced, and some of its times.
fn mutated() -> impl Strategy<Value = ProgramFile> {
    let size = (0usize..8, 0usize..20, 0usize..12, any::<u64>());
    (size, prop::collection::vec((any::<u16>(), nasty()), 0..12), 0u8..8).prop_map(
        |((panels, papers, people, seed), texts, twist)| {
            let mut file = generate(&Options { panels, papers, people, seed, slug: "made-up".into() });
            for (at, text) in texts {
                let at = usize::from(at);
                match at % 5 {
                    0 => file.conference.name = text,
                    1 => pick(&mut file.panels, at, |panel| panel.title = text),
                    2 => pick(&mut file.people, at, |person| person.name = text),
                    3 => pick(&mut file.rooms, at, |room| room.name = text),
                    _ => pick(&mut file.panels, at, |panel| panel.r#abstract = Some(text)),
                }
            }
            for session in file.panels.iter_mut().flat_map(|panel| &mut panel.sessions) {
                match twist {
                    1 => session.rooms.clear(),
                    2 => session.key = format!("00000000-0000-4000-8000-{:0>12}", session.key.len()),
                    3 => session.end = None,
                    _ => {}
                }
            }
            if twist == 2 {
                let mut count = 0;
                for session in file.panels.iter_mut().flat_map(|panel| &mut panel.sessions) {
                    count += 1;
                    session.key = format!("00000000-0000-4000-8000-{count:012}");
                }
            }
            through_a_file(&file)
        },
    )
}

fn pick<T>(list: &mut [T], at: usize, change: impl FnOnce(&mut T)) {
    let len = list.len();
    if len > 0 {
        change(&mut list[at / 5 % len]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Both formats say the same of every event, and what is read of them says it again.
    #[test]
    fn written_and_read(wanted in mutated()) {
        let before = program(&wanted);
        let (xml, json) = (xml(&before), text(&before));
        // The same bytes each time.
        prop_assert_eq!(&xml, &super::xml(&program(&wanted)));
        let (of_xml, _) = understood(read_xml(xml.as_bytes(), &Terms::default()).unwrap_or_else(|faults| panic!("{faults}\n{xml}")));
        let terms = Terms { slug: Some("made-up".into()), ..Terms::default() };
        let (of_json, _) = understood(read_json(json.as_bytes(), &terms).unwrap_or_else(|faults| panic!("{faults}\n{json}")));
        prop_assert_eq!(&through_a_file(&of_xml), &of_xml);
        prop_assert_eq!(&through_a_file(&of_json), &of_json);
        // A title of spaces alone is none, and a line has no spaces around it.
        let plain = |told: Vec<Value>| told.iter().map(|event| event.to_string().replace(' ', "")).collect::<Vec<_>>();
        let told_before = told(&before);
        if told_before.iter().all(|event| event[2].as_str().unwrap().chars().any(|c| !c.is_whitespace() && !c.is_control())) {
            let mut sorted = plain(told_before);
            sorted.sort();
            let again = |file: &ProgramFile| {
                let mut sorted = plain(told(&program(file)));
                sorted.sort();
                sorted
            };
            prop_assert_eq!(&again(&of_xml), &sorted);
            prop_assert_eq!(&again(&of_json), &sorted);
        }
    }

    #[test]
    fn no_nonsense_panics(parts in prop::collection::vec(prop::sample::select(vec![
        "<schedule>", "</schedule>", "<conference>", "</conference>", "<acronym>tides</acronym>", "<time_zone_name>UTC</time_zone_name>",
        "<day date='2026-10-24'>", "</day>", "<room name='A'>", "</room>", "<event id='1'>", "<event guid='x' id='é'>", "</event>", "<title>", "</title>",
        "<date>2026-10-24T10:00:00+25:00</date>", "<date>-0001-01-01</date>", "<date>9999-12-31T23:59:59-12:00</date>", "<start>3:60</start>", "<duration>9999:9999</duration>",
        "<persons>", "<person/>", "<person>A</person>", "</persons>", "&lt;", "&#xD800;", "&#99999999;", "<![CDATA[x]]>", "<!-- -->", "<?x?>", "é", "<", ">", "\"", "=", "\u{0}",
    ]), 0..40)) {
        let text = parts.concat();
        if let Ok(read) = read_xml(text.as_bytes(), &Terms::default()) {
            let (file, _) = understood(read);
            prop_assert_eq!(&through_a_file(&file), &file);
        }
    }

    /// Events of nonsense in a schedule that is one.
    #[test]
    fn whatever_is_read_is_a_program(texts in prop::collection::vec((0usize..16, nasty()), 0..30), day in "[0-9]{4}-[01][0-9]-[0-3][0-9]") {
        const NAMES: [&str; 16] = ["title", "subtitle", "slug", "date", "start", "duration", "language", "type", "track", "url", "abstract", "description", "guid", "id", "code", "room"];
        let mut schedule = json!({"schedule": {"base_url": "x", "conference": {"acronym": "tides", "time_zone_name": "Europe/Lisbon", "title": "T",
            "start": day, "end": "2026-10-26", "days": [{"date": day, "rooms": {"A": []}}, {"date": "2026-10-25", "rooms": {"A": []}}]}}});
        for (n, chunk) in texts.chunks(5).enumerate() {
            let mut event = json!({"id": n % 3, "persons": [{"name": chunk[0].1}, {"id": n, "name": chunk[0].1}], "links": [{"url": chunk[0].1}]});
            for (name, text) in chunk {
                event[NAMES[*name]] = json!(text);
            }
            put(&mut schedule, "/schedule/conference/days/1/rooms/A/-", event);
        }
        if let Ok(read) = read_json(schedule.to_string().as_bytes(), &Terms::default()) {
            let (file, _) = understood(read);
            prop_assert_eq!(&through_a_file(&file), &file);
            // And it is one that is written.
            let again = program(&file);
            prop_assert!(read_xml(xml(&again).as_bytes(), &Terms::default()).is_ok());
        }
    }
}
