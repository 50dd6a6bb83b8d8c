//! A short public notice on the conference or one of its sessions.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A short public notice on the conference or one of its sessions.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "announcement")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// The session it is about; null: the whole conference.
    pub session_id: Option<Uuid>,
    /// Markdown.
    pub text: String,
    /// When it was made.
    pub at: DateTimeUtc,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
