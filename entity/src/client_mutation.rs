//! A mutation that was answered, so that the same one sent again does nothing twice. Outside every scope; kept a week.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A mutation that was answered, so that the same one sent again does nothing twice. Outside every scope; kept a week.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "client_mutation")]
pub struct Model {
    /// Who sent it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The field's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub mutation: String,
    /// The client's name for it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_mutation_id: String,
    /// SHA-256 of the input, in base64url.
    pub input_hash: String,
    /// Ids and cursor of what was answered, as JSON.
    pub result: String,
    /// When it was answered.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
