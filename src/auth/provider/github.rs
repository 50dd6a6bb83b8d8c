//! GitHub, which speaks OAuth 2 and no OpenID Connect.

use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use serde::Deserialize;
use url::Url;

use super::http::{Http, HttpFault};
use super::{Callback, Claims, Fault, Flow, LoginError, word};
use crate::config::{self, GITHUB};

/// GitHub, or a company's own.
pub(super) struct GitHub {
    issuer: String,
    http: Http,
    client_id: String,
    client_secret: config::Secret,
    scopes: Vec<String>,
    redirect: Url,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

impl GitHub {
    pub(super) fn new(own: &config::Provider, issuer: &str, http: Http, redirect: Url) -> Self {
        let scopes = if own.scopes.is_empty() { vec!["user:email".to_owned()] } else { own.scopes.clone() };
        Self {
            issuer: issuer.trim_end_matches('/').to_owned(),
            http,
            client_id: own.client_id.clone(),
            client_secret: own.client_secret.clone(),
            scopes,
            redirect,
        }
    }

    pub(super) fn begin(&self, state: &str, flow: &Flow) -> Result<Url, LoginError> {
        let state = CsrfToken::new(state.to_owned());
        let verifier = PkceCodeVerifier::new(flow.pkce_verifier.clone());
        let client = self.client().set_auth_uri(AuthUrl::from_url(self.at("/login/oauth/authorize")?));
        let (url, _) = client
            .authorize_url(move || state)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(self.scopes.iter().cloned().map(Scope::new))
            .url();
        Ok(url)
    }

    pub(super) async fn finish(&self, flow: &Flow, callback: &Callback) -> Result<Claims, LoginError> {
        let tokens = self.exchange(flow, callback.code()?).await?;
        let token = Some(tokens.access_token().secret().as_str());
        let asking = |fault| LoginError::answered("the API", fault);
        let user: User = self.http.json(&self.api("/user")?, token).await.map_err(asking)?;
        let emails: Vec<Email> = self.http.json(&self.api("/user/emails")?, token).await.map_err(asking)?;
        let email = emails.into_iter().find(|email| email.primary && email.verified);
        Ok(Claims {
            issuer: self.issuer.clone(),
            subject: user.id.to_string(),
            email_verified: email.is_some(),
            email: email.map(|email| email.email),
            name: Some(user.name.unwrap_or(user.login)),
            orcid: None,
        })
    }

    async fn exchange(&self, flow: &Flow, code: &str) -> Result<BasicTokenResponse, LoginError> {
        let client = self.client().set_token_uri(TokenUrl::from_url(self.at("/login/oauth/access_token")?));
        client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(flow.pkce_verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(token_fault)
    }

    fn client(&self) -> BasicClient {
        let client = BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_redirect_uri(RedirectUrl::from_url(self.redirect.clone()))
            .set_auth_type(AuthType::RequestBody);
        if self.client_secret.is_empty() {
            client
        } else {
            client.set_client_secret(ClientSecret::new(self.client_secret.expose().to_owned()))
        }
    }

    fn at(&self, path: &str) -> Result<Url, LoginError> {
        address(&format!("{}{path}", self.issuer))
    }

    fn api(&self, path: &str) -> Result<Url, LoginError> {
        if self.issuer == GITHUB {
            address(&format!("https://api.github.com{path}"))
        } else {
            self.at(&format!("/api/v3{path}"))
        }
    }
}

fn address(text: &str) -> Result<Url, LoginError> {
    Url::parse(text).map_err(|_| LoginError::untrusted("the issuer is no address"))
}

fn token_fault(error: RequestTokenError<HttpFault, BasicErrorResponse>) -> LoginError {
    const WHAT: &str = "the exchange of the code";
    match error {
        RequestTokenError::ServerResponse(said) => {
            LoginError::new(Fault::Refused, format!("{WHAT}: refused with {:?}", word(said.error().as_ref())))
        }
        RequestTokenError::Request(fault) => LoginError::asking(WHAT, fault),
        // GitHub answers a code that is no good with status 200 and no token.
        RequestTokenError::Parse(..) => LoginError::new(Fault::Refused, format!("{WHAT}: answered without a token")),
        RequestTokenError::Other(_) => LoginError::new(Fault::Unreachable, format!("{WHAT}: no answer of use")),
    }
}
