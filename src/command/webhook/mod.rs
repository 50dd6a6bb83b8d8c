//! Webhooks: made, changed, given another secret, deleted. Outside every scope; that it was done, and by whom, is in the
//! site's log.

mod delivery;

use std::sync::Arc;

use chrono::TimeDelta;
use entity::enums::WebhookEvent;
use entity::webhook;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::desk::Desk;
use super::field::{Check, Length, fields};
use super::write::{Once, SITE, Write, WriteError};
use super::{Fault, FaultCode};
use crate::db::{Database, Stamp};
use crate::error::AppError;
use crate::webhook::{FORMER_HOURS, KEPT_DAYS, check, new_secret};

pub use delivery::{move_on, send_again, send_test};

/// The most characters of a description.
const LONGEST: usize = 200;

/// What is said of a webhook that an organizer switched off.
const SWITCHED_OFF: &str = "An organizer switched it off.";

fields! {
    /// A webhook's fields.
    WebhookFields {
        /// Where to.
        url: String,
        /// What it is for.
        description: String,
        /// Changes of what it is told of.
        events: Vec<WebhookEvent>,
        /// Whether anything is sent.
        is_active: bool,
    }
}

/// A webhook, and its secret if it was given one just now: it is never said twice.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// As it is stored.
    pub row: webhook::Model,
    /// `None` where the same mutation was answered before.
    pub secret: Option<String>,
}

/// Which webhook, and who does something to it.
#[derive(Clone, Debug)]
pub struct Own {
    /// The conference.
    pub conference: Uuid,
    /// The webhook, or its delivery.
    pub id: Uuid,
    /// Who.
    pub user: Uuid,
    /// The mutation's own name.
    pub once: Option<Once>,
}

/// What it is told of.
#[must_use]
pub fn events(row: &webhook::Model) -> Option<Vec<WebhookEvent>> {
    row.events.as_deref().map(|names| names.split(' ').filter_map(WebhookEvent::from_name).collect())
}

/// The webhook with these fields.
fn given(desk: &Desk, before: webhook::Model, fields: WebhookFields) -> Result<webhook::Model, Vec<Fault>> {
    let WebhookFields { url, description, events, is_active } = fields;
    let (mut check_all, mut row) = (Check::default(), before);
    if let Some(Some(text)) = &url
        && let Err(refusal) = check(text, desk.webhooks.allow_private)
    {
        check_all.invalid("url", refusal.sentence());
    }
    let there = row.url.clone();
    check_all.value("url", url, &mut row.url);
    if row.url != there {
        row.failing_since = None;
    }
    check_all.maybe_text("description", description, Length::Most(LONGEST), &mut row.description);
    match events {
        None => {}
        Some(None) => row.events = None,
        Some(Some(events)) if events.is_empty() => {
            check_all.invalid("events", "A webhook that is told of nothing is of no use; null tells it of everything.");
        }
        Some(Some(mut events)) => {
            events.sort_unstable();
            events.dedup();
            row.events = Some(events.into_iter().map(WebhookEvent::as_str).collect::<Vec<_>>().join(" "));
        }
    }
    let mut active = row.disabled_at.is_none();
    check_all.value("isActive", is_active, &mut active);
    check_all.done()?;
    switch(desk, &mut row, active);
    Ok(row)
}

/// Switches it on or off, if it is not.
fn switch(desk: &Desk, row: &mut webhook::Model, active: bool) {
    let now = desk.source.now();
    match (row.disabled_at, active) {
        (None, true) | (Some(_), false) => {}
        (None, false) => {
            row.disabled_at = Some(now);
            row.disabled_reason = Some(SWITCHED_OFF.to_owned());
        }
        (Some(since), true) => {
            (row.disabled_at, row.disabled_reason, row.failing_since) = (None, None, None);
            if since < now - TimeDelta::days(KEPT_DAYS) {
                // What it was to be told before that is forgotten: no log leads on from here, so it is told to fetch all.
                (row.revision, row.tag) = (0, 0);
            }
        }
    }
}

/// Makes a webhook, which is told of what changes from now on.
///
/// # Errors
/// INVALID: its fields, or the conference has too many.
pub async fn create(desk: &Arc<Desk>, own: Own, fields: WebhookFields) -> Result<Keyed, WriteError> {
    desk.write(own.conference, move |desk| {
        let (own, fields) = (own.clone(), fields.clone());
        async move {
            // The conference's lock is held, so that its state is exact, and so is the count.
            let scopes = [SITE, own.conference];
            let write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), &scopes).await?;
            if let Some(id) = write.replay(own.once.as_ref()).await? {
                return again(write, &own, &id).await;
            }
            if !desk.webhooks.enabled {
                write.roll_back().await?;
                return Err(
                    Fault::new(FaultCode::Forbidden, &[], "This server sends no webhooks (webhooks.enabled).").into()
                );
            }
            let theirs = webhook::Entity::find().filter(webhook::Column::ConferenceId.eq(own.conference));
            let most = desk.webhooks.per_conference;
            if theirs.count(write.at()).await? >= most {
                write.roll_back().await?;
                let message = format!("The conference has {most} webhooks, as many as it may; delete one first.");
                return Err(Fault::new(FaultCode::Invalid, &[], message).into());
            }
            let Some((Stamp { revision, tag }, _)) = write.stamps(own.conference) else {
                return Err(AppError::internal("no scope is locked").into());
            };
            let secret = new_secret(desk.source.secret());
            let blank = webhook::Model {
                id: desk.source.id(),
                conference_id: own.conference,
                url: String::new(),
                description: None,
                events: None,
                secret: secret.clone(),
                former_secret: None,
                former_until: None,
                revision,
                tag,
                failing_since: None,
                disabled_at: None,
                disabled_reason: None,
                created_at: write.now(),
                created_by: Some(own.user),
            };
            let row = given(&desk, blank, fields)?;
            webhook::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.at()).await?;
            done(write, &own, row.id).await?;
            Ok(Keyed { row, secret: Some(secret) })
        }
    })
    .await
}

/// Changes a webhook's fields.
///
/// # Errors
/// NOT_FOUND, INVALID.
pub async fn update(desk: &Arc<Desk>, own: Own, fields: WebhookFields) -> Result<webhook::Model, WriteError> {
    let changed =
        change(desk, own, move |desk, row| Ok(Keyed { row: given(desk, row, fields.clone())?, secret: None }));
    let Keyed { row, secret: _ } = changed.await?;
    // What was missed while it was off.
    desk.webhooks.wake();
    Ok(row)
}

/// Gives a webhook another secret. The one before signs too for a day.
///
/// # Errors
/// NOT_FOUND.
pub async fn rotate(desk: &Arc<Desk>, own: Own) -> Result<Keyed, WriteError> {
    let another = |desk: &Desk, mut row: webhook::Model| {
        let secret = new_secret(desk.source.secret());
        row.former_secret = Some(std::mem::replace(&mut row.secret, secret.clone()));
        row.former_until = Some(desk.source.now() + TimeDelta::hours(FORMER_HOURS));
        Ok(Keyed { row, secret: Some(secret) })
    };
    change(desk, own, another).await
}

/// Deletes a webhook, with what it was told and was still to be told.
///
/// # Errors
/// NOT_FOUND.
pub async fn delete(desk: &Arc<Desk>, own: Own) -> Result<(), WriteError> {
    desk.write(own.conference, move |desk| {
        let own = own.clone();
        async move {
            let write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), &[SITE]).await?;
            if write.replay(own.once.as_ref()).await?.is_some() {
                return write.roll_back().await;
            }
            let row = held(&write, own.conference, own.id).await?;
            Database::delete_webhook(write.at(), row.id).await?;
            done(write, &own, row.id).await
        }
    })
    .await
}

/// Changes a webhook, which is held meanwhile, once.
async fn change<F>(desk: &Arc<Desk>, own: Own, into: F) -> Result<Keyed, WriteError>
where
    F: Fn(&Desk, webhook::Model) -> Result<Keyed, Vec<Fault>> + Send + Sync + 'static,
{
    let into = Arc::new(into);
    desk.write(own.conference, move |desk| {
        let (own, into) = (own.clone(), Arc::clone(&into));
        async move {
            let write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), &[SITE]).await?;
            if let Some(id) = write.replay(own.once.as_ref()).await? {
                return again(write, &own, &id).await;
            }
            let before = held(&write, own.conference, own.id).await?;
            let Keyed { row, secret } = into(&desk, before.clone())?;
            if row == before {
                write.keep(own.once.as_ref(), row.id.to_string()).await?;
                write.commit().await?;
                return Ok(Keyed { row, secret });
            }
            webhook::Entity::update_many()
                .set(row.clone().into_active_model().reset_all())
                .filter(webhook::Column::Id.eq(row.id))
                .exec(write.at())
                .await?;
            if before.disabled_at.is_some() && row.disabled_at.is_none() {
                // Also what was given up: it is what it has missed.
                Database::send_undelivered(write.at(), row.id, write.now()).await?;
            }
            done(write, &own, row.id).await?;
            Ok(Keyed { row, secret })
        }
    })
    .await
}

/// The webhook, which nobody else changes until this write has ended.
async fn held(write: &Write, conference: Uuid, id: Uuid) -> Result<webhook::Model, WriteError> {
    let row = Database::hold_webhook(write.at(), conference, id).await?;
    Ok(row.ok_or_else(|| Fault::not_found("id", "The conference has no such webhook."))?)
}

/// Notes who did something to it, and commits.
async fn done(mut write: Write, own: &Own, id: Uuid) -> Result<(), WriteError> {
    write.note("webhook", id);
    write.keep(own.once.as_ref(), id.to_string()).await?;
    write.commit().await?;
    Ok(())
}

/// The webhook of a mutation that was answered before, without its secret.
async fn again(write: Write, own: &Own, id: &str) -> Result<Keyed, WriteError> {
    let id = id.parse::<Uuid>().unwrap_or_default();
    let row = webhook::Entity::find_by_id(id)
        .filter(webhook::Column::ConferenceId.eq(own.conference))
        .one(write.at())
        .await?;
    write.roll_back().await?;
    let row = row.ok_or_else(|| Fault::not_found("clientMutationId", "The webhook that this was about is deleted."))?;
    Ok(Keyed { row, secret: None })
}
