//! Reading stars.

use std::collections::HashMap;

use entity::enums::StarKind;
use entity::{notice_setting, scope, star};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Database, Stamp};

/// What a user has starred on one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stars {
    /// The user's state.
    pub stamp: Stamp,
    /// The kind of each thing starred, by its id.
    pub targets: HashMap<Uuid, StarKind>,
    /// Whether the user wants mail when that program changes.
    pub wants_notices: bool,
}

impl Database {
    /// What this user has starred on this program, and what is set for it. One statement, so that all is of one moment.
    ///
    /// # Errors
    /// If the database can't be read, or there is no such user.
    pub async fn stars(&self, user: Uuid, conference: Uuid) -> Result<Stars, DbErr> {
        type Found = (i64, i64, Option<Uuid>, Option<StarKind>, Option<bool>);
        let own = || Expr::col((scope::Entity, scope::Column::Id));
        let on = Expr::col((star::Entity, star::Column::UserId))
            .eq(own())
            .and(Expr::col((star::Entity, star::Column::ConferenceId)).eq(conference));
        let set = Expr::col((notice_setting::Entity, notice_setting::Column::UserId))
            .eq(own())
            .and(Expr::col((notice_setting::Entity, notice_setting::Column::ConferenceId)).eq(conference));
        let mut found = scope::Entity::find()
            .select_only()
            .columns([scope::Column::Revision, scope::Column::Tag])
            .column(star::Column::TargetId)
            .column(star::Column::Kind)
            .column(notice_setting::Column::Wanted)
            .filter(scope::Column::Id.eq(user));
        sea_orm::QueryTrait::query(&mut found).left_join(star::Entity, on).left_join(notice_setting::Entity, set);
        let rows: Vec<Found> = found.into_tuple().all(&self.read).await?;
        let Some((revision, tag, _, _, wanted)) = rows.first() else {
            return Err(DbErr::RecordNotFound("the user's scope".into()));
        };
        let stamp = Stamp { revision: *revision, tag: *tag };
        let wants_notices = wanted.unwrap_or(false);
        let targets = rows.iter().filter_map(|(_, _, target, kind, _)| Some(((*target)?, (*kind)?))).collect();
        Ok(Stars { stamp, targets, wants_notices })
    }

    /// How many users have starred what on this program.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn star_counts(&self, conference: Uuid) -> Result<HashMap<Uuid, i64>, DbErr> {
        let rows: Vec<(Uuid, i64)> = star::Entity::find()
            .select_only()
            .column(star::Column::TargetId)
            .expr(Func::count(Expr::col(star::Column::UserId)))
            .filter(star::Column::ConferenceId.eq(conference))
            .group_by(star::Column::TargetId)
            .into_tuple()
            .all(&self.read)
            .await?;
        Ok(rows.into_iter().collect())
    }
}
