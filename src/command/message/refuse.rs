//! Not wanting messages: of one sender, or any. Who refuses all is marked so on each program, where everybody can see it.

use std::sync::Arc;

use entity::enums::MessageDirection;
use entity::{person, refusal};
use sea_orm::{EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::command::account;
use crate::command::commit::{CommitError, Committer, Target};
use crate::command::desk::Desk;
use crate::command::write::{Write, WriteError};
use crate::db::{Database, Letter};
use crate::error::AppError;
use crate::program::row::{Row, RowChange};

/// What is not wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Messages from whoever wrote this one.
    Sender,
    /// Messages from anybody.
    All,
}

/// Whoever got this message wants no more. Done again, nothing changes. False if the message is none to an author, or
/// has no sender any more who could be refused.
///
/// # Errors
/// If the database can't be written.
pub async fn refuse(desk: &Arc<Desk>, letter: &Letter, refusal: Refusal) -> Result<bool, WriteError> {
    let message = &letter.message;
    let sender = match (message.direction, refusal, message.sender_id) {
        (MessageDirection::ToSender, _, _) | (_, Refusal::Sender, None) => return Ok(false),
        (MessageDirection::ToAuthor, Refusal::Sender, Some(sender)) => Some(sender),
        (MessageDirection::ToAuthor, Refusal::All, _) => None,
    };
    // The address to which the message went, and the one that the person has now.
    let key = desk.post.key(&desk.database, &*desk.source).await?;
    let address = letter.author_address();
    let mut hashes = vec![message.recipient_hash.clone()];
    hashes.extend(address.as_deref().map(|address| key.hash(address)));
    hashes.sort_unstable();
    hashes.dedup();
    let scope = sender.unwrap_or(message.conference_id);
    match desk.write(scope, move |desk| attempt(desk, hashes.clone(), sender)).await {
        // The account is gone: nobody writes from it any more.
        Ok(()) | Err(WriteError::Refused(_)) => {}
        Err(error @ (WriteError::Database(_) | WriteError::App(_))) => return Err(error),
    }
    if let (Refusal::All, Some(address)) = (refusal, address) {
        everywhere(desk, &address).await?;
    }
    Ok(true)
}

async fn attempt(desk: Arc<Desk>, hashes: Vec<String>, sender: Option<Uuid>) -> Result<(), WriteError> {
    // A sender's account is not deleted meanwhile.
    let write = Write::begin(&desk.database, &*desk.source, "system", sender.as_slice()).await?;
    for hash in hashes {
        Database::lock_quota(write.at(), &format!("recipient {hash}"), write.now()).await?;
        // Who refuses all refuses each, but may not have said so of this one.
        let there = match sender {
            Some(sender) => Database::refusal_in(write.at(), &hash, sender).await?.is_some(),
            None => Database::refusal_in(write.at(), &hash, Uuid::nil()).await?.is_some(),
        };
        if !there {
            let row = refusal::Model {
                id: desk.source.id(),
                recipient_hash: hash,
                sender_id: sender,
                created_at: write.now(),
            };
            refusal::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
        }
    }
    write.commit().await?;
    Ok(())
}

/// Marks everybody with this address on every program.
pub(super) async fn everywhere(desk: &Arc<Desk>, address: &str) -> Result<(), WriteError> {
    for conference in desk.database.conferences_with_address(address).await? {
        let address = address.to_owned();
        desk.write(conference, move |desk| mark(desk, conference, address.clone())).await?;
    }
    // Here it shows at once, elsewhere with the next sweep.
    Ok(desk.programs.look().await?)
}

async fn mark(desk: Arc<Desk>, conference: Uuid, address: String) -> Result<(), WriteError> {
    let committer = Committer { database: &desk.database, source: &desk.source, actor: "system", progress: &|_, _| {} };
    let is_theirs = |row: &person::Model| {
        row.accepts_messages && row.email.as_deref().and_then(account::address).as_ref() == Some(&address)
    };
    let plan = |program: Option<&crate::program::Program>, _| {
        let people = program.map(|program| &*program.rows.people).unwrap_or_default();
        let theirs = people.iter().filter(|row| is_theirs(row));
        let changes = theirs.map(|row| {
            let mut after = person::Model::clone(row);
            after.accepts_messages = false;
            RowChange::Update { before: Row::Person(Arc::clone(row)), after: Row::from(after) }
        });
        Ok::<_, std::convert::Infallible>(changes.collect())
    };
    match committer.commit(Target::Existing(conference), plan).await {
        Ok(_) | Err(CommitError::NotFound) => Ok(()),
        Err(CommitError::Refused(never)) => match never {},
        Err(CommitError::Database(error)) => Err(error.into()),
        Err(CommitError::Torn(torn)) => Err(AppError::internal(torn).into()),
    }
}
