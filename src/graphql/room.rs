//! Rooms, and sessions' uses of them.

use async_graphql::{Context, ID, Object};
use entity::{room, session_room};

use super::budget::{Text, sift, spend};
use super::calendar::part_address;
use super::enums::RoomKind;
use super::handle;
use super::id::{GlobalId, NodeKind};
use super::link::JoinLink;
use super::pins::Pins;
use super::scalars::{Date, Url};
use super::session::Session;
use crate::error::AppError;

handle! {
    /// A room.
    Room
}

impl Room {
    fn row(&self) -> &room::Model {
        &self.program.rows.rooms[self.ix as usize]
    }
}

/// A room, with walls or without.
#[Object]
impl Room {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Room, conference: self.program.id(), row: self.row().id }.encode()
    }

    /// The revision of the conference that last changed what this object covers: its own fields, its link, who gets
    /// links from when, and which sessions use it.
    fn revision(&self) -> i64 {
        self.program.index.rooms[self.ix as usize].revision
    }

    /// Its place among the rooms of the conference: a greater number comes later, of equal ones the smaller id. The numbers do not follow
    /// one on another.
    fn position(&self) -> i32 {
        self.row().position
    }

    /// Its name as printed.
    fn name(&self) -> Text<&str> {
        Text(&self.row().name)
    }

    /// Walls or only a link.
    fn kind(&self) -> RoomKind {
        self.row().kind.into()
    }

    /// How many people it seats; null if that is not known.
    fn capacity(&self) -> Option<i32> {
        self.row().capacity
    }

    /// Its own link, which its sessions use where they have none of their own.
    fn link(&self, ctx: &Context<'_>) -> Result<JoinLink, AppError> {
        Ok(JoinLink::new(Pins::of(ctx)?, &self.program, self.row().link.as_ref(), None))
    }

    /// Where the sessions in it are as a calendar that applications can subscribe to: see `Conference.calendarUrl`.
    fn calendar_url(&self, ctx: &Context<'_>) -> Result<Text<Url>, AppError> {
        let id = GlobalId { kind: NodeKind::Room, conference: self.program.id(), row: self.row().id }.encode();
        part_address(ctx, &self.program, "room", id.as_str())
    }

    /// The sessions in it, by start; those to be announced last.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that start on this date, in the conference's time zone.")] date: Option<Date>,
    ) -> Result<Vec<Session>, AppError> {
        let program = &self.program;
        let on_date = |ix: u32| date.is_none_or(|date| program.rows.sessions[ix as usize].date == Some(date.0));
        let list = &program.index.rooms[self.ix as usize].sessions;
        let found = sift(ctx, list, &on_date).await?;
        spend(ctx, found.len()).await?;
        Ok(found.into_iter().map(|ix| Session::new(program, ix)).collect())
    }
}

handle! {
    /// A session's use of a room.
    SessionRoom
}

impl SessionRoom {
    fn row(&self) -> &session_room::Model {
        &self.program.rows.session_rooms[self.ix as usize]
    }
}

/// A session's use of a room: what carries the link to join it there. A hybrid session uses several rooms.
#[Object]
impl SessionRoom {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::SessionRoom, conference: self.program.id(), row: self.row().id }.encode()
    }

    /// The revision of the conference that last changed what this object covers: its link, the room, the session, the
    /// panel, who gets links from when, and the conference's time zone.
    fn revision(&self) -> i64 {
        self.program.index.session_rooms[self.ix as usize].revision
    }

    /// The session.
    fn session(&self) -> Session {
        Session::new(&self.program, self.program.index.session_rooms[self.ix as usize].session)
    }

    /// Its place among the rooms of its session: a greater number comes later, of equal ones the smaller id.
    fn position(&self) -> i32 {
        self.row().position
    }

    /// The room.
    fn room(&self) -> Room {
        Room::new(&self.program, self.program.index.session_rooms[self.ix as usize].room)
    }

    /// Where to join this session in this room: its own link, else the room's.
    fn link(&self, ctx: &Context<'_>) -> Result<JoinLink, AppError> {
        let room = self.program.index.session_rooms[self.ix as usize].room;
        let inherited = self.program.rows.rooms[room as usize].link.as_ref();
        Ok(JoinLink::new(Pins::of(ctx)?, &self.program, self.row().link.as_ref(), inherited))
    }
}
