//! A paper of a panel.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::PaperStatus;

/// A paper of a panel.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "paper")]
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
    /// Title.
    pub title: String,
    /// Markdown.
    pub r#abstract: Option<String>,
    /// As the conference calls it.
    pub r#type: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Given or not.
    pub status: PaperStatus,
    /// A JSON array of strings.
    pub keywords: String,
    /// Public material.
    pub url: Option<String>,
    /// Order in the panel; gaps mean nothing.
    pub position: i32,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
