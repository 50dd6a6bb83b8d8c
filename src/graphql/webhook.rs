//! Webhooks: which servers are told what changes, and what they were told. For organizers.

mod mutation;
pub mod payload;

use async_graphql::{Context, Enum, ID, Object};
use entity::{webhook, webhook_delivery};
use uuid::Uuid;

use super::budget::{Text, spend};
use super::connection::{ListKind, PageArgs, Paged, connection, encode};
use super::id::{GlobalId, NodeKind};
use super::pins::Pins;
use super::scalars::{DateTime, Url};
use crate::command::webhook::events;
use crate::error::AppError;

pub(super) use mutation::WebhookMutation;

/// Changes of which objects a webhook is told of. An object counts as changed when its `revision` goes up: also by what is
/// part of it, such as a session's room or its link.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::WebhookEvent")]
pub enum WebhookEvent {
    /// The conference's own fields.
    Conference,
    /// Tracks, and which panels are in them.
    Track,
    /// Rooms, and their links.
    Room,
    /// People on the program.
    Person,
    /// Panels, their papers and sessions.
    Panel,
    /// Papers, their authors and places.
    Paper,
    /// Sessions: when, where, whether they take place, their links.
    Session,
    /// Sessions' uses of rooms, and their links.
    SessionRoom,
    /// Papers' places in sessions.
    Slot,
    /// Notices to everyone.
    Announcement,
}

/// What has become of a delivery.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookDeliveryStatus {
    /// It is to be sent, or sent again.
    Pending,
    /// The receiver has taken it: it answered with a status of 200 to 299.
    Delivered,
    /// It was given up. `redeliverWebhook` sends it again.
    Failed,
}

/// A server that is told.
#[derive(Clone)]
pub struct Webhook {
    row: webhook::Model,
}

/// A server of organizers that is told what changes on their program, as Standard Webhooks 1.0.0
/// (<https://www.standardwebhooks.com>) says: a signed POST with JSON. It is told which objects changed, by their ids; never a
/// link, an address or anything else that is on the program. For organizers.
#[Object]
impl Webhook {
    /// Its global id. Not a node: it is good for the mutations of webhooks.
    async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Webhook, conference: self.row.conference_id, row: self.row.id }.encode()
    }

    /// Where it is told.
    fn url(&self) -> Text<Url> {
        Text(Url(self.row.url.clone()))
    }

    /// What it is for, in the organizers' words; null if nothing was said.
    fn description(&self) -> Option<Text<&str>> {
        self.row.description.as_deref().map(Text)
    }

    /// Changes of which objects it is told of; null: of all.
    async fn events(&self) -> Option<Vec<WebhookEvent>> {
        events(&self.row).map(|events| events.into_iter().map(WebhookEvent::from).collect())
    }

    /// Whether it is told. One that answers 410, or takes nothing for five days, is switched off.
    fn is_active(&self) -> bool {
        self.row.disabled_at.is_none()
    }

    /// Why it is told no more; null if it is active.
    fn disabled_reason(&self) -> Option<Text<&str>> {
        self.row.disabled_reason.as_deref().map(Text)
    }

    /// Since when it is told no more; null if it is active.
    fn disabled_at(&self) -> Option<DateTime> {
        self.row.disabled_at.map(DateTime)
    }

    /// Until when what is sent bears a signature by the secret before the last `rotateWebhookSecret` too; null if it does
    /// not.
    async fn former_secret_until(&self, ctx: &Context<'_>) -> Result<Option<DateTime>, AppError> {
        let now = Pins::of(ctx)?.desk().source.now();
        Ok(self.row.former_until.filter(|until| *until > now).map(DateTime))
    }

    /// When it was made.
    fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// What it was told, and is still to be told, the newest first. Kept for a week; what one that is not active, or takes
    /// nothing, was not told is kept until it was inactive for a week.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
    ) -> Result<WebhookDeliveryConnection, AppError> {
        Box::pin(deliveries(ctx, &self.row, first, after)).await
    }
}

/// Something that a webhook is told.
#[derive(Clone)]
pub struct WebhookDelivery {
    conference: Uuid,
    row: webhook_delivery::Model,
}

/// Something that a webhook is told. It comes at least once, so it may come twice: with the same `webhook-id`. What failed
/// comes later than what came after it: `revision` says which is newer.
#[Object]
impl WebhookDelivery {
    /// Its global id. Not a node: it is good for `redeliverWebhook`.
    async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::WebhookDelivery, conference: self.conference, row: self.row.id }.encode()
    }

    /// The header `webhook-id` with which it is sent, each time the same.
    async fn webhook_id(&self) -> Text<String> {
        Text(self.row.id.to_string())
    }

    /// What has become of it.
    fn status(&self) -> WebhookDeliveryStatus {
        match (self.row.next_at, self.row.delivered_at) {
            (Some(_), _) => WebhookDeliveryStatus::Pending,
            (None, Some(_)) => WebhookDeliveryStatus::Delivered,
            (None, None) => WebhookDeliveryStatus::Failed,
        }
    }

    /// The conference's revision after which what it tells begins.
    #[graphql(name = "fromRevision")]
    fn begins_after(&self) -> i64 {
        self.row.from_revision
    }

    /// The conference's revision up to which it tells what changed.
    fn revision(&self) -> i64 {
        self.row.revision
    }

    /// When it was written down.
    fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// How often it was sent.
    fn attempts(&self) -> i32 {
        self.row.attempts
    }

    /// When it is sent next; null if it is not: it was delivered, or given up.
    fn next_attempt_at(&self) -> Option<DateTime> {
        self.row.next_at.map(DateTime)
    }

    /// When the receiver took it; null if it has not.
    fn delivered_at(&self) -> Option<DateTime> {
        self.row.delivered_at.map(DateTime)
    }

    /// The HTTP status of the last answer; null if there was none.
    fn last_status(&self) -> Option<i32> {
        self.row.last_status
    }

    /// Why it was not taken the last time, in a few words; null if it was, or was not sent yet.
    fn last_error(&self) -> Option<Text<&str>> {
        self.row.last_error.as_deref().map(Text)
    }
}

impl WebhookDelivery {
    fn cursor(&self) -> String {
        encode(ListKind::WebhookDeliveries, ("", self.row.id))
    }
}

connection! {
    /// A page of what a webhook was told, the newest first.
    WebhookDeliveryConnection,
    /// A delivery on a page.
    WebhookDeliveryEdge, WebhookDelivery
}

/// A conference's webhooks. Whoever may not see them never gets here.
pub(super) async fn webhooks(ctx: &Context<'_>, conference: Uuid) -> Result<Vec<Webhook>, AppError> {
    let database = &Pins::of(ctx)?.desk().database;
    let rows = database.webhooks(conference).await.map_err(AppError::unavailable_because)?;
    spend(ctx, rows.len()).await?;
    Ok(rows.into_iter().map(|row| Webhook { row }).collect())
}

async fn deliveries(
    ctx: &Context<'_>,
    own: &webhook::Model,
    first: Option<i32>,
    after: Option<String>,
) -> Result<WebhookDeliveryConnection, AppError> {
    let has_previous = after.is_some();
    let window = PageArgs { first, after, ..PageArgs::default() }.window(ctx, ListKind::WebhookDeliveries)?;
    let first = window.first.unwrap_or_default();
    spend(ctx, first).await?;
    let after = window.after.map(|(_, id)| id);
    let page = Pins::of(ctx)?.desk().database.deliveries(own.id, after, first as u64).await;
    let page = page.map_err(AppError::unavailable_because)?;
    let total = usize::try_from(page.total).unwrap_or(usize::MAX);
    let conference = own.conference_id;
    let nodes = page.deliveries.into_iter().map(|row| WebhookDelivery { conference, row }).collect();
    Ok(WebhookDeliveryConnection(Paged { nodes, total, has_previous, has_next: page.has_next }))
}
