//! Tracks.

use async_graphql::{Context, ID, Object};
use entity::track;

use super::budget::Text;
use super::connection::{PageArgs, Paged};
use super::handle;
use super::id::{GlobalId, NodeKind};
use super::panel::PanelConnection;
use crate::error::AppError;

handle! {
    /// A track.
    Track
}

impl Track {
    fn row(&self) -> &track::Model {
        &self.program.rows.tracks[self.ix as usize]
    }
}

/// A theme that panels belong to.
#[Object]
impl Track {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Track, conference: self.program.id(), row: self.row().id }.encode()
    }

    /// The revision of the conference that last changed what this object covers: its own fields, and which panels
    /// belong to it.
    fn revision(&self) -> i64 {
        self.program.index.tracks[self.ix as usize].revision
    }

    /// Its place among the tracks of the conference: a greater number comes later, of equal ones the smaller id. The numbers do not follow
    /// one on another.
    fn position(&self) -> i32 {
        self.row().position
    }

    /// Its short name, unique in the conference.
    fn code(&self) -> Text<&str> {
        Text(&self.row().code)
    }

    /// Its name as printed.
    fn name(&self) -> Text<&str> {
        Text(&self.row().name)
    }

    /// Its panels by code, numbers in codes as numbers: P2 before P10.
    async fn panels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
    ) -> Result<PanelConnection, AppError> {
        let args = PageArgs { first, after, ..PageArgs::default() };
        let list = &self.program.index.tracks[self.ix as usize].panels;
        Ok(PanelConnection(Paged::of(ctx, &self.program, list, args).await?))
    }
}
