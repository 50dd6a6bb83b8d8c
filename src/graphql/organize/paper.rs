//! Papers.

use async_graphql::{Context, ID, Object};

use super::{new, noun, organize};
use crate::command::paper::{Move, PaperFields};
use crate::command::program::Command;
use crate::error::AppError;
use crate::graphql::desk::other;
use crate::graphql::id::NodeKind;
use crate::graphql::paper::Paper;
use crate::graphql::scalars::{Lenient, Url};
use crate::graphql::shapes::{input, payload};
use crate::policy::Action;

noun! {
    PaperMutation: Paper paper, PaperFields;
    /// Makes a paper of a panel, last there unless a place is given, without authors and in no session.
    "createPaper" create_paper(Command::CreatePaper) CreatePaperInput CreatePaperPayload
        in /** The panel. */ panel_id = "panelId" Panel;
    /// Changes a paper. Where the conference allows it, convenors may change the papers of their panel
    /// (`convenorsEditPapers`), and authors the abstract of their paper (`authorsEditAbstracts`).
    "updatePaper" update_paper(Command::UpdatePaper) UpdatePaperInput UpdatePaperPayload
        by own;
    /// Deletes a paper, with its authors and its places in sessions. To keep it on the program as withdrawn, see
    /// `withdrawPaper`.
    "deletePaper" delete_paper(Command::DeletePaper) DeletePaperInput DeletePaperPayload;
    required {
        /// Its title, 1 to 1,000 characters.
        title: String,
    }
    optional {
        /// The identifier that it has elsewhere, by which an import finds it again: 1 to 200 characters; no other paper of
        /// the conference has it, else TAKEN. By default one of ours.
        key: String,
        /// Its abstract: Markdown, at most 50,000 characters.
        r#abstract: String,
        /// What the conference calls it: "poster", "film". At most 60 characters.
        r#type: String,
        /// The language that it is given in, as a tag (BCP 47).
        language: String,
        /// Its keywords, at most 100 of 1 to 300 characters, each once.
        keywords: Vec<String>,
        /// A public page about it: http or https. No link to a virtual room.
        url: Lenient<Url>,
        /// Its place among the panel's papers, from 1; beyond the last: the last.
        position: i32,
    }
}

/// By what else than organizing somebody may change a paper in this way.
fn own(input: &UpdatePaperInput) -> &'static [Action] {
    let UpdatePaperInput {
        id: _,
        title,
        key,
        r#abstract: _,
        r#type,
        language,
        keywords,
        url,
        position,
        draft: _,
        expected_revision: _,
        client_mutation_id: _,
    } = input;
    let only_abstract = title.is_undefined()
        && key.is_undefined()
        && r#type.is_undefined()
        && language.is_undefined()
        && keywords.is_undefined()
        && url.is_undefined()
        && position.is_undefined();
    // The key is what the organizers' own system knows it by.
    match (key.is_undefined(), only_abstract) {
        (false, _) => &[],
        (true, true) => &[Action::EditPanelPapers, Action::EditAbstract],
        (true, false) => &[Action::EditPanelPapers],
    }
}

input! {
    /// A paper, and where it goes. What is left out or null stays as it is.
    MovePaperInput {
        /// The paper.
        id: ID,
        /// To this panel. Its places in sessions of the panel that it leaves are given up, but for one that goes to
        /// `sessionId`.
        panel_id: Option<ID>,
        /// To this place among the panel's papers, from 1; beyond the last: the last. Null: where it is, or last in
        /// another panel.
        position: Option<i32>,
        /// Into this session of the panel, last there, without a time and a room of its own. Null: it is given where it
        /// was, or nowhere yet in another panel.
        session_id: Option<ID>,
        /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
        /// makes it. False: do it at once.
        #[graphql(default)]
        draft: bool,
    }
}
payload! {
    /// The paper where it is now.
    MovePaperPayload {
        /// The paper; null if there are errors, but for CONFLICT: then as it is now.
        paper: Option<Paper>,
    }
}

/// Where papers are.
#[derive(Default)]
pub(in crate::graphql) struct MoveMutation;

/// Mutations of organizers.
#[Object]
impl MoveMutation {
    /// Moves a paper: to another place in its panel, to another panel, into another session. Where the conference allows
    /// it, convenors may move the papers of their panel within it (`convenorsEditPapers`).
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn move_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which paper, and where to.")] input: MovePaperInput,
    ) -> Result<MovePaperPayload, AppError> {
        // Away from their panel they have no say.
        let own: &[Action] = if input.panel_id.is_none() { &[Action::EditPanelPapers] } else { &[] };
        let done = organize!(input.draft; ctx, input, "movePaper", id = "id", Paper => Paper, own, |it| {
            let panel = input.panel_id.as_ref().map(|id| other(&it.edit, "panelId", id, NodeKind::Panel)).transpose()?;
            let session = input.session_id.as_ref().map(|id| other(&it.edit, "sessionId", id, NodeKind::Session));
            let (session, slot) = (session.transpose()?, new(it));
            Ok(Command::MovePaper(Move { id: it.row, panel, position: input.position, session, slot }))
        });
        Ok(MovePaperPayload {
            paper: done.map(Paper::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }
}
