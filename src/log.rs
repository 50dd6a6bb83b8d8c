//! The log: lines for people or objects for machines, on standard error.

use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::config::{Log, LogFormat};

/// Starts logging for the whole process. To be called once, first of all.
///
/// # Errors
/// The level can't be read, or something has started logging before.
pub fn start(settings: &Log) -> Result<(), String> {
    let subscriber = subscriber(settings, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|error| error.to_string())?;
    tracing::trace!("everything is logged; what is secret is not, at any level");
    Ok(())
}

/// A log of these settings that writes elsewhere, for tests.
///
/// # Errors
/// The level can't be read.
pub fn subscriber<W>(settings: &Log, to: W) -> Result<Box<dyn Subscriber + Send + Sync>, String>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(&settings.level).map_err(|error| error.to_string())?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(to);
    Ok(match settings.format {
        LogFormat::Human => Box::new(builder.with_ansi(false).finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).with_span_list(false).finish()),
    })
}
