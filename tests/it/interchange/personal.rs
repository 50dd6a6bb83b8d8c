//! The calendar of what somebody has starred: by a secret address, as its owner may see it at that moment.

use axum::http::StatusCode;
use plenary::auth::Scope;
use serde_json::{Value, json};

use super::{event, found, get, header, movable, property};
use crate::desk::done;
use crate::organize::small;
use crate::support::people::{Persona, Role};
use crate::support::{World, both};

const URL: &str = r#"{ conference(slug: "small") { viewerSchedule { calendarUrl } } }"#;

/// The path of somebody's calendar; `None` if they have none.
pub async fn own(world: &World, who: &Persona) -> Option<String> {
    let url = world.data_as(who, URL, json!({})).await["conference"]["viewerSchedule"]["calendarUrl"].take();
    url.as_str().map(|url| url.strip_prefix("http://127.0.0.1:8000").unwrap().to_owned())
}

async fn star(world: &World, who: &Persona, id: &str) {
    done(world, who, "star", json!({ "id": id }), "__typename").await;
}

/// An attendee with a starred session in a room with a link.
async fn ada(world: &World) -> (Persona, Persona, String) {
    let olga = movable(world).await;
    world.member("small", "ada@example.org", Role::Attendee).await;
    let ada = world.person("ada@example.org").await;
    star(world, &ada, &world.id_of("papers", "title", "Ångström’s apples").await).await;
    let path = own(world, &ada).await.unwrap();
    (olga, ada, path)
}

both! {
    /// It follows stars and program, and is sent again only when one of them has changed.
    async fn follows(world) {
        let (olga, ada, path) = ada(world).await;
        assert!(path.starts_with("/calendar/") && path.len() == "/calendar/".len() + 86 + ".ics".len(), "{path}");
        let (status, headers, text) = get(world, &path, &[]).await;
        assert_eq!((status, header(&headers, "content-type").as_str()), (StatusCode::OK, "text/calendar; charset=utf-8"));
        assert_eq!((header(&headers, "cache-control").as_str(), header(&headers, "referrer-policy").as_str()), ("private, no-cache", "no-referrer"));
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 1);
        assert!(!text.contains(path.trim_start_matches("/calendar/")), "the address is in no copy");
        let first = event(&text, "P2.1 Early things");
        let tag = header(&headers, "etag");
        let unchanged = async |tag: &str| get(world, &path, &[("if-none-match", tag)]).await.0;
        let written = world.app.exports_written();
        assert_eq!(unchanged(&tag).await, StatusCode::NOT_MODIFIED);
        assert_eq!(world.app.exports_written(), written, "nothing is written for whoever has it");
        star(world, &ada, &world.id_of("sessions", "startTime", "23:00").await).await;
        let (status, headers, text) = get(world, &path, &[("if-none-match", &tag)]).await;
        assert_eq!((status, text.matches("BEGIN:VEVENT").count()), (StatusCode::OK, 2));
        assert_eq!(world.app.exports_written(), written + 1);
        let tag = header(&headers, "etag");
        let session = world.id_of("sessions", "startTime", "09:00").await;
        done(world, &olga, "scheduleSession", json!({"id": session, "date": "2027-07-13", "startTime": "08:00", "endTime": "09:00"}), "__typename").await;
        assert_eq!(unchanged(&tag).await, StatusCode::OK);
        let moved = event(&found(world, &path).await, "P2.1 Early things");
        assert_eq!((property(&moved, "UID"), property(&moved, "DTSTART")), (property(&first, "UID"), "20270713T080000".into()));
        // The same event as in everybody's calendar.
        assert_eq!(property(&event(&found(world, "/c/small/calendar.ics").await, "P2.1 Early things"), "UID"), property(&first, "UID"));
        let paper = world.id_of("papers", "title", "Ångström’s apples").await;
        let unstar = "mutation ($input: StarInput!) { unstar(input: $input) { userErrors { code } } }";
        world.data_as(&ada, unstar, json!({"input": {"id": paper}})).await;
        assert_eq!(found(world, &path).await.matches("BEGIN:VEVENT").count(), 1);
    }

    /// Links are in it where the conference lets them, as long as its owner may have them, and from when they are open.
    async fn links(world) {
        let (olga, ada, path) = ada(world).await;
        let conference = small(world).await;
        let has_link = async |path: &str| found(world, path).await.replace("\r\n ", "").contains("CANARY");
        assert!(!has_link(&path).await, "as long as nobody has said so, there is none");
        let tag = header(&get(world, &path, &[]).await.1, "etag");
        let sequence = property(&event(&found(world, &path).await, "P2.1 Early things"), "SEQUENCE").parse::<i64>().unwrap();
        done(world, &olga, "updateConference", json!({"id": conference, "linksInCalendars": true}), "__typename").await;
        let (status, headers, text) = get(world, &path, &[("if-none-match", &tag)]).await;
        assert_eq!(status, StatusCode::OK);
        let shown = event(&text, "P2.1 Early things");
        assert!(shown.iter().any(|(name, value)| name == "CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=\"Online\"" && value == "https://meet.example/CANARY-own"), "{shown:?}");
        assert!(property(&shown, "DESCRIPTION").starts_with("Join (Online): https://meet.example/CANARY-own"));
        assert!(!property(&shown, "LOCATION").contains("CANARY"));
        assert!(property(&shown, "SEQUENCE").parse::<i64>().unwrap() > sequence, "a calendar application takes the newer one");
        let tag = header(&headers, "etag");
        // Not yet open, then opened: which is no change of a star or a time.
        done(world, &olga, "setLinkSettings", json!({"conferenceId": conference, "linksOpenAt": "2027-07-12T00:00:00Z"}), "__typename").await;
        let (status, headers, text) = get(world, &path, &[("if-none-match", &tag)]).await;
        assert!(status == StatusCode::OK && !text.replace("\r\n ", "").contains("CANARY"));
        let olgas = own(world, &olga).await.unwrap();
        star(world, &olga, &world.id_of("sessions", "startTime", "09:00").await).await;
        assert!(has_link(&olgas).await, "organizers have links before they are open");
        let tag = header(&headers, "etag");
        done(world, &olga, "setLinkSettings", json!({"conferenceId": conference, "linksOpenAt": null}), "__typename").await;
        let (status, headers, _) = get(world, &path, &[("if-none-match", &tag)]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(has_link(&path).await);
        // No longer registered: not a star has changed.
        let tag = header(&headers, "etag");
        world.no_member("small", "ada@example.org").await;
        let (status, _, text) = get(world, &path, &[("if-none-match", &tag)]).await;
        assert!(status == StatusCode::OK && !text.replace("\r\n ", "").contains("CANARY"), "{text}");
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 1);
        // A link that is set anew is in it; a cancelled session has none.
        world.member("small", "ada@example.org", Role::Attendee).await;
        let session = world.id_of("sessions", "startTime", "09:00").await;
        done(world, &olga, "cancelSession", json!({ "id": session }), "__typename").await;
        assert!(!has_link(&path).await);
        let data = world.data_as(&ada, URL, json!({})).await;
        assert!(data["conference"]["viewerSchedule"]["calendarUrl"].is_string());
    }

    /// The address can be renewed and ended; whatever else is no address answers alike.
    async fn renewed_and_ended(world) {
        let (olga, ada, path) = ada(world).await;
        let conference = small(world).await;
        let input = json!({"conferenceId": conference, "clientMutationId": "once"});
        let renewed = done(world, &ada, "renewCalendarUrl", input.clone(), "calendarUrl").await;
        let second = own(world, &ada).await.unwrap();
        assert!(renewed["calendarUrl"].as_str().unwrap().ends_with(&second) && second != path);
        assert_eq!(done(world, &ada, "renewCalendarUrl", input, "calendarUrl").await["calendarUrl"], renewed["calendarUrl"], "sent again");
        let (status, headers, gone) = get(world, &path, &[]).await;
        assert_eq!((status, header(&headers, "cache-control").as_str()), (StatusCode::NOT_FOUND, "no-store"));
        found(world, &second).await;
        done(world, &ada, "revokeCalendarUrl", json!({ "conferenceId": conference }), "__typename").await;
        done(world, &ada, "revokeCalendarUrl", json!({ "conferenceId": conference }), "__typename").await;
        assert_eq!(own(world, &ada).await, None);
        let (other, mut bent) = (own(world, &olga).await.unwrap(), second.clone().into_bytes());
        bent[60] = if bent[60] == b'A' { b'B' } else { b'A' };
        for path in [second, String::from_utf8(bent).unwrap(), "/calendar/x.ics".into(), "/calendar/.ics".into(), other.replace(".ics", "")] {
            let (status, _, text) = get(world, &path, &[]).await;
            assert_eq!((status, &text), (StatusCode::NOT_FOUND, &gone), "{path}");
        }
        let third = done(world, &ada, "renewCalendarUrl", json!({ "conferenceId": conference }), "calendarUrl").await;
        found(world, third["calendarUrl"].as_str().unwrap().strip_prefix("http://127.0.0.1:8000").unwrap()).await;
        for (input, code) in [(json!({"conferenceId": "x"}), "INVALID"), (json!({"conferenceId": world.id_of("rooms", "name", "Hall").await}), "INVALID")] {
            let (found, field) = crate::desk::refused(world, &ada, "renewCalendarUrl", input).await;
            assert_eq!((found.as_str(), field.as_str()), (code, "conferenceId"));
        }
    }

    /// Only a person at a browser sees it; a server may have none; who is gone has none.
    async fn whose_it_is(world) {
        let (olga, ada, path) = ada(world).await;
        let conference = small(world).await;
        let token = world.program_of(&ada, &[Scope::Read, Scope::Schedule, Scope::Organize]).await;
        assert_eq!(own(world, &token).await, None);
        let query = "mutation ($input: RenewCalendarUrlInput!) { renewCalendarUrl(input: $input) { calendarUrl } }";
        assert_eq!(world.code_as(&token, query, json!({"input": {"conferenceId": conference}})).await, "FORBIDDEN");
        assert_eq!(world.code_as(&Persona::nobody(), query, json!({"input": {"conferenceId": conference}})).await, "UNAUTHENTICATED");
        let without = world.through(world.another_with("calendar.personal = false").await);
        assert_eq!(own(&without, &ada).await, None);
        assert_eq!(get(&without, &path, &[]).await.0, StatusCode::NOT_FOUND);
        // Another server knows the address, and what has changed.
        let other = world.through(world.another().await);
        found(&other, &path).await;
        done(world, &olga, "unpublishConference", json!({ "id": conference }), "__typename").await;
        assert_eq!(get(world, &path, &[]).await.0, StatusCode::NOT_FOUND);
        let olgas = own(world, &olga).await.unwrap();
        found(world, &olgas).await;
        done(world, &olga, "publishConference", json!({ "id": conference }), "__typename").await;
        found(world, &path).await;
        let export = world.data_as(&ada, "{ viewer { export } }", json!({})).await;
        let export: Value = serde_json::from_str(export["viewer"]["export"].as_str().unwrap()).unwrap();
        assert_eq!(export["calendars"], json!([]));
        done(world, &ada, "renewCalendarUrl", json!({ "conferenceId": conference }), "__typename").await;
        let path = own(world, &ada).await.unwrap();
        world.data_as(&ada, "mutation { deleteAccount(input: {name: \"ada\"}) { userErrors { code } } }", json!({})).await;
        assert_eq!(get(world, &path, &[]).await.0, StatusCode::NOT_FOUND);
        other.sweep().await;
        assert_eq!(get(&other, &path, &[]).await.0, StatusCode::NOT_FOUND);
    }
}
