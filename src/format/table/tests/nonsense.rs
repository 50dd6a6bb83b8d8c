//! What is no table, whatever it is, and what is wrong in one.

use super::*;

/// The faults of what can't be read, each as a line.
#[track_caller]
fn faults(bytes: &[u8]) -> Vec<String> {
    let faults = read(bytes).expect_err("it is read");
    faults.list().iter().map(ToString::to_string).collect()
}

#[track_caller]
fn faulty(text: &str, expected: &[&str]) {
    let found = faults(text.as_bytes());
    let fits =
        found.len() == expected.len() && found.iter().zip(expected).all(|(found, expected)| found.contains(expected));
    assert!(fits, "expected {expected:#?}\nfound {found:#?}");
}

#[test]
fn which_table_it_is_is_known_by_its_columns() {
    for (first, kind) in [
        ("code,title", TableKind::Panels),
        ("key;shortAbstract", TableKind::Panels),
        ("KEY,Title, Authors ", TableKind::Papers),
        ("key\tdate\tstart", TableKind::Sessions),
        ("key,name", TableKind::People),
        ("\u{FEFF}person,role,panel", TableKind::Roles),
    ] {
        assert_eq!(tables(first.as_bytes()).kinds(), [kind], "{first}");
    }
    faulty(
        "key,title\n",
        &[
            "fits more than one table; add a column that only one of them has: \"code\", \"kind\", \"track\" for panels, \"order\", \"type\", \"keywords\" for papers, \"number\", \"date\", \"start\" for sessions",
        ],
    );
    faulty(
        "Titel,Datum\n1,2\n",
        &["this is no table: the first row has the names of its columns, and \"Titel\" is none; panels have \"key\""],
    );
}

#[test]
fn columns_are_those_of_the_table() {
    faulty("key,titel,authors\n", &["papers, line 1, titel: there is no such column; is \"title\" meant?"]);
    faulty(
        "key,colour,authors\n",
        &["papers, line 1, colour: there is no such column; the table has \"key\", \"panel\""],
    );
    faulty("key,authors,Authors\n", &["papers, line 1, Authors: the column is given twice"]);
    faulty("panel,authors,title\n", &["papers, line 1, key: the column is missing"]);
    faulty(
        "title,track\n",
        &["panels, line 1, key: the column is missing; rows are told from each other by it, or by \"code\""],
    );
    faulty("person,role,affiliation\n", &["roles, line 1, panel: the column is missing"]);
    // What spreadsheets leave of columns and rows that were emptied.
    assert_eq!(tables(b"key,authors,,\na,,,\n,,,\n\n").kinds(), [TableKind::Papers]);
    faulty("key,authors,,\na,,x,\nb,,,y\n", &["papers, line 2: a cell is in a column without a name"]);
}

#[test]
fn rows_are_as_long_as_the_first() {
    faulty(
        "key,authors\na\nb,,c\n",
        &["papers, line 2: the row has 1 cells, and the first row has 2", "papers, line 3: the row has 3 cells"],
    );
    faulty("key,authors\n\"a\nb\",\nc\n", &["papers, line 4 (row 3): the row has 1 cells"]);
    faulty("key,authors\na,\"b\n", &["papers, line 2: a quote that is opened here is never closed"]);
    faulty("key,\"authors\n", &["line 1: a quote"]);
}

#[test]
fn cells_are_what_they_have_to_be() {
    faulty(
        "key,code,title,kind,url,language\n,P1,,FILMS,ftp://a.example,x_y\n",
        &[
            "title: the cell is empty; it is required",
            "kind: \"FILMS\" is none of PANEL, ROUNDTABLE",
            "url: this is no address",
            "language: \"x_y\" is no language tag",
        ],
    );
    faulty(
        "key,name,country,orcid,email\nx,X,kz,0000,CANARY\n",
        &["country: \"kz\" is no country code", "orcid: \"0000\" is no ORCID iD", "email: this is no e-mail address"],
    );
    assert!(!faults(b"key,name,email\nx,X,CANARY\n")[0].contains("CANARY"));
    faulty(
        "key,number,date,start,end,fold\ns,0,10/11/2026,10.30,24:00,2\ns,,,,,\n",
        &[
            "date: \"10/11/2026\" is no date that is read; write it as 2026-07-13, for some",
            "start: \"10.30\" is no time of day",
            "end: \"24:00\"",
            "number: \"0\" is no whole number from 1",
            "fold: \"2\" is no whole number from 0 to 1",
            "number: the cell is empty",
        ],
    );
    faulty("key,slots\ns,a | 9 | x | y | z\n", &["slots: \"a\" has too many parts"]);
    faulty(
        "key,slots\ns,a | 9 | x; | 10:00\n",
        &[
            "slots: \"9\" is no time of day",
            "slots: \"x\" is no whole number from 1 to 1440",
            "slots: an item of the list has no paper",
        ],
    );
    faulty("key,authors\na,ines | yes\n", &["authors: \"yes\" stands where only \"presenting\" may"]);
    faulty("key,authors\na,ines\\\n", &["authors: the list ends in a backslash"]);
    faulty("key,biography\na,\"b\u{1b}[2J\"\n", &["biography: the text has the control character U+001B"]);
    faulty(
        &format!("key,name\n{},{}\n", "k".repeat(201), "n".repeat(301)),
        &["key: the text is too long; the limit is 200", "name: the text is too long; the limit is 300"],
    );
    faulty(
        "panel,session,person,role\nP,s,x,CHAIR\n,,x,\n",
        &[
            "session: a role is in all of a panel or in one session",
            "panel: a role is in a panel or in a session",
            "role: the cell is empty",
        ],
    );
}

#[test]
fn what_is_not_text_is_refused_by_name() {
    for (bytes, expected) in [
        (&b"PK\x03\x04\x14\0\x06\0"[..], "zip archive, which a workbook"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "old workbook (.xls)"),
        (b"\xFF\xFEk\0e\0y\0", "UTF-16; save it as UTF-8 (its bytes are in little-endian order)"),
        (b"\xFE\xFF\0k\0e\0y", "big-endian"),
        (b"key,name\nx,Jos\xE9\n", "line 2 has the byte 0xE9"),
        (b"", "the file is empty"),
        (b"\n\r\n", "the file is empty"),
    ] {
        let found = faults(bytes);
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    }
}

#[test]
fn there_is_an_end_to_everything() {
    let rows: String = (0..50_001).map(|n| format!("k{n},N\n")).collect();
    faulty(&format!("key,name\n{rows}"), &["people, line 50002: the table has more than 50000 rows"]);
    faulty(&format!("key,keywords\na,{}\n", "w;".repeat(50_001)), &["keywords: the list has more than 50000 elements"]);
    let many: String = (0..12).map(|n| format!("k{n},{}\n", "w;".repeat(45_000))).collect();
    faulty(&format!("key,keywords\n{many}"), &["papers, line 13, keywords: the table has more than 500000 elements"]);
    faulty(&",".repeat(1_000_000), &["the first row has 1000001 cells"]);
    let text = format!("key,authors\n{}", "a\n".repeat(1_000));
    let found = read(text.as_bytes()).unwrap_err();
    assert!(found.list().len() == crate::format::fault::MOST_FAULTS && found.to_string().contains("there may be more"));
    let long = format!("key,{},authors\n", "c".repeat(1_000_000));
    assert!(faults(long.as_bytes())[0].len() < 500);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_faulted(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(faults) = read(&bytes) {
            prop_assert!(!faults.list().is_empty());
        }
    }

    /// Whatever becomes of a table is read, laid over the program, or faulted.
    #[test]
    fn a_changed_table_is_laid_or_faulted(kind in prop::sample::select(TableKind::ALL.to_vec()), at in any::<prop::sample::Index>(), length in 0usize..12, piece in "[a-z0-9;|\\\\,\"\r\n:'=]{0,6}", prune in any::<bool>()) {
        let program = built(&laid::base());
        let text = String::from_utf8(written(&program, kind, Scope::Whole)).unwrap();
        let from = at.index(text.len());
        let from = (0..=from).rev().find(|n| text.is_char_boundary(*n)).unwrap();
        let to = (from + length..=text.len()).find(|n| text.is_char_boundary(*n)).unwrap_or(text.len());
        let changed = [&text[..from], &piece, &text[to..]].concat();
        match read(changed.as_bytes()) {
            Err(faults) => prop_assert!(!faults.list().is_empty()),
            Ok(tables) => match tables.over(&program, prune) {
                Err(faults) => prop_assert!(!faults.is_empty()),
                // What is no fault can be imported.
                Ok(file) => drop(changes(&program, &file, prune)),
            },
        }
    }
}
