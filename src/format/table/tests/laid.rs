//! What of a table changes, and what is wrong with it.

use serde_json::json;

use super::*;

pub(super) fn base() -> ProgramFile {
    let document = json!({
        "version": 1,
        "conference": {
            "slug": "tides-2026", "name": "Tides", "timeZone": "Europe/Lisbon",
            "startsOn": "2026-10-24", "endsOn": "2026-10-26"
        },
        "tracks": [{"code": "SEA", "name": "Sea"}],
        "rooms": [
            {"key": "aula", "name": "Aula"},
            {"key": "web", "name": "Web", "kind": "VIRTUAL", "link": "https://meet.example/web"}
        ],
        "people": [
            {"key": "ines", "name": "Inês Exemplo"},
            {"key": "omar", "name": "Omar Sample", "email": "omar@sample.example"},
            {"key": "zoe", "name": "Zoe Sample"}
        ],
        "panels": [
            {
                "code": "P1", "title": "Salt", "track": "SEA",
                "roles": [{"person": "ines", "role": "CONVENOR"}, {"person": "omar", "role": "DISCUSSANT", "affiliation": ""}],
                "papers": [
                    {"key": "a", "title": "Foam", "keywords": ["foam", "salt; silt"], "authors": [
                        {"person": "omar", "presenting": true}, {"person": "ines", "affiliation": "\"As, printed\""}
                    ]},
                    {"key": "b", "title": "=Silt", "status": "WITHDRAWN"}
                ],
                "sessions": [{
                    "key": "s1", "number": 1, "date": "2026-10-24", "start": "10:00", "end": "11:30",
                    "roles": [{"person": "ines", "role": "CHAIR"}],
                    "rooms": [{"room": "aula"}, {"room": "web", "link": "https://meet.example/own"}],
                    "slots": [{"paper": "a", "start": "10:00", "minutes": 30, "room": "aula"}, {"paper": "b"}]
                }]
            },
            {"code": "P2", "title": "Brine", "papers": [{"key": "c", "title": "Rain"}], "sessions": [{"key": "s2", "number": 1}]}
        ]
    });
    crate::format::read::read(document.to_string().as_bytes()).unwrap()
}

/// The lines of the report of these tables, laid over the base.
#[track_caller]
fn report(texts: &[&str], prune: bool) -> String {
    let program = built(&base());
    let all = texts.iter().map(|text| tables(text.as_bytes())).reduce(|all, next| all.and(next).unwrap()).unwrap();
    let file = all.over(&program, prune).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let Planned { changes: planned, report } = changes(&program, &file, prune);
    // What it has become is a program, and to lay the tables over it again changes nothing.
    let again = built(&file);
    let file = all.over(&again, prune).unwrap();
    assert_eq!(changes(&again, &file, prune).changes, [], "{planned:#?}");
    report.to_string()
}

/// The faults of these tables, each as a line.
#[track_caller]
fn faults(texts: &[&str], prune: bool) -> Vec<String> {
    let program = built(&base());
    let mut all = Tables::default();
    for text in texts {
        match read(text.as_bytes()) {
            Ok(table) => all = all.and(table).unwrap(),
            Err(faults) => return faults.list().iter().map(ToString::to_string).collect(),
        }
    }
    let faults = all.over(&program, prune).expect_err("no fault");
    faults.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn faulty(texts: &[&str], prune: bool, expected: &[&str]) {
    let found = faults(texts, prune);
    let fits =
        found.len() == expected.len() && found.iter().zip(expected).all(|(found, expected)| found.contains(expected));
    assert!(fits, "expected {expected:#?}\nfound {found:#?}");
}

#[test]
fn columns_that_are_left_out_leave_things_as_they_are() {
    assert_eq!(
        report(&["key,code,title\nP1,P1,Salt water\n", "key,name\nines,Inês E.\n"], false),
        "~ person ines  Inês E.  (name)\n~ panel P1  P1 Salt water  (title)\n"
    );
}

#[test]
fn an_empty_cell_is_null() {
    assert_eq!(report(&["key;track;kind;code\nP1;;film;P1\n"], false), "~ panel P1  P1 Salt  (kind, track)\n");
    assert_eq!(report(&["key,email\nomar,\n"], false), "~ person omar  Omar Sample  (email)\n");
    assert_eq!(
        report(&["key\tdate\tstart\tend\tslots\ns1\t\t\t\t\n"], false),
        "~ session s1  (date, end, slots, start)\n"
    );
}

#[test]
fn what_is_unknown_is_new() {
    let panels = "code,title,track\nP3,Mud,SEA\n";
    let papers = "key,panel,title,authors\nd,P3,Clay,zoe|presenting\n";
    let sessions = "key,panel,number,date,start,rooms,slots\ns3,P3,1,25.10.2026,9:00,web,d | 09:00\n";
    let roles = "panel,session,person,role\nP3,,zoe,convenor\n,s3,yan,CHAIR\n";
    let people = "key,name,country\nyan,Yan Test,KZ\n";
    assert_eq!(
        report(&[roles, sessions, people, papers, panels], false),
        "+ person yan  Yan Test\n+ panel P3  P3 Mud\n+ paper d  Clay\n+ session s3\n"
    );
}

#[test]
fn a_row_is_known_by_its_key_also_if_its_code_changes() {
    assert_eq!(report(&["key,code,title\nP1,P7,Salt\n"], false), "~ panel P1  P7 Salt  (code)\n");
    assert_eq!(report(&["code,title\nP1,Salty\n"], false), "~ panel P1  P1 Salty  (title)\n");
    // Two codes may change places.
    let swapped = report(&["key,code\nP1,P2\nP2,P1\n"], false);
    assert_eq!(swapped, "~ panel P1  P2 Salt  (code)\n~ panel P2  P1 Brine  (code)\n");
}

#[test]
fn links_stay_with_their_rooms() {
    let rooms = |rooms: &str| format!("key,rooms\ns1,{rooms}\n");
    let file = |text: &str| {
        let file = tables(text.as_bytes()).over(&built(&base()), false).unwrap();
        let rooms = &file.panels[0].sessions[0].rooms;
        rooms.iter().map(|it| format!("{} {:?}", it.room, it.link.as_deref())).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(file(&rooms("web;aula")), "web Some(\"https://meet.example/own\"); aula None");
    assert_eq!(
        file("key,links\ns1,aula | https://meet.example/new\n"),
        "aula Some(\"https://meet.example/new\"); web None"
    );
    assert_eq!(file("key,links\ns1,\n"), "aula None; web None");
    faulty(
        &["key,rooms,links\ns1,aula,web | https://meet.example/x\n"],
        false,
        &["sessions, line 2, links: the session does not use the room \"web\""],
    );
    faulty(
        &["key,links\ns1,web | http://CANARY.example\n"],
        false,
        &["sessions, line 2, links: this is no address that begins with https://"],
    );
    assert!(!faults(&["key,links\ns1,web | http://CANARY.example\n"], false)[0].contains("CANARY"));
}

#[test]
fn papers_have_their_place_by_order_alone() {
    let order = |text: &str| {
        let file = tables(text.as_bytes()).over(&built(&base()), false).unwrap();
        file.panels[0].papers.iter().map(|paper| paper.key.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(order("key,title,order\nb,B,\na,A,\n"), "a b");
    assert_eq!(order("key,order\nb,1\n"), "b a");
    assert_eq!(order("key,order,title,panel\nx,,X,P1\ny,2,Y,P1\n"), "a y b x");
    assert_eq!(order("key,panel,order\nc,P1,\n"), "a b c");
    assert_eq!(order("key,panel,order\nc,P1,1\n"), "c a b");
}

#[test]
fn a_paper_that_moves_leaves_its_slots() {
    assert_eq!(
        report(&["key,panel,order\na,P2,\n"], false),
        "~ paper a  Foam  (order, panel)\n~ session s1  (slots)\n"
    );
    // Unless its session moves along.
    let moved = report(&["key,panel,order\na,P2,\nb,P2,\n", "key,panel,number\ns1,P2,2\n"], false);
    assert!(moved.contains("~ session s1  (number, panel)"), "{moved}");
    // And not in silence where a row says that it is given.
    faulty(
        &["key,panel,order\na,P2,\n", "key,slots\ns1,a\n"],
        false,
        &["sessions, line 2, slots: this panel has no paper with the key \"a\""],
    );
}

#[test]
fn roles_are_known_by_where_who_and_what() {
    assert_eq!(
        report(&["panel,person,role,affiliation\nP1,ines,CONVENOR,As printed\n"], false),
        "~ panel P1  P1 Salt  (roles)\n"
    );
    assert_eq!(report(&["panel,person,role\nP1,ines,CONVENOR\n"], false), "");
    let roles = |text: &str, prune| {
        let file = tables(text.as_bytes()).over(&built(&base()), prune).unwrap();
        file.panels[0]
            .roles
            .iter()
            .map(|it| format!("{} {}", it.person, it.role.as_str()))
            .collect::<Vec<_>>()
            .join("; ")
    };
    assert_eq!(roles("panel,person,role,order\nP1,zoe,CHAIR,1\n", false), "zoe CHAIR; ines CONVENOR; omar DISCUSSANT");
    assert_eq!(roles("panel,person,role\nP1,zoe,CHAIR\n", true), "zoe CHAIR");
    assert_eq!(
        report(&["panel,session,person,role\nP1,,ines,CONVENOR\nP1,,omar,DISCUSSANT\n"], true),
        "~ session s1  (roles)\n"
    );
}

#[test]
fn nothing_goes_unless_pruned() {
    for text in
        ["key,title,code\nP2,Brine,P2\n", "key,authors\nc,\n", "key,number\ns2,1\n", "key,name\nines,Inês Exemplo\n"]
    {
        assert_eq!(report(&[text], false), "", "{text}");
    }
    assert_eq!(
        report(&["key,code\nP2,P2\n"], true),
        "- panel P1  P1 Salt\n- paper a  Foam\n- paper b  =Silt\n- session s1\n"
    );
    assert_eq!(
        report(&["key,authors\na,omar|presenting\nc,\n"], true),
        "~ paper a  Foam  (authors)\n- paper b  =Silt\n~ session s1  (slots)\n"
    );
    assert_eq!(report(&["key,number\ns2,1\n"], true), "- session s1\n");
    assert_eq!(report(&["key,name\nines,Inês Exemplo\nomar,Omar Sample\n"], true), "- person zoe  Zoe Sample\n");
}

#[test]
fn what_others_need_does_not_go() {
    faulty(
        &["key,name\nines,Inês Exemplo\n"],
        true,
        &["people: the panel \"P1\" names the person \"omar\"", "people: the paper \"a\" names the person \"omar\""],
    );
    // Unless what names them goes or changes too.
    assert_eq!(
        report(
            &[
                "key,name\nines,Inês Exemplo\nzoe,Zoe Sample\n",
                "key,authors\na,ines\nb,\nc,\n",
                "panel,person,role\nP1,ines,CONVENOR\n"
            ],
            true
        ),
        "- person omar  Omar Sample\n~ panel P1  P1 Salt  (roles)\n~ paper a  Foam  (authors)\n~ session s1  (roles)\n"
    );
    faulty(
        &["key,code\nP2,P2\n", "key,title,order\na,Foam,\nb,=Silt,\nc,Rain,\n"],
        true,
        &[
            "papers, line 2: the paper \"a\" goes, as the panels have no row of its panel",
            "papers, line 3: the paper \"b\" goes",
        ],
    );
    // A paper that moves out of what goes stays.
    let moved = report(&["key,code\nP2,P2\n", "key,panel,order\na,P2,\nb,P2,\nc,P2,\n"], true);
    assert!(moved.contains("- panel P1") && moved.contains("~ paper a") && !moved.contains("- paper"), "{moved}");
}

#[test]
fn the_programs_own_rules_hold() {
    let faulty = |texts: &[&str], expected: &[&str]| faulty(texts, false, expected);
    faulty(&["key,code\nP1,P2\n"], &["the panel \"P2\", code: \"P2\" is given twice: the panel \"P1\" has it already"]);
    faulty(&["key,track\nP1,LAND\n"], &["panels, line 2, track: there is no track with the code \"LAND\""]);
    faulty(
        &["key,authors\na,omar; nobody\n"],
        &["papers, line 2, authors: there is no person with the key \"nobody\""],
    );
    faulty(&["key,authors\na,omar; omar\n"], &["papers, line 2, authors: \"omar\" is an author of this paper already"]);
    faulty(&["key,rooms\ns1,cellar; aula\n"], &["sessions, line 2, rooms: there is no room with the key \"cellar\""]);
    faulty(&["key,rooms\ns1,web\n"], &["sessions, line 2, slots: the session does not use the room \"aula\""]);
    faulty(&["key,start\ns1,11:00\n"], &["sessions, line 2, slots: 10:00 is outside the session"]);
    faulty(
        &["key,date\ns1,2036-10-24\n"],
        &["sessions, line 2, date: 2036-10-24 is more than a year from the conference"],
    );
    faulty(
        &["key,number,panel\ns1,1,P2\n"],
        &[
            "number: another session of this panel has number 1",
            "slots: this panel has no paper",
            "slots: this panel has no paper",
        ],
    );
    faulty(
        &["panel,session,person,role\n,s1,nobody,CHAIR\n"],
        &["roles, line 2, person: there is no person with the key \"nobody\""],
    );
}

#[test]
fn rows_have_to_be_of_something() {
    let faulty = |texts: &[&str], expected: &[&str]| faulty(texts, false, expected);
    faulty(
        &["key,abstract,order\nx,Short,\n"],
        &["papers, line 2: the paper \"x\" is new, so the table needs the column \"panel\""],
    );
    faulty(&["key,panel,order\nx,P1,1\n"], &["the column \"title\""]);
    faulty(&["key,date\nx,2026-10-24\n"], &["the column \"panel\""]);
    faulty(&["key,title,kind\nx,X,FILM\n"], &["the column \"code\""]);
    faulty(&["key,country\nx,KZ\n"], &["the column \"name\""]);
    faulty(
        &["key,panel,order\na,P1,\n\na,P1,\n"],
        &["papers, line 4, key: \"a\" is given twice: line 2 has it already"],
    );
    faulty(
        &["key,panel,order\na,P9,\n"],
        &["papers, line 2, panel: there is no panel with the key \"P9\"; add it to the panels"],
    );
    faulty(
        &["panel,session,person,role\n,s9,ines,CHAIR\nP1,,ines,CHAIR\nP1,,ines,chair\n"],
        &["session: there is no session with the key \"s9\"", "line 4, person: \"ines\" is given twice: line 3"],
    );
    // A code where a key belongs is told from nothing at all.
    let program = built(&tables(b"key,code\nP1,SALT\n").over(&built(&base()), false).unwrap());
    let faults = tables(b"key,panel,order\na,SALT,\n").over(&program, false).unwrap_err();
    assert!(faults[0].message.ends_with("the panel with that code has the key \"P1\""), "{faults:?}");
}
