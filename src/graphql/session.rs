//! Sessions.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::enums::Role;
use entity::session;

use super::budget::{Text, spend};
use super::calendar::part_address;
use super::connection::{ListKind, Listed, connection, encode};
use super::enums::{SessionStatus, Timing};
use super::handle;
use super::id::{GlobalId, NodeKind};
use super::panel::Panel;
use super::participation::Participation;
use super::pins::Pins;
use super::room::SessionRoom;
use super::scalars::{Date, DateTime, LocalTime, Url};
use super::slot::Slot;
use super::star::has_starred;
use crate::error::AppError;
use crate::program::Program;
use crate::program::index::{Ix, SessionIndex};
use crate::program::page::Standing;

handle! {
    /// A session.
    Session
}

impl Session {
    fn row(&self) -> &session::Model {
        &self.program.rows.sessions[self.ix as usize]
    }

    fn index(&self) -> &SessionIndex {
        &self.program.index.sessions[self.ix as usize]
    }

    async fn parts(&self, ctx: &Context<'_>, role: Role) -> Result<Vec<Participation>, AppError> {
        let parts = self.program.session_parts(self.ix, role);
        spend(ctx, parts.len()).await?;
        Ok(Participation::list(&self.program, parts))
    }
}

/// One sitting of a panel. Its times are wall clock in the conference's time zone; each may still be to be announced.
#[Object]
impl Session {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Session, conference: self.program.id(), row: self.row().id }.encode()
    }

    /// The revision of the conference that last changed what this object covers: its own fields, its roles, rooms and
    /// slots, the conference's time zone, and, where nobody is named as chair for this sitting, its panel.
    fn revision(&self) -> i64 {
        self.index().revision
    }

    /// Its panel.
    fn panel(&self) -> Panel {
        Panel::new(&self.program, self.index().panel)
    }

    /// Which of the panel's sessions it is, from 1.
    fn number(&self) -> i32 {
        self.row().number
    }

    /// Its own title; null if it has none beside the panel's.
    fn title(&self) -> Option<Text<&str>> {
        self.row().title.as_deref().map(Text)
    }

    /// Whether it takes place.
    fn status(&self) -> SessionStatus {
        self.row().status.into()
    }

    /// The date on which it starts; null: to be announced.
    fn date(&self) -> Option<Date> {
        self.row().date.map(Date)
    }

    /// When it starts, on the clocks of the conference's time zone; null: to be announced.
    fn start_time(&self) -> Option<LocalTime> {
        self.row().start_time.map(LocalTime)
    }

    /// When it ends, on the clocks of the conference's time zone; null: to be announced. Earlier than `startTime`: on
    /// the next day.
    fn end_time(&self) -> Option<LocalTime> {
        self.row().end_time.map(LocalTime)
    }

    /// The date on which it ends: the next one if it runs past midnight; null if the end is to be announced.
    fn end_date(&self) -> Option<Date> {
        self.index().times.and_then(|times| times.end_date).map(Date)
    }

    /// The instant at which it starts; null unless `timing` is TIMED.
    fn starts_at(&self) -> Option<DateTime> {
        self.index().times.map(|times| DateTime(times.starts_at))
    }

    /// The instant at which it ends: the first that is no longer in it; null if the end is to be announced.
    fn ends_at(&self) -> Option<DateTime> {
        self.index().times.and_then(|times| times.ends_at).map(DateTime)
    }

    /// What is known of when it is.
    fn timing(&self) -> Timing {
        self.index().timing.into()
    }

    /// Convenors of this sitting alone, beside the panel's.
    async fn convenors(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Convenor).await
    }

    /// Who chairs it. With nobody named for this sitting the panel's chairs do: `implied` is true then.
    async fn chairs(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Chair).await
    }

    /// Discussants in this sitting alone, beside the panel's.
    async fn discussants(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Discussant).await
    }

    /// Moderators of this sitting alone, beside the panel's.
    async fn moderators(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Moderator).await
    }

    /// Speakers in this sitting alone, beside the panel's.
    async fn speakers(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        self.parts(ctx, Role::Speaker).await
    }

    /// The rooms it uses; several if it is hybrid, none if that is to be announced.
    async fn rooms(&self, ctx: &Context<'_>) -> Result<Vec<SessionRoom>, AppError> {
        let list = &self.index().session_rooms;
        spend(ctx, list.len()).await?;
        Ok(list.iter().map(|ix| SessionRoom::new(&self.program, *ix)).collect())
    }

    /// Its papers in running order.
    async fn slots(&self, ctx: &Context<'_>) -> Result<Vec<Slot>, AppError> {
        let list = &self.index().slots;
        spend(ctx, list.len()).await?;
        Ok(list.iter().map(|ix| Slot::new(&self.program, *ix)).collect())
    }

    /// Where it is as a calendar that applications can subscribe to: see `Conference.calendarUrl`.
    fn calendar_url(&self, ctx: &Context<'_>) -> Result<Text<Url>, AppError> {
        let id = GlobalId { kind: NodeKind::Session, conference: self.program.id(), row: self.row().id }.encode();
        part_address(ctx, &self.program, "session", id.as_str())
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

impl Listed for Session {
    const KIND: ListKind = ListKind::Sessions;

    fn at(program: &Arc<Program>, ix: Ix) -> Self {
        Self::new(program, ix)
    }

    fn standing(program: &Program, ix: Ix) -> Standing<'_> {
        (&program.index.sessions[ix as usize].key, program.rows.sessions[ix as usize].id)
    }

    fn cursor(&self) -> String {
        encode(Self::KIND, Self::standing(&self.program, self.ix))
    }
}

connection! {
    /// A page of sessions, by start, those to be announced last.
    SessionConnection,
    /// A session on a page.
    SessionEdge, Session
}
