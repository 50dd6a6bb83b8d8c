//! Webhooks and their deliveries: which are behind, which are due, and by whom they are sent.

use chrono::{DateTime, Utc};
use entity::{scope, webhook, webhook_delivery as delivery};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::{Database, Stamp};

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
    /// The active webhooks whose conference is not in the state up to which they were told.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn webhooks_behind(&self) -> Result<Vec<webhook::Model>, DbErr> {
        let same =
            |own: webhook::Column, of: scope::Column| Expr::col((scope::Entity, of)).equals((webhook::Entity, own));
        let told = Query::select()
            .expr(Expr::value(1))
            .from(scope::Entity)
            .and_where(same(webhook::Column::ConferenceId, scope::Column::Id))
            .and_where(same(webhook::Column::Revision, scope::Column::Revision))
            .and_where(same(webhook::Column::Tag, scope::Column::Tag))
            .take();
        webhook::Entity::find()
            .filter(webhook::Column::DisabledAt.is_null())
            .filter(Expr::exists(told).not())
            .order_by_asc(webhook::Column::Id)
            .all(&self.sweep)
            .await
    }

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
    /// If the database can't be reached.
    pub async fn claim_delivery(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<(delivery::Model, webhook::Model)>, DbErr> {
        use delivery::Column;
        let free = Condition::any().add(Column::LockedUntil.is_null()).add(Column::LockedUntil.lte(now));
        let due = Condition::all().add(Column::NextAt.lte(now)).add(free);
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
        let some: Vec<delivery::Model> = delivery::Entity::find()
            .filter(due.clone())
            .filter(Column::WebhookId.in_subquery(active))
            .filter(Expr::exists(busy).not())
            .order_by_asc(Column::NextAt)
            .order_by_asc(Column::Id)
            .limit(16)
            .all(&self.read)
            .await?;
        for row in some {
            let attempts = row.attempts.saturating_add(1);
            let taken = delivery::Entity::update_many()
                .col_expr(Column::LockedUntil, Expr::value(until))
                .col_expr(Column::Attempts, Expr::value(attempts))
                .filter(Column::Id.eq(row.id))
                .filter(Column::Attempts.eq(row.attempts))
                .filter(due.clone())
                .exec(&self.write)
                .await?;
            if taken.rows_affected == 1 {
                let taken = delivery::Model { attempts, locked_until: Some(until), ..row };
                // Its webhook goes only together with it.
                let own = webhook::Entity::find_by_id(taken.webhook_id).one(&self.write).await?;
                return Ok(own.map(|own| (taken, own)));
            }
        }
        Ok(None)
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
    /// [`Database::claim_delivery`] gave. With `off` its webhook is switched off, for that reason.
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
        webhook::Entity::update_many()
            .col_expr(webhook::Column::Revision, Expr::col(webhook::Column::Revision))
            .filter(webhook::Column::Id.eq(taken.webhook_id))
            .exec(at)
            .await?;
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

    /// Nobody tried to its end: as before it was taken.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn put_delivery_back(&self, taken: &delivery::Model) -> Result<(), DbErr> {
        delivery::Entity::update_many()
            .col_expr(delivery::Column::LockedUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(delivery::Column::Id.eq(taken.id))
            .filter(delivery::Column::Attempts.eq(taken.attempts))
            .exec(&self.write)
            .await
            .map(|_| ())
    }

    /// A webhook, held by this transaction: whoever else would change it, or what is its, waits. `None` if there is no
    /// such webhook of this conference.
    ///
    /// # Errors
    /// If the database can't be reached, or another holds it for too long.
    pub async fn hold_webhook(
        at: &impl ConnectionTrait,
        conference: Uuid,
        id: Uuid,
    ) -> Result<Option<webhook::Model>, DbErr> {
        let rows = webhook::Entity::update_many()
            .col_expr(webhook::Column::Revision, Expr::col(webhook::Column::Revision))
            .filter(webhook::Column::Id.eq(id))
            .filter(webhook::Column::ConferenceId.eq(conference))
            .exec_with_returning(at)
            .await?;
        Ok(rows.into_iter().next())
    }

    /// Moves an active webhook on, from the state in which it was found; false if another was faster. The webhook is
    /// held from here on.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn move_webhook(at: &impl ConnectionTrait, from: &webhook::Model, to: Stamp) -> Result<bool, DbErr> {
        let moved = webhook::Entity::update_many()
            .col_expr(webhook::Column::Revision, Expr::value(to.revision))
            .col_expr(webhook::Column::Tag, Expr::value(to.tag))
            .filter(webhook::Column::Id.eq(from.id))
            .filter(webhook::Column::Revision.eq(from.revision))
            .filter(webhook::Column::Tag.eq(from.tag))
            .filter(webhook::Column::DisabledAt.is_null())
            .exec(at)
            .await?;
        Ok(moved.rows_affected == 1)
    }

    /// A conference's webhooks, the oldest first.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn webhooks(&self, conference: Uuid) -> Result<Vec<webhook::Model>, DbErr> {
        webhook::Entity::find()
            .filter(webhook::Column::ConferenceId.eq(conference))
            .order_by_asc(webhook::Column::Id)
            .all(&self.read)
            .await
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

    /// Deletes a conference's webhooks with what they were told.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn delete_webhooks(at: &impl ConnectionTrait, conference: Uuid) -> Result<(), DbErr> {
        // Held first: nobody writes another delivery meanwhile.
        let held = webhook::Entity::update_many()
            .col_expr(webhook::Column::Revision, Expr::col(webhook::Column::Revision))
            .filter(webhook::Column::ConferenceId.eq(conference))
            .exec_with_returning(at)
            .await?;
        for row in held {
            Self::delete_webhook(at, row.id).await?;
        }
        Ok(())
    }

    /// Deletes a webhook, which is held, with what it was told.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn delete_webhook(at: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
        delivery::Entity::delete_many().filter(delivery::Column::WebhookId.eq(id)).exec(at).await?;
        webhook::Entity::delete_by_id(id).exec(at).await.map(|_| ())
    }

    /// Forgets who made webhooks: a user who is being deleted.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn leave_webhooks(at: &impl ConnectionTrait, user: Uuid) -> Result<(), DbErr> {
        webhook::Entity::update_many()
            .col_expr(webhook::Column::CreatedBy, Expr::value(None::<Uuid>))
            .filter(webhook::Column::CreatedBy.eq(user))
            .exec(at)
            .await
            .map(|_| ())
    }

    /// Forgets what webhooks were told before then, and secrets that no longer sign.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn forget_deliveries(
        at: &impl ConnectionTrait,
        then: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        let off = Query::select()
            .column(webhook::Column::Id)
            .from(webhook::Entity)
            .and_where(webhook::Column::DisabledAt.is_not_null())
            .take();
        let over =
            Condition::any().add(delivery::Column::NextAt.is_null()).add(delivery::Column::WebhookId.in_subquery(off));
        delivery::Entity::delete_many().filter(delivery::Column::CreatedAt.lt(then)).filter(over).exec(at).await?;
        webhook::Entity::update_many()
            .col_expr(webhook::Column::FormerSecret, Expr::value(None::<String>))
            .filter(webhook::Column::FormerUntil.lte(now))
            .exec(at)
            .await
            .map(|_| ())
    }
}
