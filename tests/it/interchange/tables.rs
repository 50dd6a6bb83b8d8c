//! Tables for spreadsheets and the program file's schema, by the command line and on both databases.

use std::path::Path;
use std::process::{Command, Stdio};

use plenary::command::commit::CommitError;
use plenary::command::import::{Mark, Noun, Options};
use plenary::format::Scope;
use plenary::format::input::{Input, InputFormat, Terms, read};
use plenary::format::table::{TableKind, write as write_table};
use serde_json::{Value, json};

use crate::cli::{fails, plenary, run, succeeds, text, write};
use crate::support::files::{file, small};
use crate::support::{World, both};

const TABLES: [&str; 5] = ["panels.csv", "people.csv", "papers.csv", "sessions.csv", "roles.csv"];

/// A directory with the small conference imported.
fn with_small() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "small.json", &small());
    succeeds(&run(dir.path(), &["import", "small.json"]));
    dir
}

fn export_tables(dir: &Path) {
    for name in TABLES {
        succeeds(&run(dir, &["export", "small", "--format", name, "-o", name]));
    }
}

/// Changes a file as somebody does who knows what is in it.
fn edit(dir: &Path, name: &str, from: &str, to: &str) {
    let before = std::fs::read_to_string(dir.join(name)).unwrap();
    assert!(before.contains(from), "{before}");
    std::fs::write(dir.join(name), before.replacen(from, to, 1)).unwrap();
}

#[test]
fn tables_come_round() {
    let dir = with_small();
    let dir = dir.path();
    export_tables(dir);
    let whole = [&["import", "--slug", "small"], &TABLES[..]].concat();
    let said = succeeds(&run(dir, &whole));
    assert!(said.contains("small: nothing to change; it stays at revision 1"), "{said}");
    let said = succeeds(&run(dir, &[&whole[..], &["--prune", "--dry-run"]].concat()));
    assert!(said.contains("small: nothing would change"), "{said}");

    edit(dir, "people.csv", "Cem Öz,", "Cem Özgür,");
    edit(dir, "sessions.csv", ",09:00,10:30,", ",9:15,10:30,");
    edit(dir, "sessions.csv", "x1 | 09:00 | 45", "x1 | 09:15 | 30");
    let said = succeeds(&run(dir, &[&whole[..], &["--dry-run"]].concat()));
    assert!(said.starts_with("~ person cem  Cem Özgür  (name)\n~ session p2-1  (slots, start)\n"), "{said}");
    assert!(said.contains("nothing is."), "{said}");
    let said = succeeds(&run(dir, &whole));
    assert!(said.contains("small: revision 2"), "one revision: {said}");
    let exported: Value = serde_json::from_str(&succeeds(&run(dir, &["export", "small"]))).unwrap();
    assert_eq!(exported["people"][2]["name"], "Cem Özgür");

    // One table alone, and only its rows may go.
    std::fs::write(dir.join("few.csv"), "key,number\np2-1,1\np2-2,2\np10-1,1\n").unwrap();
    let said = succeeds(&run(dir, &["import", "few.csv", "--slug", "small", "--prune"]));
    assert!(said.contains("removed: 1 session\n") && !said.contains("changed"), "{said}");
}

#[test]
fn a_public_table_keeps_secrets() {
    let dir = with_small();
    let dir = dir.path();
    for name in TABLES {
        let whole = succeeds(&run(dir, &["export", "small", "--format", name]));
        let public = succeeds(&run(dir, &["export", "small", "--format", name, "--public"]));
        assert!(!public.to_lowercase().contains("canary"), "{public}");
        let private = ["people.csv", "sessions.csv"].contains(&name);
        assert_eq!((whole != public, whole.to_lowercase().contains("canary")), (private, private), "{name}");
        // Imported again, it takes nothing away.
        std::fs::write(dir.join(name), public).unwrap();
        let said = run(dir, &["import", name, "--slug", "small"]);
        assert!(succeeds(&said).contains("it stays at revision 1") && said.stderr.is_empty(), "{name}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let dir = with_small();
    let dir = dir.path();
    let import = |name: &str, contents: &[u8], more: &[&str]| {
        std::fs::write(dir.join(name), contents).unwrap();
        fails(&run(dir, &[&["import", name], more].concat()))
    };
    let small = ["--slug", "small"];
    let said = import("t.csv", b"key,title,authors\nx1,Zebras,ann\nx2,,nobody\n", &small);
    assert!(
        said.contains("t.csv has faults; nothing is imported:\npapers, line 3, title: the cell is empty"),
        "{said}"
    );
    let said = import("t.csv", b"key,authors\nx1,ann\nx2,nobody\n", &small);
    assert!(said.contains("papers, line 3, authors: there is no person with the key \"nobody\""), "{said}");
    let said = import("t.csv", b"key,authors\nx1,ann\n", &[]);
    assert!(said.contains("t.csv does not say which conference it is for; say which with --slug"), "{said}");
    let said = import("t.csv", b"key,authors\nx1,ann\n", &["--slug", "other"]);
    assert!(said.contains("a table is laid over one that exists"), "{said}");
    let said = import("t.csv", b"key,authors\nx1,ann\n", &["--slug", "other", "--dry-run"]);
    assert!(said.contains("a table is laid over one that exists"), "{said}");
    let said = import("t.csv", b"key,name\nx,Jos\xE9\n", &small);
    assert!(said.contains("line 2 has the byte 0xE9") && said.contains("Windows-1252"), "{said}");
    let said = import("t.xlsx", b"PK\x03\x04\x14\0\x06\0", &small);
    assert!(said.contains("a zip archive, which a workbook (.xlsx, .ods) is too; save the sheet as CSV"), "{said}");
    let said = import("t.csv", b"key,authors\nx1,ann\n", &["small.json", "--slug", "small"]);
    assert!(said.contains("several files at once have to be tables (CSV)"), "{said}");
    let said = import("t.csv", b"key,authors\nx1,ann\n", &["t.csv", "--slug", "small"]);
    assert!(said.contains("two of the files are the table of papers"), "{said}");
    let said = import("t.csv", b"{}", &["--slug", "small", "--format", "json"]);
    assert!(said.contains("/version: the property is missing"), "{said}");
    let said = run(dir, &["import", "t.csv", "--slug", "No Slug"]);
    assert!(!said.status.success() && text(&said.stderr).contains("lower-case letters"), "{}", text(&said.stderr));
    let said = succeeds(&run(dir, &["import", "small.json"]));
    assert!(said.contains("it stays at revision 1"), "nothing of all that was imported: {said}");
}

/// The slug that is given is the one that counts, also against what the file says.
#[test]
fn a_program_is_imported_under_another_slug() {
    let dir = with_small();
    let said = succeeds(&run(dir.path(), &["import", "small.json", "--slug", "other"]));
    assert!(said.contains("other: revision 1"), "{said}");
    assert!(succeeds(&run(dir.path(), &["export", "other"])).contains("\"slug\": \"other\""));
}

#[test]
fn help_names_the_formats() {
    let dir = tempfile::tempdir().unwrap();
    let help = succeeds(&run(dir.path(), &["export", "--help"]));
    for name in TABLES.into_iter().chain(["json"]) {
        assert!(help.contains(name), "{name} in {help}");
    }
    let help = succeeds(&run(dir.path(), &["import", "--help"]));
    for word in ["<FILE>...", "--format", "--slug", "--time-zone", "schedule.xml"] {
        assert!(help.contains(word), "{word} in {help}");
    }
}

/// Tables of any size and nonsense are read or faulted in bounded memory.
#[test]
fn two_hundred_megabytes_of_cells() {
    const SIZE: usize = 200_000_000;
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let fill = |start: &str, unit: &str, end: &str| {
        let mut text = String::with_capacity(SIZE + end.len());
        text.push_str(start);
        while text.len() < SIZE {
            text.push_str(unit);
        }
        text + end
    };
    let long = "t".repeat(49_999);
    let cases = [
        ("separators", fill("", ",", ""), "cells"),
        ("rows", fill("key,authors\n", "a\n", ""), "there may be more"),
        ("one cell", fill("key,authors\n\"", "x", "\",\n"), "key: the text is too long"),
        ("quotes", fill("key,authors\n\"", "\"\"", "\",\n"), "key: the text is too long"),
        ("an open quote", fill("key,authors\n\"", "\"\"", ""), "never closed"),
        ("a list", fill("key,authors\na,", "a;", "\n"), "more than 50000 elements"),
        ("a bar", fill("key,authors\na,", "|", "\n"), "an item of the list has too many parts"),
        ("long texts", fill("key,abstract,authors\n", &format!("a,{long},\n"), "b,,|;|\\"), "ends in a backslash"),
    ];
    for (name, nonsense, expected) in cases {
        std::fs::write(dir.join("nonsense.csv"), &nonsense).unwrap();
        drop(nonsense);
        let mut child = plenary(dir)
            .args(["import", "nonsense.csv", "--slug", "small"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            peak = peak.max(crate::cli::memory_peak(&child).unwrap_or(0));
            std::thread::yield_now();
        }
        let said = fails(&child.wait_with_output().unwrap());
        assert!(said.contains("nothing is imported") && said.contains(expected), "{name}: {said}");
        assert!(said.len() < 20_000, "{name}: {} bytes", said.len());
        assert!(peak > 0 && peak < 512 * 1024, "{name}: {peak} KiB");
    }
    assert!(!dir.join("data/plenary.db").exists(), "the database is not even opened");
}

/// The input that a table is, for the small conference.
fn table(contents: &str) -> Input {
    let terms = Terms { slug: Some("small".into()), ..Terms::default() };
    read(contents.as_bytes(), InputFormat::Csv, &terms).unwrap_or_else(|faults| panic!("{faults}")).input
}

async fn whole_table(world: &World, kind: TableKind) -> String {
    let mut out = Vec::new();
    write_table(&world.program("small").await.unwrap(), kind, Scope::Whole, &mut out);
    String::from_utf8(out).unwrap()
}

both! {
    /// A table is one revision, laid over the program as it is then, and nothing where it changes nothing.
    async fn a_table_is_one_revision(world) {
        world.import(&file(&small())).await;
        for kind in TableKind::ALL {
            let again = whole_table(world, kind).await;
            let imported = world.import_input(&table(&again), Options { prune: true, ..Options::default() }).await.unwrap();
            assert_eq!((imported.rows, imported.stamp.unwrap().revision), (0, 1), "{kind:?}");
        }
        // Read before the program changes: what it has no column of is as it is when it is laid over it.
        let header = table("key,title,authors\n");
        assert_eq!(world.import_input(&header, Options::default()).await.unwrap().rows, 0);
        let titles = table("key,authors,title\nx1,ann | presenting,Zebra crossings\n");
        let mut edited = small();
        edited["panels"][1]["papers"][0]["abstract"] = json!("Written meanwhile.");
        world.import(&file(&edited)).await;
        let imported = world.import_input(&titles, Options::default()).await.unwrap();
        assert_eq!(imported.report.count(Mark::Changed, Noun::Paper), 1);
        assert_eq!(imported.stamp.unwrap().revision, 3);
        let paper = world.export("small").await.panels[0].papers[0].clone();
        assert_eq!(paper.r#abstract.as_deref(), Some("Written meanwhile."));
        assert_eq!(paper.authors.len(), 1);
    }

    /// What does not fit is not imported, not even in part.
    async fn faults_leave_everything_as_it_is(world) {
        world.import(&file(&small())).await;
        let faulty = table("key,title,authors\nx1,Changed,ann\nx2,Changed,nobody\n");
        for dry_run in [true, false] {
            let error = world.import_input(&faulty, Options { dry_run, ..Options::default() }).await.unwrap_err();
            let CommitError::Refused(faults) = error else { panic!("{error:?}") };
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert_eq!(faults[0].pointer, "papers, line 3, authors");
        }
        let program = world.program("small").await.unwrap();
        assert_eq!(program.stamp.revision, 1);
        // Without a conference there is nothing to lay it over, and nothing is made.
        let terms = Terms { slug: Some("other".into()), ..Terms::default() };
        let other = read(b"key,authors\nx1,ann\n", InputFormat::Csv, &terms).unwrap().input;
        let error = world.import_input(&other, Options::default()).await.unwrap_err();
        assert!(matches!(error, CommitError::Refused(_)), "{error:?}");
        assert!(world.program("other").await.is_none());
        let nameless = read(b"key,authors\nx1,ann\n", InputFormat::Csv, &Terms::default()).unwrap().input;
        let error = world.import_input(&nameless, Options::default()).await.unwrap_err();
        assert!(matches!(error, CommitError::Refused(_)), "{error:?}");
    }
}

/// The schema of the program file, and what is exported by it, as others see it.
#[test]
fn exports_are_by_the_schema() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let schema = succeeds(&run(dir, &["schema", "--program"]));
    let parsed: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(parsed["$schema"], "https://json-schema.org/draft/2020-12/schema");
    std::fs::write(dir.join("schema.json"), schema).unwrap();
    let Some(python) = std::env::var_os("PLENARY_TEST_PYTHON") else {
        eprintln!("skipped: PLENARY_TEST_PYTHON names no environment");
        return;
    };
    let check = |arguments: &[&str]| {
        let mut command = Command::new(Path::new(&python).join("bin/check-jsonschema"));
        command.current_dir(dir).args(arguments).output().unwrap()
    };
    let mut files = vec!["demo.json".to_owned(), "small.json".to_owned()];
    std::fs::write(dir.join("demo.json"), crate::support::files::bytes(&plenary::demo::program())).unwrap();
    write(dir, "small.json", &small());
    for seed in 1..=20 {
        let (name, seed) = (format!("made-{seed}.json"), seed.to_string());
        succeeds(&run(
            dir,
            &["generate", "--panels", "8", "--papers", "30", "--people", "20", "--seed", &seed, "-o", &name],
        ));
        files.push(name);
    }
    succeeds(&run(dir, &["import", "small.json"]));
    for (name, flags) in [("whole.json", &[][..]), ("public.json", &["--public"])] {
        succeeds(&run(dir, &[&["export", "small", "-o", name], flags].concat()));
        files.push(name.to_owned());
    }
    let of = |files: &[String]| {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        check(&[&["--schemafile", "schema.json"], &files[..]].concat())
    };
    let checked = check(&["--check-metaschema", "schema.json"]);
    assert!(checked.status.success(), "{}{}", text(&checked.stdout), text(&checked.stderr));
    let checked = of(&files);
    assert!(checked.status.success(), "{}{}", text(&checked.stdout), text(&checked.stderr));
    // And what the reader faults, it faults too.
    for (n, (pointer, value)) in [
        ("/conference/slug", json!("No Slug")),
        ("/rooms/1/link", json!("http://meet.example")),
        ("/people/0/country", json!("gb")),
        ("/panels/0/kind", json!("TALK")),
        ("/panels/1/sessions/0/number", json!(0)),
        ("/panels/1/sessions/0/start", json!("9:00")),
        ("/panels/1/papers/0/keywords", json!(null)),
    ]
    .into_iter()
    .enumerate()
    {
        let mut faulty = small();
        *faulty.pointer_mut(pointer).unwrap() = value;
        let name = format!("faulty-{n}.json");
        write(dir, &name, &faulty);
        assert!(!of(&[name]).status.success(), "{pointer}");
    }
}
