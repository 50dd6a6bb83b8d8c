//! What somebody knows of a session or a paper: when and where it is. Of links, addresses and other people nothing is in
//! it, so nothing of them can be told.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use entity::enums::{PanelStatus, PaperStatus, SessionStatus};
use entity::{conference, panel, paper, room, session, session_room, slot};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::program::row::Table;
use crate::program::working::Working;
use crate::program::zone::{SessionTimes, Zone};

/// How long a session lasts whose end is not known.
const LASTS: TimeDelta = TimeDelta::hours(12);

/// What is known of something on a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Known {
    /// Of a session.
    Session(Sitting),
    /// Of a paper.
    Paper(Given),
}

/// When and where a session is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    /// Its panel's code and its number in it: `P2.1`.
    pub label: String,
    /// Its own title, or its panel's.
    pub title: String,
    /// `None`: to be announced.
    pub date: Option<NaiveDate>,
    /// `None`: to be announced.
    pub start: Option<NaiveTime>,
    /// `None`: to be announced.
    pub end: Option<NaiveTime>,
    /// 1: the second of two equal starts.
    pub fold: i16,
    /// The IANA name of the zone that these times are in.
    pub zone: String,
    /// The names of its rooms, in order.
    pub rooms: Vec<String>,
    /// Whether it takes place: neither it nor its panel is cancelled.
    pub held: bool,
}

/// Where a paper is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Its title.
    pub title: String,
    /// Whether it is given: it is not withdrawn.
    pub given: bool,
    /// The sessions in which it is.
    pub sessions: BTreeMap<Uuid, Sitting>,
}

impl Known {
    /// What is known of this row; `None` if it is not there, or is neither a session nor a paper.
    #[must_use]
    pub fn of(state: &Working<'_>, table: Table, id: Uuid) -> Option<Self> {
        match table {
            Table::Session => Sitting::of(state, id).map(Self::Session),
            Table::Paper => Given::of(state, id).map(Self::Paper),
            Table::Conference
            | Table::Track
            | Table::Room
            | Table::Person
            | Table::PersonMerge
            | Table::Panel
            | Table::SessionRoom
            | Table::Slot
            | Table::Participation
            | Table::Authorship
            | Table::Announcement
            | Table::Release => None,
        }
    }

    /// What it is of.
    #[must_use]
    pub const fn table(&self) -> Table {
        match self {
            Self::Session(_) => Table::Session,
            Self::Paper(_) => Table::Paper,
        }
    }

    /// Whether whoever knows the one has nothing to learn from the other.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Session(one), Self::Session(other)) => one.is_same(other),
            (Self::Paper(one), Self::Paper(other)) => one.is_same(other),
            (Self::Session(_), Self::Paper(_)) | (Self::Paper(_), Self::Session(_)) => false,
        }
    }
}

impl Sitting {
    fn of(state: &Working<'_>, id: Uuid) -> Option<Self> {
        let session: &session::Model = state.get(id)?;
        let panel: &panel::Model = state.get(session.panel_id)?;
        let conference: &conference::Model = state.conference();
        let mut rooms: Vec<&session_room::Model> = state.children(Table::Session, id);
        rooms.sort_by_key(|row| (row.position, row.id));
        let name = |row: &session_room::Model| state.get::<room::Model>(row.room_id).map(|room| room.name.clone());
        Some(Self {
            label: format!("{}.{}", panel.code, session.number),
            title: session.title.clone().unwrap_or_else(|| panel.title.clone()),
            date: session.date,
            start: session.start_time,
            end: session.end_time,
            fold: session.fold,
            zone: conference.time_zone.clone(),
            rooms: rooms.into_iter().filter_map(name).collect(),
            held: session.status == SessionStatus::Scheduled && panel.status == PanelStatus::Scheduled,
        })
    }

    /// Its instants; `None` unless it has a date and a start.
    fn times(&self) -> Option<SessionTimes> {
        Zone::named(&self.zone)?.session(self.date?, self.start?, self.end, self.fold).ok()
    }

    /// Another zone in which clocks show the same at that time is no other time. Rooms are told by their names, in any
    /// order: whoever knows the door needs not know that it is another row.
    fn is_same(&self, other: &Self) -> bool {
        if !self.held && !other.held {
            return true;
        }
        self.held == other.held && self.is_then(other) && self.is_there(other)
    }

    /// Whether both are at the same time, as clocks show it and as it passes.
    #[must_use]
    pub fn is_then(&self, other: &Self) -> bool {
        let clock = |one: &Self| (one.date, one.start, one.end, one.times());
        clock(self) == clock(other)
    }

    /// Whether both are in rooms of the same names.
    #[must_use]
    pub fn is_there(&self, other: &Self) -> bool {
        sorted(&self.rooms) == sorted(&other.rooms)
    }

    /// Whether it is over by then: nobody has to be told any more.
    #[must_use]
    pub fn is_over(&self, at: DateTime<Utc>) -> bool {
        match (self.times(), self.date) {
            (Some(times), _) => times.ends_at.unwrap_or(times.starts_at + LASTS) <= at,
            // A day is over everywhere by the second midnight after it.
            (None, Some(date)) => date.checked_add_days(Days::new(2)).is_some_and(|end| end <= at.date_naive()),
            (None, None) => false,
        }
    }
}

fn sorted(names: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names
}

impl Given {
    fn of(state: &Working<'_>, id: Uuid) -> Option<Self> {
        let paper: &paper::Model = state.get(id)?;
        let slots: Vec<&slot::Model> = state.children(Table::Paper, id);
        let sessions = slots.into_iter().filter_map(|slot| {
            let sitting = Sitting::of(state, slot.session_id)?;
            Some((slot.session_id, sitting))
        });
        Some(Self {
            title: paper.title.clone(),
            given: paper.status == PaperStatus::Accepted,
            sessions: sessions.collect(),
        })
    }

    /// What becomes of a session is told of the session.
    fn is_same(&self, other: &Self) -> bool {
        (!self.given && !other.given) || (self.given == other.given && self.sessions.keys().eq(other.sessions.keys()))
    }

    /// Whether all that it is given in is over by then.
    #[must_use]
    pub fn is_over(&self, at: DateTime<Utc>) -> bool {
        !self.sessions.is_empty() && self.sessions.values().all(|session| session.is_over(at))
    }
}
