//! What is derived from a program's rows, so that every field is answered without a search or a query.
//!
//! A node is its place in its table's rows, a `u32`; lists are boxed slices of places, already in the order to show.
//! Revisions share what is the same for them: only what a revision changed is [derived](mod@derive) anew.

mod derive;
mod lists;
mod orders;
mod spread;
mod step;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

pub(super) use derive::place;

use super::shared::Shared;
use super::zone::SessionTimes;

/// A place in a table's rows.
pub type Ix = u32;

/// Places in the order to show.
pub type List = Box<[Ix]>;

/// What a node is ordered by in the lists of its kind; ties go by id.
pub type Key = Arc<str>;

/// Rows that no program can be made of: a reference to nothing, an unknown zone. The database's constraints exclude it.
#[derive(Debug, PartialEq, Eq)]
pub struct Torn(pub String);

/// Derived, one entry a row, in the order of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Tracks.
    pub tracks: Shared<TrackIndex>,
    /// Rooms.
    pub rooms: Shared<RoomIndex>,
    /// People.
    pub people: Shared<PersonIndex>,
    /// Panels.
    pub panels: Shared<PanelIndex>,
    /// Papers.
    pub papers: Shared<PaperIndex>,
    /// Sessions.
    pub sessions: Shared<SessionIndex>,
    /// Sessions' uses of rooms.
    pub session_rooms: Shared<SessionRoomIndex>,
    /// Slots.
    pub slots: Shared<SlotIndex>,
    /// Roles.
    pub participations: Shared<ParticipationIndex>,
    /// Authors.
    pub authorships: Shared<AuthorshipIndex>,
    /// Notices.
    pub announcements: Shared<AnnouncementIndex>,
    /// Tracks in their order.
    pub track_order: List,
    /// Rooms in their order.
    pub room_order: List,
    /// People by name.
    pub person_order: List,
    /// Panels by code.
    pub panel_order: List,
    /// Papers by title.
    pub paper_order: List,
    /// Sessions by start, to be announced last.
    pub session_order: List,
    /// Notices, the newest first.
    pub announcement_order: List,
    /// Panels by their code as printed.
    pub panel_by_code: Arc<HashMap<Box<str>, Ix>>,
    /// The days: the conference's own and whatever other its sessions are on.
    pub days: Arc<Vec<DayIndex>>,
    /// How to tell who is on the program.
    pub on_it: Arc<OnIt>,
}

/// By what a login knows the people who have a role or a paper. Never shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnIt {
    /// Addresses, in lower case, and how many people have each.
    emails: HashMap<Arc<str>, u32>,
    /// ORCID iDs, and how many people have each.
    orcids: HashMap<Arc<str>, u32>,
}

impl Index {
    /// Whether somebody with one of these addresses, in lower case, or ORCID iDs has a role or a paper.
    #[must_use]
    pub fn is_on_it(&self, emails: &[String], orcids: &[String]) -> bool {
        emails.iter().any(|email| self.on_it.emails.contains_key(email.as_str()))
            || orcids.iter().any(|orcid| self.on_it.orcids.contains_key(orcid.as_str()))
    }
}

/// A day.
#[derive(Debug, PartialEq, Eq)]
pub struct DayIndex {
    /// The local date.
    pub date: NaiveDate,
    /// Sessions that start on it, by start.
    pub sessions: List,
}

/// A track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackIndex {
    /// Its panels.
    pub panels: List,
    /// Effective revision.
    pub revision: i64,
}

/// A room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomIndex {
    /// Sessions in it.
    pub sessions: List,
    /// Effective revision: covers the conference's link settings.
    pub revision: i64,
}

/// A person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonIndex {
    /// Papers, by title.
    pub authorships: List,
    /// Named roles, by panel.
    pub participations: List,
    /// By name.
    pub key: Key,
    /// Effective revision: covers authorships and participations.
    pub revision: i64,
}

/// A panel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PanelIndex {
    /// Its track.
    pub track: Option<Ix>,
    /// Its papers, in the panel's order.
    pub papers: List,
    /// Its sessions, by number.
    pub sessions: List,
    /// Named roles in the whole panel.
    pub participations: List,
    /// By code.
    pub key: Key,
    /// Effective revision: covers participations.
    pub revision: i64,
}

/// A paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperIndex {
    /// Its panel.
    pub panel: Ix,
    /// In printed order.
    pub authorships: List,
    /// By their sessions' start.
    pub slots: List,
    /// As given.
    pub keywords: Arc<[Box<str>]>,
    /// By title.
    pub key: Key,
    /// Effective revision: covers authorships and slots.
    pub revision: i64,
}

/// What is known of when a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timing {
    /// A date and a start.
    Timed,
    /// A date.
    DateOnly,
    /// Nothing yet.
    #[default]
    Unscheduled,
}

/// A session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionIndex {
    /// Its panel.
    pub panel: Ix,
    /// Its instants; `None` unless it is timed.
    pub times: Option<SessionTimes>,
    /// What is known.
    pub timing: Timing,
    /// Its rooms, in order.
    pub session_rooms: List,
    /// Its slots, in running order.
    pub slots: List,
    /// Named roles in this sitting.
    pub participations: List,
    /// By start.
    pub key: Key,
    /// Effective revision: covers participations, rooms, slots, the conference's time zone, and the panel where nobody
    /// is named as chair.
    pub revision: i64,
}

/// A session's use of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionRoomIndex {
    /// The session.
    pub session: Ix,
    /// The room.
    pub room: Ix,
    /// Effective revision: covers the room, the session, the panel, and the conference's link settings and time zone.
    pub revision: i64,
}

/// A slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotIndex {
    /// The session.
    pub session: Ix,
    /// The paper.
    pub paper: Ix,
    /// Which of the session's rooms.
    pub session_room: Option<Ix>,
    /// When it starts.
    pub starts_at: Option<DateTime<Utc>>,
    /// Effective revision: covers the session's row and the conference's time zone.
    pub revision: i64,
}

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParticipationIndex {
    /// Who.
    pub person: Ix,
    /// The panel, also of a role in one session.
    pub panel: Ix,
    /// The session, for a role in that alone.
    pub session: Option<Ix>,
}

/// An author.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorshipIndex {
    /// The paper.
    pub paper: Ix,
    /// Who.
    pub person: Ix,
}

/// A notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnnouncementIndex {
    /// The session it is about.
    pub session: Option<Ix>,
}
