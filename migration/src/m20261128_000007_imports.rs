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
                    .foreign_key(ForeignKey::create().from("import_preview", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        let index = |name: &str, column: &'static str| {
            Index::create().name(name).table("import_preview").col(column).to_owned()
        };
        manager.create_index(index("import_preview_conference_id_idx", "conference_id")).await?;
        manager.create_index(index("import_preview_user_id_idx", "user_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("import_part")
                    .col(uuid("preview_id"))
                    .col(integer("n"))
                    .col(blob("bytes"))
                    .primary_key(Index::create().col("preview_id").col("n"))
                    .foreign_key(ForeignKey::create().from("import_part", "preview_id").to("import_preview", "id"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["import_part", "import_preview"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
