//! Reading: a conference's whole program, or the directory, as of one moment.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{
    announcement, authorship, change, conference, panel, paper, participation, person, person_merge, release, room,
    scope, session, session_room, slot, track,
};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Database;
use crate::program::row::{Rows, Table};
use crate::program::tail::{self, Logged, Tail};

/// Which state of a scope: its revision and that revision's random tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Counts committed changes from 0.
    pub revision: i64,
    /// Tells this history from another that reached the same number.
    pub tag: i64,
}

/// A program's rows and what state they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// All rows.
    pub rows: Rows,
    /// The conference's state.
    pub stamp: Stamp,
    /// What led there.
    pub tail: Tail,
}

/// One entry of a conference's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Of which revision.
    pub stamp: Stamp,
    /// When.
    pub at: DateTime<Utc>,
    /// The table's name.
    pub entity: String,
    /// Which row.
    pub row: Uuid,
    /// As JSON, what it was; `None`: inserted.
    pub before: Option<String>,
    /// As JSON, what it is; `None`: deleted.
    pub after: Option<String>,
}

impl From<change::Model> for LogEntry {
    fn from(row: change::Model) -> Self {
        Self {
            stamp: Stamp { revision: row.revision, tag: row.tag },
            at: row.at,
            entity: row.entity,
            row: row.row_id,
            before: row.before,
            after: row.after,
        }
    }
}

/// The most entries that are followed: beyond them loading is faster.
const FOLLOWED: u64 = 5_000;

/// Every conference's own row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// By slug.
    pub conferences: Vec<Arc<conference::Model>>,
    /// The site's state.
    pub stamp: Stamp,
}

impl Database {
    /// A conference's program, read in one transaction; `None` if there is no such conference.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn load_program(&self, conference: Uuid) -> Result<Option<Loaded>, DbErr> {
        let transaction = self.begin_read().await?;
        let loaded = Self::load_program_in(&transaction, conference).await?;
        transaction.commit().await?;
        Ok(loaded)
    }

    /// The same, inside a transaction that sees one moment.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn load_program_in(at: &impl ConnectionTrait, conference: Uuid) -> Result<Option<Loaded>, DbErr> {
        macro_rules! of {
            ($module:ident) => {
                $module::Entity::find()
                    .filter($module::Column::ConferenceId.eq(conference))
                    .all(at)
                    .await?
                    .into_iter()
                    .map(Arc::new)
                    .collect()
            };
        }
        let Some(scope) = scope::Entity::find_by_id(conference).one(at).await? else { return Ok(None) };
        let Some(own) = conference::Entity::find_by_id(conference).one(at).await? else { return Ok(None) };
        let rows = Rows {
            conference: vec![Arc::new(own)].into(),
            tracks: of!(track),
            rooms: of!(room),
            people: of!(person),
            person_merges: of!(person_merge),
            panels: of!(panel),
            papers: of!(paper),
            sessions: of!(session),
            session_rooms: of!(session_room),
            slots: of!(slot),
            participations: of!(participation),
            authorships: of!(authorship),
            announcements: of!(announcement),
            releases: of!(release),
        };
        let tail = Self::tail_in(at, conference).await?;
        Ok(Some(Loaded { rows: rows.sorted(), stamp: Stamp { revision: scope.revision, tag: scope.tag }, tail }))
    }

    /// What the log of a conference ends with.
    async fn tail_in(at: &impl ConnectionTrait, conference: Uuid) -> Result<Tail, DbErr> {
        use change::Column;
        let limit = tail::KEPT as u64;
        let rows: Vec<(i64, i64, DateTime<Utc>, String, Uuid, bool)> = change::Entity::find()
            .select_only()
            .columns([Column::Revision, Column::Tag, Column::At, Column::Entity, Column::RowId])
            .expr(Expr::col(Column::After).is_null())
            .filter(Column::ScopeId.eq(conference))
            .order_by_desc(Column::Revision)
            .order_by_desc(Column::N)
            .limit(limit)
            .into_tuple()
            .all(at)
            .await?;
        let first = rows.last().map(|(revision, ..)| *revision);
        let whole = (rows.len() as u64) < limit && first.is_none_or(|first| first == 1);
        let entries = rows.into_iter().rev().filter_map(|(revision, tag, at, entity, id, deleted)| {
            let table = Table::named(&entity)?;
            Some(Logged { stamp: Stamp { revision, tag }, table, id, deleted, at })
        });
        // The first entry of each revision says when it was made.
        let times: Vec<(i64, DateTime<Utc>)> = change::Entity::find()
            .select_only()
            .columns([Column::Revision, Column::At])
            .filter(Column::ScopeId.eq(conference))
            .filter(Column::N.eq(1))
            .order_by_asc(Column::Revision)
            .into_tuple()
            .all(at)
            .await?;
        Ok(Tail::of(entries, whole).timed(times))
    }

    /// What a conference's log says after this state, in order; `None` if it does not lead on from it (pruned, or
    /// restored from a copy) or says so much that loading is faster.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn log_after(&self, conference: Uuid, since: Stamp) -> Result<Option<Vec<LogEntry>>, DbErr> {
        use change::Column;
        // One statement, so one moment; and from the state itself on, so that its tag shows whether it is ours. Of that
        // state one entry is enough: how large it was is no matter.
        let rows = change::Entity::find()
            .filter(Column::ScopeId.eq(conference))
            .filter(Column::Revision.gte(since.revision))
            .filter(Condition::any().add(Column::Revision.gt(since.revision)).add(Column::N.eq(1)))
            .order_by_asc(Column::Revision)
            .order_by_asc(Column::N)
            .limit(FOLLOWED + 2)
            .all(&self.sweep)
            .await?;
        let ours = rows.first().is_some_and(|row| (row.revision, row.tag) == (since.revision, since.tag));
        if !ours || rows.len() as u64 > FOLLOWED + 1 {
            return Ok(None);
        }
        let after = rows.into_iter().filter(|row| row.revision > since.revision);
        Ok(Some(after.map(LogEntry::from).collect()))
    }

    /// The directory, read in one transaction.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn load_directory(&self) -> Result<Directory, DbErr> {
        let transaction = self.begin_read().await?;
        let stamp = Self::stamps_in(&transaction, &[Uuid::nil()]).await?.first().map(|(_, stamp)| *stamp);
        let conferences = conference::Entity::find().order_by_asc(conference::Column::Slug).all(&transaction).await?;
        transaction.commit().await?;
        let mut conferences: Vec<_> = conferences.into_iter().map(Arc::new).collect();
        // Databases collate as they please.
        conferences.sort_unstable_by(|a, b| a.slug.cmp(&b.slug));
        let stamp = stamp.ok_or_else(|| DbErr::RecordNotFound("the site's scope".into()))?;
        Ok(Directory { conferences, stamp })
    }

    /// The conferences whose links are not open though their time has come by the database's clock, and that time.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn links_due(&self) -> Result<Vec<(Uuid, DateTime<Utc>)>, DbErr> {
        conference::Entity::find()
            .select_only()
            .columns([conference::Column::Id, conference::Column::LinksOpenAt])
            .filter(conference::Column::LinksOpen.eq(false))
            .filter(conference::Column::LinksOpenAt.is_not_null())
            .filter(self.has_passed(conference::Column::LinksOpenAt))
            .into_tuple()
            .all(&self.sweep)
            .await
    }

    /// The id of the conference with this slug.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn conference_id(at: &impl ConnectionTrait, slug: &str) -> Result<Option<Uuid>, DbErr> {
        let found = conference::Entity::find().filter(conference::Column::Slug.eq(slug)).one(at).await?;
        Ok(found.map(|row| row.id))
    }

    /// Which state each of these scopes is in; those that do not exist are left out. This is all that the sweep asks.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn stamps(&self, scopes: &[Uuid]) -> Result<Vec<(Uuid, Stamp)>, DbErr> {
        Self::stamps_in(&self.sweep, scopes).await
    }

    pub(super) async fn stamps_in(at: &impl ConnectionTrait, scopes: &[Uuid]) -> Result<Vec<(Uuid, Stamp)>, DbErr> {
        let rows: Vec<(Uuid, i64, i64)> = scope::Entity::find()
            .select_only()
            .columns([scope::Column::Id, scope::Column::Revision, scope::Column::Tag])
            .filter(scope::Column::Id.is_in(scopes.iter().copied()))
            .into_tuple()
            .all(at)
            .await?;
        Ok(rows.into_iter().map(|(id, revision, tag)| (id, Stamp { revision, tag })).collect())
    }
}
