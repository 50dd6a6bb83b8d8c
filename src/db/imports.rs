//! Files that were uploaded to be imported, and wait to be applied.

use chrono::{DateTime, Utc};
use entity::import_preview::{Column, Entity, Model};
use entity::{import_part, import_preview};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Database;

/// Those of a conference that are there still.
fn good(conference: Uuid, now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::ConferenceId.eq(conference)).add(Column::ExpiresAt.gt(now))
}

/// Deletes uploads with their parts; how many there were.
async fn delete(at: &impl ConnectionTrait, which: Condition) -> Result<u64, DbErr> {
    let ids = Query::select().column(Column::Id).from(Entity).cond_where(which.clone()).to_owned();
    let parts = import_part::Entity::delete_many().filter(import_part::Column::PreviewId.in_subquery(ids));
    parts.exec(at).await?;
    Ok(Entity::delete_many().filter(which).exec(at).await?.rows_affected)
}

impl Database {
    /// What waits to be imported into a conference, the newest first.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn imports(&self, conference: Uuid, now: DateTime<Utc>) -> Result<Vec<Model>, DbErr> {
        Entity::find().filter(good(conference, now)).order_by_desc(Column::Id).all(&self.read).await
    }

    /// What a user has uploaded and is kept, the newest first.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn imports_of(&self, user: Uuid) -> Result<Vec<Model>, DbErr> {
        Entity::find().filter(Column::UserId.eq(user)).order_by_desc(Column::Id).all(&self.read).await
    }

    /// One of them with the file itself; `None` if it is not there any more, or is another conference's.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn import_file(
        &self,
        conference: Uuid,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Option<(import_preview::Model, Vec<u8>)>, DbErr> {
        let found = Entity::find_by_id(id).filter(good(conference, now)).one(&self.read).await?;
        let Some(row) = found else { return Ok(None) };
        let length = usize::try_from(row.byte_count).unwrap_or_default();
        let mut bytes = Vec::with_capacity(length);
        // One after the other: all of them at once would be in memory twice.
        for n in 0.. {
            let Some(part) = import_part::Entity::find_by_id((id, n)).one(&self.read).await? else { break };
            bytes.extend_from_slice(&part.bytes);
        }
        // It may have been taken away while it was being read.
        Ok((bytes.len() == length).then_some((row, bytes)))
    }

    /// Takes one away; whether it was there still.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn take_import(
        at: &impl ConnectionTrait,
        conference: Uuid,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<bool, DbErr> {
        Ok(delete(at, good(conference, now).add(Column::Id.eq(id))).await? == 1)
    }

    /// Takes away all that one user has uploaded for a conference but the `keep` newest.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn thin_imports(
        at: &impl ConnectionTrait,
        conference: Uuid,
        user: Uuid,
        keep: usize,
    ) -> Result<(), DbErr> {
        let own = Condition::all().add(Column::ConferenceId.eq(conference)).add(Column::UserId.eq(user));
        let ids = Entity::find().select_only().column(Column::Id).filter(own).order_by_desc(Column::Id).into_tuple();
        let ids: Vec<Uuid> = ids.all(at).await?;
        if let Some(old) = ids.get(keep..).filter(|old| !old.is_empty()) {
            delete(at, Condition::all().add(Column::Id.is_in(old.iter().copied()))).await?;
        }
        Ok(())
    }

    /// Forgets those whose time is over.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn forget_imports(at: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
        delete(at, Condition::all().add(Column::ExpiresAt.lte(now))).await.map(|_| ())
    }

    /// Deletes all that wait to be imported into a conference.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn erase_imports(at: &impl ConnectionTrait, conference: Uuid) -> Result<(), DbErr> {
        delete(at, Condition::all().add(Column::ConferenceId.eq(conference))).await.map(|_| ())
    }

    /// Deletes all that a user has uploaded.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn erase_imports_of(at: &impl ConnectionTrait, user: Uuid) -> Result<(), DbErr> {
        delete(at, Condition::all().add(Column::UserId.eq(user))).await.map(|_| ())
    }
}
