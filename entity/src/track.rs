//! A track: a theme that panels belong to.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A track: a theme that panels belong to.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "track")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// Unique in the conference.
    pub code: String,
    /// Printed name.
    pub name: String,
    /// Order to show; gaps mean nothing.
    pub position: i32,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
