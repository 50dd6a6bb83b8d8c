//! Whose messages a person on some program does not want. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Whose messages a person on some program does not want. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "refusal")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of the person's address, keyed.
    pub recipient_hash: String,
    /// Whose; null: anybody's.
    pub sender_id: Option<Uuid>,
    /// When it was said.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
