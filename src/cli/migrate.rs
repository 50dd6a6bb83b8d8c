//! `plenary migrate`.

use clap::Args;

use super::{Common, Failure, say, there_is_one};

/// How to migrate.
#[derive(Args, Debug)]
pub struct MigrateArgs {
    /// Only say how many migrations are pending
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: Common,
}

/// Migrates.
pub(super) async fn run(args: MigrateArgs, env: Vec<(String, String)>) -> Result<(), Failure> {
    let config = args.common.load(env, toml::Table::new(), Some("warn"))?;
    if args.dry_run && !there_is_one(&config) {
        return say("there is no database yet; all migrations are pending");
    }
    let broken = |error: sea_orm::DbErr| Failure::new(format!("the database can't be migrated: {error}"));
    let database = crate::app::connect(&config).await.map_err(broken)?;
    let applied = if args.dry_run { None } else { Some(database.migrate().await.map_err(broken)?) };
    let pending = database.pending_migrations().await.map_err(broken)?;
    database.close().await;
    match applied {
        None => say(format!("{pending} migrations pending")),
        Some(0) => say("the schema was up to date"),
        Some(1) => say("1 migration applied"),
        Some(applied) => say(format!("{applied} migrations applied")),
    }
}
