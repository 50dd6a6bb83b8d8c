//! Papers.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::paper;

use super::budget::{Text, spend};
use super::connection::{ListKind, Listed, connection, encode};
use super::enums::PaperStatus;
use super::handle;
use super::id::{GlobalId, NodeKind};
use super::panel::Panel;
use super::participation::Authorship;
use super::pins::Pins;
use super::scalars::Url;
use super::slot::Slot;
use super::star::has_starred;
use crate::error::AppError;
use crate::program::Program;
use crate::program::index::{Ix, PaperIndex};
use crate::program::page::Standing;

handle! {
    /// A paper.
    Paper
}

impl Paper {
    fn row(&self) -> &paper::Model {
        &self.program.rows.papers[self.ix as usize]
    }

    fn index(&self) -> &PaperIndex {
        &self.program.index.papers[self.ix as usize]
    }
}

/// A paper of a panel. It may be given in more than one session.
#[Object]
impl Paper {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Paper, conference: self.program.id(), row: self.row().id }.encode()
    }

    /// The revision of the conference that last changed what this object covers: its own fields, authors and slots.
    fn revision(&self) -> i64 {
        self.index().revision
    }

    /// Its place among the papers of its panel: a greater number comes later, of equal ones the smaller id. The numbers do not follow
    /// one on another.
    fn position(&self) -> i32 {
        self.row().position
    }

    /// Its title.
    fn title(&self) -> Text<&str> {
        Text(&self.row().title)
    }

    /// What it is about, in Markdown (CommonMark; render HTML in it as text); null if there is nothing.
    #[graphql(name = "abstract")]
    fn long_abstract(&self) -> Option<Text<&str>> {
        self.row().r#abstract.as_deref().map(Text)
    }

    /// Its kind as the conference calls it, such as Long, Short or Demo; null if it has no kinds.
    #[graphql(name = "type")]
    fn paper_type(&self) -> Option<Text<&str>> {
        self.row().r#type.as_deref().map(Text)
    }

    /// The language it is given in, as a BCP 47 tag; null if it is not said.
    fn language(&self) -> Option<Text<&str>> {
        self.row().language.as_deref().map(Text)
    }

    /// Whether it is given.
    fn status(&self) -> PaperStatus {
        self.row().status.into()
    }

    /// Free words that its authors chose.
    fn keywords(&self) -> Vec<Text<&str>> {
        self.index().keywords.iter().map(|word| Text(word.as_ref())).collect()
    }

    /// Public material: the article, slides; null if there is none.
    fn url(&self) -> Option<Text<Url>> {
        Url::of(self.row().url.as_ref()).map(Text)
    }

    /// Its authors, in printed order.
    async fn authors(&self, ctx: &Context<'_>) -> Result<Vec<Authorship>, AppError> {
        let list = &self.index().authorships;
        spend(ctx, list.len()).await?;
        Ok(list.iter().map(|ix| Authorship { program: Arc::clone(&self.program), ix: *ix }).collect())
    }

    /// Its panel.
    fn panel(&self) -> Panel {
        Panel::new(&self.program, self.index().panel)
    }

    /// When it is given: a slot in each session, by their start. Empty as long as it is in none.
    async fn slots(&self, ctx: &Context<'_>) -> Result<Vec<Slot>, AppError> {
        let list = &self.index().slots;
        spend(ctx, list.len()).await?;
        Ok(list.iter().map(|ix| Slot::new(&self.program, *ix)).collect())
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

impl Listed for Paper {
    const KIND: ListKind = ListKind::Papers;

    fn at(program: &Arc<Program>, ix: Ix) -> Self {
        Self::new(program, ix)
    }

    fn standing(program: &Program, ix: Ix) -> Standing<'_> {
        (&program.index.papers[ix as usize].key, program.rows.papers[ix as usize].id)
    }

    fn cursor(&self) -> String {
        encode(Self::KIND, Self::standing(&self.program, self.ix))
    }
}

connection! {
    /// A page of papers, by title.
    PaperConnection,
    /// A paper on a page.
    PaperEdge, Paper
}
