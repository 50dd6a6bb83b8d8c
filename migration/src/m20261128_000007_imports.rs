//! Files that were uploaded to be imported, and wait to be applied.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates it.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("import_preview")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid("user_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(text("format"))
                    .col(boolean("prune"))
                    .col(text_null("time_zone"))
                    .col(big_integer("byte_count"))
                    // Last, so that what comes before it is read without it.
                    .col(blob("bytes"))
                    .foreign_key(ForeignKey::create().from("import_preview", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        let index = |name: &str, column: &'static str| {
            Index::create().name(name).table("import_preview").col(column).to_owned()
        };
        manager.create_index(index("import_preview_conference_id_idx", "conference_id")).await?;
        manager.create_index(index("import_preview_user_id_idx", "user_id")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("import_preview").to_owned()).await
    }
}
