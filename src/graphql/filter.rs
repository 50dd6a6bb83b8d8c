//! Filters of lists: what is given in one list is OR, fields are AND.

use std::collections::HashSet;

use async_graphql::{ID, InputObject};

use super::enums::{PanelKind, PanelStatus, PaperStatus, Role, SessionStatus, Timing};
use super::id::{GlobalId, NodeKind};
use super::scalars::{Date, DateTime};
use crate::error::AppError;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::order::fold;

/// Which panels. All that is given must hold; in a list one is enough; null is no restriction, an empty list lets
/// nothing through.
#[derive(InputObject, Default)]
pub struct PanelFilter {
    /// In one of these tracks.
    track_ids: Option<Vec<ID>>,
    /// Of one of these kinds.
    kinds: Option<Vec<PanelKind>>,
    /// With this status.
    status: Option<PanelStatus>,
    /// With a session that starts on this date, in the conference's time zone.
    date: Option<Date>,
    /// With a session in this room.
    room_id: Option<ID>,
    /// With this person in a named role, in the panel or one of its sessions, or as author of one of its papers.
    person_id: Option<ID>,
}

/// Which papers. All that is given must hold; in a list one is enough; null is no restriction, an empty list lets
/// nothing through.
#[derive(InputObject, Default)]
pub struct PaperFilter {
    /// Of a panel in one of these tracks.
    track_ids: Option<Vec<ID>>,
    /// Of this panel.
    panel_id: Option<ID>,
    /// With this status.
    status: Option<PaperStatus>,
    /// By this author.
    person_id: Option<ID>,
    /// With this keyword, accents and case ignored.
    keyword: Option<String>,
}

/// Which people. All that is given must hold; null is no restriction.
#[derive(InputObject, Default)]
pub struct PersonFilter {
    /// Named for this role somewhere on the program.
    role: Option<Role>,
    /// Of this country, as two capitals (ISO 3166-1 alpha-2).
    country: Option<String>,
    /// With this in their name, accents and case ignored.
    name_contains: Option<String>,
}

/// Which sessions. All that is given must hold; in a list one is enough; null is no restriction, an empty list lets
/// nothing through.
#[derive(InputObject, Default)]
pub struct SessionFilter {
    /// That start on this date, in the conference's time zone.
    date: Option<Date>,
    /// That have not ended by this instant; one whose end is to be announced has ended when it starts. Sessions whose
    /// time is to be announced are not let through.
    from: Option<DateTime>,
    /// That start before this instant. Sessions whose time is to be announced are not let through.
    to: Option<DateTime>,
    /// In this room.
    room_id: Option<ID>,
    /// Of a panel in one of these tracks.
    track_ids: Option<Vec<ID>>,
    /// Of a panel of one of these kinds.
    kinds: Option<Vec<PanelKind>>,
    /// With this status.
    status: Option<SessionStatus>,
    /// Of which this much is known.
    timing: Option<Timing>,
}

/// A filter whose ids are places in a program.
pub(super) type Test<'p> = Box<dyn Fn(Ix) -> bool + Send + Sync + 'p>;

/// What nothing is.
fn nothing<'p>() -> Test<'p> {
    Box::new(|_| false)
}

fn both<'p>(left: Test<'p>, right: impl Fn(Ix) -> bool + Send + Sync + 'p) -> Test<'p> {
    Box::new(move |ix| left(ix) && right(ix))
}

fn tracks_of(program: &Program, ids: &[ID]) -> Result<HashSet<Ix>, AppError> {
    let mut found = HashSet::new();
    for id in ids {
        found.extend(GlobalId::place("filter.trackIds", id, NodeKind::Track, program)?);
    }
    Ok(found)
}

/// Whether a session uses a room.
fn uses(program: &Program, session: Ix, room: Ix) -> bool {
    let list = &program.index.sessions[session as usize].session_rooms;
    list.iter().any(|link| program.index.session_rooms[*link as usize].room == room)
}

fn in_tracks(program: &Program, panel: Ix, tracks: &HashSet<Ix>) -> bool {
    program.index.panels[panel as usize].track.is_some_and(|track| tracks.contains(&track))
}

impl PanelFilter {
    pub(super) fn test(self, program: &Program) -> Result<Test<'_>, AppError> {
        let Self { track_ids, kinds, status, date, room_id, person_id } = self;
        let (rows, index) = (&program.rows, &program.index);
        let mut test: Test<'_> = Box::new(|_| true);
        if let Some(ids) = track_ids {
            let tracks = tracks_of(program, &ids)?;
            test = both(test, move |ix| in_tracks(program, ix, &tracks));
        }
        if let Some(kinds) = kinds {
            test = both(test, move |ix| kinds.contains(&rows.panels[ix as usize].kind.into()));
        }
        if let Some(status) = status {
            test = both(test, move |ix| status == rows.panels[ix as usize].status.into());
        }
        if let Some(Date(date)) = date {
            test = both(test, move |ix| {
                let sessions = &index.panels[ix as usize].sessions;
                sessions.iter().any(|session| rows.sessions[*session as usize].date == Some(date))
            });
        }
        if let Some(id) = room_id {
            let Some(room) = GlobalId::place("filter.roomId", &id, NodeKind::Room, program)? else {
                return Ok(nothing());
            };
            test = both(test, move |ix| {
                index.panels[ix as usize].sessions.iter().any(|session| uses(program, *session, room))
            });
        }
        if let Some(id) = person_id {
            let Some(person) = GlobalId::place("filter.personId", &id, NodeKind::Person, program)? else {
                return Ok(nothing());
            };
            let own = &index.people[person as usize];
            let roles = own.participations.iter().map(|ix| index.participations[*ix as usize].panel);
            let papers = own.authorships.iter().map(|ix| index.authorships[*ix as usize].paper);
            let panels: HashSet<Ix> = roles.chain(papers.map(|paper| index.papers[paper as usize].panel)).collect();
            test = both(test, move |ix| panels.contains(&ix));
        }
        Ok(test)
    }
}

impl PaperFilter {
    pub(super) fn test(self, program: &Program) -> Result<Test<'_>, AppError> {
        let Self { track_ids, panel_id, status, person_id, keyword } = self;
        let (rows, index) = (&program.rows, &program.index);
        let mut test: Test<'_> = Box::new(|_| true);
        if let Some(ids) = track_ids {
            let tracks = tracks_of(program, &ids)?;
            test = both(test, move |ix| in_tracks(program, index.papers[ix as usize].panel, &tracks));
        }
        if let Some(id) = panel_id {
            let Some(panel) = GlobalId::place("filter.panelId", &id, NodeKind::Panel, program)? else {
                return Ok(nothing());
            };
            test = both(test, move |ix| index.papers[ix as usize].panel == panel);
        }
        if let Some(status) = status {
            test = both(test, move |ix| status == rows.papers[ix as usize].status.into());
        }
        if let Some(id) = person_id {
            let Some(person) = GlobalId::place("filter.personId", &id, NodeKind::Person, program)? else {
                return Ok(nothing());
            };
            let own = &index.people[person as usize].authorships;
            let papers: HashSet<Ix> = own.iter().map(|ix| index.authorships[*ix as usize].paper).collect();
            test = both(test, move |ix| papers.contains(&ix));
        }
        if let Some(keyword) = keyword {
            let keyword = fold(keyword.trim());
            test = both(test, move |ix| index.papers[ix as usize].keywords.iter().any(|own| fold(own) == keyword));
        }
        Ok(test)
    }
}

impl PersonFilter {
    pub(super) fn test(self, program: &Program) -> Result<Test<'_>, AppError> {
        let Self { role, country, name_contains } = self;
        let (rows, index) = (&program.rows, &program.index);
        let mut test: Test<'_> = Box::new(|_| true);
        if let Some(role) = role {
            test = both(test, move |ix| {
                let own = &index.people[ix as usize].participations;
                own.iter().any(|ix| role == rows.participations[*ix as usize].role.into())
            });
        }
        if let Some(country) = country {
            if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return Err(AppError::bad_input(
                    "`filter.country` takes two capitals, such as KZ (ISO 3166-1 alpha-2).",
                ));
            }
            test = both(test, move |ix| rows.people[ix as usize].country.as_deref() == Some(country.as_str()));
        }
        if let Some(part) = name_contains {
            let part = fold(&part);
            test = both(test, move |ix| fold(&rows.people[ix as usize].name).contains(&part));
        }
        Ok(test)
    }
}

impl SessionFilter {
    pub(super) fn test(self, program: &Program) -> Result<Test<'_>, AppError> {
        let Self { date, from, to, room_id, track_ids, kinds, status, timing } = self;
        let (rows, index) = (&program.rows, &program.index);
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(AppError::bad_input("`from` is later than `to`; the interval is half-open, from..to."));
        }
        let mut test: Test<'_> = Box::new(|_| true);
        if let Some(Date(date)) = date {
            test = both(test, move |ix| rows.sessions[ix as usize].date == Some(date));
        }
        if let Some(DateTime(from)) = from {
            test = both(test, move |ix| {
                // Half-open: a session that ends at `from` is over, one that starts then is not.
                index.sessions[ix as usize]
                    .times
                    .is_some_and(|times| times.starts_at >= from || times.ends_at.is_some_and(|end| end > from))
            });
        }
        if let Some(DateTime(to)) = to {
            test = both(test, move |ix| index.sessions[ix as usize].times.is_some_and(|times| times.starts_at < to));
        }
        if let Some(id) = room_id {
            let Some(room) = GlobalId::place("filter.roomId", &id, NodeKind::Room, program)? else {
                return Ok(nothing());
            };
            test = both(test, move |ix| uses(program, ix, room));
        }
        if let Some(ids) = track_ids {
            let tracks = tracks_of(program, &ids)?;
            test = both(test, move |ix| in_tracks(program, index.sessions[ix as usize].panel, &tracks));
        }
        if let Some(kinds) = kinds {
            test = both(test, move |ix| {
                let panel = index.sessions[ix as usize].panel;
                kinds.contains(&rows.panels[panel as usize].kind.into())
            });
        }
        if let Some(status) = status {
            test = both(test, move |ix| status == rows.sessions[ix as usize].status.into());
        }
        if let Some(timing) = timing {
            test = both(test, move |ix| timing == index.sessions[ix as usize].timing.into());
        }
        Ok(test)
    }
}
