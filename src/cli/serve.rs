//! `plenary serve`.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Common, Failure, open, say};
use crate::app::App;
use crate::clock::System;
use crate::config::Config;

/// Below so many open files the audience of one conference does not fit.
#[cfg(unix)]
const ENOUGH_FILES: u64 = 16_384;

/// Settings of the server.
#[derive(Args, Debug, Default)]
pub struct ServeArgs {
    /// Address and port [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// redis://…: needed by several instances, to tell one another of changes at once
    #[arg(long, value_name = "URL")]
    redis_url: Option<String>,
    /// The address that people reach this server by, such as `https://program.example.org`
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A proxy that is believed about whom it asks for; address or network, may be given again
    #[arg(long = "trusted-proxy", value_name = "NETWORK")]
    trusted_proxies: Vec<String>,
    #[command(flatten)]
    pub(super) common: Common,
}

impl ServeArgs {
    pub(super) fn load(&self, env: Vec<(String, String)>) -> Result<Config, Failure> {
        let mut flags = toml::Table::new();
        for (name, value) in
            [("listen", &self.listen), ("redis_url", &self.redis_url), ("public_url", &self.public_url)]
        {
            if let Some(value) = value {
                flags.insert(name.into(), value.as_str().into());
            }
        }
        if !self.trusted_proxies.is_empty() {
            flags.insert("trusted_proxies".into(), self.trusted_proxies.clone().into());
        }
        self.common.load(env, flags, None)
    }
}

/// Serves until told to stop.
pub(super) async fn run(args: ServeArgs, env: Vec<(String, String)>) -> Result<(), Failure> {
    let mut config = args.load(env)?;
    let listener = listen(&mut config).await?;
    let database = open(&config).await?;
    let app = App::new(config, database, Arc::new(System));
    let told = told_to_stop()?;
    say(format!("Plenary serves {}/graphql; stop with Ctrl-C.", app.config().public()))?;
    until_told(&app, listener, told).await
}

/// Listens, and puts into the settings on what: port 0 is any free one.
pub(super) async fn listen(config: &mut Config) -> Result<TcpListener, Failure> {
    let address = config.listen;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let mend = match error.kind() {
            std::io::ErrorKind::AddrInUse => "something else listens there; choose another with --listen",
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need rights; choose another with --listen",
            _ => "is it an address of this machine? Set it with --listen",
        };
        Failure::new(format!("can't listen on {address}: {error}\n{mend}"))
    })?;
    config.listen = listener.local_addr()?;
    Ok(listener)
}

pub(super) async fn until_told(
    app: &Arc<App>,
    listener: TcpListener,
    told: impl Future<Output = ()> + Send,
) -> Result<(), Failure> {
    if !app.desk().post.sends() {
        tracing::warn!("no mail server is set (mail.smtp_url): nobody can write to authors");
    }
    raise_open_files();
    let metrics = measure(app).await?;
    let product = app.database().product();
    tracing::info!(address = %app.config().listen, database = product, "listening");
    app.run(listener, told).await?;
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    tracing::info!("stopped");
    app.database().clone().close().await;
    Ok(())
}

/// Serves `/metrics` where the settings say so.
async fn measure(app: &Arc<App>) -> Result<Option<JoinHandle<()>>, Failure> {
    let address = app.config().metrics_listen.clone();
    if address.is_empty() {
        return Ok(None);
    }
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        Failure::new(format!("can't listen on {address} for metrics: {error}\nChoose another with metrics_listen"))
    })?;
    tracing::info!(%address, "serving /metrics");
    let app = Arc::clone(app);
    Ok(Some(tokio::spawn(async move { app.run_metrics(listener).await })))
}

/// Each connection is an open file: as many as the system lets this process have.
fn raise_open_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        if limit.current != limit.maximum {
            limit.current = limit.maximum;
            if let Err(error) = setrlimit(Resource::Nofile, limit) {
                tracing::warn!(%error, "the limit of open files can't be raised");
            }
        }
        let files = getrlimit(Resource::Nofile).current;
        if files.is_some_and(|files| files < ENOUGH_FILES) {
            tracing::warn!(files, "few files may be open: fewer connections than this; raise it with ulimit -n");
        }
    }
}

/// Ends at SIGINT or SIGTERM. They are listened for from the call on, not only once this is waited for: whoever reads
/// that the server is up may stop it at once.
pub(super) fn told_to_stop() -> Result<impl Future<Output = ()> + Send, Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// The path of the file the data is in, for people; `None` with a server.
pub(super) fn kept_in(config: &Config) -> Option<PathBuf> {
    config.database_url.is_empty().then(|| config.data_dir.join("plenary.db"))
}
