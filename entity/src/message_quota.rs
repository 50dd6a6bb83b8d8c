//! A lock on one sender or recipient while their messages are counted. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A lock on one sender or recipient while their messages are counted. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "message_quota")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// When it was last taken.
    pub used_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
