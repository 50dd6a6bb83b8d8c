//! The mail that is to be sent, and by whom.

use chrono::{DateTime, Utc};
use entity::{message_quota, outbox};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::Database;

/// What a mail is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bears {
    /// This message.
    Message(Uuid),
    /// This digest.
    Digest(Uuid),
}

impl Bears {
    /// What this mail is made of; `None` if it was written by something else.
    #[must_use]
    pub fn of(row: &outbox::Model) -> Option<Self> {
        row.message_id.map(Self::Message).or(row.digest_id.map(Self::Digest))
    }
}

impl Database {
    /// Puts mails into the outbox, to be sent from now on; in the transaction in which what they bear is stored.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn order_mail(
        at: &impl ConnectionTrait,
        all: impl IntoIterator<Item = Bears>,
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        let order = |bears: Bears| {
            let (id, message_id, digest_id) = match bears {
                Bears::Message(id) => (id, Some(id), None),
                Bears::Digest(id) => (id, None, Some(id)),
            };
            outbox::Model {
                id,
                message_id,
                digest_id,
                attempts: 0,
                next_at: Some(now),
                locked_until: None,
                sent_at: None,
                last_error: None,
            }
        };
        let rows: Vec<_> = all.into_iter().map(|bears| order(bears).into_active_model()).collect();
        if rows.is_empty() {
            return Ok(());
        }
        outbox::Entity::insert_many(rows).exec_without_returning(at).await.map(|_| ())
    }

    /// Takes one mail that is due, so that nobody else does until `until`. Of several who try at once one gets it.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn claim_mail(&self, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<outbox::Model>, DbErr> {
        let free =
            Condition::any().add(outbox::Column::LockedUntil.is_null()).add(outbox::Column::LockedUntil.lte(now));
        let due = Condition::all().add(outbox::Column::NextAt.lte(now)).add(free);
        let some: Vec<outbox::Model> = outbox::Entity::find()
            .filter(due.clone())
            .order_by_asc(outbox::Column::NextAt)
            .order_by_asc(outbox::Column::Id)
            .limit(16)
            .all(&self.read)
            .await?;
        for row in some {
            let attempts = row.attempts.saturating_add(1);
            let taken = outbox::Entity::update_many()
                .col_expr(outbox::Column::LockedUntil, Expr::value(until))
                .col_expr(outbox::Column::Attempts, Expr::value(attempts))
                .filter(outbox::Column::Id.eq(row.id))
                .filter(outbox::Column::Attempts.eq(row.attempts))
                .filter(due.clone())
                .exec(&self.write)
                .await?;
            if taken.rows_affected == 1 {
                return Ok(Some(outbox::Model { attempts, locked_until: Some(until), ..row }));
            }
        }
        Ok(None)
    }

    /// The mail server has taken it.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn mail_sent(&self, id: Uuid, now: DateTime<Utc>) -> Result<(), DbErr> {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::SentAt, Expr::value(now))
            .col_expr(outbox::Column::NextAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(outbox::Column::LockedUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(outbox::Column::LastError, Expr::value(None::<String>))
            .filter(outbox::Column::Id.eq(id))
            .exec(&self.write)
            .await
            .map(|_| ())
    }

    /// It was not taken: it is tried again at `next`, or never. Only whoever has it may say so: `taken` is what
    /// [`Database::claim_mail`] gave.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn mail_failed(
        &self,
        taken: &outbox::Model,
        class: &str,
        next: Option<DateTime<Utc>>,
    ) -> Result<(), DbErr> {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::NextAt, Expr::value(next))
            .col_expr(outbox::Column::LockedUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(outbox::Column::LastError, Expr::value(class))
            .filter(outbox::Column::Id.eq(taken.id))
            .filter(outbox::Column::Attempts.eq(taken.attempts))
            .filter(outbox::Column::SentAt.is_null())
            .exec(&self.write)
            .await
            .map(|_| ())
    }

    /// Nobody tried after all: as before it was taken.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn put_mail_back(&self, taken: &outbox::Model) -> Result<(), DbErr> {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::LockedUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(outbox::Column::Id.eq(taken.id))
            .filter(outbox::Column::Attempts.eq(taken.attempts))
            .exec(&self.write)
            .await
            .map(|_| ())
    }

    /// Forgets mail that was sent before then, and what was counted before then.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn forget_mail(
        at: &impl ConnectionTrait,
        sent: DateTime<Utc>,
        counted: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        outbox::Entity::delete_many().filter(outbox::Column::SentAt.lt(sent)).exec(at).await?;
        message_quota::Entity::delete_many().filter(message_quota::Column::UsedAt.lt(counted)).exec(at).await?;
        Ok(())
    }
}
