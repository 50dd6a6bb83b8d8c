//! Logging in and out, and letting apps in: pages for people, and what apps ask.
//!
//! A login is bound to the browser that began it by a cookie of its own, to the provider by its `state`, and is used up
//! by the first callback. Forms are taken from our own pages only.

mod authorize;
mod enter;
mod leave;
mod pages;
mod token;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::middleware::{self, Next};
use axum::routing::get;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};
use url::Url;

use super::access::Caller;
use super::{Rates, page};
use crate::auth::accounts::Credential;
use crate::auth::apps::Apps;
use crate::auth::cookie::SESSION;
use crate::auth::provider::{Providers, is_loopback};
use crate::auth::token::Token;
use crate::auth::{Account, Viewer};
use crate::command::desk::Desk;
use crate::command::write::WriteError;
use crate::error::AppError;
use pages::Trouble;

/// What the routes need.
pub struct Entrance {
    /// Where writes are taken in; accounts and time besides.
    pub desk: Arc<Desk>,
    /// Who says who somebody is.
    pub providers: Providers,
    /// Who may be let in by a user.
    pub apps: Apps,
    /// The address that people reach the server by, without a slash at its end.
    pub public: String,
    /// How many requests an address may send here.
    pub rates: Rates,
    /// How long a form may take to arrive.
    pub patience: Duration,
}

/// What a handler gives: a page or whatever else answers, or why not.
type Answer = Result<Response<Body>, Trouble>;

/// Whoever is logged in at this browser.
struct Here {
    account: Arc<Account>,
    token: Token,
}

/// All routes.
pub fn routes(entrance: Arc<Entrance>) -> Router {
    let of_apps = {
        let entrance = Arc::clone(&entrance);
        AllowOrigin::predicate(move |origin, _| origin.to_str().is_ok_and(|origin| entrance.apps.has_origin(origin)))
    };
    let of_apps = CorsLayer::new().allow_origin(of_apps).allow_methods([axum::http::Method::POST]);
    let of_all = CorsLayer::new().allow_origin(Any);
    Router::new()
        .route("/auth/login", get(enter::choose))
        .route("/auth/login/{provider}", get(enter::begin).post(enter::link))
        .route("/auth/callback/{provider}", get(enter::finish))
        .route("/auth/logout", get(leave::ask).post(leave::leave))
        .route("/auth/authorize", get(authorize::ask).post(authorize::decide))
        .route("/auth/token", axum::routing::post(token::exchange).layer(of_apps))
        .layer(middleware::from_fn_with_state(Arc::clone(&entrance), not_too_often))
        .route("/.well-known/oauth-authorization-server", get(token::metadata).layer(of_all))
        .route(page::STYLE, get(page::style))
        .with_state(entrance)
}

/// Whoever tries names and codes one after the other is stopped; a venue, which is one address, is not.
async fn not_too_often(State(entrance): State<Arc<Entrance>>, request: Request, next: Next) -> Response<Body> {
    let client = request.extensions().get::<Caller>().and_then(|caller| caller.client);
    let Some(Err(wait)) = client.map(|address| entrance.rates.take(address, Instant::now())) else {
        return next.run(request).await;
    };
    let mut response = Trouble::TooOften.page().respond();
    let seconds = wait.as_secs_f64().ceil().to_string();
    if let Ok(seconds) = HeaderValue::from_str(&seconds) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

impl Entrance {
    /// Whether people reach the server by https.
    fn secure(&self) -> bool {
        self.public.starts_with("https://")
    }

    /// Whoever is logged in at this browser, if anybody is.
    async fn here(&self, headers: &HeaderMap) -> Result<Option<Here>, Trouble> {
        let Some(token) = SESSION.read(headers, self.secure()) else { return Ok(None) };
        let viewer =
            self.desk.accounts.viewer(&Credential::Session(token), self.desk.source.now()).await.map_err(ours)?;
        Ok(match viewer {
            Some(Viewer::User { account, login: _ }) => Some(Here { account, token }),
            Some(Viewer::Nobody | Viewer::System) | None => None,
        })
    }

    /// Refuses a form that was not sent from a page of ours. A browser says where a form was sent from; what says
    /// nothing is no browser of a person.
    fn own_form(&self, headers: &HeaderMap) -> Result<(), Trouble> {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let own = match (text("origin"), text("sec-fetch-site")) {
            (Some(origin), _) => Url::parse(&self.public).is_ok_and(|url| url.origin().ascii_serialization() == origin),
            (None, Some(site)) => site == "same-origin",
            (None, None) => false,
        };
        if own { Ok(()) } else { Err(Trouble::Form) }
    }

    /// On this machine one server has several names (localhost, 127.0.0.1), and a cookie is for one of them: where to go
    /// on if the browser came by another than the provider will send it back to.
    fn by_other_name(&self, request: &Parts) -> Option<Response<Body>> {
        let public = Url::parse(&self.public).ok().filter(is_loopback)?;
        let own = &public[url::Position::BeforeHost..url::Position::AfterPort];
        let host = request.headers.get(header::HOST)?.to_str().ok()?;
        let path = request.uri.path_and_query()?;
        (host != own).then(|| page::see_other(&format!("{}{path}", self.public)))
    }
}

/// A fault of ours: the log is told, the user that it is not their fault.
fn ours(error: AppError) -> Trouble {
    tracing::error!(?error, "a login can't be looked up or written");
    Trouble::Unavailable
}

/// Why something was not written.
fn unwritten(error: WriteError) -> Trouble {
    match error {
        WriteError::Refused(faults) => Trouble::Refused(faults.into_iter().map(|fault| fault.message).collect()),
        WriteError::Database(error) => {
            tracing::error!(%error, "a login can't be written");
            Trouble::Unavailable
        }
        WriteError::App(error) => ours(error),
    }
}

/// What a handler gives as what is sent.
fn answer(given: Answer) -> Response<Body> {
    given.unwrap_or_else(|trouble| trouble.page().respond())
}

/// JSON for a program.
fn json(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn set_cookie(response: &mut Response<Body>, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
