//! A room, with walls or without.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::RoomKind;

/// A room, with walls or without.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "room")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// The source's own stable identifier, unique in its list.
    pub key: String,
    /// Printed name.
    pub name: String,
    /// Walls or not.
    pub kind: RoomKind,
    /// Seats.
    pub capacity: Option<i32>,
    /// Where to join, for sessions in it that have no link of their own. Restricted.
    pub link: Option<String>,
    /// Order to show; gaps mean nothing.
    pub position: i32,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
