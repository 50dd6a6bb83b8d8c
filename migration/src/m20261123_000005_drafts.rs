//! What organizers prepare, and what they have released.

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
                    .table("draft")
                    // Its scope's.
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .foreign_key(ForeignKey::create().from("draft", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        let own =
            Index::create().name("draft_conference_id_key").table("draft").col("conference_id").unique().to_owned();
        manager.create_index(own).await?;
        manager
            .create_table(
                Table::create()
                    .table("draft_command")
                    .col(pk_uuid("id"))
                    .col(uuid("draft_id"))
                    .col(integer("position"))
                    .col(text("command"))
                    .col(text("planned"))
                    .col(big_integer("revision"))
                    .col(uuid("user_id"))
                    .col(timestamp_with_time_zone("at"))
                    .foreign_key(ForeignKey::create().from("draft_command", "draft_id").to("draft", "id"))
                    .to_owned(),
            )
            .await?;
        let own = Index::create().name("draft_command_draft_id_idx").table("draft_command").col("draft_id").to_owned();
        manager.create_index(own).await?;
        manager
            .create_table(
                Table::create()
                    .table("release")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(text("name"))
                    .col(text_null("notes"))
                    .col(timestamp_with_time_zone("at"))
                    .col(text_null("changes"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("release", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        let own = Index::create().name("release_conference_id_idx").table("release").col("conference_id").to_owned();
        manager.create_index(own).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["release", "draft_command", "draft"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
