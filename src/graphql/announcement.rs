//! Announcements.

use async_graphql::{ID, Object};
use entity::announcement;

use super::budget::Text;
use super::handle;
use super::id::{GlobalId, NodeKind};
use super::scalars::DateTime;
use super::session::Session;

handle! {
    /// An announcement.
    Announcement
}

impl Announcement {
    fn row(&self) -> &announcement::Model {
        &self.program.rows.announcements[self.ix as usize]
    }
}

/// A short public notice on the conference or one of its sessions.
#[Object]
impl Announcement {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Announcement, conference: self.program.id(), row: self.row().id }.encode()
    }

    /// The revision of the conference that last changed it.
    fn revision(&self) -> i64 {
        self.row().revision
    }

    /// What it says, in Markdown (CommonMark; render HTML in it as text).
    fn text(&self) -> Text<&str> {
        Text(&self.row().text)
    }

    /// The session it is about; null: the whole conference.
    fn session(&self) -> Option<Session> {
        let session = self.program.index.announcements[self.ix as usize].session;
        session.map(|ix| Session::new(&self.program, ix))
    }

    /// When it was made.
    fn at(&self) -> DateTime {
        DateTime(self.row().at)
    }
}
