//! A person's role in a panel or in one session.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::Role;

/// A person's role in a panel or in one session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "participation")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// The panel, or null.
    pub panel_id: Option<Uuid>,
    /// The session, or null. Exactly one of the two is set.
    pub session_id: Option<Uuid>,
    /// Who.
    pub person_id: Uuid,
    /// What they do.
    pub role: Role,
    /// As printed for this role; the person's own where null.
    pub affiliation: Option<String>,
    /// Order in the panel or session, from 1.
    pub position: i32,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
