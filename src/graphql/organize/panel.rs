//! Panels.

use async_graphql::{Context, ID, Object};
use entity::enums::PanelStatus;

use super::{noun, organize};
use crate::command::panel::PanelFields;
use crate::command::program::Command;
use crate::error::AppError;
use crate::graphql::desk::nobody;
use crate::graphql::enums::PanelKind;
use crate::graphql::panel::Panel;
use crate::graphql::scalars::{Lenient, Url};
use crate::graphql::shapes::{input, payload};

noun! {
    PanelMutation: Panel panel, PanelFields;
    /// Makes a panel, without sessions, papers and roles.
    "createPanel" create_panel(|id, _, fields| Command::CreatePanel(id, fields)) CreatePanelInput CreatePanelPayload
        in /** The conference. */ conference_id = "conferenceId" Conference;
    /// Changes a panel.
    "updatePanel" update_panel(Command::UpdatePanel) UpdatePanelInput UpdatePanelPayload
        by nobody;
    /// Deletes a panel and its roles. One with papers or sessions is IN_USE. To keep it on the program as cancelled, see
    /// `cancelPanel`.
    "deletePanel" delete_panel(Command::DeletePanel) DeletePanelInput DeletePanelPayload;
    required {
        /// Its printed code, 1 to 40 characters; no other panel of the conference has it, else TAKEN.
        code: String,
        /// Its title, 1 to 1,000 characters.
        title: String,
    }
    optional {
        /// The identifier that it has elsewhere, by which an import finds it again: 1 to 200 characters; no other panel of
        /// the conference has it, else TAKEN. By default one of ours.
        key: String,
        /// What it is. By default a panel.
        kind: PanelKind,
        /// The track that it belongs to.
        track_id: ID,
        /// Its abstract in a few sentences: Markdown, at most 50,000 characters.
        short_abstract: String,
        /// Its abstract: Markdown, at most 50,000 characters.
        r#abstract: String,
        /// A public page about it: http or https. No link to a virtual room.
        url: Lenient<Url>,
        /// The language that is spoken in it, as a tag (BCP 47).
        language: String,
    }
}

input! {
    /// A panel that does not take place.
    CancelPanelInput {
        /// The panel.
        id: ID,
    }
}
payload! {
    /// The panel, cancelled. It stays on the program.
    CancelPanelPayload {
        /// The panel; null if there are errors, but for CONFLICT: then as it is now.
        panel: Option<Panel>,
    }
}
input! {
    /// A cancelled panel that takes place after all.
    RestorePanelInput {
        /// The panel.
        id: ID,
    }
}
payload! {
    /// The panel, no longer cancelled.
    RestorePanelPayload {
        /// The panel; null if there are errors, but for CONFLICT: then as it is now.
        panel: Option<Panel>,
    }
}

/// Whether panels take place.
#[derive(Default)]
pub(in crate::graphql) struct CancelMutation;

/// Mutations of organizers.
#[Object]
impl CancelMutation {
    /// Cancels a panel. It stays on the program with its status, as do its sessions and papers with theirs. It is done at
    /// once, also where there is a draft.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn cancel_panel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which panel.")] input: CancelPanelInput,
    ) -> Result<CancelPanelPayload, AppError> {
        let done = organize!(ctx, input, "cancelPanel", id = "id", Panel => Panel, |it| {
            Ok(Command::SetPanelStatus(it.row, PanelStatus::Cancelled))
        });
        Ok(CancelPanelPayload {
            panel: done.map(Panel::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Takes a panel's cancellation back. It is done at once, also where there is a draft.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn restore_panel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which panel.")] input: RestorePanelInput,
    ) -> Result<RestorePanelPayload, AppError> {
        let done = organize!(ctx, input, "restorePanel", id = "id", Panel => Panel, |it| {
            Ok(Command::SetPanelStatus(it.row, PanelStatus::Scheduled))
        });
        Ok(RestorePanelPayload {
            panel: done.map(Panel::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }
}
