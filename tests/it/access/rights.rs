//! Rights hold as they are now: at the next request here, within a second elsewhere; and cost no SQL.

use std::sync::Arc;

use plenary::app::App;
use plenary::auth::Scope;
use plenary::command::account::{end_session, erase, log_out, revoke_token};
use serde_json::{Value, json};

use crate::support::files::{file, small};
use crate::support::people::{Persona, Role};
use crate::support::{World, both, within_two_seconds};

const ASK: &str = r#"{ viewer { isAdministrator } conference(slug: "small") { viewerAudience } }"#;

/// How far somebody is let in; of whom is not logged in any more, `null`.
async fn audience(world: &World, who: &Persona) -> Value {
    let answer = world.ask_as(who, ASK, json!({})).await.body;
    let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("UNAUTHENTICATED");
    assert_eq!(code, "UNAUTHENTICATED", "{answer}");
    match answer["data"]["viewer"].is_null() {
        true => Value::Null,
        false => answer["data"]["conference"]["viewerAudience"].clone(),
    }
}

/// Another instance that serves, and sweeps as it does so.
async fn serving(world: &World) -> (World, impl FnOnce()) {
    let app: Arc<App> = world.another().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = app.clone();
    tokio::spawn(async move { running.run(listener, async { drop(stopped.await) }).await });
    (world.through(app), move || drop(stop))
}

both! {
    /// Granted, changed and withdrawn: here at the next request, elsewhere within a second.
    async fn membership(world) {
        world.import(&file(&small())).await;
        let (other, stop) = serving(world).await;
        let ada = world.person("ada@example.org").await;
        for seen in [world, &other] {
            assert_eq!(audience(seen, &ada).await, "SIGNED_IN");
        }
        for role in [Some(Role::Attendee), Some(Role::Organizer), Some(Role::Attendee), None, Some(Role::Organizer), None] {
            let wanted = match role {
                Some(Role::Attendee) => "ATTENDEE",
                Some(Role::Organizer) => "ORGANIZER",
                None => "SIGNED_IN",
            };
            // A conference keeps one organizer.
            world.member("small", "keeper@example.org", Role::Organizer).await;
            match role {
                Some(role) => world.member("small", "ada@example.org", role).await,
                None => world.no_member("small", "ada@example.org").await,
            }
            assert_eq!(audience(world, &ada).await, wanted);
            within_two_seconds(wanted, async || audience(&other, &ada).await == wanted).await;
        }
        stop();
    }

    /// Logged out, a session ended, a token revoked, an account deleted.
    async fn endings(world) {
        world.import(&file(&small())).await;
        let (other, stop) = serving(world).await;
        let desk = world.app.desk();
        let (ada, bob) = (world.person("ada@example.org").await, world.person("bob@example.org").await);
        let again = world.person("ada@example.org").await;
        assert_eq!(again.user, ada.user, "the same identity is the same user");
        let token = world.program_of(&ada, &[Scope::Read]).await;
        for who in [&ada, &again, &bob, &token] {
            for seen in [world, &other] {
                assert_eq!(audience(seen, who).await, "SIGNED_IN");
            }
        }
        log_out(desk, ada.token()).await.unwrap();
        assert_eq!(audience(world, &ada).await, Value::Null);
        within_two_seconds("logged out", async || audience(&other, &ada).await.is_null()).await;
        assert_eq!(audience(&other, &again).await, "SIGNED_IN", "the other browser is still logged in");

        let profile = world.database().profile(ada.user).await.unwrap().unwrap();
        assert!(end_session(desk, bob.user, profile.sessions[0].id).await.is_err(), "another's session");
        end_session(desk, ada.user, profile.sessions[0].id).await.unwrap();
        assert_eq!(audience(world, &again).await, Value::Null);
        within_two_seconds("ended", async || audience(&other, &again).await.is_null()).await;

        assert_eq!(audience(&other, &token).await, "SIGNED_IN");
        assert!(revoke_token(desk, bob.user, profile.tokens[0].id).await.is_err(), "another's token");
        revoke_token(desk, ada.user, profile.tokens[0].id).await.unwrap();
        assert_eq!(world.code_as(&token, ASK, json!({})).await, "UNAUTHENTICATED");
        within_two_seconds("revoked", async || audience(&other, &token).await.is_null()).await;

        erase(desk, bob.user).await.unwrap();
        assert_eq!(audience(world, &bob).await, Value::Null);
        within_two_seconds("deleted", async || audience(&other, &bob).await.is_null()).await;
        stop();
    }

    /// While rights change, whoever asks is never answered by what was before the last change that was answered.
    async fn never_back(world) {
        world.import(&file(&small())).await;
        let ada = world.person("ada@example.org").await;
        world.member("small", "keeper@example.org", Role::Organizer).await;
        for round in 0..20 {
            let asking: Vec<_> = (0..4).map(|_| audience(world, &ada)).collect();
            let (_, ()) = tokio::join!(futures(asking), async {
                match round % 2 {
                    0 => world.member("small", "ada@example.org", Role::Attendee).await,
                    _ => world.no_member("small", "ada@example.org").await,
                }
            });
            let wanted = if round % 2 == 0 { "ATTENDEE" } else { "SIGNED_IN" };
            assert_eq!(audience(world, &ada).await, wanted, "round {round}");
        }
    }

    /// Reading a program as somebody costs no SQL once they are known; their stars cost one statement.
    async fn no_sql(world) {
        world.import(&file(&small())).await;
        world.member("small", "ada@example.org", Role::Attendee).await;
        let ada = world.person("ada@example.org").await;
        let read = r#"{ conference(slug: "small") { viewerAudience panels { nodes { title sessions { rooms { link { url } } } } } } }"#;
        world.data_as(&ada, read, json!({})).await;
        let before = world.database().statements();
        for _ in 0..3 {
            assert!(world.data_as(&ada, read, json!({})).await.to_string().contains("CANARY"));
        }
        assert_eq!(world.database().statements(), before);
        let mine = r#"{ conference(slug: "small") { viewerSchedule { items { id } } panels { nodes { viewerHasStarred } } } }"#;
        world.data_as(&ada, mine, json!({})).await;
        assert_eq!(world.database().statements(), before + 1);
    }

    /// An administrator is one by a verified address, granted before or after the first login.
    async fn administrators(world) {
        world.import(&file(&small())).await;
        let clerk = plenary::command::member::Clerk { database: world.database(), source: &**world.app.source(), actor: "test" };
        clerk.administrator("ada@example.org", true).await.unwrap();
        let ada = world.person("ada@example.org").await;
        assert_eq!(world.data_as(&ada, ASK, json!({})).await["viewer"]["isAdministrator"], true);
        assert_eq!(audience(world, &ada).await, "SIGNED_IN", "and no organizer of what others made");
        assert!(clerk.administrator("ada@example.org", false).await.unwrap());
        world.sweep().await;
        assert_eq!(world.data_as(&ada, ASK, json!({})).await["viewer"]["isAdministrator"], false);
    }

    /// A draft exists for its organizers only, by what their login allows.
    async fn drafts(world) {
        let mut draft = small();
        draft["conference"]["settings"] = json!({"visibility": "DRAFT"});
        world.import(&file(&draft)).await;
        let ask = r#"{ conference(slug: "small") { id name panels { totalCount } } conferences { totalCount } }"#;
        let (ada, bob) = (world.person("ada@example.org").await, world.person("bob@example.org").await);
        world.member("small", "ada@example.org", Role::Organizer).await;
        world.member("small", "bob@example.org", Role::Attendee).await;
        let reads = world.program_of(&ada, &[Scope::Read, Scope::Schedule]).await;
        let nothing = json!({"conference": null, "conferences": {"totalCount": 0}});
        for who in [&Persona::nobody(), &bob, &reads] {
            assert_eq!(world.data_as(who, ask, json!({})).await, nothing);
        }
        let seen = world.data_as(&ada, ask, json!({})).await;
        assert_eq!(seen["conference"]["panels"]["totalCount"], 2);
        let id = seen["conference"]["id"].clone();
        let node = "query ($id: ID!) { node(id: $id) { id } }";
        assert_eq!(world.data_as(&ada, node, json!({"id": id})).await["node"]["id"], id);
        assert_eq!(world.data_as(&bob, node, json!({"id": id})).await["node"], Value::Null);
        let member = json!({"input": {"conferenceId": id, "email": "eve@example.org", "role": "ATTENDEE"}});
        let set = "mutation ($input: SetMemberInput!) { setMember(input: $input) { memberId userErrors { code } } }";
        let refused = world.data_as(&bob, set, member.clone()).await;
        assert_eq!(refused["setMember"]["userErrors"][0]["code"], "NOT_FOUND", "as if it were not there");
        assert_eq!(world.data_as(&ada, set, member).await["setMember"]["userErrors"], json!([]));
    }

    /// Links open by themselves when their time has come by the database's clock, once, as a revision.
    async fn links_open_at_their_time(world) {
        let mut program = small();
        program["conference"]["settings"] = json!({"linkAudience": "PUBLIC", "linksOpenAt": "2027-01-02T00:00:00Z"});
        // By the clock of the import (2027-01-01) that is still to come; by the database's it may be either.
        world.import(&file(&program)).await;
        let link = r#"{ conference(slug: "small") { revision rooms { link { access } } } }"#;
        let before = world.data(link, json!({})).await;
        assert_eq!(before["conference"]["rooms"][1]["link"]["access"], "LATER");
        let opened = plenary::live::open_due(world.database(), world.app.source()).await.unwrap();
        assert_eq!(opened, 0, "2027 is to come");
        // A time in the past that nobody has opened yet: as if the server had been down then.
        world.execute("UPDATE conference SET links_open_at = '2020-01-01T00:00:00+00:00'").await;
        world.execute("UPDATE scope SET tag = tag + 1 WHERE kind = 'CONFERENCE'").await;
        world.sweep().await;
        let two = tokio::join!(
            plenary::live::open_due(world.database(), world.app.source()),
            plenary::live::open_due(world.database(), world.app.source()),
        );
        assert_eq!(two.0.unwrap() + two.1.unwrap(), 1, "once, whoever does it");
        world.sweep().await;
        let after = world.data(link, json!({})).await;
        assert_eq!(after["conference"]["rooms"][1]["link"]["access"], "OPEN");
        assert_eq!(
            after["conference"]["revision"].as_i64().unwrap(),
            before["conference"]["revision"].as_i64().unwrap() + 1
        );
    }
}

async fn futures<T>(all: Vec<impl Future<Output = T>>) {
    for one in all {
        one.await;
    }
}
