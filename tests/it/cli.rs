//! The binary as a person or a script meets it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use plenary::db::Database;
use plenary::format::fault::MOST_FAULTS;
use serde_json::{Value, json};

use crate::support::files::small;
use crate::support::{Backend, bare_postgres, pools, runtime};

pub fn plenary(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
    // Whoever runs the tests may have settings of their own.
    command.env_clear().current_dir(dir);
    command
}

pub fn run(dir: &Path, arguments: &[&str]) -> Output {
    plenary(dir).args(arguments).stdin(Stdio::null()).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
pub fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
pub fn fails(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stderr)
}

pub fn write(dir: &Path, name: &str, value: &Value) {
    std::fs::write(dir.join(name), serde_json::to_vec_pretty(value).unwrap()).unwrap();
}

#[test]
fn help_is_enough_to_work_from() {
    let dir = tempfile::tempdir().unwrap();
    let help = succeeds(&run(dir.path(), &["--help"]));
    for command in ["demo", "serve", "import", "export", "generate", "schema", "migrate", "bench"] {
        assert!(help.contains(command), "{command} in {help}");
        assert!(!succeeds(&run(dir.path(), &[command, "--help"])).is_empty());
    }
    let help = succeeds(&run(dir.path(), &["import", "--help"]));
    for flag in ["--dry-run", "--prune", "--draft", "--database-url", "--config"] {
        assert!(help.contains(flag), "{flag} in {help}");
    }
}

#[test]
fn the_schema_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let sdl = succeeds(&run(dir.path(), &["schema"]));
    assert_eq!(sdl, plenary::graphql::sdl(), "to the letter, so that it can be written to a file");
}

/// Made up, imported, exported, imported elsewhere, exported: the same bytes.
#[test]
fn files_come_round() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let sizes = ["--panels", "9", "--papers", "40", "--people", "30", "--seed", "11", "-o", "made.json"];
    succeeds(&run(dir, &[&["generate"], &sizes[..]].concat()));
    let said = succeeds(&run(dir, &["import", "made.json"]));
    assert!(said.contains("added: 1 conference") && said.contains("revision 1"), "{said}");
    assert!(dir.join("data/plenary.db").exists());
    succeeds(&run(dir, &["export", "generated", "-o", "one.json"]));
    succeeds(&run(dir, &["import", "one.json", "--data-dir", "other"]));
    let two = run(dir, &["export", "generated", "--data-dir", "other"]);
    assert_eq!(text(&std::fs::read(dir.join("one.json")).unwrap()), succeeds(&two));
    let again = succeeds(&run(dir, &["import", "one.json"]));
    assert!(again.contains("nothing to change; it stays at revision 1"), "{again}");
    let missing = fails(&run(dir, &["export", "nowhere"]));
    assert!(missing.contains("no conference with the slug \"nowhere\""), "{missing}");
}

/// What can't be generated is said before anything is written, with its mend; what can't be written is named.
#[test]
fn generating_says_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for slug in ["My Conference", "x", "-tides", "tides_1", "Tides", ""] {
        let output = run(dir, &["generate", &format!("--slug={slug}"), "-o", "made.json"]);
        let said = text(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{slug}");
        assert!(said.contains("--slug") && said.contains("lower-case letters, digits and hyphens"), "{said}");
        assert!(!dir.join("made.json").exists());
    }
    let said = fails(&run(dir, &["generate", "-o", "nowhere/made.json"]));
    assert!(said.contains("nowhere/made.json: "), "{said}");
    // Full as soon as something is written to it, and not to be replaced by a file.
    let said = fails(&run(dir, &["generate", "-o", "/dev/full"]));
    assert!(said.contains("/dev/full: "), "{said}");
    assert!(!std::fs::metadata("/dev/full").unwrap().is_file());
}

/// A public export has neither links nor addresses, and all the rest.
#[test]
fn a_public_export_keeps_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "small.json", &small());
    succeeds(&run(dir, &["import", "small.json"]));
    let whole = succeeds(&run(dir, &["export", "small"]));
    assert!(whole.contains("CANARY") && whole.contains("canary.example"));
    let public = succeeds(&run(dir, &["export", "small", "--public"]));
    assert!(!public.to_lowercase().contains("canary"), "{public}");
    let mut expected: Value = serde_json::from_str(&whole).unwrap();
    strip(&mut expected);
    assert_eq!(serde_json::from_str::<Value>(&public).unwrap(), expected);
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("link");
            object.remove("email");
            object.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// A dry run prints every line and writes nothing.
#[test]
fn a_dry_run_prints() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "small.json", &small());
    succeeds(&run(dir, &["import", "small.json"]));
    let mut edited = small();
    edited["panels"][0]["title"] = json!("Later things");
    edited["rooms"].as_array_mut().unwrap().push(json!({"key": "new", "name": "New room"}));
    edited["panels"][1]["papers"].as_array_mut().unwrap().remove(2);
    edited["panels"][1]["sessions"][1]["slots"].as_array_mut().unwrap().remove(0);
    write(dir, "edited.json", &edited);
    let said = succeeds(&run(dir, &["import", "edited.json", "--dry-run"]));
    let expected =
        "+ room new  New room\n~ panel P10  P10 Later things  (title)\n? paper x3  Middles\n~ session p2-2  (slots)\n";
    assert!(said.starts_with(expected), "{said}");
    assert!(said.contains("nothing is."), "{said}");
    let said = succeeds(&run(dir, &["import", "edited.json", "--dry-run", "--prune"]));
    assert!(said.contains("- paper x3  Middles"), "{said}");
    let said = succeeds(&run(dir, &["import", "small.json"]));
    assert!(said.contains("nothing to change; it stays at revision 1"), "{said}");
}

/// A faulty file: all its faults, nothing written, exit code 1.
#[test]
fn faults_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut faulty = small();
    faulty["conference"]["timeZone"] = json!("Europe/Nowhere");
    faulty["panels"][1]["papers"][0]["authors"][0]["person"] = json!("nobody");
    faulty["panels"][1]["sessions"][0]["rooms"][0]["lnk"] = json!("https://x.example");
    faulty["rooms"][1]["link"] = json!("javascript:alert(1)");
    write(dir, "faulty.json", &faulty);
    let said = fails(&run(dir, &["import", "faulty.json"]));
    for pointer in [
        "/conference/timeZone: ",
        "/panels/1/papers/0/authors/0/person: there is no person with the key \"nobody\"",
        "/panels/1/sessions/0/rooms/0/lnk: there is no such property; is \"link\" meant?",
        "/rooms/1/link: ",
    ] {
        assert!(said.contains(pointer), "{pointer} in {said}");
    }
    let missing = run(dir, &["export", "small"]);
    assert!(fails(&missing).contains("no conference"), "nothing is written");

    let whole = serde_json::to_vec(&small()).unwrap();
    std::fs::write(dir.join("cut.json"), &whole[..whole.len() / 2]).unwrap();
    assert!(fails(&run(dir, &["import", "cut.json"])).contains("the file ends in the middle of a value"));
    assert!(fails(&run(dir, &["import", "missing.json"])).contains("missing.json can't be read"));

    let people: Vec<Value> = (0..200).map(|_| json!({"key": 7})).collect();
    faulty["people"] = json!(people);
    write(dir, "many.json", &faulty);
    let said = fails(&run(dir, &["import", "many.json"]));
    assert_eq!(said.lines().filter(|line| line.starts_with('/')).count(), MOST_FAULTS);
    assert!(said.contains("there may be more"), "{said}");
}

/// Nonsense of any size is faulted in bounded memory.
#[test]
fn two_hundred_megabytes_of_nonsense() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    const SIZE: usize = 200_000_000;
    let head = r#"{"version":1,"conference":{},"panels":["#;
    let fill = |start: &str, unit: &str| start.to_owned() + &unit.repeat((SIZE - start.len()) / unit.len());
    let cases = [
        ("brackets", fill("", "[")),
        ("numbers", fill(head, "1,") + "1]}"),
        ("objects", fill(head, "{},") + "{}]}"),
        ("one text", fill("\"", "x") + "\""),
        ("one name", fill("{\"", "x") + "\":1}"),
        ("no json", fill("", "no ")),
    ];
    for (name, nonsense) in cases.into_iter().chain([("as much as is read", as_much_as_is_read(SIZE))]) {
        std::fs::write(dir.join("nonsense.json"), &nonsense).unwrap();
        drop(nonsense);
        let begun = Instant::now();
        // The shell's limit on address space would count what is only reserved; the kernel's own peak is read instead.
        let mut child = plenary(dir)
            .args(["import", "nonsense.json"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            peak = peak.max(memory_peak(&child).unwrap_or(0));
            std::thread::yield_now();
        }
        let output = child.wait_with_output().unwrap();
        let said = fails(&output);
        assert!(said.contains("nothing is imported"), "{name}: {said}");
        assert!(said.len() < 20_000, "{name}: {} bytes", said.len());
        assert!(peak > 0 && peak < 512 * 1024, "{name}: {peak} KiB");
        assert!(begun.elapsed() < Duration::from_secs(30), "{name}: {:?}", begun.elapsed());
    }
    // More than is read at all: refused by its size.
    std::fs::File::create(dir.join("nonsense.json")).unwrap().set_len(300_000_000).unwrap();
    assert!(fails(&run(dir, &["import", "nonsense.json"])).contains("it is larger than 250 MB"));
    assert!(!dir.join("data/plenary.db").exists(), "the database is not even opened");
}

/// A file of this size with as many papers, sessions and slots as are read, long titles, and one fault at its end.
fn as_much_as_is_read(size: usize) -> String {
    let (papers, slots) = (49_000, 450_000);
    let title = "t".repeat((size - 25 * slots - 100 * papers) / papers);
    let list = |n: usize, item: &dyn Fn(usize) -> String| (0..n).map(item).collect::<Vec<_>>().join(",");
    let of_papers = list(papers, &|n| format!(r#"{{"key":"paper-{n}","title":"T","abstract":"{title}"}}"#));
    let of_slots =
        |session: usize| list(slots / papers, &|n| format!(r#"{{"paper":"paper-{}"}}"#, (session + n) % papers));
    let of_sessions = list(papers, &|n| format!(r#"{{"key":"s{n}","number":{},"slots":[{}]}}"#, n + 1, of_slots(n)));
    format!(
        r#"{{"version":1,"conference":{{"slug":"big","name":"Big","timeZone":"UTC","startsOn":"2027-01-01","endsOn":"2027-01-02"}},
        "panels":[{{"code":"A","title":"A","papers":[{of_papers}],"sessions":[{of_sessions},{{"key":"x","number":0}}]}}]}}"#
    )
}

/// The most memory that a process has had, in KiB.
pub fn memory_peak(child: &Child) -> Option<u64> {
    // Until it is the program it shares the memory of whoever started it.
    let runs = std::fs::read_link(format!("/proc/{}/exe", child.id())).ok()?;
    if std::env::current_exe().is_ok_and(|own| own == runs) {
        return None;
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Killed at any moment, an import is there whole or not at all; afterwards it can be done.
#[test]
fn killed_while_importing() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let sizes = ["--panels", "150", "--papers", "1200", "--people", "900", "--seed", "5", "-o", "made.json"];
        succeeds(&run(dir, &[&["generate"], &sizes[..]].concat()));
        let url = match backend {
            Backend::Sqlite => Database::sqlite_url(&dir.join("killed.db")),
            Backend::Postgres => runtime().block_on(bare_postgres()),
        };
        let arguments = ["import", "made.json", "--database-url", &url];
        succeeds(&run(dir, &["migrate", "--database-url", &url]));
        let rows = |url: &str| {
            runtime().block_on(async {
                let database = Database::connect(url, &pools()).await.unwrap();
                let found = Database::conference_id(database.reader(), "generated").await.unwrap();
                let rows = match found {
                    None => None,
                    Some(id) => database.load_program(id).await.unwrap().map(|loaded| loaded.rows.len()),
                };
                database.close().await;
                rows
            })
        };
        // How long one takes, in a database of its own.
        let begun = Instant::now();
        succeeds(&run(dir, &["import", "made.json", "--data-dir", "timed"]));
        let whole = begun.elapsed();
        let mut killed = 0;
        for n in 1..=12 {
            let mut child = plenary(dir).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let deadline = Instant::now() + whole.mul_f64(f64::from(n) / 12.0);
            while Instant::now() < deadline && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            child.kill().unwrap();
            let status = child.wait().unwrap();
            match rows(&url) {
                None => killed += 1,
                Some(found) => {
                    let said = succeeds(&run(dir, &arguments));
                    assert!(said.contains("it stays at revision 1"), "whole: {found} rows; {said}");
                    assert!(status.success() || killed > 0, "the first was not yet killed");
                    break;
                }
            }
        }
        // Moments are fractions of a time that was measured: on a busy machine fewer of them come before the end.
        assert!(killed >= 1, "{backend:?}: none was killed before it was done");
        succeeds(&run(dir, &arguments));
        assert!(rows(&url).unwrap() > 5_000);
    }
}

/// Settings: what is unknown is refused by name, and a secret is never printed.
#[test]
fn settings() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("plenary.toml"), "lisen = \"127.0.0.1:1\"\n[limits]\ndepht = 3\n").unwrap();
    let said = fails(&run(dir, &["serve"]));
    assert!(said.contains("lisen") && said.contains("listen"), "{said}");
    assert!(said.contains("depht") && said.contains("depth"), "{said}");
    std::fs::remove_file(dir.join("plenary.toml")).unwrap();
    let output = plenary(dir).args(["migrate"]).env("PLENARY_LISTN", "x").output().unwrap();
    assert!(fails(&output).contains("PLENARY_LISTN"));
    let secret = "postgres://plenary:hunter2@127.0.0.1:1/nowhere";
    let output = plenary(dir)
        .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "trace"])
        .env("PLENARY_DATABASE_URL", secret)
        .output()
        .unwrap();
    let said = fails(&output);
    assert!(said.contains("the database can't be opened") && !said.contains("hunter2"), "{said}");
}

/// A process that is killed when the test is over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn demo(dir: &Path, listen: &str) -> (Running, String) {
    let mut child =
        plenary(dir).args(["demo", "--listen", listen, "--log-level", "warn"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = String::new();
    for line in lines.by_ref() {
        let line = line.unwrap();
        said += &line;
        said.push('\n');
        if line.starts_with("Stop with") {
            break;
        }
    }
    (Running(child), said)
}

fn curl(command: &str) -> Value {
    let output = Command::new("sh").args(["-c", &format!("{} -s", command.trim())]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{command}: {}", text(&output.stderr)))
}

/// The demo says where to go, each of its three queries answers, and run again it keeps the data.
#[test]
fn the_demo() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let listen = free();
    let (running, said) = demo(dir, &listen);
    assert!(said.contains(&format!("http://{listen}/graphql")), "{said}");
    let queries: Vec<&str> = said.lines().filter(|line| line.trim_start().starts_with("curl ")).collect();
    assert_eq!(queries.len(), 3);
    for query in &queries {
        let answer = curl(query);
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
        assert!(answer["data"]["conference"].is_object(), "{query}: {answer}");
    }
    let taken = plenary(dir).args(["serve", "--listen", &listen]).output().unwrap();
    assert!(fails(&taken).contains("choose another with --listen"));
    drop(running);

    // As somebody left it.
    succeeds(&run(dir, &["export", "demo", "-o", "demo.json"]));
    let mut edited: Value = serde_json::from_slice(&std::fs::read(dir.join("demo.json")).unwrap()).unwrap();
    edited["conference"]["name"] = json!("Our own demo");
    write(dir, "demo.json", &edited);
    succeeds(&run(dir, &["import", "demo.json"]));
    let listen = free();
    let (_running, said) = demo(dir, &listen);
    assert!(said.contains("as you left it"), "{said}");
    let answer = curl(&format!(
        "curl http://{listen}/graphql -H 'Content-Type: application/json' -d '{{\"query\":\"{{ conference(slug: \\\"demo\\\") {{ name }} }}\"}}'"
    ));
    assert_eq!(answer["data"]["conference"]["name"], "Our own demo");
}

/// SIGTERM: the server stops by itself, in good order.
#[test]
fn stopping() {
    let dir = tempfile::tempdir().unwrap();
    let (mut running, _) = demo(dir.path(), "127.0.0.1:0");
    let killed = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let deadline = Instant::now() + Duration::from_secs(10);
    let status = loop {
        if let Some(status) = running.0.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "still running");
        std::thread::yield_now();
    };
    assert!(status.success(), "{status}");
}

/// The README's first query, word for word, has the answer that the README says.
#[test]
fn the_first_query_of_the_readme() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = |start: &str| {
        let from = readme.find(start).unwrap();
        readme[from..].split_once("\n```").unwrap().0.to_owned()
    };
    let (query, answer) = (block("curl -G http"), block("{\"data\""));
    let dir = tempfile::tempdir().unwrap();
    let (_running, said) = demo(dir.path(), "127.0.0.1:0");
    let address = said.split("http://").nth(1).unwrap().split("/graphql").next().unwrap();
    let answered = curl(&query.replace("127.0.0.1:8000", address));
    assert_eq!(answered, serde_json::from_str::<Value>(&answer).unwrap());
}
