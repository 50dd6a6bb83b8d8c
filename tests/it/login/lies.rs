//! Providers that lie, fail or are slow: a page that says what to do, and no half login.

use std::collections::BTreeMap;

use reqwest::StatusCode;

use super::{Node, SECRET, Site};
use crate::support::both;
use crate::support::browser::Browser;

both! {
    async fn refused(world) {
        let mut node = None;
        let mut ways = Vec::new();
        let site = Site::open(world, |_| {
            let (running, said) = Node::start("mock.mjs", "");
            node = Some(running);
            let issuers: BTreeMap<String, String> = serde_json::from_str(&said).unwrap();
            ways = issuers.keys().cloned().collect();
            let nobody = ("nobody".to_owned(), "http://127.0.0.1:9".to_owned());
            issuers.into_iter().chain([nobody]).collect()
        }).await;
        assert!(ways.len() >= 20, "{ways:?}");
        ways.push("nobody".into());
        let mut logged_in = 0;
        for way in &ways {
            let mut browser = Browser::new();
            let page = browser.get(&site.at(&format!("/auth/login/{way}"))).await;
            let callback = |url: &reqwest::Url| url.path().starts_with("/auth/callback/");
            let page = browser.follow(page, callback).await;
            let page = match page.location() {
                Some(callback) => browser.get(&callback).await,
                None => page,
            };
            let honest = ["honest", "a_little_late"].contains(&way.as_str());
            if honest {
                assert!(page.location().is_some(), "{way}: {} {}", page.status, page.text);
                assert!(site.name(&browser).await.is_some(), "{way}");
                logged_in += 1;
            } else {
                assert_eq!(page.location(), None, "{way}");
                let fault = [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN];
                assert!(fault.contains(&page.status), "{way}: {}", page.status);
                assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{way}");
                assert!(page.text.contains("<h1") && page.text.contains("/auth/login"), "{way}: {}", page.text);
                for inside in [SECRET, "stack", "panicked", "src/", "eyJ"] {
                    assert!(!page.text.contains(inside), "{way} shows {inside}: {}", page.text);
                }
                assert!(!browser.cookies.keys().any(|(_, name)| name == "plenary_session"), "{way}");
                assert_eq!(site.name(&browser).await, None, "{way}");
            }
            assert_eq!(world.rows("SELECT 1 FROM login_session").await, logged_in, "{way}");
        }
        assert_eq!(logged_in, 2);
        drop(node);
    }
}
