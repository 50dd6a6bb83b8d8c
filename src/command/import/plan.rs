//! The pure half of an import: what of the program found has to change for it to become the program in the file.

mod gone;
mod kept;
mod panels;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::enums::{Audience, Visibility};
use entity::{conference, person, room, track};
use uuid::Uuid;

use super::positions::positions;
use super::report::{Mark, Noun, Report};
use crate::format::fault::Fault;
use crate::format::program_file as file;
use crate::program::Program;
use crate::program::row::{Row, RowChange, Table};

/// What a plan is made with besides the file and the program found.
pub struct Terms<'a> {
    /// The conference: found, or to be made.
    pub conference: Uuid,
    /// The revision that is being planned.
    pub revision: i64,
    /// The time.
    pub now: DateTime<Utc>,
    /// New ids.
    pub id: &'a (dyn Fn() -> Uuid + Send + Sync),
    /// Remove what the file no longer has.
    pub prune: bool,
    /// Make a new conference a draft, whatever the file says.
    pub draft: bool,
}

/// What an import does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// To be written; empty: there is nothing to do.
    pub changes: Vec<RowChange>,
    /// To be read.
    pub report: Report,
}

/// Plans the import of `file` over the program found, if there is one.
///
/// # Errors
/// Faults, where the file does not fit together with things that it no longer has and that are kept.
pub fn plan(found: Option<&Program>, file: &file::ProgramFile, terms: &Terms<'_>) -> Result<Planned, Vec<Fault>> {
    let faults = kept::in_the_way(found, file, terms);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut planner = Planner { found, terms, planned: Planned::default() };
    planner.conference(&file.conference);
    let tracks = planner.tracks(&file.tracks);
    let rooms = planner.rooms(&file.rooms);
    let people = planner.people(&file.people);
    planner.panels(&file.panels, &tracks, &rooms, &people);
    let Planner { mut planned, .. } = planner;
    planned.report.lose(&planned.changes);
    Ok(planned)
}

/// Rows found, by key.
type Found<'a, M> = HashMap<&'a str, &'a Arc<M>>;

/// Keys of the file and the ids that they have or get.
type Ids<'a> = HashMap<&'a str, Uuid>;

struct Planner<'a> {
    found: Option<&'a Program>,
    terms: &'a Terms<'a>,
    planned: Planned,
}

impl<'a> Planner<'a> {
    /// The change that makes a row what it has to be; says which fields differ, or `None` where nothing does.
    fn put<M: Clone + PartialEq>(&mut self, now: Option<&Arc<M>>, wanted: M) -> Option<Vec<String>>
    where
        Row: From<M>,
    {
        match now {
            None => {
                self.planned.changes.push(RowChange::Insert(wanted.into()));
                Some(Vec::new())
            }
            Some(now) if **now == wanted => None,
            Some(now) => {
                let (before, after) = (Row::from(M::clone(now)), Row::from(wanted));
                let fields = differing(&before, &after);
                self.planned.changes.push(RowChange::Update { before, after });
                Some(fields)
            }
        }
    }

    /// The same for a thing of the report.
    fn put_named<M: Clone + PartialEq>(&mut self, now: Option<&Arc<M>>, wanted: M, noun: Noun, key: &str, label: &str)
    where
        Row: From<M>,
    {
        match self.put(now, wanted) {
            None => {}
            Some(_) if now.is_none() => self.planned.report.note(Mark::Added, noun, key, label),
            Some(fields) => self.planned.report.touch(noun, key, label, fields),
        }
    }

    /// A thing that the file no longer has: removed if pruning, else only listed. Says whether it goes.
    fn gone<M: Clone>(&mut self, row: &Arc<M>, noun: Noun, key: &str, label: &str) -> bool
    where
        Row: From<M>,
    {
        let mark = if self.terms.prune { Mark::Removed } else { Mark::Missing };
        self.planned.report.note(mark, noun, key, label);
        if self.terms.prune {
            self.delete(row);
        }
        self.terms.prune
    }

    fn delete<M: Clone>(&mut self, row: &Arc<M>)
    where
        Row: From<M>,
    {
        self.planned.changes.push(RowChange::Delete(M::clone(row).into()));
    }

    fn conference(&mut self, wanted: &file::Conference) {
        let now = self.found.and_then(|program| program.rows.conference.first());
        let settings = &wanted.settings;
        let link_audience =
            settings.link_audience.unwrap_or_else(|| now.map_or(Audience::Attendee, |row| row.link_audience));
        // Setting the same time again is no change: links that were opened stay open.
        let (links_open_at, links_open) = match (settings.links_open_at, now) {
            (Some(at), now) if now.is_none_or(|row| row.links_open_at != at) => {
                (at, at.is_none_or(|at| at <= self.terms.now))
            }
            (_, Some(row)) => (row.links_open_at, row.links_open),
            (_, None) => (None, true),
        };
        let same_links = now.filter(|row| {
            (row.link_audience, row.links_open_at, row.links_open) == (link_audience, links_open_at, links_open)
        });
        let visibility = match now {
            Some(row) => row.visibility,
            None if self.terms.draft => Visibility::Draft,
            None => settings.visibility.unwrap_or(Visibility::Published),
        };
        let row = conference::Model {
            id: self.terms.conference,
            slug: wanted.slug.clone(),
            name: wanted.name.clone(),
            time_zone: wanted.time_zone.clone(),
            starts_on: wanted.starts_on,
            ends_on: wanted.ends_on,
            url: wanted.url.clone(),
            visibility,
            link_audience,
            links_open_at,
            links_open,
            convenors_edit_papers: now.is_some_and(|row| row.convenors_edit_papers),
            chairs_set_links: now.is_some_and(|row| row.chairs_set_links),
            authors_edit_abstracts: now.is_some_and(|row| row.authors_edit_abstracts),
            links_in_calendars: now.is_some_and(|row| row.links_in_calendars),
            links_revision: same_links.map_or(self.terms.revision, |row| row.links_revision),
            zone_revision: now
                .filter(|row| row.time_zone == wanted.time_zone)
                .map_or(self.terms.revision, |row| row.zone_revision),
            revision: now.map_or(0, |row| row.revision),
        };
        self.put_named(now, row, Noun::Conference, &wanted.slug, &wanted.name);
    }

    fn tracks(&mut self, wanted: &'a [file::Track]) -> Ids<'a> {
        let found: Found<track::Model> = self
            .found
            .into_iter()
            .flat_map(|program| &program.rows.tracks)
            .map(|row| (row.code.as_str(), row))
            .collect();
        let places = positions(&places(wanted, |item| found.get(item.code.as_str()).map(|row| row.position)));
        let mut ids = Ids::new();
        for (item, position) in wanted.iter().zip(places) {
            let now = found.get(item.code.as_str()).copied();
            let id = now.map_or_else(self.terms.id, |row| row.id);
            ids.insert(&item.code, id);
            let row = track::Model {
                id,
                conference_id: self.terms.conference,
                code: item.code.clone(),
                name: item.name.clone(),
                position,
                revision: now.map_or(0, |row| row.revision),
            };
            self.put_named(now, row, Noun::Track, &item.code, &item.name);
        }
        for row in self.found.into_iter().flat_map(|program| &program.rows.tracks) {
            if !ids.contains_key(row.code.as_str()) {
                self.gone(row, Noun::Track, &row.code, &row.name);
            }
        }
        ids
    }

    fn rooms(&mut self, wanted: &'a [file::Room]) -> Ids<'a> {
        let found: Found<room::Model> =
            self.found.into_iter().flat_map(|program| &program.rows.rooms).map(|row| (row.key.as_str(), row)).collect();
        let places = positions(&places(wanted, |item| found.get(item.key.as_str()).map(|row| row.position)));
        let mut ids = Ids::new();
        for (item, position) in wanted.iter().zip(places) {
            let now = found.get(item.key.as_str()).copied();
            let id = now.map_or_else(self.terms.id, |row| row.id);
            ids.insert(&item.key, id);
            let file::Room { key, name, kind, capacity, link } = item.clone();
            let revision = now.map_or(0, |row| row.revision);
            let conference_id = self.terms.conference;
            let row = room::Model { id, conference_id, key, name, kind, capacity, link, position, revision };
            self.put_named(now, row, Noun::Room, &item.key, &item.name);
        }
        for row in self.found.into_iter().flat_map(|program| &program.rows.rooms) {
            if !ids.contains_key(row.key.as_str()) {
                self.gone(row, Noun::Room, &row.key, &row.name);
            }
        }
        ids
    }

    fn people(&mut self, wanted: &'a [file::Person]) -> Ids<'a> {
        let found: Found<person::Model> = self
            .found
            .into_iter()
            .flat_map(|program| &program.rows.people)
            .map(|row| (row.key.as_str(), row))
            .collect();
        let mut ids = Ids::new();
        for item in wanted {
            let now = found.get(item.key.as_str()).copied();
            let id = now.map_or_else(self.terms.id, |row| row.id);
            ids.insert(&item.key, id);
            let file::Person { key, name, affiliation, country, orcid, email, url, biography } = item.clone();
            let row = person::Model {
                id,
                conference_id: self.terms.conference,
                key,
                name,
                affiliation,
                country,
                orcid,
                email,
                url,
                biography,
                accepts_messages: now.is_none_or(|row| row.accepts_messages),
                revision: now.map_or(0, |row| row.revision),
            };
            self.put_named(now, row, Noun::Person, &item.key, &item.name);
        }
        for row in self.found.into_iter().flat_map(|program| &program.rows.people) {
            if !ids.contains_key(row.key.as_str()) {
                let goes = self.gone(row, Noun::Person, &row.key, &row.name);
                for merge in self.found.into_iter().flat_map(|program| &program.rows.person_merges) {
                    if goes && merge.person_id == row.id {
                        self.delete(merge);
                    }
                }
            }
        }
        ids
    }

    fn delete_each<M: Clone>(&mut self, list: &[u32], rows: &[Arc<M>])
    where
        Row: From<M>,
    {
        for ix in list {
            self.delete(&rows[*ix as usize]);
        }
    }

    /// Deletes what is left of the found after the wanted were taken out; says whether anything was.
    fn delete_all<K, M: Clone + 'a>(&mut self, left: impl IntoIterator<Item = (K, &'a Arc<M>)>) -> bool
    where
        Row: From<M>,
        K: Ord,
    {
        // In a fixed order, so that the same import writes the same log.
        let left: BTreeMap<K, &Arc<M>> = left.into_iter().collect();
        for row in left.values() {
            self.delete(row);
        }
        !left.is_empty()
    }

    fn place(&self, id: Option<Uuid>, table: Table) -> Option<(&'a Program, usize)> {
        let program = self.found?;
        Some((program, program.place(table, id?)? as usize))
    }
}

fn places<T>(wanted: &[T], now: impl Fn(&T) -> Option<i32>) -> Vec<Option<i32>> {
    wanted.iter().map(now).collect()
}

/// The names of the properties in which two rows differ, as the file calls them.
fn differing(before: &Row, after: &Row) -> Vec<String> {
    let parse = |row: &Row| {
        let json = row.json().ok()?;
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&json).ok()
    };
    let (Some(before), Some(after)) = (parse(before), parse(after)) else { return Vec::new() };
    after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(*value))
        .filter(|(name, _)| !["revision", "links_revision", "zone_revision", "links_open"].contains(&name.as_str()))
        .map(|(name, _)| property(name))
        .collect()
}

/// A column's name in the file: `panel_id` is `panel`, `start_time` is `start`, `position` is the order.
fn property(column: &str) -> String {
    match column {
        "position" => return "order".into(),
        "start_time" => return "start".into(),
        "end_time" => return "end".into(),
        _ => {}
    }
    let mut name = String::new();
    let mut upper = false;
    for c in column.strip_suffix("_id").unwrap_or(column).chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                name.extend(c.to_uppercase());
                upper = false;
            }
            c => name.push(c),
        }
    }
    name
}
