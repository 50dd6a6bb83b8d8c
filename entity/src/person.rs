//! A person on the program. Not an account.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A person on the program. Not an account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "person")]
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
    /// Their own; what is printed elsewhere may differ.
    pub affiliation: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// With hyphens.
    pub orcid: Option<String>,
    /// Private: never leaves the server.
    pub email: Option<String>,
    /// Public page.
    pub url: Option<String>,
    /// Markdown.
    pub biography: Option<String>,
    /// Whether messages are delivered; false once the person has refused all.
    pub accepts_messages: bool,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
