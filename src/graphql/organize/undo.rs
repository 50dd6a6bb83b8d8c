//! Taking a revision back.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::command::undo::undo;
use crate::error::AppError;
use crate::graphql::conference::Conference;
use crate::graphql::desk::{Common, Done, allowed, done};
use crate::graphql::id::NodeKind;
use crate::graphql::shapes::{input, payload};
use crate::program::row::Table;

input! {
    /// A revision that is to be taken back.
    UndoRevisionInput {
        /// The conference.
        conference_id: ID,
        /// Which revision, as `Conference.history` tells it.
        revision: i64,
    }
}
payload! {
    /// The conference without what the revision did.
    UndoRevisionPayload {
        /// The conference; null if there are errors.
        conference: Option<Conference>,
    }
}

/// Mutations of history.
#[derive(Default)]
pub(in crate::graphql) struct UndoMutation;

/// Mutations of organizers.
#[Object]
impl UndoMutation {
    /// Takes a revision back, as a new revision: what it made is deleted, what it deleted is there again with its ids, and
    /// what it changed is as it was. What came later stays; where that is in the way, nothing is done and the answer is
    /// CONFLICT. What was undone can be undone in turn.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn undo_revision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which revision of which conference.")] input: UndoRevisionInput,
    ) -> Result<UndoRevisionPayload, AppError> {
        let common = Common {
            mutation: "undoRevision",
            field: "conferenceId",
            id: &input.conference_id,
            kind: NodeKind::Conference,
            expected: input.expected_revision,
            once: input.client_mutation_id.as_deref(),
            own: &[],
        };
        let done = match allowed(ctx, &input, common).await? {
            Err(fault) => Done::refused(fault),
            Ok(it) => {
                let conference = it.edit.conference;
                let written = undo(it.begun.desk, it.edit, input.revision).await;
                done(&it.begun, conference, (Table::Conference, None), written).await?
            }
        };
        Ok(UndoRevisionPayload {
            conference: done.map(|program, _| Conference { row: Arc::clone(&program.rows.conference[0]) }),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }
}
