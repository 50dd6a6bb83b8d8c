//! The routes as a client meets them. Statuses and media types one by one are tested beside the handler; here is what
//! needs the whole application, and the public checks of npm.

use std::path::Path;
use std::process::Command;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use crate::support::files::{file, small};
use crate::support::{Backend, World, both, runtime};

both! {
    async fn health(world) {
        let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(world.send(get("/healthz")).await.status, StatusCode::OK);
        let starting = world.send(get("/readyz")).await;
        assert_eq!((starting.status, starting.body), (StatusCode::SERVICE_UNAVAILABLE, json!("starting")));
        assert_eq!(world.send(get("/nothing")).await.status, StatusCode::NOT_FOUND);
    }

    /// Each kind of bad request has its code, and the next honest request is answered.
    async fn codes(world) {
        world.import(&file(&small())).await;
        assert_eq!(world.code("{ conference(", json!({})).await, "PARSE_FAILED");
        assert_eq!(world.code("{ nothing }", json!({})).await, "VALIDATION_FAILED");
        assert_eq!(world.code("query ($slug: String!) { conference(slug: $slug) { id } }", json!({})).await, "BAD_USER_INPUT");
        assert_eq!(
            world.code("query ($slug: String!) { conference(slug: $slug) { id } }", json!({"slug": 7})).await,
            "BAD_USER_INPUT"
        );
        let deep = format!("{{ conference(slug: \"small\") {{ {} id {} }} }}", "panels { nodes { papers { panel {".repeat(5), "} } } }".repeat(5));
        assert_eq!(world.code(&deep, json!({})).await, "TOO_EXPENSIVE");
        let date = r#"{ conference(slug: "small") { panels(filter: {date: "12 July"}) { totalCount } } }"#;
        assert_eq!(world.code(date, json!({})).await, "BAD_USER_INPUT");
        let big = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(vec![b' '; 300_000])).unwrap();
        assert_eq!(world.send(big).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let form = Request::post("/graphql").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("query={__typename}")).unwrap();
        assert_eq!(world.send(form).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(world.data("{ __typename }", json!({})).await, json!({"__typename": "Query"}));
    }

    /// What a document grows to while it runs is bounded, in time and memory, and nothing partial is answered.
    async fn the_work_budget(world) {
        let options = plenary::generate::Options { panels: 1, papers: 500, people: 50, seed: 2, slug: "wide".into() };
        world.import(&plenary::generate::generate(&options)).await;
        let ask = |fields: &str| format!("{{ conference(slug: \"wide\") {{ name panels {{ nodes {{ code {fields} }} }} }} }}");
        world.data(&ask("papers { title abstract authors { person { name } } }"), json!({})).await;
        let loops = ["papers { panel { papers { title } } }", "papers { panel { papers { panel { papers { title } } } } }"];
        for fields in loops {
            let begun = std::time::Instant::now();
            let answer = world.ask(&ask(fields), json!({})).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_EXPENSIVE", "{fields}");
            assert_eq!((answer["errors"].as_array().unwrap().len(), answer.get("data")), (1, None), "{fields}");
            let message = answer["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains("resolved_fields"), "{message}");
            // A promise to whoever else is asking; ten times what it takes.
            assert!(begun.elapsed() < std::time::Duration::from_millis(2_500), "{:?}", begun.elapsed());
        }
        // 500 papers, their abstracts over and over: few fields, much text.
        let texts: String = (0..30).map(|n| format!("a{n}: abstract ")).collect();
        let answer = world.ask(&ask(&format!("papers {{ {texts} }}")), json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_EXPENSIVE");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("answer_bytes"), "{answer}");
        world.data(&ask("papers { title }"), json!({})).await;
        // Any other text, and the names that the document gives, count too.
        let long = "x".repeat(2_000);
        for fields in [format!("{long}: title"), format!("authors {{ person {{ {long}: name }} }}")] {
            let many: String = (0..3).map(|n| format!("b{n}: papers {{ b{n}{fields} }} ")).collect();
            let answer = world.ask(&format!("{{ {} }}", (0..6).map(|n| format!("c{n}: {}", &ask(&many)[2..ask(&many).len() - 2])).collect::<String>()), json!({})).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_EXPENSIVE", "{answer}");
        }
        let mut texts = plenary::generate::generate(&options);
        for paper in &mut texts.panels[0].papers {
            paper.title = "t".repeat(1_000);
            paper.keywords = vec!["k".repeat(10_000)];
        }
        world.import(&texts).await;
        for field in ["title", "keywords"] {
            let many: String = (0..if field == "title" { 40 } else { 4 }).map(|n| format!("b{n}: {field} ")).collect();
            let answer = world.ask(&ask(&format!("papers {{ {many} }}")), json!({})).await;
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains("answer_bytes"), "{field}: {answer}");
        }
    }

    /// A filter counts what it looks through, not only what it finds.
    async fn the_budget_of_filters(world) {
        let options = plenary::generate::Options { panels: 1, papers: 10, people: 15_000, seed: 2, slug: "many".into() };
        world.import(&plenary::generate::generate(&options)).await;
        let ask = |n: usize| {
            let fields: String = (0..n).map(|n| format!("p{n}: people(first: 1, filter: {{ nameContains: \"nobody\" }}) {{ totalCount }} ")).collect();
            format!("{{ conference(slug: \"many\") {{ {fields} }} }}")
        };
        world.data(&ask(10), json!({})).await;
        assert_eq!(world.code(&ask(20), json!({})).await, "TOO_EXPENSIVE");
    }

    /// A browser gets a page that needs nothing from elsewhere and may do nothing else; a client still gets answers.
    async fn the_console(world) {
        let get = |path: &str, accept: &str| Request::get(path).header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (path, media) in [
            ("/graphql", "text/html"), ("/graphql?query=%7B__typename%7D", "text/html"),
            ("/console/style.css", "text/css"), ("/console/script.js", "text/javascript"),
        ] {
            let response = tower::ServiceExt::oneshot(world.app.router(), get(path, browser)).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert!(header("content-type").starts_with(media), "{path}");
            let policy = header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
            assert!(!policy.contains("http") && !policy.contains("unsafe"), "{policy}");
        }
        let answer = world.send(get("/graphql?query=%7B__typename%7D", "application/json")).await;
        assert_eq!(answer.body, json!({"data": {"__typename": "Query"}}));
    }

    /// A query over GET, as a link.
    async fn get(world) {
        world.import(&file(&small())).await;
        let request = Request::get("/graphql?query=%7Bconference(slug%3A%22small%22)%7Bname%7D%7D").body(Body::empty()).unwrap();
        let answer = world.send(request).await;
        assert_eq!(answer.body, json!({"data": {"conference": {"name": "A small conference"}}}));
    }
}

/// Serves a world on a port of its own while a command runs; says what the command printed.
fn serve_for(command: impl FnOnce(&str) -> Command) -> (bool, String) {
    runtime().block_on(async {
        let world = World::new(Backend::Sqlite).await;
        world.import(&plenary::demo::program()).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/graphql", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let app = world.app.clone();
        let serving = tokio::spawn(async move { app.run(listener, async { drop(stopped.await) }).await });
        let mut command = command(&url);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
        drop(stop);
        serving.await.unwrap().unwrap();
        let output = output.expect("node could not be started; ./test installs what these tests need");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    })
}

fn npm(script: &str) -> Command {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/npm");
    assert!(dir.join("node_modules").exists(), "tests/npm has no node_modules; ./test installs what these tests need");
    let mut command = Command::new("node");
    command.current_dir(dir).arg(script);
    command
}

/// All server audits of npm's graphql-http, without a warning.
#[test]
fn the_audits_of_graphql_http() {
    let (passed, said) = serve_for(|url| {
        let mut command = npm("audit.mjs");
        command.arg(url);
        command
    });
    assert!(passed, "{said}");
    assert!(said.contains("61 of 61 audits are ok"), "{said}");
}

/// relay-compiler compiles a refetchable fragment and a pagination fragment, and what it makes of them runs.
#[test]
fn relay_compiles_and_refetches() {
    let (passed, said) = serve_for(|url| {
        let mut command = npm("relay.mjs");
        command.arg(url);
        command
    });
    assert!(passed, "{said}");
    assert!(said.contains("relay is content"), "{said}");
}

/// Apollo Client, urql and graphql-request ask as docs/clients.md says, and make of the answers what they should.
#[test]
fn clients_are_content() {
    let (passed, said) = serve_for(|url| {
        let mut command = npm("clients.mjs");
        command.arg(url);
        command
    });
    assert!(passed, "{said}");
    for client in ["Apollo Client", "urql", "graphql-request"] {
        assert!(said.contains(&format!("{client} is content")), "{said}");
    }
}
