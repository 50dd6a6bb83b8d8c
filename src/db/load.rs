//! Reading: a conference's whole program, or the directory, as of one moment.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{
    announcement, authorship, conference, panel, paper, participation, person, room, scope, session, session_room,
    slot, track,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Database;
use crate::program::row::Rows;

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
}

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
            conference: vec![Arc::new(own)],
            tracks: of!(track),
            rooms: of!(room),
            people: of!(person),
            panels: of!(panel),
            papers: of!(paper),
            sessions: of!(session),
            session_rooms: of!(session_room),
            slots: of!(slot),
            participations: of!(participation),
            authorships: of!(authorship),
            announcements: of!(announcement),
        };
        Ok(Some(Loaded { rows: rows.sorted(), stamp: Stamp { revision: scope.revision, tag: scope.tag } }))
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
