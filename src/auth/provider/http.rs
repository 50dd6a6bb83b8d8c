//! Asking a login provider's server: with time limits, answers of bounded size, and no redirects followed.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{Request, Response, StatusCode};
use openidconnect::AsyncHttpClient;
use reqwest::{Client, ClientBuilder, redirect};
use rustls::crypto::{CryptoProvider, ring};
use serde::de::DeserializeOwned;
use url::{Host, Url};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a whole answer may take.
const WHOLE: Duration = Duration::from_secs(10);
/// The most bytes of an answer.
const LARGEST: usize = 1 << 20;
/// How the server calls itself: GitHub refuses those that don't.
const NAME: &str = concat!("plenary/", env!("CARGO_PKG_VERSION"));

/// A client for one provider's server.
#[derive(Clone, Debug)]
pub(super) struct Http {
    /// Whether the provider is on this machine. No other one can make the server ask this machine.
    near: bool,
    clients: Arc<Clients>,
}

/// Why there is no answer. None says what was sent.
#[derive(Debug)]
pub(super) enum HttpFault {
    /// Neither https nor on this machine.
    Address,
    /// No connection, no answer in time, or one that broke off.
    Broken(String),
    /// More than [`LARGEST`].
    TooLarge,
}

impl fmt::Display for HttpFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("an address that is neither https nor, for a provider on this machine, http"),
            Self::Broken(why) => f.write_str(why),
            Self::TooLarge => write!(f, "an answer of more than {LARGEST} bytes"),
        }
    }
}

impl Error for HttpFault {}

/// Why an answer is of no use.
#[derive(Debug)]
pub(super) enum JsonFault {
    /// There is none.
    Http(HttpFault),
    /// Another status than 200.
    Status(StatusCode),
    /// Not what it should be, and where.
    Content(String),
}

/// Whether an address is one that may be asked: https, or plain http on the same machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether an address is on the same machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl Http {
    /// For the provider at this address.
    pub(super) fn for_provider(issuer: &Url, clients: &Arc<Clients>) -> Self {
        Self { near: is_loopback(issuer), clients: Arc::clone(clients) }
    }

    /// Whether it may be asked at this address.
    pub(super) fn may_ask(&self, url: &Url) -> bool {
        is_safe(url) && (self.near || !is_loopback(url))
    }

    /// Sends a request.
    pub(super) async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpFault> {
        let request = reqwest::Request::try_from(request).map_err(broken)?;
        if !self.may_ask(request.url()) {
            return Err(HttpFault::Address);
        }
        let mut answer = self.clients.to(is_loopback(request.url()))?.execute(request).await.map_err(broken)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(HttpFault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }

    /// The JSON at an address, for whoever has the access token if one is given.
    pub(super) async fn json<T: DeserializeOwned>(&self, url: &Url, token: Option<&str>) -> Result<T, JsonFault> {
        let mut request = Request::get(url.as_str()).header("accept", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let unsendable = |_| JsonFault::Http(HttpFault::Broken("a request that can't be written".into()));
        let request = request.body(Vec::new()).map_err(unsendable)?;
        let response = self.send(request).await.map_err(JsonFault::Http)?;
        if response.status() != StatusCode::OK {
            return Err(JsonFault::Status(response.status()));
        }
        // The error's own text may quote what was sent, so only the place is told.
        serde_json::from_slice(response.body())
            .map_err(|error| JsonFault::Content(format!("line {}, column {}", error.line(), error.column())))
    }
}

/// The library's seam: whatever sends requests for it.
impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpFault;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, HttpFault>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// What went wrong, down to its cause, without the address: that may bear secrets.
fn broken(error: reqwest::Error) -> HttpFault {
    let error = error.without_url();
    let mut why = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        why = format!("{why}: {deeper}");
        cause = deeper.source();
    }
    HttpFault::Broken(why)
}

/// The clients that keep connections open. Made when first needed: to read this system's certificates takes a moment.
#[derive(Debug, Default)]
pub(super) struct Clients {
    /// For this machine.
    near: OnceLock<Option<Client>>,
    /// For elsewhere, through the proxy that the environment may name.
    far: OnceLock<Option<Client>>,
}

impl Clients {
    fn to(&self, near: bool) -> Result<&Client, HttpFault> {
        let client = if near {
            self.near.get_or_init(|| build(|| basis().no_proxy().tls_certs_only([])))
        } else {
            self.far.get_or_init(|| build(basis))
        };
        client.as_ref().ok_or_else(|| HttpFault::Broken("no HTTP client can be made; the log says why".into()))
    }
}

fn basis() -> ClientBuilder {
    Client::builder().redirect(redirect::Policy::none()).connect_timeout(CONNECT).timeout(WHOLE).user_agent(NAME)
}

/// Without it no HTTP client can be made.
pub(crate) fn provide_cryptography() {
    if CryptoProvider::get_default().is_none() {
        // That another thread was faster is no fault.
        let _ = ring::default_provider().install_default();
    }
}

fn build(basis: fn() -> ClientBuilder) -> Option<Client> {
    provide_cryptography();
    basis()
        .build()
        .map_err(|error| {
            let why = broken(error).to_string();
            tracing::error!(%why, "no login provider can be asked: no HTTP client can be made");
        })
        .ok()
}
