//! Who sends a login: by which header, and for a cookie, which browsers send by themselves, from which page.
//!
//! A cookie counts only where the browser says that the page is ours, or one that the settings name: by `Origin`, or of a
//! GET, which changes nothing, by `Sec-Fetch-Site` (Fetch metadata).

use axum::http::{HeaderMap, Method, header};
use url::{Host, Url};

use crate::auth::accounts::Credential;
use crate::auth::cookie::SESSION;
use crate::auth::token::Token;
use crate::error::{AppError, ErrorCode};

/// The origins whose pages may send a login's cookie.
#[derive(Clone, Debug)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Our own, and those that are named. `*` names none: whoever may read what is public may not act for a user.
    #[must_use]
    pub fn new(public: &str, named: &[String]) -> Self {
        let mut origins: Vec<String> = named.iter().filter(|origin| *origin != "*").cloned().collect();
        if let Ok(mut own) = Url::parse(public) {
            origins.push(own.origin().ascii_serialization());
            let loopback = match own.host() {
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                Some(Host::Domain(name)) => name == "localhost",
                None => false,
            };
            if loopback && own.scheme() == "http" {
                // One machine by its several names.
                for name in ["localhost", "127.0.0.1", "[::1]"] {
                    if own.set_host(Some(name)).is_ok() {
                        origins.push(own.origin().ascii_serialization());
                    }
                }
            }
        }
        Self(origins)
    }

    /// Whether a page of this origin may.
    #[must_use]
    pub fn allow(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }

    /// The login that a request brings, if it brings one that counts.
    ///
    /// # Errors
    /// UNAUTHENTICATED if `Authorization` holds no access token; FORBIDDEN if a cookie comes from a page that may not
    /// send it.
    pub fn credential(
        &self,
        method: &Method,
        headers: &HeaderMap,
        secure: bool,
    ) -> Result<Option<Credential>, AppError> {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        if let Some(value) = given.next() {
            let bearer = value.to_str().ok().and_then(|text| text.split_once(' '));
            let token = bearer
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer") && given.next().is_none())
                .and_then(|(_, token)| Token::read_access(token.trim()));
            let wrong = "The header Authorization must be `Bearer` and one access token, which begins with plenary_.";
            return match token {
                Some(token) => Ok(Some(Credential::Access(token))),
                None => Err(AppError::new(ErrorCode::Unauthenticated, wrong)),
            };
        }
        let Some(token) = SESSION.read(headers, secure) else { return Ok(None) };
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let counts = match (origins.next().map(|origin| origin.to_str().unwrap_or_default()), origins.next()) {
            (Some(origin), None) if self.allow(origin) => true,
            (Some(_), _) => {
                return Err(AppError::new(
                    ErrorCode::Forbidden,
                    "Pages of this origin may not act for a user who is logged in here; its operators can allow it with \
                     cors_origins.",
                ));
            }
            (None, _) => {
                let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
                method == Method::GET && matches!(site, Some("same-origin" | "none"))
            }
        };
        Ok(counts.then_some(Credential::Session(token)))
    }
}
