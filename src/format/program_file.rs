//! The program file (version 1) as Rust values: what `plenary import` reads and `plenary export` writes.
//!
//! Pure data. Names are the file's own; `Option` is the file's `null`, which an absent property equals, except in
//! [`Settings`], where absent means "as it is".

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entity::enums::{Audience, PanelKind, PanelStatus, PaperStatus, Role, RoomKind, SessionStatus, Visibility};

/// One conference's whole program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFile {
    /// The conference itself.
    pub conference: Conference,
    /// Tracks, in the order to show.
    pub tracks: Vec<Track>,
    /// Rooms, in the order to show.
    pub rooms: Vec<Room>,
    /// Everyone on the program.
    pub people: Vec<Person>,
    /// Panels with their papers and sessions.
    pub panels: Vec<Panel>,
}

/// The conference's own properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conference {
    /// `[a-z0-9][a-z0-9-]{1,62}`: finds the conference.
    pub slug: String,
    /// Printed name.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day; not before the first.
    pub ends_on: NaiveDate,
    /// Its site.
    pub url: Option<String>,
    /// What an organizer sets; absent keys leave things as they are.
    pub settings: Settings,
}

/// Settings: `None` is "not in the file".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Read only when the conference is created.
    pub visibility: Option<Visibility>,
    /// Who gets links to rooms.
    pub link_audience: Option<Audience>,
    /// When they get them; inner `None`: from the start.
    pub links_open_at: Option<Option<DateTime<Utc>>>,
}

/// A track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Unique in the conference.
    pub code: String,
    /// Printed name.
    pub name: String,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Unique in the list.
    pub key: String,
    /// Printed name.
    pub name: String,
    /// Walls or not.
    pub kind: RoomKind,
    /// Seats.
    pub capacity: Option<i32>,
    /// `https://…`, for sessions in it that have none of their own.
    pub link: Option<String>,
}

/// A person on the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Unique in the list.
    pub key: String,
    /// Printed name.
    pub name: String,
    /// The person's own affiliation.
    pub affiliation: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// `0000-0000-0000-000X`.
    pub orcid: Option<String>,
    /// Private.
    pub email: Option<String>,
    /// Public page.
    pub url: Option<String>,
    /// Markdown.
    pub biography: Option<String>,
}

/// A person's role in a panel or session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleEntry {
    /// A person's key.
    pub person: String,
    /// What they do.
    pub role: Role,
    /// As printed for this role.
    pub affiliation: Option<String>,
}

/// A panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Unique in the list; the code where the file has no key.
    pub key: String,
    /// Printed code, unique in the conference.
    pub code: String,
    /// Title.
    pub title: String,
    /// What it is.
    pub kind: PanelKind,
    /// A track's code.
    pub track: Option<String>,
    /// Markdown.
    pub short_abstract: Option<String>,
    /// Markdown.
    pub r#abstract: Option<String>,
    /// Takes place or not.
    pub status: PanelStatus,
    /// Public material.
    pub url: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// In printed order.
    pub roles: Vec<RoleEntry>,
    /// In the panel's order.
    pub papers: Vec<Paper>,
    /// Its sittings.
    pub sessions: Vec<Session>,
}

/// A paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Unique in the conference.
    pub key: String,
    /// Title.
    pub title: String,
    /// Markdown.
    pub r#abstract: Option<String>,
    /// As the conference calls it.
    pub r#type: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Given or not.
    pub status: PaperStatus,
    /// Free words.
    pub keywords: Vec<String>,
    /// Public material.
    pub url: Option<String>,
    /// In printed order.
    pub authors: Vec<Author>,
}

/// An author of a paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// A person's key.
    pub person: String,
    /// As printed on this paper.
    pub affiliation: Option<String>,
    /// Whether they present it.
    pub presenting: bool,
}

/// One sitting of a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Unique in the conference.
    pub key: String,
    /// 1, 2, …
    pub number: i32,
    /// Where it has one of its own.
    pub title: Option<String>,
    /// `None`: to be announced.
    pub date: Option<NaiveDate>,
    /// Wall clock; needs a date.
    pub start: Option<NaiveTime>,
    /// Wall clock; needs a start. Earlier than the start: on the next day.
    pub end: Option<NaiveTime>,
    /// 0 or 1: which of two, where the start's local time exists twice.
    pub fold: i16,
    /// Takes place or not.
    pub status: SessionStatus,
    /// Roles in this sitting alone.
    pub roles: Vec<RoleEntry>,
    /// A hybrid session has several.
    pub rooms: Vec<SessionRoom>,
    /// Papers in running order.
    pub slots: Vec<Slot>,
}

/// A session's use of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRoom {
    /// A room's key.
    pub room: String,
    /// `https://…`; the room's own where `None`.
    pub link: Option<String>,
}

/// A paper in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// A paper's key.
    pub paper: String,
    /// Wall clock: the first such instant at or after the session's start.
    pub start: Option<NaiveTime>,
    /// 1–1440.
    pub minutes: Option<i32>,
    /// A room's key, one of the session's.
    pub room: Option<String>,
}
