//! The organizers' program: what makes, changes and deletes everything in it.
#![expect(dead_code, reason = "the derive makes a method of each field, and nothing calls them")]

mod conference;
mod draft;
mod give;
mod import;
mod panel;
mod paper;
mod part;
mod person;
mod room;
mod session;
mod track;
mod undo;

use async_graphql::MergedObject;

use super::desk::{Allowed, Done, done};
use super::id::GlobalId;
use super::scalars::Cursor;
use super::user_error::{Mutating, settled};
use crate::command::draft::{add, preview};
use crate::command::edit::Edit;
use crate::command::program::{Command, run};
use crate::command::write::WriteError;
use crate::command::{Fault, FaultCode};
use crate::cursor;
use crate::error::AppError;
use crate::program::row::Table;

/// Mutations of the program.
#[derive(MergedObject, Default)]
pub(super) struct OrganizeMutation(
    conference::ConferenceMutation,
    track::TrackMutation,
    room::RoomMutation,
    room::SwapMutation,
    person::PersonMutation,
    person::IdentityMutation,
    panel::PanelMutation,
    panel::CancelMutation,
    session::SessionMutation,
    paper::PaperMutation,
    paper::MoveMutation,
    part::PartMutation,
    undo::UndoMutation,
    draft::DraftMutation,
    import::ImportMutation,
);

/// Does what the input asks for, or puts it into the draft, and reads back what is answered with: as it is, or as the
/// draft makes it.
async fn perform(
    allowed: Allowed<'_>,
    table: Table,
    drafted: bool,
    command: impl FnOnce(&Allowed<'_>) -> Result<Command, Fault>,
) -> Result<Done, AppError> {
    let command = match command(&allowed) {
        Ok(command) => command,
        Err(fault) => return Ok(Done::refused(fault)),
    };
    let Allowed { begun, edit, row } = allowed;
    let conference = edit.conference;
    if drafted {
        return put_in(&begun, edit, table, command).await;
    }
    let written: Result<_, WriteError> = run(begun.desk, edit, command).await;
    done(&begun, conference, (table, Some(row)), written).await
}

/// Puts a command into the conference's draft.
async fn put_in(begun: &Mutating<'_>, edit: Edit, table: Table, command: Command) -> Result<Done, AppError> {
    if edit.by.is_some() {
        let message = "Only the conference's organizers have a draft; leave `draft` out.";
        return Ok(Done::refused(Fault::new(FaultCode::Forbidden, &["draft"], message)));
    }
    let conference = edit.conference;
    let drafted = match settled(add(begun.desk, edit, command).await)? {
        Ok(drafted) => drafted,
        Err(user_errors) => return Ok(Done { user_errors, ..Done::default() }),
    };
    let Some(program) = begun.pins.program(conference).await? else { return Ok(Done::default()) };
    let cursor = cursor::Cursor::of(conference, program.stamp, entity::enums::Audience::Organizer);
    let preview = preview(begun.desk, &program).await?;
    let ix = preview.program.place(table, drafted.answers);
    Ok(Done { node: ix.map(|ix| (preview.program, ix)), cursor: Some(Cursor(cursor)), user_errors: Vec::new() })
}

/// A new id, for what is made.
fn new(allowed: &Allowed<'_>) -> uuid::Uuid {
    allowed.begun.desk.source.id()
}

/// What the id of an input names, whether the viewer may change it, and what is done.
macro_rules! organize {
    ($ctx:ident, $input:ident, $name:literal, $field:ident = $field_name:literal, $kind:ident => $table:ident,
     |$allowed:ident| $command:expr) => {
        $crate::graphql::organize::organize!(
            $ctx, $input, $name, $field = $field_name, $kind => $table, &[], |$allowed| $command
        )
    };
    ($ctx:ident, $input:ident, $name:literal, $field:ident = $field_name:literal, $kind:ident => $table:ident,
     $own:expr, |$allowed:ident| $command:expr) => {
        $crate::graphql::organize::organize!(
            false; $ctx, $input, $name, $field = $field_name, $kind => $table, $own, |$allowed| $command
        )
    };
    ($drafted:expr; $ctx:ident, $input:ident, $name:literal, $field:ident = $field_name:literal,
     $kind:ident => $table:ident, $own:expr, |$allowed:ident| $command:expr) => {{
        let common = $crate::graphql::desk::Common {
            mutation: $name,
            field: $field_name,
            id: &$input.$field,
            kind: $crate::graphql::id::NodeKind::$kind,
            expected: $input.expected_revision,
            once: $input.client_mutation_id.as_deref(),
            own: $own,
        };
        match $crate::graphql::desk::allowed($ctx, &$input, common).await? {
            Err(fault) => $crate::graphql::desk::Done::refused(fault),
            Ok(allowed) => {
                let table = $crate::program::row::Table::$table;
                $crate::graphql::organize::perform(allowed, table, $drafted, |$allowed| $command).await?
            }
        }
    }};
}
use organize;

/// Declares a noun: its inputs, its payloads, and the three mutations that make, change and delete one.
macro_rules! noun {
    (
        $mutation:ident: $node:ident $result:ident, $fields:ident;
        $(#[$create_doc:meta])*
        $create_name:literal $create:ident($create_command:expr) $create_input:ident $create_payload:ident
            in $(#[$in_doc:meta])* $in:ident = $in_name:literal $in_kind:ident;
        $(#[$update_doc:meta])*
        $update_name:literal $update:ident($update_command:expr) $update_input:ident $update_payload:ident
            by $own:path;
        $(#[$delete_doc:meta])*
        $delete_name:literal $delete:ident($delete_command:expr) $delete_input:ident $delete_payload:ident;
        required { $($(#[$required_doc:meta])* $required:ident: $required_type:ty),* $(,)? }
        optional { $($(#[$optional_doc:meta])* $optional:ident: $optional_type:ty),* $(,)? }
    ) => {
        $crate::graphql::shapes::input! {
            /// What is made. What is left out or null is not known, or as it is by default.
            $create_input {
                $(#[$in_doc])*
                $in: async_graphql::ID,
                $($(#[$required_doc])* $required: $required_type,)*
                $($(#[$optional_doc])* $optional: Option<$optional_type>,)*
                /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
                /// makes it. False: do it at once. What concerns rooms is always done at once: INVALID.
                #[graphql(default)]
                draft: bool,
            }
        }
        $crate::graphql::shapes::payload! {
            /// What was made.
            $create_payload {
                /// It; null if there are errors.
                $result: Option<$node>,
            }
        }
        $crate::graphql::shapes::input! {
            /// What is changed. What is left out stays as it is; what is null is taken away, where that can be.
            $update_input {
                /// Which one.
                id: async_graphql::ID,
                $($(#[$required_doc])* $required: async_graphql::MaybeUndefined<$required_type>,)*
                $($(#[$optional_doc])* $optional: async_graphql::MaybeUndefined<$optional_type>,)*
                /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
                /// makes it. False: do it at once. What concerns rooms is always done at once: INVALID.
                #[graphql(default)]
                draft: bool,
            }
        }
        $crate::graphql::shapes::payload! {
            /// What was changed.
            $update_payload {
                /// It; null if there are errors, but for CONFLICT: then as it is now.
                $result: Option<$node>,
            }
        }
        $crate::graphql::shapes::input! {
            /// What is deleted.
            $delete_input {
                /// Which one.
                id: async_graphql::ID,
                /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
                /// makes it. False: do it at once. What concerns rooms is always done at once: INVALID.
                #[graphql(default)]
                draft: bool,
            }
        }
        $crate::graphql::shapes::payload! {
            /// What was deleted.
            $delete_payload {
                /// The id that it had; null if there are errors.
                deleted_id: Option<async_graphql::ID>,
            }
        }

        impl $create_input {
            fn fields(&self, edit: &$crate::command::edit::Edit) -> Result<$fields, $crate::command::Fault> {
                use $crate::graphql::organize::give::Give;
                Ok($fields {
                    $($required: Some(Some(self.$required.clone().give(edit, stringify!($required))?)),)*
                    $($optional: self.$optional.clone().map(|it| it.give(edit, stringify!($optional))).transpose()?.map(Some),)*
                })
            }
        }

        impl $update_input {
            fn fields(&self, edit: &$crate::command::edit::Edit) -> Result<$fields, $crate::command::Fault> {
                use $crate::graphql::organize::give::given;
                Ok($fields {
                    $($required: given(self.$required.clone(), edit, stringify!($required))?,)*
                    $($optional: given(self.$optional.clone(), edit, stringify!($optional))?,)*
                })
            }
        }

        /// Its mutations.
        #[derive(Default)]
        pub(in crate::graphql) struct $mutation;

        /// Mutations of organizers.
        #[async_graphql::Object]
        impl $mutation {
            $(#[$create_doc])*
            ///
            /// Takes an organizer's login, or an organizer's token with the scope `organize`.
            async fn $create(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "What is made, and where.")] input: $create_input,
            ) -> Result<$create_payload, $crate::error::AppError> {
                let done = $crate::graphql::organize::organize!(
                    input.draft; ctx, input, $create_name, $in = $in_name, $in_kind => $node, &[], |it| {
                        let command: fn(uuid::Uuid, uuid::Uuid, $fields) -> $crate::command::program::Command =
                            $create_command;
                        Ok(command($crate::graphql::organize::new(it), it.row, input.fields(&it.edit)?))
                    }
                );
                let own = done.user_errors.is_empty().then(|| done.map($node::new)).flatten();
                Ok($create_payload {
                    $result: own,
                    cursor: done.cursor,
                    user_errors: done.user_errors,
                    client_mutation_id: input.client_mutation_id,
                })
            }

            $(#[$update_doc])*
            ///
            /// Takes an organizer's login, or an organizer's token with the scope `organize`.
            async fn $update(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which one, and what of it is changed.")] input: $update_input,
            ) -> Result<$update_payload, $crate::error::AppError> {
                let done = $crate::graphql::organize::organize!(
                    input.draft; ctx, input, $update_name, id = "id", $node => $node, $own(&input), |it| {
                        Ok($update_command(it.row, input.fields(&it.edit)?))
                    }
                );
                Ok($update_payload {
                    $result: done.map($node::new),
                    cursor: done.cursor,
                    user_errors: done.user_errors,
                    client_mutation_id: input.client_mutation_id,
                })
            }

            $(#[$delete_doc])*
            ///
            /// Takes an organizer's login, or an organizer's token with the scope `organize`.
            async fn $delete(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which one.")] input: $delete_input,
            ) -> Result<$delete_payload, $crate::error::AppError> {
                let done = $crate::graphql::organize::organize!(
                    input.draft; ctx, input, $delete_name, id = "id", $node => $node, &[], |it| Ok($delete_command(it.row))
                );
                Ok($delete_payload {
                    deleted_id: done.cursor.is_some().then(|| input.id.clone()),
                    cursor: done.cursor,
                    user_errors: done.user_errors,
                    client_mutation_id: input.client_mutation_id,
                })
            }
        }
    };
}
use noun;

/// What is wrong with an id in a list of the input.
fn each(
    ids: &[async_graphql::ID],
    parse: impl Fn(&async_graphql::ID, &str) -> Result<uuid::Uuid, Fault>,
    field: &str,
) -> Result<Vec<uuid::Uuid>, Fault> {
    let one = |(at, id): (usize, &async_graphql::ID)| {
        parse(id, field).map_err(|mut fault| {
            fault.field.push(at.to_string());
            fault
        })
    };
    ids.iter().enumerate().map(one).collect()
}

/// What an id is of, and whose.
fn parsed(id: &async_graphql::ID) -> Option<GlobalId> {
    GlobalId::parse(id).ok()
}
