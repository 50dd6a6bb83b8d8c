//! What webhooks are told: what is due, by whom it is sent, and what came of it.

use chrono::{DateTime, Utc};
use entity::{webhook, webhook_delivery as delivery};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::Database;

/// A page of what a webhook was told.
#[derive(Clone, Debug)]
pub struct DeliveryPage {
    /// The page, the newest first.
    pub deliveries: Vec<delivery::Model>,
    /// How many there are.
    pub total: u64,
    /// Whether there are more after it.
    pub has_next: bool,
}

/// What a try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The HTTP status that was answered; `None`: nothing was.
    pub status: Option<i32>,
    /// Why it failed; `None`: it did not.
    pub error: Option<String>,
}

/// Those to which this is still to be sent.
fn waiting() -> Condition {
    Condition::all().add(delivery::Column::NextAt.is_not_null())
}

impl Database {
    /// How many deliveries of a webhook wait to be sent.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn deliveries_waiting(at: &impl ConnectionTrait, webhook: Uuid) -> Result<u64, DbErr> {
        delivery::Entity::find().filter(delivery::Column::WebhookId.eq(webhook)).filter(waiting()).count(at).await
    }

    /// Takes one delivery that is due, with its webhook, so that nobody else does until `until`. Of several who try at
    /// once one gets it. A webhook of which one is being sent has to wait, so that one that does not answer holds up
    /// nobody else, and what is not tried again comes in order.
    ///
    /// # Errors
    /// If the database can't be reached; nothing is taken then, as far as is known.
    pub async fn claim_delivery(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<(delivery::Model, webhook::Model)>, DbErr> {
        use delivery::Column;
        let free = Condition::any().add(Column::LockedUntil.is_null()).add(Column::LockedUntil.lte(now));
        let active = Query::select()
            .column(webhook::Column::Id)
            .from(webhook::Entity)
            .and_where(webhook::Column::DisabledAt.is_null())
            .take();
        let other = Alias::new("other");
        let of_other = |column: Column| Expr::col((other.clone(), column));
        let busy = Query::select()
            .expr(Expr::value(1))
            .from_as(delivery::Entity, other.clone())
            .and_where(of_other(Column::WebhookId).equals((delivery::Entity, Column::WebhookId)))
            .and_where(of_other(Column::LockedUntil).gt(now))
            .take();
        let due = Condition::all().add(Column::NextAt.lte(now)).add(free).add(Expr::exists(busy).not());
        // Webhooks with which others were faster.
        let mut lost = Vec::new();
        loop {
            let row = delivery::Entity::find()
                .filter(due.clone())
                .filter(Column::WebhookId.in_subquery(active.clone()))
                .filter(Column::WebhookId.is_not_in(lost.iter().copied()))
                .order_by_asc(Column::NextAt)
                .order_by_asc(Column::Id)
                .one(&self.read)
                .await?;
            let Some(row) = row else { return Ok(None) };
            let webhook = row.webhook_id;
            let taken = self.take_delivery(row, due.clone(), until).await?;
            if taken.is_some() {
                return Ok(taken);
            }
            lost.push(webhook);
        }
    }

    /// Takes this delivery, if it is still due, with its webhook: both or nothing.
    async fn take_delivery(
        &self,
        row: delivery::Model,
        due: Condition,
        until: DateTime<Utc>,
    ) -> Result<Option<(delivery::Model, webhook::Model)>, DbErr> {
        use delivery::Column;
        let transaction = self.begin_write().await?;
        let at = &transaction;
        // Held first, so that nobody takes another of the same webhook meanwhile.
        let held = Self::hold(at, webhook::Column::Id.eq(row.webhook_id)).await?;
        let attempts = row.attempts.saturating_add(1);
        let taken = delivery::Entity::update_many()
            .col_expr(Column::LockedUntil, Expr::value(until))
            .col_expr(Column::Attempts, Expr::value(attempts))
            .filter(Column::Id.eq(row.id))
            .filter(Column::Attempts.eq(row.attempts))
            .filter(due)
            .exec(at)
            .await?;
        let own = held.into_iter().next().filter(|own| own.disabled_at.is_none() && taken.rows_affected == 1);
        let Some(own) = own else {
            transaction.rollback().await?;
            return Ok(None);
        };
        transaction.commit().await?;
        Ok(Some((delivery::Model { attempts, locked_until: Some(until), ..row }, own)))
    }

    /// The receiver has taken it. What waits for the webhook's next try after failures is sent now.
    ///
    /// # Errors
    /// If the database can't be reached; nothing is written then.
    pub async fn delivered(&self, taken: &delivery::Model, status: i32, now: DateTime<Utc>) -> Result<(), DbErr> {
        let transaction = self.begin_write().await?;
        let at = &transaction;
        // First the webhook, then what is its: in the order in which everybody locks.
        let recovered = webhook::Entity::update_many()
            .col_expr(webhook::Column::FailingSince, Expr::value(None::<DateTime<Utc>>))
            .filter(webhook::Column::Id.eq(taken.webhook_id))
            .filter(webhook::Column::FailingSince.is_not_null())
            .exec(at)
            .await?;
        delivery::Entity::update_many()
            .col_expr(delivery::Column::DeliveredAt, Expr::value(now))
            .col_expr(delivery::Column::NextAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(delivery::Column::LockedUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(delivery::Column::LastStatus, Expr::value(status))
            .col_expr(delivery::Column::LastError, Expr::value(None::<String>))
            .filter(delivery::Column::Id.eq(taken.id))
            .exec(at)
            .await?;
        if recovered.rows_affected > 0 {
            delivery::Entity::update_many()
                .col_expr(delivery::Column::NextAt, Expr::value(now))
                .filter(delivery::Column::WebhookId.eq(taken.webhook_id))
                .filter(delivery::Column::NextAt.gt(now))
                .exec(at)
                .await?;
        }
        transaction.commit().await
    }

    /// It was not taken: it is tried again at `next`, or never. Only whoever has it may say so: `taken` is what
    /// [`Database::claim_delivery`] gave. If nothing was answered, whatever else is due for the webhook waits until then
    /// too: one that does not answer is asked once, not once for each. With `off` its webhook is switched off, for that
    /// reason.
    ///
    /// # Errors
    /// If the database can't be reached; nothing is written then.
    pub async fn not_delivered(
        &self,
        taken: &delivery::Model,
        tried: &Tried,
        next: Option<DateTime<Utc>>,
        off: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        let transaction = self.begin_write().await?;
        let at = &transaction;
        // Held first: in the order in which everybody locks.
        Self::hold(at, webhook::Column::Id.eq(taken.webhook_id)).await?;
        let written = delivery::Entity::update_many()
            .col_expr(delivery::Column::NextAt, Expr::value(next))
            .col_expr(delivery::Column::LockedUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(delivery::Column::LastStatus, Expr::value(tried.status))
            .col_expr(delivery::Column::LastError, Expr::value(tried.error.as_deref()))
            .filter(delivery::Column::Id.eq(taken.id))
            .filter(delivery::Column::Attempts.eq(taken.attempts))
            .filter(delivery::Column::DeliveredAt.is_null())
            .exec(at)
            .await?;
        if written.rows_affected > 0 {
            webhook::Entity::update_many()
                .col_expr(webhook::Column::FailingSince, Expr::value(now))
                .filter(webhook::Column::Id.eq(taken.webhook_id))
                .filter(webhook::Column::FailingSince.is_null())
                .exec(at)
                .await?;
        }
        if let Some(next) = next.filter(|_| written.rows_affected > 0 && tried.status.is_none()) {
            delivery::Entity::update_many()
                .col_expr(delivery::Column::NextAt, Expr::value(next))
                .filter(delivery::Column::WebhookId.eq(taken.webhook_id))
                .filter(delivery::Column::NextAt.lte(now))
                .exec(at)
                .await?;
        }
        if let Some(reason) = off.filter(|_| written.rows_affected > 0) {
            webhook::Entity::update_many()
                .col_expr(webhook::Column::DisabledAt, Expr::value(now))
                .col_expr(webhook::Column::DisabledReason, Expr::value(reason))
                .filter(webhook::Column::Id.eq(taken.webhook_id))
                .filter(webhook::Column::DisabledAt.is_null())
                .exec(at)
                .await?;
        }
        transaction.commit().await
    }

    /// Nobody tried to its end: as before it was taken, and not one of the tries after which it is given up.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn put_delivery_back(&self, taken: &delivery::Model) -> Result<(), DbErr> {
        use delivery::Column;
        delivery::Entity::update_many()
            .col_expr(Column::LockedUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::AttemptsBefore, Expr::col(Column::AttemptsBefore).add(1))
            .filter(Column::Id.eq(taken.id))
            .filter(Column::Attempts.eq(taken.attempts))
            // Once, also where nobody heard that it was done.
            .filter(Column::LockedUntil.is_not_null())
            .exec(&self.write)
            .await
            .map(|_| ())
    }

    /// Has everything that a webhook, which is held, was not told sent now, as if it had not been tried before.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn send_undelivered(at: &impl ConnectionTrait, webhook: Uuid, now: DateTime<Utc>) -> Result<(), DbErr> {
        use delivery::Column;
        delivery::Entity::update_many()
            .col_expr(Column::NextAt, Expr::value(now))
            .col_expr(Column::AttemptsBefore, Expr::col(Column::Attempts))
            .filter(Column::WebhookId.eq(webhook))
            .filter(Column::DeliveredAt.is_null())
            .exec(at)
            .await
            .map(|_| ())
    }

    /// What a webhook was told, the newest first, after this one.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn deliveries(&self, webhook: Uuid, after: Option<Uuid>, first: u64) -> Result<DeliveryPage, DbErr> {
        let all = delivery::Entity::find().filter(delivery::Column::WebhookId.eq(webhook));
        let total = all.clone().count(&self.read).await?;
        let after = after.map_or_else(Condition::all, |id| Condition::all().add(delivery::Column::Id.lt(id)));
        let mut deliveries =
            all.filter(after).order_by_desc(delivery::Column::Id).limit(first + 1).all(&self.read).await?;
        let has_next = deliveries.len() as u64 > first;
        deliveries.truncate(usize::try_from(first).unwrap_or(usize::MAX));
        Ok(DeliveryPage { deliveries, total, has_next })
    }

    /// Forgets what webhooks were told before then, and secrets that no longer sign. What one that is switched off, or takes
    /// nothing, was not told is kept for as long as it may still be told: until it was switched off before then. (Whatever
    /// takes nothing is switched off some day.)
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn forget_deliveries(
        at: &impl ConnectionTrait,
        then: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        use delivery::Column;
        webhook::Entity::update_many()
            .col_expr(webhook::Column::FormerSecret, Expr::value(None::<String>))
            .filter(webhook::Column::FormerUntil.lte(now))
            .filter(webhook::Column::FormerSecret.is_not_null())
            .exec(at)
            .await?;
        let those = |which: Condition| {
            Query::select().column(webhook::Column::Id).from(webhook::Entity).cond_where(which).take()
        };
        let off = those(Condition::all().add(webhook::Column::DisabledAt.lt(then)));
        let well = webhook::Column::DisabledAt.is_null().and(webhook::Column::FailingSince.is_null());
        let given_up = Column::NextAt.is_null().and(Column::WebhookId.in_subquery(those(Condition::all().add(well))));
        let over = Condition::any()
            .add(Column::DeliveredAt.is_not_null())
            .add(Column::WebhookId.in_subquery(off))
            .add(given_up);
        delivery::Entity::delete_many().filter(Column::CreatedAt.lt(then)).filter(over).exec(at).await.map(|_| ())
    }
}
