//! Something on a program that has changed since a user was last told of it. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Something on a program that has changed since a user was last told of it. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The session, or the paper. It may be gone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_id: Uuid,
    /// The conference it is on.
    pub conference_id: Uuid,
    /// What the user last knew of it, as JSON.
    pub before: String,
    /// When the change was seen.
    pub created_at: DateTimeUtc,
    /// From when on the user may be told.
    pub due_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
