//! What both formats write: the events of a program in their days and rooms, and what everything is called.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use entity::enums::{PanelKind, PanelStatus, SessionStatus};
use entity::{conference, panel, session};
use uuid::Uuid;

use super::days::{Day, days};
use super::ids::Known;
use super::text::line;
use super::{Base, NO_ROOM, text};
use crate::program::Program;
use crate::program::index::{Ix, SessionIndex};
use crate::program::zone::SessionTimes;

/// Twelve o'clock.
const NOON: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};

/// A room of the schedule.
pub(super) struct Room<'a> {
    /// Different from that of every other room.
    pub name: Cow<'a, str>,
    /// `None` for the room of what has none.
    pub guid: Option<Uuid>,
}

/// Which sessions are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those of a schedule: they have a date and a start, and take place.
    Shown,
    /// All, to see what would be said of each. What is to be announced is at noon of its day, or of the first.
    All,
}

/// Addresses as the formats have them.
pub(super) struct Addresses<'a> {
    /// The server's.
    pub public: Option<Cow<'a, str>>,
    /// The conference's.
    pub conference: Option<Cow<'a, str>>,
}

/// A program, ready to be written.
pub(super) struct Plan<'a> {
    pub program: &'a Program,
    pub addresses: Addresses<'a>,
    /// What sessions are known by.
    pub sessions: Known,
    /// What people are known by.
    pub people: Known,
    /// Everybody's name, and who each authorship is of and whether they present: in a row each, since they are looked up
    /// out of order, which is what takes the time.
    pub names: Vec<&'a str>,
    pub authors: Vec<(Ix, bool)>,
    /// The first session that each panel had, by panel.
    oldest: Vec<Option<Ix>>,
    which: Which,
    /// Rooms in the order to show, and last the one of what has none.
    pub rooms: Vec<Room<'a>>,
    pub days: Vec<Day>,
}

/// A session with what belongs to it.
pub(super) struct Event<'a> {
    pub ix: Ix,
    pub row: &'a session::Model,
    pub index: &'a SessionIndex,
    pub panel: &'a panel::Model,
    /// When it starts on the clocks of the conference.
    pub local: NaiveDateTime,
    pub times: SessionTimes,
}

/// A use of a room by a session that is in the schedule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    /// A place in the plan's rooms.
    pub room: usize,
    pub starts_at: DateTime<Utc>,
    pub session: Ix,
}

impl<'a> Plan<'a> {
    pub(super) fn of(program: &'a Program, base: &Base<'a>, which: Which) -> Self {
        let rows = &program.rows;
        let sessions = Known::of(rows.sessions.iter().map(|row| (row.key.as_str(), row.id)));
        let people = Known::of(rows.people.iter().map(|row| (row.key.as_str(), row.id)));
        let conference = program.conference().url.as_deref();
        let addresses =
            Addresses { public: text::address(base.public), conference: conference.and_then(text::address) };
        let names = rows.people.iter().map(|row| row.name.as_str()).collect();
        let authors = rows.authorships.iter().zip(&program.index.authorships);
        let authors = authors.map(|(row, index)| (index.person, row.presenting)).collect();
        let oldest = program.index.panels.iter().map(|panel| panel.sessions.iter().min().copied()).collect();
        let (rooms, days) = (rooms(program), days(program, which));
        Self { program, addresses, sessions, people, names, authors, oldest, which, rooms, days }
    }

    pub(super) fn conference(&self) -> &'a conference::Model {
        self.program.conference()
    }

    /// A session of the schedule; `None` if it is not one that can be.
    pub(super) fn event(&self, ix: Ix) -> Option<Event<'a>> {
        event(self.program, ix, self.which)
    }

    /// What tells one event from the others of its panel, if anything does.
    pub(super) fn subtitle(&self, event: &Event<'a>) -> Option<Cow<'a, str>> {
        let own = event.row.title.as_deref().filter(|title| !title.is_empty()).map(Cow::Borrowed);
        let many = self.program.index.panels[event.index.panel as usize].sessions.len() > 1;
        own.or_else(|| many.then(|| Cow::Owned(format!("Session {}", event.row.number))))
    }

    /// The track that its panel is in.
    pub(super) fn track(&self, event: &Event<'a>) -> Option<&'a str> {
        let track = self.program.index.panels[event.index.panel as usize].track?;
        Some(self.program.rows.tracks[track as usize].name.as_str())
    }

    /// Its panel's code. All codes in a schedule differ, so the first session that a panel had has it.
    pub(super) fn code(&self, event: &Event<'a>, fits: impl Fn(u8) -> bool) -> Option<&'a str> {
        let oldest = self.oldest[event.index.panel as usize];
        let code = event.panel.code.as_str();
        (oldest == Some(event.ix) && !code.is_empty() && code.bytes().all(fits)).then_some(code)
    }

    /// How many minutes it lasts. Where its end is to be announced: as long as its papers are known to, else none.
    pub(super) fn minutes(&self, event: &Event<'a>) -> i64 {
        let slots = || {
            let ends = event.index.slots.iter().filter_map(|ix| {
                let minutes = self.program.rows.slots[*ix as usize].minutes?;
                Some(self.program.index.slots[*ix as usize].starts_at? + TimeDelta::minutes(minutes.into()))
            });
            ends.max()
        };
        let ends_at = event.times.ends_at.or_else(slots).unwrap_or(event.times.starts_at);
        // Two digits are all that the formats have for hours.
        (ends_at - event.times.starts_at).num_minutes().clamp(0, 99 * 60 + 59)
    }
}

/// A session that is in a schedule: it has a date and a start, and takes place.
pub(super) fn event(program: &Program, ix: Ix, which: Which) -> Option<Event<'_>> {
    let (row, index) = (&*program.rows.sessions[ix as usize], &*program.index.sessions[ix as usize]);
    let panel = &*program.rows.panels[index.panel as usize];
    if which == Which::All {
        let noon = || row.date.unwrap_or(program.conference().starts_on).and_time(NOON);
        let local = row.date.zip(row.start_time).map(|(date, start)| date.and_time(start));
        let open = || SessionTimes { starts_at: noon().and_utc(), ends_at: None, end_date: None };
        let times = index.times.unwrap_or_else(open);
        return Some(Event { ix, row, index, panel, local: local.unwrap_or_else(noon), times });
    }
    if row.status == SessionStatus::Cancelled || panel.status == PanelStatus::Cancelled {
        return None;
    }
    let (times, date, start) = (index.times?, row.date?, row.start_time?);
    Some(Event { ix, row, index, panel, local: date.and_time(start), times })
}

/// What a schedule calls a kind of panel.
pub(super) const fn kind(kind: PanelKind) -> &'static str {
    match kind {
        PanelKind::Panel => "panel",
        PanelKind::Roundtable => "roundtable",
        PanelKind::Workshop => "workshop",
        PanelKind::Plenary => "plenary",
        PanelKind::Posters => "posters",
        PanelKind::Film => "film",
        PanelKind::Tutorial => "tutorial",
        PanelKind::Other => "other",
    }
}

/// A track's code as both formats have it; `None` where it has another form.
pub(super) fn track_slug(code: &str) -> Option<String> {
    let slug = code.to_ascii_lowercase();
    let bytes = slug.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let good = bytes.len() > 1
        && bytes[0].is_ascii_lowercase()
        && bytes.last().is_some_and(plain)
        && bytes.iter().all(|byte| *byte == b'-' || plain(byte));
    good.then_some(slug)
}

/// Rooms are known by their names, so no two may have the same: the older one keeps it.
pub(super) fn rooms(program: &Program) -> Vec<Room<'_>> {
    let rows = &program.rows.rooms;
    let known = Known::of(rows.iter().map(|row| (row.key.as_str(), row.id)));
    let own = rows.iter().map(|row| match line(&row.name) {
        name if name.trim().is_empty() => Cow::Borrowed("Room"),
        name => name,
    });
    let mut taken: HashMap<Cow<'_, str>, usize> = HashMap::new();
    let mut names = Vec::with_capacity(rows.len() + 1);
    for name in own.chain([Cow::Borrowed(NO_ROOM)]) {
        let mut free = name.clone();
        while let Some(before) = taken.get(&free).copied() {
            let nth = taken.get(&name).copied().unwrap_or(before) + 1;
            taken.insert(name.clone(), nth);
            free = Cow::Owned(format!("{name} ({nth})"));
        }
        taken.insert(free.clone(), 1);
        names.push(free);
    }
    let nowhere = names.pop().unwrap_or(Cow::Borrowed(NO_ROOM));
    let order = program.index.room_order.iter();
    let shown = order.map(|ix| Room { name: names[*ix as usize].clone(), guid: Some(known.guids[*ix as usize]) });
    shown.chain([Room { name: nowhere, guid: None }]).collect()
}
