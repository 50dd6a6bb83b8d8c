//! What organizers leave to others, and people who turned out to be one.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates it.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What a conference may allow.
const ALLOWED: [&str; 3] = ["convenors_edit_papers", "chairs_set_links", "authors_edit_abstracts"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in ALLOWED {
            let add = Table::alter().table("conference").add_column(boolean(column).default(false)).to_owned();
            manager.alter_table(add).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("person_merge")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid("person_id"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("person_merge", "conference_id").to("conference", "id"))
                    .foreign_key(ForeignKey::create().from("person_merge", "person_id").to("person", "id"))
                    .to_owned(),
            )
            .await?;
        for column in ["conference_id", "person_id"] {
            let name = format!("person_merge_{column}_idx");
            manager.create_index(Index::create().name(name).table("person_merge").col(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("person_merge").to_owned()).await?;
        for column in ALLOWED {
            manager.alter_table(Table::alter().table("conference").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
