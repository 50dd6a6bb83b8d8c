//! The organizers' live desk: what they change while the conference runs.

mod mutation;
mod shapes;

use std::sync::Arc;

use async_graphql::{Context, ID, InputType};
use uuid::Uuid;

pub(super) use mutation::DeskMutation;

use super::clash::Clash;
use super::id::{GlobalId, NodeKind};
use super::scalars::Cursor;
use super::user_error::{Mutating, UserError, begin, denied, settled};
use crate::command::edit::{By, Edit, Edited};
use crate::command::write::WriteError;
use crate::command::{Fault, FaultCode};
use crate::cursor;
use crate::error::AppError;
use crate::policy::{Action, Denied};
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::row::Table;

/// What every one of these mutations takes besides what is its own.
pub(super) struct Common<'a> {
    pub(super) mutation: &'static str,
    /// Where the id is in the input.
    pub(super) field: &'static str,
    pub(super) id: &'a ID,
    pub(super) kind: NodeKind,
    pub(super) expected: Option<i64>,
    pub(super) once: Option<&'a str>,
    /// By what else than organizing somebody may.
    pub(super) own: &'static [Action],
}

/// A mutation that may be done.
pub(super) struct Allowed<'a> {
    pub(super) begun: Mutating<'a>,
    pub(super) edit: Edit,
    /// The row that the id names.
    pub(super) row: Uuid,
}

/// Whether the viewer may change what this id names.
pub(super) async fn allowed<'a>(
    ctx: &'a Context<'_>,
    input: &impl InputType,
    common: Common<'_>,
) -> Result<Result<Allowed<'a>, Fault>, AppError> {
    let Common { mutation, field, id, kind, expected, once, own } = common;
    let begun = begin(ctx, mutation, once, input).await?;
    let what = kind.what();
    let Some(GlobalId { conference, row, .. }) = GlobalId::parse(id).ok().filter(|parsed| parsed.kind == kind) else {
        return Ok(Err(Fault::invalid(field, format!("This is not the id of {what}; send one as `id` gave it."))));
    };
    let Some(program) = begun.pins.program(conference).await? else {
        return Ok(Err(Fault::not_found(field, format!("There is no such thing: {what} of that id."))));
    };
    let row = kind.table().filter(|table| *table == Table::Person).map_or(row, |_| program.who(row));
    let by = match begun.pins.permits(&program, Action::ChangeProgram) {
        Ok(()) => None,
        Err(Denied::Standing(_)) => {
            let viewer = begun.pins.viewer();
            let mut by = kind.table().into_iter().flat_map(|table| {
                own.iter().map(move |action| By { viewer: viewer.clone(), action: *action, table, row })
            });
            let Some(by) = by.find(|by| by.permits(&program).is_ok()) else {
                let message = "Only the conference's organizers may do this.";
                return Ok(Err(Fault::new(FaultCode::Forbidden, &[field], message)));
            };
            Some(by)
        }
        Err(other) => return Err(denied(other)),
    };
    let edit = Edit { conference, user: begun.user, expected, once: begun.once.clone(), by };
    Ok(Ok(Allowed { begun, edit, row }))
}

/// Nobody but organizers.
pub(super) const fn nobody<T>(_: &T) -> &'static [Action] {
    &[]
}

/// Another id of the input: of the same conference.
pub(super) fn other(edit: &Edit, field: &str, id: &ID, kind: NodeKind) -> Result<Uuid, Fault> {
    let parsed = GlobalId::parse(id).ok().filter(|parsed| parsed.kind == kind);
    let what = kind.what();
    let no = || Fault::invalid(field, format!("This is not the id of {what}; send one as `id` gave it."));
    let GlobalId { conference, row, .. } = parsed.ok_or_else(no)?;
    if conference != edit.conference {
        return Err(Fault::not_found(field, format!("There is no such thing in this conference: {what} of that id.")));
    }
    Ok(row)
}

/// What a mutation answers with.
#[derive(Default)]
pub(super) struct Done {
    /// The object, where it is.
    pub(super) node: Option<(Arc<Program>, Ix)>,
    pub(super) cursor: Option<Cursor>,
    pub(super) user_errors: Vec<UserError>,
}

impl Done {
    pub(super) fn refused(fault: Fault) -> Self {
        Self { user_errors: vec![fault.into()], ..Self::default() }
    }

    pub(super) fn map<T>(&self, node: impl Fn(&Arc<Program>, Ix) -> T) -> Option<T> {
        self.node.as_ref().map(|(program, ix)| node(program, *ix))
    }

    /// The clashes that this session has part in.
    pub(super) fn clashes(&self, session: Option<Ix>) -> Vec<Clash> {
        let (Some((program, _)), Some(session)) = (&self.node, session) else { return Vec::new() };
        let mut clashes = program.clashes();
        clashes.retain(|clash| clash.first == session || clash.second == session);
        Clash::list(program, clashes)
    }
}

/// Reads back what was written, or what stands in the way of it. `touched` is what is answered with a conflict.
pub(super) async fn done(
    begun: &Mutating<'_>,
    conference: Uuid,
    (table, touched): (Table, Option<Uuid>),
    written: Result<Edited, WriteError>,
) -> Result<Done, AppError> {
    let find = |program: Option<Arc<Program>>, id: Option<Uuid>| {
        let (program, id) = (program?, id?);
        let ix = program.place(table, id)?;
        Some((program, ix))
    };
    match settled(written)? {
        Ok(edited) => {
            let position = cursor::Cursor::of(conference, edited.stamp(), entity::enums::Audience::Organizer);
            begun.pins.at_least(&position).await;
            let program = match begun.pins.program(conference).await {
                Ok(program) if program.as_ref().is_some_and(|own| own.stamp.revision >= edited.stamp().revision) => {
                    program
                }
                Ok(_) | Err(_) => {
                    let message = "It is done, and could not be read back. Read it again, from `cursor` on.";
                    let fault = Fault::new(FaultCode::CommittedNotRead, &[], message);
                    return Ok(Done { cursor: Some(Cursor(position)), ..Done::refused(fault) });
                }
            };
            Ok(Done {
                node: find(program, Some(edited.answers)),
                cursor: Some(Cursor(position)),
                user_errors: Vec::new(),
            })
        }
        Err(user_errors) => {
            let conflict = user_errors.iter().any(UserError::is_conflict);
            let current = if conflict {
                // What is in the way may be newer than what is held here.
                begun.desk.programs.look().await?;
                begun.pins.anew().await;
                begun.pins.program(conference).await?
            } else {
                None
            };
            Ok(Done { node: find(current, touched), cursor: None, user_errors })
        }
    }
}
