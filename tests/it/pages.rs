//! Pages of each connection, and what is wrong with their arguments.

use serde_json::{Value, json};

use crate::support::files::{file, small};
use crate::support::{World, both};

const LISTS: [&str; 4] = ["panels", "papers", "people", "sessions"];

async fn page(world: &World, list: &str, arguments: &str) -> Value {
    let query = format!(
        "{{ conference(slug: \"made-up\") {{ {list}({arguments}) {{ totalCount edges {{ cursor node {{ id }} }} nodes {{ id }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
    );
    world.data(&query, json!({})).await["conference"][list].take()
}

fn ids(page: &Value) -> Vec<String> {
    page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

both! {
    /// Walking a connection, forwards or backwards, meets every node once and in order.
    async fn walking(world) {
        let options = plenary::generate::Options { panels: 17, papers: 23, people: 19, seed: 5, slug: "made-up".into() };
        world.import(&plenary::generate::generate(&options)).await;
        for list in LISTS {
            let all = page(world, list, "first: 500").await;
            let whole = ids(&all);
            assert_eq!(all["totalCount"], whole.len());
            assert!(whole.len() >= 17, "{list}");
            let (mut forwards, mut arguments) = (Vec::new(), "first: 5".to_owned());
            loop {
                let page = page(world, list, &arguments).await;
                assert_eq!(page["edges"][0]["cursor"], page["pageInfo"]["startCursor"]);
                assert_eq!(page["edges"].as_array().unwrap().len(), page["nodes"].as_array().unwrap().len());
                assert_eq!(page["pageInfo"]["hasPreviousPage"], !forwards.is_empty());
                forwards.extend(ids(&page));
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                arguments = format!("first: 5, after: {}", page["pageInfo"]["endCursor"]);
            }
            assert_eq!(forwards, whole, "{list}");
            let (mut backwards, mut arguments) = (Vec::new(), "last: 4".to_owned());
            loop {
                let page = page(world, list, &arguments).await;
                let mut part = ids(&page);
                part.append(&mut backwards);
                backwards = part;
                if page["pageInfo"]["hasPreviousPage"] == false {
                    break;
                }
                arguments = format!("last: 4, before: {}", page["pageInfo"]["startCursor"]);
            }
            assert_eq!(backwards, whole, "{list} backwards");
            assert_eq!(ids(&page(world, list, "first: 0").await), Vec::<String>::new());
        }
        assert_eq!(ids(&page(world, "papers", "first: null").await).len(), 23, "50 when nothing is said");
        let said = world.data(r#"{ conference(slug: "made-up") { papers { nodes { id } } } }"#, json!({})).await;
        assert_eq!(said["conference"]["papers"]["nodes"].as_array().unwrap().len(), 23);
    }

    /// A cursor survives revisions, also the deletion of what it stood at.
    async fn cursors_survive(world) {
        world.import(&file(&small())).await;
        let query = "query ($after: String) { conference(slug: \"small\") { papers(first: 1, after: $after) { nodes { title } pageInfo { endCursor } } } }";
        let first = world.data(query, json!({})).await;
        let after = &first["conference"]["papers"]["pageInfo"]["endCursor"];
        let mut less = small();
        less["panels"][1]["papers"].as_array_mut().unwrap().remove(1);
        less["panels"][1]["sessions"][0]["slots"].as_array_mut().unwrap().remove(1);
        let prune = plenary::command::import::Options { prune: true, ..Default::default() };
        world.import_with(&file(&less), prune).await.unwrap();
        let next = world.data(query, json!({"after": after})).await;
        assert_eq!(next["conference"]["papers"]["nodes"], json!([{"title": "Middles"}]));
    }

    /// Wrong page sizes and cursors have a coded error that says what to do.
    async fn wrong_arguments(world) {
        world.import(&file(&small())).await;
        let ask = async |arguments: &str| {
            let query = format!("{{ conference(slug: \"small\") {{ papers({arguments}) {{ totalCount }} }} }}");
            world.code(&query, json!({})).await
        };
        assert_eq!(ask("first: -1").await, "BAD_USER_INPUT");
        assert_eq!(ask("last: -1").await, "BAD_USER_INPUT");
        assert_eq!(ask("first: 501").await, "TOO_EXPENSIVE");
        assert_eq!(ask("last: 2147483647").await, "TOO_EXPENSIVE");
        assert_eq!(ask("first: 1, last: 1").await, "BAD_USER_INPUT");
        assert_eq!(ask("after: \"\"").await, "BAD_USER_INPUT");
        assert_eq!(ask("before: \"%%%\"").await, "BAD_USER_INPUT");
        assert_eq!(ask("after: \"AAAA\"").await, "BAD_USER_INPUT");
        let panels = world.data(
            r#"{ conference(slug: "small") { panels { pageInfo { endCursor } } cursor } conferences { pageInfo { endCursor } } }"#,
            json!({}),
        ).await;
        for other in [
            &panels["conference"]["panels"]["pageInfo"]["endCursor"],
            &panels["conferences"]["pageInfo"]["endCursor"],
            &panels["conference"]["cursor"],
        ] {
            assert_eq!(ask(&format!("after: {other}")).await, "BAD_USER_INPUT", "{other}");
        }
        let sessions = r#"{ conference(slug: "small") { sessions(filter: {from: "2027-07-12T10:00:00Z", to: "2027-07-12T09:00:00Z"}) { totalCount } } }"#;
        assert_eq!(world.code(sessions, json!({})).await, "BAD_USER_INPUT");
        let country = r#"{ conference(slug: "small") { people(filter: {country: "Germany"}) { totalCount } } }"#;
        assert_eq!(world.code(country, json!({})).await, "BAD_USER_INPUT");
    }

    /// The directory is a connection too, and loads no program.
    async fn conferences(world) {
        world.import(&plenary::demo::program()).await;
        world.import(&file(&small())).await;
        let before = world.app.programs().loads();
        let query = "query ($after: String) { conferences(first: 1, after: $after) { totalCount nodes { slug name timeZone startsOn endsOn visibility linkAudience linksOpenAt url } pageInfo { hasNextPage endCursor } } }";
        let first = world.data(query, json!({})).await;
        insta::assert_json_snapshot!("conferences", first["conferences"]["nodes"]);
        let after = &first["conferences"]["pageInfo"]["endCursor"];
        let second = world.data(query, json!({"after": after})).await;
        assert_eq!(second["conferences"]["nodes"][0]["slug"], "small");
        assert_eq!(second["conferences"]["pageInfo"]["hasNextPage"], false);
        assert!(world.app.programs().loads() <= before + 1, "the directory, no program");
    }
}
