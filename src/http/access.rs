//! Who asks, under which id, and one line of log for each request.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};

use super::{Door, client, headers::secure};
use crate::metrics::Metrics;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// No part of a path of ours is longer than this, but for tokens.
const LONGEST_NAME: usize = 40;

/// The other end of the connection, in the extensions of each request that came over one.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// In the extensions of each request that a handler sees.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) request_id: Arc<str>,
    pub(super) client: Option<IpAddr>,
}

/// In the extensions of an answer: what the log says of it.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) operation: Option<String>,
    pub(super) outcome: &'static str,
}

/// Names the request, logs and counts how it ended, and adds the headers that every answer has.
pub(super) async fn observe(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let request_id: Arc<str> = given_id(headers).map_or_else(|| (door.request_ids)().into(), Into::into);
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let client = client::address(peer, headers, &door.trusted_proxies);
    let path = logged(request.uri().path());
    let mut line = Line {
        request_id: Arc::clone(&request_id),
        method: request.method().clone(),
        path,
        operation: None,
        outcome: "disconnected",
        status: 0,
        started: Instant::now(),
        metrics: None,
    };
    let header = HeaderValue::from_str(&request_id);
    line.metrics = Some(Arc::clone(&door.metrics));
    request.extensions_mut().insert(Caller { request_id, client });
    let mut response = next.run(request).await;
    line.status = response.status().as_u16();
    line.outcome = if response.status().is_success() { "ok" } else { "refused" };
    if let Some(Outcome { operation, outcome }) = response.extensions_mut().remove() {
        line.operation = operation;
        line.outcome = outcome;
    }
    let headers = response.headers_mut();
    if let Ok(id) = header {
        headers.insert(REQUEST_ID, id);
    }
    secure(headers, door.secure);
    response
}

/// A path as the log has it: what could be a token is left out, also where it was pasted into a path that is none of ours.
fn logged(path: &str) -> String {
    let is_token = |part: &str| {
        part.len() > LONGEST_NAME && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_%=.".contains(&byte))
    };
    let parts: Vec<&str> = path.split('/').map(|part| if is_token(part) { "…" } else { part }).collect();
    let kept = parts.join("/");
    let hidden = [("/messages/", "/messages/…"), ("/notices/", "/notices/…"), ("/calendar/", "/calendar/…")];
    let hidden = hidden.into_iter().find(|(begins, _)| kept.starts_with(begins));
    hidden.map_or(kept.as_str(), |(_, whole)| whole).chars().take(200).collect()
}

fn given_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let letters = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (letters && (1..=64).contains(&id.len())).then_some(id)
}

/// One request in the log. Written when it is dropped, so that a client that goes away is logged too. Says nothing
/// of variables and query strings: they may hold personal data.
struct Line {
    request_id: Arc<str>,
    method: Method,
    path: String,
    operation: Option<String>,
    outcome: &'static str,
    status: u16,
    started: Instant,
    metrics: Option<Arc<Metrics>>,
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(metrics) = &self.metrics {
            metrics.request(self.operation.as_deref(), self.outcome, self.started.elapsed());
        }
        let duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            target: "plenary::access",
            request_id = %self.request_id,
            method = %self.method,
            path = self.path,
            operation = self.operation.as_deref().unwrap_or("-"),
            outcome = self.outcome,
            status = self.status,
            duration_ms,
            "request"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::logged;

    #[test]
    fn tokens_are_not_logged() {
        let token = "a-_9".repeat(16);
        for path in ["/messages/", "/notices/", "/Messages/", "//messages/", "/x/messages/", "/", "/messages/%20"] {
            assert!(!logged(&format!("{path}{token}")).contains("a-_9a-_9"), "{path}");
        }
        let calendar = "a-_9".repeat(21) + "Aw.ics";
        assert_eq!(logged(&format!("/calendar/{calendar}")), "/calendar/…");
        // As it is pasted from a sentence, where it still is somebody's.
        for after in [")", ",", ";", "%29", "/", "/x"] {
            assert_eq!(logged(&format!("/calendar/{calendar}{after}")), "/calendar/…");
        }
        assert_eq!(logged("/messages/x/y"), "/messages/…");
        assert_eq!(logged("/notices/x"), "/notices/…");
        assert_eq!(logged("/auth/callback/university"), "/auth/callback/university");
        assert_eq!(logged("/graphql"), "/graphql");
    }
}
