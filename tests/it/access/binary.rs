//! The binary: members from the command line, and what the log says when it says everything.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary::app::App;
use plenary::clock::System;
use plenary::command::account::log_in;
use plenary::config::Config;
use plenary::db::Database;
use serde_json::{Value, json};

use crate::cli::{fails, plenary, run, succeeds, write};
use crate::support::files::small;
use crate::support::people::claims;
use crate::support::{pools, runtime};

/// A server that is ended when the test is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A cookie of somebody who logs in on the database in this directory.
fn cookie(dir: &Path, email: &str) -> String {
    runtime().block_on(async {
        let database = Database::connect(&Database::sqlite_url(&dir.join("data/plenary.db")), &pools()).await.unwrap();
        let config = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap();
        let app = App::new(config, database, Arc::new(System));
        log_in(app.desk(), claims(email), None, None, None).await.unwrap().token.text()
    })
}

fn ask(address: &str, cookie: Option<&str>, query: &str) -> Value {
    let mut curl = Command::new("curl");
    curl.args(["-s", &format!("{address}/graphql"), "-H", "content-type: application/json"]);
    curl.args(["-H", &format!("origin: {address}"), "-d", &json!({ "query": query }).to_string()]);
    if let Some(cookie) = cookie {
        curl.args(["-H", &format!("cookie: plenary_session={cookie}")]);
    }
    serde_json::from_slice(&curl.output().unwrap().stdout).unwrap()
}

/// At trace level, with links asked for by those who get them and those who don't: no link, no address and no token is in
/// the log.
#[test]
fn the_log_tells_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "small.json", &small());
    succeeds(&run(dir, &["import", "small.json"]));
    succeeds(&run(dir, &["member", "set", "small", "ada@canary.example", "--name", "Ada"]));
    succeeds(&run(dir, &["member", "set", "small", "olga@canary.example", "--role", "organizer"]));
    let token = cookie(dir, "ada@canary.example");
    let organizer = cookie(dir, "olga@canary.example");
    let (said, log) = (dir.join("said"), dir.join("log"));
    let child = plenary(dir)
        .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "trace"])
        .stdout(File::create(&said).unwrap())
        .stderr(File::create(&log).unwrap())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    let deadline = Instant::now() + Duration::from_secs(30);
    let address = loop {
        let text = std::fs::read_to_string(&said).unwrap();
        if let Some(address) = text.split("http://").nth(1).and_then(|rest| rest.split_once("/graphql")) {
            break format!("http://{}", address.0);
        }
        assert!(Instant::now() < deadline, "{text}");
        std::thread::yield_now();
    };
    let links = r#"{ conference(slug: "small") { rooms { link { access url } } sessions { nodes { rooms { link { url } } } } } }"#;
    let seen = ask(&address, Some(&token), links).to_string();
    assert!(seen.contains("CANARY-net") && seen.contains("CANARY-own"), "{seen}");
    let unseen = ask(&address, None, links).to_string();
    assert!(unseen.contains("SIGN_IN") && !unseen.contains("CANARY"), "{unseen}");
    ask(&address, Some(&token), "{ viewer { export identities { provider } loginSessions { id } } }");
    ask(&address, Some("nonsense"), links);
    // An upload, also one with faults, and what becomes of it.
    let upload = |body: &str| -> Value {
        let mut curl = Command::new("curl");
        curl.args(["-s", &format!("{address}/c/small/import?prune=true"), "-H", &format!("origin: {address}")]);
        curl.args(["-H", &format!("cookie: plenary_session={organizer}"), "--data-binary", body]);
        serde_json::from_slice(&curl.output().unwrap().stdout).unwrap()
    };
    let mut file = small();
    file["people"][1]["email"] = json!("bob@canary.example");
    let kept = upload(&file.to_string());
    let apply =
        format!("mutation {{ applyImport(input: {{id: {}}}) {{ userErrors {{ message }} revision }} }}", kept["id"]);
    let applied = ask(&address, Some(&organizer), &apply);
    assert!(applied["data"]["applyImport"]["revision"].is_i64(), "{kept:#} {applied:#}");
    file["people"][1]["email"] = json!("bob at canary.example");
    file["rooms"][0]["link"] = json!("http://meet.example/CANARY-wrong");
    assert_eq!(upload(&file.to_string())["faults"].as_array().map(Vec::len), Some(2));
    let made =
        ask(&address, Some(&token), "mutation { createAccessToken(input: {name: \"x\", scopes: [READ]}) { token } }");
    let secret = made["data"]["createAccessToken"]["token"].as_str().unwrap().to_owned();
    ask(&address, Some(&token), "mutation { deleteAccount(input: {name: \"ada\"}) { userId } }");
    drop(running);
    let log = std::fs::read_to_string(&log).unwrap() + &std::fs::read_to_string(&said).unwrap();
    assert!(log.contains("TRACE") && log.contains("plenary::access"), "it is the log of everything: {log}");
    for inside in ["CANARY", "canary.example", &token, &organizer, &secret, "subject-ada"] {
        assert!(!log.contains(inside), "{inside} in {}", log.lines().find(|line| line.contains(inside)).unwrap());
    }
}

/// Members are set, imported, listed and removed by address; faults are told and nothing is half done.
#[test]
fn members() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "small.json", &small());
    succeeds(&run(dir, &["import", "small.json"]));
    let set = succeeds(&run(dir, &["member", "set", "small", "Chair@Example.org", "--role", "organizer"]));
    assert_eq!(set, "small: 1 added, 0 changed, 0 as they were.\n");
    std::fs::write(dir.join("list.csv"), "Name,Email\nAda Byron,ada@example.org\nChair,chair@example.org\n").unwrap();
    let imported = succeeds(&run(dir, &["member", "import", "small", "list.csv", "--role", "organizer"]));
    assert_eq!(imported, "small: 1 added, 1 changed, 0 as they were.\n");
    let again = succeeds(&run(dir, &["member", "import", "small", "list.csv", "--role", "organizer"]));
    assert_eq!(again, "small: 0 added, 0 changed, 2 as they were.\n");
    std::fs::write(dir.join("bad.csv"), "email\nbob@example.org\nnobody\n").unwrap();
    let bad = fails(&run(dir, &["member", "import", "small", "bad.csv"]));
    assert!(bad.contains("line 3: \"nobody\" is no e-mail address"), "{bad}");
    cookie(dir, "ada@example.org");
    let list = succeeds(&run(dir, &["member", "list", "small"]));
    assert_eq!(
        list,
        "ORGANIZER  not yet    chair@example.org  Chair\nORGANIZER  logged in  ada@example.org  Ada Byron\n"
    );
    succeeds(&run(dir, &["member", "remove", "small", "ada@example.org"]));
    let last = fails(&run(dir, &["member", "set", "small", "chair@example.org"]));
    assert!(last.contains("last organizer"), "{last}");
    assert!(fails(&run(dir, &["member", "list", "nowhere"])).contains("there is no conference nowhere"));
    assert!(fails(&run(dir, &["admin", "grant", "nobody"])).contains("is no e-mail address"));
    assert!(succeeds(&run(dir, &["admin", "grant", "ada@example.org"])).contains("is an administrator"));
    assert!(succeeds(&run(dir, &["admin", "revoke", "ada@example.org"])).contains("no longer"));
}
