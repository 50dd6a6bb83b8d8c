//! One sitting of a panel. Times are wall clock in the conference's zone.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::SessionStatus;

/// One sitting of a panel. Times are wall clock in the conference's zone.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// Its panel.
    pub panel_id: Uuid,
    /// The source's own stable identifier, unique in its list.
    pub key: String,
    /// 1, 2, …
    pub number: i32,
    /// Where it has one of its own.
    pub title: Option<String>,
    /// Null: to be announced.
    pub date: Option<Date>,
    /// Null: to be announced.
    pub start_time: Option<Time>,
    /// Null: to be announced. Earlier than the start: on the next day.
    pub end_time: Option<Time>,
    /// 0 or 1: which of two, where the start's local time exists twice.
    pub fold: i16,
    /// Takes place or not.
    pub status: SessionStatus,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
