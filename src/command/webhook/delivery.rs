//! What webhooks are to be told: written down, with how far the webhook then is, in one transaction.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{webhook, webhook_delivery as delivery};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::{Own, held};
use crate::command::desk::Desk;
use crate::command::write::{Write, WriteError};
use crate::command::{Fault, FaultCode};
use crate::db::{Database, Stamp};
use crate::webhook::MOST_WAITING;

/// What is sent at once.
fn due(id: Uuid, own: &webhook::Model, revision: i64, payload: String, now: DateTime<Utc>) -> delivery::Model {
    delivery::Model {
        id,
        webhook_id: own.id,
        from_revision: own.revision,
        revision,
        payload,
        created_at: now,
        attempts: 0,
        attempts_before: 0,
        next_at: Some(now),
        locked_until: None,
        delivered_at: None,
        last_status: None,
        last_error: None,
    }
}

/// Moves a webhook on to this state of its conference, with what it is told of that, if anything. False if another
/// instance was faster, or the webhook is no longer as it was.
///
/// # Errors
/// If the database can't be written.
pub async fn move_on(
    desk: &Arc<Desk>,
    own: webhook::Model,
    to: Stamp,
    payload: Option<String>,
) -> Result<bool, WriteError> {
    desk.write(own.conference_id, move |desk| {
        let (own, payload) = (own.clone(), payload.clone());
        async move {
            let write = Write::begin(&desk.database, &*desk.source, "system", &[]).await?;
            if !Database::move_webhook(write.at(), &own, to).await? {
                write.roll_back().await?;
                return Ok(false);
            }
            if let Some(payload) = payload {
                let row = due(desk.source.id(), &own, to.revision, payload, write.now());
                delivery::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
            }
            write.commit().await?;
            Ok(true)
        }
    })
    .await
}

/// Sends a delivery that is about nothing, to see whether it arrives.
///
/// # Errors
/// NOT_FOUND; INVALID if the webhook is switched off; RATE_LIMITED if too much waits for it.
pub async fn send_test(desk: &Arc<Desk>, own: Own, payload: String) -> Result<delivery::Model, WriteError> {
    let made = desk.write(own.conference, move |desk| {
        let (own, payload) = (own.clone(), payload.clone());
        async move {
            let write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), &[]).await?;
            if let Some(id) = write.replay(own.once.as_ref()).await? {
                return again(write, &id).await;
            }
            let to = held(&write, own.conference, own.id).await?;
            active(&to)?;
            if Database::deliveries_waiting(write.at(), to.id).await? >= MOST_WAITING {
                let message = format!("{MOST_WAITING} deliveries wait for this webhook already; try again later.");
                return Err(Fault::new(FaultCode::RateLimited, &["id"], message).into());
            }
            let row = due(desk.source.id(), &to, to.revision, payload, write.now());
            delivery::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.at()).await?;
            write.keep(own.once.as_ref(), row.id.to_string()).await?;
            write.commit().await?;
            Ok(row)
        }
    });
    let made = made.await?;
    desk.webhooks.wake();
    Ok(made)
}

/// Sends a delivery again: the same, with the same id. One that waits is sent now.
///
/// # Errors
/// NOT_FOUND; INVALID if the webhook is switched off.
pub async fn send_again(desk: &Arc<Desk>, own: Own) -> Result<delivery::Model, WriteError> {
    let again = desk.write(own.conference, move |desk| {
        let own = own.clone();
        async move {
            let write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), &[]).await?;
            if let Some(id) = write.replay(own.once.as_ref()).await? {
                return again(write, &id).await;
            }
            let find = || delivery::Entity::find_by_id(own.id);
            let gone = || Fault::not_found("id", "There is no such delivery; they are kept for a week.");
            let webhook = find().one(write.at()).await?.ok_or_else(gone)?.webhook_id;
            let to = Database::hold_webhook(write.at(), own.conference, webhook).await?.ok_or_else(gone)?;
            active(&to)?;
            delivery::Entity::update_many()
                .col_expr(delivery::Column::NextAt, Expr::value(write.now()))
                .col_expr(delivery::Column::AttemptsBefore, Expr::col(delivery::Column::Attempts))
                .col_expr(delivery::Column::DeliveredAt, Expr::value(None::<DateTime<Utc>>))
                .filter(delivery::Column::Id.eq(own.id))
                .exec(write.at())
                .await?;
            let row = find().one(write.at()).await?.ok_or_else(gone)?;
            write.keep(own.once.as_ref(), row.id.to_string()).await?;
            write.commit().await?;
            Ok(row)
        }
    });
    let again = again.await?;
    desk.webhooks.wake();
    Ok(again)
}

fn active(own: &webhook::Model) -> Result<(), Fault> {
    if own.disabled_at.is_none() {
        return Ok(());
    }
    Err(Fault::invalid("id", "This webhook is switched off; switch it on first (updateWebhook, isActive: true)."))
}

/// The delivery of a mutation that was answered before.
async fn again(write: Write, id: &str) -> Result<delivery::Model, WriteError> {
    let id = id.parse::<Uuid>().unwrap_or_default();
    let row = delivery::Entity::find_by_id(id).one(write.at()).await?;
    write.roll_back().await?;
    Ok(row.ok_or_else(|| Fault::not_found("clientMutationId", "The delivery that this was about is forgotten."))?)
}
