//! What may be kept of an answer, and for how long: nothing, unless it is the answer to a query sent with GET by
//! somebody who is nobody in particular. That may be kept by anyone, and is asked for again each time: as long as
//! nothing has changed, `304 Not Modified` says so (RFC 9110, sections 8.8.3 and 13.1.2).

use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// What an answer to the same address depends on beside it.
const VARY: HeaderValue = HeaderValue::from_static("Accept, Authorization, Cookie, Plenary-At-Least");

/// Kept by anyone, asked for again each time: nobody is ever left with what is no longer so.
const KEEP: HeaderValue = HeaderValue::from_static("public, no-cache");

/// After this long every change of a second is to be seen everywhere.
const SETTLED: TimeDelta = TimeDelta::minutes(1);

/// A request whose answer may be kept, and which of them the client has.
#[derive(Clone, Debug)]
pub(super) struct Keeping {
    has: Vec<String>,
    /// `If-Modified-Since`, which counts only where there is no `If-None-Match` (RFC 9110, section 13.1.3).
    since: Option<String>,
}

/// Which state of something an answer is of, known before the answer is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// Letters, digits and hyphens: another for another state.
    pub(super) tag: String,
    /// When it came to be; `None` if that is not known.
    pub(super) changed: Option<DateTime<Utc>>,
}

impl Version {
    /// A name for all of these.
    pub(super) fn of(parts: &[&str]) -> String {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        URL_SAFE_NO_PAD.encode(&hash.finalize()[..9])
    }
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
        let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
        let since = since.filter(|_| !headers.contains_key(header::IF_NONE_MATCH)).map(str::to_owned);
        Self { has: lines.flat_map(|line| line.split(',')).map(|tag| opaque(tag).to_owned()).collect(), since }
    }

    /// Marks an answer of this version that is the same for everyone; says whether the client has it already.
    pub(super) fn is_current(&self, version: &Version, now: DateTime<Utc>, headers: &mut HeaderMap) -> bool {
        let tag = format!("\"{}\"", version.tag);
        headers.insert(header::CACHE_CONTROL, KEEP);
        // Weak: the same answer may be sent compressed or not.
        if let Ok(value) = HeaderValue::from_str(&format!("W/{tag}")) {
            headers.insert(header::ETAG, value);
        }
        // Its unit is the second, and it is the one in which a change began to be made, not in which it was to be seen here:
        // for a while another state of the same second may follow.
        let changed = version
            .changed
            .filter(|at| now - *at >= SETTLED)
            .map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        if let Some(value) = changed.as_deref().and_then(|changed| HeaderValue::from_str(changed).ok()) {
            headers.insert(header::LAST_MODIFIED, value);
        }
        // The very time that we gave, not any later one: a program that was restored from a copy is older than it was.
        let unmodified = self.since.is_some() && self.since == changed;
        unmodified || self.has.iter().any(|has| *has == tag || has == "*")
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
