//! The mail that is to be sent, and by whom.

use chrono::{DateTime, Utc};
use entity::{message_quota, outbox};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Database;

impl Database {
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
            .order_by_asc(outbox::Column::MessageId)
            .limit(16)
            .all(&self.read)
            .await?;
        for row in some {
            let attempts = row.attempts.saturating_add(1);
            let taken = outbox::Entity::update_many()
                .col_expr(outbox::Column::LockedUntil, Expr::value(until))
                .col_expr(outbox::Column::Attempts, Expr::value(attempts))
                .filter(outbox::Column::MessageId.eq(row.message_id))
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
    pub async fn mail_sent(&self, message: Uuid, now: DateTime<Utc>) -> Result<(), DbErr> {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::SentAt, Expr::value(now))
            .col_expr(outbox::Column::NextAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(outbox::Column::LockedUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(outbox::Column::LastError, Expr::value(None::<String>))
            .filter(outbox::Column::MessageId.eq(message))
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
            .filter(outbox::Column::MessageId.eq(taken.message_id))
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
            .filter(outbox::Column::MessageId.eq(taken.message_id))
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
