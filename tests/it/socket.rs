//! graphql-transport-ws: the protocol's rules, who may connect, how many, and how it ends.

use std::time::Duration;

use plenary::auth::Scope;
use plenary::command::account::{erase, log_out};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use crate::support::files::{file, small};
use crate::support::people::Persona;
use crate::support::socket::{Server, Socket};
use crate::support::{Backend, both, run, within_two_seconds};

const LINKS: &str = r#"subscription { sessionRoomChanged(conference: "small") { reset } }"#;

/// A socket that has greeted, of somebody who is not logged in.
async fn socket(server: &Server) -> Socket {
    server.socket(&Persona::nobody()).await
}

/// The code with which a socket is closed that says this first.
async fn code(server: &Server, greets: bool, messages: &[Value]) -> u16 {
    let mut socket = server.open(&Persona::nobody()).await.unwrap();
    if greets {
        assert_eq!(socket.greet(json!({})).await["type"], "connection_ack");
    }
    for message in messages {
        match message {
            Value::String(text) => socket.say_text(text).await,
            message => socket.say(message.clone()).await,
        }
    }
    socket.closed().await.0
}

#[test]
fn closes_as_the_protocol_says() {
    run(Backend::Sqlite, async |world| {
        world.import(&file(&small())).await;
        let server = Server::of(&world.another_with("limits.init_ms = 300").await).await;
        let subscribe = json!({"type": "subscribe", "id": "1", "payload": {"query": LINKS}});
        for (greets, messages, expected) in [
            (false, vec![], 4408),
            (false, vec![subscribe.clone()], 4401),
            (false, vec![json!("no json")], 4400),
            (false, vec![json!("[]")], 4400),
            (false, vec![json!({"no": "type"})], 4400),
            (false, vec![json!({"type": "nothing"})], 4400),
            (false, vec![json!({"type": "connection_init", "payload": 1})], 4400),
            (true, vec![json!({"type": "connection_init"})], 4429),
            (true, vec![json!({"type": "subscribe", "payload": {"query": LINKS}})], 4400),
            (true, vec![json!({"type": "subscribe", "id": "", "payload": {"query": LINKS}})], 4400),
            (true, vec![json!({"type": "subscribe", "id": 1, "payload": {"query": LINKS}})], 4400),
            (true, vec![json!({"type": "subscribe", "id": "1"})], 4400),
            (true, vec![json!({"type": "complete"})], 4400),
            (true, vec![json!({"type": "next", "id": "1", "payload": {}})], 4400),
            (true, vec![json!("[".repeat(2_000))], 4400),
            (true, vec![subscribe.clone(), subscribe.clone()], 4409),
            (false, vec![json!({"type": "connection_init", "payload": {"token": "plt_none"}})], 4403),
            (false, vec![json!({"type": "connection_init", "payload": {"token": 3}})], 4403),
            (false, vec![json!({"type": "connection_init", "payload": {"authorization": "plt_none"}})], 4403),
        ] {
            assert_eq!(code(&server, greets, &messages).await, expected, "{messages:?}");
        }
        let mut binary = socket(&server).await;
        binary.say_bytes(b"{\"type\":\"ping\"}").await;
        assert_eq!(binary.closed().await.0, 4400);
        // A reason is short enough to be sent, whatever the id was.
        let mut long = socket(&server).await;
        for _ in 0..2 {
            long.subscribe(&"é".repeat(200), LINKS, json!({})).await;
        }
        let (code, reason) = long.closed().await;
        assert_eq!(code, 4409);
        assert!(reason.starts_with("Subscriber for é") && reason.len() <= 123, "{reason}");
        server.stopped().await;
    });
}

#[test]
fn another_protocol() {
    run(Backend::Sqlite, async |world| {
        let server = Server::of(&world.app).await;
        for protocol in [None, Some("graphql-ws"), Some("graphql-transport-ws2")] {
            match server.connect(protocol, &[]).await {
                Ok(mut socket) => assert_eq!(socket.closed().await.0, 4406, "{protocol:?}"),
                // The client's library may give up itself where its protocol was not chosen.
                Err(Error::Protocol(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        let mut both = server.connect(Some("graphql-ws, graphql-transport-ws"), &[]).await.unwrap();
        assert_eq!(both.greet(json!({})).await["type"], "connection_ack");
        server.stopped().await;
    });
}

both! {
    async fn queries_and_mutations(world) {
        let olga = crate::desk::organizer(world).await;
        let server = Server::of(&world.app).await;
        let mut socket = server.socket(&olga).await;
        socket.say(json!({"type": "ping"})).await;
        assert_eq!(socket.hear().await, json!({"type": "pong"}));
        socket.say(json!({"type": "pong"})).await;
        let query = "query ($slug: String!) { conference(slug: $slug) { rooms { id name } } }";
        socket.subscribe("q", query, json!({"slug": "small"})).await;
        let data = socket.next("q").await;
        assert_eq!(socket.hear().await, json!({"type": "complete", "id": "q"}));
        let mutation = "mutation ($input: SetRoomLinkInput!) { setRoomLink(input: $input) { room { link { url } } } }";
        let input = json!({"id": data["conference"]["rooms"][0]["id"], "url": "https://a.example/1"});
        socket.subscribe("m", mutation, json!({"input": input})).await;
        assert_eq!(socket.next("m").await["setRoomLink"]["room"]["link"]["url"], "https://a.example/1");
        assert_eq!(socket.hear().await["type"], "complete");
        // What fails before it runs is an `error`, and the operation's id is free again.
        for (query, code) in [
            ("{", "PARSE_FAILED"),
            ("{ nothing }", "VALIDATION_FAILED"),
            ("", "BAD_USER_INPUT"),
            ("subscription { sessionRoomChanged { reset } }", "VALIDATION_FAILED"),
            ("subscription { nothing }", "VALIDATION_FAILED"),
            (r#"subscription { sessionRoomChanged(conference: "none") { reset } }"#, "BAD_USER_INPUT"),
            (r#"subscription { a: sessionRoomChanged(conference: "small") { reset } b: sessionRoomChanged(conference: "small") { reset } }"#, "TOO_EXPENSIVE"),
        ] {
            socket.subscribe("q", query, json!({})).await;
            let errors = socket.error("q").await;
            assert_eq!(errors[0]["extensions"]["code"], code, "{query}: {errors:#}");
        }
        socket.say(json!({"type": "subscribe", "id": "x", "payload": {"query": 1}})).await;
        assert_eq!(socket.error("x").await[0]["extensions"]["code"], "BAD_USER_INPUT");
        // What fails while it runs is part of the answer.
        socket.subscribe("q", "{ conference(slug: \"small\") { panels(first: -1) { nodes { id } } } }", json!({})).await;
        let partly = socket.hear().await;
        assert_eq!((&partly["type"], &partly["payload"]["data"]), (&json!("next"), &json!({"conference": null})), "{partly:#}");
        assert_eq!(socket.hear().await["type"], "complete");
        // An end that nobody waits for is no fault.
        socket.say(json!({"type": "complete", "id": "never"})).await;
        socket.quiet().await;
        server.stopped().await;
    }

    /// A page of another origin can't connect at all; a cookie counts only from an allowed one.
    async fn who_may_connect(world) {
        let olga = crate::desk::organizer(world).await;
        let server = Server::of(&world.app).await;
        let cookie = format!("plenary_session={}", olga.token().text());
        let me = "{ viewer { isAdministrator } }";
        let protocol = Some("graphql-transport-ws");
        for origin in ["http://evil.example", "null", "http://127.0.0.1:8001"] {
            let headers = [("origin", origin.to_owned()), ("cookie", cookie.clone())];
            match server.connect(protocol, &headers).await {
                Err(Error::Http(response)) => assert_eq!(response.status(), 403),
                other => panic!("{origin}: {:?}", other.err()),
            }
        }
        // Without an origin it is no browser: and no browser's cookie either.
        let mut without = server.connect(protocol, &[("cookie", cookie)]).await.unwrap();
        without.greet(json!({})).await;
        without.subscribe("1", me, json!({})).await;
        assert_eq!(without.next("1").await, json!({"viewer": null}));
        let mut with = server.socket(&olga).await;
        with.subscribe("1", me, json!({})).await;
        assert!(with.next("1").await["viewer"]["isAdministrator"].is_boolean());
        // A program's token, in the header or in the greeting.
        let program = world.program_of(&olga, &[Scope::Read]).await;
        let mut by_header = server.socket(&program).await;
        by_header.subscribe("1", me, json!({})).await;
        assert!(by_header.next("1").await["viewer"]["isAdministrator"].is_boolean());
        let crate::support::people::With::Bearer(token) = &program.with else { unreachable!() };
        for greeting in [json!({"token": token}), json!({"authorization": format!("Bearer {token}")}), json!({"Authorization": format!("bearer {token}")})] {
            let mut by_greeting = server.connect(protocol, &[]).await.unwrap();
            assert_eq!(by_greeting.greet(greeting).await["type"], "connection_ack");
            by_greeting.subscribe("1", me, json!({})).await;
            assert!(by_greeting.next("1").await["viewer"]["isAdministrator"].is_boolean());
        }
        server.stopped().await;
    }

    /// A login that ends closes its sockets with 4403, on whatever instance; others' stay.
    async fn ended_logins(world) {
        let olga = crate::desk::organizer(world).await;
        let other = world.another().await;
        let server = Server::of(&other).await;
        let (mut by_cookie, mut nobody) = (server.socket(&olga).await, server.socket(&Persona::nobody()).await);
        let program = world.program_of(&olga, &[Scope::Read]).await;
        let mut by_token = server.socket(&program).await;
        by_cookie.subscribe("1", LINKS, json!({})).await;
        by_cookie.next("1").await;
        log_out(world.app.desk(), olga.token()).await.unwrap();
        within_two_seconds("the socket is closed", async || *other.sockets().borrow() == 2).await;
        assert_eq!(by_cookie.closed().await, (4403, "Forbidden".into()));
        nobody.quiet().await;
        by_token.quiet().await;
        // An account that is deleted has no tokens any more.
        erase(world.app.desk(), olga.user).await.unwrap();
        within_two_seconds("the other is closed", async || *other.sockets().borrow() == 1).await;
        assert_eq!(by_token.closed().await, (4403, "Forbidden".into()));
        nobody.quiet().await;
        server.stopped().await;
    }
}

#[test]
fn only_so_many() {
    run(Backend::Sqlite, async |world| {
        let olga = crate::desk::organizer(&world).await;
        let settings = "limits.sockets_per_user = 2\nlimits.sockets_per_address = 3\nlimits.sockets = 6\n\
            limits.operations_per_socket = 2\nlimits.message_bytes = 1024";
        let server = Server::of(&world.another_with(settings).await).await;
        let mut open = Vec::new();
        for (who, most) in [(olga, 2), (Persona::nobody(), 3)] {
            for _ in 0..most {
                open.push(server.socket(&who).await);
            }
            let mut more = server.open(&who).await.unwrap();
            more.say(json!({"type": "connection_init"})).await;
            assert_eq!(more.closed().await, (1013, "Try Again Later".into()));
        }
        let ada = world.person("ada@example.org").await;
        open.push(server.socket(&ada).await);
        let mut more = server.open(&ada).await.unwrap();
        more.say(json!({"type": "connection_init"})).await;
        assert_eq!(more.closed().await.0, 1013, "as many as there may be here");
        // Whoever goes makes place.
        drop(open.pop());
        let sockets = async || *server.app().sockets().borrow() < 6;
        within_two_seconds("a place", sockets).await;
        open.push(server.socket(&ada).await);
        let socket = open.last_mut().unwrap();
        for id in ["1", "2"] {
            socket.subscribe(id, LINKS, json!({})).await;
            assert_eq!(socket.next(id).await["sessionRoomChanged"]["reset"], true);
        }
        socket.subscribe("3", LINKS, json!({})).await;
        assert_eq!(socket.error("3").await[0]["extensions"]["code"], "TOO_EXPENSIVE");
        socket.say(json!({"type": "complete", "id": "1"})).await;
        socket.subscribe("3", LINKS, json!({})).await;
        socket.next("3").await;
        socket.say(json!({"type": "ping", "payload": {"x": "x".repeat(1_100)}})).await;
        assert_eq!(socket.closed().await, (4400, "Message too large".into()));
        drop(open);
        server.stopped().await;
    });
}

/// Who comes in a storm waits; who would wait too long is told to come again.
#[test]
fn storms_queue() {
    run(Backend::Sqlite, async |world| {
        let server = Server::of(&world.another_with("limits.acks_per_second = 10\nlimits.ack_ms = 1000").await).await;
        let mut greeting = Vec::new();
        for _ in 0..20 {
            let mut socket = server.open(&Persona::nobody()).await.unwrap();
            socket.say(json!({"type": "connection_init"})).await;
            greeting.push(socket);
        }
        let (mut come_in, mut told) = (0, 0);
        let mut kept = Vec::new();
        for mut socket in greeting {
            match socket.hear_or_closed().await {
                Ok(message) => {
                    assert_eq!(message["type"], "connection_ack");
                    come_in += 1;
                    kept.push(socket);
                }
                Err((code, _)) => {
                    assert_eq!(code, 1013);
                    told += 1;
                }
            }
        }
        assert!(come_in >= 10 && told >= 1, "{come_in} {told}");
        drop(kept);
        server.stopped().await;
    });
}

/// Who stops says so to each socket, spread over some seconds, with a code on which clients come back; a request that
/// has begun is finished, and nothing new begins.
#[test]
fn draining() {
    run(Backend::Sqlite, async |world| {
        let mut server = Server::of(&world.another_with("limits.drain_ms = 400").await).await;
        let mut sockets = Vec::new();
        for _ in 0..5 {
            sockets.push(socket(&server).await);
        }
        let mut unheard = server.open(&Persona::nobody()).await.unwrap();
        server.drain();
        for mut socket in sockets {
            assert_eq!(socket.closed().await, (1012, "Service Restart".into()));
        }
        assert_eq!(unheard.closed().await.0, 1012);
        tokio::time::timeout(Duration::from_secs(10), server.stopped()).await.expect("in ten seconds");
    });
}

/// A silent socket is asked whether somebody is there; who does not answer is let go.
#[test]
fn nobody_there() {
    run(Backend::Sqlite, async |world| {
        let server = Server::of(&world.another_with("limits.ping_ms = 100").await).await;
        let mut here = socket(&server).await;
        let gone = socket(&server).await;
        let count = async |n: usize| *server.app().sockets().borrow() == n;
        assert!(count(2).await);
        // One reads, and by that answers; the other does not.
        let reading = tokio::spawn(async move { here.hear_or_closed().await.unwrap_err() });
        within_two_seconds("the one is let go", async || count(1).await).await;
        drop(gone);
        server.stopped().await;
        assert_eq!(reading.await.unwrap().0, 1012, "the other was not");
    });
}
