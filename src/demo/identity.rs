//! The demo's login provider: a small real one, where a newcomer picks one of a few invented people.
//!
//! It speaks OpenID Connect as any other does, and the server comes to it as it comes to any other: discovery, code,
//! PKCE, keys, an ID token. Only that there is no password: whoever reaches it is who they like to be. So it is there
//! for `plenary demo` alone, and on this machine alone.

mod pages;
mod store;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    Audience, EmptyAdditionalClaims, EndUserEmail, EndUserName, IssuerUrl, JsonWebKeyId, Nonce, PrivateSigningKey,
    StandardClaims, SubjectIdentifier,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use crate::auth::provider::is_loopback;
use crate::clock::Source;
use crate::config::{self, Config};
use crate::http::params::{Params, ParamsFault};
use store::{Grant, Store};

/// What it is called in addresses: `/auth/login/demo`.
pub const NAME: &str = "demo";
/// Where it is.
const PATH: &str = "/demo-identity";
/// What it calls the server.
const CLIENT: &str = "plenary-demo";
/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody to log in as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Somebody {
    /// What the provider calls them.
    pub subject: &'static str,
    /// Their name.
    pub name: &'static str,
    /// Their address, which is verified.
    pub email: &'static str,
    /// What they are to the demo's conference, for the page.
    pub about: &'static str,
}

/// An organizer of the demo's conference.
pub const ORGANIZER: Somebody = Somebody {
    subject: "organizer",
    name: "Mira Castellan",
    email: "organizer@example.org",
    about: "organizes the conference: changes the program and sees every link",
};
/// Two who are registered.
pub const ATTENDEES: [Somebody; 2] = [
    Somebody {
        subject: "attendee-1",
        name: "Tomas Eklund",
        email: "attendee1@example.org",
        about: "is registered: sees the links of the rooms",
    },
    Somebody {
        subject: "attendee-2",
        name: "Nadia Farouk",
        email: "attendee2@example.org",
        about: "is registered too: nobody sees another's stars",
    },
];
/// One who is on the program, and is known by the address.
pub const AUTHOR: Somebody = Somebody {
    subject: "mgarcia",
    name: "Mónica García",
    email: "mgarcia@example.org",
    about: "has papers on the program, so sees the links as the registered do",
};
/// One who has an account and nothing else.
pub const OUTSIDER: Somebody = Somebody {
    subject: "outsider",
    name: "Robin Quill",
    email: "outsider@example.org",
    about: "has nothing to do with the conference: stars, but sees no links",
};

/// All of them.
pub const PEOPLE: [Somebody; 5] = [ORGANIZER, ATTENDEES[0], ATTENDEES[1], AUTHOR, OUTSIDER];

/// The provider.
pub struct Identity {
    issuer: String,
    callback: String,
    secret: String,
    key: CoreEdDsaPrivateSigningKey,
    source: Arc<dyn Source>,
    store: Mutex<Store>,
}

impl Identity {
    /// For a server of these settings.
    ///
    /// # Errors
    /// The server can be reached from elsewhere, where it must not be that everybody is who they like to be.
    pub fn new(config: &Config, source: Arc<dyn Source>) -> Result<Arc<Self>, String> {
        let public = config.public();
        let near = Url::parse(&public).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url));
        if !config.listen.ip().is_loopback() || !near {
            return Err(format!(
                "the demo lets everybody log in as whom they like, so it runs on this machine alone, not on {} as \
                 {public}\nListen on 127.0.0.1 and leave public_url empty, or use `plenary serve`, whose login providers \
                 are set in plenary.toml",
                config.listen
            ));
        }
        let key = signing_key(source.secret())?;
        let secret = URL_SAFE_NO_PAD.encode(source.secret());
        let (issuer, callback) = (format!("{public}{PATH}"), format!("{public}/auth/callback/{NAME}"));
        Ok(Arc::new(Self { issuer, callback, secret, key, source, store: Mutex::default() }))
    }

    /// How the server is to know it.
    #[must_use]
    pub fn settings(&self) -> config::Provider {
        config::Provider {
            kind: config::ProviderKind::Oidc,
            issuer: self.issuer.clone(),
            client_id: CLIENT.into(),
            client_secret: self.secret.clone().into(),
            scopes: Vec::new(),
            label: "the demo's people".into(),
        }
    }

    /// Its routes.
    pub fn router(self: &Arc<Self>) -> Router {
        let inner = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize).post(pick))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(Arc::clone(self));
        Router::new().nest(PATH, inner)
    }

    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.source.now()
    }

    fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is asked for, if it is asked for rightly; else what is wrong. The browser is never sent to an address that
    /// is not the registered one.
    fn wanted(&self, query: Option<&str>) -> Result<Wanted, &'static str> {
        let params = Params::of_query(query).map_err(|_| "A parameter is given twice.")?;
        let is = |name: &str, value: &str| params.get(name) == Some(value);
        if !is("client_id", CLIENT) {
            return Err("The client is not known here.");
        }
        if !is("redirect_uri", &self.callback) {
            return Err("The redirect address is not the registered one.");
        }
        if !is("response_type", "code") {
            return Err("Only response_type=code is served.");
        }
        let challenge = params.get("code_challenge").filter(|text| text.len() == 43);
        let Some(challenge) = challenge.filter(|_| is("code_challenge_method", "S256")) else {
            return Err("PKCE with S256 is required.");
        };
        if !params.get("scope").is_some_and(|scope| scope.split(' ').any(|it| it == "openid")) {
            return Err("The scope openid is required.");
        }
        Ok(Wanted {
            challenge: challenge.to_owned(),
            nonce: params.get("nonce").map(str::to_owned),
            state: params.get("state").map(str::to_owned),
        })
    }

    /// The address that ends a login, with a code or why there is none.
    fn back(&self, wanted: &Wanted, name: &str, value: &str) -> Response<Body> {
        let Ok(mut url) = Url::parse(&self.callback) else { return crate::http::page::see_other("/") };
        url.query_pairs_mut().append_pair(name, value).append_pair("iss", &self.issuer);
        if let Some(state) = &wanted.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        crate::http::page::see_other(url.as_str())
    }

    fn exchange(&self, params: &Params) -> Result<Value, &'static str> {
        let secret = params.get("client_secret").unwrap_or_default();
        let known = bool::from(secret.as_bytes().ct_eq(self.secret.as_bytes()));
        if params.get("client_id") != Some(CLIENT) || !known {
            return Err("invalid_client");
        }
        if params.get("grant_type") != Some("authorization_code") {
            return Err("unsupported_grant_type");
        }
        let now = self.now();
        let grant = params.get("code").and_then(|code| self.store().take_code(code, now)).ok_or("invalid_grant")?;
        let verifier = params.get("code_verifier").unwrap_or_default();
        let proven = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == grant.challenge;
        if !proven || params.get("redirect_uri") != Some(&self.callback) {
            return Err("invalid_grant");
        }
        let id_token = self.id_token(&grant).ok_or("server_error")?;
        let access_token = URL_SAFE_NO_PAD.encode(self.source.secret());
        self.store().put_token(&access_token, grant.person, now);
        Ok(json!({ "access_token": access_token, "token_type": "Bearer", "expires_in": 60, "id_token": id_token }))
    }

    fn id_token(&self, grant: &Grant) -> Option<CoreIdToken> {
        let now = self.now();
        let person = grant.person;
        let claims = StandardClaims::new(SubjectIdentifier::new(person.subject.into()))
            .set_name(Some(EndUserName::new(person.name.into()).into()))
            .set_email(Some(EndUserEmail::new(person.email.into())))
            .set_email_verified(Some(true));
        let issuer = IssuerUrl::new(self.issuer.clone()).ok()?;
        let audience = vec![Audience::new(CLIENT.into())];
        let ends = now + TimeDelta::minutes(5);
        let claims = CoreIdTokenClaims::new(issuer, audience, ends, now, claims, EmptyAdditionalClaims {})
            .set_nonce(grant.nonce.clone().map(Nonce::new));
        CoreIdToken::new(claims, &self.key, CoreJwsSigningAlgorithm::EdDsa, None, None).ok()
    }
}

/// What a browser was sent here with.
struct Wanted {
    challenge: String,
    nonce: Option<String>,
    state: Option<String>,
}

/// A key of these bits, which the library reads in no other form than this: PKCS #8 in PEM.
fn signing_key(secret: [u8; 32]) -> Result<CoreEdDsaPrivateSigningKey, String> {
    const BEFORE: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let text = STANDARD.encode([BEFORE.as_slice(), &secret].concat());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new("demo".into())))
        .map_err(|_| "the demo's login provider can't make its key".into())
}

async fn metadata(State(own): State<Arc<Identity>>) -> Response<Body> {
    let at = |path: &str| format!("{}{path}", own.issuer);
    let metadata = json!({
        "issuer": own.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/keys"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "profile"],
        "authorization_response_iss_parameter_supported": true,
    });
    answer(StatusCode::OK, &metadata)
}

async fn keys(State(own): State<Arc<Identity>>) -> Response<Body> {
    let keys = CoreJsonWebKeySet::new(vec![own.key.as_verification_key()]);
    answer(StatusCode::OK, &serde_json::to_value(keys).unwrap_or_default())
}

/// The page with the people.
async fn authorize(State(own): State<Arc<Identity>>, request: Parts) -> Response<Body> {
    let query = request.uri.query();
    match own.wanted(query) {
        Ok(_) => pages::people(&format!("{PATH}/authorize?{}", query.unwrap_or_default())).respond(),
        Err(why) => pages::wrong(why).respond(),
    }
}

/// A click on one of them.
async fn pick(State(own): State<Arc<Identity>>, request: Parts, body: Body) -> Response<Body> {
    let wanted = match own.wanted(request.uri.query()) {
        Ok(wanted) => wanted,
        Err(why) => return pages::wrong(why).respond(),
    };
    let Ok(form) = Params::of_form(&request.headers, body, PATIENCE).await else {
        return pages::wrong("The form can't be read.").respond();
    };
    let picked = form.get("person");
    match PEOPLE.into_iter().find(|person| picked == Some(person.subject)) {
        Some(person) => {
            let code = URL_SAFE_NO_PAD.encode(own.source.secret());
            let grant = Grant { person, challenge: wanted.challenge.clone(), nonce: wanted.nonce.clone() };
            own.store().put_code(&code, grant, own.now());
            own.back(&wanted, "code", &code)
        }
        None => own.back(&wanted, "error", "access_denied"),
    }
}

/// The exchange of a code.
async fn token(State(own): State<Arc<Identity>>, request: Parts, body: Body) -> Response<Body> {
    let params = match Params::of_form(&request.headers, body, PATIENCE).await {
        Ok(params) => params,
        Err(ParamsFault::Twice(_) | ParamsFault::NoForm) => return refused("invalid_request"),
    };
    match own.exchange(&params) {
        Ok(tokens) => answer(StatusCode::OK, &tokens),
        Err(error) => refused(error),
    }
}

async fn userinfo(State(own): State<Arc<Identity>>, request: Parts) -> Response<Body> {
    let bearer = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer "));
    match token.and_then(|token| own.store().person_of(token, own.now())) {
        Some(Somebody { subject, name, email, about: _ }) => {
            answer(StatusCode::OK, &json!({ "sub": subject, "name": name, "email": email, "email_verified": true }))
        }
        None => answer(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_token" })),
    }
}

fn refused(error: &str) -> Response<Body> {
    answer(StatusCode::BAD_REQUEST, &json!({ "error": error }))
}

fn answer(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
