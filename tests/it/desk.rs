//! The organizers' live desk: what they change while the conference runs.

mod edits;
mod followed;

use serde_json::{Value, json};

use crate::support::World;
use crate::support::files::{file, small};
use crate::support::people::{Persona, Role};

/// The small conference and one of its organizers.
pub async fn organizer(world: &World) -> Persona {
    world.import(&file(&small())).await;
    world.member("small", "olga@example.org", Role::Organizer).await;
    world.person("olga@example.org").await
}

/// What a mutation answers: `fields` beside what all payloads have.
pub async fn desk(world: &World, who: &Persona, name: &str, input: Value, fields: &str) -> Value {
    let input_type = format!("{}{}Input!", name[..1].to_uppercase(), &name[1..]);
    let query = format!(
        "mutation ($input: {input_type}) {{ {name}(input: $input) {{
            cursor clientMutationId userErrors {{ code field message }} {fields} }} }}"
    );
    world.data_as(who, &query, json!({ "input": input })).await[name].take()
}

/// The same, done.
pub async fn done(world: &World, who: &Persona, name: &str, input: Value, fields: &str) -> Value {
    let payload = desk(world, who, name, input, fields).await;
    assert_eq!(payload["userErrors"], json!([]), "{name}");
    assert!(payload["cursor"].is_string(), "{name}: {payload:#}");
    payload
}

/// The one error of it, which leaves no cursor.
pub async fn refused(world: &World, who: &Persona, name: &str, input: Value) -> (String, String) {
    let payload = desk(world, who, name, input, "__typename").await;
    assert_eq!(payload["cursor"], Value::Null, "{name}: {payload:#}");
    let errors = payload["userErrors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{name}: {payload:#}");
    let field = errors[0]["field"].as_array().map(|path| path.iter().map(|part| part.as_str().unwrap()).collect());
    let field: Vec<&str> = field.unwrap_or_default();
    (errors[0]["code"].as_str().unwrap().to_owned(), field.join("."))
}

/// The revision of the conference.
pub async fn revision(world: &World) -> i64 {
    let data = world.data("{ conference(slug: \"small\") { revision } }", json!({})).await;
    data["conference"]["revision"].as_i64().unwrap()
}

/// The ids of sessions' rooms, by the session's number within its panel and the room's name.
pub async fn session_rooms(world: &World) -> Vec<(String, String)> {
    let query = "{ conference(slug: \"small\") { sessions { nodes {
        number panel { code } rooms { id room { name } } } } } }";
    let data = world.data(query, json!({})).await;
    let mut found = Vec::new();
    for session in data["conference"]["sessions"]["nodes"].as_array().unwrap() {
        for room in session["rooms"].as_array().unwrap() {
            let name = format!(
                "{}.{} {}",
                session["panel"]["code"].as_str().unwrap(),
                session["number"],
                room["room"]["name"].as_str().unwrap()
            );
            found.push((name, room["id"].as_str().unwrap().to_owned()));
        }
    }
    found
}

/// The id of one of them.
pub async fn session_room(world: &World, name: &str) -> String {
    let all = session_rooms(world).await;
    let found = all.iter().find(|(own, _)| own == name);
    found.unwrap_or_else(|| panic!("no {name} in {all:?}")).1.clone()
}
