//! Cross-site: a cookie counts only where the browser says that the page is one of ours.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use plenary::app::App;
use plenary::config::Config;
use serde_json::json;

use crate::support::World;
use crate::support::both;
use crate::support::people::Persona;

/// Whether the cookie counted; else the answer's status.
async fn counts(world: &World, who: &Persona, method: Method, headers: &[(&str, &str)]) -> Result<bool, StatusCode> {
    let query = "{ viewer { isAdministrator } }";
    let (path, body) = match method {
        Method::GET => (format!("/graphql?query={}", query.replace(' ', "%20")), Body::empty()),
        _ => ("/graphql".to_owned(), Body::from(json!({ "query": query }).to_string())),
    };
    let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
    request = request.header(header::COOKIE, format!("plenary_session={}", who.token().text()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = world.send(request.body(body).unwrap()).await;
    match answer.status {
        StatusCode::OK => Ok(!answer.body["data"]["viewer"].is_null()),
        other => Err(other),
    }
}

both! {
    async fn cookies(world) {
        let ada = world.person("ada@example.org").await;
        let forbidden = Err(StatusCode::FORBIDDEN);
        for (method, headers, expected) in [
            (Method::POST, &[("origin", "http://127.0.0.1:8000")][..], Ok(true)),
            (Method::POST, &[("origin", "http://localhost:8000")], Ok(true)),
            (Method::POST, &[("origin", "http://127.0.0.1:8001")], forbidden),
            (Method::POST, &[("origin", "https://127.0.0.1:8000")], forbidden),
            (Method::POST, &[("origin", "https://evil.example")], forbidden),
            (Method::POST, &[("origin", "http://127.0.0.1:8000.evil.example")], forbidden),
            (Method::POST, &[("origin", "null")], forbidden),
            (Method::POST, &[("origin", "")], forbidden),
            (Method::POST, &[("origin", "http://127.0.0.1:8000"), ("origin", "https://evil.example")], forbidden),
            (Method::POST, &[], Ok(false)),
            (Method::POST, &[("sec-fetch-site", "same-origin")], Ok(false)),
            (Method::POST, &[("sec-fetch-site", "cross-site")], Ok(false)),
            (Method::GET, &[], Ok(false)),
            (Method::GET, &[("sec-fetch-site", "same-origin")], Ok(true)),
            (Method::GET, &[("sec-fetch-site", "none")], Ok(true)),
            (Method::GET, &[("sec-fetch-site", "same-site")], Ok(false)),
            (Method::GET, &[("sec-fetch-site", "cross-site")], Ok(false)),
            (Method::GET, &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], forbidden),
        ] {
            let found = counts(world, &ada, method.clone(), headers).await;
            assert_eq!(found, expected, "{method} {headers:?}");
        }
    }

    /// Pages of the origins that the settings name may act for a user, and read the answer; others read what is public.
    async fn named_origins(world) {
        let settings = r#"cors_origins = ["*", "https://app.example"]"#.parse().unwrap();
        let config = Config::load(None, std::iter::empty(), settings).unwrap();
        let world = &world.through(App::new(config, world.database().clone(), world.app.source().clone()));
        let ada = world.person("ada@example.org").await;
        assert_eq!(counts(world, &ada, Method::POST, &[("origin", "https://app.example")]).await, Ok(true));
        assert_eq!(counts(world, &ada, Method::POST, &[("origin", "https://other.example")]).await, Err(StatusCode::FORBIDDEN));
        for (origin, credentials) in [("https://app.example", Some("true")), ("https://other.example", None)] {
            let preflight = Request::options("/graphql")
                .header(header::ORIGIN, origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type")
                .body(Body::empty())
                .unwrap();
            let headers = world.headers(preflight).await;
            let value = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(value("access-control-allow-origin").as_deref(), Some(origin));
            assert_eq!(value("access-control-allow-credentials").as_deref(), credentials, "{origin}");
        }
    }

    /// What a login asks is kept nowhere; an access token has to be one.
    async fn kept_nowhere(world) {
        let ada = world.person("ada@example.org").await;
        let get = |cookie: bool| {
            let request = Request::get("/graphql?query=%7B__typename%7D").header("sec-fetch-site", "none");
            let cookies = format!("plenary_session={}", ada.token().text());
            let request = if cookie { request.header(header::COOKIE, cookies) } else { request };
            request.body(Body::empty()).unwrap()
        };
        let kept = world.headers(get(false)).await;
        assert_eq!(kept[header::CACHE_CONTROL], "public, no-cache");
        let own = world.headers(get(true)).await;
        assert_eq!(own[header::CACHE_CONTROL], "private, no-store");
        assert!(!own.contains_key(header::ETAG));
        for wrong in ["Bearer", "Bearer x", "Basic YTpi", "Bearer plenary_short", "plenary_", &ada.token().access_text()] {
            let request = Request::post("/graphql")
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::AUTHORIZATION, wrong)
                .body(Body::from(r#"{"query":"{ __typename }"}"#))
                .unwrap();
            let answer = world.send(request).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
            assert_eq!(answer.body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{wrong}");
        }
        // A cookie's token is no access token, nor the other way about.
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", ada.token().access_text()))
            .body(Body::from(r#"{"query":"{ viewer { isAdministrator } }"}"#))
            .unwrap();
        assert_eq!(world.send(request).await.status, StatusCode::UNAUTHORIZED);
    }
}
