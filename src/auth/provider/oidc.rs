//! OpenID Connect, by configuration alone.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreIdTokenClaims, CoreIdTokenVerifier,
    CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreTokenResponse,
};
use openidconnect::{
    AuthType, AuthUrl, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndUserName,
    IssuerUrl, LocalizedClaim, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse, TokenResponse, TokenUrl,
};
use serde::Deserialize;
use url::Url;

use super::http::{Http, HttpFault};
use super::metadata::{Known, Metadata};
use super::{Callback, Claims, Fault, Flow, LoginError, word};
use crate::clock::Source;
use crate::config;
use crate::format::read::orcid_fault;

/// Issuers whose subjects are ORCID iDs.
const ORCID: [&str; 2] = ["https://orcid.org", "https://sandbox.orcid.org"];

/// How an ID token may be signed: by a key that only the provider has. Not HS256, whose key we have too, nor `none`.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How far the provider's clock may be from ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// One provider.
pub(super) struct Oidc {
    known: Known,
    http: Http,
    client_id: String,
    client_secret: config::Secret,
    scopes: Vec<String>,
    redirect: Url,
    orcid: bool,
}

/// What the userinfo endpoint says.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    email: Option<String>,
    email_verified: Option<Truth>,
}

/// `true`, or, as some write it, `"true"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Truth {
    Bool(bool),
    Text(String),
}

impl Truth {
    fn is_true(&self) -> bool {
        match self {
            Self::Bool(value) => *value,
            Self::Text(text) => text == "true",
        }
    }
}

impl Oidc {
    pub(super) fn new(own: &config::Provider, http: Http, redirect: Url) -> Self {
        let orcid = ORCID.contains(&own.issuer.as_str());
        let wanted: &[&str] = if orcid { &["openid"] } else { &["openid", "email", "profile"] };
        Self {
            known: Known::new(&own.issuer, http.clone()),
            http,
            client_id: own.client_id.clone(),
            client_secret: own.client_secret.clone(),
            scopes: if own.scopes.is_empty() {
                wanted.iter().map(|scope| (*scope).to_owned()).collect()
            } else {
                own.scopes.clone()
            },
            redirect,
            orcid,
        }
    }

    pub(super) async fn begin(&self, state: &str, flow: &Flow) -> Result<Url, LoginError> {
        let (metadata, _) = self.known.get().await?;
        let (state, nonce) = (CsrfToken::new(state.to_owned()), Nonce::new(flow.nonce.clone()));
        let verifier = PkceCodeVerifier::new(flow.pkce_verifier.clone());
        let client = self
            .client(&metadata)?
            .disable_openid_scope()
            .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()));
        let (url, _, _) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(self.scopes.iter().cloned().map(Scope::new))
            .url();
        Ok(url)
    }

    pub(super) async fn finish(
        &self,
        flow: &Flow,
        callback: &Callback,
        source: &Arc<dyn Source>,
    ) -> Result<Claims, LoginError> {
        let (metadata, keys) = self.known.get().await?;
        match callback.iss.as_deref() {
            Some(issuer) if issuer == metadata.issuer => {}
            Some(_) => return Err(LoginError::untrusted("the answer is another issuer's")),
            None if metadata.authorization_response_iss_parameter_supported => {
                return Err(LoginError::untrusted("the answer does not say whose it is, as it should"));
            }
            None => {}
        }
        let tokens = self.exchange(&metadata, flow, callback.code()?).await?;
        let id_token = tokens.id_token().ok_or_else(|| LoginError::untrusted("no ID token"))?;
        let now = source.now();
        let nonce = Nonce::new(flow.nonce.clone());
        let issuer = IssuerUrl::new(metadata.issuer.clone()).map_err(|_| LoginError::untrusted("no issuer"))?;
        let verifier = |keys: &CoreJsonWebKeySet| {
            CoreIdTokenVerifier::new_public_client(ClientId::new(self.client_id.clone()), issuer.clone(), keys.clone())
                .set_allowed_algs(ALGORITHMS)
                .set_time_fn(move || now - LEEWAY)
        };
        let mut checked = id_token.claims(&verifier(&keys), &nonce);
        if matches!(
            &checked,
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
        ) && let Some(newer) = self.known.newer_keys().await?
        {
            checked = id_token.claims(&verifier(&newer), &nonce);
        }
        let id = checked.map_err(|error| LoginError::untrusted(unproven(&error)))?;
        self.issued(id, flow, now)?;
        let claims = self.claims(&metadata, id);
        match metadata.userinfo_endpoint.as_ref().filter(|_| claims.email.is_none() || claims.name.is_none()) {
            Some(url) => self.more(url, claims, tokens.access_token().secret()).await,
            None => Ok(claims),
        }
    }

    /// What the library leaves to us: for whom the token was issued, and when.
    fn issued(&self, id: &CoreIdTokenClaims, flow: &Flow, now: DateTime<Utc>) -> Result<(), LoginError> {
        if id.authorized_party().is_some_and(|party| party.as_str() != self.client_id) {
            return Err(LoginError::untrusted("the ID token was issued to somebody else"));
        }
        // It bears our nonce, so it can't be older than that.
        if id.issue_time() < flow.began - LEEWAY || id.issue_time() > now + LEEWAY {
            return Err(LoginError::untrusted("the ID token was issued at another time: is one of the clocks wrong?"));
        }
        Ok(())
    }

    fn claims(&self, metadata: &Metadata, id: &CoreIdTokenClaims) -> Claims {
        let subject = id.subject().to_string();
        let first = |name: Option<&LocalizedClaim<EndUserName>>| name?.iter().next().map(|(_, name)| name.to_string());
        Claims {
            issuer: metadata.issuer.clone(),
            orcid: (self.orcid && orcid_fault(&subject).is_none()).then(|| subject.clone()),
            subject,
            email: id.email().map(|email| email.to_string()),
            email_verified: id.email_verified() == Some(true),
            name: first(id.name()),
        }
    }

    /// With what the userinfo endpoint knows besides. An address and whether it is verified come from the same place.
    async fn more(&self, url: &Url, claims: Claims, token: &str) -> Result<Claims, LoginError> {
        let info: UserInfo =
            self.http.json(url, Some(token)).await.map_err(|fault| LoginError::answered("userinfo", fault))?;
        if info.sub != claims.subject {
            return Err(LoginError::untrusted("userinfo is of another subject than the ID token"));
        }
        let parts: Vec<String> = info.given_name.into_iter().chain(info.family_name).collect();
        let name = info.name.or_else(|| Some(parts.join(" ")).filter(|name| !name.is_empty()));
        let (email, email_verified) = match claims.email {
            Some(email) => (Some(email), claims.email_verified),
            None => (info.email, info.email_verified.is_some_and(|value| value.is_true())),
        };
        Ok(Claims { email, email_verified, name: claims.name.or(name), ..claims })
    }

    async fn exchange(&self, metadata: &Metadata, flow: &Flow, code: &str) -> Result<CoreTokenResponse, LoginError> {
        let client = self.client(metadata)?.set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()));
        client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(flow.pkce_verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(token_fault)
    }

    fn client(&self, metadata: &Metadata) -> Result<CoreClient, LoginError> {
        let issuer = IssuerUrl::new(metadata.issuer.clone()).map_err(|_| LoginError::untrusted("no issuer"))?;
        let client = CoreClient::new(ClientId::new(self.client_id.clone()), issuer, CoreJsonWebKeySet::default())
            .set_redirect_uri(RedirectUrl::from_url(self.redirect.clone()))
            .set_auth_type(auth_type(metadata));
        Ok(if self.client_secret.is_empty() {
            client
        } else {
            client.set_client_secret(ClientSecret::new(self.client_secret.expose().to_owned()))
        })
    }
}

/// How to show the client's secret: as the metadata says, which without a word means HTTP's own way.
fn auth_type(metadata: &Metadata) -> AuthType {
    match &metadata.token_endpoint_auth_methods_supported {
        Some(methods) if !methods.iter().any(|method| method == "client_secret_basic") => AuthType::RequestBody,
        Some(_) | None => AuthType::BasicAuth,
    }
}

/// What is wrong with an ID token. What it says is kept out of it: it may be about a person.
fn unproven(error: &ClaimsVerificationError) -> String {
    let what = match error {
        ClaimsVerificationError::Expired(_) => "it has expired: is one of the clocks wrong?",
        ClaimsVerificationError::InvalidAudience(_) => "it is for another client",
        ClaimsVerificationError::InvalidIssuer(_) => "it is another issuer's",
        ClaimsVerificationError::InvalidNonce(_) => "it is of another login",
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            "it is signed with a key that the provider does not have"
        }
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoSignature | SignatureVerificationError::DisallowedAlg(_),
        ) => "it is not signed, or in a way that proves nothing",
        ClaimsVerificationError::SignatureVerification(_) => "its signature is wrong",
        // The library may learn more; whatever it is, it is no proof.
        _ => "it is not understood",
    };
    format!("the ID token: {what}")
}

type TokenFault = RequestTokenError<HttpFault, StandardErrorResponse<CoreErrorResponseType>>;

fn token_fault(error: TokenFault) -> LoginError {
    const WHAT: &str = "the exchange of the code";
    match error {
        RequestTokenError::ServerResponse(said) => {
            LoginError::new(Fault::Refused, format!("{WHAT}: refused with {:?}", word(said.error().as_ref())))
        }
        RequestTokenError::Request(fault) => LoginError::asking(WHAT, fault),
        // What was answered may have a token in it.
        RequestTokenError::Parse(..) => LoginError::new(Fault::Untrusted, format!("{WHAT}: not what it should be")),
        RequestTokenError::Other(_) => LoginError::new(Fault::Unreachable, format!("{WHAT}: no answer of use")),
    }
}
