//! One socket: what it has greeted with, what runs on it, and what is said on it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use axum::http::Method;
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep};

use super::crowd::Place;
use super::protocol::{Close, Id, Out, Said, pong};
use crate::apart::Apart;
use crate::auth::accounts::Credential;
use crate::auth::token::Token;
use crate::error::{AppError, ErrorCode};
use crate::http::graphql::{Outcome, operation, read_members};
use crate::http::{Asking, Door, Step, Steps};

/// How many messages a client may send at once; beyond them it is read more slowly.
const BURST: f64 = 500.0;

/// How many it may send in a second.
const PER_SECOND: f64 = 100.0;

/// What an operation sends.
enum Outs {
    Begins(Pin<Box<dyn Future<Output = Outcome> + Send>>),
    /// Its one answer.
    Answered(Bytes),
    Refused(Bytes),
    Steps(Steps),
    Over,
}

impl Outs {
    /// The next; [`Out::Complete`] when there is no more.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Out> {
        loop {
            match self {
                Self::Steps(steps) => {
                    return steps.as_mut().poll_next(context).map(|step| match step {
                        Some(Step::Next { payload, .. }) => Out::Next(payload),
                        Some(Step::Error(errors)) => Out::Error(errors),
                        None => Out::Complete,
                    });
                }
                Self::Begins(begins) => match begins.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Outcome::Answered(payload)) => *self = Self::Answered(payload),
                    Poll::Ready(Outcome::Refused(errors)) => *self = Self::Refused(errors),
                    Poll::Ready(Outcome::Steps(steps)) => *self = Self::Steps(steps),
                },
                Self::Answered(_) | Self::Refused(_) | Self::Over => {
                    return Poll::Ready(match std::mem::replace(self, Self::Over) {
                        Self::Answered(payload) => Out::Next(payload),
                        Self::Refused(errors) => Out::Error(errors),
                        Self::Begins(_) | Self::Steps(_) | Self::Over => Out::Complete,
                    });
                }
            }
        }
    }
}

/// A socket.
pub(super) struct Connection<'a> {
    door: &'a Arc<Door>,
    asking: Asking,
    place: Option<Place>,
    running: Running,
    /// Whether the client has been heard since the last time that was asked.
    heard: bool,
    /// How many messages it may send now, as of when.
    allowance: (f64, Instant),
}

/// What runs: the operations take turns.
#[derive(Default)]
struct Running {
    operations: Vec<Operation>,
    turn: usize,
}

struct Operation {
    id: Id,
    outs: Outs,
}

impl Running {
    /// The next message that any of them sends; waits for ever if there is none.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Utf8Bytes> {
        let count = self.operations.len();
        for step in 0..count {
            let at = (self.turn + step) % count;
            let Some(operation) = self.operations.get_mut(at) else { continue };
            let Poll::Ready(out) = operation.outs.poll(context) else { continue };
            let message = out.message(&operation.id);
            self.turn = at + 1;
            if out.is_last() {
                drop(self.operations.remove(at));
                self.turn = at;
            }
            return Poll::Ready(message);
        }
        Poll::Pending
    }

    fn has(&self, id: &str) -> bool {
        self.operations.iter().any(|own| own.id.is(id))
    }

    fn end(&mut self, id: &str) {
        self.operations.retain(|own| !own.id.is(id));
    }
}

/// What happens to a socket.
enum Event {
    Heard(Option<Result<Message, axum::Error>>),
    Out(Utf8Bytes),
    Rare(Rare),
}

/// What rarely happens to a socket.
enum Rare {
    Ended,
    Draining,
    Time,
    Tick,
}

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What rarely happens, waited for.
struct Rares {
    /// The login ends.
    ended: Option<Waiting>,
    /// The server is about to stop; `None`: that is known.
    draining: Option<Waiting>,
    /// It is too late, for what must have happened until then.
    deadline: Option<Pin<Box<Sleep>>>,
    tick: Interval,
}

impl Rares {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Rare> {
        let ready = |waiting: &mut Option<Waiting>, context: &mut Context<'_>| {
            let over = waiting.as_mut().is_some_and(|waiting| waiting.as_mut().poll(context).is_ready());
            if over {
                *waiting = None;
            }
            over
        };
        // What ends a login comes before anything that it would still be sent.
        if ready(&mut self.ended, context) {
            return Poll::Ready(Rare::Ended);
        }
        if ready(&mut self.draining, context) {
            return Poll::Ready(Rare::Draining);
        }
        if self.deadline.as_mut().is_some_and(|deadline| deadline.as_mut().poll(context).is_ready()) {
            self.deadline = None;
            return Poll::Ready(Rare::Time);
        }
        self.tick.poll_tick(context).map(|_| Rare::Tick)
    }
}

impl<'a> Connection<'a> {
    pub(super) fn new(door: &'a Arc<Door>, asking: Asking) -> Self {
        let allowance = (BURST, Instant::now());
        Self { door, asking, place: None, running: Running::default(), heard: true, allowance }
    }

    /// Until it is closed: with this, or by the other side.
    pub(super) async fn run(mut self, socket: &mut WebSocket) -> Option<Close> {
        let limits = &self.door.limits;
        let mut greeted = false;
        let mut closing = false;
        let mut tick = tokio::time::interval(Duration::from_millis(limits.ping_ms));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tick.reset();
        let mut rares = Apart::new(Box::new(Rares {
            ended: None,
            draining: Some(Box::pin(told(self.door.draining.clone()))),
            deadline: Some(Box::pin(tokio::time::sleep(Duration::from_millis(limits.init_ms)))),
            tick,
        }));
        loop {
            let mut pause = self.paused().map(|until| Box::pin(tokio::time::sleep_until(until)));
            let running = &mut self.running;
            let event = std::future::poll_fn(|context| {
                if let Poll::Ready(rare) = rares.poll(context, |rares, context| rares.poll(context)) {
                    return Poll::Ready(Event::Rare(rare));
                }
                if pause.as_mut().is_some_and(|pause| pause.as_mut().poll(context).is_ready()) {
                    pause = None;
                }
                // Before what is sent: a busy operation must not keep its own end from being heard. It can't keep
                // anything from being sent, since it is heard only so often.
                if pause.is_none()
                    && let Poll::Ready(heard) = socket.poll_next_unpin(context)
                {
                    return Poll::Ready(Event::Heard(heard));
                }
                running.poll(context).map(Event::Out)
            })
            .await;
            match event {
                Event::Rare(Rare::Ended) => return Some(Close::FORBIDDEN),
                Event::Rare(Rare::Draining) => {
                    closing = true;
                    let spread = Duration::from_millis(limits.drain_ms).mul_f64((self.door.chance)());
                    rares.get_mut().deadline = Some(Box::pin(tokio::time::sleep(spread)));
                }
                Event::Rare(Rare::Time) if closing => return Some(Close::RESTART),
                Event::Rare(Rare::Time) => return Some(Close::INIT_TIMEOUT),
                Event::Rare(Rare::Tick) => {
                    if !std::mem::take(&mut self.heard) {
                        // Not even a pong since the last time: nobody is there.
                        return None;
                    }
                    send(self.door, socket, Message::Ping(Bytes::new())).await?;
                }
                Event::Out(message) => send(self.door, socket, Message::Text(message)).await?,
                Event::Heard(None) => return None,
                Event::Heard(Some(Err(error))) => return too_large(&error).then_some(Close::TOO_LARGE),
                Event::Heard(Some(Ok(message))) => {
                    self.heard = true;
                    let text = match message {
                        Message::Text(text) => text,
                        Message::Ping(_) | Message::Pong(_) => continue,
                        Message::Binary(_) => return Some(Close::malformed("it is not text")),
                        Message::Close(_) => return None,
                    };
                    self.allowance.0 -= 1.0;
                    let said = match Said::read(&text, limits.nesting) {
                        Ok(said) => said,
                        Err(close) => return Some(close),
                    };
                    match said {
                        Said::Init(_) if greeted => return Some(Close::INIT_TWICE),
                        Said::Init(payload) => {
                            greeted = true;
                            match Box::pin(self.greet(&payload)).await {
                                Ok(()) => {
                                    let ack = Utf8Bytes::from_static(r#"{"type":"connection_ack"}"#);
                                    send(self.door, socket, Message::Text(ack)).await?;
                                    let rares = rares.get_mut();
                                    rares.ended = Some(self.door.schema.ended(&self.asking));
                                    if !closing {
                                        rares.deadline = None;
                                    }
                                }
                                Err(close) => return Some(close),
                            }
                        }
                        Said::Ping(payload) => send(self.door, socket, Message::Text(pong(payload.as_deref()))).await?,
                        Said::Pong => {}
                        Said::Subscribe { .. } if !greeted => return Some(Close::UNAUTHORIZED),
                        Said::Subscribe { id, .. } if self.running.has(&id) => return Some(Close::taken(&id)),
                        Said::Subscribe { id, request } => self.begin(id, request),
                        Said::Complete { id } => self.running.end(&id),
                    }
                }
            }
        }
    }

    /// Until when no more is read; `None`: it may be read now.
    fn paused(&mut self) -> Option<Instant> {
        let (left, then) = self.allowance;
        let now = Instant::now();
        let left = (left + now.duration_since(then).as_secs_f64() * PER_SECOND).min(BURST);
        self.allowance = (left, now);
        (left < 1.0).then(|| now + Duration::from_secs_f64((1.0 - left) / PER_SECOND))
    }

    /// Lets somebody in.
    async fn greet(&mut self, payload: &Map<String, Value>) -> Result<(), Close> {
        if let Some(token) = token(payload)? {
            self.asking.credential = Some(Credential::Access(token));
        }
        self.door.sockets.wait().await.ok_or(Close::OVERLOAD)?;
        let user = self.door.schema.enter(&self.asking).await.map_err(|error| match error.code() {
            ErrorCode::Unauthenticated | ErrorCode::Forbidden => Close::FORBIDDEN,
            // Whatever else it is, it passes: clients come back after this.
            _ => Close::OVERLOAD,
        })?;
        self.place = Some(self.door.sockets.enter(user, self.asking.client).ok_or(Close::OVERLOAD)?);
        Ok(())
    }

    /// Begins an operation.
    fn begin(&mut self, id: String, request: Map<String, Value>) {
        let most = self.door.limits.operations_per_socket;
        let outs = if self.running.operations.len() >= most {
            let count = self.running.operations.len() as u64 + 1;
            let error =
                AppError::too_expensive("operations_per_socket", "operations on one socket", count, most as u64);
            Outs::Refused(serde_json::to_vec(&[error.into_server_error()]).unwrap_or_default().into())
        } else {
            let (door, asking) = (Arc::clone(self.door), self.asking.clone());
            Outs::Begins(Box::pin(async move {
                match read_members(request, &asking.request_id) {
                    Ok(asked) => operation(&door, asked, asking, Method::POST).await,
                    Err(refused) => refused,
                }
            }))
        };
        self.running.operations.push(Operation { id: Id::new(id), outs });
    }
}

/// Sends, in time. `None`: the other side does not read, or is gone.
async fn send(door: &Door, socket: &mut WebSocket, message: Message) -> Option<()> {
    let mut sending = std::pin::pin!(socket.send(message));
    // Nearly always it is done at once, and no timer is made.
    match std::future::poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await {
        Poll::Ready(sent) => sent.ok(),
        Poll::Pending => {
            let patience = Duration::from_millis(door.limits.write_ms);
            Box::pin(tokio::time::timeout(patience, sending)).await.ok()?.ok()
        }
    }
}

/// Ends when the server is about to stop.
async fn told(mut draining: watch::Receiver<bool>) {
    // An error is the application's end.
    let _ = draining.wait_for(|draining| *draining).await;
}

fn too_large(error: &axum::Error) -> bool {
    error.to_string().contains("too long") || error.to_string().contains("too large")
}

/// The access token with which a client greets: `authorization`, as HTTP's header, or `token` alone.
fn token(payload: &Map<String, Value>) -> Result<Option<Token>, Close> {
    let named = |name: &str| payload.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let text = match (named("authorization"), named("token")) {
        (Some(Value::String(text)), _) => {
            let bearer = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            bearer.map(|(_, token)| token).ok_or(Close::FORBIDDEN)?
        }
        (None | Some(Value::Null), Some(Value::String(text))) => text,
        (None | Some(Value::Null), None | Some(Value::Null)) => return Ok(None),
        _ => return Err(Close::FORBIDDEN),
    };
    Token::read_access(text.trim()).map(Some).ok_or(Close::FORBIDDEN)
}
