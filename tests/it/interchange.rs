//! What is taken along: the formats of others, calendars that follow, copies that sync.

mod calendar;
mod files;
pub mod made_up;
mod newer;
mod parsers;
mod personal;
mod schedule;
mod shell;
mod sync;
mod tables;
pub mod upload;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::support::World;
use crate::support::files::{file, small};
use crate::support::people::{Persona, Role};

/// The small conference, with papers that have no times of their own, and one of its organizers: its sessions can be moved.
pub async fn movable(world: &World) -> Persona {
    let mut program = small();
    for session in program["panels"][1]["sessions"].as_array_mut().unwrap() {
        for slot in session["slots"].as_array_mut().unwrap() {
            slot.as_object_mut().unwrap().remove("start");
        }
    }
    world.import(&file(&program)).await;
    world.member("small", "olga@example.org", Role::Organizer).await;
    world.person("olga@example.org").await
}

/// What an address answers, with these headers.
pub async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = world.app.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
    (parts.status, parts.headers, text)
}

/// What an address has.
pub async fn found(world: &World, path: &str) -> String {
    let (status, _, text) = get(world, path, &[]).await;
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    text
}

/// A header that has to be there.
pub fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).unwrap_or_else(|| panic!("no {name}: {headers:?}")).to_str().unwrap().to_owned()
}

/// The properties of an event, unfolded, by its summary: name with parameters, and value.
pub fn event(calendar: &str, summary: &str) -> Vec<(String, String)> {
    let whole = calendar.replace("\r\n ", "");
    let events = whole.split("BEGIN:VEVENT\r\n").skip(1).map(|event| event.split("END:VEVENT").next().unwrap());
    let found: Vec<Vec<(String, String)>> = events
        .map(|event| event.split_terminator("\r\n").map(|line| line.split_once(':').unwrap()).collect::<Vec<_>>())
        .map(|event| event.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        .filter(|event: &Vec<(String, String)>| event.iter().any(|(n, v)| n == "SUMMARY" && v == summary))
        .collect();
    assert_eq!(found.len(), 1, "{summary} in {whole}");
    found.into_iter().next().unwrap()
}

/// One property of an event.
pub fn property(event: &[(String, String)], name: &str) -> String {
    let own = |(own, _): &&(String, String)| own == name || own.starts_with(&format!("{name};"));
    event.iter().find(own).unwrap_or_else(|| panic!("no {name} in {event:?}")).1.clone()
}
