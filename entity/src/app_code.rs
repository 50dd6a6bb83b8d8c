//! A code that an app exchanges once for an access token. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A code that an app exchanges once for an access token. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "app_code")]
pub struct Model {
    /// SHA-256 of the code, in base64url.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: String,
    /// Who let the app in.
    pub user_id: Uuid,
    /// The app, by its name in the settings.
    pub app: String,
    /// Where the code was sent; the exchange must name the same.
    pub redirect_uri: String,
    /// PKCE's S256 challenge.
    pub challenge: String,
    /// What the user allows: names with spaces between.
    pub scopes: String,
    /// When it was made; it ends a minute later.
    pub created_at: DateTimeUtc,
    /// The token that it was exchanged for: a second exchange ends that. Null: not exchanged yet.
    pub token_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
