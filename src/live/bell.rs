//! The bell: by which instances tell one another that something has changed, at once.
//!
//! In one process nothing needs to be told: whoever commits brings what is held up to date. With several, each commit is
//! rung through Redis: which scope, and which revision; nothing else. A ring only makes whoever hears it look into the
//! database, and is never believed. So a Redis that is away, hangs, loses what it is given or says what is not true
//! costs at most the half second until the sweep looks of itself. No write waits for it.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind, RedisError, Value};
use tokio::sync::{Notify, mpsc};
use tokio::time::{MissedTickBehavior, timeout};
use uuid::Uuid;

use super::Programs;

/// What channels are called: this and the scope.
const CHANNEL: &str = "plenary:";

/// The channel on which all users' own changes are rung, by whoever follows any.
const USERS: &str = "plenary:users";

/// How many rings may wait to be sent; beyond them they are dropped.
const WAITING: usize = 1_024;

/// How long one word with Redis may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long to wait between two tries to connect, at most.
const RETRY: Duration = Duration::from_millis(500);

/// How often the connection is asked whether it still stands.
const WATCH: Duration = Duration::from_secs(1);

/// How often it may fail to answer before it is given up for a new one.
const MISSED: u32 = 3;

/// The least time between two looks for rings' sake, whoever rings however often.
const BREATHE: Duration = Duration::from_millis(10);

/// That a scope has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ring {
    scope: Uuid,
    revision: i64,
    /// Whether it is a user's scope: these share a channel.
    user: bool,
}

impl Ring {
    fn channel(&self) -> String {
        if self.user { USERS.to_owned() } else { channel(self.scope) }
    }

    fn payload(&self) -> String {
        if self.user { format!("{} {}", self.scope.simple(), self.revision) } else { self.revision.to_string() }
    }
}

/// Where commits are rung. One per [`App`](crate::app::App).
#[derive(Debug, Default)]
pub struct Bell {
    out: Option<mpsc::Sender<Ring>>,
    waiting: Mutex<Option<mpsc::Receiver<Ring>>>,
    url: String,
}

/// What was heard and is to be looked at.
#[derive(Debug, Default)]
struct Heard {
    scopes: Mutex<HashSet<Uuid>>,
    some: Notify,
}

impl Bell {
    /// One that rings through this Redis; empty: one for one process, which rings nowhere.
    #[must_use]
    pub fn new(url: &str) -> Self {
        if url.is_empty() {
            return Self::default();
        }
        let (out, waiting) = mpsc::channel(WAITING);
        Self { out: Some(out), waiting: Mutex::new(Some(waiting)), url: url.to_owned() }
    }

    /// Tells the other instances. Waits for nothing: a ring that can't be sent is dropped.
    pub fn ring(&self, scope: Uuid, revision: i64) {
        self.send(Ring { scope, revision, user: false });
    }

    /// The same of a user's own scope.
    pub fn ring_user(&self, user: Uuid, revision: i64) {
        self.send(Ring { scope: user, revision, user: true });
    }

    fn send(&self, ring: Ring) {
        if let Some(out) = &self.out {
            // Full: Redis is away, and whoever hears nothing looks of itself.
            let _ = out.try_send(ring);
        }
    }

    /// Sends what is rung here and hears what is rung elsewhere, until `stop`.
    pub async fn attend(&self, programs: Arc<Programs>, stop: impl Future<Output = ()> + Send) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut waiting) = waiting else { return };
        let heard = Arc::new(Heard::default());
        tokio::select! {
            () = stop => {}
            () = look(&programs, &heard) => {}
            () = talk(&self.url, &programs, &heard, &mut waiting) => {}
        }
    }
}

impl Heard {
    /// A message of a channel: looked at if it may say something new.
    fn take(&self, programs: &Programs, push: &PushInfo) {
        if push.kind != PushKind::Message {
            return;
        }
        let [channel, payload] = push.data.as_slice() else { return };
        let Some(ring) = read(channel, payload) else { return };
        if programs.is_behind(ring.scope, ring.revision) {
            self.scopes.lock().unwrap_or_else(PoisonError::into_inner).insert(ring.scope);
            self.some.notify_one();
        }
    }
}

/// What was rung; `None`: garbage.
fn read(channel: &Value, payload: &Value) -> Option<Ring> {
    let text = |value: &Value| match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    };
    let (channel, payload) = (text(channel)?, text(payload)?);
    if channel == USERS {
        let (user, revision) = payload.split_once(' ')?;
        return Some(Ring { scope: Uuid::try_parse(user).ok()?, revision: revision.parse().ok()?, user: true });
    }
    let scope = Uuid::try_parse(channel.strip_prefix(CHANNEL)?).ok()?;
    Some(Ring { scope, revision: payload.parse().ok()?, user: false })
}

fn channel(scope: Uuid) -> String {
    format!("{CHANNEL}{}", scope.simple())
}

/// Looks into the database for what was rung.
async fn look(programs: &Programs, heard: &Heard) {
    loop {
        heard.some.notified().await;
        let scopes = std::mem::take(&mut *heard.scopes.lock().unwrap_or_else(PoisonError::into_inner));
        let scopes: Vec<Uuid> = scopes.into_iter().collect();
        if let Err(error) = programs.look_at(&scopes).await {
            tracing::debug!(?error, "what was rung can't be looked at; the sweep will");
        }
        tokio::time::sleep(BREATHE).await;
    }
}

/// Talks with Redis for ever.
async fn talk(url: &str, programs: &Arc<Programs>, heard: &Arc<Heard>, waiting: &mut mpsc::Receiver<Ring>) {
    let mut silent = false;
    loop {
        let manager = match manager(url, programs, heard) {
            Ok(manager) => manager,
            Err(error) => {
                // What it says may hold the address, and that the password.
                tracing::error!(kind = ?error.kind(), "redis_url can't be used: changes are seen by the sweep alone");
                return std::future::pending().await;
            }
        };
        stay(manager, programs, waiting, &mut silent).await;
    }
}

fn manager(url: &str, programs: &Arc<Programs>, heard: &Arc<Heard>) -> Result<ConnectionManager, RedisError> {
    let info = url.into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let client = Client::open(info.set_redis_settings(settings))?;
    let (programs, heard) = (Arc::clone(programs), Arc::clone(heard));
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(usize::MAX)
        .set_min_delay(Duration::from_millis(20))
        .set_max_delay(RETRY)
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE))
        .set_push_sender(move |push: PushInfo| {
            heard.take(&programs, &push);
            Ok::<(), ()>(())
        })
        .set_automatic_resubscription();
    ConnectionManager::new_lazy_with_config(client, config)
}

/// Keeps to one connection, made anew by itself when it breaks, until it does not answer any more.
async fn stay(
    mut manager: ConnectionManager,
    programs: &Programs,
    waiting: &mut mpsc::Receiver<Ring>,
    silent: &mut bool,
) {
    let mut used = programs.used();
    let mut subscribed: HashSet<String> = HashSet::new();
    let mut watch = tokio::time::interval(WATCH);
    watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut missed = 0;
    while missed < MISSED {
        used.borrow_and_update();
        let answered = tokio::select! {
            // What is rung here comes first: others wait for it.
            biased;
            Some(ring) = waiting.recv() => {
                let mut publish = redis::cmd("PUBLISH");
                publish.arg(ring.channel()).arg(ring.payload());
                asked(manager.send_packed_command(&publish)).await.map(|_| ())
            }
            subscribed = subscribe(&mut manager, programs, &mut subscribed) => subscribed,
            _ = used.changed() => continue,
            _ = watch.tick() => {
                let ping = redis::cmd("PING");
                asked(manager.send_packed_command(&ping)).await.map(|_| ())
            }
        };
        missed = if answered.is_ok() { 0 } else { missed + 1 };
        // Once when it begins and once when it ends.
        match (&answered, *silent) {
            (Err(why), false) => tracing::warn!(why, "Redis does not answer: changes are seen by the sweep meanwhile"),
            (Ok(()), true) => tracing::info!("Redis answers again"),
            (Err(_), true) | (Ok(()), false) => {}
        }
        *silent = answered.is_err();
    }
}

/// Hears of the scopes in use, and of no others. Waits for ever if that is so.
async fn subscribe(
    manager: &mut ConnectionManager,
    programs: &Programs,
    subscribed: &mut HashSet<String>,
) -> Result<(), &'static str> {
    let mut wanted: HashSet<String> = programs.in_memory().into_iter().map(channel).collect();
    wanted.insert(USERS.to_owned());
    if let Some(channel) = wanted.difference(subscribed).next().cloned() {
        asked(manager.subscribe(&channel)).await?;
        subscribed.insert(channel);
        return Ok(());
    }
    if let Some(channel) = subscribed.difference(&wanted).next().cloned() {
        asked(manager.unsubscribe(&channel)).await?;
        subscribed.remove(&channel);
        return Ok(());
    }
    std::future::pending().await
}

/// What Redis answers, in time.
async fn asked<T>(answer: impl Future<Output = Result<T, RedisError>>) -> Result<T, &'static str> {
    match timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        // Its own words may hold the address.
        Ok(Err(error)) if error.is_timeout() => Err("it takes too long"),
        Ok(Err(error)) if error.is_io_error() => Err("it can't be reached"),
        Ok(Err(_)) => Err("it refuses"),
        Err(_) => Err("it takes too long"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn what_is_rung_is_read() {
        let scope = Uuid::from_u128(7);
        for user in [false, true] {
            let ring = Ring { scope, revision: 3, user };
            assert_eq!(read(&text(&ring.channel()), &text(&ring.payload())), Some(ring));
        }
        for (name, payload) in [
            ("plenary:", "3"),
            (USERS, "3"),
            (USERS, "00000000000000000000000000000007 three"),
            ("other:00000000000000000000000000000007", "3"),
            ("plenary:00000000000000000000000000000007", "three"),
            ("plenary:00000000000000000000000000000007", "99999999999999999999"),
        ] {
            assert_eq!(read(&text(name), &text(payload)), None, "{name} {payload}");
        }
        assert_eq!(read(&Value::Nil, &Value::Int(3)), None);
    }
}
