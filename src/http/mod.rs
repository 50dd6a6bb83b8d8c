//! HTTP: the router on one screen, and the seam to the schema.
//!
//! Nothing here knows the program. What answers documents is an [`Execute`]; what it is told about a request beside
//! the document is one [`Asking`] in the request's data.

mod access;
mod cache;
mod client;
mod console;
pub mod exports;
pub(crate) mod feed;
mod graphiql;
mod graphql;
pub mod guard;
mod headers;
mod health;
pub mod login;
pub mod messages;
pub mod notices;
mod origin;
pub(crate) mod page;
pub(crate) mod params;
mod rate;
mod server;
mod socket;
mod sse;
pub mod upload;

use std::{future::Future, net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{StatusCode, header},
    middleware,
    routing::{any, get},
};
use bytes::Bytes;
use futures_util::Stream;
use ipnet::IpNet;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{auth::accounts::Credential, config::Limits, error::AppError, metrics::Metrics};

pub use access::Peer;
pub use origin::Origins;
pub use rate::Rates;
pub use server::serve;
pub use socket::Sockets;

/// What answers documents: the schema, as far as HTTP knows it.
pub trait Execute: Send + Sync + 'static {
    /// Answers one document. It is within the limits and parsed; [`Asking`] is in its data.
    fn execute(
        &self,
        request: async_graphql::Request,
    ) -> Pin<Box<dyn Future<Output = async_graphql::Response> + Send + '_>>;

    /// Begins a subscription. It is within the limits and parsed; [`Asking`] is in its data.
    ///
    /// What fails before anything is sent comes as the first step.
    fn subscribe(&self, request: async_graphql::Request) -> Steps;

    /// Who comes in with this credential: the user, for the limits; `None` for nobody.
    ///
    /// # Errors
    /// UNAUTHENTICATED for a token that is none, UNAVAILABLE if that can't be known now.
    fn enter<'a>(
        &'a self,
        asking: &'a Asking,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Uuid>, AppError>> + Send + 'a>>;

    /// Ends when the login that this brings has ended.
    fn ended(&self, asking: &Asking) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Whether requests should be sent here.
    ///
    /// # Errors
    /// Why not.
    fn ready(&self) -> Result<(), NotReady>;
}

/// What a subscription sends: to be asked for the next only when the last is on its way, so that a slow reader gets the
/// newest. It never ends by itself but after an error.
pub type Steps = Pin<Box<dyn Stream<Item = Step> + Send>>;

/// One thing that a subscription sends.
#[derive(Clone, Debug)]
pub enum Step {
    /// A response.
    Next {
        /// The JSON object with `data`.
        payload: Bytes,
        /// Where whoever has it stands.
        cursor: Arc<str>,
    },
    /// It has failed and is over: the list of errors, in JSON.
    Error(Bytes),
}

/// Why no requests should be sent here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReady {
    /// It has just been started.
    Starting,
    /// The database has not answered lately.
    Database,
    /// It is about to stop.
    Draining,
}

/// Who asks, and how: in the data of each request, for resolvers and logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The request's id: the client's own (`X-Request-Id`) or one made for it. In logs and in INTERNAL errors.
    pub request_id: Arc<str>,
    /// The header `Plenary-At-Least`, unread: a cursor; nothing older than it may be answered.
    pub at_least: Option<String>,
    /// The client's address, as far as trusted proxies tell it; `None` only where there is no connection.
    pub client: Option<IpAddr>,
    /// The login that it brings, not looked up yet.
    pub credential: Option<Credential>,
    /// Whether the document is a mutation.
    pub mutates: bool,
    /// Where a subscription goes on that was cut: the last event that the client has.
    pub resume: Option<String>,
}

/// Makes ids for requests that bring none. Each is at most 64 letters, digits, `-` and `_`.
pub type RequestIds = Arc<dyn Fn() -> String + Send + Sync>;

/// What the routes need.
pub struct Door {
    /// What answers documents.
    pub schema: Arc<dyn Execute>,
    /// What one request may ask for.
    pub limits: Limits,
    /// Documents that were within them.
    pub documents: guard::Documents,
    /// Whether the schema may be asked for.
    pub introspection: bool,
    /// Whether browsers get a page to try queries on.
    pub console: bool,
    /// Whether there is GraphiQL too, from its CDN.
    pub graphiql: bool,
    /// From where a cookie may come.
    pub origins: Origins,
    /// From where browsers may read answers: origins, or `*`.
    pub cors_origins: Vec<String>,
    /// Whether answers are compressed for those who accept that.
    pub compression: bool,
    /// Whether people reach the server by https.
    pub secure: bool,
    /// A request that takes longer than this is logged with its document.
    pub slow: Duration,
    /// What is measured.
    pub metrics: Arc<Metrics>,
    /// Proxies that are believed about whom they ask for.
    pub trusted_proxies: Vec<IpNet>,
    /// How many requests an address may send, and a user.
    pub rates: Arc<Rates>,
    /// The sockets that are open, and their limits.
    pub sockets: Arc<Sockets>,
    /// Whether the server is about to stop.
    pub draining: watch::Receiver<bool>,
    /// Random numbers from 0 to 1, so that sockets do not close all at once.
    pub chance: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Makes ids for requests.
    pub request_ids: RequestIds,
    /// Routes beside the schema's, for people: what other origins may do there is their own affair.
    pub beside: Router,
}

/// All routes.
pub fn router(mut door: Door) -> Router {
    let beside = std::mem::take(&mut door.beside);
    let door = Arc::new(door);
    let mut pages = Router::new();
    if door.console {
        pages =
            pages.route("/console/style.css", get(console::style)).route("/console/script.js", get(console::script));
    }
    if door.graphiql {
        pages = pages
            .route("/graphiql", get(graphiql::page))
            .route("/graphiql/start.js", get(graphiql::script))
            .route("/graphiql/style.css", get(graphiql::style));
    }
    // Whoever opens the bare address, or has just logged in, is shown something.
    let home = if door.console { "/graphql" } else { "/auth/login" };
    pages
        .route("/", get(move || async move { page::see_other(home) }))
        .route("/graphql", any(graphql::handle))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(graphql::not_found)
        .method_not_allowed_fallback(graphql::wrong_method)
        // From the inside out: what is compressed is what is read elsewhere, and everything is observed.
        .layer(headers::compression(door.compression))
        .layer(headers::cors(&door.cors_origins))
        .with_state(Arc::clone(&door))
        .merge(beside)
        .layer(middleware::from_fn_with_state(door, access::observe))
}

/// The route for those who measure, on a listener of its own. `text` makes the page.
pub fn metrics_router(text: impl Fn() -> Result<String, std::fmt::Error> + Clone + Send + Sync + 'static) -> Router {
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let page = move || {
        let page = text();
        async move {
            match page {
                Ok(page) => (StatusCode::OK, [(header::CONTENT_TYPE, TEXT)], page),
                Err(error) => {
                    tracing::error!(%error, "the metrics can't be written");
                    (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, TEXT)], String::new())
                }
            }
        }
    };
    Router::new().route("/metrics", get(page))
}

#[cfg(test)]
mod tests;
