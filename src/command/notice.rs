//! Being told by mail when a program changes: wanting it, no longer wanting it, and finding out who is to be told of what.

mod tell;

use std::sync::Arc;

use entity::notice_setting;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::Fault;
use super::desk::Desk;
use super::write::{Once, Write, WriteError};
use crate::cursor::Position;
use crate::db::Database;

pub use tell::tell;

/// Has a user told by mail when this conference's program changes, or no longer. Either is the same done twice. What is set
/// afterwards, which may be otherwise where the mutation was answered before; and where the user stands.
///
/// # Errors
/// INVALID if this server sends no such mail, or the user has no address for it; or the mutation was sent with another
/// input before.
pub async fn set(
    desk: &Arc<Desk>,
    user: Uuid,
    conference: Uuid,
    wanted: bool,
    once: Option<Once>,
) -> Result<(bool, Vec<Position>), WriteError> {
    if wanted && !desk.post.tells() {
        let message = "This server sends no mail about changes; its operators can change that.";
        return Err(Fault::invalid("wanted", message).into());
    }
    let (wanted, positions) =
        desk.write(user, move |desk| attempt(desk, user, conference, wanted, once.clone())).await?;
    if let Some(position) = positions.iter().find(|position| position.scope == user) {
        desk.programs.users().seen(user, position.stamp);
        desk.bell.ring_user(user, position.stamp.revision);
    }
    Ok((wanted, positions))
}

/// Tells a user nothing more about this conference. Done again, nothing changes; of an account that is gone neither.
///
/// # Errors
/// If the database can't be written.
pub async fn stop(desk: &Arc<Desk>, user: Uuid, conference: Uuid) -> Result<(), WriteError> {
    match set(desk, user, conference, false, None).await {
        // There is no such user, who so is told nothing.
        Ok(_) | Err(WriteError::Refused(_)) => Ok(()),
        Err(error @ (WriteError::Database(_) | WriteError::App(_))) => Err(error),
    }
}

async fn attempt(
    desk: Arc<Desk>,
    user: Uuid,
    conference: Uuid,
    wanted: bool,
    once: Option<Once>,
) -> Result<(bool, Vec<Position>), WriteError> {
    let mut write = Write::begin(&desk.database, &*desk.source, &user.to_string(), &[user]).await?;
    match within(&mut write, user, conference, wanted, once.as_ref()).await {
        Ok(None) => Ok((wanted, write.commit().await?.positions)),
        Ok(Some(set)) => {
            // The user's own scope is read from the database each time: never older than what was answered.
            let positions = write.positions();
            write.roll_back().await?;
            Ok((set, positions))
        }
        Err(error) => {
            let _ = write.roll_back().await;
            Err(error)
        }
    }
}

/// `None` if there is something to commit; what is set, if it was done before under the same name.
async fn within(
    write: &mut Write,
    user: Uuid,
    conference: Uuid,
    wanted: bool,
    once: Option<&Once>,
) -> Result<Option<bool>, WriteError> {
    let replayed = write.replay(once).await?.is_some();
    let before = notice_setting::Entity::find_by_id((user, conference)).one(write.at()).await?;
    if replayed {
        return Ok(Some(before.is_some_and(|row| row.wanted)));
    }
    if before.as_ref().is_some_and(|row| row.wanted) != wanted {
        if wanted {
            if Database::address_of(write.at(), user).await?.is_none() {
                let message = "Your account has no verified e-mail address; log in once with a provider that verifies \
                               yours.";
                return Err(Fault::invalid("wanted", message).into());
            }
            Database::begin_notices(write.at(), conference).await?;
        }
        let row = notice_setting::Model { user_id: user, conference_id: conference, wanted, created_at: write.now() };
        let (json_before, json) = (before.as_ref().map(json).transpose()?, json(&row)?);
        let own = row.into_active_model();
        if before.is_none() {
            notice_setting::Entity::insert(own).exec_without_returning(write.at()).await?;
        } else {
            notice_setting::Entity::update(own.reset_all()).exec(write.at()).await?;
        }
        write.log(user, "notice_setting", conference, json_before, Some(json));
    }
    if !wanted {
        Database::drop_notices(write.at(), conference, Some(user)).await?;
        Database::stop_digests(write.at(), user, conference).await?;
    }
    write.keep(once, String::new()).await?;
    Ok(None)
}

fn json(row: &notice_setting::Model) -> Result<String, WriteError> {
    serde_json::to_string(row).map_err(|error| crate::error::AppError::internal(error).into())
}
