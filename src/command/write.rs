//! A write that is not a conference's program: to the site's scope or to a user's. One transaction, which locks the
//! scopes first, writes, and logs what it did; nothing logged, nothing committed.

use chrono::{DateTime, Utc};
use entity::enums::ScopeKind;
use entity::{change, client_mutation};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::{Fault, FaultCode};
use crate::clock::Source;
use crate::cursor::Position;
use crate::db::{Database, Scope, Stamp};
use crate::error::AppError;
use crate::program::row::RowChange;

/// The site's scope.
pub const SITE: Uuid = Uuid::nil();

/// Why a write came to nothing.
#[derive(Debug)]
pub enum WriteError {
    /// The caller's input; nothing was written.
    Refused(Vec<Fault>),
    /// The database; nothing was written, as far as is known.
    Database(DbErr),
    /// Anything else.
    App(AppError),
}

impl From<DbErr> for WriteError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<AppError> for WriteError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<Vec<Fault>> for WriteError {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Refused(faults)
    }
}

impl From<Fault> for WriteError {
    fn from(fault: Fault) -> Self {
        Self::Refused(vec![fault])
    }
}

/// A mutation's `clientMutationId`: who sent which with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The user.
    pub user: Uuid,
    /// The field's name.
    pub mutation: &'static str,
    /// The client's name for it.
    pub id: String,
    /// Of the input.
    pub input_hash: String,
}

/// What was committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The states that the scopes are in now: of those that were changed, and of those that were only locked.
    pub positions: Vec<Position>,
    /// The site's revision, and the users whom it names.
    pub named: Option<(i64, Vec<Uuid>)>,
}

/// A transaction that writes.
pub struct Write {
    transaction: DatabaseTransaction,
    scopes: Vec<Scope>,
    log: Vec<change::Model>,
    users: Vec<Uuid>,
    /// Scopes whose rows were written, and logged with them.
    written: Vec<Uuid>,
    now: DateTime<Utc>,
    actor: String,
}

impl Write {
    /// Begins, and locks these scopes in this order: the site's, conferences by id, users by id.
    ///
    /// # Errors
    /// If the database can't be reached, a lock is not had in time, or there is no such scope.
    pub async fn begin(
        database: &Database,
        source: &dyn Source,
        actor: &str,
        scopes: &[Uuid],
    ) -> Result<Self, WriteError> {
        let transaction = database.begin_write().await?;
        let mut locked = Vec::with_capacity(scopes.len());
        for id in scopes {
            let scope = Database::lock_scope(&transaction, *id, source.random()).await?;
            // A user who was deleted has no scope any more.
            locked.push(scope.ok_or_else(|| Fault::new(FaultCode::NotFound, &[], "It is no longer there."))?);
        }
        let (log, users, actor) = (Vec::new(), Vec::new(), actor.to_owned());
        Ok(Self { transaction, scopes: locked, log, users, written: Vec::new(), now: source.now(), actor })
    }

    /// Makes a scope, which nobody else sees before the commit, and locks it; the state that this write makes of it.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn create(&mut self, source: &dyn Source, id: Uuid, kind: ScopeKind) -> Result<Stamp, WriteError> {
        Database::create_scope(&self.transaction, id, kind).await?;
        let scope = Database::lock_scope(&self.transaction, id, source.random()).await?;
        let scope = scope.ok_or_else(|| AppError::internal("a scope that was just made is not there"))?;
        self.scopes.push(scope);
        Ok(scope.after)
    }

    /// The transaction.
    #[must_use]
    pub const fn at(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// When it began.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Logs in the site's scope that something about this user changed: ids only.
    pub fn name(&mut self, entity: &str, user: Uuid) {
        self.users.push(user);
        self.log(SITE, entity, user, None, None);
    }

    /// Logs in the site's scope what changed and concerns no user yet.
    pub fn note(&mut self, entity: &str, row: Uuid) {
        self.log(SITE, entity, row, None, None);
    }

    /// Logs a row's change in a scope that is locked.
    pub fn log(&mut self, scope: Uuid, entity: &str, row: Uuid, before: Option<String>, after: Option<String>) {
        let Some(locked) = self.scopes.iter().find(|locked| locked.id == scope) else { return };
        let n = self.log.iter().filter(|logged| logged.scope_id == scope).count();
        self.log.push(change::Model {
            scope_id: scope,
            revision: locked.after.revision,
            n: i32::try_from(n).unwrap_or(i32::MAX).saturating_add(1),
            tag: locked.after.tag,
            at: self.now,
            actor: self.actor.clone(),
            entity: entity.to_owned(),
            row_id: row,
            before,
            after,
        });
    }

    /// Writes rows of a program whose scope is locked, as its next revision, and logs them; nothing, if there are none.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn rows(&mut self, scope: Uuid, changes: Vec<RowChange>) -> Result<(), WriteError> {
        let Some(locked) = self.scopes.iter().find(|locked| locked.id == scope) else { return Ok(()) };
        if changes.is_empty() {
            return Ok(());
        }
        let changes: Vec<RowChange> = changes.into_iter().map(|change| change.at(locked.after.revision)).collect();
        let written = crate::db::Written { actor: self.actor.clone(), at: self.now };
        Database::write_changes(&self.transaction, locked, &written, &changes, &|_| ()).await?;
        self.written.push(scope);
        Ok(())
    }

    /// A locked scope's state before this write, and the one after it if it changes anything.
    #[must_use]
    pub fn stamps(&self, scope: Uuid) -> Option<(Stamp, Stamp)> {
        let locked = self.scopes.iter().find(|locked| locked.id == scope)?;
        Some((locked.before, locked.after))
    }

    /// What this mutation was answered with before; `None` if it is new.
    ///
    /// # Errors
    /// INVALID if it had another input then.
    pub async fn replay(&self, once: Option<&Once>) -> Result<Option<String>, WriteError> {
        let Some(once) = once else { return Ok(None) };
        let key = (once.user, once.mutation.to_owned(), once.id.clone());
        match client_mutation::Entity::find_by_id(key).one(&self.transaction).await? {
            None => Ok(None),
            Some(row) if row.input_hash == once.input_hash => Ok(Some(row.result)),
            Some(_) => Err(Fault::new(
                FaultCode::Invalid,
                &["clientMutationId"],
                "This clientMutationId was sent before with another input; use a new one for each mutation.",
            )
            .into()),
        }
    }

    /// Keeps what this mutation is answered with, in the same transaction.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn keep(&self, once: Option<&Once>, result: String) -> Result<(), WriteError> {
        let Some(once) = once else { return Ok(()) };
        let row = client_mutation::Model {
            user_id: once.user,
            mutation: once.mutation.to_owned(),
            client_mutation_id: once.id.clone(),
            input_hash: once.input_hash.clone(),
            result,
            created_at: self.now,
        };
        client_mutation::Entity::insert(row.into_active_model()).exec_without_returning(&self.transaction).await?;
        Ok(())
    }

    /// Where each locked scope stands when this is committed as it is now.
    #[must_use]
    pub fn positions(&self) -> Vec<Position> {
        let stands = |scope: &Scope| if self.is_logged(scope.id) { scope.after } else { scope.before };
        self.scopes.iter().map(|scope| Position { scope: scope.id, stamp: stands(scope), n: i32::MAX }).collect()
    }

    fn is_logged(&self, scope: Uuid) -> bool {
        self.written.contains(&scope) || self.log.iter().any(|logged| logged.scope_id == scope)
    }

    /// Commits. A scope that was locked and has nothing in the log is put back: it gets no revision.
    ///
    /// # Errors
    /// If the database can't be written; nothing is, then.
    pub async fn commit(self) -> Result<Written, WriteError> {
        let positions = self.positions();
        for scope in self.scopes.iter().filter(|scope| !self.is_logged(scope.id)) {
            Database::unlock_scope(&self.transaction, scope).await?;
        }
        let site = self.scopes.iter().find(|scope| scope.id == SITE).map(|scope| scope.after.revision);
        let named = site.filter(|_| !self.users.is_empty()).map(|revision| (revision, self.users));
        for batch in self.log.chunks(1_000) {
            let rows = batch.iter().cloned().map(IntoActiveModel::into_active_model);
            change::Entity::insert_many(rows).exec_without_returning(&self.transaction).await?;
        }
        self.transaction.commit().await?;
        Ok(Written { positions, named })
    }

    /// Gives up: nothing is written.
    ///
    /// # Errors
    /// If the database does not even take that back; it then does so by itself.
    pub async fn roll_back(self) -> Result<(), WriteError> {
        Ok(self.transaction.rollback().await?)
    }
}

impl Written {
    /// The state of a scope that was locked.
    #[must_use]
    pub fn stamp(&self, scope: Uuid) -> Option<Stamp> {
        self.positions.iter().find(|position| position.scope == scope).map(|position| position.stamp)
    }
}

/// Forgets answered mutations from before then.
///
/// # Errors
/// If the database can't be written.
pub async fn forget_mutations(write: &Write, before: DateTime<Utc>) -> Result<(), WriteError> {
    client_mutation::Entity::delete_many()
        .filter(client_mutation::Column::CreatedAt.lt(before))
        .exec(write.at())
        .await?;
    Ok(())
}
