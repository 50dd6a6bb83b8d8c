//! A file that was uploaded to be imported, until it is applied or thrown away. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::ImportFormat;

/// A file that was uploaded to be imported, until it is applied or thrown away. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "import_preview")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference that it is to be imported into.
    pub conference_id: Uuid,
    /// Who uploaded it.
    pub user_id: Uuid,
    /// When.
    pub created_at: DateTimeUtc,
    /// From when on it is not there any more.
    pub expires_at: DateTimeUtc,
    /// What it is read as.
    pub format: ImportFormat,
    /// Whether what it no longer has is to be removed.
    pub prune: bool,
    /// The time zone, where the file names none.
    pub time_zone: Option<String>,
    /// How many bytes it has.
    pub byte_count: i64,
}

impl ActiveModelBehavior for ActiveModel {}
