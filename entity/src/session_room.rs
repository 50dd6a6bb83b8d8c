//! A session's use of a room: what carries the link.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A session's use of a room: what carries the link.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "session_room")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// The room.
    pub room_id: Uuid,
    /// Where to join; null: the room's own. Restricted.
    pub link: Option<String>,
    /// Order in the session, from 1.
    pub position: i32,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
