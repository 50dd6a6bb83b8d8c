//! What the link in a mail is for: to see the message and to answer it, without a login.

use std::sync::Arc;

use entity::enums::MessageDirection;
use entity::message;

use super::{New, check, store, takes_none};
use crate::command::desk::Desk;
use crate::command::write::WriteError;
use crate::command::{Fault, FaultCode};
use crate::db::Letter;
use crate::mail::GOOD_FOR;

/// What a link leads to.
#[derive(Clone, Debug)]
pub enum Opened {
    /// This message.
    Letter(Box<Letter>),
    /// One that is too long ago.
    Expired,
    /// Nothing: we have not made this link, or what it was to is gone.
    Unknown,
}

/// The message that a link is to.
///
/// # Errors
/// If the database can't be reached.
pub async fn open(desk: &Desk, token: &str) -> Result<Opened, WriteError> {
    let key = desk.post.key(&desk.database, &*desk.source).await?;
    let Some(id) = key.read(token) else { return Ok(Opened::Unknown) };
    Ok(match desk.database.letter(id).await? {
        None => Opened::Unknown,
        Some(letter) if desk.source.now() >= letter.message.created_at + GOOD_FOR => Opened::Expired,
        Some(letter) => Opened::Letter(Box::new(letter)),
    })
}

/// Answers a message in the name of whoever got it. The same answer sent twice is one.
///
/// # Errors
/// INVALID, FORBIDDEN or RATE_LIMITED, at `text`; NOT_FOUND if there is nobody any more who could be answered.
pub async fn answer(desk: &Arc<Desk>, letter: &Letter, text: &str) -> Result<message::Model, WriteError> {
    let text = check::text(text)?;
    let before = &letter.message;
    let gone = |why: &str| Fault::new(FaultCode::NotFound, &[], why);
    let Some(user) = before.sender_id else {
        return Err(gone("Whoever wrote this has deleted the account since, and can't be answered.").into());
    };
    let (direction, recipient_hash) = match before.direction {
        MessageDirection::ToAuthor => {
            if letter.user_address.is_none() {
                return Err(gone("Whoever wrote this has no address any more to which an answer could go.").into());
            }
            (MessageDirection::ToSender, before.recipient_hash.clone())
        }
        MessageDirection::ToSender => {
            let accepts = letter.person.as_ref().is_some_and(|person| person.accepts_messages);
            let address = letter.author_address().filter(|_| accepts).ok_or_else(|| takes_none("text"))?;
            let key = desk.post.key(&desk.database, &*desk.source).await?;
            (MessageDirection::ToAuthor, key.hash(&address))
        }
    };
    let new = New {
        conference: before.conference_id,
        person: before.person_id,
        paper: before.paper_id,
        user,
        thread: Some(before.thread),
        direction,
        recipient_hash,
        subject: before.subject.clone(),
        text,
    };
    store(desk, new, None).await
}
