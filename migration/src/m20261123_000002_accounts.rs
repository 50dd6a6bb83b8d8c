//! Accounts, memberships and stars.

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

fn to_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "user_id").to("user", "id").to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("user")
                    .col(pk_uuid("id"))
                    .col(text("name"))
                    .col(text_null("orcid"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("identity")
                    .col(pk_uuid("id"))
                    .col(uuid("user_id"))
                    .col(text("issuer"))
                    .col(text("subject"))
                    .col(text("provider"))
                    .col(text_null("email"))
                    .col(boolean("email_verified"))
                    .col(text_null("orcid"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("last_login_at"))
                    .foreign_key(&mut to_user("identity"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("identity", &["issuer", "subject"])).await?;
        manager.create_index(index("identity", "user_id")).await?;
        manager.create_index(index("identity", "email")).await?;
        manager
            .create_table(
                Table::create()
                    .table("login_session")
                    .col(pk_uuid("id"))
                    .col(uuid("user_id"))
                    .col(text("token_hash"))
                    .col(text_null("user_agent"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("seen_at"))
                    .foreign_key(&mut to_user("login_session"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("login_session", &["token_hash"])).await?;
        manager.create_index(index("login_session", "user_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("access_token")
                    .col(pk_uuid("id"))
                    .col(uuid("user_id"))
                    .col(text("token_hash"))
                    .col(text("name"))
                    .col(text_null("app"))
                    .col(text("scopes"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone_null("used_at"))
                    .foreign_key(&mut to_user("access_token"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("access_token", &["token_hash"])).await?;
        manager.create_index(index("access_token", "user_id")).await?;
        manager
            .create_table(
                Table::create()
                    .table("login_flow")
                    .col(text("state_hash").primary_key())
                    .col(text("provider"))
                    .col(text("browser_hash"))
                    .col(text("nonce"))
                    .col(text("pkce_verifier"))
                    .col(text("return_to"))
                    .col(uuid_null("link_to"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("login_flow", "created_at")).await?;
        manager
            .create_table(
                Table::create()
                    .table("app_code")
                    .col(text("code_hash").primary_key())
                    .col(uuid("user_id"))
                    .col(text("app"))
                    .col(text("redirect_uri"))
                    .col(text("challenge"))
                    .col(text("scopes"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(uuid_null("token_id"))
                    .foreign_key(&mut to_user("app_code"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("app_code", "user_id")).await?;
        manager.create_index(index("app_code", "created_at")).await?;
        manager
            .create_table(
                Table::create()
                    .table("membership")
                    .col(pk_uuid("id"))
                    .col(uuid("conference_id"))
                    .col(uuid_null("user_id"))
                    .col(text_null("email"))
                    .col(text_null("name"))
                    .col(text("role"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(ForeignKey::create().from("membership", "conference_id").to("conference", "id"))
                    .foreign_key(&mut to_user("membership"))
                    .check(Expr::cust("(user_id IS NULL) <> (email IS NULL)"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("membership", &["conference_id", "user_id"])).await?;
        manager.create_index(unique("membership", &["conference_id", "email"])).await?;
        manager.create_index(index("membership", "user_id")).await?;
        manager.create_index(index("membership", "email")).await?;
        manager
            .create_table(
                Table::create()
                    .table("administrator")
                    .col(pk_uuid("id"))
                    .col(text("email"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(unique("administrator", &["email"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("star")
                    .col(uuid("user_id"))
                    .col(uuid("target_id"))
                    .col(text("kind"))
                    .col(uuid("conference_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .primary_key(Index::create().col("user_id").col("target_id"))
                    .foreign_key(&mut to_user("star"))
                    .foreign_key(ForeignKey::create().from("star", "conference_id").to("conference", "id"))
                    .to_owned(),
            )
            .await?;
        // Without it a database that has not counted its rows reads all stars of the conference for one user's.
        let mut own = Index::create();
        own.name("star_user_id_conference_id_idx").table("star").col("user_id").col("conference_id");
        manager.create_index(own).await?;
        // What is starred may be deleted meanwhile, so `target_id` refers to no table; counting goes by conference.
        let mut counted = Index::create();
        counted.name("star_conference_id_target_id_idx").table("star").col("conference_id").col("target_id");
        manager.create_index(counted).await?;
        manager
            .create_table(
                Table::create()
                    .table("client_mutation")
                    .col(uuid("user_id"))
                    .col(text("mutation"))
                    .col(text("client_mutation_id"))
                    .col(text("input_hash"))
                    .col(text("result"))
                    .col(timestamp_with_time_zone("created_at"))
                    .primary_key(Index::create().col("user_id").col("mutation").col("client_mutation_id"))
                    .foreign_key(&mut to_user("client_mutation"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("client_mutation", "created_at")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Children first: a table that others refer to can't go before them.
        for table in [
            "client_mutation",
            "star",
            "administrator",
            "membership",
            "app_code",
            "login_flow",
            "access_token",
            "login_session",
            "identity",
            "user",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
