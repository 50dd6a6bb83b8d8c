//! The application: its settings, database, programs and schema, and how it is served.

#[cfg(test)]
mod faults;
mod streams;

use std::any::TypeId;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::DbErr;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::auth::Viewer;
use crate::auth::accounts::{Accounts, Credential, Lifetimes};
use crate::auth::apps::Apps;
use crate::auth::provider::Providers;
use crate::clock::Source;
use crate::command::desk::Desk;
use crate::config::Config;
use crate::cursor::Cursor;
use crate::db::{Database, PoolOptions};
use crate::error::{AppError, ErrorCode};
use crate::graphql::{self, Budget, Crowd, Pins, Schema};
use crate::http::exports::Exports;
use crate::http::login::Entrance;
use crate::http::messages::Letterbox;
use crate::http::notices::StopDesk;
use crate::http::upload::Uploads;
use crate::http::{self, Asking, Door, Execute, NotReady, Steps};
use crate::live::{Bell, Programs, keep_house, sweep};
use crate::mail::{self, Post};
use crate::metrics::Metrics;
use crate::notice;
use crate::webhook::{self, Webhooks};

/// How long sockets may take to close when the server stops: whoever stops it is promised ten seconds.
const DRAIN: Duration = Duration::from_secs(9);

/// How long the database may be silent before no more requests should be sent here.
const SILENCE: Duration = Duration::from_secs(5);

/// How many mails are sent at once.
const MAILERS: usize = 2;

/// Everything that serving needs. One per process, or several in a test.
pub struct App {
    config: Config,
    database: Database,
    programs: Arc<Programs>,
    desk: Arc<Desk>,
    source: Arc<dyn Source>,
    schema: Schema,
    health: Health,
    metrics: Arc<Metrics>,
    crowd: Arc<Crowd>,
    rates: Arc<http::Rates>,
    entrance: Arc<Entrance>,
    letterbox: Arc<Letterbox>,
    exports: Arc<Exports>,
    stop_desk: Arc<StopDesk>,
    uploads: Arc<Uploads>,
    hubs: Arc<streams::Hubs>,
    sockets: Arc<http::Sockets>,
    /// Routes that only the demo has.
    demo: OnceLock<axum::Router>,
}

/// What `/readyz` says.
struct Health {
    answered: Mutex<Option<Instant>>,
    draining: watch::Sender<bool>,
}

/// Connects as the settings say; makes the data directory where the database is a file in it.
///
/// # Errors
/// If the directory can't be made or the database can't be reached.
pub async fn connect(config: &Config) -> Result<Database, DbErr> {
    if config.database_url.is_empty() {
        let mut directory = std::fs::DirBuilder::new();
        directory.recursive(true);
        // What is in it is for the server's own user.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut directory, 0o700);
        directory.create(&config.data_dir).map_err(|error| {
            DbErr::Custom(format!("the data directory {} can't be made: {error}", config.data_dir.display()))
        })?;
    }
    let own = &config.database;
    let options = PoolOptions {
        read_connections: own.read_connections,
        write_connections: own.write_connections,
        sweep_connections: own.sweep_connections,
        acquire_timeout: Duration::from_millis(own.acquire_timeout_ms),
        lock_timeout: Duration::from_millis(own.lock_timeout_ms),
    };
    Database::connect(config.database().expose(), &options).await
}

impl App {
    /// The application over a database whose schema is up to date.
    #[must_use]
    pub fn new(config: Config, database: Database, source: Arc<dyn Source>) -> Arc<Self> {
        let idle = Duration::from_secs(config.snapshot.idle_seconds);
        let lifetimes = Lifetimes {
            idle: TimeDelta::hours(config.login.idle_hours),
            absolute: TimeDelta::hours(config.login.absolute_hours),
        };
        let accounts = Arc::new(Accounts::new(database.clone(), lifetimes));
        let programs = Arc::new(Programs::new(database.clone(), idle, Arc::clone(&accounts)));
        let waiting = config.database.writes_waiting;
        let post = Arc::new(Post::new(&config));
        let bell = Bell::new(config.redis_url.expose());
        let webhooks = Arc::new(Webhooks::new(&config));
        let (own, of) = (Arc::clone(&source), Arc::clone(&programs));
        let desk = Desk::new(database.clone(), own, of, accounts, post, webhooks, bell, waiting);
        let limits = graphql::Limits {
            page_size: config.limits.page_size,
            ids: config.limits.ids,
            search_chars: config.limits.search_chars,
        };
        let schema = graphql::schema(limits, graphql::Personal(config.calendar.personal));
        let health = Health { answered: Mutex::new(None), draining: watch::Sender::new(false) };
        let own = &config.limits;
        let rates = Arc::new(http::Rates::new(own.requests_per_second, own.requests_burst));
        let crowd = Crowd::new(own.documents_at_once, own.large_at_once, own.large_fields as u64, own.large_waiting);
        let (metrics, crowd) = (Arc::new(Metrics::of(own)), Arc::new(crowd));
        let public = config.public();
        let patience = Duration::from_millis(own.provider_ms);
        let entrance = Arc::new(Entrance {
            desk: Arc::clone(&desk),
            providers: Providers::new(&config.providers, &public, patience, Arc::clone(&source)),
            apps: Apps::new(config.apps.clone()),
            public,
            rates: http::Rates::new(own.logins_per_second, own.logins_burst),
            patience: Duration::from_millis(own.body_ms),
        });
        let letterbox = Arc::new(Letterbox {
            desk: Arc::clone(&desk),
            rates: http::Rates::new(own.logins_per_second, own.logins_burst),
            patience: Duration::from_millis(own.body_ms),
        });
        let exports = Arc::new(Exports::new(Arc::clone(&desk), Arc::clone(&rates), config.public(), config.calendar));
        let stop_desk = Arc::new(StopDesk {
            desk: Arc::clone(&desk),
            rates: http::Rates::new(own.logins_per_second, own.logins_burst),
        });
        let cors_origins = &config.cors_origins;
        let uploads = Uploads::new(Arc::clone(&desk), Arc::clone(&rates), &config.public(), cors_origins, own);
        let demo = OnceLock::new();
        let sockets = http::Sockets::new(&config.limits);
        Arc::new(Self {
            config,
            database,
            programs,
            desk,
            source,
            schema,
            health,
            metrics,
            crowd,
            rates,
            entrance,
            letterbox,
            exports,
            stop_desk,
            uploads,
            hubs: Arc::default(),
            sockets,
            demo,
        })
    }

    /// The settings in force.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The database.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// The programs in use.
    #[must_use]
    pub const fn programs(&self) -> &Arc<Programs> {
        &self.programs
    }

    /// The accounts in memory.
    #[must_use]
    pub fn accounts(&self) -> &Arc<Accounts> {
        &self.desk.accounts
    }

    /// Where writes are taken in.
    #[must_use]
    pub const fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Time, ids and randomness.
    #[must_use]
    pub const fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// How many sockets are open.
    #[must_use]
    pub fn sockets(&self) -> watch::Receiver<usize> {
        self.sockets.open()
    }

    /// How many steps of subscriptions were computed, for however many readers.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.hubs.steps()
    }

    /// How many files and calendars of programs were written, for however many who asked.
    #[must_use]
    pub fn exports_written(&self) -> u64 {
        self.exports.written()
    }

    /// Routes that only the demo has, beside all others. To be called once, before [`App::router`].
    pub fn also_serve(&self, demo: axum::Router) {
        // A second call changes nothing.
        let _ = self.demo.set(demo);
    }

    /// All routes.
    pub fn router(self: &Arc<Self>) -> axum::Router {
        let source = Arc::clone(&self.source);
        let service: Arc<dyn Execute> = Arc::new(Service(Arc::clone(self)));
        http::router(Door {
            schema: service,
            limits: self.config.limits.clone(),
            documents: http::guard::Documents::default(),
            introspection: self.config.graphql.introspection,
            console: self.config.graphql.console,
            graphiql: self.config.graphql.graphiql,
            origins: http::Origins::new(&self.config.public(), &self.config.cors_origins),
            cors_origins: self.config.cors_origins.clone(),
            compression: self.config.compression,
            secure: self.config.public().starts_with("https://"),
            slow: Duration::from_millis(self.config.log.slow_ms),
            metrics: Arc::clone(&self.metrics),
            trusted_proxies: self.config.trusted_proxies.clone(),
            rates: Arc::clone(&self.rates),
            sockets: Arc::clone(&self.sockets),
            draining: self.health.draining.subscribe(),
            chance: {
                let source = Arc::clone(&self.source);
                Arc::new(move || source.chance())
            },
            request_ids: Arc::new(move || source.id().simple().to_string()),
            beside: self
                .demo
                .get()
                .cloned()
                .unwrap_or_default()
                .merge(http::login::routes(Arc::clone(&self.entrance)))
                .merge(http::messages::routes(Arc::clone(&self.letterbox)))
                .merge(http::notices::routes(Arc::clone(&self.stop_desk)))
                .merge(http::upload::routes(Arc::clone(&self.uploads)))
                .merge(http::exports::routes(Arc::clone(&self.exports), self.config.compression)),
        })
    }

    /// The route for those who measure: `/metrics`, in Prometheus's text format.
    pub fn metrics_router(self: &Arc<Self>) -> axum::Router {
        let app = Arc::clone(self);
        http::metrics_router(move || app.metrics.text(&app.programs, &app.database))
    }

    /// Serves `/metrics` until it is dropped.
    pub async fn run_metrics(self: &Arc<Self>, listener: TcpListener) {
        let forever = std::future::pending();
        if let Err(error) = http::serve(listener, self.metrics_router(), &self.config.limits, forever).await {
            tracing::error!(%error, "the metrics are not served any more");
        }
    }

    /// Serves until `shutdown`, sweeping meanwhile; then lets requests finish.
    ///
    /// # Errors
    /// If the listener fails for good.
    pub async fn run(
        self: &Arc<Self>,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> std::io::Result<()> {
        // Loaded before the first request: `/readyz` then says whether the database answers.
        if let Err(error) = self.programs.directory().await {
            tracing::error!(?error, "the directory can't be read yet");
        } else {
            self.health.heard();
        }
        let (stop, stopped) = watch::channel(());
        let mailing = [(); MAILERS].map(|()| tokio::spawn(mail::work(Arc::clone(&self.desk), stopped.clone())));
        let telling = tokio::spawn(webhook::work(Arc::clone(&self.desk), stopped.clone()));
        let noticing = tokio::spawn(notice::follow(Arc::clone(&self.desk), stopped.clone()));
        let housekeeping = tokio::spawn(keep_house(Arc::clone(&self.desk), self.config.history, stopped.clone()));
        let bell = tokio::spawn(self.clone().attend_bell(stopped.clone()));
        let sweeping = tokio::spawn(self.clone().sweep(stopped));
        let mut last = None;
        let served = http::serve(listener, self.router(), &self.config.limits, async {
            shutdown.await;
            last = Some(Instant::now() + DRAIN);
            self.health.draining.send_replace(true);
        })
        .await;
        // Sockets are not the listener's any more: each closes by itself, within the time that draining takes.
        let mut open = self.sockets.open();
        let closed = open.wait_for(|open| *open == 0);
        if tokio::time::timeout_at(last.unwrap_or_else(Instant::now), closed).await.is_err() {
            tracing::warn!("some sockets did not close in time");
        }
        drop(stop);
        for task in mailing.into_iter().chain([telling, noticing, housekeeping, bell, sweeping]) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task in the background did not end well");
            }
        }
        served
    }

    async fn attend_bell(self: Arc<Self>, mut stopped: watch::Receiver<()>) {
        let stop = async move {
            // The sender is dropped, not sent to.
            let _ = stopped.changed().await;
        };
        self.desk.bell.attend(Arc::clone(&self.programs), stop).await;
    }

    async fn sweep(self: Arc<Self>, mut stopped: watch::Receiver<()>) {
        let interval = Duration::from_millis(self.config.snapshot.sweep_interval_ms);
        let stop = async move {
            // The sender is dropped, not sent to.
            let _ = stopped.changed().await;
        };
        let database = self.database.clone();
        let programs = Arc::clone(&self.programs);
        let source = Arc::clone(&self.source);
        sweep(database, programs, source, interval, || self.health.heard(), stop).await;
    }
}

impl Health {
    fn heard(&self) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn ready(&self) -> Result<(), NotReady> {
        if *self.draining.borrow() {
            return Err(NotReady::Draining);
        }
        match *self.answered.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Err(NotReady::Starting),
            Some(at) if at.elapsed() > SILENCE => Err(NotReady::Database),
            Some(_) => Ok(()),
        }
    }
}

/// How often a document is run whose answer turned out to have two states of one conference in it.
const RUNS: usize = 3;

/// The schema as HTTP knows it.
struct Service(Arc<App>);

impl Service {
    /// Who asks. A cookie that is no login any more is none; a token has to be good.
    async fn viewer(&self, asking: Option<&Asking>) -> Result<Viewer, AppError> {
        let Some(credential) = asking.and_then(|asking| asking.credential.as_ref()) else { return Ok(Viewer::Nobody) };
        let viewer = self.0.desk.accounts.viewer(credential, self.0.source.now()).await?;
        let now = std::time::Instant::now();
        match viewer.as_ref().and_then(Viewer::user) {
            Some(user) => self.0.rates.take_user(user, now).map_err(|_| AppError::rate_limited("This user"))?,
            None => {
                let client = asking.and_then(|asking| asking.client);
                let taken = client.map_or(Ok(()), |client| self.0.rates.take(client, now));
                taken.map_err(|_| AppError::rate_limited("This address"))?;
            }
        }
        match (viewer, credential) {
            (Some(viewer), _) => Ok(viewer),
            (None, Credential::Session(_)) => Ok(Viewer::Nobody),
            (None, Credential::Access(_)) => Err(AppError::new(
                ErrorCode::Unauthenticated,
                "This access token is not known here, or has ended; make another.",
            )),
        }
    }

    async fn answer(&self, request: async_graphql::Request, pins: Pins) -> async_graphql::Response {
        let (query, variables) = (request.query.clone(), request.variables.clone());
        let asking = asking(&request).cloned();
        let operation_name = request.operation_name.clone();
        let (mut request, mut pins) = (request, Arc::new(pins));
        // A mutation runs once: what it writes is written.
        if asking.as_ref().is_some_and(|asking| asking.mutates) {
            return self.run(request, pins).await;
        }
        for _ in 1..RUNS {
            let response = self.run(request, Arc::clone(&pins)).await;
            if !pins.mixed().await {
                return response;
            }
            if let Err(error) = self.0.programs.look().await {
                return async_graphql::Response::from_errors(vec![error.into_server_error()]);
            }
            request = async_graphql::Request::new(query.clone()).variables(variables.clone());
            request.operation_name.clone_from(&operation_name);
            if let Some(asking) = &asking {
                request = request.data(asking.clone());
            }
            pins = Arc::new(pins.again().await);
        }
        let response = self.run(request, Arc::clone(&pins)).await;
        if pins.mixed().await {
            // The conference's own row changes faster than it can be read.
            return async_graphql::Response::from_errors(vec![AppError::unavailable().into_server_error()]);
        }
        response
    }

    async fn run(&self, request: async_graphql::Request, pins: Arc<Pins>) -> async_graphql::Response {
        let limits = &self.0.config.limits;
        let budget = match Budget::new(&self.0.crowd, limits.resolved_fields as u64, limits.answer_bytes as u64).await {
            Ok(budget) => Arc::new(budget),
            Err(error) => return async_graphql::Response::from_errors(vec![error.into_server_error()]),
        };
        let response = self.0.schema.execute(request.data(pins).data(Arc::clone(&budget))).await;
        // Nothing partial: what was cut is refused whole.
        match budget.exceeded() {
            Some(error) => async_graphql::Response::from_errors(vec![error.into_server_error()]),
            None => response,
        }
    }
}

/// Who asks, as HTTP has put it into the request's data.
fn asking(request: &async_graphql::Request) -> Option<&Asking> {
    request.data.get(&TypeId::of::<Asking>()).and_then(|data| data.downcast_ref())
}

impl Execute for Service {
    fn execute(
        &self,
        request: async_graphql::Request,
    ) -> Pin<Box<dyn Future<Output = async_graphql::Response> + Send + '_>> {
        let floor = match asking(&request).and_then(|asking| asking.at_least.as_deref()).map(Cursor::decode) {
            None => None,
            Some(Some(cursor)) => Some(cursor),
            Some(None) => {
                let error = AppError::bad_input(
                    "The header Plenary-At-Least holds no cursor; send one as a `cursor` field gave it.",
                );
                let response = async_graphql::Response::from_errors(vec![error.into_server_error()]);
                return Box::pin(std::future::ready(response));
            }
        };
        let floors: Vec<Cursor> = floor.into_iter().collect();
        Box::pin(async move {
            let viewer = match self.viewer(asking(&request)).await {
                Ok(viewer) => viewer,
                Err(error) => return async_graphql::Response::from_errors(vec![error.into_server_error()]),
            };
            let pins = Pins::new(Arc::clone(&self.0.desk), viewer, &floors, self.0.config.limits.cold_conferences);
            self.answer(request, pins).await
        })
    }

    fn subscribe(&self, request: async_graphql::Request) -> Steps {
        streams::subscribe(Arc::clone(&self.0), request)
    }

    fn enter<'a>(
        &'a self,
        asking: &'a Asking,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Uuid>, AppError>> + Send + 'a>> {
        Box::pin(async move { Ok(self.viewer(Some(asking)).await?.user()) })
    }

    fn ended(&self, asking: &Asking) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(streams::ended(Arc::clone(&self.0), asking.credential.clone()))
    }

    fn ready(&self) -> Result<(), NotReady> {
        self.0.health.ready()
    }
}
