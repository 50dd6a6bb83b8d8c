//! Messages between somebody with an account and a person on a program. Neither sees the other's address.
//!
//! A message and the order to mail it are stored in one transaction before anybody is told that it is on its way. Limits
//! hold over all instances: whoever counts holds a lock on what is counted.

mod answer;
mod check;
mod refuse;

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use entity::enums::MessageDirection;
use entity::message;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::desk::Desk;
use super::write::{Once, Write, WriteError};
use super::{Fault, FaultCode, account};
use crate::db::{Bears, Database};
use crate::program::Program;
use crate::program::row::Table;

pub use answer::{Opened, answer, open};
pub use check::{LONGEST_SUBJECT, LONGEST_TEXT};
pub use refuse::{Refusal, refuse};

/// Over which time a sender's messages are counted.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// Over which time a recipient's messages are counted.
const DAY: TimeDelta = TimeDelta::days(1);

/// A message to be sent, as its sender gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// To whom: a person on the program.
    pub person: Uuid,
    /// About which of the person's papers.
    pub paper: Option<Uuid>,
    /// A line.
    pub subject: Option<String>,
    /// What it says.
    pub text: String,
}

/// Takes in a message to a person on this program. It is stored when this returns, and mailed as soon as that can be.
///
/// # Errors
/// INVALID, NOT_FOUND, FORBIDDEN or RATE_LIMITED, with the place in the input `personId`, `paperId`, `subject`, `text`.
pub async fn send(
    desk: &Arc<Desk>,
    sender: Uuid,
    program: &Program,
    draft: Draft,
    once: Option<Once>,
) -> Result<message::Model, WriteError> {
    let Draft { person, paper, subject, text } = draft;
    if !desk.post.sends() {
        let message = "This server sends no mail, so nobody can be written to; its operators can change that.";
        return Err(Fault::new(FaultCode::Invalid, &[], message).into());
    }
    let to = addressee(program, person, paper);
    let (subject, text) = (check::subject(subject.as_deref()), check::text(&text));
    let (to, subject, text) = match (to, subject, text) {
        (Ok(to), Ok(subject), Ok(text)) => (to, subject, text),
        (to, subject, text) => {
            let faults = [to.err(), subject.err(), text.err()].into_iter().flatten().collect();
            return Err(WriteError::Refused(faults));
        }
    };
    let key = desk.post.key(&desk.database, &*desk.source).await?;
    let new = New {
        conference: program.id(),
        person,
        paper,
        user: sender,
        thread: None,
        direction: MessageDirection::ToAuthor,
        recipient_hash: key.hash(&to),
        subject,
        text,
    };
    let hash = new.recipient_hash.clone();
    let stored = store(desk, new, once).await;
    // Whoever has refused all may have been put on a program since: from now on it shows there too.
    if matches!(stored, Err(WriteError::Refused(_))) && desk.database.is_refused(&hash, Uuid::nil()).await? {
        refuse::everywhere(desk, &to).await?;
    }
    stored
}

/// The address of a person who takes messages.
fn addressee(program: &Program, person: Uuid, paper: Option<Uuid>) -> Result<String, Fault> {
    let found = program.resolve(Table::Person, person);
    let Some(ix) = found else { return Err(Fault::not_found("personId", "There is no such person on the program.")) };
    if let Some(paper) = paper {
        let papers = program.index.people[ix as usize].authorships.iter();
        let mut papers = papers.map(|ix| program.rows.authorships[*ix as usize].paper_id);
        if !papers.any(|own| own == paper) {
            return Err(Fault::not_found("paperId", "This person has no such paper on the program."));
        }
    }
    let person = program.person(ix);
    let address = person.email.as_deref().filter(|_| person.accepts_messages).and_then(account::address);
    address.ok_or_else(|| takes_none("personId"))
}

/// The same whether somebody refuses all, refuses this sender, or has no address.
fn takes_none(field: &str) -> Fault {
    Fault::new(FaultCode::Forbidden, &[field], "This person does not take messages from you by this server.")
}

/// A message that is about to be stored.
#[derive(Clone, Debug)]
struct New {
    conference: Uuid,
    person: Uuid,
    paper: Option<Uuid>,
    user: Uuid,
    /// The exchange that it goes on; `None`: it begins one.
    thread: Option<Uuid>,
    direction: MessageDirection,
    recipient_hash: String,
    subject: Option<String>,
    text: String,
}

/// Stores a message and the order to mail it.
async fn store(desk: &Arc<Desk>, new: New, once: Option<Once>) -> Result<message::Model, WriteError> {
    let stored = desk.write(new.user, move |desk| attempt(desk, new.clone(), once.clone())).await?;
    desk.post.wake();
    Ok(stored)
}

async fn attempt(desk: Arc<Desk>, new: New, once: Option<Once>) -> Result<message::Model, WriteError> {
    // The user's scope is locked, not changed: an account is not deleted while something is stored for it.
    let write = Write::begin(&desk.database, &*desk.source, &new.user.to_string(), &[new.user]).await?;
    match within(&desk, &write, new, once.as_ref()).await {
        Ok(Stored::Now(row)) => {
            write.commit().await?;
            Ok(row)
        }
        Ok(Stored::Before(row)) => {
            write.roll_back().await?;
            Ok(row)
        }
        Err(error) => {
            write.roll_back().await?;
            Err(error)
        }
    }
}

enum Stored {
    Now(message::Model),
    /// It is the same one once more.
    Before(message::Model),
}

async fn within(desk: &Desk, write: &Write, new: New, once: Option<&Once>) -> Result<Stored, WriteError> {
    if let Some(kept) = write.replay(once).await? {
        let row = message::Entity::find_by_id(kept.parse::<Uuid>().unwrap_or_default()).one(write.at()).await?;
        let gone = || Fault::not_found("clientMutationId", "The message that this sent is no longer there.");
        return Ok(Stored::Before(row.ok_or_else(gone)?));
    }
    let New { conference, person, paper, user, thread, direction, recipient_hash, subject, text } = new;
    let counted = match (direction, thread) {
        (MessageDirection::ToAuthor, _) => vec![format!("recipient {recipient_hash}"), format!("sender {user}")],
        (MessageDirection::ToSender, thread) => vec![format!("thread {}", thread.unwrap_or_default())],
    };
    for key in &counted {
        Database::lock_quota(write.at(), key, write.now()).await?;
    }
    if let Some(row) = same_before(write, thread, direction, &text).await? {
        return Ok(Stored::Before(row));
    }
    match direction {
        MessageDirection::ToAuthor => {
            if Database::refusal_in(write.at(), &recipient_hash, user).await?.is_some() {
                return Err(takes_none(if thread.is_none() { "personId" } else { "text" }).into());
            }
            if Database::address_of(write.at(), user).await?.is_none() {
                let message = "Your account has no verified e-mail address to which an answer could go; log in once with a \
                               provider that verifies yours.";
                return Err(Fault::new(FaultCode::Invalid, &[], message).into());
            }
            limit_sender(desk, write, user).await?;
            limit_recipient(desk, write, &recipient_hash).await?;
        }
        MessageDirection::ToSender => limit_thread(desk, write, thread.unwrap_or_default()).await?,
    }
    let id = desk.source.id();
    let row = message::Model {
        id,
        conference_id: conference,
        person_id: person,
        paper_id: paper,
        sender_id: Some(user),
        thread: thread.unwrap_or(id),
        direction,
        recipient_hash,
        subject,
        text,
        created_at: write.now(),
    };
    message::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.at()).await?;
    Database::order_mail(write.at(), [Bears::Message(id)], write.now()).await?;
    write.keep(once, id.to_string()).await?;
    Ok(Stored::Now(row))
}

/// The last answer in an exchange, if it says the same: a form that was sent twice is one answer.
async fn same_before(
    write: &Write,
    thread: Option<Uuid>,
    direction: MessageDirection,
    text: &str,
) -> Result<Option<message::Model>, WriteError> {
    let Some(thread) = thread else { return Ok(None) };
    let last = message::Entity::find()
        .filter(message::Column::Thread.eq(thread))
        .filter(message::Column::Direction.eq(direction))
        .filter(message::Column::CreatedAt.gt(write.now() - DAY))
        .order_by_desc(message::Column::Id)
        .one(write.at())
        .await?;
    Ok(last.filter(|row| row.text == text && row.id != thread))
}

async fn limit_sender(desk: &Desk, write: &Write, user: Uuid) -> Result<(), WriteError> {
    let most = desk.post.per_sender_hour;
    let theirs = Condition::all()
        .add(message::Column::SenderId.eq(user))
        .add(message::Column::Direction.eq(MessageDirection::ToAuthor));
    let full = Database::full_since(write.at(), theirs, write.now() - HOUR, most).await?;
    full.map_or(Ok(()), |first| {
        Err(limited(&[], &format!("You have sent {most} messages within an hour, the most that one may"), first + HOUR))
    })
}

async fn limit_recipient(desk: &Desk, write: &Write, recipient_hash: &str) -> Result<(), WriteError> {
    let most = desk.post.per_recipient_day;
    let theirs = Condition::all()
        .add(message::Column::RecipientHash.eq(recipient_hash))
        .add(message::Column::Direction.eq(MessageDirection::ToAuthor));
    let full = Database::full_since(write.at(), theirs, write.now() - DAY, most).await?;
    full.map_or(Ok(()), |first| {
        Err(limited(&["personId"], "This person has been sent as many messages as one gets in a day", first + DAY))
    })
}

async fn limit_thread(desk: &Desk, write: &Write, thread: Uuid) -> Result<(), WriteError> {
    let most = desk.post.per_recipient_day;
    let theirs = Condition::all()
        .add(message::Column::Thread.eq(thread))
        .add(message::Column::Direction.eq(MessageDirection::ToSender));
    let full = Database::full_since(write.at(), theirs, write.now() - DAY, most).await?;
    full.map_or(Ok(()), |first| Err(limited(&[], "You have answered as often as one may in a day", first + DAY)))
}

fn limited(field: &[&str], why: &str, until: DateTime<Utc>) -> WriteError {
    let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
    Fault::new(FaultCode::RateLimited, field, format!("{why}; try again after {until}.")).into()
}
