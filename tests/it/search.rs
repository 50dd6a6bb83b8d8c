//! Search through the graph: what a person expects is found, at the revision that is shown, and nothing that is typed
//! has a meaning of its own.

use std::time::Instant;

use serde_json::{Value, json};

use crate::support::files::{file, small};
use crate::support::{World, both};

const SEARCH: &str = r#"query($query: String!, $kinds: [SearchKind!], $first: Int, $after: String) {
    conference(slug: "demo") { search(query: $query, kinds: $kinds, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
        edges { cursor node { kind score
            node { id ... on Paper { title } ... on Panel { code title } ... on Person { name } ... on Session { panel { title } } }
            snippets { field cutBefore cutAfter parts { text matched } } } } } } }"#;

async fn found(world: &World, query: &str) -> Vec<Value> {
    let answer = world.data(SEARCH, json!({"query": query})).await;
    answer["conference"]["search"]["edges"].as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect()
}

fn matched(hit: &Value) -> String {
    let snippets = hit["snippets"].as_array().unwrap().iter();
    let parts = snippets.flat_map(|snippet| snippet["parts"].as_array().unwrap());
    parts
        .filter(|part| part["matched"] == true)
        .map(|part| part["text"].as_str().unwrap().to_owned())
        .collect::<Vec<_>>()
        .join("|")
}

both! {
    /// What a person types finds what they expect, first, and shows where.
    async fn what_a_person_expects(world) {
        world.import(&plenary::demo::program()).await;
        for (query, expected) in [
            ("kazak", "Kazak"),
            ("\"knowledge infrastructure\"", "nowledge"),
            ("Garcia", "García"),
            ("García", "García"),
            ("CULT03", "CULT03"),
            ("cult 03", "CULT03"),
            ("Қазақстан", "азақ"),
            ("язык", "язык"),
            ("اللغة", "لغة"),
            ("知识", "知识"),
            // A letter mistyped.
            ("infrastrucure", "nfrastructure"),
        ] {
            let hits = found(world, query).await;
            let first = hits.first().unwrap_or_else(|| panic!("nothing for {query}"));
            assert!(matched(first).contains(expected), "{query}: {first:#}");
        }
        let hits = found(world, "CULT03").await;
        assert_eq!((&hits[0]["kind"], &hits[0]["node"]["code"]), (&json!("PANEL"), &json!("CULT03")));
        assert_eq!(found(world, "garcia").await, found(world, "GARCÍA").await);
    }

    /// Kinds narrow, pages go on where the last one ended, and every hit comes once.
    async fn kinds_and_pages(world) {
        world.import(&plenary::demo::program()).await;
        let ask = async |kinds: Value, first: i32, after: Value| {
            let variables = json!({"query": "language", "kinds": kinds, "first": first, "after": after});
            world.data(SEARCH, variables).await["conference"]["search"].clone()
        };
        let all = ask(json!(null), 500, json!(null)).await;
        let total = all["totalCount"].as_u64().unwrap();
        assert!(total > 10, "{total}");
        let papers = ask(json!(["PAPER"]), 500, json!(null)).await;
        assert!(papers["edges"].as_array().unwrap().iter().all(|edge| edge["node"]["kind"] == "PAPER"));
        assert!(papers["totalCount"].as_u64().unwrap() < total);
        assert_eq!(ask(json!([]), 500, json!(null)).await["totalCount"], 0);

        let (mut after, mut seen) = (json!(null), Vec::new());
        loop {
            let page = ask(json!(null), 7, after.clone()).await;
            assert_eq!(page["pageInfo"]["hasPreviousPage"], !seen.is_empty());
            seen.extend(page["edges"].as_array().unwrap().clone());
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(&seen, all["edges"].as_array().unwrap());
        let none = ask(json!(null), 0, json!(null)).await;
        assert_eq!((none["edges"].as_array().unwrap().len(), none["totalCount"].as_u64()), (0, Some(total)));
    }

    /// A hit is never gone, and nothing that is there is missed: search is of the revision that is shown.
    async fn at_the_same_revision(world) {
        world.import(&file(&small())).await;
        let count = async |query: &str| {
            let ask = r#"query($q: String!) { conference(slug: "small") { search(query: $q) { totalCount nodes { node { id } } } } }"#;
            world.data(ask, json!({"q": query})).await["conference"]["search"]["totalCount"].clone()
        };
        assert_eq!((count("zebra").await, count("giraffe").await), (json!(1), json!(0)));
        let mut edited = small();
        edited["panels"][1]["papers"][0]["title"] = json!("Giraffe crossings");
        edited["panels"][1]["papers"][0]["keywords"] = json!([]);
        world.import(&file(&edited)).await;
        assert_eq!((count("zebra").await, count("giraffe").await), (json!(0), json!(1)));
        // Addresses and links are no text of the program.
        for private in ["canary", "canary.example", "CANARY-net", "meet.example"] {
            assert_eq!(count(private).await, json!(0), "{private}");
        }
    }

    /// Whatever is typed is text, and costs little.
    async fn nothing_has_a_meaning(world) {
        world.import(&plenary::demo::program()).await;
        for query in ["%_%_%", "*", "title:*", "a OR b AND NOT (", "/.*/", "\"", "\"\"", "[a TO z]", "^~1.5", "\\", "\u{0}", " ", ""] {
            let begun = Instant::now();
            let answer = world.ask(SEARCH, json!({"query": query})).await;
            assert_eq!(answer.get("errors"), None, "{query}: {answer}");
            // A promise to whoever else asks; many times what it takes.
            assert!(begun.elapsed().as_millis() < 2_500, "{query}: {:?}", begun.elapsed());
        }
        for query in ["x".repeat(201), "x".repeat(10_000), "wort ".repeat(2_000)] {
            let answer = world.ask(SEARCH, json!({"query": query})).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains("at most 200"), "{answer}");
        }
        for (variables, code) in [
            (json!({"query": "a", "first": -1}), "BAD_USER_INPUT"),
            (json!({"query": "a", "first": 501}), "TOO_EXPENSIVE"),
            (json!({"query": "a", "after": "garbage"}), "BAD_USER_INPUT"),
        ] {
            assert_eq!(world.code(SEARCH, variables).await, code);
        }
        let paged = world.data(r#"{ conference(slug: "demo") { papers(first: 1) { pageInfo { endCursor } } } }"#, json!({})).await;
        let cursor = &paged["conference"]["papers"]["pageInfo"]["endCursor"];
        assert_eq!(world.code(SEARCH, json!({"query": "a", "after": cursor})).await, "BAD_USER_INPUT");
        // Fifty searches in one document are more than one request may do.
        let many: String = (0..50).map(|n| format!("s{n}: search(query: \"language\") {{ totalCount }} ")).collect();
        let twice = format!("{{ a: conference(slug: \"demo\") {{ {many} }} b: conference(slug: \"demo\") {{ {many} }} }}");
        assert_eq!(world.code(&twice, json!({})).await, "TOO_EXPENSIVE");
    }

    /// Clashes are for organizers, and nobody is one yet.
    async fn clashes_are_not_shown(world) {
        world.import(&file(&small())).await;
        let answer = world.data(r#"{ conference(slug: "small") { name clashes { severity sessions { id } } } }"#, json!({})).await;
        assert_eq!(answer["conference"]["clashes"], json!(null));
    }
}
