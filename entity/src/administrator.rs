//! Somebody who may create conferences, by e-mail address. In the site's scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Somebody who may create conferences, by e-mail address. In the site's scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "administrator")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In lower case: whoever logs in with it, verified. Unique.
    pub email: String,
    /// When it was granted.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
