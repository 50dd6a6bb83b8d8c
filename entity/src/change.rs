//! One row of the log: what a revision inserted, updated or deleted. Never updated.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// One row of the log: what a revision inserted, updated or deleted. Never updated.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "change")]
pub struct Model {
    /// Whose revision.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope_id: Uuid,
    /// Which one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i64,
    /// Order in the revision, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub n: i32,
    /// The revision's tag.
    pub tag: i64,
    /// When.
    pub at: DateTimeUtc,
    /// Who: `system`, `cli`, or a user's id.
    pub actor: String,
    /// The table's name.
    pub entity: String,
    /// The row's id.
    pub row_id: Uuid,
    /// The row before, as JSON; null: inserted.
    pub before: Option<String>,
    /// The row after, as JSON; null: deleted.
    pub after: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
