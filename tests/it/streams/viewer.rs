//! What is the viewer's own: the links of what was starred, and the individual schedule, on all devices.

use plenary::auth::Scope;
use serde_json::{Value, json};

use super::{Two, attendee, update, urls};
use crate::desk::{done, session_room};
use crate::support::people::Persona;
use crate::support::socket::Socket;
use crate::support::{World, both};

const STARRED: &str = "subscription ($after: Cursor) {
    sessionRoomChanged(conference: \"small\", viewerStarredOnly: true, after: $after) {
        cursor reset removedIds sessionRooms { id room { name } session { number } link { url } } } }";

const SCHEDULE: &str = "subscription ($after: Cursor) { viewerScheduleChanged(conference: \"small\", after: $after) {
    cursor reset schedule { items { id } sessions { number startTime status rooms { link { url } } } } } }";

async fn star(world: &World, who: &Persona, name: &str, id: &str) {
    let query = format!("mutation ($input: StarInput!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}");
    let answer = world.data_as(who, &query, json!({"input": {"id": id}})).await;
    assert_eq!(answer[name]["userErrors"], json!([]));
}

async fn schedule(socket: &mut Socket) -> Value {
    socket.next("mine").await["viewerScheduleChanged"].take()
}

both! {
    /// Stars come and go on all devices; of what is not starred nothing is told.
    async fn starred_only(world) {
        let two = Two::of(world).await;
        let (ada, bob) = (attendee(world, "ada").await, attendee(world, "bob").await);
        let mut devices = [two.here.socket(&ada).await, two.there.socket(&ada).await];
        for device in &mut devices {
            device.subscribe("links", STARRED, json!({})).await;
            let first = update(device).await;
            assert_eq!((&first["reset"], urls(&first).len()), (&json!(true), 0));
        }
        let (early, late) = (world.id_of("sessions", "startTime", "09:00").await, world.id_of("sessions", "startTime", "23:00").await);
        let (own, other) = (session_room(world, "P2.1 Online").await, session_room(world, "P2.2 Online").await);
        star(world, &bob, "star", &late).await;
        star(world, &ada, "star", &early).await;
        let mut before = Value::Null;
        for device in &mut devices {
            let now = update(device).await;
            assert_eq!((&now["reset"], urls(&now).len()), (&json!(false), 2), "however old they are");
            before = now["cursor"].clone();
        }
        // What another has starred is nothing to her.
        done(world, &two.olga, "setSessionRoomLink", json!({"id": other, "url": "https://a.example/late"}), "__typename").await;
        done(world, &two.olga, "setSessionRoomLink", json!({"id": own, "url": "https://a.example/early"}), "__typename").await;
        for device in &mut devices {
            assert_eq!(urls(&update(device).await), [("1 Online".into(), json!("https://a.example/early"))]);
        }
        // A starred paper leads to all sessions in which it is given.
        let zebra = world.id_of("papers", "title", "Zebra crossings").await;
        star(world, &ada, "star", &zebra).await;
        for device in &mut devices {
            assert_eq!(urls(&update(device).await), [("2 Online".into(), json!("https://a.example/late"))]);
        }
        star(world, &ada, "unstar", &early).await;
        // The paper leads there still: nothing changes. But without it:
        star(world, &ada, "unstar", &zebra).await;
        for device in &mut devices {
            let now = update(device).await;
            assert_eq!((&now["reset"], urls(&now).len()), (&json!(false), 0));
            let mut gone: Vec<_> = now["removedIds"].as_array().unwrap().clone();
            gone.retain(|id| *id == json!(own) || *id == json!(other));
            assert_eq!(gone.len(), 2, "{now:#}");
        }
        // Whoever comes back after stars have changed begins anew.
        let mut back = two.here.socket(&ada).await;
        back.subscribe("links", STARRED, json!({"after": before})).await;
        let now = update(&mut back).await;
        assert_eq!((&now["reset"], urls(&now).len()), (&json!(true), 0));
        two.stopped().await;
    }

    /// The schedule comes whole whenever something on it has changed, and at no other time.
    async fn schedules(world) {
        let two = Two::of(world).await;
        let (ada, bob) = (attendee(world, "ada").await, attendee(world, "bob").await);
        let mut devices = [two.here.socket(&ada).await, two.there.socket(&ada).await];
        for device in &mut devices {
            device.subscribe("mine", SCHEDULE, json!({})).await;
            let first = schedule(device).await;
            assert_eq!((&first["reset"], &first["schedule"]["items"]), (&json!(true), &json!([])));
        }
        let (early, late) = (world.id_of("sessions", "startTime", "09:00").await, world.id_of("sessions", "startTime", "23:00").await);
        star(world, &bob, "star", &late).await;
        star(world, &ada, "star", &early).await;
        let mut cursor = Value::Null;
        for device in &mut devices {
            let now = schedule(device).await;
            assert_eq!(now["reset"], false);
            assert_eq!(now["schedule"]["sessions"][0]["startTime"], "09:00");
            cursor = now["cursor"].clone();
        }
        let own = session_room(world, "P2.1 Online").await;
        for (name, input) in [
            ("cancelSession", json!({"id": late})),
            ("setSessionRoomLink", json!({"id": own, "url": "https://a.example/early"})),
            ("cancelSession", json!({"id": early})),
        ] {
            done(world, &two.olga, name, input.clone(), "__typename").await;
            if input["id"] == json!(late) {
                continue;
            }
            for device in &mut devices {
                let now = schedule(device).await;
                assert_eq!(now["schedule"]["sessions"].as_array().unwrap().len(), 1);
                assert_eq!(now["schedule"]["sessions"][0]["rooms"][1]["link"]["url"], "https://a.example/early");
                let cancelled = now["schedule"]["sessions"][0]["status"] == "CANCELLED";
                assert_eq!(cancelled, name == "cancelSession", "{name}: {now:#}");
            }
        }
        let mut back = two.there.socket(&ada).await;
        back.subscribe("mine", SCHEDULE, json!({"after": cursor})).await;
        let now = schedule(&mut back).await;
        assert_eq!((&now["reset"], &now["schedule"]["sessions"][0]["status"]), (&json!(false), &json!("CANCELLED")));
        // It is the viewer's: nobody has none, and a program needs leave to see it.
        let stars = world.program_of(&ada, &[Scope::Schedule]).await;
        for (who, code) in [(&Persona::nobody(), "UNAUTHENTICATED"), (&stars, "FORBIDDEN")] {
            let mut socket = two.here.socket(who).await;
            for query in [SCHEDULE, STARRED] {
                socket.subscribe("mine", query, json!({})).await;
                assert_eq!(socket.error("mine").await[0]["extensions"]["code"], code);
            }
        }
        let sees = world.program_of(&ada, &[Scope::Read]).await;
        let mut socket = two.here.socket(&sees).await;
        socket.subscribe("mine", SCHEDULE, json!({})).await;
        assert_eq!(schedule(&mut socket).await["schedule"]["items"][0]["id"], json!(early));
        two.stopped().await;
    }

    /// What only a session may see reaches no program of the same user that asks for the same; the secret address of a
    /// calendar, which no state that is followed names, reaches nobody in this way.
    async fn a_session_and_a_program(world) {
        let two = Two::of(world).await;
        let ada = attendee(world, "ada").await;
        let program = world.program_of(&ada, &[Scope::Read]).await;
        let asked = world.data_as(&ada, "{ conference(slug: \"small\") { viewerSchedule { calendarUrl } } }", json!({})).await;
        assert!(asked["conference"]["viewerSchedule"]["calendarUrl"].is_string(), "a query has it");
        let query = SCHEDULE.replace("items {", "calendarUrl items {");
        let mut readers = Vec::new();
        for who in [&ada, &program, &ada, &program] {
            let mut socket = two.here.socket(who).await;
            socket.subscribe("mine", &query, json!({})).await;
            let first = schedule(&mut socket).await;
            assert_eq!(first["schedule"]["calendarUrl"], Value::Null, "{:?}", who.with);
            readers.push(socket);
        }
        let steps = world.app.steps();
        star(world, &ada, "star", &world.id_of("sessions", "startTime", "09:00").await).await;
        for socket in &mut readers {
            let now = schedule(socket).await;
            assert_eq!((&now["reset"], &now["schedule"]["calendarUrl"]), (&json!(false), &Value::Null));
        }
        assert_eq!(world.app.steps() - steps, 2, "one for each kind of login");
        two.stopped().await;
    }
}
