//! Up to which state a conference's changes were looked through for whoever wants to be told. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Up to which state a conference's changes were looked through for whoever wants to be told. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "notice_position")]
pub struct Model {
    /// The conference.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conference_id: Uuid,
    /// Its revision.
    pub revision: i64,
    /// That revision's tag.
    pub tag: i64,
}

impl ActiveModelBehavior for ActiveModel {}
