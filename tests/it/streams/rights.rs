//! Rights at delivery: what somebody may no longer have is taken back before anything else is said.

use plenary::command::account::log_out;
use serde_json::{Value, json};

use super::{LINKS, Two, attendee, update, urls};
use crate::desk::{desk, done};
use crate::organize::small;
use crate::support::both;
use crate::support::people::{Persona, Role};
use crate::support::socket::Socket;

fn links(update: &Value) -> usize {
    urls(update).iter().filter(|(_, url)| url.is_string()).count()
}

both! {
    /// A role that is gained or withdrawn, and the links' audience, reset what was sent; at once here, within a second
    /// elsewhere. A change of the link after that is for the entitled only.
    async fn roles(world) {
        let two = Two::of(world).await;
        let ada = world.person("ada@example.org").await;
        let mut sockets = [two.here.socket(&ada).await, two.there.socket(&ada).await];
        for socket in &mut sockets {
            socket.subscribe("links", LINKS, json!({})).await;
            let first = update(socket).await;
            assert_eq!((urls(&first).len(), links(&first)), (3, 0), "not registered");
        }
        let net = world.id_of("rooms", "name", "Online").await;
        let mut cursor = Value::Null;
        for (role, expected) in [(Some(Role::Attendee), 2), (None, 0), (Some(Role::Organizer), 2), (None, 0)] {
            match role {
                Some(role) => world.member("small", "ada@example.org", role).await,
                None => world.no_member("small", "ada@example.org").await,
            }
            for socket in &mut sockets {
                let now = update(socket).await;
                assert_eq!((&now["reset"], links(&now)), (&json!(true), expected), "{role:?}");
                cursor = now["cursor"].clone();
            }
        }
        // The cursor of another audience begins anew.
        world.member("small", "ada@example.org", Role::Attendee).await;
        for socket in &mut sockets {
            assert_eq!(links(&update(socket).await), 2);
        }
        let mut back = two.there.socket(&ada).await;
        back.subscribe("links", LINKS, json!({"after": cursor})).await;
        let now = update(&mut back).await;
        assert_eq!((&now["reset"], links(&now)), (&json!(true), 2));
        world.no_member("small", "ada@example.org").await;
        for socket in sockets.iter_mut().chain([&mut back]) {
            assert_eq!(links(&update(socket).await), 0);
        }
        done(world, &two.olga, "setRoomLink", json!({"id": net, "url": "https://meet.example/CANARY-after"}), "__typename").await;
        for socket in sockets.iter_mut().chain([&mut back]) {
            let now = update(socket).await;
            assert_eq!((&now["reset"], links(&now)), (&json!(false), 0), "told that it changed, not to what");
        }
        two.stopped().await;
    }

    /// Who gets links, and from when, counts for all who listen; links are sent when they open.
    async fn settings(world) {
        let two = Two::of(world).await;
        let conference = world.data("{ conference(slug: \"small\") { id } }", json!({})).await["conference"]["id"].take();
        let (ada, nobody) = (attendee(world, "ada").await, Persona::nobody());
        let mut sockets = [two.there.socket(&nobody).await, two.there.socket(&ada).await];
        for (socket, expected) in sockets.iter_mut().zip([0, 2]) {
            socket.subscribe("links", LINKS, json!({})).await;
            assert_eq!(links(&update(socket).await), expected);
        }
        for (settings, expected) in [
            (json!({"linkAudience": "PUBLIC"}), [2, 2]),
            (json!({"linkAudience": "ORGANIZER"}), [0, 0]),
            (json!({"linkAudience": "ATTENDEE"}), [0, 2]),
            (json!({"linksOpenAt": "2027-06-01T00:00:00Z"}), [0, 0]),
        ] {
            let mut input = settings.clone();
            input["conferenceId"] = conference.clone();
            done(world, &two.olga, "setLinkSettings", input, "__typename").await;
            for (socket, expected) in sockets.iter_mut().zip(expected) {
                let now = update(socket).await;
                assert_eq!((urls(&now).len(), links(&now)), (3, expected), "{settings}");
            }
        }
        // The time has come, by the database's clock.
        world.execute("UPDATE conference SET links_open_at = '2026-01-01 00:00:00'").await;
        for (socket, expected) in sockets.iter_mut().zip([0, 2]) {
            assert_eq!(links(&update(socket).await), expected);
        }
        two.stopped().await;
    }

    /// A login that ends is cut off before the next link; a draft is no conference for those who do not organize it.
    async fn logins_and_drafts(world) {
        let two = Two::of(world).await;
        let ada = attendee(world, "ada").await;
        let mut cut = two.here.socket(&ada).await;
        cut.subscribe("links", LINKS, json!({})).await;
        assert_eq!(links(&update(&mut cut).await), 2);
        let net = world.id_of("rooms", "name", "Online").await;
        log_out(world.app.desk(), ada.token()).await.unwrap();
        done(world, &two.olga, "setRoomLink", json!({"id": net, "url": "https://meet.example/CANARY-after"}), "__typename").await;
        assert_eq!(cut.hear_or_closed().await.unwrap_err().0, 4403, "the close is the first that comes");

        let (mut nobody, mut olga) = (two.there.socket(&Persona::nobody()).await, two.there.socket(&two.olga).await);
        for socket in [&mut nobody, &mut olga] {
            socket.subscribe("links", LINKS, json!({})).await;
            update(socket).await;
        }
        // Past the application: as after a backup that was played back, the states have other tags.
        world.execute("UPDATE conference SET visibility = 'DRAFT'").await;
        world.execute("UPDATE change SET tag = tag + 1").await;
        world.execute("UPDATE scope SET tag = tag + 1").await;
        // What came before it may still be told.
        let error = loop {
            let message = nobody.hear().await;
            if message["type"] != "next" {
                break message;
            }
        };
        assert_eq!(error["type"], "error");
        assert_eq!(error["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{error:#}");
        assert_eq!(links(&update(&mut olga).await), 2, "whoever organizes it goes on");
        two.stopped().await;
    }

    /// A conference that is no longer public, and then no longer there, is over for whoever listens to it, here and on
    /// the other instance.
    async fn deleted(world) {
        let two = Two::of(world).await;
        let id = small(world).await;
        let mut sockets = [two.here.socket(&Persona::nobody()).await, two.there.socket(&Persona::nobody()).await];
        let mut own = [two.here.socket(&two.olga).await, two.there.socket(&two.olga).await];
        for socket in sockets.iter_mut().chain(&mut own) {
            socket.subscribe("links", LINKS, json!({})).await;
            update(socket).await;
        }
        let over = async |socket: &mut Socket| loop {
            let message = socket.hear().await;
            if message["type"] != "next" {
                assert_eq!(message["type"], "error", "{message:#}");
                break message["payload"][0]["extensions"]["code"].clone();
            }
        };
        done(world, &two.olga, "unpublishConference", json!({ "id": id }), "__typename").await;
        for socket in &mut sockets {
            assert_eq!(over(socket).await, "BAD_USER_INPUT");
        }
        let deleted = json!({"id": id, "withProgram": true});
        let payload = desk(world, &two.olga, "deleteConference", deleted, "deletedId").await;
        assert_eq!((&payload["userErrors"], &payload["deletedId"]), (&json!([]), &json!(id)));
        for socket in &mut own {
            assert_eq!(over(socket).await, "BAD_USER_INPUT");
        }
        // A socket outlives what it listened to.
        for socket in &mut own {
            socket.subscribe("again", LINKS, json!({})).await;
            assert_eq!(over(socket).await, "BAD_USER_INPUT");
        }
        two.stopped().await;
    }
}
