//! Whether a user wants mail when a conference's program changes. In the user's scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Whether a user wants mail when a conference's program changes. In the user's scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "notice_setting")]
pub struct Model {
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The conference.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conference_id: Uuid,
    /// Whether it is wanted; one that is missing is as false.
    pub wanted: bool,
    /// When it was last said.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
