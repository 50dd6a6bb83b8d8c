//! The own account: tokens, logins, export and end.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use plenary::app::App;
use plenary::auth::Scope;
use plenary::config::Config;
use plenary::db::Database;
use serde_json::{Value, json};

use crate::support::files::{file, small};
use crate::support::people::Persona;
use crate::support::{Counting, Settable, both, pools, within_two_seconds};

const CREATE: &str = "mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
    token accessToken { id name scopes isOfApp lastUsedAt createdAt expiresAt } userErrors { code field } } }";

both! {
    async fn tokens(world) {
        let ada = world.person("ada@example.org").await;
        let input = json!({"input": {"name": " my script ", "scopes": ["READ", "READ"], "clientMutationId": "t"}});
        let made = world.data_as(&ada, CREATE, input.clone()).await["createAccessToken"].take();
        let text = made["token"].as_str().unwrap().to_owned();
        assert!(text.starts_with("plenary_"));
        let mut shown = made.clone();
        shown["token"] = json!("(secret)");
        shown["accessToken"]["id"] = json!("(id)");
        insta::assert_json_snapshot!("a_token", shown);
        let again = world.data_as(&ada, CREATE, input).await["createAccessToken"].take();
        assert_eq!((&again["token"], &again["accessToken"]["id"]), (&Value::Null, &made["accessToken"]["id"]), "never twice");
        let stored = world.dump().await;
        let bare = text.strip_prefix("plenary_").unwrap();
        assert!(!stored.contains(bare) && !stored.contains(&ada.token().text()), "a token is stored");

        let program = Persona { user: ada.user, with: crate::support::people::With::Bearer(text) };
        let me = world.data_as(&program, "{ viewer { user { name } } }", json!({})).await;
        assert_eq!(me["viewer"]["user"]["name"], "ada");
        for private in ["identities { id }", "loginSessions { id }", "accessTokens { id }", "export"] {
            let code = world.code_as(&program, &format!("{{ viewer {{ {private} }} }}"), json!({})).await;
            assert_eq!(code, "FORBIDDEN", "{private}");
        }
        let input = json!({"input": {"name": "more", "scopes": ["ORGANIZE"]}});
        assert_eq!(world.code_as(&program, CREATE, input).await, "FORBIDDEN", "a token makes no tokens");
        for (bad, field) in [
            (json!({"name": "", "scopes": ["READ"]}), "name"),
            (json!({"name": "x".repeat(101), "scopes": ["READ"]}), "name"),
            (json!({"name": "two\nlines", "scopes": ["READ"]}), "name"),
            (json!({"name": "x", "scopes": []}), "scopes"),
            (json!({"name": "x", "scopes": ["READ"], "expiresInDays": 0}), "expiresInDays"),
            (json!({"name": "x", "scopes": ["READ"], "expiresInDays": 367}), "expiresInDays"),
        ] {
            let done = world.data_as(&ada, CREATE, json!({"input": bad})).await["createAccessToken"].take();
            assert_eq!(done["userErrors"][0], json!({"code": "INVALID", "field": [field]}));
        }

        let revoke = "mutation ($id: ID!) { revokeAccessToken(input: {id: $id}) { accessTokenId userErrors { code } } }";
        let bob = world.person("bob@example.org").await;
        let id = json!({"id": made["accessToken"]["id"]});
        let stolen = world.data_as(&bob, revoke, id.clone()).await;
        assert_eq!(stolen["revokeAccessToken"]["userErrors"][0]["code"], "NOT_FOUND", "another's");
        assert_eq!(world.data_as(&ada, revoke, id).await["revokeAccessToken"]["userErrors"], json!([]));
        assert_eq!(world.code_as(&program, "{ __typename }", json!({})).await, "UNAUTHENTICATED");
    }

    async fn logins(world) {
        let ada = world.person("ada@example.org").await;
        let there = world.person("ada@example.org").await;
        let seen = world.data_as(&there, "{ viewer { identities { provider hasVerifiedEmail } loginSessions { id isCurrent userAgent } } }", json!({})).await;
        assert_eq!(seen["viewer"]["identities"], json!([{"provider": "test", "hasVerifiedEmail": true}]));
        let sessions = seen["viewer"]["loginSessions"].as_array().unwrap();
        assert_eq!((&sessions[0]["isCurrent"], &sessions[1]["isCurrent"]), (&json!(true), &json!(false)));
        let end = "mutation ($id: ID!) { endLoginSession(input: {id: $id}) { loginSessionId userErrors { code } } }";
        let bob = world.person("bob@example.org").await;
        let id = json!({"id": sessions[1]["id"]});
        assert_eq!(world.data_as(&bob, end, id.clone()).await["endLoginSession"]["userErrors"][0]["code"], "NOT_FOUND");
        assert_eq!(world.data_as(&there, end, id).await["endLoginSession"]["userErrors"], json!([]));
        assert_eq!(world.data_as(&ada, "{ viewer { isAdministrator } }", json!({})).await["viewer"], Value::Null);
    }

    /// A login session ends when it is idle, and however it is used after its absolute lifetime; a token when it expires.
    async fn lifetimes(world) {
        let start: DateTime<Utc> = "2027-01-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(Settable { now: Mutex::new(start), counting: Counting::default() });
        let config = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap();
        let (idle, absolute) = (config.login.idle_hours, config.login.absolute_hours);
        let database = Database::connect(&world.url, &pools()).await.unwrap();
        let world = &world.through(App::new(config, database, clock.clone()));
        let is_in = async |who: &Persona, hours: i64| {
            *clock.now.lock().unwrap() = start + TimeDelta::hours(hours);
            let answer = world.ask_as(who, "{ viewer { isAdministrator } }", json!({})).await.body;
            !answer["data"]["viewer"].is_null()
        };
        let (ada, bob) = (world.person("ada@example.org").await, world.person("bob@example.org").await);
        let token = world.program_of(&ada, &[Scope::Read]).await;
        assert!(is_in(&token, 23).await && !is_in(&token, 24).await && !is_in(&token, 25).await, "a day, as it was made");
        assert!(is_in(&ada, idle - 1).await);
        assert!(!is_in(&bob, idle).await, "not used for too long");
        // The last use is written by the way: until it is, it is not known to others.
        let seen = async || world.database().profile(ada.user).await.unwrap().unwrap().sessions[0].seen_at;
        within_two_seconds("the last use is written", async || seen().await > start).await;
        let mut hours = idle - 1;
        while hours + idle - 1 < absolute {
            hours += idle - 1;
            assert!(is_in(&ada, hours).await, "used in time, after {hours} hours");
        }
        assert!(is_in(&ada, absolute - 1).await && !is_in(&ada, absolute).await, "at its end, used or not");
        // Another instance, which has nothing in memory, says the same.
        let other = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap();
        let other = world.through(App::new(other, world.database().clone(), clock.clone()));
        let answer = other.ask_as(&ada, "{ viewer { isAdministrator } }", json!({})).await.body;
        assert_eq!(answer["data"]["viewer"], Value::Null);
    }

    /// Everything about oneself, and then nothing.
    async fn export_and_end(world) {
        world.import(&file(&small())).await;
        let (ada, bob) = (world.person("ada@example.org").await, world.person("bob@example.org").await);
        let panel = world.id_of("panels", "code", "P2").await;
        let star = "mutation ($id: ID!) { star(input: {id: $id, clientMutationId: \"s\"}) { cursor } }";
        for who in [&ada, &bob] {
            world.data_as(who, star, json!({"id": panel})).await;
        }
        world.program_of(&ada, &[Scope::Read]).await;
        let export = world.data_as(&ada, "{ viewer { export } }", json!({})).await["viewer"]["export"].take();
        let document: Value = serde_json::from_str(export.as_str().unwrap()).unwrap();
        let lists = ["identities", "loginSessions", "accessTokens", "stars", "clientMutations"];
        assert!(lists.iter().all(|list| document[list].as_array().unwrap().len() == 1), "{document:#}");
        assert_eq!(document["identities"][0]["email"], "ada@example.org");
        assert!(!export.to_string().contains("bob") && !export.to_string().contains("hash\""), "{document:#}");

        let delete = "mutation ($name: String!) { deleteAccount(input: {name: $name}) { userId userErrors { code } } }";
        let wrong = world.data_as(&ada, delete, json!({"name": "Ada"})).await;
        assert_eq!(wrong["deleteAccount"]["userErrors"][0]["code"], "INVALID");
        let gone = world.data_as(&ada, delete, json!({"name": "ada"})).await;
        assert_eq!(gone["deleteAccount"]["userErrors"], json!([]));
        assert_eq!(world.data_as(&ada, "{ viewer { isAdministrator } }", json!({})).await["viewer"], Value::Null);
        let left = world.dump().await;
        assert!(!left.contains("ada@example.org") && !left.contains("subject-ada"), "something is left");
        assert!(left.contains("bob@example.org"));
        let again = world.person("ada@example.org").await;
        assert_ne!(again.user, ada.user, "a new account");
        let none = world.data_as(&again, r#"{ conference(slug: "small") { viewerSchedule { items { id } } } }"#, json!({})).await;
        assert_eq!(none["conference"]["viewerSchedule"]["items"], json!([]));
    }
}
