//! GraphQL over Server-Sent Events: for clients without WebSocket, and for a browser's own `EventSource`.

use plenary::command::account::log_out;
use serde_json::{Value, json};

use crate::desk::{done, organizer};
use crate::streams::{Two, attendee, urls};
use crate::support::events::{Come, Events};
use crate::support::people::{Persona, Role, With};
use crate::support::socket::Server;
use crate::support::{Backend, both, run, within_two_seconds};

const LINKS: &str = r#"subscription { sessionRoomChanged(conference: "small") { cursor reset removedIds
    sessionRooms { session { number } room { name } link { url } } } }"#;

fn path(query: &str) -> String {
    let query: String = form_urlencoded(query);
    format!("/graphql?query={query}")
}

fn form_urlencoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// As an `EventSource` asks.
async fn get(server: &Server, who: &Persona, query: &str, more: &[(&str, &str)]) -> Events {
    let mut headers = vec![("Accept", "text/event-stream")];
    let cookie;
    if let With::Cookie(token) = &who.with {
        cookie = format!("plenary_session={}", token.text());
        headers.extend([("Cookie", cookie.as_str()), ("Sec-Fetch-Site", "same-origin")]);
    }
    headers.extend(more);
    Events::ask(server, "GET", &path(query), &headers, "").await
}

async fn post(server: &Server, body: &Value) -> Events {
    let headers = [("Accept", "text/event-stream"), ("Content-Type", "application/json")];
    Events::ask(server, "POST", "/graphql", &headers, &body.to_string()).await
}

both! {
    /// What changes comes as events, whose ids say where to go on; with such an id only what was missed comes.
    async fn links(world) {
        let two = Two::of(world).await;
        let ada = attendee(world, "ada").await;
        let mut events = get(&two.there, &ada, LINKS, &[]).await;
        assert_eq!(events.status, 200);
        assert_eq!(events.header("content-type"), Some("text/event-stream; charset=utf-8"));
        assert_eq!(events.header("cache-control"), Some("private, no-store"));
        let (id, first) = events.next().await;
        let first = &first["data"]["sessionRoomChanged"];
        assert_eq!((&first["reset"], urls(first).len()), (&json!(true), 3));
        assert_eq!(id.as_deref(), first["cursor"].as_str());
        let net = world.id_of("rooms", "name", "Online").await;
        done(world, &two.olga, "setRoomLink", json!({"id": net, "url": "https://a.example/1"}), "__typename").await;
        let (next, update) = events.next().await;
        assert_eq!(urls(&update["data"]["sessionRoomChanged"])[1].1, "https://a.example/1");
        drop(events);
        done(world, &two.olga, "setRoomLink", json!({"id": net, "url": "https://a.example/2"}), "__typename").await;
        for server in [&two.here, &two.there] {
            let mut back = get(server, &ada, LINKS, &[("Last-Event-ID", next.as_deref().unwrap())]).await;
            let mut update = back.next().await.1["data"]["sessionRoomChanged"].take();
            if urls(&update).is_empty() {
                // It was here before this instance had heard of the second.
                update = back.next().await.1["data"]["sessionRoomChanged"].take();
            }
            assert_eq!(update["reset"], false);
            assert!(urls(&update).contains(&("2 Online".into(), json!("https://a.example/2"))), "{update:#}");
        }
        // An id that is none begins anew.
        let mut anew = get(&two.here, &ada, LINKS, &[("Last-Event-ID", "nothing")]).await;
        assert_eq!(anew.next().await.1["data"]["sessionRoomChanged"]["reset"], true);
        two.stopped().await;
    }

    /// A login that ends cuts its events; what it had listened to is nobody's then.
    async fn ended(world) {
        let two = Two::of(world).await;
        let ada = attendee(world, "ada").await;
        let mut events = get(&two.there, &ada, LINKS, &[]).await;
        events.next().await;
        log_out(world.app.desk(), ada.token()).await.unwrap();
        assert_eq!(events.come().await, Come::Cut);
        let mut back = get(&two.there, &ada, LINKS, &[]).await;
        assert!(urls(&back.next().await.1["data"]["sessionRoomChanged"]).iter().all(|(_, url)| url.is_null()));
        world.member("small", "bob@example.org", Role::Attendee).await;
        two.stopped().await;
    }
}

#[test]
fn operations_of_all_kinds() {
    run(Backend::Sqlite, async |world| {
        organizer(&world).await;
        let server = Server::of(&world.app).await;
        let mut query = post(&server, &json!({"query": "{ conference(slug: \"small\") { name } }"})).await;
        let Come::Retry(wait) = query.come().await else { panic!() };
        assert!((500..=1_000).contains(&wait), "{wait}");
        assert_eq!(query.next().await, (None, json!({"data": {"conference": {"name": "A small conference"}}})));
        assert_eq!(query.come().await, Come::Event("complete".into(), None, String::new()));
        assert_eq!(query.come().await, Come::End);
        // What is refused is told in the answer, which an `EventSource` could not read otherwise.
        for (query, code) in [
            ("{", "PARSE_FAILED"),
            ("{ nothing }", "VALIDATION_FAILED"),
            ("subscription { nothing }", "VALIDATION_FAILED"),
            (r#"subscription { sessionRoomChanged(conference: "none") { reset } }"#, "BAD_USER_INPUT"),
        ] {
            let mut refused = post(&server, &json!({"query": query})).await;
            assert_eq!(refused.status, 200);
            let told = refused.next().await.1;
            assert_eq!((&told["errors"][0]["extensions"]["code"], told.get("data")), (&json!(code), None), "{query}");
            assert!(matches!(refused.come().await, Come::Event(name, ..) if name == "complete"));
            assert_eq!(refused.come().await, Come::End);
        }
        let mut written =
            get(&server, &Persona::nobody(), "mutation { endOtherLoginSessions { __typename } }", &[]).await;
        assert!(written.next().await.1["errors"][0]["message"].as_str().unwrap().contains("GET"));
        // What is no request of GraphQL at all is no stream either.
        for (body, status) in [("nothing", 400), ("{}", 400)] {
            let headers = [("Accept", "text/event-stream"), ("Content-Type", "application/json")];
            assert_eq!(Events::ask(&server, "POST", "/graphql", &headers, body).await.status, status);
        }
        let plain = [("Accept", "text/event-stream"), ("Content-Type", "text/plain")];
        assert_eq!(Events::ask(&server, "POST", "/graphql", &plain, "{}").await.status, 415);
        let token = [("Accept", "text/event-stream"), ("Authorization", "Bearer plt_none")];
        assert_eq!(Events::ask(&server, "GET", &path(LINKS), &token, "").await.status, 401);
        // Other pages' readers come without the cookie; that is what CORS is for.
        let evil =
            [("Accept", "text/event-stream"), ("Origin", "http://evil.example"), ("Cookie", "plenary_session=x")];
        let status = Events::ask(&server, "GET", &path(LINKS), &evil, "").await.status;
        assert!(status == 403 || status == 200, "{status}");
        server.stopped().await;
    });
}

/// A silent connection is kept, a draining server cuts it, and a reader counts as a socket does.
#[test]
fn kept_and_cut() {
    run(Backend::Sqlite, async |world| {
        organizer(&world).await;
        let settings = "limits.ping_ms = 50\nlimits.drain_ms = 200\nlimits.sockets_per_address = 1";
        let mut server = Server::of(&world.another_with(settings).await).await;
        let mut events = get(&server, &Persona::nobody(), LINKS, &[]).await;
        events.next().await;
        assert_eq!((events.come().await, events.come().await), (Come::Comment, Come::Comment));
        let more = get(&server, &Persona::nobody(), LINKS, &[]).await;
        assert_eq!((more.status, more.header("retry-after")), (503, Some("1")));
        drop(events);
        within_two_seconds("the place is free", async || *server.app().sockets().borrow() == 0).await;
        let mut events = get(&server, &Persona::nobody(), LINKS, &[]).await;
        server.drain();
        let last = loop {
            match events.come().await {
                Come::Comment | Come::Retry(_) => {}
                Come::Event(name, ..) => assert_eq!(name, "next"),
                last => break last,
            }
        };
        assert_eq!(last, Come::Cut, "a good end would be believed");
        server.stopped().await;
    });
}
