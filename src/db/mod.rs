//! The database: which one it is, its pools, and how a transaction begins on it. Nothing else asks which one it is.

mod load;
mod migrate;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnectOptions, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

pub use load::{Directory, Loaded, Stamp};
pub use write::{Scope, Written};

/// What a pool may take.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// Connections for reads.
    pub read_connections: u32,
    /// Connections for writes; SQLite has one whatever this says.
    pub write_connections: u32,
    /// Connections for the sweep.
    pub sweep_connections: u32,
    /// How long to wait for a connection.
    pub acquire_timeout: Duration,
    /// How long a write waits for another's lock.
    pub lock_timeout: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            read_connections: 4,
            write_connections: 4,
            sweep_connections: 1,
            acquire_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(10),
        }
    }
}

/// A database with its pools. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    read: DatabaseConnection,
    write: DatabaseConnection,
    sweep: DatabaseConnection,
    backend: Backend,
    lock_timeout: Duration,
    statements: Arc<AtomicU64>,
}

/// Which database it is; matched only in this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backend {
    Sqlite,
    Postgres,
}

impl Database {
    /// Connects, without touching the schema. `url` is `postgres://…` or `sqlite://PATH`.
    ///
    /// # Errors
    /// If the address is neither, or the database can't be reached.
    pub async fn connect(url: &str, options: &PoolOptions) -> Result<Self, DbErr> {
        let backend = if url.starts_with("sqlite:") {
            Backend::Sqlite
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Backend::Postgres
        } else {
            return Err(DbErr::Custom("a database address starts with `sqlite://` or `postgres://`".into()));
        };
        let statements = Arc::new(AtomicU64::new(0));
        let pool = |connections: u32| {
            let statements = Arc::clone(&statements);
            async move {
                let mut connection = sea_orm::Database::connect(pool_options(url, options, connections)).await?;
                connection.set_metric_callback(move |_| {
                    statements.fetch_add(1, Ordering::Relaxed);
                });
                Ok::<_, DbErr>(connection)
            }
        };
        // SQLite has one writer: a second connection would only wait for the first.
        let writers = match backend {
            Backend::Sqlite => 1,
            Backend::Postgres => options.write_connections,
        };
        // The writer first: it makes the file and sets its journal, which readers then find.
        let write = pool(writers).await?;
        let read = pool(options.read_connections).await?;
        let sweep = pool(options.sweep_connections).await?;
        Ok(Self { read, write, sweep, backend, lock_timeout: options.lock_timeout, statements })
    }

    /// The address of a SQLite file.
    #[must_use]
    pub fn sqlite_url(path: &Path) -> String {
        // What would end the path or be read as an escape is escaped.
        let path = path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        format!("sqlite://{path}?mode=rwc")
    }

    /// How many SQL statements have run since it was opened, transactions' begins and ends not counted.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The name of the product, for messages.
    #[must_use]
    pub const fn product(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "SQLite",
            Backend::Postgres => "PostgreSQL",
        }
    }

    /// The connection for single reads.
    #[must_use]
    pub const fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// A transaction in which everything read is of one moment.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn begin_read(&self) -> Result<DatabaseTransaction, DbErr> {
        Self::begin_snapshot(&self.read, self.backend).await
    }

    async fn begin_snapshot(connection: &DatabaseConnection, backend: Backend) -> Result<DatabaseTransaction, DbErr> {
        connection
            .begin_with_options(match backend {
                // Deferred: the first read fixes the moment.
                Backend::Sqlite => TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                    ..TransactionOptions::default()
                },
                Backend::Postgres => TransactionOptions {
                    isolation_level: Some(IsolationLevel::RepeatableRead),
                    access_mode: Some(AccessMode::ReadOnly),
                    ..TransactionOptions::default()
                },
            })
            .await
    }

    /// A transaction that writes. On SQLite it holds the database's one write lock from here on; on PostgreSQL it is
    /// READ COMMITTED and the scope's row, locked by its first statement, is the lock.
    ///
    /// # Errors
    /// If the database can't be reached or stays locked.
    pub async fn begin_write(&self) -> Result<DatabaseTransaction, DbErr> {
        match self.backend {
            Backend::Sqlite => {
                let options = TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..TransactionOptions::default()
                };
                self.write.begin_with_options(options).await
            }
            Backend::Postgres => {
                use sea_orm::ConnectionTrait;
                let transaction = self.write.begin_with_config(Some(IsolationLevel::ReadCommitted), None).await?;
                let wait = self.lock_timeout.as_millis();
                transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = {wait}")).await?;
                Ok(transaction)
            }
        }
    }

    /// Closes the pools.
    pub async fn close(self) {
        for connection in [self.read, self.sweep, self.write] {
            if let Err(error) = connection.close().await {
                tracing::warn!(?error, "a database pool did not close cleanly");
            }
        }
    }
}

fn pool_options(url: &str, options: &PoolOptions, connections: u32) -> ConnectOptions {
    let mut pool = ConnectOptions::new(url);
    let lock_timeout = options.lock_timeout;
    pool.max_connections(connections.max(1))
        .acquire_timeout(options.acquire_timeout)
        .connect_timeout(options.acquire_timeout)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // An acknowledged write survives a power cut.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(lock_timeout)
                .foreign_keys(true)
        })
        .map_sqlx_postgres_opts(|postgres| postgres.application_name("plenary"));
    pool
}

/// A database error that another try may not meet: a deadlock, a serialisation failure, a lock not had in time.
#[must_use]
pub fn is_transient(error: &DbErr) -> bool {
    let text = error.to_string();
    // PostgreSQL's codes 40P01, 40001 and 55P03, and SQLite's "database is locked" (5), as sqlx prints them.
    ["deadlock detected", "could not serialize", "lock timeout", "database is locked"]
        .iter()
        .any(|symptom| text.contains(symptom))
}
