//! A paper's place in a session.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A paper's place in a session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "slot")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// The paper.
    pub paper_id: Uuid,
    /// Which of the session's rooms.
    pub session_room_id: Option<Uuid>,
    /// Order in the session, from 1.
    pub position: i32,
    /// Wall clock: the first such instant at or after the session's start.
    pub start_time: Option<Time>,
    /// How long.
    pub minutes: Option<i32>,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
