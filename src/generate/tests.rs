use std::collections::{HashMap, HashSet};

use entity::enums::{PanelStatus, PaperStatus, Role, SessionStatus};

use super::*;
use crate::format::read::read;
use crate::format::write::write;

fn bytes(program: &ProgramFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(program, &mut bytes).unwrap();
    bytes
}

fn of(panels: usize, papers: usize, people: usize, seed: u64) -> Options {
    Options { panels, papers, people, seed, slug: "made-up".into() }
}

/// What is in two sessions at once: rooms, and people (who leads a panel is in all its sessions).
fn twice_at_once(program: &ProgramFile) -> (Vec<String>, Vec<String>) {
    let mut wanted: HashMap<(&str, &str), Vec<(i64, i64)>> = HashMap::new();
    for panel in &program.panels {
        for session in &panel.sessions {
            let (Some(date), Some(start), Some(end)) = (session.date, session.start, session.end) else { continue };
            let at = |time| date.and_time(time).and_utc().timestamp();
            let given: HashSet<&str> = session.slots.iter().map(|slot| slot.paper.as_str()).collect();
            let authors = panel.papers.iter().filter(|paper| given.contains(paper.key.as_str()));
            let authors = authors.flat_map(|paper| &paper.authors).map(|author| author.person.as_str());
            let roles = panel.roles.iter().chain(&session.roles).map(|entry| entry.person.as_str());
            let people: HashSet<&str> = authors.chain(roles).collect();
            let people = people.into_iter().map(|person| ("person", person));
            let rooms = session.rooms.iter().map(|room| ("room", room.room.as_str()));
            for what in people.chain(rooms) {
                wanted.entry(what).or_default().push((at(start), at(end)));
            }
        }
    }
    let mut found = (Vec::new(), Vec::new());
    for ((kind, key), mut times) in wanted {
        times.sort_unstable();
        if times.windows(2).any(|pair| pair[1].0 < pair[0].1) {
            if kind == "room" { found.0.push(key.to_owned()) } else { found.1.push(key.to_owned()) }
        }
    }
    found
}

fn has(text: &str, from: char, to: char) -> bool {
    text.chars().any(|c| (from..=to).contains(&c))
}

fn in_every_script<'a>(texts: impl Iterator<Item = &'a str> + Clone) {
    let some = |from, to| texts.clone().any(|text| has(text, from, to));
    assert!(some('a', 'z') && some('\u{c0}', '\u{24f}'), "Latin, with diacritics");
    assert!(some('\u{400}', '\u{4ff}') && some('\u{600}', '\u{6ff}') && some('\u{4e00}', '\u{9fff}'));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]
    #[test]
    fn any_size_is_a_program_file(panels in 0usize..25, papers in 0usize..190, people in 0usize..40, seed: u64) {
        let options = of(panels, papers, people, seed);
        let program = generate(&options);
        proptest::prop_assert_eq!(&program, &generate(&options), "the same options, the same program");
        let again = read(&bytes(&program)).map_err(|faults| faults.to_string());
        proptest::prop_assert_eq!(again.as_ref(), Ok(&program));
        let found: usize = program.panels.iter().map(|panel| panel.papers.len()).sum();
        proptest::prop_assert_eq!(found, if panels == 0 { 0 } else { papers });
        proptest::prop_assert_eq!(twice_at_once(&program).0, Vec::<String>::new());
    }

    /// Nobody is in two sessions at once unless there are fewer people than sessions at once.
    #[test]
    fn people_are_free(panels in 1usize..60, papers in 0usize..300, seed: u64) {
        let program = generate(&of(panels, papers, 60, seed));
        proptest::prop_assert_eq!(twice_at_once(&program), (Vec::new(), Vec::new()));
    }
}

#[test]
fn it_has_some_of_everything() {
    for (panels, papers, people) in [(30, 120, 150), (60, 300, 500), (47, 409, 800), (400, 3_000, 6_000)] {
        for seed in 0..6 {
            everything(&of(panels, papers, people, seed));
        }
    }
}

fn everything(options: &Options) {
    let program = generate(options);
    assert_eq!(twice_at_once(&program), (Vec::new(), Vec::new()), "{options:?}");
    let sessions: Vec<_> = program.panels.iter().flat_map(|panel| &panel.sessions).collect();
    let papers: Vec<_> = program.panels.iter().flat_map(|panel| &panel.papers).collect();
    let roles = program.panels.iter().flat_map(|panel| &panel.roles).chain(sessions.iter().flat_map(|it| &it.roles));
    let roles: HashSet<_> = roles.map(|entry| entry.role.as_str()).collect();
    assert_eq!(roles.len(), Role::ALL.len(), "{roles:?} of {options:?}");
    for text in papers.iter().map(|it| &it.r#abstract).chain(program.panels.iter().map(|it| &it.r#abstract)) {
        let length = text.as_ref().unwrap().chars().count();
        assert!((800..=1_500).contains(&length), "{length}");
    }
    in_every_script(program.people.iter().map(|it| it.name.as_str()));
    in_every_script(papers.iter().map(|it| it.title.as_str()));
    in_every_script(program.panels.iter().map(|it| it.title.as_str()));
    let one_in = |what: &str, count: usize, of: usize, every: usize| {
        let about = of as f64 / every as f64;
        let fits = count >= 1 && (count as f64 - about).abs() <= 1.0 + about * 0.2;
        assert!(fits, "{what}: {count} of {of}, {options:?}");
    };
    let mut given: HashMap<&str, HashSet<&str>> = HashMap::new();
    for session in &sessions {
        for slot in &session.slots {
            assert!(given.entry(&slot.paper).or_default().insert(&session.key), "twice in one session");
        }
    }
    assert_eq!(given.len(), papers.len(), "each is given");
    one_in("given twice", given.values().filter(|it| it.len() == 2).count(), papers.len(), 25);
    one_in("withdrawn", papers.iter().filter(|it| it.status == PaperStatus::Withdrawn).count(), papers.len(), 40);
    let cancelled = sessions.iter().filter(|it| it.status == SessionStatus::Cancelled).count();
    one_in("cancelled", cancelled, sessions.len(), 100);
    assert!(program.panels.iter().any(|it| it.status == PanelStatus::Cancelled));
    one_in("unscheduled", sessions.iter().filter(|it| it.date.is_none()).count(), sessions.len(), 53);
    let date_only = sessions.iter().filter(|it| it.date.is_some() && it.start.is_none()).count();
    one_in("date only", date_only, sessions.len(), 61);
    let no_room = sessions.iter().filter(|it| it.start.is_some() && it.rooms.is_empty()).count();
    one_in("room to come", no_room, sessions.len(), 47);
    one_in("hybrid", sessions.iter().filter(|it| it.rooms.len() == 2).count(), sessions.len(), 11);
}

#[test]
fn another_seed_is_another_program() {
    let options = of(3, 9, 9, 1);
    assert_eq!(bytes(&generate(&options)), bytes(&generate(&options)));
    assert_ne!(bytes(&generate(&options)), bytes(&generate(&Options { seed: 2, ..options.clone() })));
}

#[test]
fn orcids_are_nobodys() {
    for n in 0..1_000 {
        assert!(orcid(n * 0x1234_5678_9abc).starts_with('9'));
    }
}
