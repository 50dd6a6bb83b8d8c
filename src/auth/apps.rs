//! The apps that may ask their users for access, and where they may be told of it.

use std::collections::BTreeMap;

use url::Url;

use super::provider::is_loopback;
use crate::config::RegisteredApp;

/// All apps of the settings.
#[derive(Clone, Debug)]
pub struct Apps(BTreeMap<String, RegisteredApp>);

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct App<'a> {
    /// Its `client_id`.
    pub name: &'a str,
    /// What its users know it by.
    pub label: &'a str,
    redirects: &'a [String],
}

impl Apps {
    /// Those of the settings.
    #[must_use]
    pub const fn new(apps: BTreeMap<String, RegisteredApp>) -> Self {
        Self(apps)
    }

    /// The one with this `client_id`.
    #[must_use]
    pub fn get(&self, client_id: &str) -> Option<App<'_>> {
        let (name, app) = self.0.get_key_value(client_id)?;
        let label = if app.label.is_empty() { name } else { &app.label };
        Some(App { name, label, redirects: &app.redirect_uris })
    }

    /// Whether an app is served from this origin, so that its pages may exchange codes.
    #[must_use]
    pub fn has_origin(&self, origin: &str) -> bool {
        let Ok(asked) = Url::parse(origin) else { return false };
        if asked.origin().ascii_serialization() != origin {
            return false;
        }
        let registered = self.0.values().flat_map(|app| &app.redirect_uris).filter_map(|text| Url::parse(text).ok());
        registered
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .any(|url| url.origin() == asked.origin() || without_port(&url).origin() == without_port(&asked).origin())
    }
}

impl App<'_> {
    /// Whether codes may be sent there: to a registered address to the letter, but on this machine at any port, since an
    /// app listens where the system lets it (RFC 8252, section 7.3).
    #[must_use]
    pub fn may_redirect(&self, asked: &str) -> bool {
        if self.redirects.iter().any(|registered| registered == asked) {
            return true;
        }
        let Ok(url) = Url::parse(asked) else { return false };
        let near = url.scheme() == "http" && is_loopback(&url) && asked.starts_with("http://");
        // What is compared has been written anew, so nothing may hide in how it was written.
        near && url.as_str() == asked
            && self
                .redirects
                .iter()
                .filter_map(|text| Url::parse(text).ok())
                .any(|registered| registered.scheme() == "http" && without_port(&registered) == without_port(&url))
    }
}

/// On this machine without the port; as it is elsewhere.
fn without_port(url: &Url) -> Url {
    let mut url = url.clone();
    if url.scheme() == "http" && is_loopback(&url) {
        // It fails only for addresses without a host.
        let _ = url.set_port(None);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apps() -> Apps {
        let redirect_uris = ["https://app.example/cb", "http://127.0.0.1/cb", "http://localhost:5173/", "org.app:/cb"];
        let app = RegisteredApp { label: String::new(), redirect_uris: redirect_uris.map(str::to_owned).into() };
        Apps::new(BTreeMap::from([("one".to_owned(), app)]))
    }

    #[test]
    fn codes_go_where_they_may() {
        let apps = apps();
        let app = apps.get("one").unwrap();
        assert_eq!(app.label, "one");
        for right in [
            "https://app.example/cb",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:50123/cb",
            "http://localhost:1/",
            "org.app:/cb",
        ] {
            assert!(app.may_redirect(right), "{right}");
        }
        for wrong in [
            "https://app.example/cb/",
            "https://app.example:8443/cb",
            "https://app.example/cb?x",
            "http://app.example/cb",
            "https://app.example/CB",
            "http://127.0.0.1:1/other",
            "http://127.0.0.1:1/cb?x",
            "http://127.0.0.1:1/cb#x",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.2/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://evil@127.0.0.1:1/cb",
            "http://localhost:1/cb",
            "http:127.0.0.1:1/cb",
            "http:\\\\127.0.0.1:1/cb",
            "http://127.0.0.1:1/x/../cb",
            "org.app:/cb2",
            "org.app2:/cb",
            "",
        ] {
            assert!(!app.may_redirect(wrong), "{wrong}");
        }
    }

    #[test]
    fn pages_of_apps_may_exchange() {
        let apps = apps();
        for right in ["https://app.example", "http://127.0.0.1:9", "http://localhost:5173"] {
            assert!(apps.has_origin(right), "{right}");
        }
        for wrong in ["https://evil.example", "http://app.example", "null", "https://app.example/", "org.app:", ""] {
            assert!(!apps.has_origin(wrong), "{wrong}");
        }
    }
}
