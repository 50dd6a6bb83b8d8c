//! What may be kept of an answer, and for how long: nothing, unless it is the answer to a query sent with GET by
//! somebody who is nobody in particular. That may be kept by anyone, and is asked for again each time: as long as
//! nothing has changed, `304 Not Modified` says so (RFC 9110, sections 8.8.3 and 13.1.2).

use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What an answer to the same address depends on beside it.
const VARY: HeaderValue = HeaderValue::from_static("Accept, Authorization, Cookie, Plenary-At-Least");

/// Kept by anyone, asked for again each time: nobody is ever left with what is no longer so.
const KEEP: HeaderValue = HeaderValue::from_static("public, no-cache");

/// A request whose answer may be kept, and which of them the client has.
#[derive(Clone, Debug)]
pub(super) struct Keeping {
    has: Vec<String>,
}

impl Keeping {
    /// Whether the answer to this request may be kept.
    pub(super) fn of(method: &Method, headers: &HeaderMap) -> Option<Self> {
        let somebody = [header::COOKIE, header::AUTHORIZATION].iter().any(|name| headers.contains_key(name));
        if method != Method::GET || somebody {
            return None;
        }
        Some(Self::of_everyone(headers))
    }

    /// What the client has, of what is the same for everyone.
    pub(super) fn of_everyone(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        Self { has: lines.flat_map(|line| line.split(',')).map(|tag| opaque(tag).to_owned()).collect() }
    }

    /// Marks an answer that is the same for everyone; says whether the client has it already.
    pub(super) fn mark_public(&self, body: &[u8], headers: &mut HeaderMap) -> bool {
        let has = self.mark(body, headers);
        headers.remove(header::VARY);
        has
    }

    /// Marks the answer with this body; says whether the client has it already.
    pub(super) fn mark(&self, body: &[u8], headers: &mut HeaderMap) -> bool {
        // Weak: the same answer may be sent compressed or not.
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(body)[..18]));
        headers.insert(header::CACHE_CONTROL, KEEP);
        headers.insert(header::VARY, VARY);
        if let Ok(value) = HeaderValue::from_str(&format!("W/{tag}")) {
            headers.insert(header::ETAG, value);
        }
        self.has.iter().any(|has| *has == tag || has == "*")
    }
}

/// An entity tag without its mark of weakness, which does not count in `If-None-Match`.
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}
