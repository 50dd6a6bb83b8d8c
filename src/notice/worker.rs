//! Looking for what is to be told: any number of instances may, and each change is told once.

use std::collections::BTreeSet;
use std::sync::Arc;

use sea_orm::DbErr;
use tokio::sync::watch;
use uuid::Uuid;

use crate::command::desk::Desk;
use crate::command::notice::tell;
use crate::command::write::WriteError;

/// How far a wait wanders, so that instances do not look in step.
const JITTER: f64 = 0.2;

/// Looks, now and then, until `stop` changes or is dropped.
pub async fn follow(desk: Arc<Desk>, mut stop: watch::Receiver<()>) {
    if !desk.post.tells() {
        return;
    }
    let (mut silent, mut failing) = (false, BTreeSet::new());
    loop {
        // Once when it begins: what stays broken must not fill the log.
        match look(&desk).await {
            Ok(failed) => {
                for (conference, error) in failed.iter().filter(|(conference, _)| !failing.contains(conference)) {
                    tracing::error!(%conference, ?error, "nobody can be told of this conference's changes now");
                }
                (silent, failing) = (false, failed.into_iter().map(|(conference, _)| conference).collect());
            }
            Err(error) => {
                if !silent {
                    tracing::error!(%error, "whom to tell of changes can't be read");
                }
                silent = true;
            }
        }
        let wait = desk.post.look_every().mul_f64(1.0 + JITTER * (2.0 * desk.source.chance() - 1.0));
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Looks once through all that has changed, and has whoever is due told. The conferences of which that failed: what was
/// not done is done the next time.
///
/// # Errors
/// If the database can't be read.
pub async fn look(desk: &Arc<Desk>) -> Result<Vec<(Uuid, WriteError)>, DbErr> {
    let now = desk.source.now();
    let mut conferences: BTreeSet<Uuid> = desk.database.notices_behind().await?.into_iter().collect();
    conferences.extend(desk.database.notices_due(now, now - desk.post.pause()).await?);
    let mut failed = Vec::new();
    for conference in conferences {
        loop {
            match tell(desk, conference).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    failed.push((conference, error));
                    break;
                }
            }
        }
    }
    Ok(failed)
}
