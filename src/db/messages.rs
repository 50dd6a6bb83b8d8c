//! Messages, refusals, and what is counted.

use chrono::{DateTime, Utc};
use entity::{conference, identity, message, message_quota, outbox, paper, person, refusal, server_key, user};
use sea_orm::sea_query::{Expr, Func, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::Database;
use crate::mail::one_line;

/// The most characters of a name.
const NAME: usize = 200;

/// A message with what is said about it, as of now. None of it is a snapshot's: conference, person and paper may be
/// gone.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The message.
    pub message: message::Model,
    /// The conference's name.
    pub conference: Option<String>,
    /// The person on the program.
    pub person: Option<person::Model>,
    /// The paper's title.
    pub paper: Option<String>,
    /// Whoever has the account.
    pub user: Option<user::Model>,
    /// The address at which the account's owner last logged in. Verified.
    pub user_address: Option<String>,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Addresses, and what people write to each other: not for logs.
        f.debug_struct("Letter").field("message", &self.message.id).finish_non_exhaustive()
    }
}

impl Letter {
    /// The name of whoever has the account. One that is an address is not told.
    #[must_use]
    pub fn sender(&self) -> String {
        match &self.user {
            None => "Somebody who has left since".to_owned(),
            Some(user) if user.name.contains('@') || user.name.trim().is_empty() => "An attendee".to_owned(),
            Some(user) => one_line(&user.name, NAME),
        }
    }

    /// The name of the person on the program.
    #[must_use]
    pub fn author(&self) -> String {
        match &self.person {
            Some(person) if !person.name.contains('@') => one_line(&person.name, NAME),
            Some(_) | None => "The author".to_owned(),
        }
    }

    /// The person's address as it is now, in lower case.
    #[must_use]
    pub fn author_address(&self) -> Option<String> {
        self.person.as_ref().and_then(|person| crate::command::account::address(person.email.as_deref()?))
    }
}

/// What has become of a message's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is to be sent.
    Queued,
    /// The mail server has taken it.
    Sent,
    /// It could not be sent.
    Failed,
}

impl Delivery {
    fn of(row: Option<&outbox::Model>) -> Self {
        match row {
            // What was sent is forgotten after some days, what failed is not.
            None => Self::Sent,
            Some(row) if row.sent_at.is_some() => Self::Sent,
            Some(row) if row.next_at.is_some() => Self::Queued,
            Some(_) => Self::Failed,
        }
    }
}

/// A page of a user's messages.
#[derive(Clone, Debug)]
pub struct MessagePage {
    /// The page, the newest first.
    pub messages: Vec<(message::Model, Delivery)>,
    /// How many there are.
    pub total: u64,
    /// Whether there are more after it.
    pub has_next: bool,
}

impl Database {
    /// The kept secret of this name: `made`, unless there is one already.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn server_key(&self, name: &str, made: String, now: DateTime<Utc>) -> Result<String, DbErr> {
        let kept = || server_key::Entity::find_by_id(name.to_owned()).one(&self.read);
        if let Some(row) = kept().await? {
            return Ok(row.secret);
        }
        let row = server_key::Model { name: name.to_owned(), secret: made, created_at: now };
        server_key::Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::column(server_key::Column::Name).do_nothing().to_owned())
            .exec_without_returning(&self.write)
            .await?;
        // Of several that are made at once one is kept.
        kept().await?.map(|row| row.secret).ok_or_else(|| DbErr::RecordNotFound("the server's key".into()))
    }

    /// A message with what is said about it.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn letter(&self, id: Uuid) -> Result<Option<Letter>, DbErr> {
        let at = self.begin_read().await?;
        let letter = Self::letter_in(&at, id).await?;
        at.commit().await?;
        Ok(letter)
    }

    /// A message with what is said about it.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn letter_in(at: &impl ConnectionTrait, id: Uuid) -> Result<Option<Letter>, DbErr> {
        let Some(message) = message::Entity::find_by_id(id).one(at).await? else { return Ok(None) };
        let conference = conference::Entity::find_by_id(message.conference_id).one(at).await?.map(|row| row.name);
        let person = person::Entity::find_by_id(message.person_id).one(at).await?;
        let paper = match message.paper_id {
            None => None,
            Some(paper) => paper::Entity::find_by_id(paper).one(at).await?.map(|row| row.title),
        };
        let (user, user_address) = match message.sender_id {
            None => (None, None),
            Some(user) => (user::Entity::find_by_id(user).one(at).await?, Self::address_of(at, user).await?),
        };
        Ok(Some(Letter { message, conference, person, paper, user, user_address }))
    }

    /// The verified address at which a user last logged in.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn address_of(at: &impl ConnectionTrait, user: Uuid) -> Result<Option<String>, DbErr> {
        let row = identity::Entity::find()
            .filter(identity::Column::UserId.eq(user))
            .filter(identity::Column::EmailVerified.eq(true))
            .filter(identity::Column::Email.is_not_null())
            .order_by_desc(identity::Column::LastLoginAt)
            .order_by_desc(identity::Column::Id)
            .one(at)
            .await?;
        Ok(row.and_then(|row| row.email))
    }

    /// Whether somebody with this address, by its hash, wants no messages: of this user, or of anybody. Nobody has the nil
    /// id: with that it is of anybody alone.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn refusal_in(
        at: &impl ConnectionTrait,
        recipient_hash: &str,
        sender: Uuid,
    ) -> Result<Option<refusal::Model>, DbErr> {
        let of_sender =
            Condition::any().add(refusal::Column::SenderId.eq(sender)).add(refusal::Column::SenderId.is_null());
        refusal::Entity::find()
            .filter(refusal::Column::RecipientHash.eq(recipient_hash))
            .filter(of_sender)
            // Who refuses all first.
            .order_by_desc(Expr::col(refusal::Column::SenderId).is_null())
            .one(at)
            .await
    }

    /// Whether a message would be refused; read outside any transaction.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn is_refused(&self, recipient_hash: &str, sender: Uuid) -> Result<bool, DbErr> {
        Ok(Self::refusal_in(&self.read, recipient_hash, sender).await?.is_some())
    }

    /// Locks what is counted under this name until the transaction ends. Several are locked in the order of their names.
    ///
    /// # Errors
    /// If the lock is not had in time.
    pub async fn lock_quota(at: &impl ConnectionTrait, key: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
        let row = message_quota::Model { key: key.to_owned(), used_at: now };
        message_quota::Entity::insert(row.into_active_model())
            // To update a row is to lock it.
            .on_conflict(
                OnConflict::column(message_quota::Column::Key).update_column(message_quota::Column::UsedAt).to_owned(),
            )
            .exec_without_returning(at)
            .await
            .map(|_| ())
    }

    /// When the first was of the newest `most` messages that meet a condition and are later than `since`; `None` if there
    /// are fewer.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn full_since(
        at: &impl ConnectionTrait,
        which: Condition,
        since: DateTime<Utc>,
        most: u64,
    ) -> Result<Option<DateTime<Utc>>, DbErr> {
        message::Entity::find()
            .select_only()
            .column(message::Column::CreatedAt)
            .filter(which)
            .filter(message::Column::CreatedAt.gt(since))
            .order_by_desc(message::Column::CreatedAt)
            .order_by_desc(message::Column::Id)
            .offset(most.saturating_sub(1))
            .limit(1)
            .into_tuple()
            .one(at)
            .await
    }

    /// Where somebody with this address, in lower case, is on the program and takes messages.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn conferences_with_address(&self, address: &str) -> Result<Vec<Uuid>, DbErr> {
        let mut found: Vec<Uuid> = person::Entity::find()
            .select_only()
            .column(person::Column::ConferenceId)
            .filter(person::Column::AcceptsMessages.eq(true))
            .filter(Expr::expr(Func::lower(Expr::col(person::Column::Email))).eq(address))
            .into_tuple()
            .all(&self.read)
            .await?;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// A page of the messages that a user wrote or was answered, the newest first.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn messages(&self, user: Uuid, after: Option<Uuid>, first: u64) -> Result<MessagePage, DbErr> {
        let at = self.begin_read().await?;
        let all = message::Entity::find().filter(message::Column::SenderId.eq(user));
        let total = all.clone().count(&at).await?;
        let mut page = all.order_by_desc(message::Column::Id).limit(first + 1);
        if let Some(after) = after {
            page = page.filter(message::Column::Id.lt(after));
        }
        let mut rows = page.all(&at).await?;
        let has_next = rows.len() as u64 > first;
        rows.truncate(usize::try_from(first).unwrap_or(usize::MAX));
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mails = outbox::Entity::find().filter(outbox::Column::MessageId.is_in(ids)).all(&at).await?;
        at.commit().await?;
        let delivery = |id: Uuid| Delivery::of(mails.iter().find(|mail| mail.message_id == Some(id)));
        let messages = rows.into_iter().map(|row| {
            let delivery = delivery(row.id);
            (row, delivery)
        });
        Ok(MessagePage { messages: messages.collect(), total, has_next })
    }

    /// A user's message, and what has become of its mail; `None` if the user has none with this id.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn message(&self, user: Uuid, id: Uuid) -> Result<Option<(message::Model, Delivery)>, DbErr> {
        let row = message::Entity::find_by_id(id).filter(message::Column::SenderId.eq(user)).one(&self.read).await?;
        let Some(row) = row else { return Ok(None) };
        let mail = outbox::Entity::find_by_id(id).one(&self.read).await?;
        let delivery = Delivery::of(mail.as_ref());
        Ok(Some((row, delivery)))
    }

    /// Leaves nothing of a user in messages: what was not mailed yet is not, and the rest has no sender any more.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn leave_messages(at: &impl ConnectionTrait, user: Uuid) -> Result<(), DbErr> {
        let theirs = message::Entity::find()
            .select_only()
            .column(message::Column::Id)
            .filter(message::Column::SenderId.eq(user))
            .into_query();
        outbox::Entity::update_many()
            .col_expr(outbox::Column::NextAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(outbox::Column::LastError, Expr::value("the account was deleted"))
            .filter(outbox::Column::SentAt.is_null())
            .filter(outbox::Column::MessageId.in_subquery(theirs))
            .exec(at)
            .await?;
        message::Entity::update_many()
            .col_expr(message::Column::SenderId, Expr::value(None::<Uuid>))
            .filter(message::Column::SenderId.eq(user))
            .exec(at)
            .await?;
        // A refusal without a sender is one of everybody.
        refusal::Entity::delete_many().filter(refusal::Column::SenderId.eq(user)).exec(at).await?;
        Ok(())
    }
}
