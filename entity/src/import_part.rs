//! Some bytes of an uploaded file, in their order: in parts, so that none of them needs much memory to be written or read.
//! They hold e-mail addresses and links: for no log.

use sea_orm::entity::prelude::*;

/// Some bytes of an uploaded file, in their order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_part")]
pub struct Model {
    /// The upload.
    #[sea_orm(primary_key, auto_increment = false)]
    pub preview_id: Uuid,
    /// 0, 1, …
    #[sea_orm(primary_key, auto_increment = false)]
    pub n: i32,
    /// They, as they came.
    pub bytes: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
