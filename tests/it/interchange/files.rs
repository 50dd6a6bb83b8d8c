//! A program's files over HTTP: for everybody, without links and addresses, and not written for whoever has them.

use std::sync::Arc;
use std::sync::Mutex;

use axum::http::StatusCode;
use plenary::app::App;
use plenary::db::Database;
use serde_json::json;

use super::{found, get, header};
use crate::desk::{done, organizer};
use crate::support::files::{file, small};
use crate::support::{Counting, Settable, World, both, pools};

/// Every file that there is.
const FILES: [&str; 10] = [
    "program.json",
    "schedule.xml",
    "schedule.json",
    "calendar.ics",
    "panels.csv",
    "papers.csv",
    "sessions.csv",
    "people.csv",
    "roles.csv",
    "releases.atom",
];

/// The same world, whose clock can be set.
async fn clocked(world: &World) -> (World, Arc<Settable>) {
    let source =
        Arc::new(Settable { now: Mutex::new("2027-01-01T12:00:00Z".parse().unwrap()), counting: Counting::default() });
    let database = Database::connect(&world.url, &pools()).await.unwrap();
    database.migrate().await.unwrap();
    let config = plenary::config::Config::load(None, std::iter::empty(), toml::Table::new()).unwrap();
    let app = App::new(config, database, Arc::clone(&source) as _);
    (world.through(app), source)
}

both! {
    /// None of them has a link or an address, whoever may see them elsewhere: also not in a key.
    async fn nothing_secret(world) {
        organizer(world).await;
        let mut keyed = small();
        let text = keyed.to_string().replace("\"dia\"", "\"dia@canary.example\"").replace("\"hall\"", "\"https://meet.example/CANARY-hall\"");
        keyed = serde_json::from_str(&text).unwrap();
        world.import(&file(&keyed)).await;
        let session = world.id_of("sessions", "startTime", "09:00").await;
        let paths = FILES.map(str::to_owned).into_iter().chain([format!("session/{session}.ics"), "day/2027-07-12.ics".into()]);
        for path in paths {
            let text = found(world, &format!("/c/small/{path}")).await;
            assert!(!text.contains("CANARY") && !text.contains("canary.example") && !text.contains("meet.example"), "{path}: {text}");
        }
        let program = found(world, "/c/small/program.json").await;
        let read = plenary::format::read::read(program.as_bytes()).unwrap();
        assert_eq!(read.panels.len(), 2);
        let dia = world.program("small").await.unwrap().rows.people.iter().find(|row| row.key == "dia@canary.example").unwrap().id;
        assert!(read.people.iter().any(|person| person.key == dia.to_string()));
    }

    /// What a client has is not written again, and not sent; what has changed is.
    async fn not_modified(world) {
        let (world, source) = clocked(world).await;
        let olga = organizer(&world).await;
        source.now.lock().unwrap().clone_from(&"2027-01-01T12:00:05Z".parse().unwrap());
        for path in FILES {
            let path = format!("/c/small/{path}");
            let (status, headers, body) = get(&world, &path, &[]).await;
            assert_eq!((status, header(&headers, "cache-control").as_str()), (StatusCode::OK, "public, no-cache"));
            assert_eq!(header(&headers, "access-control-allow-origin"), "*");
            let (tag, changed) = (header(&headers, "etag"), header(&headers, "last-modified"));
            assert_eq!(changed, "Fri, 01 Jan 2027 12:00:00 GMT");
            assert!(tag.starts_with("W/\"") && !body.is_empty());
            let written = world.app.exports_written();
            for known in [
                vec![("if-none-match", tag.as_str())],
                vec![("if-none-match", tag.trim_start_matches("W/"))],
                vec![("if-none-match", "\"x\", *")],
                vec![("if-modified-since", changed.as_str())],
            ] {
                let (status, headers, text) = get(&world, &path, &known).await;
                assert_eq!((status, text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path} {known:?}");
                assert_eq!((header(&headers, "etag"), header(&headers, "last-modified")), (tag.clone(), changed.clone()));
            }
            for other in [
                vec![("if-none-match", "W/\"x\"")],
                vec![("if-modified-since", "Fri, 01 Jan 2027 11:59:59 GMT")],
                // A time that we did not give: of a state that may have been another.
                vec![("if-modified-since", "Fri, 01 Jan 2027 12:00:01 GMT")],
                vec![("if-none-match", "W/\"x\""), ("if-modified-since", changed.as_str())],
            ] {
                assert_eq!(get(&world, &path, &other).await.0, StatusCode::OK, "{path} {other:?}");
            }
            assert_eq!(world.app.exports_written(), written, "{path}: it is written once for a state");
        }
        let tag = header(&get(&world, "/c/small/calendar.ics", &[]).await.1, "etag");
        let written = world.app.exports_written();
        let session = world.id_of("sessions", "startTime", "09:00").await;
        done(&world, &olga, "cancelSession", json!({ "id": session }), "__typename").await;
        let (status, headers, _) = get(&world, "/c/small/calendar.ics", &[("if-none-match", &tag)]).await;
        assert_eq!(status, StatusCode::OK);
        assert_ne!(header(&headers, "etag"), tag);
        // In this very second there may be another change: no time is given that would be of both.
        assert!(!headers.contains_key("last-modified"));
        // A client that has it costs no writing, also where nobody has asked for it before.
        let program = header(&get(&world, "/c/small/program.json", &[("if-none-match", "*")]).await.1, "etag");
        assert_eq!(get(&world, "/c/small/releases.atom", &[("if-none-match", &program)]).await.0, StatusCode::NOT_MODIFIED);
        assert_eq!(world.app.exports_written(), written + 1);
    }

    /// What is not there; and too much of what is.
    async fn refused(world) {
        world.import(&file(&small())).await;
        for path in ["/c/none/calendar.ics", "/c/small/none.json", "/c/small/", "/c/SMALL/calendar.ics", "/c/small/day/"] {
            let (status, headers, text) = get(world, path, &[]).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert!(header(&headers, "cache-control").contains("no-store"), "{path}");
            assert!(!text.is_empty(), "{path}");
        }
        let (status, headers, _) = get(world, "/c/small/calendar.ics", &[("origin", "https://app.example"), ("accept-encoding", "gzip")]).await;
        assert_eq!((status, header(&headers, "access-control-allow-origin").as_str(), header(&headers, "content-encoding").as_str()), (StatusCode::OK, "*", "gzip"));
    }
}
