//! Migrations at start, one instance at a time.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};

use super::{Backend, Database};

/// The advisory lock's key on PostgreSQL: any number that is ours alone.
const MIGRATION_LOCK: i64 = 0x0050_4c45_4e41_5259;

impl Database {
    /// Brings the schema up to date: all pending migrations or none. Two instances that start at once wait for each
    /// other. Returns how many were applied.
    ///
    /// # Errors
    /// If the database can't be reached or a migration fails; nothing is half done.
    pub async fn migrate(&self) -> Result<usize, DbErr> {
        if self.pending_migrations().await? == 0 {
            return Ok(0);
        }
        let transaction = match self.backend {
            // The immediate transaction is the lock.
            Backend::Sqlite => self.begin_write().await?,
            Backend::Postgres => {
                let transaction = self.write.begin().await?;
                transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
                transaction
            }
        };
        let pending = Migrator::get_pending_migrations(&transaction).await?.len();
        Migrator::up(&transaction, None).await?;
        transaction.commit().await?;
        Ok(pending)
    }

    /// Takes back the last `steps` migrations, with the data they hold.
    ///
    /// # Errors
    /// If the database can't be reached or a migration fails.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), DbErr> {
        let transaction = self.begin_write().await?;
        Migrator::down(&transaction, Some(steps)).await?;
        transaction.commit().await
    }

    /// How many migrations this build has that the database has not seen.
    ///
    /// # Errors
    /// If the database can't be reached, or was migrated by a newer build.
    pub async fn pending_migrations(&self) -> Result<usize, DbErr> {
        Ok(Migrator::get_pending_migrations_read_only(&self.write).await?.len())
    }
}
