//! Drafts, and releasing them.

use async_graphql::{Context, ID, Object};

use crate::command::draft;
use crate::error::AppError;
use crate::graphql::desk::{Allowed, Common, allowed, done};
use crate::graphql::draft::Release;
use crate::graphql::id::NodeKind;
use crate::graphql::shapes::{input, payload};
use crate::graphql::user_error::{UserError, settled};
use crate::program::row::Table;

input! {
    /// Something that is to be taken out of a draft.
    RemoveDraftCommandInput {
        /// Which, by the id that the draft says.
        id: ID,
    }
}
payload! {
    /// What was taken out.
    RemoveDraftCommandPayload {
        /// The id that it had; null if there are errors.
        removed_id: Option<ID>,
    }
}
input! {
    /// A draft that is to be thrown away.
    DiscardDraftInput {
        /// The conference.
        conference_id: ID,
    }
}
payload! {
    /// Whose draft is empty now.
    DiscardDraftPayload {
        /// The conference's id; null if there are errors.
        conference_id: Option<ID>,
    }
}
input! {
    /// A draft that is to be released, under a name.
    ReleaseDraftInput {
        /// The conference.
        conference_id: ID,
        /// The release's name, 1 to 300 characters: "Version 2", "Rooms for everybody".
        name: String,
        /// What to say of it: Markdown, at most 50,000 characters. Null: nothing.
        notes: Option<String>,
        /// Whether what the draft says holds also where somebody has changed the same since. False: then nothing is
        /// released, and each of these is a CONFLICT.
        #[graphql(default)]
        over_conflicts: bool,
    }
}
payload! {
    /// The release.
    ReleaseDraftPayload {
        /// The release; null if there are errors.
        release: Option<Release>,
    }
}

/// Mutations of drafts.
#[derive(Default)]
pub(in crate::graphql) struct DraftMutation;

/// Mutations of organizers.
#[Object]
impl DraftMutation {
    /// Takes one thing out of a draft. What was put in after it and needs it has a conflict then.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn remove_draft_command(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which command of the draft.")] input: RemoveDraftCommandInput,
    ) -> Result<RemoveDraftCommandPayload, AppError> {
        let common = Common {
            mutation: "removeDraftCommand",
            field: "id",
            id: &input.id,
            kind: NodeKind::DraftCommand,
            expected: input.expected_revision,
            once: input.client_mutation_id.as_deref(),
            own: &[],
        };
        let refused: Vec<UserError> = match allowed(ctx, &input, common).await? {
            Err(fault) => vec![fault.into()],
            Ok(Allowed { begun, edit, row }) => {
                settled(draft::remove(begun.desk, edit, Some(row)).await)?.err().unwrap_or_default()
            }
        };
        Ok(RemoveDraftCommandPayload {
            removed_id: refused.is_empty().then(|| input.id.clone()),
            cursor: None,
            user_errors: refused,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Empties a draft. The program stays as it is.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn discard_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which conference's draft.")] input: DiscardDraftInput,
    ) -> Result<DiscardDraftPayload, AppError> {
        let common = Common {
            mutation: "discardDraft",
            field: "conferenceId",
            id: &input.conference_id,
            kind: NodeKind::Conference,
            expected: input.expected_revision,
            once: input.client_mutation_id.as_deref(),
            own: &[],
        };
        let refused: Vec<UserError> = match allowed(ctx, &input, common).await? {
            Err(fault) => vec![fault.into()],
            Ok(Allowed { begun, edit, row: _ }) => {
                settled(draft::remove(begun.desk, edit, None).await)?.err().unwrap_or_default()
            }
        };
        Ok(DiscardDraftPayload {
            conference_id: refused.is_empty().then(|| input.conference_id.clone()),
            cursor: None,
            user_errors: refused,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Releases the draft: all that is in it at once, as one revision, and gives the program as it is then a name. What
    /// was changed meanwhile stays, but for the fields that the draft sets. With nothing in the draft, the program as it
    /// is gets the name.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn release_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which conference's draft, and under which name.")] input: ReleaseDraftInput,
    ) -> Result<ReleaseDraftPayload, AppError> {
        let common = Common {
            mutation: "releaseDraft",
            field: "conferenceId",
            id: &input.conference_id,
            kind: NodeKind::Conference,
            expected: input.expected_revision,
            once: input.client_mutation_id.as_deref(),
            own: &[],
        };
        let done = match allowed(ctx, &input, common).await? {
            Err(fault) => crate::graphql::desk::Done::refused(fault),
            Ok(Allowed { begun, edit, row: _ }) => {
                let (name, notes) = (input.name.clone(), input.notes.clone());
                let wanted = draft::Release { name, notes, over_conflicts: input.over_conflicts };
                let conference = edit.conference;
                let written = draft::release(begun.desk, edit, wanted).await;
                done(&begun, conference, (Table::Release, None), written).await?
            }
        };
        Ok(ReleaseDraftPayload {
            release: done.map(|program, ix| Release { row: program.rows.releases[ix as usize].clone() }),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }
}
