//! The libraries that people use, as docs/clients.md sets them up: they subscribe, come back and go on.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStdout, Command};

use crate::desk::{done, organizer};
use crate::support::socket::Server;
use crate::support::{Backend, run};

const CLIENTS: [&str; 3] = ["graphql-ws", "graphql-sse", "Apollo Client"];

/// Reads until each client holds this link; says of each whether it was reset meanwhile.
async fn all_hold(lines: &mut Lines<BufReader<ChildStdout>>, link: &str) -> BTreeMap<String, bool> {
    let (mut resets, mut holding) = (BTreeMap::new(), Vec::new());
    while holding.len() < CLIENTS.len() {
        let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("only {holding:?} hold {link}")).unwrap().expect("it has ended");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        let client = told["client"].as_str().unwrap().to_owned();
        assert!(told["links"].is_array(), "{line}");
        *resets.entry(client.clone()).or_insert(false) |= told["reset"] == true;
        if told["links"].as_array().unwrap().contains(&json!(link)) && !holding.contains(&client) {
            holding.push(client);
        }
    }
    resets
}

#[test]
fn they_subscribe_and_come_back() {
    run(Backend::Sqlite, async |world| {
        let olga = organizer(&world).await;
        let conference =
            world.data("{ conference(slug: \"small\") { id } }", json!({})).await["conference"]["id"].take();
        let public = json!({"conferenceId": conference, "linkAudience": "PUBLIC"});
        done(&world, &olga, "setLinkSettings", public, "__typename").await;
        let net = world.id_of("rooms", "name", "Online").await;
        let change = async |url: &str| {
            done(&world, &olga, "setRoomLink", json!({"id": net, "url": url}), "__typename").await;
        };
        let settings = "limits.drain_ms = 300";
        let server = Server::of(&world.another_with(settings).await).await;
        let address = server.address;
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/npm");
        let mut script = Command::new("node")
            .args(["live.mjs", &format!("http://{address}/graphql")])
            .current_dir(dir)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(script.stdout.take().unwrap()).lines();
        let first = all_hold(&mut lines, "https://meet.example/CANARY-net").await;
        assert!(first.values().all(|reset| *reset), "{first:?}");
        change("https://meet.example/1").await;
        let live = all_hold(&mut lines, "https://meet.example/1").await;
        assert!(live.values().all(|reset| !*reset), "{live:?}");
        // The server is restarted, and something changes while it is away.
        server.stopped().await;
        change("https://meet.example/2").await;
        let server = Server::at(&world.another_with(settings).await, address).await;
        let back = all_hold(&mut lines, "https://meet.example/2").await;
        assert!(back.values().all(|reset| !*reset), "all went on from where they were: {back:?}");
        change("https://meet.example/3").await;
        all_hold(&mut lines, "https://meet.example/3").await;
        script.kill().await.unwrap();
        server.stopped().await;
    });
}
