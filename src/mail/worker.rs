//! Sending what is stored. Any number of workers, here and on other instances: each takes one mail at a time, which is
//! its own until it is sent or some minutes have passed.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::MessageDirection;
use entity::outbox;
use sea_orm::DbErr;
use tokio::sync::watch;
use uuid::Uuid;

use super::Mail;
use super::transport::Failure;
use crate::command::desk::Desk;
use crate::db::{Bears, Letter};

/// How long after the first failure a mail is tried again; each time twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(1);

/// The longest wait between two tries.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(6);

/// A mail that could not be sent in so long is given up.
const GIVEN_UP: TimeDelta = TimeDelta::days(3);

/// How far a wait wanders, so that mails which failed together are not tried together.
const JITTER: f64 = 0.2;

/// How many times as long as for another step the mail server may take a mail: who is slow and is not waited for sends a
/// second copy (RFC 5321, section 4.5.3.2.6, says ten minutes).
const PATIENCE: u32 = 10;

/// Beyond the two steps of sending, each of which has its own limit: for the database, and for clocks that differ.
const MARGIN: TimeDelta = TimeDelta::minutes(2);

/// How long to wait before trying once more to write what came of a mail.
const MARKING: Duration = Duration::from_millis(250);

/// How often that is tried once more when the server stops: for some seconds. Then the mail is another's when its time is
/// over.
const LAST_TRIES: u32 = 12;

/// Sends what is due until `stop` changes or is dropped. A mail that is being handed over then is finished.
pub async fn work(desk: Arc<Desk>, mut stop: watch::Receiver<()>) {
    let post = Arc::clone(&desk.post);
    if !post.sends() {
        return;
    }
    let mut silent = false;
    loop {
        let idle = match one(&desk, &mut stop).await {
            Ok(Done::Stopped) => return,
            Ok(Done::One) => false,
            Ok(Done::Nothing) => true,
            Err(error) => {
                // Once when it begins: a database that is down must not fill the log.
                if !silent {
                    tracing::error!(%error, "the mail to send can't be read");
                }
                silent = true;
                true
            }
        };
        if !idle {
            silent = false;
            if stop.has_changed().unwrap_or(true) {
                return;
            }
            continue;
        }
        let wait = post.poll.mul_f64(1.0 + JITTER * (2.0 * desk.source.chance() - 1.0));
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = post.stored.notified(), if !silent => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// What looking for a mail came to.
enum Done {
    /// There was one.
    One,
    /// There was none.
    Nothing,
    /// There is no time for it any more.
    Stopped,
}

async fn one(desk: &Desk, stop: &mut watch::Receiver<()>) -> Result<Done, DbErr> {
    let post = &desk.post;
    let now = desk.source.now();
    let span = |time: Duration| TimeDelta::from_std(time).unwrap_or(LONGEST_WAIT);
    let handing_over = post.timeout * PATIENCE;
    let until = now + span(post.timeout) + span(handing_over) + MARGIN;
    let Some(taken) = desk.database.claim_mail(now, until).await? else { return Ok(Done::Nothing) };
    let stopping = stop.clone();
    let back = || desk.database.put_mail_back(&taken);
    let (mail, written) = match made(desk, &taken).await {
        Ok(Ok(made)) => made,
        Ok(Err(class)) => {
            tracing::info!(mail = %taken.id, class, "a mail is not sent");
            note(desk, &taken, Some(&stopping), || desk.database.mail_failed(&taken, class, None)).await;
            return Ok(Done::One);
        }
        Err(error) => {
            // Nobody has begun to send it: it waits for a database that answers, not for its time to be over.
            note(desk, &taken, Some(&stopping), back).await;
            return Err(error);
        }
    };
    let opened = tokio::select! {
        biased;
        _ = stop.changed() => {
            note(desk, &taken, Some(&stopping), back).await;
            return Ok(Done::Stopped);
        }
        opened = post.transport.open(post.domain(), post.timeout) => opened,
    };
    // Whoever was held up for so long that another may have taken the mail leaves it to that one.
    let in_time = desk.source.now() + span(handing_over) < until;
    let outcome = match opened {
        Ok(open) if in_time => open.deliver(mail, handing_over).await,
        Ok(_) => Err(Failure::passing("timeout")),
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => {
            // Nothing is as bad as not saying so: it would be sent again. A server that stops waits for it too.
            note(desk, &taken, None, || desk.database.mail_sent(taken.id, desk.source.now())).await;
            tracing::info!(mail = %taken.id, attempts = taken.attempts, "a mail is sent");
        }
        Err(Failure { class, permanent }) => {
            let next = if permanent { None } else { next(desk, &taken, written) };
            let again = next.is_some();
            tracing::warn!(mail = %taken.id, attempts = taken.attempts, class, again, "a mail was not sent");
            note(desk, &taken, Some(&stopping), || desk.database.mail_failed(&taken, &class, next)).await;
        }
    }
    Ok(Done::One)
}

/// A mail, and when what it bears was written; or why there is none.
type Made = Result<(Mail, DateTime<Utc>), &'static str>;

/// Makes the mail, the same each time.
async fn made(desk: &Desk, taken: &outbox::Model) -> Result<Made, DbErr> {
    match Bears::of(taken) {
        Some(Bears::Message(id)) => message(desk, id).await,
        Some(Bears::Digest(id)) => digest(desk, id).await,
        None => Ok(Err("it bears nothing")),
    }
}

async fn message(desk: &Desk, id: Uuid) -> Result<Made, DbErr> {
    let Some(letter) = desk.database.letter(id).await? else { return Ok(Err("there is no such message")) };
    let made = address(desk, &letter)
        .await?
        .and_then(|(address, key)| desk.post.compose(&letter, &address, key).map_err(|_| "the address takes no mail"));
    Ok(made.map(|mail| (mail, letter.message.created_at)))
}

async fn digest(desk: &Desk, id: Uuid) -> Result<Made, DbErr> {
    let Some(digest) = desk.database.digest_mail(id).await? else { return Ok(Err("there is no such digest")) };
    if !digest.wanted {
        return Ok(Err("no longer wanted"));
    }
    if !digest.published {
        return Ok(Err("there is no such program"));
    }
    let Some(address) = &digest.address else { return Ok(Err("there is no address")) };
    let key = desk.post.key(&desk.database, &*desk.source).await?;
    let made = desk.post.compose_digest(&digest, address, key).map_err(|_| "the address takes no mail");
    Ok(made.map(|mail| (mail, digest.digest.created_at)))
}

/// Whom a message goes to now, or why to nobody.
async fn address<'a>(
    desk: &'a Desk,
    letter: &Letter,
) -> Result<Result<(String, &'a super::ReplyKey), &'static str>, DbErr> {
    let key = desk.post.key(&desk.database, &*desk.source).await?;
    let message = &letter.message;
    let Some(sender) = message.sender_id else { return Ok(Err("the account was deleted")) };
    match message.direction {
        MessageDirection::ToSender => {
            Ok(letter.user_address.clone().map(|address| (address, key)).ok_or("there is no address"))
        }
        MessageDirection::ToAuthor => {
            let Some(address) = letter.author_address() else { return Ok(Err("there is no address")) };
            let accepts = letter.person.as_ref().is_some_and(|person| person.accepts_messages);
            let refused = !accepts || desk.database.is_refused(&key.hash(&address), sender).await?;
            Ok(if refused { Err("refused by the recipient") } else { Ok((address, key)) })
        }
    }
}

/// Writes what came of a mail: tried until the mail would be another's, since until then nobody else sends it. With `stop`
/// only a few times more once the server stops.
async fn note<F: Future<Output = Result<(), DbErr>>>(
    desk: &Desk,
    taken: &outbox::Model,
    stop: Option<&watch::Receiver<()>>,
    write: impl Fn() -> F,
) {
    let (mut silent, mut last) = (false, 0);
    loop {
        let Err(error) = write().await else { return };
        if !silent {
            tracing::error!(mail = %taken.id, %error, "it can't be written yet what came of a mail");
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

/// When to try again; `None` if it has been tried for too long.
fn next(desk: &Desk, taken: &outbox::Model, written: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let now = desk.source.now();
    let at = now + wait(taken.attempts, desk.source.chance());
    (at < written + GIVEN_UP).then_some(at)
}

/// How long to wait after so many tries.
fn wait(attempts: i32, chance: f64) -> TimeDelta {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(20);
    let wait = FIRST_WAIT.checked_mul(1 << doublings).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    let jitter = 1.0 + JITTER * (2.0 * chance - 1.0);
    let seconds = wait.to_std().unwrap_or_default().mul_f64(jitter);
    TimeDelta::from_std(seconds).unwrap_or(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_six_hours() {
        let minutes = |attempts, chance| wait(attempts, chance).num_seconds() / 60;
        assert_eq!([1, 2, 3, 9, 10, 400].map(|attempts| minutes(attempts, 0.5)), [1, 2, 4, 256, 360, 360]);
        assert_eq!((wait(1, 0.0).num_seconds(), wait(1, 1.0).num_seconds()), (48, 72));
    }
}
