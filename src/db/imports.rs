//! Files that were uploaded to be imported, and wait to be applied.

use chrono::{DateTime, Utc};
use entity::enums::ImportFormat;
use entity::import_preview::{Column, Entity};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use uuid::Uuid;

use super::Database;

/// An uploaded file without what is in it, which may be large and is private.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult, Serialize)]
pub struct ImportRow {
    /// UUID v7.
    pub id: Uuid,
    /// The conference that it is to be imported into.
    pub conference_id: Uuid,
    /// Who uploaded it.
    pub user_id: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
    /// From when on it is not there any more.
    pub expires_at: DateTime<Utc>,
    /// What it is read as.
    pub format: ImportFormat,
    /// Whether what it no longer has is to be removed.
    pub prune: bool,
    /// The time zone, where the file names none.
    pub time_zone: Option<String>,
    /// How many bytes it has.
    pub byte_count: i64,
}

const TOLD: [Column; 9] = [
    Column::Id,
    Column::ConferenceId,
    Column::UserId,
    Column::CreatedAt,
    Column::ExpiresAt,
    Column::Format,
    Column::Prune,
    Column::TimeZone,
    Column::ByteCount,
];

/// Those that are there still.
fn good(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::ExpiresAt.gt(now))
}

impl Database {
    async fn imports_where(&self, which: Condition) -> Result<Vec<ImportRow>, DbErr> {
        let found = Entity::find().select_only().columns(TOLD).filter(which).order_by_desc(Column::Id);
        found.into_model().all(&self.read).await
    }

    /// What waits to be imported into a conference, the newest first.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn imports(&self, conference: Uuid, now: DateTime<Utc>) -> Result<Vec<ImportRow>, DbErr> {
        self.imports_where(good(now).add(Column::ConferenceId.eq(conference))).await
    }

    /// What a user has uploaded and is kept, the newest first.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn imports_of(&self, user: Uuid) -> Result<Vec<ImportRow>, DbErr> {
        self.imports_where(Condition::all().add(Column::UserId.eq(user))).await
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
    ) -> Result<Option<(ImportRow, Vec<u8>)>, DbErr> {
        let which = good(now).add(Column::ConferenceId.eq(conference)).add(Column::Id.eq(id));
        let Some(row) = self.imports_where(which).await?.pop() else { return Ok(None) };
        let file = Entity::find_by_id(id).select_only().column(Column::Bytes).into_tuple();
        let bytes: Option<Vec<u8>> = file.one(&self.read).await?;
        Ok(bytes.map(|bytes| (row, bytes)))
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
        let which = good(now).add(Column::ConferenceId.eq(conference)).add(Column::Id.eq(id));
        Ok(Entity::delete_many().filter(which).exec(at).await?.rows_affected == 1)
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
            Entity::delete_many().filter(Column::Id.is_in(old.iter().copied())).exec(at).await?;
        }
        Ok(())
    }

    /// Forgets those whose time is over.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn forget_imports(at: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
        Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(at).await?;
        Ok(())
    }
}
