//! What the live desk's mutations take and answer with.
#![expect(dead_code, reason = "the derive makes a method of each field, and nothing calls them")]

use async_graphql::{ID, MaybeUndefined};

use crate::graphql::announcement::Announcement;
use crate::graphql::clash::Clash;
use crate::graphql::conference::Conference;
use crate::graphql::enums::Audience;
use crate::graphql::paper::Paper;
use crate::graphql::room::{Room, SessionRoom};
use crate::graphql::scalars::{Date, DateTime, Lenient, LocalTime, Url};
use crate::graphql::session::Session;
use crate::graphql::shapes::{input, payload};
use crate::graphql::slot::Slot;

input! {
    /// A room's own link.
    SetRoomLinkInput {
        /// The room.
        id: ID,
        /// Where to join: https, at most 2,000 characters. Null: take it away.
        url: Option<Lenient<Url>>,
    }
}
payload! {
    /// The room with its link.
    SetRoomLinkPayload {
        /// The room; null if there are errors, but for CONFLICT: then as it is now.
        room: Option<Room>,
    }
}
input! {
    /// The link of a session in one of its rooms.
    SetSessionRoomLinkInput {
        /// The session's use of the room.
        id: ID,
        /// Where to join: https, at most 2,000 characters. Null: take it away, so that the room's own is used.
        url: Option<Lenient<Url>>,
    }
}
payload! {
    /// The session's use of the room, with its link.
    SetSessionRoomLinkPayload {
        /// The session's use of the room; null if there are errors, but for CONFLICT: then as it is now.
        session_room: Option<SessionRoom>,
    }
}
input! {
    /// A session, and a room for it.
    AssignSessionRoomInput {
        /// The session.
        session_id: ID,
        /// The room. If the session is in it already, only `url` is set.
        room_id: ID,
        /// Where to join this session there: https, at most 2,000 characters. Null: the room's own link.
        url: Option<Lenient<Url>>,
    }
}
payload! {
    /// The session's use of the room.
    AssignSessionRoomPayload {
        /// The session's use of the room; null if there are errors.
        session_room: Option<SessionRoom>,
        /// What the session clashes with now. It is done nevertheless: clashes warn.
        clashes: Vec<Clash>,
    }
}
input! {
    /// A session's use of a room that is to end.
    RemoveSessionRoomInput {
        /// The session's use of the room. Its link goes with it; papers that were given there stay in the session.
        id: ID,
    }
}
payload! {
    /// The session without the room.
    RemoveSessionRoomPayload {
        /// The session; null if there are errors.
        session: Option<Session>,
    }
}
input! {
    /// When a session takes place: the whole of it. What is null is to be announced.
    ScheduleSessionInput {
        /// The session.
        id: ID,
        /// The date on which it starts, one of the conference's. Null: to be announced; then there are no times.
        date: Option<Lenient<Date>>,
        /// When it starts, as clocks there show it. Null: to be announced; then there is no end.
        start_time: Option<Lenient<LocalTime>>,
        /// When it ends, as clocks there show it; before the start: on the next day. Null: to be announced.
        end_time: Option<Lenient<LocalTime>>,
        /// Which of two starts, where clocks are set back and the time exists twice: 0 or 1. Null: 0, the first.
        fold: Option<i32>,
    }
}
payload! {
    /// The session at its new time.
    ScheduleSessionPayload {
        /// The session; null if there are errors, but for CONFLICT: then as it is now.
        session: Option<Session>,
        /// What the session clashes with now. It is done nevertheless: clashes warn.
        clashes: Vec<Clash>,
    }
}
input! {
    /// A session that does not take place.
    CancelSessionInput {
        /// The session.
        id: ID,
    }
}
payload! {
    /// The session, cancelled. It stays on the program.
    CancelSessionPayload {
        /// The session; null if there are errors, but for CONFLICT: then as it is now.
        session: Option<Session>,
    }
}
input! {
    /// A cancelled session that takes place after all.
    RestoreSessionInput {
        /// The session.
        id: ID,
    }
}
payload! {
    /// The session, no longer cancelled.
    RestoreSessionPayload {
        /// The session; null if there are errors, but for CONFLICT: then as it is now.
        session: Option<Session>,
        /// What the session clashes with now. It is done nevertheless: clashes warn.
        clashes: Vec<Clash>,
    }
}
input! {
    /// A paper that is not given.
    WithdrawPaperInput {
        /// The paper.
        id: ID,
    }
}
payload! {
    /// The paper, withdrawn. It stays on the program.
    WithdrawPaperPayload {
        /// The paper; null if there are errors, but for CONFLICT: then as it is now.
        paper: Option<Paper>,
    }
}
input! {
    /// A withdrawn paper that is given after all.
    RestorePaperInput {
        /// The paper.
        id: ID,
    }
}
payload! {
    /// The paper, no longer withdrawn.
    RestorePaperPayload {
        /// The paper; null if there are errors, but for CONFLICT: then as it is now.
        paper: Option<Paper>,
    }
}
input! {
    /// A paper's place, and where it goes. What is left out stays as it is; what is null is taken away.
    MoveSlotInput {
        /// The slot.
        id: ID,
        /// Into this session; left out or null: it stays in its own. In another one it keeps neither time nor room,
        /// unless they are given.
        session_id: Option<ID>,
        /// To this place among the session's papers, from 1; beyond the last: the last. Null: where it is, or last in
        /// another session.
        position: Option<i32>,
        /// To this time, as clocks there show it, within the session.
        start_time: MaybeUndefined<Lenient<LocalTime>>,
        /// For so many minutes, from 1 to 1,440.
        minutes: MaybeUndefined<i32>,
        /// In this one of the session's rooms.
        session_room_id: MaybeUndefined<ID>,
    }
}
payload! {
    /// The paper's place as it is now.
    MoveSlotPayload {
        /// The slot; null if there are errors, but for CONFLICT: then as it is now.
        slot: Option<Slot>,
    }
}
input! {
    /// A short public notice.
    AnnounceInput {
        /// The conference.
        conference_id: ID,
        /// The session that it is about; null: the whole conference.
        session_id: Option<ID>,
        /// What to say: Markdown, 1 to 2,000 characters. Everybody can read it: no links to rooms.
        text: String,
    }
}
payload! {
    /// The notice.
    AnnouncePayload {
        /// The notice; null if there are errors.
        announcement: Option<Announcement>,
    }
}
input! {
    /// Who gets the links to rooms, and from when. What is left out stays as it is.
    SetLinkSettingsInput {
        /// The conference.
        conference_id: ID,
        /// Who gets them; null: as it is.
        link_audience: Option<Audience>,
        /// From when; null: at once. A time to come closes them until then.
        links_open_at: MaybeUndefined<Lenient<DateTime>>,
    }
}
payload! {
    /// The conference with its settings.
    SetLinkSettingsPayload {
        /// The conference; null if there are errors, but for CONFLICT: then as it is now.
        conference: Option<Conference>,
    }
}
