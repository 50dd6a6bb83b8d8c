//! What a program logs in with. Outside every scope while it lives; its end is in the site's log.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What a program logs in with. Outside every scope while it lives; its end is in the site's log.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "access_token")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// SHA-256 of the token, in base64url: the token itself is never stored. Unique.
    pub token_hash: String,
    /// What it is for, in the user's words, or the app's name.
    pub name: String,
    /// The app that asked for it, by its name in the settings; null if the user made it.
    pub app: Option<String>,
    /// What it allows: names with spaces between.
    pub scopes: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it ends.
    pub expires_at: DateTimeUtc,
    /// When it was last used, to some minutes; null: never.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
