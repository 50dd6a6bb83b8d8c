//! What organizers prepare together: commands, in order, that are planned anew on the program as it is whenever somebody
//! looks at them, and committed together, as one revision, when they are released.
//!
//! A draft is a scope of its own, outside the program's rows: what it says is nowhere to be seen before it is released.

use std::collections::HashMap;
use std::sync::Arc;

use entity::enums::ScopeKind;
use entity::{draft, draft_command, release};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning, program_at};
use super::field::{Check, Length};
use super::program::Command;
use super::undo::inverse;
use super::whole::whole;
use super::write::{Write, WriteError};
use super::{Fault, FaultCode};
use crate::db::{LogEntry, Stamp};
use crate::error::AppError;
use crate::program::Program;
use crate::program::diff::{Difference, diff, touched};
use crate::program::row::{RowChange, Table};
use crate::program::working::Working;

/// The most commands of a draft.
const MOST: usize = 2_000;

/// The most changes since the release before that are looked through.
const FARTHEST: u64 = 20_000;

/// The most differences that a release keeps.
const TOLD: usize = 2_000;

/// What was put into a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drafted {
    /// The row that the mutation answers with.
    pub answers: Uuid,
}

/// A row change as a draft keeps it: what whoever put it in has seen.
#[derive(Serialize, Deserialize)]
struct Planned {
    entity: String,
    id: Uuid,
    before: Value,
    after: Value,
}

/// What is in the way of a command of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InTheWay {
    /// The command.
    pub command: Uuid,
    /// What: CONFLICT, if somebody has changed the same fields since; otherwise what makes it impossible now.
    pub faults: Vec<Fault>,
}

/// A draft as it would be released now.
#[derive(Debug)]
pub struct Preview {
    /// What it does, in order.
    pub commands: Vec<draft_command::Model>,
    /// What is in the way.
    pub in_the_way: Vec<InTheWay>,
    /// What would differ from the program as it is.
    pub differences: Vec<Difference>,
    /// The program as it would be.
    pub program: Arc<Program>,
}

/// A conference's draft, if anything was ever put into it.
async fn draft_of(at: &impl ConnectionTrait, conference: Uuid) -> Result<Option<Uuid>, WriteError> {
    let found = draft::Entity::find().filter(draft::Column::ConferenceId.eq(conference)).one(at).await?;
    Ok(found.map(|row| row.id))
}

async fn commands_of(at: &impl ConnectionTrait, draft: Uuid) -> Result<Vec<draft_command::Model>, WriteError> {
    let found = draft_command::Entity::find().filter(draft_command::Column::DraftId.eq(draft));
    Ok(found.order_by_asc(draft_command::Column::Position).all(at).await?)
}

/// Plans all of them, one on what the others have made.
fn planned<'a>(
    program: &'a Program,
    commands: &[draft_command::Model],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(Working<'a>, Vec<InTheWay>), AppError> {
    let mut working = Working::of(program);
    let planning = Planning::at(program.stamp.revision + 1, now, None);
    let mut in_the_way = Vec::new();
    for row in commands {
        let command: Command = serde_json::from_str(&row.command).map_err(AppError::internal)?;
        match command.plan(&working, &planning) {
            Err(faults) => in_the_way.push(InTheWay { command: row.id, faults }),
            Ok(Plan { changes, answers: _ }) => {
                let seen: Vec<Planned> = serde_json::from_str(&row.planned).map_err(AppError::internal)?;
                let faults = conflicts(&changes, &seen)?;
                if !faults.is_empty() {
                    in_the_way.push(InTheWay { command: row.id, faults });
                }
                working.apply(changes);
            }
        }
    }
    Ok((working, in_the_way))
}

/// The fields that a command sets and that are now other than whoever put it in has seen.
fn conflicts(changes: &[RowChange], seen: &[Planned]) -> Result<Vec<Fault>, AppError> {
    let seen: HashMap<(&str, Uuid), &Planned> = seen.iter().map(|own| ((own.entity.as_str(), own.id), own)).collect();
    let mut faults = Vec::new();
    for change in changes {
        let RowChange::Update { before, .. } = change else { continue };
        let Some(seen) = seen.get(&(change.table().name(), change.id())) else { continue };
        let now = json(before)?;
        let (Some(was), Some(becomes), Some(now)) = (seen.before.as_object(), seen.after.as_object(), now.as_object())
        else {
            continue;
        };
        for (name, was) in was {
            let sets = becomes.get(name) != Some(was);
            let same = now.get(name) == Some(was) || now.get(name) == becomes.get(name);
            // Where something stands in a list follows from the others.
            if sets && !same && !["position", "revision"].contains(&name.as_str()) {
                let message = format!("Somebody has changed `{name}` since this was put into the draft.");
                faults.push(Fault::new(FaultCode::Conflict, &[name], message));
            }
        }
    }
    Ok(faults)
}

fn json(row: &crate::program::row::Row) -> Result<Value, AppError> {
    serde_json::from_str(&row.json().map_err(AppError::internal)?).map_err(AppError::internal)
}

/// Puts a command into the conference's draft, after those that are in it.
///
/// # Errors
/// What is wrong with its input, on the program as the draft would make it; CONFLICT if what it touches has changed since
/// the revision that was expected; or the database's fault.
pub async fn add(desk: &Arc<Desk>, own: Edit, command: Command) -> Result<Drafted, WriteError> {
    if !command.is_draftable() {
        let message = "This is always done at once; leave `draft` out.";
        return Err(Fault::invalid("draft", message).into());
    }
    let (id, new) = (desk.source.id(), desk.source.id());
    desk.write(own.conference, move |desk| {
        let (own, command) = (own.clone(), command.clone());
        async move { attempt(&desk, &own, &command, id, new).await }
    })
    .await
}

async fn attempt(desk: &Desk, own: &Edit, command: &Command, id: Uuid, new: Uuid) -> Result<Drafted, WriteError> {
    let found = draft_of(desk.database.reader(), own.conference).await?;
    let program = desk.programs.program(own.conference).await?;
    let program = program.ok_or_else(|| Fault::new(FaultCode::NotFound, &[], "It is no longer there."))?;
    let scopes: Vec<Uuid> = found.into_iter().collect();
    let mut write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), &scopes).await?;
    match within(desk, own, command, (id, found, new), &program, &mut write).await {
        Ok((drafted, true)) => {
            write.commit().await?;
            Ok(drafted)
        }
        Ok((drafted, false)) => {
            write.roll_back().await?;
            Ok(drafted)
        }
        Err(error) => {
            let _ = write.roll_back().await;
            Err(error)
        }
    }
}

async fn within(
    desk: &Desk,
    own: &Edit,
    command: &Command,
    (id, found, new): (Uuid, Option<Uuid>, Uuid),
    program: &Program,
    write: &mut Write,
) -> Result<(Drafted, bool), WriteError> {
    if let Some(before) = write.replay(own.once.as_ref()).await? {
        return Ok((serde_json::from_str(&before).map_err(AppError::internal)?, false));
    }
    let draft = match found {
        Some(draft) => draft,
        None => {
            write.create(&*desk.source, new, ScopeKind::Draft).await?;
            let row = draft::Model { id: new, conference_id: own.conference };
            draft::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
            new
        }
    };
    let commands = commands_of(write.at(), draft).await?;
    if commands.len() >= MOST {
        let message = format!("The draft has {MOST} commands, the most that it takes; release it, or take some out.");
        return Err(Fault::invalid("draft", message).into());
    }
    let (working, _) = planned(program, &commands, write.now())?;
    let planning = Planning::at(program.stamp.revision + 1, write.now(), own.expected);
    let plan = command.plan(&working, &planning)?;
    let mut seen = Vec::new();
    for change in &plan.changes {
        if let RowChange::Update { before, after } = change {
            let (entity, id) = (change.table().name().to_owned(), change.id());
            seen.push(Planned { entity, id, before: json(before)?, after: json(after)? });
        }
    }
    let row = draft_command::Model {
        id,
        draft_id: draft,
        position: commands.last().map_or(0, |last| last.position).saturating_add(1),
        command: serde_json::to_string(command).map_err(AppError::internal)?,
        planned: serde_json::to_string(&seen).map_err(AppError::internal)?,
        revision: program.stamp.revision,
        user_id: own.user,
        at: write.now(),
    };
    let after = serde_json::to_string(&row).map_err(AppError::internal)?;
    draft_command::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
    write.log(draft, "draft_command", id, None, Some(after));
    let drafted = Drafted { answers: plan.answers };
    write.keep(own.once.as_ref(), serde_json::to_string(&drafted).map_err(AppError::internal)?).await?;
    Ok((drafted, true))
}

/// Takes commands out of the draft: the one with this id, or all of them.
///
/// # Errors
/// NOT_FOUND if the draft has no such command; or the database's fault.
pub async fn remove(desk: &Arc<Desk>, own: Edit, command: Option<Uuid>) -> Result<(), WriteError> {
    desk.write(own.conference, move |desk| {
        let own = own.clone();
        async move {
            let none = || Fault::not_found("id", "There is no such command in the draft.");
            let Some(draft) = draft_of(desk.database.reader(), own.conference).await? else {
                return if command.is_none() { Ok(()) } else { Err(none().into()) };
            };
            let mut write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), &[draft]).await?;
            if write.replay(own.once.as_ref()).await?.is_some() {
                write.roll_back().await?;
                return Ok(());
            }
            let mut commands = commands_of(write.at(), draft).await?;
            commands.retain(|row| command.is_none_or(|command| row.id == command));
            if commands.is_empty() && command.is_some() {
                write.roll_back().await?;
                return Err(none().into());
            }
            take_out(&mut write, draft, &commands).await?;
            write.keep(own.once.as_ref(), String::new()).await?;
            write.commit().await?;
            Ok(())
        }
    })
    .await
}

async fn take_out(write: &mut Write, draft: Uuid, commands: &[draft_command::Model]) -> Result<(), WriteError> {
    for row in commands {
        let before = serde_json::to_string(row).map_err(AppError::internal)?;
        draft_command::Entity::delete_by_id(row.id).exec(write.at()).await?;
        write.log(draft, "draft_command", row.id, Some(before), None);
    }
    Ok(())
}

/// The draft as it would be released now, on this program.
///
/// # Errors
/// If the database can't be read.
pub async fn preview(desk: &Desk, program: &Arc<Program>) -> Result<Preview, AppError> {
    let unavailable = |error| match error {
        WriteError::Database(error) => AppError::unavailable_because(error),
        WriteError::App(error) => error,
        WriteError::Refused(_) => AppError::internal("reading a draft was refused"),
    };
    let reader = desk.database.reader();
    let commands = match draft_of(reader, program.id()).await.map_err(unavailable)? {
        Some(draft) => commands_of(reader, draft).await.map_err(unavailable)?,
        None => Vec::new(),
    };
    if commands.is_empty() {
        let (program, in_the_way, differences) = (Arc::clone(program), Vec::new(), Vec::new());
        return Ok(Preview { commands, in_the_way, differences, program });
    }
    let (program, now) = (Arc::clone(program), desk.source.now());
    let made = tokio::task::spawn_blocking(move || {
        let (working, in_the_way) = planned(&program, &commands, now)?;
        let changes = working.changes();
        let differences = diff(&Working::of(&program), &working, &touched(&changes));
        let stamp = Stamp { revision: program.stamp.revision + 1, tag: program.stamp.tag };
        let program = Arc::new(working.program(stamp).map_err(|torn| AppError::internal(torn.0))?);
        Ok(Preview { commands, in_the_way, differences, program })
    });
    made.await.map_err(AppError::internal)?
}

/// A release that is to be made.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub notes: Option<String>,
    /// Whether what the draft says holds also where somebody has changed the same since.
    pub over_conflicts: bool,
}

/// Commits the draft as one revision, and gives the program as it is then a name.
///
/// # Errors
/// INVALID; CONFLICT or what makes a command impossible, each under `commands` and its place in the draft; or the
/// database's fault.
pub async fn release(desk: &Arc<Desk>, own: Edit, release: Release) -> Result<Edited, WriteError> {
    let Release { name, notes, over_conflicts } = release;
    let mut check = Check::default();
    let mut row = release::Model {
        id: desk.source.id(),
        conference_id: own.conference,
        name: String::new(),
        notes: None,
        at: desk.source.now(),
        changes: None,
        revision: 0,
    };
    check.text("name", Some(Some(name)), Length::Name, &mut row.name);
    check.maybe_text("notes", Some(notes), Length::Long, &mut row.notes);
    check.done()?;
    desk.write(own.conference, move |desk| {
        let (own, row) = (own.clone(), row.clone());
        async move {
            let draft = draft_of(desk.database.reader(), own.conference).await?;
            // The conference before its draft: the order in which all lock.
            let scopes: Vec<Uuid> = std::iter::once(own.conference).chain(draft).collect();
            let mut write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), &scopes).await?;
            match released(&desk, &own, row, draft, over_conflicts, &mut write).await {
                Ok((edited, true)) => {
                    write.commit().await?;
                    desk.changed(own.conference, edited.stamp()).await;
                    Ok(edited)
                }
                Ok((edited, false)) => {
                    write.roll_back().await?;
                    Ok(edited)
                }
                Err(error) => {
                    let _ = write.roll_back().await;
                    Err(error)
                }
            }
        }
    })
    .await
}

async fn released(
    desk: &Desk,
    own: &Edit,
    mut row: release::Model,
    draft: Option<Uuid>,
    over_conflicts: bool,
    write: &mut Write,
) -> Result<(Edited, bool), WriteError> {
    if let Some(before) = write.replay(own.once.as_ref()).await? {
        return Ok((serde_json::from_str(&before).map_err(AppError::internal)?, false));
    }
    let (before, after) = write.stamps(own.conference).ok_or_else(|| AppError::internal("no scope is locked"))?;
    let program = program_at(desk, write.at(), own.conference, before).await?;
    let commands = match draft {
        Some(draft) => commands_of(write.at(), draft).await?,
        None => Vec::new(),
    };
    let (mut working, in_the_way) = planned(&program, &commands, write.now())?;
    let mut faults = Vec::new();
    for (place, command) in commands.iter().enumerate() {
        let Some(own) = in_the_way.iter().find(|own| own.command == command.id) else { continue };
        for fault in &own.faults {
            if over_conflicts && fault.code == FaultCode::Conflict {
                continue;
            }
            let mut fault = fault.clone();
            fault.field.splice(0..0, ["commands".to_owned(), place.to_string()]);
            faults.push(fault);
        }
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let changes = working.changes();
    whole(&working, &changes)
        .map_err(|what| Fault::new(FaultCode::Conflict, &["commands"], format!("As a whole: {what}")))?;
    row.at = write.now();
    row.revision = after.revision;
    row.changes = differences(desk, &program, &working, write.now()).await?;
    working.apply([RowChange::Insert(row.clone().into())]);
    write.rows(own.conference, working.changes()).await?;
    if let Some(draft) = draft {
        take_out(write, draft, &commands).await?;
    }
    let edited = Edited::at(after, row.id);
    write.keep(own.once.as_ref(), serde_json::to_string(&edited).map_err(AppError::internal)?).await?;
    Ok((edited, true))
}

/// What differs from the release before, as JSON; `None`: more than is told, or no longer known.
async fn differences(
    desk: &Desk,
    program: &Program,
    new: &Working<'_>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<String>, WriteError> {
    // The first has nothing before it that anybody was told of.
    let Some(last) = program.rows.releases.iter().max_by_key(|row| row.revision) else { return Ok(None) };
    let Some(log) = desk.database.log_between(program.id(), last.revision, program.stamp.revision, FARTHEST).await?
    else {
        return Ok(None);
    };
    let changes = log.iter().map(LogEntry::change).collect::<Result<Vec<_>, _>>();
    let changes = changes.map_err(|torn| AppError::internal(torn.0))?;
    let mut old = Working::of(program);
    let planning = Planning::at(program.stamp.revision, now, None);
    // From the last to the first, each finds the program as it has left it.
    for change in changes.iter().rev() {
        let Ok(back) = inverse(&old, &planning, std::slice::from_ref(change)) else { return Ok(None) };
        old.apply(back);
    }
    let mut rows = touched(&changes);
    rows.extend(touched(&new.changes()));
    rows.retain(|(table, _)| *table != Table::Release);
    let told = diff(&old, new, &rows);
    if told.len() > TOLD {
        return Ok(None);
    }
    Ok(Some(serde_json::to_string(&told).map_err(AppError::internal)?))
}
