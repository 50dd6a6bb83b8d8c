//! What has a revision: a conference, a user, or the site. The row is the lock that orders commits.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::ScopeKind;

/// What has a revision: a conference, a user, or the site. The row is the lock that orders commits.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "scope")]
pub struct Model {
    /// The conference's or user's id; nil for the site.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What kind of thing it is.
    pub kind: ScopeKind,
    /// Counts committed changes from 0.
    pub revision: i64,
    /// Random, new with each revision: tells this history from another that reached the same number.
    pub tag: i64,
    /// The tag before this one, so that a writer that holds the lock can check what it planned on.
    pub previous_tag: i64,
}

impl ActiveModelBehavior for ActiveModel {}
