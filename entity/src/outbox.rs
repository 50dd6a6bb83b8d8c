//! Whether a message has been mailed. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Whether a message has been mailed. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// The message; one mail each.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: Uuid,
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
