//! Deriving the index from the rows: of all of them at first, and then only of what a revision changed and what that
//! shows in. Both are the same code; a program that is loaded follows one without rows.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use uuid::Uuid;

use super::step::{Set, Steps};
use super::{Index, Ix, Key, Timing, Torn};
use crate::program::order;
use crate::program::row::Rows;
use crate::program::zone::{SessionTimes, TimeFault, Zone};

/// Where the row with this id is in rows sorted by id.
pub(in crate::program) fn place<T>(rows: &[Arc<T>], id: Uuid, id_of: impl Fn(&T) -> Uuid) -> Option<Ix> {
    rows.binary_search_by_key(&id, |row| id_of(row)).ok().and_then(|ix| Ix::try_from(ix).ok())
}

/// Refers from row to row, or says which row refers to nothing.
struct Links<'a>(&'a Rows);

macro_rules! links {
    ($($name:ident $field:ident),+) => {
        impl Links<'_> {
            $(fn $name(&self, from: &str, id: Uuid) -> Result<Ix, Torn> {
                place(&self.0.$field, id, |row| row.id)
                    .ok_or_else(|| Torn(format!("{from} refers to a {} {id} that is not there", stringify!($name))))
            })+
        }
    };
}
links!(track tracks, room rooms, person people, panel panels, paper papers, session sessions, session_room session_rooms);

impl Index {
    /// Derives everything from rows sorted by id.
    ///
    /// # Errors
    /// [`Torn`], if the rows are no program.
    pub fn build(rows: &Rows, zone: &Zone) -> Result<Self, Torn> {
        Derive::of(&Rows::default(), &Self::default(), rows, zone).derived()
    }

    /// Derives what is not as it was: this is the index of the old rows, in the same zone, and the rest is shared with
    /// it. Equal to what is [built](Self::build) from the new rows.
    ///
    /// # Errors
    /// [`Torn`], if the rows are no program.
    pub fn next(&self, old: &Rows, rows: &Rows, zone: &Zone) -> Result<Self, Torn> {
        let zoned = |rows: &Rows| rows.conference.first().map(|row| (row.time_zone.clone(), row.zone_revision));
        if zoned(old) != zoned(rows) {
            return Self::build(rows, zone);
        }
        Derive::of(old, self, rows, zone).derived()
    }
}

/// An index on its way from one revision's to the next's.
pub(super) struct Derive<'a> {
    pub(super) old: &'a Rows,
    pub(super) before: &'a Index,
    pub(super) rows: &'a Rows,
    pub(super) zone: &'a Zone,
    pub(super) links_revision: i64,
    pub(super) zone_revision: i64,
    /// What became of the rows.
    pub(super) steps: Steps,
    /// As far as it is derived.
    pub(super) index: Index,
    /// Entries to derive.
    pub(super) marks: Marks,
    /// Entries that are ordered by another key than before.
    pub(super) rekeyed: Rekeyed,
}

/// Entries, by table.
pub(super) struct Marks {
    pub(super) tracks: Set,
    pub(super) rooms: Set,
    pub(super) people: Set,
    pub(super) panels: Set,
    pub(super) papers: Set,
    pub(super) sessions: Set,
    pub(super) session_rooms: Set,
    pub(super) slots: Set,
}

/// Entries of the tables that are ordered by a key.
pub(super) struct Rekeyed {
    pub(super) people: Set,
    pub(super) panels: Set,
    pub(super) papers: Set,
    pub(super) sessions: Set,
}

impl<'a> Derive<'a> {
    fn of(old: &'a Rows, before: &'a Index, rows: &'a Rows, zone: &'a Zone) -> Self {
        let steps = Steps::of(old, rows);
        let index = steps.carried(before);
        let conference = rows.conference.first();
        Self {
            old,
            before,
            rows,
            zone,
            links_revision: conference.map_or(0, |row| row.links_revision),
            zone_revision: conference.map_or(0, |row| row.zone_revision),
            steps,
            index,
            marks: Marks {
                tracks: Set::of(rows.tracks.len()),
                rooms: Set::of(rows.rooms.len()),
                people: Set::of(rows.people.len()),
                panels: Set::of(rows.panels.len()),
                papers: Set::of(rows.papers.len()),
                sessions: Set::of(rows.sessions.len()),
                session_rooms: Set::of(rows.session_rooms.len()),
                slots: Set::of(rows.slots.len()),
            },
            rekeyed: Rekeyed {
                people: Set::of(rows.people.len()),
                panels: Set::of(rows.panels.len()),
                papers: Set::of(rows.papers.len()),
                sessions: Set::of(rows.sessions.len()),
            },
        }
    }

    fn derived(mut self) -> Result<Index, Torn> {
        self.without_what_is_gone();
        self.nouns()?;
        self.sittings()?;
        self.parts()?;
        self.spread();
        self.lists();
        self.orders();
        self.on_it();
        self.revisions();
        Ok(self.index)
    }

    /// What referred to a deleted row has lost it; what belonged to one has to show that it no longer does.
    fn without_what_is_gone(&mut self) {
        let (before, steps, marks) = (self.before, &mut self.steps, &mut self.marks);
        macro_rules! orphans {
            ($list:expr, $table:ident) => {
                for ix in $list.iter() {
                    let place = steps.$table.to(*ix);
                    steps.$table.fresh.add(place);
                }
            };
        }
        for ix in &steps.tracks.gone {
            orphans!(before.tracks[*ix as usize].panels, panels);
        }
        for ix in &steps.rooms.gone {
            for session in &before.rooms[*ix as usize].sessions {
                orphans!(before.sessions[*session as usize].session_rooms, session_rooms);
            }
        }
        for ix in &steps.people.gone {
            let own = &before.people[*ix as usize];
            orphans!(own.authorships, authorships);
            orphans!(own.participations, participations);
        }
        for ix in &steps.panels.gone {
            let own = &before.panels[*ix as usize];
            own.track.into_iter().for_each(|track| marks.tracks.add(steps.tracks.to(track)));
            orphans!(own.papers, papers);
            orphans!(own.sessions, sessions);
            orphans!(own.participations, participations);
        }
        for ix in &steps.papers.gone {
            let own = &before.papers[*ix as usize];
            marks.panels.add(steps.panels.to(own.panel));
            orphans!(own.authorships, authorships);
            orphans!(own.slots, slots);
        }
        for ix in &steps.sessions.gone {
            let own = &before.sessions[*ix as usize];
            marks.panels.add(steps.panels.to(own.panel));
            orphans!(own.session_rooms, session_rooms);
            orphans!(own.slots, slots);
            orphans!(own.participations, participations);
            steps.announcements.fresh.extend((0..).take(self.rows.announcements.len()));
        }
        for ix in &steps.session_rooms.gone {
            let own = &before.session_rooms[*ix as usize];
            marks.sessions.add(steps.sessions.to(own.session));
            marks.rooms.add(steps.rooms.to(own.room));
            orphans!(before.sessions[own.session as usize].slots, slots);
        }
        for ix in &steps.slots.gone {
            let own = &before.slots[*ix as usize];
            marks.sessions.add(steps.sessions.to(own.session));
            marks.papers.add(steps.papers.to(own.paper));
        }
        for ix in &steps.participations.gone {
            let own = &before.participations[*ix as usize];
            marks.people.add(steps.people.to(own.person));
            marks.panels.add(steps.panels.to(own.panel));
            own.session.into_iter().for_each(|session| marks.sessions.add(steps.sessions.to(session)));
        }
        for ix in &steps.authorships.gone {
            let own = &before.authorships[*ix as usize];
            marks.papers.add(steps.papers.to(own.paper));
            marks.people.add(steps.people.to(own.person));
        }
    }

    /// What tracks, rooms, people, panels and papers are on their own.
    fn nouns(&mut self) -> Result<(), Torn> {
        let (rows, steps, index, marks) = (self.rows, &self.steps, &mut self.index, &mut self.marks);
        let links = Links(rows);
        marks.tracks.extend(steps.tracks.fresh.iter());
        marks.rooms.extend(steps.rooms.fresh.iter());
        for ix in steps.people.fresh.iter() {
            marks.people.add(ix);
            let key = order::by_text(&rows.people[ix as usize].name);
            if steps.people.from(ix).is_none() || index.people[ix as usize].key != key {
                self.rekeyed.people.add(ix);
                index.people.change(ix as usize, |own| own.key = key);
            }
        }
        if !steps.people.gone.is_empty() || self.old.person_merges != rows.person_merges {
            for row in &rows.person_merges {
                links.person("a merged person", row.person_id)?;
            }
        }
        for ix in steps.panels.fresh.iter() {
            let (row, is_new) = (&rows.panels[ix as usize], steps.panels.from(ix).is_none());
            let track = row.track_id.map(|id| links.track("a panel", id)).transpose()?;
            let key = order::by_code(&row.code);
            let own = &index.panels[ix as usize];
            marks.panels.add(ix);
            marks.tracks.extend(own.track.filter(|_| !is_new).into_iter().chain(track));
            if is_new || own.key != key {
                self.rekeyed.panels.add(ix);
            }
            index.panels.change(ix as usize, |own| (own.track, own.key) = (track, key));
        }
        for ix in steps.papers.fresh.iter() {
            let (row, is_new) = (&rows.papers[ix as usize], steps.papers.from(ix).is_none());
            let panel = links.panel("a paper", row.panel_id)?;
            let key = order::by_text(&row.title);
            let keywords = serde_json::from_str::<Vec<Box<str>>>(&row.keywords)
                .map_err(|error| Torn(format!("the keywords of paper {} are no list: {error}", row.id)))?;
            let own = &index.papers[ix as usize];
            marks.papers.add(ix);
            marks.panels.extend(Some(own.panel).filter(|_| !is_new).into_iter().chain([panel]));
            if is_new || own.key != key {
                self.rekeyed.papers.add(ix);
            }
            index.papers.change(ix as usize, |own| {
                (own.panel, own.key, own.keywords) = (panel, key, keywords.into());
            });
        }
        Ok(())
    }

    /// What sessions, their rooms and their slots are on their own.
    fn sittings(&mut self) -> Result<(), Torn> {
        let (rows, steps, index, marks) = (self.rows, &mut self.steps, &mut self.index, &mut self.marks);
        let links = Links(rows);
        for ix in steps.sessions.fresh.iter() {
            let (row, is_new) = (&rows.sessions[ix as usize], steps.sessions.from(ix).is_none());
            let panel = links.panel("a session", row.panel_id)?;
            let times = match (row.date, row.start_time) {
                (Some(date), Some(start)) => {
                    self.zone.session(date, start, row.end_time, row.fold).map(Some).or_else(gone_by_now)?
                }
                _ => None,
            };
            let timing = match (row.date, times) {
                (None, _) => Timing::Unscheduled,
                (Some(_), None) => Timing::DateOnly,
                (Some(_), Some(_)) => Timing::Timed,
            };
            let key = session_key(row.date, times.map(|times| times.starts_at));
            let own = &index.sessions[ix as usize];
            marks.sessions.add(ix);
            marks.panels.extend(Some(own.panel).filter(|_| !is_new).into_iter().chain([panel]));
            if is_new || own.key != key {
                self.rekeyed.sessions.add(ix);
            }
            if !is_new && own.panel != panel {
                // Roles in it are in its panel.
                steps.participations.fresh.extend(own.participations.iter().copied());
            }
            index.sessions.change(ix as usize, |own| {
                (own.panel, own.times, own.timing, own.key) = (panel, times, timing, key);
            });
        }
        for ix in steps.session_rooms.fresh.iter() {
            let row = &rows.session_rooms[ix as usize];
            let session = links.session("a session's room", row.session_id)?;
            let room = links.room("a session's room", row.room_id)?;
            marks.session_rooms.add(ix);
            if steps.session_rooms.from(ix).is_some() {
                let own = &index.session_rooms[ix as usize];
                marks.sessions.add(own.session);
                marks.rooms.add(own.room);
            }
            marks.sessions.add(session);
            marks.rooms.add(room);
            index.session_rooms.change(ix as usize, |own| (own.session, own.room) = (session, room));
        }
        for ix in steps.slots.fresh.iter() {
            let row = &rows.slots[ix as usize];
            let session = links.session("a slot", row.session_id)?;
            let paper = links.paper("a slot", row.paper_id)?;
            let session_room = row.session_room_id.map(|id| links.session_room("a slot", id)).transpose()?;
            marks.slots.add(ix);
            if steps.slots.from(ix).is_some() {
                let own = &index.slots[ix as usize];
                marks.sessions.add(own.session);
                marks.papers.add(own.paper);
            }
            marks.sessions.add(session);
            marks.papers.add(paper);
            index.slots.change(ix as usize, |own| {
                (own.session, own.paper, own.session_room) = (session, paper, session_room);
            });
        }
        for ix in steps.announcements.fresh.iter() {
            let row = &rows.announcements[ix as usize];
            let session = row.session_id.map(|id| links.session("a notice", id)).transpose()?;
            index.announcements.change(ix as usize, |own| own.session = session);
        }
        Ok(())
    }

    /// Who has which part.
    fn parts(&mut self) -> Result<(), Torn> {
        let (rows, steps, index, marks) = (self.rows, &self.steps, &mut self.index, &mut self.marks);
        let links = Links(rows);
        for ix in steps.participations.fresh.iter() {
            let row = &rows.participations[ix as usize];
            let person = links.person("a role", row.person_id)?;
            let session = row.session_id.map(|id| links.session("a role", id)).transpose()?;
            let panel = match (session, row.panel_id) {
                (Some(session), _) => index.sessions[session as usize].panel,
                (None, Some(id)) => links.panel("a role", id)?,
                (None, None) => return Err(Torn(format!("the role {} is in nothing", row.id))),
            };
            if steps.participations.from(ix).is_some() {
                let own = &index.participations[ix as usize];
                marks.people.add(own.person);
                marks.panels.add(own.panel);
                marks.sessions.extend(own.session);
            }
            marks.people.add(person);
            marks.panels.add(panel);
            marks.sessions.extend(session);
            index.participations.change(ix as usize, |own| {
                (own.person, own.panel, own.session) = (person, panel, session);
            });
        }
        for ix in steps.authorships.fresh.iter() {
            let row = &rows.authorships[ix as usize];
            let paper = links.paper("an author", row.paper_id)?;
            let person = links.person("an author", row.person_id)?;
            if steps.authorships.from(ix).is_some() {
                let own = &index.authorships[ix as usize];
                marks.papers.add(own.paper);
                marks.people.add(own.person);
            }
            marks.papers.add(paper);
            marks.people.add(person);
            index.authorships.change(ix as usize, |own| (own.paper, own.person) = (paper, person));
        }
        Ok(())
    }
}

/// A stored time that its zone no longer has (a new edition of the time zone database) is to be announced: the
/// program stays readable. Whatever is written is checked against the zone.
fn gone_by_now(fault: TimeFault) -> Result<Option<SessionTimes>, Torn> {
    match fault {
        TimeFault::Gap | TimeFault::OutsideSession => Ok(None),
        TimeFault::OutOfRange => Err(Torn("a session's date can't be computed with".into())),
    }
}

/// What sessions are ordered by: date, then start; `~` is after every digit, so what is to be announced is last.
fn session_key(date: Option<NaiveDate>, starts_at: Option<DateTime<Utc>>) -> Key {
    let date = date.map_or_else(|| "~".to_owned(), |date| date.to_string());
    let start = starts_at.map_or_else(|| "~".to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
    format!("{date} {start}").into()
}
