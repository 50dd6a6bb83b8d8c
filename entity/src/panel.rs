//! A panel: what was called for and is held in one or more sessions.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::{PanelKind, PanelStatus};

/// A panel: what was called for and is held in one or more sessions.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "panel")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// The source's own stable identifier, unique in its list.
    pub key: String,
    /// Printed code, unique in the conference at any revision. No index says so: an import may swap two codes.
    pub code: String,
    /// Title.
    pub title: String,
    /// What it is.
    pub kind: PanelKind,
    /// Its track.
    pub track_id: Option<Uuid>,
    /// Markdown.
    pub short_abstract: Option<String>,
    /// Markdown.
    pub r#abstract: Option<String>,
    /// Takes place or not.
    pub status: PanelStatus,
    /// Public material.
    pub url: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
