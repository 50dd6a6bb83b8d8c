//! The test kit: every test owns its world, on SQLite and on PostgreSQL alike.

pub mod between;
pub mod browser;
pub mod cluster;
pub mod events;
pub mod files;
pub mod people;
mod postgres;
pub mod process;
pub mod programs;
pub mod redis;
pub mod smtp;
pub mod socket;
pub mod validators;

pub use postgres::bare as bare_postgres;

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use plenary::app::App;
use plenary::clock::Source;
use plenary::command::commit::{CommitError, Committer};
use plenary::command::import::{Imported, Options, import};
use plenary::config::Config;
use plenary::db::{Database, PoolOptions};
use plenary::format::fault::Fault;
use plenary::format::from_program::program_file;
use plenary::format::input::Input;
use plenary::format::program_file::ProgramFile;
use plenary::program::Program;
use serde_json::{Value, json};
use sha2::Digest;
use tower::ServiceExt;
use uuid::Uuid;

/// Which database a world is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Runs a test on each database.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident) $body:block)+) => {
        $($(#[$meta])* mod $name {
            use super::*;

            async fn body($world: &$crate::support::World) $body

            #[test]
            fn sqlite() {
                $crate::support::run($crate::support::Backend::Sqlite, async |world| body(&world).await);
            }

            #[test]
            fn postgres() {
                $crate::support::run($crate::support::Backend::Postgres, async |world| body(&world).await);
            }
        })+
    };
}
pub(crate) use both;

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

pub fn run(backend: Backend, body: impl AsyncFnOnce(World)) {
    runtime().block_on(async {
        let world = World::new(backend).await;
        body(world).await;
    });
}

/// Time that stands still, ids and numbers that count up: whole answers are the same in each run.
#[derive(Debug)]
pub struct Counting(AtomicU64);

impl Default for Counting {
    fn default() -> Self {
        Self(AtomicU64::new(1))
    }
}

impl Source for Counting {
    fn now(&self) -> DateTime<Utc> {
        "2027-01-01T12:00:00Z".parse().unwrap()
    }

    fn id(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        uuid::Builder::from_unix_timestamp_millis(n, &[7; 10]).into_uuid()
    }

    fn random(&self) -> i64 {
        i64::try_from(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
    }

    fn chance(&self) -> f64 {
        0.5
    }

    fn secret(&self) -> [u8; 32] {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        sha2::Sha256::digest(n.to_be_bytes()).into()
    }
}

/// Time that is set, and one count of ids for all instances.
#[derive(Debug)]
pub struct Settable {
    pub now: Mutex<DateTime<Utc>>,
    pub counting: Counting,
}

impl Source for Settable {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    fn id(&self) -> Uuid {
        self.counting.id()
    }

    fn random(&self) -> i64 {
        self.counting.random()
    }

    fn chance(&self) -> f64 {
        0.5
    }

    fn secret(&self) -> [u8; 32] {
        self.counting.secret()
    }
}

/// An application with a database of its own.
pub struct World {
    pub backend: Backend,
    pub url: String,
    pub app: Arc<App>,
    _dir: tempfile::TempDir,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl World {
    pub async fn new(backend: Backend) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = match backend {
            Backend::Sqlite => Database::sqlite_url(&dir.path().join("test.db")),
            Backend::Postgres => postgres::fresh().await,
        };
        let app = Self::app(&url).await;
        Self { backend, url, app, _dir: dir }
    }

    /// On a database that is there.
    pub async fn at(url: String) -> Self {
        Self { backend: Backend::Postgres, app: Self::app(&url).await, url, _dir: tempfile::tempdir().unwrap() }
    }

    /// Another application on the same database, as another process would be.
    pub async fn another(&self) -> Arc<App> {
        Self::app(&self.url).await
    }

    /// The same with these settings.
    pub async fn another_with(&self, settings: &str) -> Arc<App> {
        Self::app_with(&self.url, settings).await
    }

    async fn app(url: &str) -> Arc<App> {
        Self::app_with(url, "").await
    }

    async fn app_with(url: &str, settings: &str) -> Arc<App> {
        let database = Database::connect(url, &pools()).await.unwrap();
        database.migrate().await.unwrap();
        let mut settings: toml::Table = settings.parse().unwrap();
        if let Ok(redis) = std::env::var("PLENARY_TEST_REDIS")
            && url.starts_with("postgres")
        {
            settings.entry("redis_url").or_insert(redis.into());
        }
        let config = Config::load(None, std::iter::empty(), settings).unwrap();
        App::new(config, database, Arc::new(Counting::default()))
    }

    /// The same world seen through another application.
    pub fn through(&self, app: Arc<App>) -> Self {
        Self { backend: self.backend, url: self.url.clone(), app, _dir: tempfile::tempdir().unwrap() }
    }

    pub fn database(&self) -> &Database {
        self.app.database()
    }

    pub async fn import(&self, file: &ProgramFile) -> Imported {
        self.import_with(file, Options::default()).await.unwrap()
    }

    pub async fn import_with(&self, file: &ProgramFile, options: Options) -> Result<Imported, CommitError<Vec<Fault>>> {
        self.import_input(&file.clone().into(), options).await
    }

    /// Imports what was read of any format.
    pub async fn import_input(&self, input: &Input, options: Options) -> Result<Imported, CommitError<Vec<Fault>>> {
        let committer =
            Committer { database: self.database(), source: self.app.source(), actor: "test", progress: &|_, _| {} };
        let imported = import(&committer, input, options).await;
        // What the sweep would do a moment later.
        self.sweep().await;
        imported
    }

    /// One sweep.
    pub async fn sweep(&self) {
        let programs = self.app.programs();
        let seen = self.database().stamps(&programs.scopes()).await.unwrap();
        assert!(programs.catch_up(&seen).await.is_empty());
    }

    /// The program as it is in the database.
    pub async fn program(&self, slug: &str) -> Option<Program> {
        let id = Database::conference_id(self.database().reader(), slug).await.unwrap()?;
        Some(Program::build(self.database().load_program(id).await.unwrap()?).unwrap())
    }

    /// The program as a file.
    pub async fn export(&self, slug: &str) -> ProgramFile {
        program_file(&self.program(slug).await.unwrap())
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status: parts.status, body }
    }

    /// The headers of an answer.
    pub async fn headers(&self, request: Request<Body>) -> axum::http::HeaderMap {
        self.app.router().oneshot(request).await.unwrap().headers().clone()
    }

    /// Runs a statement past the application, as another program would.
    pub async fn execute(&self, sql: &str) {
        sea_orm::ConnectionTrait::execute_unprepared(self.database().reader(), sql).await.unwrap();
    }

    /// From now on no row of this table is changed so that this holds of it, as `NEW`: the database says no.
    pub async fn refuse(&self, table: &str, so: &str) {
        let sql = match self.backend {
            Backend::Sqlite => format!(
                "CREATE TRIGGER refused BEFORE UPDATE ON {table} WHEN {so} BEGIN SELECT RAISE(ABORT, 'refused'); END"
            ),
            Backend::Postgres => format!(
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                     $$ BEGIN RAISE 'refused'; END $$;
                 CREATE TRIGGER refused BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({so}) EXECUTE FUNCTION refuse()"
            ),
        };
        self.execute(&sql).await;
    }

    /// It is changed again.
    pub async fn accept(&self, table: &str) {
        match self.backend {
            Backend::Sqlite => self.execute("DROP TRIGGER refused").await,
            Backend::Postgres => self.execute(&format!("DROP TRIGGER refused ON {table}")).await,
        }
    }

    /// From now on who reads this table fails.
    pub async fn hide(&self, table: &str) {
        self.execute(&format!("ALTER TABLE {table} RENAME TO {table}_hidden")).await;
    }

    /// It can be read again.
    pub async fn unhide(&self, table: &str) {
        self.execute(&format!("ALTER TABLE {table}_hidden RENAME TO {table}")).await;
    }

    /// How many rows a query has.
    pub async fn rows(&self, sql: &str) -> usize {
        use sea_orm::{ConnectionTrait, Statement};
        let reader = self.database().reader();
        let statement = Statement::from_string(reader.get_database_backend(), sql);
        reader.query_all_raw(statement).await.unwrap().len()
    }

    /// Everything in the tables of accounts and in the log, as text.
    pub async fn dump(&self) -> String {
        use entity::*;
        use sea_orm::EntityTrait;
        let at = self.database().reader();
        let mut text = String::new();
        macro_rules! dump {
            ($($module:ident),+) => {
                $(text += &format!("{:?}", $module::Entity::find().all(at).await.unwrap());)+
            };
        }
        dump!(
            user,
            identity,
            login_session,
            access_token,
            login_flow,
            app_code,
            membership,
            administrator,
            star,
            notice_setting,
            notice,
            digest,
            client_mutation,
            scope,
            change,
            draft,
            draft_command,
            import_preview,
            import_part
        );
        text
    }

    /// A GraphQL answer.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json!({ "query": query, "variables": variables }).to_string()))
            .unwrap();
        self.send(request).await.body
    }

    /// The `data` of an answer that must have no errors.
    pub async fn data(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.ask(query, variables).await;
        assert_eq!(answer.get("errors"), None, "{query}\n{answer:#}");
        answer["data"].take()
    }

    /// The code of the one error of an answer.
    pub async fn code(&self, query: &str, variables: Value) -> String {
        let answer = self.ask(query, variables).await;
        let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("no error: {answer:#}"));
        assert_eq!(errors.len(), 1, "{answer:#}");
        errors[0]["extensions"]["code"].as_str().unwrap().to_owned()
    }
}

pub fn pools() -> PoolOptions {
    PoolOptions { read_connections: 2, write_connections: 2, ..PoolOptions::default() }
}

/// Waits until something holds: two seconds, as is promised; where other work shares the machine (`CI`) six.
pub async fn within_two_seconds<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let limit = Duration::from_secs(if std::env::var_os("CI").is_some() { 6 } else { 2 });
    let waiting = async {
        while !holds().await {
            // Often enough to be exact, not so often that the limit of a user's requests is met.
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    };
    let waited = tokio::time::timeout(limit, waiting).await;
    assert!(waited.is_ok(), "not within {limit:?}: {what}");
}
