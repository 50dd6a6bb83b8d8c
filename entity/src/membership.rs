//! Somebody's place in a conference, by account or, before the first login, by e-mail address. In the site's scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::MemberRole;

/// Somebody's place in a conference, by account or, before the first login, by e-mail address. In the site's scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference.
    pub conference_id: Uuid,
    /// The user; null: known by address.
    pub user_id: Option<Uuid>,
    /// A registered address in lower case: whoever logs in with it, verified, is the member. Null: known by account.
    pub email: Option<String>,
    /// As registered.
    pub name: Option<String>,
    /// What the member may do.
    pub role: MemberRole,
    /// When it was set.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
