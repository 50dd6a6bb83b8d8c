//! Looking through what has changed on a program, and telling whoever wants to know. All of it is one transaction, which
//! holds the place up to which that was done: each revision is looked through once, and what is told is always what the
//! program is like there.

use std::collections::BTreeSet;
use std::sync::Arc;

use entity::enums::Visibility;
use entity::{digest, notice};
use uuid::Uuid;

use crate::command::desk::Desk;
use crate::command::write::{Write, WriteError};
use crate::db::{Database, Owed, Stamp};
use crate::error::AppError;
use crate::notice::{Digest, Known, Moved, moved};
use crate::program::Program;

/// The most users who are told in one transaction: it holds their settings, and on SQLite keeps everybody else from writing.
const AT_ONCE: u64 = 50;

/// What one transaction has to do.
struct Turn {
    /// Where the last one left off.
    from: Stamp,
    /// The program, and where this one leaves off.
    program: Arc<Program>,
    /// What has changed between the two, and whom it concerns.
    moved: Vec<(Moved, BTreeSet<Uuid>)>,
}

/// Finds out what has changed on this conference's program since that was last done, and tells whoever is to be told by
/// now. Whether there are more to tell.
///
/// # Errors
/// If the database can't be reached. Nothing is lost then.
pub async fn tell(desk: &Arc<Desk>, conference: Uuid) -> Result<bool, WriteError> {
    let Some(from) = desk.database.notice_position(conference).await? else { return Ok(false) };
    desk.programs.look_at(&[conference]).await?;
    let Some(program) = desk.programs.program(conference).await? else { return Ok(false) };
    let moved = if program.stamp == from { Some(Vec::new()) } else { changed(desk, &program, from).await? };
    // The program held here is not the database's: what it says may be older than what was told. The next look is better.
    let Some(moved) = moved else { return Ok(false) };
    let concerned = desk.database.concerned(conference, &moved).await?;
    let moved = moved.into_iter().zip(concerned).filter(|(_, users)| !users.is_empty()).collect();
    let turn = Arc::new(Turn { from, program, moved });
    let (told, more) = desk.write(conference, move |desk| attempt(desk, Arc::clone(&turn))).await?;
    if told {
        desk.post.wake();
    }
    Ok(more)
}

/// What there is to tell. Where the log does not lead from there to here (it was pruned, or the database is a copy that was
/// restored), what somebody knew is not known, and nobody is told. `None` if it does not lead to this program because that
/// is not the state of the database: it could not be loaded, or somebody is writing just now.
async fn changed(desk: &Desk, program: &Arc<Program>, from: Stamp) -> Result<Option<Vec<Moved>>, WriteError> {
    let conference = program.id();
    let Some(log) = desk.database.log_to(conference, from, program.stamp).await? else {
        if desk.database.stamps(&[conference]).await? != [(conference, program.stamp)] {
            return Ok(None);
        }
        let (from, to) = (from.revision, program.stamp.revision);
        tracing::warn!(%conference, from, to, "the log does not lead on, or says too much: nobody is told of its changes");
        return Ok(Some(Vec::new()));
    };
    let own = Arc::clone(program);
    match tokio::task::spawn_blocking(move || moved(&own, &log)).await.map_err(AppError::internal)? {
        Ok(moved) => Ok(Some(moved)),
        Err(torn) => {
            tracing::error!(%conference, why = %torn.0, "the log can't be read: nobody is told of its changes");
            Ok(Some(Vec::new()))
        }
    }
}

/// Whether somebody is told, and whether there are more to tell.
async fn attempt(desk: Arc<Desk>, turn: Arc<Turn>) -> Result<(bool, bool), WriteError> {
    let write = Write::begin(&desk.database, &*desk.source, "system", &[]).await?;
    match within(&desk, &write, &turn).await {
        Ok(Some(done)) => {
            write.commit().await?;
            Ok(done)
        }
        // Another instance was faster.
        Ok(None) => {
            write.roll_back().await?;
            Ok((false, false))
        }
        Err(error) => {
            let _ = write.roll_back().await;
            Err(error)
        }
    }
}

async fn within(desk: &Desk, write: &Write, turn: &Turn) -> Result<Option<(bool, bool)>, WriteError> {
    let Turn { from, program, moved } = turn;
    let (at, now, conference) = (write.at(), write.now(), program.id());
    if !Database::move_notices(at, conference, *from, program.stamp).await? {
        return Ok(None);
    }
    if program.conference().visibility != Visibility::Published {
        // There is no program of which anybody could be told, and when it is there again it begins anew.
        Database::drop_notices(at, conference, None).await?;
        return Ok(Some((false, false)));
    }
    let users: BTreeSet<Uuid> = moved.iter().flat_map(|(_, users)| users.iter().copied()).collect();
    let users = Database::hold_wanting(at, conference, &users).await?;
    let mut notices = Vec::new();
    for (one, concerned) in moved {
        let before = serde_json::to_string(&one.before).map_err(AppError::internal)?;
        notices.extend(concerned.intersection(&users).map(|user| notice::Model {
            user_id: *user,
            target_id: one.target,
            conference_id: conference,
            before: before.clone(),
            created_at: now,
            due_at: now + desk.post.settle(),
        }));
    }
    Database::keep_notices(at, notices).await?;
    let since = now - desk.post.pause();
    let owed = Database::owed(at, conference, now, since, AT_ONCE).await?;
    let more = owed.len() as u64 == AT_ONCE;
    let told = digests(desk, write, program, &owed).await?;
    Ok(Some((told, more)))
}

/// Makes the digests of those who are owed one. Whether there are any.
async fn digests(desk: &Desk, write: &Write, program: &Program, owed: &[Owed]) -> Result<bool, WriteError> {
    let (at, now, conference) = (write.at(), write.now(), program.id());
    if owed.is_empty() {
        return Ok(false);
    }
    let users = owed.iter().map(|owed| owed.user).collect();
    let users = Database::hold_wanting(at, conference, &users).await?;
    let mut digests = Vec::new();
    for Owed { user, notices } in owed.iter().filter(|owed| users.contains(&owed.user)) {
        // What can't be read was written by something else.
        let known = notices.iter().filter_map(|notice| {
            let known: Known = serde_json::from_str(&notice.before).ok()?;
            Some((notice.target_id, known))
        });
        let known: Vec<(Uuid, Known)> = known.collect();
        let Some(Digest { subject, text }) = Digest::of(program, &known, now) else { continue };
        let id = desk.source.id();
        digests.push(digest::Model { id, user_id: *user, conference_id: conference, subject, text, created_at: now });
    }
    let told = !digests.is_empty();
    Database::keep_digests(at, conference, owed, digests, now).await?;
    Ok(told)
}
