//! Who a login provider says that a user is. Outside every scope; what it says of verified addresses is in the site's.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Who a login provider says that a user is. Outside every scope; what it says of verified addresses is in the site's.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "identity")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// The provider's issuer; with the subject unique.
    pub issuer: String,
    /// Who it is there, for ever.
    pub subject: String,
    /// The provider's name in the settings, for people.
    pub provider: String,
    /// The address it gave, in lower case.
    pub email: Option<String>,
    /// Whether it says that the address is the user's.
    pub email_verified: bool,
    /// The ORCID iD, where the provider is ORCID.
    pub orcid: Option<String>,
    /// When it was first seen.
    pub created_at: DateTimeUtc,
    /// When it was last used.
    pub last_login_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
