//! The sweep: every half second it asks the database for the state of the scopes in use, so that whatever else fails
//! nothing held is ever stale for long.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::{Programs, open_due};
use crate::clock::Source;
use crate::db::Database;

/// How far the interval wanders, so that instances do not ask in step.
const JITTER: f64 = 0.2;

/// Sweeps until `shutdown`. `answered` is called whenever the database answered.
pub async fn sweep(
    database: Database,
    programs: Arc<Programs>,
    source: Arc<dyn Source>,
    interval: Duration,
    answered: impl Fn() + Send,
    shutdown: impl Future<Output = ()> + Send,
) {
    tokio::pin!(shutdown);
    let (mut silent, mut behind) = (false, BTreeSet::new());
    loop {
        let wait = interval.mul_f64(1.0 + JITTER * (2.0 * source.chance() - 1.0));
        tokio::select! {
            () = &mut shutdown => return,
            () = tokio::time::sleep(wait) => {}
        }
        programs.drop_idle();
        let seen = database.stamps(&programs.scopes()).await;
        // Once when it begins and once when it ends: a database that is down must not fill the log.
        match (&seen, silent) {
            (Err(error), false) => tracing::error!(%error, "the sweep can't read the database; serving what is held"),
            (Ok(_), true) => tracing::info!("the sweep reads the database again"),
            (Err(_), true) | (Ok(_), false) => {}
        }
        silent = seen.is_err();
        let Ok(seen) = seen else { continue };
        answered();
        match open_due(&database, &source).await {
            // What was opened here is seen here at once.
            Ok(opened) if opened > 0 => {
                if let Err(error) = programs.look().await {
                    tracing::warn!(?error, "what was opened can't be read yet");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the sweep can't ask whose links are due"),
        }
        let failed = programs.catch_up(&seen).await;
        for (scope, error) in &failed {
            if !behind.contains(scope) {
                tracing::error!(%scope, ?error, "this scope can't be brought up to date; serving what is held of it");
            }
        }
        behind = failed.into_iter().map(|(scope, _)| scope).collect();
    }
}
