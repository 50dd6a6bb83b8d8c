//! A state of the program that was given a name, and what was new in it.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A state of the program that was given a name, and what was new in it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "release")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// Its name.
    pub name: String,
    /// Markdown.
    pub notes: Option<String>,
    /// When it was made.
    pub at: DateTimeUtc,
    /// What differs from the release before, as JSON, for everybody: no links, no addresses. Null: more than is told.
    pub changes: Option<String>,
    /// The conference revision that made it.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
