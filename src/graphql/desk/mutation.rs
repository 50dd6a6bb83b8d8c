//! The live desk's mutations.

use std::sync::Arc;

use async_graphql::{Context, MaybeUndefined, Object};
use entity::enums::{PaperStatus, SessionStatus};

use super::shapes::{
    AnnounceInput, AnnouncePayload, AssignSessionRoomInput, AssignSessionRoomPayload, CancelSessionInput,
    CancelSessionPayload, MoveSlotInput, MoveSlotPayload, RemoveSessionRoomInput, RemoveSessionRoomPayload,
    RestorePaperInput, RestorePaperPayload, RestoreSessionInput, RestoreSessionPayload, ScheduleSessionInput,
    ScheduleSessionPayload, SetLinkSettingsInput, SetLinkSettingsPayload, SetRoomLinkInput, SetRoomLinkPayload,
    SetSessionRoomLinkInput, SetSessionRoomLinkPayload, WithdrawPaperInput, WithdrawPaperPayload,
};
use super::{Common, Done, allowed, done, other};
use crate::command::session::When;
use crate::command::settings::LinkSettings;
use crate::command::slot::Move;
use crate::command::write::WriteError;
use crate::command::{Fault, announcement, paper, room, session, settings, slot};
use crate::error::AppError;
use crate::graphql::announcement::Announcement;
use crate::graphql::conference::Conference;
use crate::graphql::id::NodeKind;
use crate::graphql::paper::Paper;
use crate::graphql::room::{Room, SessionRoom};
use crate::graphql::scalars::{Form, Lenient, Url};
use crate::graphql::session::Session;
use crate::graphql::slot::Slot;
use crate::policy::Action;
use crate::program::index::Ix;
use crate::program::row::Table;

/// Mutations of the live desk.
pub(in crate::graphql) struct DeskMutation;

/// What the id of an input may name, and what is done with it: the steps that all these mutations share.
macro_rules! change {
    ($ctx:ident, $input:ident, $name:literal, $field:ident = $field_name:literal, $kind:ident => $table:ident,
     |$allowed:ident| $work:expr) => {
        change!($ctx, $input, $name, $field = $field_name, $kind => $table, &[], |$allowed| $work)
    };
    ($ctx:ident, $input:ident, $name:literal, $field:ident = $field_name:literal, $kind:ident => $table:ident,
     $own:expr, |$allowed:ident| $work:expr) => {{
        let common = Common {
            mutation: $name,
            field: $field_name,
            id: &$input.$field,
            kind: NodeKind::$kind,
            expected: $input.expected_revision,
            once: $input.client_mutation_id.as_deref(),
            own: $own,
        };
        match allowed($ctx, &$input, common).await? {
            Err(fault) => Done::refused(fault),
            Ok($allowed) => {
                let conference = $allowed.edit.conference;
                let same = NodeKind::$kind.table() == Some(Table::$table);
                let touched = same.then_some($allowed.row);
                let written = $work;
                done(&$allowed.begun, conference, (Table::$table, touched), written).await?
            }
        }
    }};
}

fn refuse<T>(fault: Fault) -> Result<T, WriteError> {
    Err(fault.into())
}

/// A link, right or wrong: what is wrong with it the command says.
fn address(url: &Option<Lenient<Url>>) -> Option<String> {
    url.as_ref().map(|url| url.clone().right("url").map_or_else(|_| String::new(), |url| url.0))
}

/// A field that may be null.
fn maybe<T: Clone + Form>(written: &Option<Lenient<T>>, field: &str) -> Result<Option<T>, Fault> {
    written.clone().map(|written| written.right(field)).transpose()
}

/// Mutations of organizers while the conference runs.
#[Object]
impl DeskMutation {
    /// Sets a room's own link, or takes it away. Every session in the room that has no link of its own there has the new
    /// one, and whoever watches gets it at once. Takes an organizer's login, or an organizer's token with the scope
    /// `organize`.
    async fn set_room_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which room, and the link.")] input: SetRoomLinkInput,
    ) -> Result<SetRoomLinkPayload, AppError> {
        let done = change!(ctx, input, "setRoomLink", id = "id", Room => Room, |it| {
            room::set_room_link(it.begun.desk, it.edit, it.row, address(&input.url)).await
        });
        Ok(SetRoomLinkPayload {
            room: done.map(Room::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Sets the link of a session in one of its rooms, or takes it away. Whoever watches gets it at once. Takes an
    /// organizer's login, or an organizer's token with the scope `organize`. Where the conference allows it, chairs may do
    /// it for their session (`chairsSetLinks`).
    async fn set_session_room_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session's use of which room, and the link.")] input: SetSessionRoomLinkInput,
    ) -> Result<SetSessionRoomLinkPayload, AppError> {
        let own = &[Action::SetSessionLinks];
        let done = change!(ctx, input, "setSessionRoomLink", id = "id", SessionRoom => SessionRoom, own, |it| {
            room::set_session_room_link(it.begun.desk, it.edit, it.row, address(&input.url)).await
        });
        Ok(SetSessionRoomLinkPayload {
            session_room: done.map(SessionRoom::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Puts a session into a room, besides those that it is in. Takes an organizer's login, or an organizer's token with
    /// the scope `organize`.
    async fn assign_session_room(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session, and the room.")] input: AssignSessionRoomInput,
    ) -> Result<AssignSessionRoomPayload, AppError> {
        let done = change!(ctx, input, "assignSessionRoom", session_id = "sessionId", Session => SessionRoom, |it| {
            match other(&it.edit, "roomId", &input.room_id, NodeKind::Room) {
                Ok(room) => room::assign(it.begun.desk, it.edit, it.row, room, address(&input.url)).await,
                Err(fault) => refuse(fault),
            }
        });
        let session = done.map(|program, ix| program.index.session_rooms[ix as usize].session);
        Ok(AssignSessionRoomPayload {
            session_room: done.map(SessionRoom::new),
            clashes: done.clashes(session),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Takes a session out of one of its rooms. Takes an organizer's login, or an organizer's token with the scope
    /// `organize`.
    async fn remove_session_room(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session's use of which room.")] input: RemoveSessionRoomInput,
    ) -> Result<RemoveSessionRoomPayload, AppError> {
        let done = change!(ctx, input, "removeSessionRoom", id = "id", SessionRoom => Session, |it| {
            room::remove(it.begun.desk, it.edit, it.row).await
        });
        Ok(RemoveSessionRoomPayload {
            session: done.map(Session::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Says when a session takes place. Clashes are told, and stop nothing. Takes an organizer's login, or an
    /// organizer's token with the scope `organize`.
    async fn schedule_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session, and when.")] input: ScheduleSessionInput,
    ) -> Result<ScheduleSessionPayload, AppError> {
        let done = change!(ctx, input, "scheduleSession", id = "id", Session => Session, |it| {
            let read = (maybe(&input.date, "date"), maybe(&input.start_time, "startTime"), maybe(&input.end_time, "endTime"));
            match read {
                (Err(fault), ..) | (_, Err(fault), _) | (.., Err(fault)) => refuse(fault),
                (Ok(date), Ok(start), Ok(end)) => {
                    let when = When {
                        date: date.map(|date| date.0),
                        start: start.map(|time| time.0),
                        end: end.map(|time| time.0),
                        fold: i16::try_from(input.fold.unwrap_or(0)).unwrap_or(i16::MAX),
                    };
                    session::schedule(it.begun.desk, it.edit, it.row, when).await
                }
            }
        });
        Ok(ScheduleSessionPayload {
            session: done.map(Session::new),
            clashes: done.clashes(own(&done)),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Cancels a session. It stays on the program, with its status. Takes an organizer's login, or an organizer's token
    /// with the scope `organize`.
    async fn cancel_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: CancelSessionInput,
    ) -> Result<CancelSessionPayload, AppError> {
        let done = change!(ctx, input, "cancelSession", id = "id", Session => Session, |it| {
            session::set_status(it.begun.desk, it.edit, it.row, SessionStatus::Cancelled).await
        });
        Ok(CancelSessionPayload {
            session: done.map(Session::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Takes a session's cancellation back. Takes an organizer's login, or an organizer's token with the scope
    /// `organize`.
    async fn restore_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: RestoreSessionInput,
    ) -> Result<RestoreSessionPayload, AppError> {
        let done = change!(ctx, input, "restoreSession", id = "id", Session => Session, |it| {
            session::set_status(it.begun.desk, it.edit, it.row, SessionStatus::Scheduled).await
        });
        Ok(RestoreSessionPayload {
            session: done.map(Session::new),
            clashes: done.clashes(own(&done)),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Withdraws a paper. It stays on the program, with its status. Takes an organizer's login, or an organizer's token
    /// with the scope `organize`.
    async fn withdraw_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which paper.")] input: WithdrawPaperInput,
    ) -> Result<WithdrawPaperPayload, AppError> {
        let done = change!(ctx, input, "withdrawPaper", id = "id", Paper => Paper, |it| {
            paper::set_status(it.begun.desk, it.edit, it.row, PaperStatus::Withdrawn).await
        });
        Ok(WithdrawPaperPayload {
            paper: done.map(Paper::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Takes a paper's withdrawal back. Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn restore_paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which paper.")] input: RestorePaperInput,
    ) -> Result<RestorePaperPayload, AppError> {
        let done = change!(ctx, input, "restorePaper", id = "id", Paper => Paper, |it| {
            paper::set_status(it.begun.desk, it.edit, it.row, PaperStatus::Accepted).await
        });
        Ok(RestorePaperPayload {
            paper: done.map(Paper::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Moves a paper's place: to another place, time or room in its session, or into another session of its panel. The
    /// session's other papers are numbered anew around it. Takes an organizer's login, or an organizer's token with the
    /// scope `organize`. Where the conference allows it, convenors may do it in their panel (`convenorsEditPapers`).
    async fn move_slot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which slot, and where to.")] input: MoveSlotInput,
    ) -> Result<MoveSlotPayload, AppError> {
        let own = &[Action::EditPanelPapers];
        let done = change!(ctx, input, "moveSlot", id = "id", Slot => Slot, own, |it| {
            let session = input.session_id.as_ref().map(|id| other(&it.edit, "sessionId", id, NodeKind::Session));
            let session_room = match &input.session_room_id {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(id) => Some(Some(other(&it.edit, "sessionRoomId", id, NodeKind::SessionRoom))),
            };
            let start = given(&input.start_time, Clone::clone).map(|start| start.map(|it| it.right("startTime")).transpose());
            match (session.transpose(), session_room.map(Option::transpose).transpose(), start.transpose()) {
                (Err(fault), ..) | (_, Err(fault), _) | (.., Err(fault)) => refuse(fault),
                (Ok(session), Ok(session_room), Ok(start)) => {
                    let to = Move {
                        session,
                        position: input.position,
                        start: start.map(|start| start.map(|time| time.0)),
                        minutes: given(&input.minutes, |minutes| *minutes),
                        session_room,
                    };
                    slot::move_slot(it.begun.desk, it.edit, it.row, to).await
                }
            }
        });
        Ok(MoveSlotPayload {
            slot: done.map(Slot::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Says something to everybody: a short notice on the conference, or on one session. Takes an organizer's login, or
    /// an organizer's token with the scope `organize`.
    async fn announce(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and on what.")] input: AnnounceInput,
    ) -> Result<AnnouncePayload, AppError> {
        let done = change!(ctx, input, "announce", conference_id = "conferenceId", Conference => Announcement, |it| {
            let session = input.session_id.as_ref().map(|id| other(&it.edit, "sessionId", id, NodeKind::Session));
            match session.transpose() {
                Err(fault) => refuse(fault),
                Ok(session) => announcement::announce(it.begun.desk, it.edit, session, input.text.clone()).await,
            }
        });
        Ok(AnnouncePayload {
            announcement: done.map(Announcement::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Says who gets the links to rooms, and from when. Whoever watches has what they may have within a second. Takes an
    /// organizer's login, or an organizer's token with the scope `organize`.
    async fn set_link_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and from when.")] input: SetLinkSettingsInput,
    ) -> Result<SetLinkSettingsPayload, AppError> {
        let done = change!(ctx, input, "setLinkSettings", conference_id = "conferenceId", Conference => Conference, |it| {
            let audience = input.link_audience.map(Into::into);
            let opens_at = given(&input.links_open_at, Clone::clone);
            match opens_at.map(|at| at.map(|at| at.right("linksOpenAt")).transpose()).transpose() {
                Err(fault) => refuse(fault),
                Ok(opens_at) => {
                    let opens_at = opens_at.map(|at| at.map(|at| at.0));
                    settings::set_links(it.begun.desk, it.edit, LinkSettings { audience, opens_at }).await
                }
            }
        });
        Ok(SetLinkSettingsPayload {
            conference: done.map(|program, _| Conference { row: Arc::clone(&program.rows.conference[0]) }),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }
}

/// The session that a mutation answers with.
fn own(done: &Done) -> Option<Ix> {
    done.map(|_, ix| ix)
}

/// A field of a patch: absent is as it is, null is nothing.
fn given<T, U>(field: &MaybeUndefined<T>, value: impl Fn(&T) -> U) -> Option<Option<U>> {
    match field {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(it) => Some(Some(value(it))),
    }
}
