//! Apps: their own PKCE challenge, a registered redirect, a code that is exchanged once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Site;
use crate::support::both;
use crate::support::browser::{Browser, Page};

const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-rule-of-pkce";
const BACK: &str = "http://127.0.0.1:5173/back";

/// Where an app sends its user.
fn authorize(site: &Site, change: &[(&str, &str)]) -> reqwest::Url {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut pairs = vec![
        ("client_id", "reader"),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("state", "of the app"),
        ("scope", "read schedule"),
    ];
    for (name, value) in change {
        pairs.iter_mut().find(|(own, _)| own == name).unwrap().1 = value;
    }
    let mut url = site.at("/auth/authorize");
    url.query_pairs_mut().extend_pairs(pairs);
    url
}

/// The code, once the user has allowed it.
async fn code(site: &Site, browser: &mut Browser) -> String {
    let url = authorize(site, &[]);
    let page = browser.get(&url).await;
    assert!(page.text.contains("The Reader"), "{}", page.text);
    let done = browser.post(&url, &[("decision", "allow")], Some(&site.origin())).await;
    let back = done.location().unwrap_or_else(|| panic!("{}", done.text));
    assert!(back.as_str().starts_with(BACK), "{back}");
    let value = |name: &str| back.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
    assert_eq!((value("state").as_deref(), value("iss")), (Some("of the app"), Some(site.origin())));
    value("code").unwrap()
}

async fn exchange(site: &Site, code: &str, change: &[(&str, &str)]) -> Page {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("client_id", "reader"),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in change {
        form.iter_mut().find(|(own, _)| own == name).unwrap().1 = value;
    }
    Browser::new().post(&site.at("/auth/token"), &form, None).await
}

fn json(page: &Page) -> Value {
    serde_json::from_str(&page.text).unwrap_or_else(|_| panic!("{}", page.text))
}

both! {
    async fn the_whole_way(world) {
        let site = Site::open(world, |_| Vec::new()).await;
        let mut browser = Browser::new();
        // Signed out, the user is sent to log in first, and comes back to the question.
        let page = browser.get(&authorize(&site, &[])).await;
        assert_eq!(page.location().unwrap().path(), "/auth/login");
        site.demo_login(&mut browser, "Tomas Eklund", "/").await;
        let code = code(&site, &mut browser).await;
        let answer = exchange(&site, &code, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.headers["cache-control"], "no-store");
        let body = json(&answer);
        assert_eq!((&body["token_type"], &body["scope"]), (&Value::from("Bearer"), &Value::from("read schedule")));
        let token = body["access_token"].as_str().unwrap();
        let asked = async || {
            let request = axum::http::Request::post("/graphql")
                .header("content-type", "application/json")
                .header("authorization", format!("Bearer {token}"))
                .body(axum::body::Body::from(r#"{"query":"{ viewer { user { name } } }"}"#))
                .unwrap();
            tower::ServiceExt::oneshot(site.app.router(), request).await.unwrap().status()
        };
        assert_eq!(asked().await, StatusCode::OK);
        // A second exchange is refused, and ends the token of the first: one of the two was stolen.
        let again = exchange(&site, &code, &[]).await;
        assert_eq!((again.status, &json(&again)["error"]), (StatusCode::BAD_REQUEST, &Value::from("invalid_grant")));
        assert_eq!(asked().await, StatusCode::UNAUTHORIZED);
    }

    async fn refused(world) {
        let site = Site::open(world, |_| Vec::new()).await;
        let mut browser = Browser::new();
        site.demo_login(&mut browser, "Tomas Eklund", "/").await;
        // Whoever is not known is sent nowhere.
        for change in [("client_id", "stranger"), ("redirect_uri", "https://evil.example/back"), ("redirect_uri", "http://127.0.0.1/other"),
            ("redirect_uri", "javascript:alert(1)"), ("redirect_uri", "")] {
            let page = browser.get(&authorize(&site, &[change])).await;
            assert!(page.status.is_client_error() && page.location().is_none(), "{change:?}: {}", page.status);
        }
        for (change, error) in [(("response_type", "token"), "unsupported_response_type"), (("code_challenge_method", "plain"), "invalid_request"),
            (("code_challenge", "short"), "invalid_request"), (("scope", "everything"), "invalid_scope")] {
            let to = browser.get(&authorize(&site, &[change])).await.location().unwrap();
            assert!(to.as_str().starts_with(BACK) && to.as_str().contains(&format!("error={error}")), "{to}");
        }
        let url = authorize(&site, &[]);
        let forged = browser.clone().post(&url, &[("decision", "allow")], Some("https://evil.example")).await;
        assert!(forged.status.is_client_error() && forged.location().is_none(), "a form of another site");
        let denied = browser.post(&url, &[("decision", "deny")], Some(&site.origin())).await.location().unwrap();
        assert!(denied.as_str().contains("error=access_denied") && !denied.as_str().contains("code="));
        for change in [("code_verifier", "another-verifier-that-is-long-enough-for-the-rule"), ("redirect_uri", "http://127.0.0.1:9999/back"),
            ("client_id", "stranger"), ("grant_type", "password"), ("code", "nonsense")] {
            let code = code(&site, &mut browser).await;
            let refused = exchange(&site, &code, &[change]).await;
            assert!(refused.status.is_client_error() && json(&refused)["access_token"].is_null(), "{change:?}: {}", refused.text);
            assert!(json(&refused)["error"].is_string(), "{change:?}");
        }
        assert_eq!(world.rows("SELECT 1 FROM access_token").await, 0);
    }
}
