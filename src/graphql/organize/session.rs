//! Sessions.

use super::noun;
use crate::command::program::Command;
use crate::command::session::SessionFields;
use crate::graphql::desk::nobody;
use crate::graphql::scalars::{Date, Lenient, LocalTime};
use crate::graphql::session::Session;

noun! {
    SessionMutation: Session session, SessionFields;
    /// Makes a session of a panel, without rooms, papers and roles of its own. What is not said of its time is to be
    /// announced. A panel has at most 1,000 sessions.
    "createSession" create_session(Command::CreateSession) CreateSessionInput CreateSessionPayload
        in /** The panel. */ panel_id = "panelId" Panel;
    /// Changes a session. For a delay while the conference runs, see `scheduleSession`, which warns of clashes.
    "updateSession" update_session(Command::UpdateSession) UpdateSessionInput UpdateSessionPayload
        by nobody;
    /// Deletes a session, with its roles, its slots, its notices and its use of rooms; its papers stay with the panel. To
    /// keep it on the program as cancelled, see `cancelSession`.
    "deleteSession" delete_session(Command::DeleteSession) DeleteSessionInput DeleteSessionPayload;
    required {}
    optional {
        /// The identifier that it has elsewhere, by which an import finds it again: 1 to 200 characters; no other session
        /// of the conference has it, else TAKEN. By default one of ours.
        key: String,
        /// Its number in the panel, from 1; no other session of the panel has it, else TAKEN. By default the next.
        number: i32,
        /// A title of its own, beside the panel's.
        title: String,
        /// The date on which it starts, one of the conference's. Null: to be announced.
        date: Lenient<Date>,
        /// When it starts, as clocks there show it; needs a date. Null: to be announced.
        start_time: Lenient<LocalTime>,
        /// When it ends, as clocks there show it; before the start: on the next day. Needs a start. Null: to be announced.
        end_time: Lenient<LocalTime>,
        /// Which of two starts, where clocks are set back and the time exists twice: 0, the first, or 1.
        fold: i32,
    }
}
