//! What must not get out by the way: passwords in messages, links and addresses in files that others may read.

use std::path::Path;

use serde_json::json;

use crate::cli::{fails, plenary, run, succeeds, write};
use crate::support::files::small;

/// An address that no library can read is told without its password, by every command and wherever it was set.
#[test]
fn a_malformed_address_keeps_its_password() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "small.json", &small());
    let addresses = [
        "postgres://plenary:hunter2#tail@db.example/program",
        "postgres://plenary:hunter2/tail@db.example/program",
        "postgres://plenary:hunter2@db.example:port/program",
        "postgres://plenary:hunter2@db.example/program?sslmode=hunter2",
        "postgres://plenary:hunter2@[db.example/program",
        "mysql://plenary:hunter2@db.example/program",
        "sqlite://x.db?mode=hunter2",
        "sqlite::memory:hunter2",
    ];
    let commands: [&[&str]; 4] =
        [&["serve", "--listen", "127.0.0.1:0"], &["migrate"], &["import", "small.json"], &["export", "small"]];
    for address in addresses {
        for command in commands {
            let from_env = plenary(dir).args(command).env("PLENARY_DATABASE_URL", address).output().unwrap();
            let from_flag = run(dir, &[command, &["--database-url", address]].concat());
            for output in [from_env, from_flag] {
                let said = fails(&output);
                assert!(!said.contains("hunter2"), "{address}: {said}");
                assert!(said.to_lowercase().contains("database_url") && said.contains("postgres://USER"), "{said}");
            }
        }
    }
}

/// The database and whole exports are for their owner alone.
#[cfg(unix)]
#[test]
fn files_are_their_owners() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mode = |path: &str| std::fs::metadata(dir.join(path)).unwrap().permissions().mode() & 0o777;
    write(dir, "small.json", &small());
    succeeds(&run(dir, &["import", "small.json"]));
    assert_eq!((mode("data"), mode("data/plenary.db")), (0o700, 0o600));
    succeeds(&run(dir, &["export", "small", "-o", "whole.json"]));
    assert_eq!(mode("whole.json"), 0o600);
    succeeds(&run(dir, &["export", "small", "--public", "-o", "public.json"]));
    assert_ne!(mode("public.json") & 0o044, 0, "what is public may be read");
}

/// Commands that only read make no database.
#[test]
fn reading_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "small.json", &small());
    assert!(fails(&run(dir, &["export", "small"])).contains("no conference with the slug \"small\""));
    let said = succeeds(&run(dir, &["import", "small.json", "--dry-run"]));
    assert!(said.contains("+ conference small") && said.contains("dry run"), "{said}");
    assert!(succeeds(&run(dir, &["migrate", "--dry-run"])).contains("no database yet"));
    let names =
        |dir: &Path| -> Vec<_> { std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect() };
    assert_eq!(names(dir), ["small.json"]);
}

/// A public export over the conference it came from takes its links and addresses away: that is said.
#[test]
fn a_public_export_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "small.json", &small());
    succeeds(&run(dir, &["import", "small.json"]));
    succeeds(&run(dir, &["export", "small", "--public", "-o", "public.json"]));
    for arguments in [&["import", "public.json", "--dry-run"][..], &["import", "public.json"]] {
        let output = run(dir, arguments);
        succeeds(&output);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("takes away 2 links to rooms and 1 e-mail address"), "{said}");
        assert!(!said.to_lowercase().contains("canary"), "{said}");
    }
    let mut edited = small();
    edited["panels"][0]["title"] = json!("Later things");
    write(dir, "edited.json", &edited);
    let output = run(dir, &["import", "edited.json"]);
    succeeds(&output);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
