//! A login that has begun: the browser is at the provider's. Outside every scope; taken once.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A login that has begun: the browser is at the provider's. Outside every scope; taken once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "login_flow")]
pub struct Model {
    /// SHA-256 of the `state`, in base64url.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    /// The provider it was begun with: no other may end it.
    pub provider: String,
    /// SHA-256 of the cookie of the browser that began it: no other may end it.
    pub browser_hash: String,
    /// OpenID Connect's nonce.
    pub nonce: String,
    /// The secret whose challenge the provider has.
    pub pkce_verifier: String,
    /// The path of ours where the browser goes afterwards.
    pub return_to: String,
    /// The logged-in user who adds an identity; null for a login.
    pub link_to: Option<Uuid>,
    /// When it began; it ends by itself some minutes later.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
