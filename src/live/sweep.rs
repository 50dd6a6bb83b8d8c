//! The sweep: every half second it asks the database for the state of the scopes in use, so that whatever else fails
//! nothing held is ever stale for long.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::Programs;
use crate::db::Database;

/// How far the interval wanders, so that instances do not ask in step.
const JITTER: f64 = 0.2;

/// Sweeps until `shutdown`. `chance` gives numbers from 0 to 1; `answered` is called whenever the database answered.
pub async fn sweep(
    database: Database,
    programs: Arc<Programs>,
    interval: Duration,
    chance: impl Fn() -> f64 + Send,
    answered: impl Fn() + Send,
    shutdown: impl Future<Output = ()> + Send,
) {
    tokio::pin!(shutdown);
    let mut failing = false;
    loop {
        let wait = interval.mul_f64(1.0 + JITTER * (2.0 * chance() - 1.0));
        tokio::select! {
            () = &mut shutdown => return,
            () = tokio::time::sleep(wait) => {}
        }
        programs.drop_idle();
        let result = once(&database, &programs).await;
        // Once when it begins and once when it ends: a database that is down must not fill the log.
        match (&result, failing) {
            (Err(error), false) => tracing::error!(%error, "the sweep can't read the database; serving what is held"),
            (Ok(()), true) => tracing::info!("the sweep reads the database again"),
            (Err(_), true) | (Ok(()), false) => {}
        }
        failing = result.is_err();
        if !failing {
            answered();
        }
    }
}

async fn once(database: &Database, programs: &Programs) -> Result<(), String> {
    let seen = database.stamps(&programs.scopes()).await.map_err(|error| error.to_string())?;
    programs.catch_up(&seen).await.map_err(|error| format!("{error:?}"))
}
