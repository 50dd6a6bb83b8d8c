//! Somebody with an account. In a scope of its own.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Somebody with an account. In a scope of its own.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// UUID v7; also the id of the user's scope.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// As the login provider gave it, or as the user has set it.
    pub name: String,
    /// The ORCID iD that the user logged in with.
    pub orcid: Option<String>,
    /// When the user first logged in.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
