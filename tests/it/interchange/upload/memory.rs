//! A file of the largest size is in memory once, not many times.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::sync::Arc;

use plenary::app::App;
use plenary::auth::Scope;
use plenary::clock::System;
use plenary::config::Config;
use plenary::db::Database;
use serde_json::{Value, json};

use super::edited;
use crate::desk::organizer;
use crate::support::people::With;
use crate::support::process::Process;
use crate::support::{Backend, World, pools, run};

const LARGEST: usize = 20_000_000;

/// The access token of an organizer, who is there in real time.
async fn token(world: &World) -> String {
    let config = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap();
    let database = Database::connect(&world.url, &pools()).await.unwrap();
    let world = world.through(App::new(config, database, Arc::new(System)));
    let olga = organizer(&world).await;
    match world.program_of(&olga, &[Scope::Organize]).await.with {
        With::Bearer(token) => token,
        With::Nothing | With::Cookie(_) => unreachable!(),
    }
}

/// A file of the largest size that says little.
fn blank() -> Vec<u8> {
    let mut file = edited().to_string().into_bytes();
    file.resize(LARGEST, b' ');
    file
}

/// A file of about the largest size that is as full as can be: ten thousand papers.
fn full() -> Vec<u8> {
    let mut file = edited();
    let papers = file["panels"][0]["papers"].as_array().cloned().unwrap_or_default();
    let more = (0..10_000).map(|n| {
        json!({"key": format!("k{n}"), "title": format!("Paper {n}"), "abstract": format!("{n:05} ").repeat(308),
               "keywords": ["tides"], "authors": [{"person": "ann", "presenting": true}]})
    });
    file["panels"][0]["papers"] = papers.into_iter().chain(more).collect();
    file.to_string().into_bytes()
}

#[test]
fn once() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        run(backend, async |world| {
            let token = token(&world).await;
            let process = Process::started(&world.url, "", &[]).await;
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("program.json");
            let send = async |file: &[u8]| {
                std::fs::write(&path, file).unwrap();
                let output = Command::new("curl")
                    .args(["-s", "--data-binary", &format!("@{}", path.display())])
                    .args(["-H", &format!("authorization: Bearer {token}")])
                    .arg(format!("http://{}/c/small/import", process.address))
                    .output()
                    .unwrap();
                let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
                assert!(answer["changes"].is_array(), "{answer:#} {}", process.log());
                assert_eq!(answer["byteCount"], file.len());
            };
            send(edited().to_string().as_bytes()).await;
            let mut before = process.most_memory();
            for (what, file, most) in [("blanks", blank(), 2), ("papers", full(), 4)] {
                assert!(file.len() <= LARGEST && file.len() > LARGEST * 9 / 10, "{}", file.len());
                send(&file).await;
                let more = process.most_memory() - before;
                eprintln!("{backend:?}: {} MB for {} MB of {what}", more / 1_000_000, file.len() / 1_000_000);
                assert!(more < most * LARGEST, "{} MB more for {what} ({backend:?})", more / 1_000_000);
                before += more;
            }
        });
    }
}
