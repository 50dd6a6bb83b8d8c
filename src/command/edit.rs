//! Changing a conference's program: a plan, made under the lock on exactly the program that it changes, and one commit.
//!
//! What is shared by all commands is here; a command is its plan.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::desk::Desk;
use super::write::{Once, SITE, Write, WriteError};
use super::{Fault, FaultCode, conference};
use crate::auth::Viewer;
use crate::db::{Database, Stamp};
use crate::error::AppError;
use crate::policy::{Action, Denied, Part, permits_as};
use crate::program::Program;
use crate::program::row::{Row, RowChange, Table};

/// Which program is to be changed, by whom.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The conference.
    pub conference: Uuid,
    /// Who changes it.
    pub user: Uuid,
    /// The revision at which the user read what is changed; `None`: whatever it is now.
    pub expected: Option<i64>,
    /// The mutation's own name.
    pub once: Option<Once>,
    /// By what part in the program, if the user is no organizer; `None`: as an organizer.
    pub by: Option<By>,
}

/// A part in the program by which somebody may change one thing. Whether they have it is looked at twice: by the one who
/// asks, and under the lock, on exactly the program that is changed.
#[derive(Clone, Debug)]
pub struct By {
    /// Who.
    pub viewer: Viewer,
    /// What they do.
    pub action: Action,
    /// To what.
    pub table: Table,
    /// To which.
    pub row: Uuid,
}

impl By {
    /// Whether they may.
    ///
    /// # Errors
    /// Why not.
    pub fn permits(&self, program: &Program) -> Result<(), Denied> {
        let Self { viewer, action, table, row } = self;
        let part = viewer.account().map(|account| Part::of(program, account, *table, *row));
        permits_as(viewer, viewer.audience(program), part.unwrap_or_default(), *action)
    }
}

/// What a plan is made with.
#[derive(Clone, Copy, Debug)]
pub struct Planning {
    /// The revision that is being planned.
    pub revision: i64,
    /// The time.
    pub now: DateTime<Utc>,
    expected: Option<i64>,
}

/// A plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is done to the rows; nothing: there is nothing to do, and no revision.
    pub changes: Vec<RowChange>,
    /// The row that the mutation answers with.
    pub answers: Uuid,
}

/// What an edit came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// The conference's revision from which on it can be read.
    revision: i64,
    /// That revision's tag.
    tag: i64,
    /// The row that the mutation answers with.
    pub answers: Uuid,
}

impl Edited {
    /// Readable from this state on.
    pub(super) const fn at(stamp: Stamp, answers: Uuid) -> Self {
        Self { revision: stamp.revision, tag: stamp.tag, answers }
    }

    /// The state from which on it can be read.
    #[must_use]
    pub const fn stamp(&self) -> Stamp {
        Stamp { revision: self.revision, tag: self.tag }
    }
}

impl Planning {
    /// For this revision, by somebody who has read that one.
    #[must_use]
    pub const fn at(revision: i64, now: DateTime<Utc>, expected: Option<i64>) -> Self {
        Self { revision, now, expected }
    }

    /// Refuses if what is touched has this effective revision and the user has read an older one.
    ///
    /// # Errors
    /// CONFLICT.
    pub fn unchanged(&self, revision: i64) -> Result<(), Fault> {
        match self.expected {
            Some(expected) if revision > expected => Err(Fault::new(
                FaultCode::Conflict,
                &["expectedRevision"],
                format!(
                    "Somebody has changed it in revision {revision}, after the revision {expected} that you read. Read \
                     it again and decide."
                ),
            )),
            Some(_) | None => Ok(()),
        }
    }
}

/// Plans under the lock and commits, once. The plan may run more than once: it must do nothing but plan.
///
/// When this returns, whoever asks this instance reads the change.
///
/// # Errors
/// What the plan refused; or the database's fault, and then nothing is written.
pub async fn edit<P>(desk: &Arc<Desk>, edit: Edit, plan: P) -> Result<Edited, WriteError>
where
    P: Fn(&Program, Planning) -> Result<Plan, Vec<Fault>> + Send + Sync + 'static,
{
    let plan = Arc::new(plan);
    let conference = edit.conference;
    desk.write(conference, move |desk| {
        let (edit, plan) = (edit.clone(), Arc::clone(&plan));
        async move { settled(&desk, conference, |with_site| attempt(&desk, &edit, &*plan, with_site)).await }
    })
    .await
}

/// What an attempt leads to, and who learns of it. The site is locked at the second only: locks are taken in one order,
/// and whether the conference's own row changes is seen under the first.
pub(super) async fn settled<F>(
    desk: &Arc<Desk>,
    conference: Uuid,
    attempt: impl Fn(bool) -> F + Send,
) -> Result<Edited, WriteError>
where
    F: Future<Output = Result<Attempt, WriteError>> + Send,
{
    let (edited, site) = match attempt(false).await? {
        Attempt::Done(edited, site) => (edited, site),
        Attempt::NeedsSite => match attempt(true).await? {
            Attempt::Done(edited, site) => (edited, site),
            Attempt::NeedsSite => return Err(AppError::internal("the site is locked already").into()),
        },
    };
    if let Some(site) = site {
        desk.bell.ring(SITE, site);
    }
    desk.changed(conference, edited.stamp()).await;
    Ok(edited)
}

/// What came of locking once.
pub(super) enum Attempt {
    /// With the site's revision, if that is changed too.
    Done(Edited, Option<i64>),
    /// The conference's own row changes, and the site was not locked.
    NeedsSite,
}

async fn attempt<P>(desk: &Arc<Desk>, edit: &Edit, plan: &P, with_site: bool) -> Result<Attempt, WriteError>
where
    P: Fn(&Program, Planning) -> Result<Plan, Vec<Fault>> + Send + Sync,
{
    let scopes: &[Uuid] = if with_site { &[SITE, edit.conference] } else { &[edit.conference] };
    let mut write = Write::begin(&desk.database, &*desk.source, &edit.user.to_string(), scopes).await?;
    let inside = within(desk, edit, plan, with_site, &mut write).await;
    ended(write, inside).await
}

/// Commits what was planned, and nothing else.
pub(super) async fn ended(write: Write, inside: Result<Inside, WriteError>) -> Result<Attempt, WriteError> {
    match inside {
        Ok(Inside::Planned(edited)) => {
            let site = write.stamps(SITE).map(|(_, after)| after.revision);
            write.commit().await?;
            Ok(Attempt::Done(edited, site))
        }
        Ok(Inside::Answered(edited)) => {
            write.roll_back().await?;
            Ok(Attempt::Done(edited, None))
        }
        Ok(Inside::NeedsSite) => {
            write.roll_back().await?;
            Ok(Attempt::NeedsSite)
        }
        Err(error) => {
            // Whatever was wrong is what is told.
            let _ = write.roll_back().await;
            Err(error)
        }
    }
}

/// What is seen under the locks.
pub(super) enum Inside {
    /// To be committed.
    Planned(Edited),
    /// It was done before.
    Answered(Edited),
    /// The conference's own row changes, and the site is not locked.
    NeedsSite,
}

async fn within<P>(
    desk: &Arc<Desk>,
    edit: &Edit,
    plan: &P,
    with_site: bool,
    write: &mut Write,
) -> Result<Inside, WriteError>
where
    P: Fn(&Program, Planning) -> Result<Plan, Vec<Fault>> + Send + Sync,
{
    if let Some(before) = write.replay(edit.once.as_ref()).await? {
        return Ok(Inside::Answered(serde_json::from_str(&before).map_err(AppError::internal)?));
    }
    let (before, after) = write.stamps(edit.conference).ok_or_else(|| AppError::internal("no scope is locked"))?;
    let program = program_at(desk, write.at(), edit.conference, before).await?;
    if edit.by.as_ref().is_some_and(|by| by.permits(&program).is_err()) {
        return Err(
            Fault::new(FaultCode::Forbidden, &[], "You no longer have a part in this that lets you do it.").into()
        );
    }
    let planning = Planning { revision: after.revision, now: write.now(), expected: edit.expected };
    let Plan { changes, answers } = plan(&program, planning)?;
    let own = changes.iter().find(|change| change.table() == Table::Conference);
    if own.is_some() && !with_site {
        return Ok(Inside::NeedsSite);
    }
    if let Some(RowChange::Update { after: Row::Conference(after), .. }) = own
        && after.slug != program.conference().slug
        && conference::is_taken(write, after).await?
    {
        return Err(conference::taken().into());
    }
    let stamp = if changes.is_empty() { before } else { after };
    if changes.iter().any(|change| change.table() == Table::Conference) {
        write.note(Table::Conference.name(), edit.conference);
    }
    write.rows(edit.conference, changes).await?;
    let edited = Edited { revision: stamp.revision, tag: stamp.tag, answers };
    write.keep(edit.once.as_ref(), serde_json::to_string(&edited).map_err(AppError::internal)?).await?;
    Ok(Inside::Planned(edited))
}

/// The program in exactly this state, which the lock protects: what is held, if it is that, else read inside the lock.
pub(super) async fn program_at(
    desk: &Desk,
    at: &DatabaseTransaction,
    conference: Uuid,
    stamp: Stamp,
) -> Result<Arc<Program>, WriteError> {
    if let Some(held) = desk.programs.held_at(conference, stamp) {
        return Ok(held);
    }
    let loaded = Database::load_program_in(at, conference).await?;
    let mut loaded = loaded.ok_or_else(|| Fault::new(FaultCode::NotFound, &[], "It is no longer there."))?;
    // The scope's row shows the revision being made; the rows are those of the one before.
    loaded.stamp = stamp;
    let program = tokio::task::spawn_blocking(move || Program::build(loaded)).await.map_err(AppError::internal)?;
    Ok(Arc::new(program.map_err(|torn| AppError::internal(torn.0))?))
}
