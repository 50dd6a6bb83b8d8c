//! Who may upload what, how much, and how slowly.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use plenary::app::App;
use plenary::auth::Scope;
use plenary::clock::Source;
use plenary::config::Config;
use plenary::db::Database;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use super::{answered, edited, previews, request, upload_to};
use crate::desk::{done, organizer};
use crate::organize::administrator;
use crate::support::files::small;
use crate::support::people::{Persona, Role, claims};
use crate::support::{Counting, World, both, pools};

/// Says when it was asked for an id.
#[derive(Default)]
struct Telling {
    counting: Counting,
    given: watch::Sender<bool>,
}

impl Source for Telling {
    fn now(&self) -> DateTime<Utc> {
        self.counting.now()
    }

    fn id(&self) -> Uuid {
        self.given.send_replace(true);
        self.counting.id()
    }

    fn random(&self) -> i64 {
        self.counting.random()
    }

    fn chance(&self) -> f64 {
        self.counting.chance()
    }

    fn secret(&self) -> [u8; 32] {
        self.counting.secret()
    }
}

/// A body of which is known whether anybody has begun to read it.
fn watched() -> (Body, Arc<AtomicBool>) {
    let read = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&read);
    let stream = futures_util::stream::once(async move {
        seen.store(true, Ordering::SeqCst);
        Ok::<_, std::io::Error>(Bytes::from_static(b"{}"))
    });
    (Body::from_stream(stream), read)
}

/// A body that begins, says so, and never ends.
fn endless() -> (Body, oneshot::Receiver<()>) {
    let (say, begun) = oneshot::channel();
    let first = futures_util::stream::once(async move {
        let _ = say.send(());
        Ok::<_, std::io::Error>(Bytes::from_static(b"{"))
    });
    (Body::from_stream(first.chain(futures_util::stream::pending())), begun)
}

/// The status of an upload whose body must not be read.
async fn unread(world: &World, who: &Persona, address: &str, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let (body, read) = watched();
    let (status, sent, answer) = answered(world, request(who, address, headers, body)).await;
    assert!(!read.load(Ordering::SeqCst), "the body was read: {answer}");
    assert_eq!(sent[header::CACHE_CONTROL], "private, no-store");
    assert_eq!(sent[header::CONNECTION], "close");
    let code = answer["errors"][0]["extensions"]["code"].clone();
    assert!(answer["errors"][0]["message"].as_str().unwrap().len() > 15, "{answer}");
    (status, code)
}

both! {
    /// Organizers alone, by a cookie of our own pages or a token that may; told before the body is read.
    async fn who(world) {
        let olga = organizer(world).await;
        world.member("small", "ada@example.org", Role::Attendee).await;
        let (ada, eve) = (world.person("ada@example.org").await, world.person_with(claims("eve@example.org")).await);
        let (reads, organizes) = (world.program_of(&olga, &[Scope::Read, Scope::Schedule]).await, world.program_of(&olga, &[Scope::Organize]).await);
        let root = administrator(world).await;
        const SMALL: &str = "/c/small/import";
        for (name, who, status, code) in [
            ("nobody", &Persona::nobody(), StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
            ("an attendee", &ada, StatusCode::FORBIDDEN, "FORBIDDEN"),
            ("signed in", &eve, StatusCode::FORBIDDEN, "FORBIDDEN"),
            ("a token without the scope", &reads, StatusCode::FORBIDDEN, "FORBIDDEN"),
            ("an administrator", &root, StatusCode::FORBIDDEN, "FORBIDDEN"),
        ] {
            assert_eq!(unread(world, who, SMALL, &[]).await, (status, json!(code)), "{name}");
        }
        let other = [("authorization", "Bearer plenary_nonsense")];
        assert_eq!(unread(world, &Persona::nobody(), SMALL, &other).await.0, StatusCode::UNAUTHORIZED);
        // A cookie that another page sends, or that comes without a word of where from.
        let cookie = format!("plenary_session={}", olga.token().text());
        for (headers, status) in [
            (&[("cookie", cookie.as_str()), ("origin", "https://evil.example")][..], StatusCode::FORBIDDEN),
            (&[("cookie", cookie.as_str())], StatusCode::UNAUTHORIZED),
            (&[("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")], StatusCode::UNAUTHORIZED),
        ] {
            assert_eq!(unread(world, &Persona::nobody(), SMALL, headers).await.0, status, "{headers:?}");
        }
        for unknown in ["/c/nothing/import", "/c/SMALL/import", "/c/%00/import"] {
            assert_eq!(unread(world, &olga, unknown, &[]).await.0, StatusCode::NOT_FOUND, "{unknown}");
        }
        for who in [&olga, &organizes] {
            assert_eq!(upload_to(world, who, SMALL, &small()).await.status, StatusCode::CREATED);
        }
        // A draft is there for its organizers only.
        let id = crate::organize::small(world).await;
        done(world, &olga, "unpublishConference", json!({ "id": id }), "__typename").await;
        for who in [&Persona::nobody(), &ada, &reads, &root] {
            let answer = unread(world, who, SMALL, &[]).await;
            assert_eq!(answer, unread(world, who, "/c/nothing/import", &[]).await);
            assert_eq!(answer.0, StatusCode::NOT_FOUND);
        }
        assert_eq!(upload_to(world, &organizes, SMALL, &small()).await.status, StatusCode::CREATED);
        // Nor does anybody else see what was uploaded.
        assert_eq!(previews(world, &olga).await.as_array().unwrap().len(), 3);
        done(world, &olga, "publishConference", json!({ "id": id }), "__typename").await;
        for who in [&Persona::nobody(), &ada, &reads, &root] {
            assert_eq!(previews(world, who).await, Value::Null);
        }
    }

    /// What it is not is said before it is read, where that can be; packed files are not unpacked.
    async fn what(world) {
        let olga = organizer(world).await;
        for (address, headers, status) in [
            ("?format=pdf", &[][..], StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("", &[("content-encoding", "gzip")], StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("", &[("content-encoding", "identity"), ("content-encoding", "br")], StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("", &[("content-type", "multipart/form-data; boundary=x")], StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("?prune=yes", &[], StatusCode::BAD_REQUEST),
            ("?timeZone=Mars/Olympus", &[], StatusCode::BAD_REQUEST),
            ("?purge=true", &[], StatusCode::BAD_REQUEST),
            ("?prune=true&prune=false", &[], StatusCode::BAD_REQUEST),
            ("", &[("content-length", "20000001")], StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            assert_eq!(unread(world, &olga, &format!("/c/small/import{address}"), headers).await.0, status, "{address} {headers:?}");
        }
        for body in [&b"\x1f\x8b\x08\0"[..], b"PK\x03\x04", b"\x89PNG\r\n", b"hello"] {
            let (status, _, answer) = answered(world, request(&olga, "/c/small/import", &[], Body::from(body))).await;
            assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{answer}");
        }
        // Whatever curl calls it, it is known by what it begins with.
        let form = [("content-type", "application/x-www-form-urlencoded"), ("content-encoding", "identity")];
        let (status, headers, _) = answered(world, request(&olga, "/c/small/import", &form, Body::from(edited().to_string()))).await;
        assert_eq!((status, &headers[header::CACHE_CONTROL]), (StatusCode::CREATED, &"private, no-store".parse().unwrap()));
        let get = Request::get("/c/small/import").body(Body::empty()).unwrap();
        assert_eq!(answered(world, get).await.0, StatusCode::METHOD_NOT_ALLOWED);
    }

    /// Too much is cut off where it becomes too much, announced or not; too slow is cut off in time.
    async fn how_much(world) {
        let olga = organizer(world).await;
        let limited = &world.through(world.another_with("limits.upload_bytes = 4096\nlimits.upload_ms = 100").await);
        assert_eq!(unread(limited, &olga, "/c/small/import", &[("content-length", "4097")]).await, (StatusCode::PAYLOAD_TOO_LARGE, json!("TOO_EXPENSIVE")));
        let chunk = |_| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 1_000]));
        let read = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = Arc::clone(&read);
        let stream = futures_util::stream::iter(0..1_000).map(move |n| {
            counted.fetch_add(1, Ordering::SeqCst);
            chunk(n)
        });
        let (status, headers, answer) = answered(limited, request(&olga, "/c/small/import", &[], Body::from_stream(stream))).await;
        assert_eq!((status, &headers[header::CONNECTION]), (StatusCode::PAYLOAD_TOO_LARGE, &"close".parse().unwrap()), "{answer}");
        assert!(read.load(Ordering::SeqCst) <= 6, "no more is read than shows that it is too much");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("upload_bytes, 4096"), "{answer}");
        let (body, _begun) = endless();
        let begun = Instant::now();
        let (status, _, answer) = answered(limited, request(&olga, "/c/small/import", &[], body)).await;
        assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (StatusCode::REQUEST_TIMEOUT, &json!("TIMEOUT")));
        assert!((Duration::from_millis(100)..Duration::from_secs(5)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
        // Cut in the middle.
        let cut = futures_util::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
        let (status, _, _) = answered(limited, request(&olga, "/c/small/import", &[], Body::from_stream(cut))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(previews(world, &olga).await, json!([]));
    }

    /// Few at once, and one of each user; whoever goes away makes room.
    async fn how_many(world) {
        let olga = organizer(world).await;
        world.member("small", "odo@example.org", Role::Organizer).await;
        let odo = world.person("odo@example.org").await;
        for (places, who, status, code) in [
            (1, &odo, StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
            (2, &olga, StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"),
        ] {
            let settings = format!("limits.uploads_at_once = {places}");
            let limited = world.through(world.another_with(&settings).await);
            let (body, begun) = endless();
            let router = limited.app.router();
            let sent = request(&olga, "/c/small/import", &[], body);
            let first = tokio::spawn(tower::ServiceExt::oneshot(router, sent));
            begun.await.unwrap();
            let (body, read) = watched();
            let (found, headers, answer) = answered(&limited, request(who, "/c/small/import", &[], body)).await;
            assert_eq!((found, &answer["errors"][0]["extensions"]["code"]), (status, &json!(code)));
            assert!(headers.contains_key(header::RETRY_AFTER) && !read.load(Ordering::SeqCst));
            first.abort();
            assert!(first.await.unwrap_err().is_cancelled());
            assert_eq!(upload_to(&limited, who, "/c/small/import", &small()).await.status, StatusCode::CREATED);
            // The next application counts its ids from the beginning, too.
            world.execute("DELETE FROM import_part").await;
            world.execute("DELETE FROM import_preview").await;
        }
    }

    /// Whoever goes away while the file is being kept makes room when that is done, and not before: it is in memory.
    async fn until_it_is_kept(world) {
        let source = Arc::new(Telling::default());
        let limited = {
            let database = Database::connect(&world.url, &pools()).await.unwrap();
            let settings = toml::Table::from_iter([("limits".into(), toml::Table::from_iter([("uploads_at_once".into(), 1.into())]).into())]);
            let config = Config::load(None, std::iter::empty(), settings).unwrap();
            world.through(App::new(config, database, Arc::clone(&source) as _))
        };
        let olga = organizer(&limited).await;
        limited.member("small", "odo@example.org", Role::Organizer).await;
        let odo = limited.person("odo@example.org").await;
        // Nobody writes for her meanwhile.
        let (go_on, goes_on) = tokio::sync::watch::channel(false);
        let (user, desk, (begins, begun)) = (olga.user, Arc::clone(limited.app.desk()), oneshot::channel());
        let begins = Arc::new(std::sync::Mutex::new(Some(begins)));
        let writes = tokio::spawn(async move {
            let work = move |_| {
                let (mut goes_on, begins) = (goes_on.clone(), begins.lock().unwrap().take());
                async move {
                    let _ = begins.unwrap().send(());
                    goes_on.wait_for(|go| *go).await.unwrap();
                    Ok::<_, plenary::command::write::WriteError>(())
                }
            };
            desk.write(user, work).await.map_err(|_| ())
        });
        begun.await.unwrap();
        // A file that changes nothing needs no ids but its own, when it is about to be kept.
        let sent = request(&olga, "/c/small/import", &[("x-request-id", "a")], Body::from(small().to_string()));
        source.given.send_replace(false);
        let first = tokio::spawn(tower::ServiceExt::oneshot(limited.app.router(), sent));
        source.given.subscribe().wait_for(|given| *given).await.unwrap();
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        let other = async || answered(&limited, request(&odo, "/c/small/import", &[], Body::from("{"))).await.0;
        assert_eq!(other().await, StatusCode::SERVICE_UNAVAILABLE);
        go_on.send_replace(true);
        writes.await.unwrap().unwrap();
        crate::support::within_two_seconds("it is kept", async || other().await == StatusCode::UNPROCESSABLE_ENTITY).await;
        assert_eq!(crate::interchange::upload::kept::kept(world).await, 1);
    }

    /// Pages of other origins are told what they may, as at /graphql.
    async fn other_origins(world) {
        let named = world.through(world.another_with("cors_origins = [\"https://app.example\"]").await);
        let preflight = |origin: &str| {
            Request::options("/c/small/import")
                .header(header::ORIGIN, origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization, content-type")
                .body(Body::empty())
                .unwrap()
        };
        let allowed = named.headers(preflight("https://app.example")).await;
        assert_eq!(allowed["access-control-allow-origin"], "https://app.example");
        assert_eq!(allowed["access-control-allow-credentials"], "true");
        assert_eq!(allowed["access-control-allow-headers"], "authorization, content-type");
        assert!(!named.headers(preflight("https://evil.example")).await.contains_key("access-control-allow-origin"));
        // An app whose page may, uploads with its token and reads the answer.
        let olga = organizer(&named).await;
        let token = named.program_of(&olga, &[Scope::Organize]).await;
        let headers = [("origin", "https://app.example")];
        let sent = request(&token, "/c/small/import", &headers, Body::from(small().to_string()));
        let (status, headers, _) = answered(&named, sent).await;
        assert_eq!((status, &headers["access-control-allow-origin"]), (StatusCode::CREATED, &"https://app.example".parse().unwrap()));
        // With * anybody's page may send a token, and none a cookie.
        let everyone = world.headers(preflight("https://any.example")).await;
        assert_eq!(everyone["access-control-allow-origin"], "*");
        assert!(!everyone.contains_key("access-control-allow-credentials"));
    }
}
