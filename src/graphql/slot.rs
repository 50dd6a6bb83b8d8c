//! Slots.

use async_graphql::{ID, Object};
use entity::slot;

use super::handle;
use super::id::{GlobalId, NodeKind};
use super::paper::Paper;
use super::room::SessionRoom;
use super::scalars::{DateTime, LocalTime};
use super::session::Session;
use crate::program::index::SlotIndex;

handle! {
    /// A slot.
    Slot
}

impl Slot {
    fn row(&self) -> &slot::Model {
        &self.program.rows.slots[self.ix as usize]
    }

    fn index(&self) -> &SlotIndex {
        &self.program.index.slots[self.ix as usize]
    }
}

/// A paper's place in a session.
#[Object]
impl Slot {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Slot, conference: self.program.id(), row: self.row().id }.encode()
    }

    /// The revision of the conference that last changed what this object covers: its own fields, the session's,
    /// and the conference's time zone.
    fn revision(&self) -> i64 {
        self.index().revision
    }

    /// The session.
    fn session(&self) -> Session {
        Session::new(&self.program, self.index().session)
    }

    /// The paper.
    fn paper(&self) -> Paper {
        Paper::new(&self.program, self.index().paper)
    }

    /// Place in the session's running order, from 1.
    fn position(&self) -> i32 {
        self.row().position
    }

    /// When it starts, on the clocks of the conference's time zone; null if only the order is known. In a session past
    /// midnight it may be on the day after the session's `date`.
    fn start_time(&self) -> Option<LocalTime> {
        self.row().start_time.map(LocalTime)
    }

    /// The same instant in UTC.
    fn starts_at(&self) -> Option<DateTime> {
        self.index().starts_at.map(DateTime)
    }

    /// How long it is, in minutes; null if it is not said.
    fn minutes(&self) -> Option<i32> {
        self.row().minutes
    }

    /// Which of the session's rooms it is in; null where the session has one room, or it is not said.
    fn session_room(&self) -> Option<SessionRoom> {
        self.index().session_room.map(|ix| SessionRoom::new(&self.program, ix))
    }
}
