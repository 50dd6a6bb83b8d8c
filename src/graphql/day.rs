//! Days.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::budget::{Text, sift, spend};
use super::calendar::part_address;
use super::id::{GlobalId, NodeKind};
use super::scalars::{Date, Url};
use super::session::Session;
use crate::error::AppError;
use crate::program::Program;

/// A day.
pub struct Day {
    pub(super) program: Arc<Program>,
    pub(super) ix: usize,
}

/// A day of the conference, in its time zone.
#[Object]
impl Day {
    /// The date.
    fn date(&self) -> Date {
        Date(self.program.index.days[self.ix].date)
    }

    /// Where they are as a calendar that applications can subscribe to: see `Conference.calendarUrl`.
    fn calendar_url(&self, ctx: &Context<'_>) -> Result<Text<Url>, AppError> {
        let date = self.program.index.days[self.ix].date;
        part_address(ctx, &self.program, "day", &date.to_string())
    }

    /// The sessions that start on it, by start; those whose time is to be announced last.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this room.")] room_id: Option<ID>,
    ) -> Result<Vec<Session>, AppError> {
        let program = &self.program;
        let room = match &room_id {
            None => None,
            Some(id) => match GlobalId::place("roomId", id, NodeKind::Room, program)? {
                Some(room) => Some(room),
                None => return Ok(Vec::new()),
            },
        };
        let in_room = |session: u32| {
            room.is_none_or(|room| {
                let uses = &program.index.sessions[session as usize].session_rooms;
                uses.iter().any(|link| program.index.session_rooms[*link as usize].room == room)
            })
        };
        let list = &program.index.days[self.ix].sessions;
        let found = sift(ctx, list, &in_room).await?;
        spend(ctx, found.len()).await?;
        Ok(found.into_iter().map(|ix| Session::new(program, ix)).collect())
    }
}
