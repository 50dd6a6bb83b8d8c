//! Webhooks: which are behind, and whoever changes one holds it.

use entity::{scope, webhook, webhook_delivery as delivery};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{Database, Stamp};

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
        let own = webhook::Column::Id.eq(id).and(webhook::Column::ConferenceId.eq(conference));
        Ok(Self::hold(at, own).await?.into_iter().next())
    }

    /// Webhooks, held by this transaction. Everybody holds a webhook before locking what is its.
    pub(super) async fn hold(at: &impl ConnectionTrait, which: impl Into<Expr>) -> Result<Vec<webhook::Model>, DbErr> {
        webhook::Entity::update_many()
            .col_expr(webhook::Column::Revision, Expr::col(webhook::Column::Revision))
            .filter(which.into())
            .exec_with_returning(at)
            .await
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

    /// Deletes a conference's webhooks with what they were told.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn delete_webhooks(at: &impl ConnectionTrait, conference: Uuid) -> Result<(), DbErr> {
        // Held first: nobody writes another delivery meanwhile.
        for row in Self::hold(at, webhook::Column::ConferenceId.eq(conference)).await? {
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
}
