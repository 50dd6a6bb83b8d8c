//! A browser that is logged in. Outside every scope while it lives; its end is in the site's log.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A browser that is logged in. Outside every scope while it lives; its end is in the site's log.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "login_session")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// SHA-256 of the cookie's token, in base64url: the token itself is never stored. Unique.
    pub token_hash: String,
    /// What the browser calls itself, for the user to know it by.
    pub user_agent: Option<String>,
    /// When the user logged in: the absolute lifetime counts from here.
    pub created_at: DateTimeUtc,
    /// When it was last used, to some minutes: the idle time counts from here.
    pub seen_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
