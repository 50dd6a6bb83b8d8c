//! Reading which address a user's calendar has.

use entity::{calendar_address, scope};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Database, Stamp};

/// Where a user's calendar of one conference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarAddress {
    /// The user's state.
    pub stamp: Stamp,
    /// Which of the addresses that it had.
    pub generation: i32,
    /// Whether it answers.
    pub active: bool,
}

impl Database {
    /// Where this user's calendar of this conference is; `None` if there is no such user. One statement, so that the
    /// user's state and the address are of one moment.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn calendar_address(&self, user: Uuid, conference: Uuid) -> Result<Option<CalendarAddress>, DbErr> {
        type Found = (i64, i64, Option<i32>, Option<bool>);
        let own = |column: calendar_address::Column| Expr::col((calendar_address::Entity, column));
        let on = own(calendar_address::Column::UserId)
            .eq(Expr::col((scope::Entity, scope::Column::Id)))
            .and(own(calendar_address::Column::ConferenceId).eq(conference));
        let mut found = scope::Entity::find()
            .select_only()
            .columns([scope::Column::Revision, scope::Column::Tag])
            .column(calendar_address::Column::Generation)
            .column(calendar_address::Column::Active)
            .filter(scope::Column::Id.eq(user));
        sea_orm::QueryTrait::query(&mut found).left_join(calendar_address::Entity, on);
        let found: Option<Found> = found.into_tuple().one(&self.read).await?;
        Ok(found.map(|(revision, tag, generation, active)| CalendarAddress {
            stamp: Stamp { revision, tag },
            generation: generation.unwrap_or(0),
            active: active.unwrap_or(true),
        }))
    }
}
