//! The program's tables, the scopes and the log.

use sea_orm_migration::{prelude::*, schema::*};

/// Creates them.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}_key", columns.join("_"))).table(table).unique();
    for column in columns {
        index.col(*column);
    }
    index
}

fn index(table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(format!("{table}_{column}_idx")).table(table).col(column).to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("scope")
                    .col(pk_uuid("id"))
                    .col(text("kind"))
                    .col(big_integer("revision"))
                    .col(big_integer("tag"))
                    .col(big_integer("previous_tag"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("conference")
                    .col(pk_uuid("id"))
                    .col(text("slug"))
                    .col(text("name"))
                    .col(text("time_zone"))
                    .col(date("starts_on"))
                    .col(date("ends_on"))
                    .col(text_null("url"))
                    .col(text("visibility"))
                    .col(text("link_audience"))
                    .col(timestamp_with_time_zone_null("links_open_at"))
                    .col(boolean("links_open"))
                    .col(big_integer("links_revision"))
                    .col(big_integer("zone_revision"))
                    .col(big_integer("revision"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("conference", &["slug"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("track")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(text("code"))
                    .col(text("name"))
                    .col(integer("position"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("track", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("track", &["conference_id", "code"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("room")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(text("key"))
                    .col(text("name"))
                    .col(text("kind"))
                    .col(integer_null("capacity"))
                    .col(text_null("link"))
                    .col(integer("position"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("room", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("room", &["conference_id", "key"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("person")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(text("key"))
                    .col(text("name"))
                    .col(text_null("affiliation"))
                    .col(text_null("country"))
                    .col(text_null("orcid"))
                    .col(text_null("email"))
                    .col(text_null("url"))
                    .col(text_null("biography"))
                    .col(boolean("accepts_messages"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("person", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("person", &["conference_id", "key"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("panel")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(text("key"))
                    .col(text("code"))
                    .col(text("title"))
                    .col(text("kind"))
                    .col(uuid_null("track_id"))
                    .col(text_null("short_abstract"))
                    .col(text_null("abstract"))
                    .col(text("status"))
                    .col(text_null("url"))
                    .col(text_null("language"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("panel", "conference_id").to("conference", "id"))
                    .foreign_key(ForeignKey::create().from("panel", "track_id").to("track", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("panel", &["conference_id", "key"])).await?;
        manager.create_index(index("panel", "track_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("paper")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid("panel_id"))
                    .col(text("key"))
                    .col(text("title"))
                    .col(text_null("abstract"))
                    .col(text_null("type"))
                    .col(text_null("language"))
                    .col(text("status"))
                    .col(text("keywords"))
                    .col(text_null("url"))
                    .col(integer("position"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("paper", "conference_id").to("conference", "id"))
                    .foreign_key(ForeignKey::create().from("paper", "panel_id").to("panel", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("paper", &["conference_id", "key"])).await?;
        manager.create_index(index("paper", "panel_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("session")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid("panel_id"))
                    .col(text("key"))
                    .col(integer("number"))
                    .col(text_null("title"))
                    .col(date_null("date"))
                    .col(time_null("start_time"))
                    .col(time_null("end_time"))
                    .col(small_integer("fold"))
                    .col(text("status"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("session", "conference_id").to("conference", "id"))
                    .foreign_key(ForeignKey::create().from("session", "panel_id").to("panel", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("session", &["conference_id", "key"])).await?;
        manager.create_index(index("session", "panel_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("session_room")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid("session_id"))
                    .col(uuid("room_id"))
                    .col(text_null("link"))
                    .col(integer("position"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("session_room", "conference_id").to("conference", "id"))
                    .foreign_key(ForeignKey::create().from("session_room", "session_id").to("session", "id"))
                    .foreign_key(ForeignKey::create().from("session_room", "room_id").to("room", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("session_room", &["session_id", "room_id"])).await?;
        manager.create_index(index("session_room", "conference_id")).await?;
        manager.create_index(index("session_room", "room_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("slot")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid("session_id"))
                    .col(uuid("paper_id"))
                    .col(uuid_null("session_room_id"))
                    .col(integer("position"))
                    .col(time_null("start_time"))
                    .col(integer_null("minutes"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("slot", "conference_id").to("conference", "id"))
                    .foreign_key(ForeignKey::create().from("slot", "session_id").to("session", "id"))
                    .foreign_key(ForeignKey::create().from("slot", "paper_id").to("paper", "id"))
                    .foreign_key(ForeignKey::create().from("slot", "session_room_id").to("session_room", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("slot", "conference_id")).await?;
        manager.create_index(index("slot", "session_id")).await?;
        manager.create_index(index("slot", "paper_id")).await?;
        manager.create_index(index("slot", "session_room_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("participation")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid_null("panel_id"))
                    .col(uuid_null("session_id"))
                    .col(uuid("person_id"))
                    .col(text("role"))
                    .col(text_null("affiliation"))
                    .col(integer("position"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("participation", "conference_id").to("conference", "id"))
                    .foreign_key(ForeignKey::create().from("participation", "panel_id").to("panel", "id"))
                    .foreign_key(ForeignKey::create().from("participation", "session_id").to("session", "id"))
                    .foreign_key(ForeignKey::create().from("participation", "person_id").to("person", "id"))
                    .check(Expr::cust("(panel_id IS NULL) <> (session_id IS NULL)"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("participation", "conference_id")).await?;
        manager.create_index(index("participation", "panel_id")).await?;
        manager.create_index(index("participation", "session_id")).await?;
        manager.create_index(index("participation", "person_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("authorship")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid("paper_id"))
                    .col(uuid("person_id"))
                    .col(integer("position"))
                    .col(text_null("affiliation"))
                    .col(boolean("presenting"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("authorship", "conference_id").to("conference", "id"))
                    .foreign_key(ForeignKey::create().from("authorship", "paper_id").to("paper", "id"))
                    .foreign_key(ForeignKey::create().from("authorship", "person_id").to("person", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("authorship", "conference_id")).await?;
        manager.create_index(index("authorship", "paper_id")).await?;
        manager.create_index(index("authorship", "person_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("announcement")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid_null("session_id"))
                    .col(text("text"))
                    .col(timestamp_with_time_zone("at"))
                    .col(big_integer("revision"))
                    .foreign_key(ForeignKey::create().from("announcement", "conference_id").to("conference", "id"))
                    .foreign_key(ForeignKey::create().from("announcement", "session_id").to("session", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("announcement", "conference_id")).await?;
        manager.create_index(index("announcement", "session_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("change")
                    .col(uuid("scope_id"))
                    .col(big_integer("revision"))
                    .col(integer("n"))
                    .col(big_integer("tag"))
                    .col(timestamp_with_time_zone("at"))
                    .col(text("actor"))
                    .col(text("entity"))
                    .col(uuid("row_id"))
                    .col(text_null("before"))
                    .col(text_null("after"))
                    .primary_key(Index::create().col("scope_id").col("revision").col("n"))
                    .to_owned(),
            )
            .await?;
        // The site's scope is there from the start: nil id, revision 0.
        manager
            .execute(
                Query::insert()
                    .into_table("scope")
                    .columns(["id", "kind", "revision", "tag", "previous_tag"])
                    .values_panic([
                        sea_orm::prelude::Uuid::nil().into(),
                        "SITE".into(),
                        0i64.into(),
                        0i64.into(),
                        0i64.into(),
                    ])
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Children first: a table that others refer to can't go before them.
        for table in [
            "change",
            "announcement",
            "authorship",
            "participation",
            "slot",
            "session_room",
            "session",
            "paper",
            "panel",
            "person",
            "room",
            "track",
            "conference",
            "scope",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
