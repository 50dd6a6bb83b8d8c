use std::collections::HashMap;

use super::*;
use crate::format::read::read;
use crate::format::write::write;

/// It is a program file without a fault, so keys, references, times and check digits are right.
#[test]
fn it_reads_as_it_is_written() {
    let mut bytes = Vec::new();
    write(&program(), &mut bytes).unwrap();
    let again = read(&bytes).map_err(|faults| faults.to_string());
    assert_eq!(again, Ok(program()));
}

#[test]
fn it_has_one_of_everything() {
    let program = program();
    let sessions = || program.panels.iter().flat_map(|panel| &panel.sessions);
    let papers = || program.panels.iter().flat_map(|panel| &panel.papers);
    assert!((28..=34).contains(&program.panels.len()), "{}", program.panels.len());
    assert!((110..=130).contains(&papers().count()), "{}", papers().count());
    for kind in PanelKind::ALL {
        assert!(program.panels.iter().any(|panel| panel.kind == *kind), "{kind:?}");
    }
    for role in Role::ALL {
        let named = program.panels.iter().flat_map(|panel| &panel.roles).any(|entry| entry.role == *role);
        assert!(named, "{role:?}");
    }
    assert!(program.panels.iter().filter(|panel| panel.sessions.len() > 1).count() > 2);
    assert!(program.panels.iter().any(|panel| panel.status == PanelStatus::Cancelled));
    let off = |panel: &&Panel| panel.sessions.iter().filter(|it| it.status == SessionStatus::Cancelled).count();
    let partly = |panel: &Panel| (1..panel.sessions.len()).contains(&off(&panel));
    assert!(program.panels.iter().any(|it| partly(it) && it.status == PanelStatus::Scheduled), "the other takes place");
    assert!(sessions().any(|it| it.date.is_none()), "unscheduled");
    assert!(sessions().any(|it| it.date.is_some() && it.start.is_none()), "date only");
    assert!(sessions().any(|it| it.start.is_some() && it.rooms.is_empty()), "no room yet");
    assert!(sessions().any(|it| it.end < it.start), "past midnight");
    assert!(sessions().any(|it| it.rooms.len() > 1), "hybrid");
    assert!(sessions().any(|it| !it.roles.is_empty()), "a chair of its own");
    assert!(sessions().flat_map(|it| &it.rooms).any(|room| room.link.is_some()));
    assert!(program.rooms.iter().any(|room| room.link.is_some()));
    assert!(papers().any(|paper| paper.status == PaperStatus::Withdrawn));
    let mut given: HashMap<&str, usize> = HashMap::new();
    for slot in sessions().flat_map(|it| &it.slots) {
        *given.entry(&slot.paper).or_default() += 1;
    }
    assert!(given.values().filter(|times| **times > 1).count() >= 2, "given twice");
    assert!(papers().flat_map(|it| &it.authors).any(|author| author.affiliation.is_some()), "as printed");
    for tag in ["kk", "ru", "ar", "zh", "ja", "hi"] {
        assert!(papers().any(|paper| paper.language.as_deref() == Some(tag)), "{tag}");
    }
    assert!(program.people.iter().any(|person| person.email.is_none()));
}

/// What somebody would search for to try search out.
#[test]
fn there_is_something_to_search_for() {
    let program = program();
    let papers = || program.panels.iter().flat_map(|panel| &panel.papers);
    let mut texts: Vec<String> =
        papers().map(|it| format!("{} {}", it.title, it.r#abstract.as_ref().unwrap())).collect();
    texts.extend(program.panels.iter().map(|it| format!("{} {} {:?}", it.code, it.title, it.short_abstract)));
    texts.extend(program.people.iter().map(|it| it.name.clone()));
    for wanted in [
        "Kazakhstan",
        "knowledge infrastructure",
        "Garcia",
        "García",
        "CULT03",
        "память",
        "жады",
        "الواحات",
        "الماء",
        "走廊",
        "翻譯",
        "海岸",
    ] {
        assert!(texts.iter().any(|text| text.contains(wanted)), "{wanted}");
    }
}

/// Abstracts are in the language that they are said to be in, and names keep their capitals.
#[test]
fn abstracts_fit_their_papers() {
    for panel in program().panels {
        for paper in panel.papers {
            let text = paper.r#abstract.unwrap();
            let own = text.split("The panel in English:").next().unwrap().replace(&paper.title, "");
            let within = |from, to| own.chars().any(|c| (from..=to).contains(&c));
            let fits = match paper.language.as_deref() {
                Some("kk") => "әіңғүұқөһ".chars().any(|c| own.contains(c)),
                Some("ru") => within('а', 'я') && !"әіңғүұқөһ".chars().any(|c| own.contains(c)),
                Some("ar") => within('\u{0600}', '\u{06ff}'),
                Some("zh") => within('\u{4e00}', '\u{9fff}') && !within('\u{3040}', '\u{30ff}'),
                Some("ja") => within('\u{3040}', '\u{30ff}'),
                Some("hi") => within('\u{0900}', '\u{097f}'),
                _ => own.is_ascii() || within('a', 'z'),
            };
            assert!(fits, "{text}");
            assert!(text.contains(panel.short_abstract.as_ref().unwrap()), "{text}");
        }
    }
}
