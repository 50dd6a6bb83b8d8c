//! What the organizers of a conference prepare together. Its id is its scope's.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What the organizers of a conference prepare together. Its id is its scope's.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "draft")]
pub struct Model {
    /// Its scope's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference; it has one draft.
    pub conference_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
