//! The own account: tokens, logins, export and end.

use plenary::auth::Scope;
use serde_json::{Value, json};

use crate::support::both;
use crate::support::files::{file, small};
use crate::support::people::Persona;

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
