//! A mail that tells a user what has changed on a program. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A mail that tells a user what has changed on a program. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "digest")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// The conference.
    pub conference_id: Uuid,
    /// One line.
    pub subject: String,
    /// Plain text, without what every mail has.
    pub text: String,
    /// When it was made: what it says was so then.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
