//! Forgetting what nobody needs any more.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::watch;

use crate::command::desk::Desk;
use crate::command::write::{SITE, Write, WriteError, forget_mutations};
use crate::config::History;
use crate::db::Database;
use crate::webhook::KEPT_DAYS;

/// How often.
const EVERY: Duration = Duration::from_secs(3_600);

/// How far that wanders, so that instances do not do it in step.
const JITTER: f64 = 0.2;

/// How long the answer to a mutation, and that a mail was sent, is kept.
const KEPT: TimeDelta = TimeDelta::days(7);

/// How long a lock on what is counted lies about: longer than anything is counted.
const COUNTED: TimeDelta = TimeDelta::days(2);

/// Forgets what is old, now and then, until `stop` changes or is dropped.
pub async fn keep_house(desk: Arc<Desk>, history: History, mut stop: watch::Receiver<()>) {
    loop {
        if let Err(error) = tidy(&desk, history).await {
            tracing::warn!(?error, "what is old can't be forgotten now");
        }
        let wait = EVERY.mul_f64(1.0 + JITTER * (2.0 * desk.source.chance() - 1.0));
        tokio::select! {
            _ = stop.changed() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Forgets what is old.
///
/// # Errors
/// If the database can't be written.
pub async fn tidy(desk: &Arc<Desk>, history: History) -> Result<(), WriteError> {
    let work = move |desk: Arc<Desk>| async move {
        let write = Write::begin(&desk.database, &*desk.source, "system", &[]).await?;
        let now = write.now();
        forget_mutations(&write, now - KEPT).await?;
        Database::forget_digests(write.at(), now - KEPT).await?;
        Database::forget_imports(write.at(), now).await?;
        Database::forget_mail(write.at(), now - KEPT, now - COUNTED).await?;
        Database::forget_deliveries(write.at(), now - TimeDelta::days(KEPT_DAYS), now).await?;
        if history.keep_days > 0 {
            Database::forget_changes(write.at(), now - TimeDelta::days(history.keep_days.into())).await?;
        }
        write.commit().await?;
        Ok(())
    };
    desk.write(SITE, work).await
}
