//! Whether something has been mailed: a message or a digest. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Whether something has been mailed: a message or a digest. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// The message's or the digest's id; one mail each.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The message, if it is one.
    pub message_id: Option<Uuid>,
    /// The digest, if it is one.
    pub digest_id: Option<Uuid>,
    /// How often it was tried.
    pub attempts: i32,
    /// When to try; null when there is nothing more to do: it is sent, or was given up.
    pub next_at: Option<DateTimeUtc>,
    /// Until when whoever tries now has it alone.
    pub locked_until: Option<DateTimeUtc>,
    /// When the mail server took it.
    pub sent_at: Option<DateTimeUtc>,
    /// Why the last try failed: a word or two of ours, never an address.
    pub last_error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
