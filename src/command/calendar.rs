//! The address of somebody's calendar: another one, or none. In the user's scope.

use std::sync::Arc;

use entity::calendar_address;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::desk::Desk;
use super::write::{Once, Write, WriteError};
use crate::cursor::Position;
use crate::error::AppError;

/// What becomes of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is a new one; those before it end.
    Renew,
    /// It ends, and there is none until it is renewed.
    Revoke,
}

/// Changes the address of a user's calendar of a conference. To end what has ended changes nothing. Where the user stands
/// afterwards.
///
/// # Errors
/// INVALID if the mutation was sent with another input before; or the database's fault.
pub async fn change(
    desk: &Arc<Desk>,
    user: Uuid,
    conference: Uuid,
    change: Change,
    once: Option<Once>,
) -> Result<Vec<Position>, WriteError> {
    let positions = desk.write(user, move |desk| attempt(desk, user, conference, change, once.clone())).await?;
    desk.changed_own(user, &positions);
    Ok(positions)
}

async fn attempt(
    desk: Arc<Desk>,
    user: Uuid,
    conference: Uuid,
    change: Change,
    once: Option<Once>,
) -> Result<Vec<Position>, WriteError> {
    let mut write = Write::begin(&desk.database, &*desk.source, &user.to_string(), &[user]).await?;
    if write.replay(once.as_ref()).await?.is_some() {
        let positions = write.positions();
        write.roll_back().await?;
        return Ok(positions);
    }
    let found = calendar_address::Entity::find_by_id((user, conference)).one(write.at()).await?;
    let (generation, active) = found.as_ref().map_or((0, true), |row| (row.generation, row.active));
    let changed_at = write.now();
    let after = |generation, active| calendar_address::Model {
        user_id: user,
        conference_id: conference,
        generation,
        active,
        changed_at,
    };
    let after = match change {
        // What is renewed was never anybody's: the number goes on.
        Change::Renew => Some(after(generation.checked_add(1).ok_or_else(spent)?, true)),
        Change::Revoke => active.then(|| after(generation, false)),
    };
    if let Some(after) = after {
        let json = |row: &calendar_address::Model| serde_json::to_string(row).map_err(AppError::internal);
        let before = found.as_ref().map(json).transpose()?;
        write.log(user, "calendar_address", conference, before, Some(json(&after)?));
        let row = after.into_active_model();
        if found.is_some() {
            calendar_address::Entity::update(row.reset_all()).exec(write.at()).await?;
        } else {
            calendar_address::Entity::insert(row).exec_without_returning(write.at()).await?;
        }
    }
    write.keep(once.as_ref(), String::new()).await?;
    Ok(write.commit().await?.positions)
}

fn spent() -> AppError {
    AppError::internal("a calendar has had all the addresses that there are")
}
