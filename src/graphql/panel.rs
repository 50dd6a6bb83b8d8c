//! Panels.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::enums::Role;
use entity::panel;

use super::budget::{Text, spend};
use super::calendar::part_address;
use super::connection::{ListKind, Listed, connection, encode};
use super::enums::{PanelKind, PanelStatus};
use super::handle;
use super::id::{GlobalId, NodeKind};
use super::paper::Paper;
use super::participation::Participation;
use super::pins::Pins;
use super::scalars::Url;
use super::session::Session;
use super::star::has_starred;
use super::track::Track;
use crate::error::AppError;
use crate::program::Program;
use crate::program::index::{Ix, PanelIndex};
use crate::program::page::Standing;

handle! {
    /// A panel.
    Panel
}

impl Panel {
    fn row(&self) -> &panel::Model {
        &self.program.rows.panels[self.ix as usize]
    }

    fn index(&self) -> &PanelIndex {
        &self.program.index.panels[self.ix as usize]
    }

    async fn parts(&self, ctx: &Context<'_>, role: Role) -> Result<Vec<Participation>, AppError> {
        let parts = self.program.panel_parts(self.ix, role);
        spend(ctx, parts.len()).await?;
        Ok(Participation::list(&self.program, parts))
    }
}

/// A panel: what was called for, with its papers, held in one or more sessions. Also whatever else is on a program: a
/// plenary, a workshop, a film.
#[Object]
impl Panel {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Panel, conference: self.program.id(), row: self.row().id }.encode()
    }

    /// The revision of the conference that last changed what this object covers: its own fields, its roles, and which
    /// papers and sessions it has.
    fn revision(&self) -> i64 {
        self.index().revision
    }

    /// Its code as printed, such as CULT03; unique in the conference. It may be given to another panel later: keep ids.
    fn code(&self) -> Text<&str> {
        Text(&self.row().code)
    }

    /// Its title.
    fn title(&self) -> Text<&str> {
        Text(&self.row().title)
    }

    /// What it is.
    fn kind(&self) -> PanelKind {
        self.row().kind.into()
    }

    /// The track it belongs to; null if to none.
    fn track(&self) -> Option<Track> {
        self.index().track.map(|ix| Track::new(&self.program, ix))
    }

    /// Public material: a site, slides; null if there is none.
    fn url(&self) -> Option<Text<Url>> {
        Url::of(self.row().url.as_ref()).map(Text)
    }

    /// The language it is held in, as a BCP 47 tag; null if it is not said.
    fn language(&self) -> Option<Text<&str>> {
        self.row().language.as_deref().map(Text)
    }

    /// What it is about, in a few words, in Markdown (CommonMark; render HTML in it as text); null if there is nothing.
    fn short_abstract(&self) -> Option<Text<&str>> {
        self.row().short_abstract.as_deref().map(Text)
    }

    /// What it is about, in Markdown (CommonMark; render HTML in it as text); null if there is nothing.
    #[graphql(name = "abstract")]
    fn long_abstract(&self) -> Option<Text<&str>> {
        self.row().r#abstract.as_deref().map(Text)
    }

    /// Whether it takes place.
    fn status(&self) -> PanelStatus {
        self.row().status.into()
    }

    /// Who called for the papers and put the panel together, in printed order.
    async fn convenors(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Convenor).await
    }

    /// Who chairs. With nobody named the convenors do: `implied` is true then.
    async fn chairs(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Chair).await
    }

    /// Who answers to the papers.
    async fn discussants(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Discussant).await
    }

    /// Who leads the discussion.
    async fn moderators(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Moderator).await
    }

    /// Who speaks without a paper.
    async fn speakers(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Speaker).await
    }

    /// Its papers, in the panel's own order.
    async fn papers(&self, ctx: &Context<'_>) -> Result<Vec<Paper>, AppError> {
        let list = &self.index().papers;
        spend(ctx, list.len()).await?;
        Ok(list.iter().map(|ix| Paper::new(&self.program, *ix)).collect())
    }

    /// Its sittings, by number.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>, AppError> {
        let list = &self.index().sessions;
        spend(ctx, list.len()).await?;
        Ok(list.iter().map(|ix| Session::new(&self.program, *ix)).collect())
    }

    /// Where its sessions are as a calendar that applications can subscribe to: see `Conference.calendarUrl`.
    fn calendar_url(&self, ctx: &Context<'_>) -> Result<Text<Url>, AppError> {
        let id = GlobalId { kind: NodeKind::Panel, conference: self.program.id(), row: self.row().id }.encode();
        part_address(ctx, &self.program, "panel", id.as_str())
    }

    /// Whether you have put it on your individual schedule; false without a login.
    pub(super) async fn viewer_has_starred(&self, ctx: &Context<'_>) -> Result<bool, AppError> {
        // Boxed: the future of every field of this type is as large as the largest of them.
        Box::pin(has_starred(ctx, &self.program, self.row().id)).await
    }

    /// How many have put it on their individual schedule; null unless you organize the conference.
    async fn star_count(&self, ctx: &Context<'_>) -> Result<Option<i64>, AppError> {
        Box::pin(Pins::of(ctx)?.star_count(&self.program, self.row().id)).await
    }
}

impl Listed for Panel {
    const KIND: ListKind = ListKind::Panels;

    fn at(program: &Arc<Program>, ix: Ix) -> Self {
        Self::new(program, ix)
    }

    fn standing(program: &Program, ix: Ix) -> Standing<'_> {
        (&program.index.panels[ix as usize].key, program.rows.panels[ix as usize].id)
    }

    fn cursor(&self) -> String {
        encode(Self::KIND, Self::standing(&self.program, self.ix))
    }
}

connection! {
    /// A page of panels, by code.
    PanelConnection,
    /// A panel on a page.
    PanelEdge, Panel
}
