//! A file of the largest size is in memory once, not many times.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::sync::Arc;

use plenary::app::App;
use plenary::auth::Scope;
use plenary::clock::System;
use plenary::config::Config;
use plenary::db::Database;
use serde_json::Value;

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

#[test]
fn once() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        run(backend, async |world| {
            let token = token(&world).await;
            let process = Process::started(&world.url, "", &[]).await;
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("program.json");
            let send = async |blanks: usize| {
                let mut file = edited().to_string().into_bytes();
                file.resize(file.len().max(blanks), b' ');
                std::fs::write(&path, &file).unwrap();
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
            send(0).await;
            let before = process.most_memory();
            send(LARGEST).await;
            let more = process.most_memory() - before;
            assert!(more < 2 * LARGEST, "{} MB more ({backend:?})", more / 1_000_000);
            eprintln!("{backend:?}: {} MB for {} MB", more / 1_000_000, LARGEST / 1_000_000);
        });
    }
}
