//! A panel, session or paper on a user's individual schedule. In the user's scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::StarKind;

/// A panel, session or paper on a user's individual schedule. In the user's scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "star")]
pub struct Model {
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// What is starred.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_id: Uuid,
    /// What kind of thing that is.
    pub kind: StarKind,
    /// Whose it is.
    pub conference_id: Uuid,
    /// When it was starred.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
