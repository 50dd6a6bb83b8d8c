//! What every answer has, and what is kept of it.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use plenary::app::App;
use plenary::config::Config;
use serde_json::json;
use std::sync::Arc;
use tower::ServiceExt;

use crate::support::files::{file, small};
use crate::support::{World, both};

/// `{ conference(slug: "small") { name … } }`, in an address.
const QUERY: &str = "/graphql?query=%7Bconference(slug:%22small%22)%7Bname%20revision%20papers%7Bnodes%7Btitle%20authors%7Bperson%7Bname%7D%7D%7D%7D%7D%7D";

async fn send(app: &Arc<App>, request: Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let response = app.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

fn get(path: &str) -> axum::http::request::Builder {
    Request::get(path).header(header::ACCEPT, "application/json")
}

fn with(world: &World, settings: &str) -> Arc<App> {
    let config = Config::load(None, std::iter::empty(), settings.parse().unwrap()).unwrap();
    App::new(config, world.database().clone(), Arc::clone(world.app.source()))
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

both! {
    /// The same query by GET has a tag; as long as nothing changes it is not sent again.
    async fn not_modified(world) {
        world.import(&file(&small())).await;
        let (status, headers, body) = send(&world.app, get(QUERY).body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        let tag = value(&headers, "etag").to_owned();
        assert!(tag.starts_with("W/\"") && value(&headers, "cache-control") == "public, no-cache", "{headers:?}");
        let vary = headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(", ").to_lowercase();
        for name in ["accept", "authorization", "cookie", "plenary-at-least"] {
            assert!(vary.contains(name), "{vary}");
        }
        for known in [tag.clone(), format!("\"other\", {tag}"), "*".into(), tag.trim_start_matches("W/").into()] {
            let again = get(QUERY).header("if-none-match", &known).body(Body::empty()).unwrap();
            let (status, headers, body) = send(&world.app, again).await;
            assert_eq!((status, body.len(), value(&headers, "etag")), (StatusCode::NOT_MODIFIED, 0, tag.as_str()), "{known}");
            assert_eq!(value(&headers, "content-type"), "");
        }
        let mut edited = small();
        edited["panels"][1]["papers"][0]["title"] = json!("Giraffe crossings");
        world.import(&file(&edited)).await;
        let again = get(QUERY).header("if-none-match", &tag).body(Body::empty()).unwrap();
        let (status, headers, new) = send(&world.app, again).await;
        assert!(status == StatusCode::OK && new != body && value(&headers, "etag") != tag);

        // What is somebody's is nobody else's, and what failed is not kept.
        for (name, status) in [("cookie", StatusCode::OK), ("authorization", StatusCode::UNAUTHORIZED)] {
            let expected = status;
            let somebody = get(QUERY).header(name, "x").header("if-none-match", "*").body(Body::empty()).unwrap();
            let (status, headers, _) = send(&world.app, somebody).await;
            assert_eq!((status, value(&headers, "cache-control"), value(&headers, "etag")), (expected, "private, no-store", ""));
        }
        for path in ["/graphql?query=%7Bnothing%7D", "/graphql", "/nowhere", "/healthz"] {
            let (_, headers, _) = send(&world.app, get(path).header("if-none-match", "*").body(Body::empty()).unwrap()).await;
            assert_eq!(value(&headers, "cache-control"), "private, no-store", "{path}");
        }
    }

    /// Who accepts gzip gets it, with the same text in it; small answers are not worth it.
    async fn compression(world) {
        world.import(&plenary::demo::program()).await;
        let query = "/graphql?query=%7Bconference(slug:%22demo%22)%7Bpapers%7Bnodes%7Btitle%20abstract%7D%7D%7D%7D";
        let (_, plain_headers, plain) = send(&world.app, get(query).body(Body::empty()).unwrap()).await;
        assert_eq!(value(&plain_headers, "content-encoding"), "");
        let accepting = || get(query).header("accept-encoding", "gzip, br").body(Body::empty()).unwrap();
        let (_, headers, packed) = send(&world.app, accepting()).await;
        assert_eq!((value(&headers, "content-encoding"), value(&headers, "etag")), ("gzip", value(&plain_headers, "etag")));
        assert!(packed.starts_with(&[0x1f, 0x8b]) && packed.len() * 2 < plain.len(), "{} of {}", packed.len(), plain.len());
        let short = get("/graphql?query=%7B__typename%7D").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        assert_eq!(value(&send(&world.app, short).await.1, "content-encoding"), "");
        let off = with(world, "compression = false");
        assert_eq!(value(&send(&off, accepting()).await.1, "content-encoding"), "");
    }

    /// Pages of any origin may read what is public, or only those that are named; never with cookies.
    async fn other_origins(world) {
        let preflight = || Request::options("/graphql").header("origin", "https://app.example.org")
            .header("access-control-request-method", "POST").header("access-control-request-headers", "content-type,plenary-at-least")
            .body(Body::empty()).unwrap();
        let (status, headers, _) = send(&world.app, preflight()).await;
        assert_eq!((status, value(&headers, "access-control-allow-origin")), (StatusCode::OK, "*"));
        assert!(value(&headers, "access-control-allow-methods").contains("POST"));
        assert!(value(&headers, "access-control-allow-headers").contains("plenary-at-least"));
        assert_eq!(value(&headers, "access-control-allow-credentials"), "");
        let named = with(world, "cors_origins = [\"https://app.example.org\"]");
        assert_eq!(value(&send(&named, preflight()).await.1, "access-control-allow-origin"), "https://app.example.org");
        let other = with(world, "cors_origins = [\"https://other.example.org\"]");
        assert_eq!(value(&send(&other, preflight()).await.1, "access-control-allow-origin"), "");
        let answer = Request::get("/graphql?query=%7B__typename%7D").header("origin", "https://app.example.org").body(Body::empty()).unwrap();
        let (_, headers, _) = send(&named, answer).await;
        assert!(value(&headers, "access-control-expose-headers").contains("etag"), "{headers:?}");
    }

    /// Whatever is answered can do nothing in a browser, and over https says so.
    async fn headers_of_all(world) {
        let secure = with(world, "public_url = \"https://program.example.org\"");
        for path in ["/graphql?query=%7B__typename%7D", "/graphql", "/nowhere", "/healthz", "/readyz", "/console/script.js"] {
            let (_, headers, _) = send(&secure, get(path).body(Body::empty()).unwrap()).await;
            for (name, expected) in [
                ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer"),
                ("strict-transport-security", "max-age=31536000"),
            ] {
                assert_eq!(value(&headers, name), expected, "{path} {name}");
            }
            assert!(value(&headers, "content-security-policy").contains("default-src 'none'"), "{path}");
        }
        let (_, headers, _) = send(&world.app, get("/healthz").body(Body::empty()).unwrap()).await;
        assert_eq!(value(&headers, "strict-transport-security"), "", "over http a browser must not believe it");
    }

    /// GraphiQL is there only where it is wanted, pinned by hashes, and only its page may load from elsewhere.
    async fn graphiql(world) {
        assert_eq!(send(&world.app, get("/graphiql").body(Body::empty()).unwrap()).await.0, StatusCode::NOT_FOUND);
        let app = with(world, "[graphql]\ngraphiql = true");
        let (status, headers, page) = send(&app, get("/graphiql").body(Body::empty()).unwrap()).await;
        let page = String::from_utf8(page).unwrap();
        assert_eq!(status, StatusCode::OK);
        let from_elsewhere = page.matches("https://cdn.jsdelivr.net/npm/").count();
        assert_eq!((from_elsewhere, page.matches("integrity=\"sha384-").count()), (4, 4), "{page}");
        assert!(!page.contains("@latest") && page.matches("https://").count() == 4, "{page}");
        assert!(value(&headers, "content-security-policy").contains("connect-src 'self'"));
        for path in ["/graphiql/start.js", "/graphiql/style.css"] {
            assert_eq!(send(&app, get(path).body(Body::empty()).unwrap()).await.0, StatusCode::OK);
        }
        let (_, headers, _) = send(&app, Request::get("/graphql").header("accept", "text/html").body(Body::empty()).unwrap()).await;
        assert!(!value(&headers, "content-security-policy").contains("cdn"), "the console needs nothing from elsewhere");
    }

    /// Only so many large documents run at once and so many wait for that; the rest is told to come again. Small ones go on.
    async fn large_ones_queue(world) {
        world.import(&plenary::demo::program()).await;
        let list = "papers(first: 500) { nodes { title authors { affiliation person { name } } slots { session { date } } } }";
        let large = format!("{{ conference(slug: \"demo\") {{ a: {list} b: {list} c: {list} d: {list} }} }}");
        let ask = |app: &Arc<App>, query: &str| {
            let (app, body) = (Arc::clone(app), Body::from(json!({"query": query}).to_string()));
            async move {
                let request = Request::post("/graphql").header("content-type", "application/json").body(body).unwrap();
                let answer = serde_json::from_slice::<serde_json::Value>(&send(&app, request).await.2).unwrap();
                answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("DATA").to_owned()
            }
        };
        let together = async |app: &Arc<App>, times: usize| {
            let mut asking = tokio::task::JoinSet::new();
            for _ in 0..times {
                asking.spawn(ask(app, &large));
            }
            asking.join_all().await
        };
        let narrow = with(world, "[limits]\nlarge_fields = 100\nlarge_at_once = 1\nlarge_waiting = 1");
        let codes = together(&narrow, 20).await;
        assert!(codes.iter().any(|code| code == "UNAVAILABLE"), "{codes:?}");
        assert!(codes.iter().filter(|code| *code == "DATA").count() >= 2, "the first and the one that waited: {codes:?}");
        assert_eq!(ask(&narrow, "{ conference(slug: \"demo\") { name } }").await, "DATA");
        assert_eq!(together(&narrow, 1).await, ["DATA"], "places are given back");
        // By default twenty wait, and all are answered; also where only one document runs at a time.
        assert!(together(&world.app, 20).await.iter().all(|code| code == "DATA"));
        let one = with(world, "[limits]\ndocuments_at_once = 1");
        assert!(together(&one, 20).await.iter().all(|code| code == "DATA"));
    }

    /// What operators measure, on a route of its own that the door does not have.
    async fn metrics(world) {
        world.import(&file(&small())).await;
        world.ask("query Named { conference(slug: \"small\") { revision } }", json!({})).await;
        world.ask("{ nothing }", json!({})).await;
        world.ask(&format!("{{ {} }}", "a ".repeat(6_000)), json!({})).await;
        assert_eq!(send(&world.app, get("/metrics").body(Body::empty()).unwrap()).await.0, StatusCode::NOT_FOUND);
        let response = world.app.metrics_router().oneshot(get("/metrics").body(Body::empty()).unwrap()).await.unwrap();
        let text = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
        for line in [
            "plenary_requests_total{operation=\"Named\",outcome=\"ok\"} 1",
            "plenary_requests_total{operation=\"-\",outcome=\"VALIDATION_FAILED\"} 1",
            "plenary_refusals_total{limit=\"tokens\"} 1",
            "plenary_program_revision{slug=\"small\"} 1",
            "plenary_limit{name=\"resolved_fields\"} 250000",
            "plenary_request_duration_seconds_count",
            "plenary_program_age_seconds{slug=\"small\"}",
            "plenary_database_connections{pool=\"sweep\"}",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.to_lowercase().contains("canary"));
    }
}
