//! Committing: one transaction that locks the scope, plans on exactly the program that the lock protects, and writes
//! rows and log as one revision. Nothing to change: rolled back, no revision.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::enums::ScopeKind;
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use crate::clock::Source;
use crate::db::{Database, Scope, Stamp, Written, is_transient};
use crate::program::Program;
use crate::program::row::{RowChange, Table};

/// How often a transaction that met another's lock is tried again.
const TRIES: u32 = 5;

/// The site's scope: the directory.
const SITE: Uuid = Uuid::nil();

/// Why nothing was committed.
#[derive(Debug)]
pub enum CommitError<E> {
    /// The plan refused; nothing was written.
    Refused(E),
    /// There is no such conference.
    NotFound,
    /// The database failed; nothing was written.
    Database(DbErr),
    /// The rows found are no program.
    Torn(String),
}

impl<E> From<DbErr> for CommitError<E> {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// What a commit came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// There was nothing to change: the conference is in this state still.
    Unchanged(Stamp),
    /// The conference's new state.
    Revision(Stamp),
}

/// Which conference a commit is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// One that exists.
    Existing(Uuid),
    /// One that the plan makes, with this id.
    New(Uuid),
}

/// What a plan gets besides the program.
#[derive(Clone, Copy, Debug)]
pub struct Planning {
    /// The revision that is being planned.
    pub revision: i64,
    /// The time.
    pub now: DateTime<Utc>,
}

/// Where commits go and who makes them.
pub struct Committer<'a> {
    /// The database.
    pub database: &'a Database,
    /// Time, ids and randomness.
    pub source: &'a Arc<dyn Source>,
    /// `cli`, `system`, or a user's id.
    pub actor: &'a str,
    /// Told how many of how many changes are written.
    pub progress: &'a (dyn Fn(usize, usize) + Send + Sync),
}

impl Committer<'_> {
    /// Plans under the lock and commits. The plan may run more than once: it must not do anything but plan. A change
    /// of the conference's own row takes the site's scope too, first, in the order in which all writers lock.
    ///
    /// # Errors
    /// See [`CommitError`]; nothing is written then.
    pub async fn commit<E>(
        &self,
        target: Target,
        plan: impl Fn(Option<&Program>, Planning) -> Result<Vec<RowChange>, E> + Send + Sync,
    ) -> Result<Committed, CommitError<E>>
    where
        E: Send,
    {
        let mut with_site = false;
        let mut tries = 0;
        loop {
            match self.attempt(target, with_site, &plan).await {
                Ok(Attempt::Done(committed)) => return Ok(committed),
                // Seen only now: the conference's own row changes, and locks are taken in one order. So once more.
                Ok(Attempt::NeedsSite) => with_site = true,
                Err(CommitError::Database(error)) if is_transient(&error) && tries < TRIES => {
                    tries += 1;
                    tracing::info!(%error, tries, "a commit met another's lock; once more");
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn attempt<E>(
        &self,
        target: Target,
        with_site: bool,
        plan: &(impl Fn(Option<&Program>, Planning) -> Result<Vec<RowChange>, E> + Send + Sync),
    ) -> Result<Attempt, CommitError<E>> {
        let transaction = self.database.begin_write().await?;
        let outcome = self.within(&transaction, target, with_site, plan).await;
        match outcome {
            Ok(Attempt::Done(Committed::Revision(_))) => transaction.commit().await?,
            Ok(_) | Err(_) => transaction.rollback().await?,
        }
        outcome
    }

    async fn within<E>(
        &self,
        transaction: &DatabaseTransaction,
        target: Target,
        with_site: bool,
        plan: &(impl Fn(Option<&Program>, Planning) -> Result<Vec<RowChange>, E> + Send + Sync),
    ) -> Result<Attempt, CommitError<E>> {
        let now = self.source.now();
        let tag = || self.source.random();
        let mut site = None;
        if with_site {
            site = Database::lock_scope(transaction, SITE, tag()).await?;
        }
        let conference = match target {
            Target::Existing(id) => id,
            Target::New(id) => {
                Database::create_scope(transaction, id, ScopeKind::Conference).await?;
                id
            }
        };
        let Some(scope) = Database::lock_scope(transaction, conference, tag()).await? else {
            return Err(CommitError::NotFound);
        };
        let program = match target {
            Target::Existing(_) => Some(self.program_under_lock(transaction, &scope).await?),
            Target::New(_) => None,
        };
        let planning = Planning { revision: scope.after.revision, now };
        let changes = plan(program.as_ref(), planning).map_err(CommitError::Refused)?;
        if changes.is_empty() {
            return Ok(Attempt::Done(Committed::Unchanged(scope.before)));
        }
        let directory_changes = changes.iter().any(|change| change.table() == Table::Conference);
        if directory_changes && site.is_none() && matches!(target, Target::Existing(_)) {
            return Ok(Attempt::NeedsSite);
        }
        let total = changes.len();
        let changes: Vec<RowChange> = changes.into_iter().map(|change| change.at(scope.after.revision)).collect();
        let written = Written { actor: self.actor.to_owned(), at: now };
        let progress = |done: usize| (self.progress)(done, total);
        Database::write_changes(transaction, &scope, &written, &changes, &progress).await?;
        if directory_changes {
            // A new conference's scope nobody can see yet, so nobody waits for it while holding the site's: the
            // site's may come last, and a large import holds it only for a moment.
            let site = match site {
                Some(site) => Some(site),
                None => Database::lock_scope(transaction, SITE, tag()).await?,
            };
            let site = site.ok_or(CommitError::NotFound)?;
            Database::log_site(transaction, &site, &written, conference).await?;
        }
        Ok(Attempt::Done(Committed::Revision(scope.after)))
    }

    async fn program_under_lock<E>(
        &self,
        transaction: &DatabaseTransaction,
        scope: &Scope,
    ) -> Result<Program, CommitError<E>> {
        let mut loaded = Database::load_program_in(transaction, scope.id).await?.ok_or(CommitError::NotFound)?;
        // The scope's row shows the revision being made; the rows are those of the one before.
        loaded.stamp = scope.before;
        Program::build(loaded).map_err(|torn| CommitError::Torn(torn.0))
    }
}

/// What one transaction came to.
enum Attempt {
    Done(Committed),
    NeedsSite,
}
