//! That a person was made one with another: the old id answers with whoever it is now.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// That a person was made one with another: the old id answers with whoever it is now.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "person_merge")]
pub struct Model {
    /// The id of the person who is no more.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// Who it is now.
    pub person_id: Uuid,
    /// The conference revision that last wrote the row.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
