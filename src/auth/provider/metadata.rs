//! What an OpenID Connect provider says of itself, and its keys: asked for when needed, kept for a while.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::http::Http;
use super::{Fault, LoginError};

/// How long it is good for.
const GOOD: Duration = Duration::from_secs(3_600);
/// How long keys are not asked for again because of a token whose key is not among them: whoever makes up key ids must
/// not make us ask without end.
const PAUSE: Duration = Duration::from_secs(10);

/// What a provider says of itself (OpenID Connect Discovery 1.0, RFC 8414), as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    #[serde(default)]
    pub(super) userinfo_endpoint: Option<Url>,
    jwks_uri: Url,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// One provider's metadata and keys.
#[derive(Debug)]
pub(super) struct Known {
    issuer: String,
    http: Http,
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    metadata: Arc<Metadata>,
    keys: Arc<CoreJsonWebKeySet>,
    at: Instant,
    /// When the keys were last asked for because one was missing.
    asked_again: Option<Instant>,
}

impl Known {
    pub(super) fn new(issuer: &str, http: Http) -> Self {
        Self { issuer: issuer.to_owned(), http, held: Mutex::new(None) }
    }

    /// The metadata and the keys.
    pub(super) async fn get(&self) -> Result<(Arc<Metadata>, Arc<CoreJsonWebKeySet>), LoginError> {
        // Held while asking, so that many logins at once ask but once.
        let mut held = self.held.lock().await;
        match held.as_ref() {
            Some(held) if held.at.elapsed() < GOOD => Ok((Arc::clone(&held.metadata), Arc::clone(&held.keys))),
            Some(_) | None => {
                let metadata = Arc::new(self.metadata().await?);
                let keys = Arc::new(self.keys(&metadata).await?);
                let fresh = Held { metadata, keys, at: Instant::now(), asked_again: None };
                let both = (Arc::clone(&fresh.metadata), Arc::clone(&fresh.keys));
                *held = Some(fresh);
                Ok(both)
            }
        }
    }

    /// The keys, asked for anew, since those at hand lack one; `None` if that was done just now.
    pub(super) async fn newer_keys(&self) -> Result<Option<Arc<CoreJsonWebKeySet>>, LoginError> {
        let mut held = self.held.lock().await;
        let Some(held) = held.as_mut() else { return Ok(None) };
        if held.asked_again.is_some_and(|at| at.elapsed() < PAUSE) {
            return Ok(None);
        }
        held.asked_again = Some(Instant::now());
        held.keys = Arc::new(self.keys(&held.metadata).await?);
        Ok(Some(Arc::clone(&held.keys)))
    }

    async fn metadata(&self) -> Result<Metadata, LoginError> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let url = Url::parse(&address).map_err(|_| LoginError::untrusted("the issuer is no address"))?;
        let metadata: Metadata =
            self.http.json(&url, None).await.map_err(|fault| LoginError::answered("its metadata", fault))?;
        if metadata.issuer != self.issuer {
            let found: String = metadata.issuer.chars().filter(|c| !c.is_control()).take(200).collect();
            return Err(LoginError::untrusted(format!("calls itself {found:?}; the settings say {:?}", self.issuer)));
        }
        // The browser is sent there, and we ask there.
        let asked = [Some(&metadata.token_endpoint), metadata.userinfo_endpoint.as_ref(), Some(&metadata.jwks_uri)];
        let safe = asked.into_iter().flatten().chain([&metadata.authorization_endpoint]);
        if !safe.into_iter().all(|url| self.http.may_ask(url)) {
            return Err(LoginError::untrusted("names an address that is neither https nor on this machine as it is"));
        }
        Ok(metadata)
    }

    async fn keys(&self, metadata: &Metadata) -> Result<CoreJsonWebKeySet, LoginError> {
        let keys: CoreJsonWebKeySet =
            self.http.json(&metadata.jwks_uri, None).await.map_err(|fault| LoginError::answered("its keys", fault))?;
        if keys.keys().is_empty() {
            return Err(LoginError::new(Fault::Untrusted, "has no key that is understood here"));
        }
        Ok(keys)
    }
}
