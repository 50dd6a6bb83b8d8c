//! GraphQL over Server-Sent Events, in the "distinct connections mode" of npm's graphql-sse: one operation, one answer
//! that goes on.
//!
//! For clients behind proxies that let no WebSocket through, and for a browser's own `EventSource`, which needs no
//! library: each event bears the cursor as its id, and what comes back with `Last-Event-ID` goes on from there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

use super::access::Caller;
use super::graphql::{Outcome, operation, read_request, refuse};
use super::socket::Place;
use super::{Asking, Door, Step};
use crate::error::AppError;

/// Clients come back after as long as this at least, in milliseconds, and after twice as long at most: not all at once.
const COME_BACK: f64 = 500.0;

/// Whether a request asks for events: it names them, and nothing else that GraphQL answers with.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let mut names = named
        .flat_map(|line| line.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let mut events = false;
    let other = names.any(|name| {
        events |= name == "text/event-stream";
        matches!(name.as_str(), "application/json" | "application/graphql-response+json")
    });
    events && !other
}

/// Answers with events.
pub(super) async fn open(door: Arc<Door>, request: Request, caller: Caller) -> Response {
    if *door.draining.borrow() {
        return refuse(AppError::unavailable(), &caller.request_id);
    }
    let credential = door.origins.credential(request.method(), request.headers(), door.secure);
    let counted = caller.client.filter(|_| !matches!(credential, Ok(Some(_))));
    if counted.is_some_and(|client| door.rates.take(client, Instant::now()).is_err()) {
        return refuse(AppError::rate_limited("This address"), &caller.request_id);
    }
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let (asked, mut asking, method) = match read_request(&door, request, &caller, credential).await {
        Ok(read) => read,
        Err(response) => return *response,
    };
    asking.resume = last.filter(|last| !last.is_empty());
    let place = match enter(&door, &asking).await {
        Ok(place) => place,
        Err(error) => return refuse(error, &caller.request_id),
    };
    let (send, receive) = mpsc::channel::<Result<Bytes, Cut>>(1);
    let sending = Sending { door: Arc::clone(&door), asking: asking.clone(), send, _place: place };
    tokio::spawn(async move {
        let outcome = operation(&sending.door, asked, asking, method).await;
        sending.run(outcome).await;
    });
    let body = stream::unfold(receive, |mut receive| async move { Some((receive.recv().await?, receive)) });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        // Proxies of nginx's kind would wait for more.
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (StatusCode::OK, headers, Body::from_stream(body)).into_response()
}

/// A place among the sockets: a client costs the same by whatever way it listens.
async fn enter(door: &Arc<Door>, asking: &Asking) -> Result<Place, AppError> {
    door.sockets.wait().await.ok_or_else(AppError::unavailable)?;
    let user = door.schema.enter(asking).await?;
    door.sockets.enter(user, asking.client).ok_or_else(AppError::unavailable)
}

/// An answer is cut: there is more to come, but not from here. Clients come back, as they would not after a good end.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is given up")
    }
}

impl std::error::Error for Cut {}

/// One answer.
struct Sending {
    door: Arc<Door>,
    asking: Asking,
    send: mpsc::Sender<Result<Bytes, Cut>>,
    _place: Place,
}

impl Sending {
    async fn run(self, outcome: Outcome) {
        if self.all(outcome).await.is_some() {
            return;
        }
        // Whoever does not read any more does not get this either.
        let _ = self.send.try_send(Err(Cut));
    }

    /// Until it is complete; `None`: it is cut.
    async fn all(&self, outcome: Outcome) -> Option<()> {
        let come_back = COME_BACK * (1.0 + (self.door.chance)());
        self.say(format!("retry: {come_back:.0}\n\n").into()).await?;
        let mut steps = match outcome {
            Outcome::Answered(payload) => {
                self.say(event(&payload, None)).await?;
                return self.say(complete()).await;
            }
            Outcome::Refused(errors) => return self.refused(&errors).await,
            Outcome::Steps(steps) => steps,
        };
        let limits = &self.door.limits;
        let mut draining = self.door.draining.clone();
        let mut ended = self.door.schema.ended(&self.asking);
        let mut tick = tokio::time::interval(Duration::from_millis(limits.ping_ms));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tick.reset();
        let mut close_at = None;
        loop {
            tokio::select! {
                // What ends a login comes before anything that it would still be sent.
                biased;
                () = &mut ended => return None,
                () = self.send.closed() => return None,
                () = told(&mut draining), if close_at.is_none() => {
                    let spread = Duration::from_millis(limits.drain_ms).mul_f64((self.door.chance)());
                    close_at = Some(tokio::time::Instant::now() + spread);
                }
                () = tokio::time::sleep_until(close_at.unwrap_or_else(tokio::time::Instant::now)), if close_at.is_some() => return None,
                _ = tick.tick() => self.say(Bytes::from_static(b":\n\n")).await?,
                step = steps.next() => match step {
                    Some(Step::Next { payload, cursor }) => self.say(event(&payload, Some(&cursor))).await?,
                    Some(Step::Error(errors)) => return self.refused(&errors).await,
                    None => return None,
                },
            }
        }
    }

    /// What was refused is told as a response: an `EventSource` shows its user nothing of any other.
    async fn refused(&self, errors: &[u8]) -> Option<()> {
        let payload = [b"{\"errors\":".as_slice(), errors, b"}"].concat();
        self.say(event(&payload, None)).await?;
        self.say(complete()).await
    }

    /// Says it, in time. `None`: the other side does not read, or is gone.
    async fn say(&self, bytes: Bytes) -> Option<()> {
        let patience = Duration::from_millis(self.door.limits.write_ms);
        tokio::time::timeout(patience, self.send.send(Ok(bytes))).await.ok()?.ok()
    }
}

async fn told(draining: &mut watch::Receiver<bool>) {
    // An error is the application's end.
    let _ = draining.wait_for(|draining| *draining).await;
}

/// A response as an event. JSON as it is written here has no line breaks, and cursors have none.
fn event(payload: &[u8], cursor: Option<&str>) -> Bytes {
    let id = cursor.map(|cursor| format!("id: {cursor}\n")).unwrap_or_default();
    [b"event: next\n", id.as_bytes(), b"data: ", payload, b"\n\n"].concat().into()
}

/// The end. Without a line of data a browser would not show it.
const fn complete() -> Bytes {
    Bytes::from_static(b"event: complete\ndata:\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        is_wanted(&headers)
    }

    #[test]
    fn who_wants_events() {
        for accept in [
            "text/event-stream",
            "Text/Event-Stream;q=0.9",
            "text/event-stream, multipart/mixed",
            "text/event-stream, */*",
        ] {
            assert!(wanted(accept), "{accept}");
        }
        for accept in ["*/*", "application/json", "application/json, text/event-stream", "text/html"] {
            assert!(!wanted(accept), "{accept}");
        }
        assert!(!is_wanted(&HeaderMap::new()));
    }
}
