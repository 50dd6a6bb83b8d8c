//! The log as organizers read it: who changed what when.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::{change, user};
use sea_orm::sea_query::{Cond, Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Database, LogEntry, Stamp};
use crate::program::row::Table;
use crate::program::tail::Logged;

/// The most changes of one revision that are read.
pub const SHOWN: u64 = 200;

/// One revision of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRevision {
    /// How many changes it has in all.
    pub count: u64,
    /// `cli`, `system`, or a user's id.
    pub actor: String,
    /// The user, if it is one who still has an account.
    pub user: Option<user::Model>,
    /// Its first changes; never empty.
    pub changes: Vec<LogEntry>,
}

/// Some of a log, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The revisions.
    pub revisions: Vec<LoggedRevision>,
    /// Whether there are older ones.
    pub has_next: bool,
    /// How many there are in all.
    pub total: u64,
}

/// Tables of what is a part of something else, and has no life of its own.
const PARTS: [&str; 6] = ["session_room", "slot", "participation", "authorship", "announcement", "person_merge"];

/// The entries of a scope's log, of one row and its parts if that is asked for.
fn entries(scope: Uuid, about: Option<Uuid>) -> Cond {
    let all = Cond::all().add(change::Column::ScopeId.eq(scope));
    let Some(about) = about else { return all };
    // Ids are in the rows as they are printed.
    let named = format!("%\"{about}\"%");
    let parts = Cond::all().add(change::Column::Entity.is_in(PARTS)).add(
        Cond::any().add(change::Column::Before.like(named.as_str())).add(change::Column::After.like(named.as_str())),
    );
    all.add(Cond::any().add(change::Column::RowId.eq(about)).add(parts))
}

impl Database {
    /// What a conference's log says is deleted since a revision, up to another; `None` if the log does not know the state
    /// that was seen, or no longer goes back so far, or says more than `most`.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn deletions(
        &self,
        conference: Uuid,
        seen: Stamp,
        since: i64,
        until: i64,
        most: u64,
    ) -> Result<Option<Vec<Logged>>, DbErr> {
        use change::Column;
        let known: Vec<(i64, i64)> = change::Entity::find()
            .select_only()
            .columns([Column::Revision, Column::Tag])
            .filter(Column::ScopeId.eq(conference))
            .filter(Column::Revision.is_in([seen.revision, since]))
            .filter(Column::N.eq(1))
            .into_tuple()
            .all(&self.read)
            .await?;
        let is_ours = known.contains(&(seen.revision, seen.tag));
        if !is_ours || !known.iter().any(|(revision, _)| *revision == since) {
            return Ok(None);
        }
        // Rows of the log are never changed, so this may be another moment.
        let rows: Vec<(i64, i64, DateTime<Utc>, String, Uuid)> = change::Entity::find()
            .select_only()
            .columns([Column::Revision, Column::Tag, Column::At, Column::Entity, Column::RowId])
            .filter(Column::ScopeId.eq(conference))
            .filter(Column::Revision.gt(since))
            .filter(Column::Revision.lte(until))
            .filter(Column::After.is_null())
            .limit(most + 1)
            .into_tuple()
            .all(&self.read)
            .await?;
        if rows.len() as u64 > most {
            return Ok(None);
        }
        let logged = |(revision, tag, at, entity, id): (i64, i64, DateTime<Utc>, String, Uuid)| {
            let stamp = Stamp { revision, tag };
            Table::named(&entity).map(|table| Logged { stamp, table, id, deleted: true, at })
        };
        Ok(Some(rows.into_iter().filter_map(logged).collect()))
    }

    /// What a conference's log says of one revision, in order; nothing if there is no such revision, or it was forgotten.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn revision(&self, conference: Uuid, revision: i64) -> Result<Vec<LogEntry>, DbErr> {
        let rows = change::Entity::find()
            .filter(change::Column::ScopeId.eq(conference))
            .filter(change::Column::Revision.eq(revision))
            .order_by_asc(change::Column::N)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(LogEntry::from).collect())
    }

    /// What a conference's log says of the revisions after the first of these, up to the second, in order; `None` if that
    /// is more than so much, or some of it was forgotten.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn log_between(
        &self,
        conference: Uuid,
        after: i64,
        until: i64,
        most: u64,
    ) -> Result<Option<Vec<LogEntry>>, DbErr> {
        let rows = change::Entity::find()
            .filter(change::Column::ScopeId.eq(conference))
            .filter(change::Column::Revision.gte(after))
            .filter(change::Column::Revision.lte(until))
            .order_by_asc(change::Column::Revision)
            .order_by_asc(change::Column::N)
            .limit(most + 1)
            .all(self.reader())
            .await?;
        let whole = rows.first().is_some_and(|row| row.revision == after) && rows.len() as u64 <= most;
        let later = rows.into_iter().filter(|row| row.revision > after).map(LogEntry::from);
        Ok(whole.then(|| later.collect()))
    }

    /// The revisions of a conference before this one, the newest first: all of them, or those that changed this row or
    /// what is a part of it.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn history(
        &self,
        conference: Uuid,
        about: Option<Uuid>,
        before: Option<i64>,
        first: u64,
    ) -> Result<History, DbErr> {
        use change::Column;
        let total: Option<i64> = change::Entity::find()
            .select_only()
            .expr(Expr::col(Column::Revision).count_distinct())
            .filter(entries(conference, about))
            .into_tuple()
            .one(self.reader())
            .await?;
        let mut counted: Vec<(i64, i64)> = change::Entity::find()
            .select_only()
            .column(Column::Revision)
            .expr(Expr::col(Column::N).count())
            .filter(entries(conference, about))
            .filter(before.map_or_else(Cond::all, |before| Cond::all().add(Column::Revision.lt(before))))
            .group_by(Column::Revision)
            .order_by_desc(Column::Revision)
            .limit(first + 1)
            .into_tuple()
            .all(self.reader())
            .await?;
        let has_next = counted.len() as u64 > first;
        counted.truncate(usize::try_from(first).unwrap_or(usize::MAX));
        let mut revisions = Vec::with_capacity(counted.len());
        for (revision, count) in counted {
            let rows = change::Entity::find()
                .filter(entries(conference, about))
                .filter(Column::Revision.eq(revision))
                .order_by_asc(Column::N)
                .limit(SHOWN)
                .all(self.reader())
                .await?;
            let Some(actor) = rows.first().map(|row| row.actor.clone()) else { continue };
            let changes = rows.into_iter().map(LogEntry::from).collect();
            revisions.push(LoggedRevision { count: count.unsigned_abs(), actor, user: None, changes });
        }
        let actor = |revision: &LoggedRevision| revision.actor.parse::<Uuid>().ok();
        let users = self.users(revisions.iter().filter_map(actor)).await?;
        for revision in &mut revisions {
            revision.user = actor(revision).and_then(|id| users.get(&id).cloned());
        }
        Ok(History { revisions, has_next, total: total.unwrap_or(0).unsigned_abs() })
    }

    /// Those of these users who still have an account.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn users(&self, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, user::Model>, DbErr> {
        let ids: BTreeSet<Uuid> = ids.into_iter().collect();
        let users = user::Entity::find().filter(user::Column::Id.is_in(ids)).all(self.reader()).await?;
        Ok(users.into_iter().map(|row| (row.id, row)).collect())
    }
}
