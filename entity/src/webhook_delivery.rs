//! What a webhook is told, and whether it has been. Outside every scope; forgotten after a week.

use sea_orm::entity::prelude::*;

/// What a webhook is told, and whether it has been. Outside every scope; forgotten after a week.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    /// UUID v7: the `webhook-id`, the same each time it is sent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The webhook.
    pub webhook_id: Uuid,
    /// The conference's revision after which it begins.
    pub from_revision: i64,
    /// The one up to which it goes.
    pub revision: i64,
    /// The body, JSON: byte for byte what is signed and sent.
    pub payload: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// How often it was tried: also the number of the try that is being made.
    pub attempts: i32,
    /// How often it had been tried when it was last asked for anew: waits are counted from there.
    pub attempts_before: i32,
    /// When to try; null when there is nothing more to do: it is delivered, or was given up.
    pub next_at: Option<DateTimeUtc>,
    /// Until when whoever tries now has it alone.
    pub locked_until: Option<DateTimeUtc>,
    /// When the receiver took it.
    pub delivered_at: Option<DateTimeUtc>,
    /// The HTTP status of the last answer; null: there was none.
    pub last_status: Option<i32>,
    /// Why the last try failed, in words of ours: nothing that the receiver said, no address.
    pub last_error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
