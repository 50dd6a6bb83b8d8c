//! A program's files over HTTP: for everybody, without links and addresses, and not written for whoever has them.

use std::sync::Arc;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Request, StatusCode};
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
    let now = Mutex::new("2027-01-01T12:00:00Z".parse().unwrap());
    let source = Arc::new(Settable { now, counting: Counting::default() });
    (started(world, &source, "").await, source)
}

/// The same world by a server that starts now, with these settings.
async fn started(world: &World, source: &Arc<Settable>, settings: &str) -> World {
    let database = Database::connect(&world.url, &pools()).await.unwrap();
    database.migrate().await.unwrap();
    let config = plenary::config::Config::load(None, std::iter::empty(), settings.parse().unwrap()).unwrap();
    world.through(App::new(config, database, Arc::clone(source) as _))
}

fn set(source: &Settable, now: &str) {
    *source.now.lock().unwrap() = now.parse().unwrap();
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
        set(&source, "2027-01-01T12:01:00Z");
        let (room, panel) = (world.id_of("rooms", "name", "Hall").await, world.id_of("panels", "code", "P2").await);
        let session = world.id_of("sessions", "startTime", "09:00").await;
        let parts = ["day/2027-07-12".to_owned(), format!("room/{room}"), format!("panel/{panel}"), format!("session/{session}")];
        let parts = parts.map(|part| format!("{part}.ics"));
        for path in FILES.into_iter().chain(parts.iter().map(String::as_str)) {
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
        done(&world, &olga, "cancelSession", json!({ "id": session }), "__typename").await;
        let (status, headers, _) = get(&world, "/c/small/calendar.ics", &[("if-none-match", &tag)]).await;
        assert_eq!(status, StatusCode::OK);
        assert_ne!(header(&headers, "etag"), tag);
        // Of this very second there may be another change: no time is given that would be of both.
        assert!(!headers.contains_key("last-modified"));
        // A client that has it costs no writing, also where nobody has asked for it before.
        let program = header(&get(&world, "/c/small/program.json", &[("if-none-match", "*")]).await.1, "etag");
        assert_eq!(get(&world, "/c/small/releases.atom", &[("if-none-match", &program)]).await.0, StatusCode::NOT_MODIFIED);
        assert_eq!(world.app.exports_written(), written + 1);
    }

    /// Another time is given by a server that started since, which may write otherwise; and none of a change that is so
    /// young that another of the same second may still come.
    async fn modified_since(world) {
        let (world, source) = clocked(world).await;
        let olga = organizer(&world).await;
        const PATH: &str = "/c/small/calendar.ics";
        set(&source, "2027-01-01T12:01:00Z");
        let before = header(&get(&world, PATH, &[]).await.1, "last-modified");
        assert_eq!(get(&world, PATH, &[("if-modified-since", &before)]).await.0, StatusCode::NOT_MODIFIED);
        let moved = started(&world, &source, "public_url = \"https://other.example\"").await;
        for now in ["2027-01-01T12:01:59Z", "2027-01-01T12:02:00Z"] {
            set(&source, now);
            let (status, headers, text) = get(&moved, PATH, &[("if-modified-since", &before)]).await;
            assert_eq!((status, text.contains("other.example")), (StatusCode::OK, true), "the address is in it");
            let given = headers.get("last-modified").map(|value| value.to_str().unwrap());
            assert_eq!(given, (now == "2027-01-01T12:02:00Z").then_some("Fri, 01 Jan 2027 12:01:00 GMT"));
        }
        // Two changes of one second, of which the second is seen later.
        let panel = world.id_of("panels", "code", "P2").await;
        set(&source, "2027-01-01T13:00:00Z");
        done(&world, &olga, "updatePanel", json!({"id": panel, "title": "One"}), "__typename").await;
        const SECOND: [(&str, &str); 1] = [("if-modified-since", "Fri, 01 Jan 2027 13:00:00 GMT")];
        set(&source, "2027-01-01T13:00:59Z");
        let (status, headers, _) = get(&world, PATH, &SECOND).await;
        assert_eq!((status, headers.contains_key("last-modified")), (StatusCode::OK, false));
        let tag = header(&headers, "etag");
        assert_eq!(get(&world, PATH, &[("if-none-match", &tag)]).await.0, StatusCode::NOT_MODIFIED, "which is exact");
        set(&source, "2027-01-01T13:00:00Z");
        done(&world, &olga, "updatePanel", json!({"id": panel, "title": "Two"}), "__typename").await;
        set(&source, "2027-01-01T13:01:00Z");
        assert_eq!(header(&get(&world, PATH, &[("if-none-match", &tag)]).await.1, "last-modified"), SECOND[0].1);
        assert_eq!(get(&world, PATH, &SECOND).await.0, StatusCode::NOT_MODIFIED);
    }

    /// However many ask at once for what nobody has had: it is written once, and once more when it is another.
    async fn written_once(world) {
        let olga = organizer(world).await;
        let panel = world.id_of("panels", "code", "P2").await;
        for title in ["Early things", "Other things"] {
            done(world, &olga, "updatePanel", json!({"id": panel, "title": title}), "__typename").await;
            let written = world.app.exports_written();
            let all = futures_util::future::join_all((0..20).map(|_| found(world, "/c/small/calendar.ics"))).await;
            assert!(all.iter().all(|one| *one == all[0] && one.contains(title)));
            assert_eq!(world.app.exports_written(), written + 1);
        }
    }

    /// Where the log is cut it is not known any more when an event was changed: what is written then has another tag.
    async fn where_the_log_begins(world) {
        let olga = organizer(world).await;
        let panel = world.id_of("panels", "code", "P10").await;
        done(world, &olga, "updatePanel", json!({"id": panel, "title": "Other things"}), "__typename").await;
        let (_, headers, text) = get(world, "/c/small/calendar.ics", &[]).await;
        world.execute("DELETE FROM change WHERE revision = 1 AND scope_id IN (SELECT id FROM conference)").await;
        let fresh = world.through(world.another().await);
        let (_, now, other) = get(&fresh, "/c/small/calendar.ics", &[]).await;
        assert_eq!(text == other, header(&headers, "etag") == header(&now, "etag"));
        assert_ne!(header(&headers, "etag"), header(&now, "etag"));
    }

    /// Whoever asks too often waits; the same for calendars of one's own, whether there is one or not.
    async fn too_often(world) {
        organizer(world).await;
        let slow = "limits.requests_per_second = 1\nlimits.requests_burst = 2";
        for path in ["/c/small/calendar.ics", "/c/small/room/x.ics", "/calendar/x.ics"] {
            let limited = world.through(world.another_with(slow).await);
            let ask = async || {
                let mut request = Request::get(path).body(Body::empty()).unwrap();
                request.extensions_mut().insert(plenary::http::Peer("192.0.2.1:5000".parse().unwrap()));
                tower::ServiceExt::oneshot(limited.app.router(), request).await.unwrap()
            };
            let mut answers = 0;
            let refused = loop {
                let answer = ask().await;
                if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                    break answer;
                }
                answers += 1;
                // There is one more a second, however slow this machine is.
                assert!(answers < 100, "{path}");
            };
            assert!(answers >= 2, "{path}");
            assert_eq!(header(refused.headers(), "retry-after"), "1");
            assert!(header(refused.headers(), "cache-control").contains("no-store"));
        }
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
