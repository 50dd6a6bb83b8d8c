//! Opening links at their time: a write, so that no answer ever reads the clock.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::conference;
use entity::enums::Audience;
use uuid::Uuid;

use crate::auth::Viewer;
use crate::clock::Source;
use crate::command::commit::{CommitError, Committed, Committer, Target};
use crate::db::Database;
use crate::policy::{Action, permits};
use crate::program::row::RowChange;

/// Opens the links of every conference whose time has come by the database's clock, whoever else does so too. How many
/// this one has opened.
///
/// # Errors
/// If the database can't be read; a conference that can't be written is told in the log, and tried again next time.
pub async fn open_due(database: &Database, source: &Arc<dyn Source>) -> Result<usize, sea_orm::DbErr> {
    let mut opened = 0;
    for (conference, at) in database.links_due().await? {
        match open(database, source, conference, at).await {
            Ok(Committed::Revision(stamp)) => {
                tracing::info!(%conference, revision = stamp.revision, "the links are open");
                opened += 1;
            }
            Ok(Committed::Unchanged(_)) => {}
            Err(error) => tracing::warn!(%conference, ?error, "the links can't be opened yet"),
        }
    }
    Ok(opened)
}

async fn open(
    database: &Database,
    source: &Arc<dyn Source>,
    conference: Uuid,
    due: DateTime<Utc>,
) -> Result<Committed, CommitError<()>> {
    if permits(&Viewer::System, Audience::Public, Action::OpenLinks).is_err() {
        return Err(CommitError::Refused(()));
    }
    let committer = Committer { database, source, actor: "system", progress: &|_, _| {} };
    let plan = |program: Option<&crate::program::Program>, planning: crate::command::commit::Planning| {
        let row = program.map(crate::program::Program::conference);
        // Another instance was faster, or an organizer has set another time meanwhile.
        let Some(row) = row.filter(|row| !row.links_open && row.links_open_at == Some(due)) else {
            return Ok(Vec::new());
        };
        let after = conference::Model { links_open: true, links_revision: planning.revision, ..row.clone() };
        Ok(vec![RowChange::Update { before: row.clone().into(), after: after.into() }])
    };
    committer.commit(Target::Existing(conference), plan).await
}
