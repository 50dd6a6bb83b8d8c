//! Personal calendars: which address each has, and whether a conference lets links into them.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates it.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = boolean("links_in_calendars").default(false).to_owned();
        manager.alter_table(Table::alter().table("conference").add_column(column).to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("calendar_address")
                    .col(uuid("user_id"))
                    .col(uuid("conference_id"))
                    .col(integer("generation"))
                    .col(boolean("active"))
                    .col(timestamp_with_time_zone("changed_at"))
                    .primary_key(Index::create().col("user_id").col("conference_id"))
                    .foreign_key(ForeignKey::create().from("calendar_address", "user_id").to("user", "id"))
                    .foreign_key(ForeignKey::create().from("calendar_address", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        let index = Index::create()
            .name("calendar_address_conference_id_idx")
            .table("calendar_address")
            .col("conference_id")
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("calendar_address").to_owned()).await?;
        let column = Table::alter().table("conference").drop_column("links_in_calendars").to_owned();
        manager.alter_table(column).await
    }
}
