//! Deriving the index from the rows.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use entity::enums::Role;
use uuid::Uuid;

use super::{
    AnnouncementIndex, AuthorshipIndex, DayIndex, Index, Ix, Key, List, OnIt, PanelIndex, PaperIndex,
    ParticipationIndex, PersonIndex, RoomIndex, SessionIndex, SessionRoomIndex, SlotIndex, Timing, Torn, TrackIndex,
};
use crate::program::order;
use crate::program::row::Rows;
use crate::program::zone::{SessionTimes, TimeFault, Zone};

/// Where the row with this id is in rows sorted by id.
pub(in crate::program) fn place<T>(rows: &[Arc<T>], id: Uuid, id_of: impl Fn(&T) -> Uuid) -> Option<Ix> {
    rows.binary_search_by_key(&id, |row| id_of(row)).ok().and_then(|ix| Ix::try_from(ix).ok())
}

/// Places 0..n in the order of a key.
fn ordered<K: Ord>(n: usize, key: impl Fn(usize) -> K) -> List {
    let mut list: Vec<Ix> = (0..n).filter_map(|ix| Ix::try_from(ix).ok()).collect();
    list.sort_by_cached_key(|ix| key(*ix as usize));
    list.into()
}

/// Each place's rank in an order.
fn ranks(order: &[Ix]) -> Vec<Ix> {
    let mut ranks = vec![0; order.len()];
    for (rank, ix) in (0..).zip(order) {
        ranks[*ix as usize] = rank;
    }
    ranks
}

/// The children of each parent, in the order of a key; ties in the children's own order, by id.
fn grouped<K: Ord>(parents: usize, children: impl Iterator<Item = (Ix, K, Ix)>) -> std::vec::IntoIter<List> {
    let mut lists: Vec<Vec<(K, Ix)>> = (0..parents).map(|_| Vec::new()).collect();
    for (parent, key, child) in children {
        lists[parent as usize].push((key, child));
    }
    let lists: Vec<List> = lists
        .into_iter()
        .map(|mut list| {
            list.sort_unstable();
            list.into_iter().map(|(_, child)| child).collect()
        })
        .collect();
    lists.into_iter()
}

fn numbered<T>(rows: &[T]) -> impl Iterator<Item = (Ix, &T)> {
    (0..).zip(rows)
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
        let links = Links(rows);
        let links_revision = rows.conference.first().map_or(0, |row| row.links_revision);
        let zone_revision = rows.conference.first().map_or(0, |row| row.zone_revision);

        // References first, with everything that needs no list.
        let panel_tracks: Vec<Option<Ix>> = rows
            .panels
            .iter()
            .map(|row| row.track_id.map(|id| links.track("a panel", id)).transpose())
            .collect::<Result<_, _>>()?;
        let paper_panels: Vec<Ix> =
            rows.papers.iter().map(|row| links.panel("a paper", row.panel_id)).collect::<Result<_, _>>()?;
        let session_panels: Vec<Ix> =
            rows.sessions.iter().map(|row| links.panel("a session", row.panel_id)).collect::<Result<_, _>>()?;
        let mut participations = Vec::with_capacity(rows.participations.len());
        for row in &rows.participations {
            let person = links.person("a role", row.person_id)?;
            let session = row.session_id.map(|id| links.session("a role", id)).transpose()?;
            let panel = match (session, row.panel_id) {
                (Some(session), _) => session_panels[session as usize],
                (None, Some(id)) => links.panel("a role", id)?,
                (None, None) => return Err(Torn(format!("the role {} is in nothing", row.id))),
            };
            participations.push(ParticipationIndex { person, panel, session });
        }
        for row in &rows.person_merges {
            links.person("a merged person", row.person_id)?;
        }
        let mut authorships = Vec::with_capacity(rows.authorships.len());
        for row in &rows.authorships {
            let paper = links.paper("an author", row.paper_id)?;
            authorships.push(AuthorshipIndex { paper, person: links.person("an author", row.person_id)? });
        }
        let times: Vec<Option<SessionTimes>> = rows
            .sessions
            .iter()
            .map(|row| match (row.date, row.start_time) {
                (Some(date), Some(start)) => {
                    zone.session(date, start, row.end_time, row.fold).map(Some).or_else(gone_by_now)
                }
                _ => Ok(None),
            })
            .collect::<Result<_, _>>()?;
        let mut session_rooms = Vec::with_capacity(rows.session_rooms.len());
        for row in &rows.session_rooms {
            let session = links.session("a session's room", row.session_id)?;
            let room = links.room("a session's room", row.room_id)?;
            let panel = session_panels[session as usize];
            let revision = row
                .revision
                .max(rows.sessions[session as usize].revision)
                .max(rows.rooms[room as usize].revision)
                .max(rows.panels[panel as usize].revision)
                .max(links_revision)
                .max(zone_revision);
            session_rooms.push(SessionRoomIndex { session, room, revision });
        }
        let mut slots = Vec::with_capacity(rows.slots.len());
        for row in &rows.slots {
            let session = links.session("a slot", row.session_id)?;
            let own = &rows.sessions[session as usize];
            let starts_at = match (row.start_time, own.date, &times[session as usize]) {
                (Some(time), Some(date), Some(times)) => zone.slot(date, times, time).ok(),
                _ => None,
            };
            slots.push(SlotIndex {
                session,
                paper: links.paper("a slot", row.paper_id)?,
                session_room: row.session_room_id.map(|id| links.session_room("a slot", id)).transpose()?,
                starts_at,
                revision: row.revision.max(own.revision).max(zone_revision),
            });
        }
        let announcements = rows
            .announcements
            .iter()
            .map(|row| {
                let session = row.session_id.map(|id| links.session("a notice", id)).transpose()?;
                Ok(AnnouncementIndex { session })
            })
            .collect::<Result<Vec<_>, Torn>>()?;

        // Orders. Rows are sorted by id, so a stable sort by key leaves ties by id.
        let panel_keys: Vec<Key> = rows.panels.iter().map(|row| order::by_code(&row.code)).collect();
        let paper_keys: Vec<Key> = rows.papers.iter().map(|row| order::by_text(&row.title)).collect();
        let person_keys: Vec<Key> = rows.people.iter().map(|row| order::by_text(&row.name)).collect();
        let session_keys: Vec<Key> = rows
            .sessions
            .iter()
            .zip(&times)
            .map(|(row, times)| session_key(row.date, times.map(|times| times.starts_at)))
            .collect();
        let track_order = ordered(rows.tracks.len(), |ix| (rows.tracks[ix].position, rows.tracks[ix].id));
        let room_order = ordered(rows.rooms.len(), |ix| (rows.rooms[ix].position, rows.rooms[ix].id));
        let panel_order = ordered(panel_keys.len(), |ix| &panel_keys[ix]);
        let paper_order = ordered(paper_keys.len(), |ix| &paper_keys[ix]);
        let person_order = ordered(person_keys.len(), |ix| &person_keys[ix]);
        let session_order = ordered(session_keys.len(), |ix| &session_keys[ix]);
        let announcement_order = ordered(rows.announcements.len(), |ix| {
            std::cmp::Reverse((rows.announcements[ix].at, rows.announcements[ix].id))
        });
        let (panel_ranks, paper_ranks, session_ranks) =
            (ranks(&panel_order), ranks(&paper_order), ranks(&session_order));

        // Lists of children.
        let mut track_panels = grouped(
            rows.tracks.len(),
            (0..).zip(&panel_tracks).filter_map(|(ix, track)| Some(((*track)?, panel_ranks[ix as usize], ix))),
        );
        let mut room_sessions = grouped(
            rows.rooms.len(),
            session_rooms.iter().map(|link| (link.room, session_ranks[link.session as usize], link.session)),
        );
        let mut panel_papers = grouped(
            rows.panels.len(),
            numbered(&rows.papers).map(|(ix, row)| (paper_panels[ix as usize], row.position, ix)),
        );
        let mut panel_sessions = grouped(
            rows.panels.len(),
            numbered(&rows.sessions).map(|(ix, row)| (session_panels[ix as usize], row.number, ix)),
        );
        let roles = || numbered(&rows.participations).zip(&participations);
        let mut panel_roles = grouped(
            rows.panels.len(),
            roles().filter(|(_, role)| role.session.is_none()).map(|((ix, row), role)| (role.panel, row.position, ix)),
        );
        let mut session_roles = grouped(
            rows.sessions.len(),
            roles().filter_map(|((ix, row), role)| Some((role.session?, row.position, ix))),
        );
        let mut person_roles = grouped(
            rows.people.len(),
            roles().map(|((ix, row), role)| {
                let session = role.session.map(|session| session_ranks[session as usize]);
                (role.person, (panel_ranks[role.panel as usize], session, row.role), ix)
            }),
        );
        let mut paper_authors = grouped(
            rows.papers.len(),
            numbered(&rows.authorships).zip(&authorships).map(|((ix, row), link)| (link.paper, row.position, ix)),
        );
        let mut person_papers = grouped(
            rows.people.len(),
            numbered(&authorships).map(|(ix, link)| (link.person, paper_ranks[link.paper as usize], ix)),
        );
        let mut session_slots = grouped(
            rows.sessions.len(),
            numbered(&rows.slots).zip(&slots).map(|((ix, row), slot)| (slot.session, row.position, ix)),
        );
        let mut paper_slots = grouped(
            rows.papers.len(),
            numbered(&rows.slots)
                .zip(&slots)
                .map(|((ix, row), slot)| (slot.paper, (session_ranks[slot.session as usize], row.position), ix)),
        );
        let mut session_uses = grouped(
            rows.sessions.len(),
            numbered(&rows.session_rooms).zip(&session_rooms).map(|((ix, row), link)| (link.session, row.position, ix)),
        );

        let next = |lists: &mut std::vec::IntoIter<List>| lists.next().unwrap_or_default();
        let newest = |own: i64, lists: &[&dyn Fn() -> i64]| lists.iter().map(|list| list()).fold(own, i64::max);
        let role_revision = |list: &List| list.iter().map(|ix| rows.participations[*ix as usize].revision).max();
        let author_revision = |list: &List| list.iter().map(|ix| rows.authorships[*ix as usize].revision).max();
        let slot_revision = |list: &List| list.iter().map(|ix| rows.slots[*ix as usize].revision).max();
        let use_revision = |list: &List| list.iter().map(|ix| rows.session_rooms[*ix as usize].revision).max();

        let tracks = rows
            .tracks
            .iter()
            .map(|row| TrackIndex { panels: next(&mut track_panels), revision: row.revision })
            .collect();
        let rooms = rows
            .rooms
            .iter()
            .map(|row| RoomIndex { sessions: next(&mut room_sessions), revision: row.revision.max(links_revision) })
            .collect();
        let people: Vec<PersonIndex> = rows
            .people
            .iter()
            .zip(person_keys)
            .map(|(row, key)| {
                let (authorships, participations) = (next(&mut person_papers), next(&mut person_roles));
                let revision = newest(
                    row.revision,
                    &[&|| author_revision(&authorships).unwrap_or(0), &|| role_revision(&participations).unwrap_or(0)],
                );
                PersonIndex { authorships, participations, key, revision }
            })
            .collect();
        let panels: Vec<PanelIndex> = rows
            .panels
            .iter()
            .zip(panel_keys)
            .zip(panel_tracks)
            .map(|((row, key), track)| {
                let participations = next(&mut panel_roles);
                let revision = newest(row.revision, &[&|| role_revision(&participations).unwrap_or(0)]);
                let (papers, sessions) = (next(&mut panel_papers), next(&mut panel_sessions));
                PanelIndex { track, papers, sessions, participations, key, revision }
            })
            .collect();
        let papers = rows
            .papers
            .iter()
            .zip(paper_keys)
            .zip(paper_panels)
            .map(|((row, key), panel)| {
                let (authorships, slots) = (next(&mut paper_authors), next(&mut paper_slots));
                let revision = newest(
                    row.revision,
                    &[&|| author_revision(&authorships).unwrap_or(0), &|| slot_revision(&slots).unwrap_or(0)],
                );
                let keywords = serde_json::from_str::<Vec<Box<str>>>(&row.keywords)
                    .map_err(|error| Torn(format!("the keywords of paper {} are no list: {error}", row.id)))?;
                Ok(PaperIndex { panel, authorships, slots, keywords: keywords.into(), key, revision })
            })
            .collect::<Result<_, Torn>>()?;
        let sessions: Vec<SessionIndex> = rows
            .sessions
            .iter()
            .zip(session_keys)
            .zip(times)
            .zip(session_panels)
            .map(|(((row, key), times), panel)| {
                let (session_rooms, slots, participations) =
                    (next(&mut session_uses), next(&mut session_slots), next(&mut session_roles));
                // With no chair of its own it shows the panel's.
                let chaired = participations.iter().any(|ix| rows.participations[*ix as usize].role == Role::Chair);
                let implied = if chaired { 0 } else { panels[panel as usize].revision };
                let revision = newest(
                    row.revision.max(zone_revision).max(implied),
                    &[&|| role_revision(&participations).unwrap_or(0), &|| slot_revision(&slots).unwrap_or(0), &|| {
                        use_revision(&session_rooms).unwrap_or(0)
                    }],
                );
                let timing = match (row.date, times) {
                    (None, _) => Timing::Unscheduled,
                    (Some(_), None) => Timing::DateOnly,
                    (Some(_), Some(_)) => Timing::Timed,
                };
                SessionIndex { panel, times, timing, session_rooms, slots, participations, key, revision }
            })
            .collect();

        let on_it = OnIt::of(rows, &people);
        let panel_by_code =
            numbered(&rows.panels).map(|(ix, row)| (row.code.as_str().into(), ix)).collect::<HashMap<_, _>>();
        let days = days(rows, &session_order);
        Ok(Self {
            tracks,
            rooms,
            people,
            panels,
            papers,
            sessions,
            session_rooms,
            slots,
            participations,
            authorships,
            announcements,
            track_order,
            room_order,
            person_order,
            panel_order,
            paper_order,
            session_order,
            announcement_order,
            panel_by_code,
            days,
            on_it,
        })
    }
}

impl OnIt {
    fn of(rows: &Rows, people: &[PersonIndex]) -> Self {
        let busy = |index: &PersonIndex| !(index.authorships.is_empty() && index.participations.is_empty());
        let on_it = || rows.people.iter().zip(people).filter(|(_, index)| busy(index)).map(|(row, _)| row);
        Self {
            emails: on_it().filter_map(|row| row.email.as_deref()).map(|email| email.to_lowercase().into()).collect(),
            orcids: on_it().filter_map(|row| row.orcid.as_deref()).map(Into::into).collect(),
        }
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

fn days(rows: &Rows, session_order: &[Ix]) -> Vec<DayIndex> {
    let mut dates: BTreeSet<NaiveDate> = rows.sessions.iter().filter_map(|row| row.date).collect();
    if let Some(conference) = rows.conference.first() {
        dates.extend(conference.starts_on.iter_days().take_while(|date| *date <= conference.ends_on).take(366));
    }
    let mut days: Vec<(NaiveDate, Vec<Ix>)> = dates.into_iter().map(|date| (date, Vec::new())).collect();
    for ix in session_order {
        if let Some(date) = rows.sessions[*ix as usize].date
            && let Ok(day) = days.binary_search_by_key(&date, |(date, _)| *date)
        {
            days[day].1.push(*ix);
        }
    }
    days.into_iter().map(|(date, sessions)| DayIndex { date, sessions: sessions.into() }).collect()
}
