//! Messages to authors, who refuses them, and the mail that is to be sent.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates them.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}_idx", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("message")
                    .col(pk_uuid("id"))
                    // A conference, a person and a paper may go; what was written about them stays with its writer.
                    .col(uuid("conference_id"))
                    .col(uuid("person_id"))
                    .col(uuid_null("paper_id"))
                    .col(uuid_null("sender_id"))
                    .col(uuid("thread"))
                    .col(text("direction"))
                    .col(text("recipient_hash"))
                    .col(text_null("subject"))
                    .col(text("text"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(ForeignKey::create().from("message", "sender_id").to("user", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("message", &["sender_id", "created_at"])).await?;
        manager.create_index(index("message", &["recipient_hash", "created_at"])).await?;
        manager.create_index(index("message", &["thread", "created_at"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("outbox")
                    .col(pk_uuid("message_id"))
                    .col(integer("attempts"))
                    .col(timestamp_with_time_zone_null("next_at"))
                    .col(timestamp_with_time_zone_null("locked_until"))
                    .col(timestamp_with_time_zone_null("sent_at"))
                    .col(text_null("last_error"))
                    .foreign_key(ForeignKey::create().from("outbox", "message_id").to("message", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("outbox", &["next_at"])).await?;
        manager.create_index(index("outbox", &["sent_at"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("refusal")
                    .col(pk_uuid("id"))
                    .col(text("recipient_hash"))
                    .col(uuid_null("sender_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(ForeignKey::create().from("refusal", "sender_id").to("user", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("refusal", &["recipient_hash"])).await?;
        manager.create_index(index("refusal", &["sender_id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("message_quota")
                    .col(text("key").primary_key())
                    .col(timestamp_with_time_zone("used_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("message_quota", &["used_at"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("server_key")
                    .col(text("name").primary_key())
                    .col(text("secret"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Children first: a table that others refer to can't go before them.
        for table in ["server_key", "message_quota", "refusal", "outbox", "message"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
