//! Applying and discarding what was uploaded.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::command::preview::{apply, discard};
use crate::error::AppError;
use crate::graphql::conference::Conference;
use crate::graphql::desk::{Allowed, Common, Done, allowed, done};
use crate::graphql::id::NodeKind;
use crate::graphql::shapes::{input, payload};
use crate::graphql::user_error::{UserError, settled};
use crate::program::row::Table;

input! {
    /// A file that was uploaded and is to be imported. For `expectedRevision` send the preview's `revision`: any change of
    /// the conference since is a CONFLICT, since an import says what all of the program is.
    ApplyImportInput {
        /// Which, by the id that the upload was answered with, or `ImportPreview.id`.
        id: ID,
    }
}
payload! {
    /// What was imported.
    ApplyImportPayload {
        /// The conference; null if there are errors, but for CONFLICT: then as it is now.
        conference: Option<Conference>,
        /// The conference's revision that the import is, as `history` tells it and `undoRevision` takes it; if there was
        /// nothing to change, the one before. Null if there are errors.
        revision: Option<i64>,
    }
}

/// A file that was uploaded and is not to be imported.
#[derive(InputObject)]
pub struct DiscardImportInput {
    /// Which, by the id that the upload was answered with, or `ImportPreview.id`.
    id: ID,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// What was thrown away.
#[derive(SimpleObject)]
pub struct DiscardImportPayload {
    /// The id that it had; null if there are errors.
    discarded_id: Option<ID>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Mutations of imports.
#[derive(Default)]
pub(in crate::graphql) struct ImportMutation;

/// Mutations of organizers.
#[Object]
impl ImportMutation {
    /// Imports a file that was uploaded (`Conference.importPreviews`): it is planned once more, on the program as it is,
    /// and all that it does is done at once, as one revision, or nothing is. Faults of the file are INVALID, each with its
    /// place at the beginning of the message. The preview is gone then; what was imported can be taken back with
    /// `undoRevision`. A large file may take longer than a request may: it is done all the same, and sent again with the
    /// same `clientMutationId` it says so.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn apply_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which upload.")] input: ApplyImportInput,
    ) -> Result<ApplyImportPayload, AppError> {
        let common = Common {
            mutation: "applyImport",
            field: "id",
            id: &input.id,
            kind: NodeKind::ImportPreview,
            expected: input.expected_revision,
            once: input.client_mutation_id.as_deref(),
            own: &[],
        };
        let mut revision = None;
        let done = match allowed(ctx, &input, common).await? {
            Err(fault) => Done::refused(fault),
            Ok(Allowed { begun, edit, row }) => {
                let conference = edit.conference;
                let written = apply(begun.desk, edit, row).await;
                revision = written.as_ref().ok().map(|edited| edited.stamp().revision);
                done(&begun, conference, (Table::Conference, Some(conference)), written).await?
            }
        };
        Ok(ApplyImportPayload {
            conference: done.map(|program, _| Conference { row: Arc::clone(&program.rows.conference[0]) }),
            revision,
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Throws away a file that was uploaded. The program stays as it is.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn discard_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which upload.")] input: DiscardImportInput,
    ) -> Result<DiscardImportPayload, AppError> {
        let common = Common {
            mutation: "discardImport",
            field: "id",
            id: &input.id,
            kind: NodeKind::ImportPreview,
            expected: None,
            once: input.client_mutation_id.as_deref(),
            own: &[],
        };
        let refused: Vec<UserError> = match allowed(ctx, &input, common).await? {
            Err(fault) => vec![fault.into()],
            Ok(Allowed { begun, edit, row }) => {
                settled(discard(begun.desk, edit, row).await)?.err().unwrap_or_default()
            }
        };
        let DiscardImportInput { id, client_mutation_id } = input;
        Ok(DiscardImportPayload {
            discarded_id: refused.is_empty().then_some(id),
            user_errors: refused,
            client_mutation_id,
        })
    }
}
