//! Plenary's migrations: one file a migration, with an up and a down, in the SQL that SQLite and PostgreSQL share.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261123_000001_program;
mod m20261123_000002_accounts;
mod m20261123_000003_messages;
mod m20261123_000004_organizing;
mod m20261123_000005_drafts;
mod m20261128_000006_calendars;
mod m20261128_000007_imports;
mod m20261128_000008_webhooks;
mod m20261128_000009_notices;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_program::Migration),
            Box::new(m20261123_000002_accounts::Migration),
            Box::new(m20261123_000003_messages::Migration),
            Box::new(m20261123_000004_organizing::Migration),
            Box::new(m20261123_000005_drafts::Migration),
            Box::new(m20261128_000006_calendars::Migration),
            Box::new(m20261128_000007_imports::Migration),
            Box::new(m20261128_000008_webhooks::Migration),
            Box::new(m20261128_000009_notices::Migration),
        ]
    }
}
