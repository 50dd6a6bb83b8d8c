//! Where organizers want to be told of changes, and what they were told.

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
                    .table("webhook")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(text("url"))
                    .col(text_null("description"))
                    .col(text_null("events"))
                    .col(text("secret"))
                    .col(text_null("former_secret"))
                    .col(timestamp_with_time_zone_null("former_until"))
                    .col(big_integer("revision"))
                    .col(big_integer("tag"))
                    .col(timestamp_with_time_zone_null("failing_since"))
                    .col(timestamp_with_time_zone_null("disabled_at"))
                    .col(text_null("disabled_reason"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(uuid_null("created_by"))
                    .foreign_key(ForeignKey::create().from("webhook", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("webhook", &["conference_id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("webhook_delivery")
                    .col(pk_uuid("id"))
                    .col(uuid("webhook_id"))
                    .col(big_integer("from_revision"))
                    .col(big_integer("revision"))
                    .col(text("payload"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(integer("attempts"))
                    .col(integer("attempts_before"))
                    .col(timestamp_with_time_zone_null("next_at"))
                    .col(timestamp_with_time_zone_null("locked_until"))
                    .col(timestamp_with_time_zone_null("delivered_at"))
                    .col(integer_null("last_status"))
                    .col(text_null("last_error"))
                    .foreign_key(ForeignKey::create().from("webhook_delivery", "webhook_id").to("webhook", "id"))
                    .to_owned(),
            )
            .await?;
        // What is due; whether one of a webhook is being sent, how many wait, its log page by page; what is old.
        let columns: [&[&str]; 5] = [
            &["next_at"],
            &["webhook_id", "locked_until"],
            &["webhook_id", "next_at"],
            &["webhook_id", "id"],
            &["created_at"],
        ];
        for columns in columns {
            manager.create_index(index("webhook_delivery", columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["webhook_delivery", "webhook"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
