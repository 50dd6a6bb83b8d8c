//! Who logs people in, and which apps may ask for it: sections with names that the operator chooses.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use url::Url;

use super::Secret;
use crate::auth::provider::is_safe;

/// The sections whose parts have names of the operator's choice, with what each part can have and its default.
pub(super) const NAMED: [(&str, &str); 2] = [
    ("providers", "kind = \"oidc\"\nissuer = \"\"\nclient_id = \"\"\nclient_secret = \"\"\nscopes = []\nlabel = \"\""),
    ("apps", "label = \"\"\nredirect_uris = []"),
];

/// What part of a named section can be called.
const NAME: &str = "named with lower-case letters, digits and underscores, a letter first, 32 at most";

/// A login provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What it speaks.
    pub kind: ProviderKind,
    /// Its address, exactly as it calls itself; of GitHub it may be left out.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// Empty: a public client, by PKCE alone.
    pub client_secret: Secret,
    /// What it is asked for; empty: what a login needs.
    pub scopes: Vec<String>,
    /// What its button says; empty: its name.
    pub label: String,
}

/// What a login provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// OpenID Connect, with discovery.
    Oidc,
    /// GitHub's own way.
    Github,
}

/// A native or single-page app that may ask its user for access.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisteredApp {
    /// What its users know it by; empty: its name.
    pub label: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
}

/// The address that GitHub's own accounts are of.
pub const GITHUB: &str = "https://github.com";

/// What a named part can have, each with its default; `None` for other sections.
pub(super) fn template(section: &str) -> Option<Table> {
    let (_, text) = NAMED.iter().find(|(name, _)| *name == section)?;
    text.parse().ok()
}

/// What is wrong in the named sections: the place, and what it must be. Never says what a secret is.
pub(super) fn broken(settings: &Table) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    for (section, check) in [("providers", provider as fn(&Table) -> Faults), ("apps", app)] {
        for (name, part) in settings.get(section).and_then(Value::as_table).into_iter().flatten() {
            let place = format!("{section}.{name}");
            if !is_name(name) {
                faults.push((place.clone(), NAME.to_owned()));
            }
            let found = part.as_table().map(check).unwrap_or_default();
            faults.extend(found.into_iter().map(|(key, wanted)| (format!("{place}.{key}"), wanted)));
        }
    }
    faults
}

type Faults = Vec<(&'static str, String)>;

fn is_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    letters && name.len() <= 32 && name.starts_with(|first: char| first.is_ascii_lowercase())
}

fn text<'a>(part: &'a Table, key: &str) -> &'a str {
    part.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn texts<'a>(part: &'a Table, key: &str) -> impl Iterator<Item = &'a str> {
    part.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn provider(part: &Table) -> Faults {
    let mut faults = Vec::new();
    let kind = text(part, "kind");
    if !matches!(kind, "oidc" | "github") {
        faults.push(("kind", "oidc or github".to_owned()));
    }
    let issuer = text(part, "issuer");
    if !(kind == "github" && issuer.is_empty() || is_issuer(issuer)) {
        let wanted = "the provider's address, exactly as it calls itself: https (http only on this machine), without \
                      query and fragment, such as https://accounts.google.com";
        faults.push(("issuer", wanted.to_owned()));
    }
    if text(part, "client_id").is_empty() {
        faults.push(("client_id", "what the provider calls this server; it tells when you register there".to_owned()));
    }
    if let Some(scope) = texts(part, "scopes").find(|scope| !is_scope(scope)) {
        faults.push(("scopes", format!("a list of scopes, one word each; {scope:?} is none")));
    }
    if kind == "oidc" && texts(part, "scopes").next().is_some() && !texts(part, "scopes").any(|it| it == "openid") {
        faults.push(("scopes", "empty or a list with openid in it: without that there is no login".to_owned()));
    }
    faults
}

fn is_issuer(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        is_safe(&url)
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

/// As RFC 6749 writes them.
fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}

fn app(part: &Table) -> Faults {
    let mut faults = Vec::new();
    if texts(part, "redirect_uris").next().is_none() {
        faults.push(("redirect_uris", "a list of one address at least: there the app is told of the login".to_owned()));
    }
    if let Some(address) = texts(part, "redirect_uris").find(|address| !is_redirect(address)) {
        let wanted = format!(
            "a list of addresses, each https, http on 127.0.0.1, [::1] or localhost, or of a scheme of the app's own \
             with a dot in it, such as org.example.app:/login, and without a fragment; {address:?} is none"
        );
        faults.push(("redirect_uris", wanted));
    }
    faults
}

/// Whether codes may be sent there: RFC 8252. A scheme of the app's own has a dot in it, as the RFC wants it, so it is
/// none that a browser takes for something else.
fn is_redirect(text: &str) -> bool {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    printable
        && text.len() <= 2_000
        && Url::parse(text).is_ok_and(|url| {
            let own = url.scheme().contains('.');
            (own || is_safe(&url)) && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_what_the_structs_are() {
        let provider: Provider = template("providers").unwrap().try_into().unwrap();
        let app: RegisteredApp = template("apps").unwrap().try_into().unwrap();
        let keys = |value: Table| value.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(Table::try_from(provider).unwrap()), keys(template("providers").unwrap()));
        assert_eq!(keys(Table::try_from(app).unwrap()), keys(template("apps").unwrap()));
    }

    #[test]
    fn addresses_of_apps() {
        for right in [
            "https://app.example.org/login",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:9/cb",
            "http://[::1]/cb",
            "http://localhost:5173/cb",
            "org.example.app:/login",
            "https://app.example.org/?a=b",
        ] {
            assert!(is_redirect(right), "{right}");
        }
        for wrong in [
            "",
            "app",
            "/login",
            "http://app.example.org/",
            "javascript:alert(1)",
            "data:text/html,x",
            "app:/login",
            "https://app.example.org/#a",
            "https://user@app.example.org/",
            "ftp://127.0.0.1/",
            "https://a b/",
            "http://127.0.0.1.evil.example/",
            "file:///etc",
            "about:blank",
            "org.example.app:/a\r\nb",
        ] {
            assert!(!is_redirect(wrong), "{wrong}");
        }
    }
}
