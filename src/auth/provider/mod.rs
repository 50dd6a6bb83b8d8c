//! Login providers: who says that somebody is who they are.
//!
//! A login has two halves. [`Providers::begin`] makes the address to send the browser to and what must be kept
//! meanwhile; [`Providers::finish`] makes of what the browser brings back a set of [`Claims`], or refuses. What a
//! provider says is believed only as far as it is proven: no secret, code or token of anybody gets into an error.

mod github;
mod http;
mod metadata;
mod oidc;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use url::Url;

use super::token::Token;
use crate::clock::Source;
use crate::config;
use crate::format::read::is_email;
use http::{Clients, HttpFault, JsonFault};

pub(crate) use http::{is_loopback, is_safe, provide_cryptography};

/// The most characters of what a provider may call somebody.
const LONGEST_SUBJECT: usize = 255;
/// The most characters of a name that are kept.
const LONGEST_NAME: usize = 200;

/// Who a provider says that somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who says so; with the subject it is who it is, for ever.
    pub issuer: String,
    /// Who it is there.
    pub subject: String,
    /// An e-mail address, in lower case.
    pub email: Option<String>,
    /// Whether the provider says that the address is the user's own.
    pub email_verified: bool,
    /// What to call them.
    pub name: Option<String>,
    /// The ORCID iD, if it is ORCID that says so.
    pub orcid: Option<String>,
}

/// What must be kept between the two halves, for this browser alone and for one use.
#[derive(Clone, PartialEq, Eq)]
pub struct Flow {
    /// The provider it was begun with: no other may end it.
    pub provider: String,
    /// What the ID token must repeat.
    pub nonce: String,
    /// The secret whose hash the provider has.
    pub pkce_verifier: String,
    /// When it began: what proves it can't be older.
    pub began: DateTime<Utc>,
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow").field("provider", &self.provider).field("began", &self.began).finish_non_exhaustive()
    }
}

/// The first half of a login.
pub struct Begun {
    /// Where to send the browser.
    pub url: Url,
    /// What it must bring back.
    pub state: Token,
    /// What to keep meanwhile.
    pub flow: Flow,
}

/// What the browser brings back.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Callback {
    /// What the provider was sent.
    pub state: Option<String>,
    /// What to ask the provider with.
    pub code: Option<String>,
    /// Who the provider is (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// Why a login is refused, as far as the user is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no provider of that name.
    Unknown,
    /// The user did not want to, or the provider does not want this user.
    Denied,
    /// The provider refused what we sent: most often because it came too late or twice, or our registration is wrong.
    Refused,
    /// The provider did not answer, or not in time.
    Unreachable,
    /// What the provider said proves nothing.
    Untrusted,
}

/// Why a login is refused. Its text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginError {
    /// For the user.
    pub fault: Fault,
    why: String,
}

impl LoginError {
    fn new(fault: Fault, why: impl Into<String>) -> Self {
        Self { fault, why: why.into() }
    }

    /// What the provider said proves nothing, because …
    fn untrusted(why: impl Into<String>) -> Self {
        Self::new(Fault::Untrusted, why)
    }

    /// Asking for something went wrong.
    fn asking(what: &str, fault: HttpFault) -> Self {
        match fault {
            HttpFault::Broken(why) => Self::new(Fault::Unreachable, format!("{what}: {why}")),
            HttpFault::Address | HttpFault::TooLarge => Self::untrusted(format!("{what}: {fault}")),
        }
    }

    /// Something that was asked for is of no use.
    fn answered(what: &str, fault: JsonFault) -> Self {
        match fault {
            JsonFault::Http(fault) => Self::asking(what, fault),
            JsonFault::Status(status) => {
                Self::new(Fault::Unreachable, format!("{what}: answered with status {status}"))
            }
            JsonFault::Content(place) => Self::untrusted(format!("{what}: not what it should be, at {place}")),
        }
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for LoginError {}

/// All login providers.
pub struct Providers {
    by_name: BTreeMap<String, Provider>,
    source: Arc<dyn Source>,
    patience: Duration,
}

struct Provider {
    label: String,
    origin: String,
    kind: Kind,
}

enum Kind {
    Oidc(oidc::Oidc),
    GitHub(github::GitHub),
}

impl Providers {
    /// Those of the settings. `public` is the address that browsers reach this server by; `patience` is how long one
    /// half of a login may take.
    #[must_use]
    pub fn new(
        settings: &BTreeMap<String, config::Provider>,
        public: &str,
        patience: Duration,
        source: Arc<dyn Source>,
    ) -> Self {
        let clients = Arc::new(Clients::default());
        let mut by_name = BTreeMap::new();
        for (name, own) in settings {
            let issuer = match own.kind {
                config::ProviderKind::Github if own.issuer.is_empty() => config::GITHUB,
                config::ProviderKind::Github | config::ProviderKind::Oidc => &own.issuer,
            };
            // The settings have been checked: what is no address never gets here.
            let (Ok(at), Ok(redirect)) = (Url::parse(issuer), Url::parse(&format!("{public}/auth/callback/{name}")))
            else {
                continue;
            };
            let http = http::Http::for_provider(&at, &clients);
            let kind = match own.kind {
                config::ProviderKind::Oidc => Kind::Oidc(oidc::Oidc::new(own, http, redirect)),
                config::ProviderKind::Github => Kind::GitHub(github::GitHub::new(own, issuer, http, redirect)),
            };
            let label = if own.label.is_empty() { name.clone() } else { own.label.clone() };
            let origin = if is_loopback(&at) { at.origin().ascii_serialization() } else { "https:".to_owned() };
            by_name.insert(name.clone(), Provider { label, origin, kind });
        }
        Self { by_name, source, patience }
    }

    /// Their names and labels, by name.
    pub fn list(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_name.iter().map(|(name, provider)| (name.as_str(), provider.label.as_str()))
    }

    /// What a provider is called.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(|provider| provider.label.as_str())
    }

    /// Where a browser is sent that goes to a provider, as a source of a Content Security Policy: any address over https,
    /// unless the provider is on this machine.
    #[must_use]
    pub fn origin(&self, name: &str) -> Option<String> {
        self.by_name.get(name).map(|provider| provider.origin.clone())
    }

    /// Begins a login.
    ///
    /// # Errors
    /// There is no such provider, or it does not answer.
    pub async fn begin(&self, name: &str) -> Result<Begun, LoginError> {
        let provider = self.named(name)?;
        let secret = || URL_SAFE_NO_PAD.encode(self.source.secret());
        let (state, nonce, pkce_verifier) = (Token::new(self.source.secret()), secret(), secret());
        let flow = Flow { provider: name.to_owned(), nonce, pkce_verifier, began: self.source.now() };
        let url = match &provider.kind {
            Kind::Oidc(oidc) => self.in_time(oidc.begin(&state.text(), &flow)).await?,
            Kind::GitHub(github) => github.begin(&state.text(), &flow)?,
        };
        Ok(Begun { url, state, flow })
    }

    /// Ends a login: who the provider says it is. That `callback` bears the flow's state is for the caller to see to,
    /// who keeps flows by it.
    ///
    /// # Errors
    /// Why that is not known.
    pub async fn finish(&self, name: &str, flow: &Flow, callback: &Callback) -> Result<Claims, LoginError> {
        let provider = self.named(name)?;
        if flow.provider != name {
            return Err(LoginError::untrusted("begun with another provider"));
        }
        let claims = match &provider.kind {
            Kind::Oidc(oidc) => self.in_time(oidc.finish(flow, callback, &self.source)).await?,
            Kind::GitHub(github) => self.in_time(github.finish(flow, callback)).await?,
        };
        claims.tidy()
    }

    fn named(&self, name: &str) -> Result<&Provider, LoginError> {
        self.by_name.get(name).ok_or_else(|| LoginError::new(Fault::Unknown, "no provider of this name"))
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, LoginError>>) -> Result<T, LoginError> {
        let late = || LoginError::new(Fault::Unreachable, format!("no answer within {:?}", self.patience));
        tokio::time::timeout(self.patience, work).await.unwrap_or_else(|_| Err(late()))
    }
}

impl Callback {
    /// The code.
    ///
    /// # Errors
    /// There is none, and what the provider says instead.
    fn code(&self) -> Result<&str, LoginError> {
        match (self.error.as_deref(), self.code.as_deref()) {
            (Some("access_denied"), _) => Err(LoginError::new(Fault::Denied, "the user said no")),
            (Some(error), _) => Err(LoginError::new(Fault::Refused, format!("answered with {:?}", word(error)))),
            (None, Some(code)) if !code.is_empty() => Ok(code),
            (None, Some(_) | None) => Err(LoginError::untrusted("answered with neither a code nor an error")),
        }
    }
}

impl Claims {
    /// As they are kept: nothing in them that is not what it should be.
    fn tidy(self) -> Result<Self, LoginError> {
        let Self { issuer, subject, email, email_verified, name, orcid } = self;
        if subject.is_empty() || subject.chars().count() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
            return Err(LoginError::untrusted("a subject that is empty, too long or no text"));
        }
        let email = email.map(|email| email.trim().to_lowercase()).filter(|email| is_email(email));
        let name = name.map(|name| {
            let words: Vec<&str> = name.split(|c: char| c.is_whitespace() || c.is_control()).collect();
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            words.join(" ").chars().take(LONGEST_NAME).collect::<String>()
        });
        let email_verified = email_verified && email.is_some();
        Ok(Self { issuer, subject, email, email_verified, name: name.filter(|name| !name.is_empty()), orcid })
    }
}

/// What somebody sent as the name of an error, fit for a log.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).take(40).collect()
}
