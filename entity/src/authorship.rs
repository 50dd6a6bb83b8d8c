//! A person's part in a paper.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A person's part in a paper.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "authorship")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference it belongs to.
    pub conference_id: Uuid,
    /// The paper.
    pub paper_id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// Printed order, from 1.
    pub position: i32,
    /// As printed on this paper; the person's own where null.
    pub affiliation: Option<String>,
    /// Whether they present it.
    pub presenting: bool,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
