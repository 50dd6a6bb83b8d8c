//! Subscriptions: state now, then what differs; whom it reaches, and who must not have it.

mod rights;
mod viewer;

use std::sync::Arc;

use plenary::app::App;
use serde_json::{Value, json};

use crate::desk::{done, organizer, session_room};
use crate::support::files::{file, small};
use crate::support::people::{Persona, Role};
use crate::support::socket::{Server, Socket};
use crate::support::{World, both};

/// All that a client of the links asks for.
pub const LINKS: &str = "subscription ($after: Cursor, $sessionIds: [ID!]) {
    sessionRoomChanged(conference: \"small\", after: $after, sessionIds: $sessionIds) {
        cursor reset removedIds
        sessionRooms { id revision room { name } session { number status startTime } link { access url inherited } } } }";

const PROGRAM: &str = "subscription ($after: Cursor) { programChanged(conference: \"small\", after: $after) {
    cursor reset changes { kind nodeId at cursor node { __typename id ... on Session { number status } ... on Room { name } } } } }";

/// Two applications on one database, each served; who changes things does so at the first.
pub struct Two {
    pub here: Server,
    pub there: Server,
    pub olga: Persona,
}

impl Two {
    pub async fn of(world: &World) -> Self {
        let olga = organizer(world).await;
        let there = world.another().await;
        Self { here: Server::of(&world.app).await, there: Server::of(&there).await, olga }
    }

    pub async fn stopped(self) {
        self.here.stopped().await;
        self.there.stopped().await;
    }
}

/// The links with their urls, by session and room.
pub fn urls(update: &Value) -> Vec<(String, Value)> {
    let rooms = update["sessionRooms"].as_array().unwrap();
    let name = |it: &Value| format!("{} {}", it["session"]["number"], it["room"]["name"].as_str().unwrap());
    let mut urls: Vec<_> = rooms.iter().map(|it| (name(it), it["link"]["url"].clone())).collect();
    urls.sort_by(|a, b| a.0.cmp(&b.0));
    urls
}

/// The next update of the links.
pub async fn update(socket: &mut Socket) -> Value {
    socket.next("links").await["sessionRoomChanged"].take()
}

/// Somebody registered, who may have the links.
pub async fn attendee(world: &World, name: &str) -> Persona {
    let email = format!("{name}@example.org");
    world.member("small", &email, Role::Attendee).await;
    world.person(&email).await
}

async fn conference(world: &World) -> Value {
    world.data("{ conference(slug: \"small\") { id cursor } }", json!({})).await["conference"].take()
}

both! {
    /// First everything, then what changes, at each instance; a room's own link is that of all sessions in it, and what
    /// else a link depends on counts too.
    async fn everything_then_what_changes(world) {
        let two = Two::of(world).await;
        let ada = attendee(world, "ada").await;
        let mut sockets = [two.here.socket(&ada).await, two.there.socket(&ada).await];
        for socket in &mut sockets {
            socket.subscribe("links", LINKS, json!({})).await;
            let first = update(socket).await;
            assert_eq!((&first["reset"], &first["removedIds"]), (&json!(true), &json!([])));
            insta::assert_json_snapshot!("first", urls(&first));
        }
        let net = world.id_of("rooms", "name", "Online").await;
        let early = world.id_of("sessions", "startTime", "09:00").await;
        let late = world.id_of("sessions", "startTime", "23:00").await;
        let own = session_room(world, "P2.1 Online").await;
        let conference = conference(world).await;
        let zebra = world.id_of("papers", "title", "Zebra crossings").await;
        let mut told = Vec::new();
        let mut cursors = Vec::new();
        for (name, input) in [
            ("setRoomLink", json!({"id": net, "url": "https://meet.example/CANARY-2"})),
            ("setSessionRoomLink", json!({"id": own, "url": "https://meet.example/CANARY-3"})),
            ("cancelSession", json!({"id": late})),
            ("scheduleSession", json!({"id": early, "date": "2027-07-12", "startTime": "09:00", "endTime": "11:00"})),
            // Nothing that a link depends on.
            ("withdrawPaper", json!({"id": zebra})),
            ("setLinkSettings", json!({"conferenceId": conference["id"], "linksOpenAt": "2027-06-01T00:00:00Z"})),
            ("setLinkSettings", json!({"conferenceId": conference["id"], "linksOpenAt": null})),
            ("removeSessionRoom", json!({"id": own})),
        ] {
            let cursor = done(world, &two.olga, name, input, "__typename").await["cursor"].take();
            if name == "withdrawPaper" {
                continue;
            }
            let mut updates = Vec::new();
            for socket in &mut sockets {
                let mut update = update(socket).await;
                cursors.push(update["cursor"].take());
                assert_eq!(update["reset"], false, "{name}");
                updates.push(json!([urls(&update), update["removedIds"].as_array().unwrap().len()]));
            }
            assert!(cursor.is_string());
            assert_eq!(updates[0], updates[1], "both instances tell the same");
            told.push(json!([name, updates[0]]));
        }
        insta::assert_json_snapshot!("told", told);
        // From any cursor of either, on either: what is now.
        for cursor in cursors {
            for server in [&two.here, &two.there] {
                let mut socket = server.socket(&ada).await;
                socket.subscribe("links", LINKS, json!({"after": cursor})).await;
                let update = update(&mut socket).await;
                assert_eq!(update["reset"], false);
                for (_, url) in urls(&update) {
                    assert!(url == "https://meet.example/CANARY-2" || url.is_null(), "{url}");
                }
            }
        }
        for socket in &mut sockets {
            socket.quiet().await;
        }
        two.stopped().await;
    }

    /// Only of some sessions; and only what has changed since a cursor. Cursors of other histories begin anew.
    async fn some_and_since(world) {
        let two = Two::of(world).await;
        let ada = attendee(world, "ada").await;
        let late = world.id_of("sessions", "startTime", "23:00").await;
        let (own, other) = (session_room(world, "P2.2 Online").await, session_room(world, "P2.1 Online").await);
        let mut some = two.there.socket(&ada).await;
        some.subscribe("links", LINKS, json!({"sessionIds": [late]})).await;
        let first = update(&mut some).await;
        assert_eq!(urls(&first), [("2 Online".into(), json!("https://meet.example/CANARY-net"))]);
        done(world, &two.olga, "setSessionRoomLink", json!({"id": other, "url": "https://a.example/other"}), "__typename").await;
        done(world, &two.olga, "setSessionRoomLink", json!({"id": own, "url": "https://a.example/own"}), "__typename").await;
        let next = update(&mut some).await;
        assert_eq!(urls(&next), [("2 Online".into(), json!("https://a.example/own"))]);
        // Coming back: at once an answer, with no more than what was missed; if nothing was, with nothing.
        for (after, expected) in [(&first["cursor"], 1), (&next["cursor"], 0)] {
            let mut back = two.here.socket(&ada).await;
            back.subscribe("links", LINKS, json!({"sessionIds": [late], "after": after})).await;
            let update = update(&mut back).await;
            assert_eq!((&update["reset"], urls(&update).len()), (&json!(false), expected));
            assert_eq!(update["cursor"], next["cursor"]);
        }
        let mut wrong = two.here.socket(&ada).await;
        for (variables, code) in [
            (json!({"after": "no cursor"}), "BAD_USER_INPUT"),
            (json!({"sessionIds": [own]}), "BAD_USER_INPUT"),
            (json!({"sessionIds": vec![late.clone(); 201]}), "TOO_EXPENSIVE"),
        ] {
            wrong.subscribe("links", LINKS, variables).await;
            assert_eq!(wrong.error("links").await[0]["extensions"]["code"], code);
        }
        // As after a backup that was played back: the revision is there, by another tag.
        world.execute("UPDATE scope SET tag = tag + 1 WHERE id IN (SELECT id FROM conference)").await;
        world.execute("UPDATE change SET tag = tag + 1 WHERE scope_id IN (SELECT id FROM conference)").await;
        let reset = update(&mut some).await;
        assert_eq!((&reset["reset"], urls(&reset).len()), (&json!(true), 1));
        let mut back = two.there.socket(&ada).await;
        back.subscribe("links", LINKS, json!({"after": next["cursor"]})).await;
        let reset = update(&mut back).await;
        assert_eq!((&reset["reset"], urls(&reset).len()), (&json!(true), 3));
        two.stopped().await;
    }

    /// Every object that changes, in the order of changes; a copy that applies them is the program.
    async fn programs(world) {
        let two = Two::of(world).await;
        let conference = conference(world).await;
        let mut socket = two.there.socket(&Persona::nobody()).await;
        socket.subscribe("p", PROGRAM, json!({})).await;
        let first = socket.next("p").await["programChanged"].take();
        assert_eq!((&first["reset"], &first["changes"]), (&json!(true), &json!([])));
        assert_eq!(first["cursor"], conference["cursor"]);
        let late = world.id_of("sessions", "startTime", "23:00").await;
        let own = session_room(world, "P2.1 Online").await;
        let mut told = Vec::new();
        for (name, input) in [
            ("cancelSession", json!({"id": late})),
            ("removeSessionRoom", json!({"id": own})),
            ("announce", json!({"conferenceId": conference["id"], "text": "Hello."})),
        ] {
            done(world, &two.olga, name, input, "__typename").await;
            let update = socket.next("p").await["programChanged"].take();
            let changes = update["changes"].as_array().unwrap();
            assert_eq!(changes.last().unwrap()["cursor"], update["cursor"], "{name}");
            told.push(json!([name, changes.iter().map(|change| json!([change["kind"], change["node"]["__typename"]])).collect::<Vec<_>>()]));
        }
        insta::assert_json_snapshot!("program", told);
        // All at once for whoever comes later, from the cursor with which it read the program.
        let mut later = two.here.socket(&Persona::nobody()).await;
        later.subscribe("p", PROGRAM, json!({"after": conference["cursor"]})).await;
        let update = later.next("p").await["programChanged"].take();
        assert_eq!(update["reset"], false);
        let revisions: Vec<_> = update["changes"].as_array().unwrap().iter().map(|change| &change["at"]).collect();
        assert!(revisions.len() >= 4 && revisions.is_sorted_by(|a, b| a.as_str() <= b.as_str()));
        // Whoever went no farther than one of the changes gets the rest.
        let middle = &update["changes"][0]["cursor"];
        let mut rest = two.here.socket(&Persona::nobody()).await;
        rest.subscribe("p", PROGRAM, json!({"after": middle})).await;
        let rest = rest.next("p").await["programChanged"].take();
        assert!(rest["changes"].as_array().unwrap().len() <= revisions.len());
        two.stopped().await;
    }

    /// An import reaches whoever watches as any change does; a conference that is gone ends its streams with an error.
    async fn imports(world) {
        let two = Two::of(world).await;
        let mut socket = two.there.socket(&two.olga).await;
        socket.subscribe("links", LINKS, json!({})).await;
        update(&mut socket).await;
        let mut edited = small();
        edited["rooms"][1]["link"] = json!("https://meet.example/imported");
        world.import(&file(&edited)).await;
        let next = update(&mut socket).await;
        assert_eq!(urls(&next).last().unwrap().1, json!("https://meet.example/imported"));
        // Only what the link reaches: the other use of the room has a link of its own, and the room's revision.
        assert_eq!(next["reset"], false);
        two.stopped().await;
    }

    /// A log that is cut: whoever comes back from before gets everything, and what is left leads to what is.
    async fn history(world) {
        let two = Two::of(world).await;
        let ada = attendee(world, "ada").await;
        let net = world.id_of("rooms", "name", "Online").await;
        let mut cursors = Vec::new();
        let mut socket = two.here.socket(&ada).await;
        socket.subscribe("links", LINKS, json!({})).await;
        cursors.push(update(&mut socket).await["cursor"].take());
        for n in 0..3 {
            let url = format!("https://a.example/{n}");
            done(world, &two.olga, "setRoomLink", json!({"id": net, "url": url}), "__typename").await;
            cursors.push(update(&mut socket).await["cursor"].take());
        }
        let changes = async || world.rows("SELECT 1 FROM change").await;
        let all = changes().await;
        let history = |keep_days| plenary::config::History { keep_days };
        plenary::live::tidy(world.app.desk(), history(0)).await.unwrap();
        plenary::live::tidy(world.app.desk(), history(1)).await.unwrap();
        assert_eq!(changes().await, all, "nothing is old");
        // The two revisions before the last are of long ago.
        let old = "SELECT revision FROM scope WHERE scope.id = change.scope_id";
        world.execute(&format!("UPDATE change SET at = '2020-01-01 00:00:00+00:00' WHERE revision < ({old}) - 1")).await;
        plenary::live::tidy(world.app.desk(), history(0)).await.unwrap();
        assert_eq!(changes().await, all, "kept for ever");
        plenary::live::tidy(world.app.desk(), history(1)).await.unwrap();
        let last = "SELECT 1 FROM conference WHERE NOT EXISTS
            (SELECT 1 FROM change JOIN scope ON scope.id = scope_id AND scope.revision = change.revision
             WHERE scope.id = conference.id)";
        assert!(changes().await < all);
        assert_eq!(world.rows(last).await, 0, "the last revision is there");
        // One that knows the log only as it is now.
        let fresh = Server::of(&world.another().await).await;
        for (n, cursor) in cursors.iter().enumerate() {
            let mut back = fresh.socket(&ada).await;
            back.subscribe("links", LINKS, json!({"after": cursor})).await;
            let update = update(&mut back).await;
            assert_eq!(update["reset"], n < 2, "{n}");
            assert_eq!(urls(&update).len(), [3, 3, 2, 0][n], "{n}");
        }
        fresh.stopped().await;
        two.stopped().await;
    }

    /// What is asked of everybody in the same words is computed once, however many listen.
    async fn computed_once(world) {
        let two = Two::of(world).await;
        let mut sockets = Vec::new();
        for _ in 0..20 {
            let mut socket = two.here.socket(&Persona::nobody()).await;
            socket.subscribe("links", LINKS, json!({})).await;
            update(&mut socket).await;
            sockets.push(socket);
        }
        let before = steps(&world.app);
        let net = world.id_of("rooms", "name", "Online").await;
        done(world, &two.olga, "setRoomLink", json!({"id": net, "url": "https://a.example/1"}), "__typename").await;
        for socket in &mut sockets {
            assert_eq!(urls(&update(socket).await).len(), 2);
        }
        assert_eq!(steps(&world.app) - before, 1);
        two.stopped().await;
    }
}

fn steps(app: &Arc<App>) -> u64 {
    app.steps()
}
