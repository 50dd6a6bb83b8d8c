//! Stars: what a user puts on the individual schedule, and takes off it. In the user's scope.

use std::sync::Arc;

use entity::enums::StarKind;
use entity::star;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::Fault;
use super::desk::Desk;
use super::write::{Once, Write, WriteError};
use crate::cursor::Position;

/// More than anybody hears: what a program may fill a schedule with.
const MOST: u64 = 10_000;

/// What is starred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whose program it is on.
    pub conference: Uuid,
    /// What kind of thing.
    pub kind: StarKind,
    /// Which.
    pub id: Uuid,
}

/// Stars the target, or takes the star away. Either is the same done twice. Where the user stands afterwards.
///
/// # Errors
/// INVALID if the user has too many stars, or the mutation was sent with another input before.
pub async fn set(
    desk: &Arc<Desk>,
    user: Uuid,
    target: Target,
    starred: bool,
    once: Option<Once>,
) -> Result<Vec<Position>, WriteError> {
    let positions = desk.write(user, move |desk| attempt(desk, user, target, starred, once.clone())).await?;
    desk.changed_own(user, &positions);
    Ok(positions)
}

async fn attempt(
    desk: Arc<Desk>,
    user: Uuid,
    target: Target,
    starred: bool,
    once: Option<Once>,
) -> Result<Vec<Position>, WriteError> {
    let mut write = Write::begin(&desk.database, &*desk.source, &user.to_string(), &[user]).await?;
    if write.replay(once.as_ref()).await?.is_some() {
        // The user's own scope is read from the database each time: never older than what was answered.
        let positions = write.positions();
        write.roll_back().await?;
        return Ok(positions);
    }
    let found = star::Entity::find_by_id((user, target.id)).one(write.at()).await?;
    match (found, starred) {
        (None, true) => {
            let count = star::Entity::find().filter(star::Column::UserId.eq(user)).count(write.at()).await?;
            if count >= MOST {
                write.roll_back().await?;
                let message = format!("You have starred {MOST} things, the most that are kept; take some stars away.");
                return Err(Fault::invalid("id", message).into());
            }
            let row = star::Model {
                user_id: user,
                target_id: target.id,
                kind: target.kind,
                conference_id: target.conference,
                created_at: write.now(),
            };
            let after = json(&row)?;
            star::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
            write.log(user, "star", target.id, None, Some(after));
        }
        (Some(row), false) => {
            star::Entity::delete_by_id((user, target.id)).exec(write.at()).await?;
            write.log(user, "star", target.id, Some(json(&row)?), None);
        }
        (Some(_), true) | (None, false) => {}
    }
    write.keep(once.as_ref(), String::new()).await?;
    Ok(write.commit().await?.positions)
}

fn json(row: &star::Model) -> Result<String, WriteError> {
    serde_json::to_string(row).map_err(|error| crate::error::AppError::internal(error).into())
}
