//! Telling: one task an instance writes down what is to be told and sends what is due, several at once. Any number of
//! instances may do so: each delivery is one's own until it is sent or some time has passed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use entity::{webhook, webhook_delivery as delivery};
use sea_orm::DbErr;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::client::{Outcome, Outgoing};
use super::schedule::{SILENT, retry_after, wait};
use super::sign::Signing;
use super::step::step;
use crate::command::desk::Desk;
use crate::db::Tried;

/// How many are sent at once. One webhook is sent one at a time, so that one which does not answer holds up no other.
const AT_ONCE: usize = 16;

/// How far a wait wanders, so that instances do not look in step.
const JITTER: f64 = 0.2;

/// How long to wait for more after a change: what is done in one go is one delivery.
const GATHER: Duration = Duration::from_millis(100);

/// How long what is being sent may go on when the server stops.
const GRACE: Duration = Duration::from_secs(3);

/// Beyond the receiver's time: for the database, and for clocks that differ.
const MARGIN: TimeDelta = TimeDelta::seconds(30);

/// How long to wait before trying once more to write what came of a try.
const MARKING: Duration = Duration::from_millis(250);

/// How often that is tried once more when the server stops: for some seconds.
const LAST_TRIES: u32 = 12;

/// What is said of a webhook that wants no more.
const GONE: &str = "The receiver answered 410 Gone: it wants to be told no more.";

/// What is said of a webhook that nothing reached.
const UNREACHED: &str = "The receiver took nothing for five days.";

/// Tells webhooks what there is to tell until `stop` changes or is dropped.
pub async fn work(desk: Arc<Desk>, mut stop: watch::Receiver<()>) {
    let webhooks = Arc::clone(&desk.webhooks);
    if !webhooks.enabled {
        return;
    }
    let mut sending = JoinSet::new();
    let (mut silent, mut stuck) = (false, BTreeSet::new());
    loop {
        match look(&desk, &mut sending, &mut stuck, &stop).await {
            Ok(()) => silent = false,
            Err(error) => {
                // Once when it begins: a database that is down must not fill the log.
                if !silent {
                    tracing::error!(%error, "what webhooks are to be told can't be read");
                }
                silent = true;
            }
        }
        let pause = webhooks.poll.mul_f64(1.0 + JITTER * (2.0 * desk.source.chance() - 1.0));
        tokio::select! {
            biased;
            _ = stop.changed() => break,
            // There is a place again, and the same webhook may be sent the next.
            Some(_) = sending.join_next(), if !sending.is_empty() && !silent => {}
            () = webhooks.changed.notified(), if !silent => {
                tokio::select! {
                    biased;
                    _ = stop.changed() => break,
                    () = tokio::time::sleep(GATHER) => {}
                }
            }
            () = tokio::time::sleep(pause) => {}
        }
    }
    // Each ends by itself: it hears that the server stops.
    while sending.join_next().await.is_some() {}
}

/// Writes down what is to be told, and begins to send what is due.
async fn look(
    desk: &Arc<Desk>,
    sending: &mut JoinSet<()>,
    stuck: &mut BTreeSet<Uuid>,
    stop: &watch::Receiver<()>,
) -> Result<(), DbErr> {
    let mut failed = BTreeSet::new();
    for own in desk.database.webhooks_behind().await? {
        let webhook = own.id;
        if let Err(error) = step(desk, own).await {
            failed.insert(webhook);
            if !stuck.contains(&webhook) {
                tracing::error!(%webhook, ?error, "what this webhook is to be told can't be written down yet");
            }
        }
    }
    *stuck = failed;
    let own = |time: Duration| TimeDelta::from_std(time).unwrap_or(MARGIN);
    while sending.len() < AT_ONCE {
        let now = desk.source.now();
        let until = now + own(desk.webhooks.timeout) + MARGIN;
        let Some((taken, to)) = desk.database.claim_delivery(now, until).await? else { break };
        sending.spawn(send(Arc::clone(desk), taken, to, stop.clone()));
    }
    Ok(())
}

/// Sends one, and writes what came of it.
async fn send(desk: Arc<Desk>, taken: delivery::Model, to: webhook::Model, mut stop: watch::Receiver<()>) {
    let stopping = stop.clone();
    let stopped = async {
        // Whoever stops drops the sender.
        let _ = stop.changed().await;
        tokio::time::sleep(GRACE).await;
    };
    let outcome = tokio::select! {
        biased;
        outcome = ask(&desk, &taken, &to) => outcome,
        () = stopped => {
            // Another instance sends it, perhaps a second time.
            note(&desk, &taken, Some(&stopping), || desk.database.put_delivery_back(&taken)).await;
            return;
        }
    };
    let (webhook, delivery, attempts) = (taken.webhook_id, taken.id, taken.attempts);
    if let Outcome::Answered { status: status @ 200..=299, .. } = outcome {
        let status = i32::from(status);
        // A server that stops waits for this too: it would be sent again.
        note(&desk, &taken, None, || desk.database.delivered(&taken, status, desk.source.now())).await;
        tracing::info!(%webhook, %delivery, attempts, status, "a webhook was told");
        return;
    }
    let now = desk.source.now();
    let (tried, asked) = match outcome {
        Outcome::Answered { status, retry_after: text } => {
            let patient = matches!(status, 429 | 503);
            let asked = text.filter(|_| patient).and_then(|text| retry_after(&text, now));
            (Tried { status: Some(status.into()), error: Some(format!("status {status}")) }, asked)
        }
        Outcome::Refused(refusal) => (Tried { status: None, error: Some(refusal.to_string()) }, None),
        Outcome::Failed(why) => (Tried { status: None, error: Some(why.to_owned()) }, None),
    };
    let gone = tried.status == Some(410);
    let failures = attempts.saturating_sub(taken.attempts_before);
    let next = if gone { None } else { wait(failures, asked, desk.source.chance()).map(|wait| now + wait) };
    let unreached = next.is_none() && to.failing_since.is_some_and(|since| since <= now - SILENT);
    let off = if gone { Some(GONE) } else { unreached.then_some(UNREACHED) };
    let (why, again) = (tried.error.as_deref().unwrap_or_default(), next.is_some());
    tracing::info!(%webhook, %delivery, attempts, why, again, off, "a webhook was not told");
    note(&desk, &taken, Some(&stopping), || desk.database.not_delivered(&taken, &tried, next, off, now)).await;
}

async fn ask(desk: &Desk, taken: &delivery::Model, to: &webhook::Model) -> Outcome {
    let (id, now) = (taken.id.to_string(), desk.source.now());
    let former = to.former_secret.as_deref().filter(|_| to.former_until.is_some_and(|until| now < until));
    let signing = Signing { id: &id, timestamp: now.timestamp(), body: &taken.payload };
    let Some(signature) = signing.by([to.secret.as_str()].into_iter().chain(former)) else {
        return Outcome::Failed("the secret is none");
    };
    let (timestamp, url, body) = (now.timestamp(), to.url.clone(), taken.payload.clone());
    desk.webhooks.client.send(Outgoing { url, id, timestamp, signature, body }).await
}

/// Writes what came of a try: tried until the delivery would be another's, since until then nobody else tells this webhook
/// anything. With `stop` only a few times more once the server stops.
async fn note<F: Future<Output = Result<(), DbErr>>>(
    desk: &Desk,
    taken: &delivery::Model,
    stop: Option<&watch::Receiver<()>>,
    write: impl Fn() -> F,
) {
    let (mut silent, mut last) = (false, 0);
    loop {
        let Err(error) = write().await else { return };
        if !silent {
            tracing::error!(delivery = %taken.id, %error, "it can't be written yet what came of telling a webhook");
        }
        silent = true;
        if taken.locked_until.is_none_or(|until| desk.source.now() >= until) {
            return;
        }
        if stop.is_some_and(|stop| stop.has_changed().unwrap_or(true)) {
            last += 1;
            if last > LAST_TRIES {
                return;
            }
        }
        tokio::time::sleep(MARKING).await;
    }
}
