//! The code flow, and what is tried against it.

use reqwest::StatusCode;
use serde_json::json;

use super::{Node, Site, form};
use crate::support::both;
use crate::support::browser::Browser;

/// Logs in at npm's oidc-provider as this name; the callback's address.
async fn at_provider(browser: &mut Browser, site: &Site, name: &str) -> reqwest::Url {
    let page = browser.get(&site.at("/auth/login/certified?return_to=/graphql")).await;
    let callback = |url: &reqwest::Url| url.path().starts_with("/auth/callback/");
    let mut page = browser.follow(page, callback).await;
    // Its pages for development: a name and any password, then consent.
    while page.location().is_none() {
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let (action, mut fields) = form(&page, "prompt");
        if page.text.contains("name=\"login\"") {
            fields.extend([("login".to_owned(), name.to_owned()), ("password".to_owned(), "any".to_owned())]);
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let next = browser.post(&action, &fields, None).await;
        page = browser.follow(next, callback).await;
    }
    page.location().unwrap()
}

both! {
    /// The whole login at a certified provider that demands PKCE; again, it is the same user.
    async fn a_certified_provider(world) {
        let mut node = None;
        let site = Site::open(world, |base| {
            let (running, issuer) = Node::start("oidc.mjs", &format!("{base}/auth/callback/certified"));
            node = Some(running);
            vec![("certified".to_owned(), issuer)]
        }).await;
        for round in 1..=2 {
            let mut browser = Browser::new();
            assert_eq!(site.name(&browser).await, None);
            let callback = at_provider(&mut browser, &site, "ada").await;
            let twin = browser.clone();
            let done = browser.get(&callback).await;
            assert_eq!(done.location(), Some(site.at("/graphql")), "{}", done.text);
            let cookie = done.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
            let cookie = cookie.into_iter().find(|line| line.starts_with("plenary_session=")).unwrap();
            assert!(["; HttpOnly", "; SameSite=Lax", "; Path=/"].iter().all(|part| cookie.contains(part)), "{cookie}");
            assert_eq!(site.name(&browser).await.as_deref(), Some("Doctor ada"));
            // The same answer of the provider is good once, and never in another browser.
            for mut other in [twin, Browser::new(), browser.clone()] {
                let refused = other.get(&callback).await;
                assert_eq!(refused.status, StatusCode::BAD_REQUEST);
                assert!(refused.text.contains("<h1") && refused.location().is_none(), "{}", refused.text);
            }
            assert_eq!(world.rows("SELECT 1 FROM login_session").await, round);
            assert_eq!(world.rows("SELECT 1 FROM \"user\"").await, 1);
            assert_eq!(world.rows("SELECT 1 FROM identity WHERE email = 'ada@example.org' AND email_verified").await, 1);
            assert_eq!(world.rows("SELECT 1 FROM login_flow").await, 0, "nothing is left of the flow");
        }
        drop(node);
    }

    /// Each of the demo's people logs in with two clicks, by the same flow.
    async fn the_demo(world) {
        let site = Site::open(world, |_| Vec::new()).await;
        for somebody in plenary::demo::identity::PEOPLE {
            let mut browser = Browser::new();
            let done = site.demo_login(&mut browser, somebody.name, "/graphql").await;
            assert_eq!(done.location(), Some(site.at("/graphql")), "{}", done.text);
            assert_eq!(site.name(&browser).await.as_deref(), Some(somebody.name));
            let page = browser.get(&site.at("/auth/login")).await;
            assert!(page.text.contains(somebody.name), "the page says who is logged in");
        }
    }

    /// A login goes on only where it was begun: the state, the browser, the provider, once.
    async fn begun_here(world) {
        let site = Site::open(world, |base| vec![("other".to_owned(), format!("{base}/demo-identity"))]).await;
        let begin = async |browser: &mut Browser| {
            let page = browser.get(&site.at("/auth/login/demo")).await;
            let people = browser.follow(page, |_| false).await;
            let (action, fields) = form(&people, "Robin Quill");
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            browser.post(&action, &fields, Some(&site.origin())).await.location().unwrap()
        };
        let mut victim = Browser::new();
        let callback = begin(&mut victim).await;
        let mut changed = callback.clone();
        let pairs: Vec<(String, String)> = callback.query_pairs().into_owned().collect();
        for (name, value) in [("state", "x"), ("state", &"A".repeat(43)), ("code", "")] {
            changed.query_pairs_mut().clear().extend_pairs(pairs.iter().map(|(key, old)| (key, if key == name { value } else { old })));
            if name == "code" {
                continue;
            }
            assert_eq!(victim.clone().get(&changed).await.status, StatusCode::BAD_REQUEST, "{changed}");
        }
        // An attacker's callback in the victim's browser; a browser that has begun nothing.
        let mut attacker = Browser::new();
        let theirs = begin(&mut attacker).await;
        assert_eq!(victim.clone().get(&theirs).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(Browser::new().get(&callback).await.status, StatusCode::BAD_REQUEST);
        // The answer of one provider at the callback of another.
        let mixed = callback.as_str().replace("/callback/demo", "/callback/other").parse().unwrap();
        assert_eq!(victim.clone().get(&mixed).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(world.rows("SELECT 1 FROM login_session").await, 0);
        // Twice at once: one session.
        let (mut a, mut b) = (victim.clone(), victim.clone());
        let (a, b) = tokio::join!(a.get(&callback), b.get(&callback));
        let good = [a, b].iter().filter(|page| page.location().is_some()).count();
        assert_eq!((good, world.rows("SELECT 1 FROM login_session").await), (1, 1));
        // Somebody who does not want to.
        let mut unwilling = Browser::new();
        let callback = begin(&mut unwilling).await;
        let state = callback.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let mut denied = site.at("/auth/callback/demo");
        denied.query_pairs_mut().append_pair("iss", site.at("/demo-identity").as_str()).append_pair("error", "access_denied").append_pair("state", &state);
        let page = unwilling.get(&denied).await;
        assert!(page.status.is_client_error() && page.text.contains("<h1"), "{}", page.text);
        assert_eq!(unwilling.get(&site.at("/auth/login/nobody")).await.status, StatusCode::NOT_FOUND);
    }

    /// After a login the browser is on our own site, whatever was asked.
    async fn where_it_returns_to(world) {
        let site = Site::open(world, |_| Vec::new()).await;
        let long = format!("/{}", "x".repeat(3_000));
        for evil in ["//evil.example", "/\\evil.example", "https://evil.example", "https:evil.example", "/%2f%2fevil.example",
            "javascript:alert(1)", "\t//evil.example", "/ok@evil.example", "/\r\nSet-Cookie: x=y", "/a\r\nLocation: //evil", &long, ""] {
            let done = site.demo_login(&mut Browser::new(), "Robin Quill", evil).await;
            let to = done.location().unwrap_or_else(|| panic!("{evil:?}: {}", done.text));
            assert_eq!(to.origin(), site.base.origin(), "{evil:?} leads to {to}");
            assert_eq!(done.headers.get_all("location").iter().count(), 1);
        }
    }

    /// The cookie from before a login is worth nothing after it; logging out ends it on the server, by our own form only.
    async fn sessions_rotate_and_end(world) {
        let site = Site::open(world, |_| Vec::new()).await;
        let mut browser = Browser::new();
        site.demo_login(&mut browser, "Tomas Eklund", "/").await;
        let before = browser.clone();
        site.demo_login(&mut browser, "Nadia Farouk", "/").await;
        assert_ne!(before.cookies, browser.cookies);
        assert_eq!(site.name(&before).await, None, "the session before has ended");
        assert_eq!(site.name(&browser).await.as_deref(), Some("Nadia Farouk"));
        let kept = browser.clone();
        let out = site.at("/auth/logout");
        browser.get(&out).await;
        for origin in [None, Some("https://evil.example"), Some("null")] {
            let refused = browser.clone().post(&out, &[], origin).await;
            assert!(refused.status.is_client_error(), "{origin:?} {}", refused.status);
        }
        assert!(site.name(&browser).await.is_some(), "still logged in");
        assert_eq!(browser.post(&out, &[], Some(&site.origin())).await.status, StatusCode::OK);
        assert!(!browser.cookies.keys().any(|(_, name)| name == "plenary_session"));
        assert_eq!(site.name(&kept).await, None, "also for whoever has kept the cookie");
    }

    /// Another login is added by the logged-in user alone, and never taken from another account.
    async fn adding_a_login(world) {
        let site = Site::open(world, |_| Vec::new()).await;
        let mut nadia = Browser::new();
        site.demo_login(&mut nadia, "Nadia Farouk", "/").await;
        let mut robin = Browser::new();
        site.demo_login(&mut robin, "Robin Quill", "/").await;
        let link = site.at("/auth/login/demo");
        let refused = robin.clone().post(&link, &[], Some("https://evil.example")).await;
        assert!(refused.status.is_client_error());
        let page = robin.post(&link, &[], Some(&site.origin())).await;
        let people = robin.follow(page, |_| false).await;
        for (name, taken) in [("Nadia Farouk", true), ("Mónica García", false)] {
            let (mut browser, people) = if taken { (robin.clone(), people.clone()) } else {
                let page = robin.post(&link, &[], Some(&site.origin())).await;
                let people = robin.follow(page, |_| false).await;
                (robin.clone(), people)
            };
            let (action, fields) = form(&people, name);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let callback = browser.post(&action, &fields, Some(&site.origin())).await.location().unwrap();
            let done = browser.get(&callback).await;
            assert_eq!(done.location().is_none(), taken, "{name}: {}", done.text);
            if !taken {
                let answer = site.ask(&browser, "{ viewer { user { name } identities { provider } } }").await;
                assert_eq!(answer["data"]["viewer"]["user"]["name"], "Robin Quill");
                assert_eq!(answer["data"]["viewer"]["identities"], json!([{"provider": "demo"}, {"provider": "demo"}]));
            }
        }
        assert_eq!(site.name(&nadia).await.as_deref(), Some("Nadia Farouk"));
    }

    /// The demo's provider is for this machine alone, where whoever reaches it may be who they like.
    async fn the_demo_stays_at_home(world) {
        let _ = world;
        let source: std::sync::Arc<dyn plenary::clock::Source> = std::sync::Arc::new(plenary::clock::System);
        for (settings, right) in [
            ("", true),
            ("listen = \"[::1]:8000\"", true),
            ("listen = \"0.0.0.0:8000\"", false),
            ("public_url = \"https://program.example.org\"", false),
            ("public_url = \"http://program.example.org\"", false),
            ("public_url = \"http://127.0.0.1.example.org\"", false),
        ] {
            let config = plenary::config::Config::load(None, std::iter::empty(), settings.parse().unwrap()).unwrap();
            let made = plenary::demo::identity::Identity::new(&config, source.clone());
            assert_eq!(made.is_ok(), right, "{settings}");
        }
        // Without it there is none, however it is asked for.
        let request = axum::http::Request::get("/demo-identity/authorize").body(axum::body::Body::empty()).unwrap();
        assert_eq!(world.send(request).await.status, StatusCode::NOT_FOUND);
    }

    /// Whoever tries again and again is told to wait.
    async fn not_too_often(world) {
        let settings = "[limits]\nlogins_per_second = 1\nlogins_burst = 3".parse().unwrap();
        let config = plenary::config::Config::load(None, std::iter::empty(), settings).unwrap();
        let app = plenary::app::App::new(config, world.database().clone(), world.app.source().clone());
        let router = app.router();
        let mut told = Vec::new();
        for _ in 0..4 {
            let mut request = axum::http::Request::get("/auth/login").body(axum::body::Body::empty()).unwrap();
            request.extensions_mut().insert(plenary::http::Peer("192.0.2.1:5000".parse().unwrap()));
            told.push(tower::ServiceExt::oneshot(router.clone(), request).await.unwrap().status());
        }
        assert_eq!(told, [StatusCode::OK, StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS]);
    }
}
