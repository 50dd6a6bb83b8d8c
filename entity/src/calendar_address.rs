//! Which address a user's calendar of a conference has. In the user's scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Which address a user's calendar of a conference has. In the user's scope. Without a row it has its first.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "calendar_address")]
pub struct Model {
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The conference.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conference_id: Uuid,
    /// Counts the addresses: only the last one answers.
    pub generation: i32,
    /// Whether it answers at all.
    pub active: bool,
    /// When that was said.
    pub changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
