//! The organizers' program: everything made, changed and deleted through the API.

mod built;
mod drafts;
mod faulty;
mod feed;
mod history;
mod matrix;
mod nouns;
mod parts;
mod people;
pub mod random;

pub use nouns::session_of;
use serde_json::{Value, json};

use crate::desk::{desk, done};
use crate::support::World;
use crate::support::people::Persona;

/// An administrator of the site.
pub async fn administrator(world: &World) -> Persona {
    let clerk =
        plenary::command::member::Clerk { database: world.database(), source: &**world.app.source(), actor: "test" };
    clerk.administrator("root@example.org", true).await.unwrap();
    world.person("root@example.org").await
}

/// The small conference's id.
pub async fn small(world: &World) -> String {
    let data = world.data("{ conference(slug: \"small\") { id } }", json!({})).await;
    data["conference"]["id"].as_str().unwrap().to_owned()
}

/// The errors of a mutation that does nothing: code and field of each, in order.
pub async fn faults(world: &World, who: &Persona, name: &str, input: Value) -> Vec<String> {
    let before = world.dump().await;
    let payload = desk(world, who, name, input, "__typename").await;
    assert_eq!(payload["cursor"], Value::Null, "{name}: {payload:#}");
    assert_eq!(world.dump().await, before, "{name} has written something");
    let errors = payload["userErrors"].as_array().unwrap().iter();
    let faults = errors.map(|error| {
        let path = error["field"].as_array().map(|path| path.iter().map(|part| part.as_str().unwrap()).collect());
        let path: Vec<&str> = path.unwrap_or_default();
        let message = error["message"].as_str().unwrap();
        assert!(message.len() > 15 && message.ends_with(['.', ')']), "{message}");
        format!("{} {}", error["code"].as_str().unwrap(), path.join("."))
    });
    faults.collect()
}

/// Makes one, and gives its id.
pub async fn made(world: &World, who: &Persona, name: &str, input: Value, result: &str) -> String {
    let payload = done(world, who, name, input, &format!("{result} {{ id }}")).await;
    payload[result]["id"].as_str().unwrap().to_owned()
}

/// That what is held is what a fresh load gives.
pub async fn fresh(world: &World, slug: &str) {
    let id = world.conference(slug).await;
    let held = world.app.programs().program(id).await.unwrap().unwrap();
    let fresh = world.program(slug).await.unwrap();
    assert_eq!(held.stamp, fresh.stamp);
    assert_eq!(held.rows, fresh.rows);
    assert_eq!(held.index, fresh.index);
}
