//! One thing that a draft does, in its order. In the draft's scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// One thing that a draft does, in its order. In the draft's scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "draft_command")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The draft.
    pub draft_id: Uuid,
    /// Order in the draft; gaps mean nothing.
    pub position: i32,
    /// What is done and with what, as JSON.
    pub command: String,
    /// The row changes that it came to when it was put in, as JSON: what the organizer saw.
    pub planned: String,
    /// The conference's revision when it was put in.
    pub revision: i64,
    /// Who put it in.
    pub user_id: Uuid,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
