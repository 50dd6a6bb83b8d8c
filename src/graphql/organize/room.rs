//! Rooms.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::{each, noun, organize};
use crate::command::program::Command;
use crate::command::room::{RoomFields, Swap};
use crate::error::AppError;
use crate::graphql::clash::Clash;
use crate::graphql::desk::nobody;
use crate::graphql::desk::other;
use crate::graphql::enums::RoomKind;
use crate::graphql::id::NodeKind;
use crate::graphql::room::Room;
use crate::graphql::scalars::{Date, Lenient, Url};
use crate::graphql::shapes::{input, payload};
use crate::program::row::Table;

noun! {
    RoomMutation: Room room, RoomFields;
    /// Makes a room, last unless a place is given.
    "createRoom" create_room(|id, _, fields| Command::CreateRoom(id, fields)) CreateRoomInput CreateRoomPayload
        in /** The conference. */ conference_id = "conferenceId" Conference;
    /// Changes a room. A changed link reaches whoever watches at once.
    "updateRoom" update_room(Command::UpdateRoom) UpdateRoomInput UpdateRoomPayload
        by nobody;
    /// Deletes a room. One that sessions are in is IN_USE.
    "deleteRoom" delete_room(Command::DeleteRoom) DeleteRoomInput DeleteRoomPayload;
    required {
        /// Its printed name.
        name: String,
    }
    optional {
        /// The identifier that it has elsewhere, by which an import finds it again: 1 to 200 characters; no other room of
        /// the conference has it, else TAKEN. By default one of ours.
        key: String,
        /// Whether it has walls. By default it has.
        kind: RoomKind,
        /// How many seats it has.
        capacity: i32,
        /// Where to join the sessions in it that have no link of their own: https, at most 2,000 characters.
        url: Lenient<Url>,
        /// Its place among the rooms, from 1; beyond the last: the last.
        position: i32,
    }
}

input! {
    /// Which two rooms, and which of the sessions in them: all, unless something is said.
    SwapRoomsInput {
        /// One room.
        first_id: ID,
        /// The other, of the same conference.
        second_id: ID,
        /// Only sessions of this date; null: of all.
        date: Option<Lenient<Date>>,
        /// Only these sessions, each in one of the two rooms; null: all.
        session_ids: Option<Vec<ID>>,
    }
}
payload! {
    /// The two rooms, with each other's sessions.
    SwapRoomsPayload {
        /// The one; null if there are errors.
        first: Option<Room>,
        /// The other; null if there are errors.
        second: Option<Room>,
        /// What clashes in these rooms now. It is done nevertheless: clashes warn.
        clashes: Vec<Clash>,
    }
}

/// Mutations of several rooms.
#[derive(Default)]
pub(in crate::graphql) struct SwapMutation;

/// Mutations of organizers.
#[Object]
impl SwapMutation {
    /// Puts the sessions of one room into another, and those of that into the one. Links that a session has of its own
    /// go with it; links of the rooms stay with the rooms. A session that is in both stays. It is done at once, also
    /// where there is a draft.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn swap_rooms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rooms, and which of their sessions.")] input: SwapRoomsInput,
    ) -> Result<SwapRoomsPayload, AppError> {
        let mut second = None;
        let done = organize!(ctx, input, "swapRooms", first_id = "firstId", Room => Room, |it| {
            let to = other(&it.edit, "secondId", &input.second_id, NodeKind::Room)?;
            second = Some(to);
            let session = |id: &ID, field: &str| other(&it.edit, field, id, NodeKind::Session);
            let sessions = input.session_ids.as_deref().map(|ids| each(ids, session, "sessionIds")).transpose()?;
            let date = input.date.clone().map(|date| date.right("date")).transpose()?.map(|date| date.0);
            Ok(Command::SwapRooms(Swap { first: it.row, second: to, date, sessions }))
        });
        let done = if done.user_errors.is_empty() { done } else { crate::graphql::desk::Done { node: None, ..done } };
        let second = done.node.as_ref().and_then(|(program, _)| {
            let ix = program.place(Table::Room, second?)?;
            Some((program, ix))
        });
        let clashes = done.node.as_ref().zip(second).map(|((program, first), (_, second))| {
            let mut clashes = program.clashes();
            let is_there = |session: u32| {
                let uses = program.index.sessions[session as usize].session_rooms.iter();
                uses.map(|it| program.index.session_rooms[*it as usize].room).any(|it| it == *first || it == second)
            };
            clashes.retain(|clash| is_there(clash.first) || is_there(clash.second));
            Clash::list(program, clashes)
        });
        Ok(SwapRoomsPayload {
            second: second.map(|(program, ix)| Room::new(&Arc::clone(program), ix)),
            first: done.map(Room::new),
            clashes: clashes.unwrap_or_default(),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }
}
