//! The database: which one it is, its pools, and how a transaction begins on it. Nothing else asks which one it is.

mod accounts;
mod calendars;
mod deliveries;
mod digests;
mod history;
mod imports;
mod load;
mod messages;
mod migrate;
mod notices;
mod outbox;
mod people;
mod stars;
mod webhooks;
mod write;

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectOptions, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel,
    RuntimeErr, SqlErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use url::Url;

pub use accounts::{ReadLogin, SiteEntry};
pub use calendars::CalendarAddress;
pub use deliveries::{DeliveryPage, Tried};
pub use digests::{DigestMail, Owed};
pub use history::{History, LoggedRevision};
pub use load::{Directory, Loaded, LogEntry, Stamp};
pub use messages::{Delivery, Letter, MessagePage};
pub use outbox::Bears;
pub use people::{Belongings, MemberPage, MemberRow, Profile};
pub use stars::Stars;
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

/// What a database's address has to be.
pub const ADDRESS: &str = "sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE, in which the characters \
                           # / ? @ : % of a password are written as %23 %2F %3F %40 %3A %25";

/// Whether this can be a database's address. The address itself is a secret: it may hold a password.
#[must_use]
pub fn is_address(url: &str) -> bool {
    Backend::of(url).is_some()
}

/// Whether there is a database at this address, as far as can be told without asking it: a file of SQLite's either is
/// there or would be made.
#[must_use]
pub fn exists(url: &str) -> bool {
    sqlite_file(url).is_none_or(|file| file.exists())
}

/// The file of a SQLite database.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let options = url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(url).ok())??;
    Some(options.get_filename().to_owned())
}

/// Makes the file of a new SQLite database, which its owner alone may read: it holds links and addresses. SQLite gives
/// the files that it makes beside it the same mode.
fn make_private(file: &Path) -> Result<(), DbErr> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(DbErr::Custom(format!("the file {} can't be made: {error}", file.display())))
        }
        _ => Ok(()),
    }
}

impl Backend {
    fn of(url: &str) -> Option<Self> {
        if url.starts_with("sqlite:") {
            // One in memory would be another for each connection.
            let memory = url.contains(":memory:") || url.contains("mode=memory");
            return (!memory && SqliteConnectOptions::from_str(url).is_ok()).then_some(Self::Sqlite);
        }
        let postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        (postgres && Url::parse(url).is_ok() && PgConnectOptions::from_str(url).is_ok()).then_some(Self::Postgres)
    }
}

impl Database {
    /// Connects, without touching the schema. `url` is `postgres://…` or `sqlite://PATH`.
    ///
    /// # Errors
    /// If the address is neither, or the database can't be reached.
    pub async fn connect(url: &str, options: &PoolOptions) -> Result<Self, DbErr> {
        // Before any library sees it: theirs repeat the whole address, password included, where they can't read it.
        let backend = Backend::of(url).ok_or_else(|| DbErr::Custom(format!("the database's address is {ADDRESS}")))?;
        if let Some(file) = sqlite_file(url) {
            make_private(&file)?;
        }
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

    /// Whether it takes one writer at a time.
    #[must_use]
    pub const fn has_one_writer(&self) -> bool {
        match self.backend {
            Backend::Sqlite => true,
            Backend::Postgres => false,
        }
    }

    /// The pools: what each is for, how many connections it has open, and how many of those wait for work.
    #[must_use]
    pub fn pools(&self) -> [(&'static str, u64, u64); 3] {
        [("read", &self.read), ("write", &self.write), ("sweep", &self.sweep)].map(|(name, pool)| {
            let (open, idle) = match self.backend {
                Backend::Sqlite => {
                    let pool = pool.get_sqlite_connection_pool();
                    (pool.size(), pool.num_idle())
                }
                Backend::Postgres => {
                    let pool = pool.get_postgres_connection_pool();
                    (pool.size(), pool.num_idle())
                }
            };
            (name, u64::from(open), idle as u64)
        })
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

    /// Whether the instant in this column has passed by the database's own clock.
    fn has_passed(&self, column: impl ColumnTrait) -> Expr {
        use sea_orm::sea_query::{ExprTrait, Func};
        match self.backend {
            // Kept as text: compared as the days that it means.
            Backend::Sqlite => {
                let days = |instant: Expr| Expr::from(Func::cust("julianday").arg(instant));
                days(Expr::col(column)).lte(days(Expr::value("now")))
            }
            Backend::Postgres => Expr::col(column).lte(Expr::current_timestamp()),
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
    // PostgreSQL's deadlock_detected, serialization_failure and lock_not_available; SQLite's SQLITE_BUSY, whose other
    // half is the extended code.
    let code = code(error);
    code.as_deref().is_some_and(|code| match code.parse::<u32>() {
        Ok(sqlite) if code.len() < 5 => sqlite & 0xFF == 5,
        _ => matches!(code, "40P01" | "40001" | "55P03"),
    })
}

/// A row that is there already: of two that were written at once, another's.
#[must_use]
pub fn is_unique(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// The database's own code of an error: an SQLSTATE, or SQLite's number.
fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    error.as_database_error()?.code().map(Cow::into_owned)
}
