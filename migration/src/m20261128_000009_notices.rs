//! Who is told by mail when the program changes, what they are to be told, and the mail that says it: it goes the way of
//! messages.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates it.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

fn to(table: &'static str, column: &'static str, other: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(other, "id").to_owned()
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}_idx", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// Makes the outbox anew, with the rows of the one before: a table's key and references can't be changed in place on
/// SQLite.
async fn outbox(manager: &SchemaManager<'_>, table: &mut TableCreateStatement, copy: &str) -> Result<(), DbErr> {
    for name in ["outbox_next_at_idx", "outbox_sent_at_idx"] {
        manager.drop_index(Index::drop().name(name).table("outbox").to_owned()).await?;
    }
    manager.rename_table(Table::rename().table("outbox", "outbox_before").to_owned()).await?;
    table
        .table("outbox")
        .col(integer("attempts"))
        .col(timestamp_with_time_zone_null("next_at"))
        .col(timestamp_with_time_zone_null("locked_until"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(text_null("last_error"))
        .foreign_key(&mut to("outbox", "message_id", "message"));
    manager.create_table(table.to_owned()).await?;
    manager.get_connection().execute_unprepared(copy).await?;
    manager.drop_table(Table::drop().table("outbox_before").to_owned()).await?;
    manager.create_index(index("outbox", &["next_at"])).await?;
    manager.create_index(index("outbox", &["sent_at"])).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("notice_setting")
                    .col(uuid("user_id"))
                    .col(uuid("conference_id"))
                    .col(boolean("wanted"))
                    .col(timestamp_with_time_zone("created_at"))
                    .primary_key(Index::create().col("user_id").col("conference_id"))
                    .foreign_key(&mut to("notice_setting", "user_id", "user"))
                    .foreign_key(&mut to("notice_setting", "conference_id", "conference"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("notice_setting", &["conference_id"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("notice_position")
                    .col(pk_uuid("conference_id"))
                    .col(big_integer("revision"))
                    .col(big_integer("tag"))
                    .foreign_key(&mut to("notice_position", "conference_id", "conference"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("notice")
                    .col(uuid("user_id"))
                    // What it is about may be deleted, which is what there is to tell: it refers to no table.
                    .col(uuid("target_id"))
                    .col(uuid("conference_id"))
                    .col(text("before"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("due_at"))
                    .primary_key(Index::create().col("user_id").col("target_id"))
                    .foreign_key(&mut to("notice", "user_id", "user"))
                    .foreign_key(&mut to("notice", "conference_id", "conference"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("notice", &["conference_id", "user_id"])).await?;
        manager.create_index(index("notice", &["due_at"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("digest")
                    .col(pk_uuid("id"))
                    .col(uuid("user_id"))
                    .col(uuid("conference_id"))
                    .col(text("subject"))
                    .col(text("text"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to("digest", "user_id", "user"))
                    .foreign_key(&mut to("digest", "conference_id", "conference"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("digest", &["user_id", "conference_id"])).await?;
        manager.create_index(index("digest", &["conference_id"])).await?;
        manager.create_index(index("digest", &["created_at"])).await?;
        let mut table = Table::create();
        table
            .col(pk_uuid("id"))
            .col(uuid_null("message_id").unique_key())
            .col(uuid_null("digest_id").unique_key())
            .foreign_key(&mut to("outbox", "digest_id", "digest"));
        let copy = "INSERT INTO outbox (id, message_id, attempts, next_at, locked_until, sent_at, last_error) \
                    SELECT message_id, message_id, attempts, next_at, locked_until, sent_at, last_error \
                    FROM outbox_before";
        outbox(manager, &mut table, copy).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table.col(pk_uuid("message_id"));
        let copy = "INSERT INTO outbox (message_id, attempts, next_at, locked_until, sent_at, last_error) \
                    SELECT message_id, attempts, next_at, locked_until, sent_at, last_error \
                    FROM outbox_before WHERE message_id IS NOT NULL";
        outbox(manager, &mut table, copy).await?;
        for table in ["digest", "notice", "notice_position", "notice_setting"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
