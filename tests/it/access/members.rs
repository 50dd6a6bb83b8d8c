//! Members: set by organizers, by address, before anybody logs in.

use plenary::auth::Scope;
use serde_json::{Value, json};

use crate::support::files::{file, small};
use crate::support::people::{Persona, Role};
use crate::support::{World, both};

const SET: &str = "mutation ($input: SetMemberInput!) { setMember(input: $input) {
    memberId clientMutationId userErrors { code field message } } }";
const REMOVE: &str = "mutation ($input: RemoveMemberInput!) { removeMember(input: $input) {
    memberId userErrors { code field message } } }";
const LIST: &str = r#"query ($first: Int, $after: String) { conference(slug: "small") { members(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { name role user { name } } } } }"#;

async fn set(world: &World, who: &Persona, email: &str, role: &str) -> Value {
    let id = world.data_as(who, r#"{ conference(slug: "small") { id } }"#, json!({})).await["conference"]["id"].take();
    let input = json!({"conferenceId": id, "email": email, "role": role, "name": "  Somebody "});
    world.data_as(who, SET, json!({ "input": input })).await["setMember"].take()
}

both! {
    async fn by_organizers(world) {
        world.import(&file(&small())).await;
        let (org, ada) = (world.person("org@example.org").await, world.person("ada@example.org").await);
        world.member("small", "org@example.org", Role::Organizer).await;
        // Before the first login, case not counting.
        let added = set(world, &org, " Eve@Example.ORG", "ATTENDEE").await;
        assert_eq!(added["userErrors"], json!([]));
        let eve = world.person("eve@example.org").await;
        let audience = async |who: &Persona| {
            world.data_as(who, r#"{ conference(slug: "small") { viewerAudience } }"#, json!({})).await["conference"]["viewerAudience"].take()
        };
        assert_eq!(audience(&eve).await, "ATTENDEE");
        assert_eq!(set(world, &org, "eve@example.org", "ORGANIZER").await["memberId"], added["memberId"], "the same member");
        assert_eq!(audience(&eve).await, "ORGANIZER");
        assert_eq!(set(world, &org, "ada@example.org", "ATTENDEE").await["userErrors"], json!([]));
        assert_eq!(audience(&ada).await, "ATTENDEE");

        let seen = world.data_as(&org, LIST, json!({"first": 2})).await["conference"]["members"].take();
        assert_eq!((&seen["totalCount"], &seen["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
        assert_eq!(seen["nodes"][1], json!({"name": "Somebody", "role": "ORGANIZER", "user": {"name": "eve"}}));
        let rest = world.data_as(&org, LIST, json!({"first": 2, "after": seen["pageInfo"]["endCursor"]})).await;
        assert_eq!(rest["conference"]["members"]["nodes"].as_array().unwrap().len(), 1);
        let all = world.data_as(&org, LIST, json!({})).await.to_string();
        assert!(!all.contains("example.org"), "no address: {all}");

        // Nobody else sees or sets them.
        let reads = world.program_of(&org, &[Scope::Read, Scope::Schedule]).await;
        for who in [&Persona::nobody(), &ada, &reads] {
            assert_eq!(world.data_as(who, LIST, json!({})).await["conference"]["members"], Value::Null);
        }
        assert_eq!(set(world, &ada, "eve@example.org", "ATTENDEE").await["userErrors"][0]["code"], "FORBIDDEN");
        assert_eq!(set(world, &org, "nonsense", "ATTENDEE").await["userErrors"][0]["field"], json!(["email"]));

        let removed = world.data_as(&org, REMOVE, json!({"input": {"id": added["memberId"]}})).await["removeMember"].take();
        assert_eq!(removed, json!({"memberId": added["memberId"], "userErrors": []}));
        assert_eq!(audience(&eve).await, "SIGNED_IN");
        let again = world.data_as(&org, REMOVE, json!({"input": {"id": added["memberId"]}})).await["removeMember"].take();
        assert_eq!(again["userErrors"][0]["code"], "NOT_FOUND");
        let last = set(world, &org, "org@example.org", "ATTENDEE").await;
        assert!(last["userErrors"][0]["message"].as_str().unwrap().contains("last organizer"), "{last}");
        assert_eq!(audience(&org).await, "ORGANIZER");
    }

    /// The organizer of one conference is nobody to another.
    async fn not_across_conferences(world) {
        world.import(&file(&small())).await;
        let mut other = small();
        other["conference"]["slug"] = json!("other");
        world.import(&file(&other)).await;
        let (org, ada) = (world.person("org@example.org").await, world.person("ada@example.org").await);
        world.member("other", "org@example.org", Role::Organizer).await;
        world.member("small", "ada@example.org", Role::Organizer).await;
        assert_eq!(set(world, &org, "eve@example.org", "ORGANIZER").await["userErrors"][0]["code"], "FORBIDDEN");
        let eve = set(world, &ada, "eve@example.org", "ATTENDEE").await["memberId"].take();
        let stolen = world.data_as(&org, REMOVE, json!({"input": {"id": eve}})).await["removeMember"].take();
        assert_eq!(stolen["userErrors"][0]["code"], "FORBIDDEN");
        assert_eq!(world.rows("SELECT 1 FROM membership").await, 3, "nothing was taken away");
    }
}
