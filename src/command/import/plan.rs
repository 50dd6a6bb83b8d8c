//! The pure half of an import: what of the program found has to change for it to become the program in the file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::enums::{Audience, Visibility};
use entity::{authorship, conference, panel, paper, participation, person, room, session, session_room, slot, track};
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
    let faults = clashes_with_kept(found, file, terms);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut planner = Planner { found, terms, planned: Planned::default() };
    planner.conference(&file.conference);
    let tracks = planner.tracks(&file.tracks);
    let rooms = planner.rooms(&file.rooms);
    let people = planner.people(&file.people);
    planner.panels(&file.panels, &tracks, &rooms, &people);
    Ok(planner.planned)
}

/// What is kept although the file no longer has it must not collide with what the file has.
fn clashes_with_kept(found: Option<&Program>, file: &file::ProgramFile, terms: &Terms<'_>) -> Vec<Fault> {
    let Some(found) = found.filter(|_| !terms.prune) else { return Vec::new() };
    let mut faults = Vec::new();
    let panels: HashSet<&str> = file.panels.iter().map(|panel| panel.key.as_str()).collect();
    let sessions: HashSet<&str> =
        file.panels.iter().flat_map(|panel| &panel.sessions).map(|session| session.key.as_str()).collect();
    let kept_codes: HashMap<&str, &str> = found
        .rows
        .panels
        .iter()
        .filter(|row| !panels.contains(row.key.as_str()))
        .map(|row| (row.code.as_str(), row.key.as_str()))
        .collect();
    let kept_numbers: HashMap<(&str, i32), &str> = found
        .rows
        .sessions
        .iter()
        .zip(&found.index.sessions)
        .filter(|(row, _)| !sessions.contains(row.key.as_str()))
        .map(|(row, index)| ((found.rows.panels[index.panel as usize].key.as_str(), row.number), row.key.as_str()))
        .collect();
    for (i, panel) in file.panels.iter().enumerate() {
        if let Some(key) = kept_codes.get(panel.code.as_str()) {
            faults.push(Fault {
                pointer: format!("/panels/{i}/code"),
                message: format!(
                    "the code \"{}\" belongs to the panel with the key \"{key}\", which the file no longer has; \
                     give this panel that key, or remove the other with --prune",
                    panel.code
                ),
            });
        }
        for (j, session) in panel.sessions.iter().enumerate() {
            if let Some(key) = kept_numbers.get(&(panel.key.as_str(), session.number)) {
                faults.push(Fault {
                    pointer: format!("/panels/{i}/sessions/{j}/number"),
                    message: format!(
                        "number {} of this panel is the session with the key \"{key}\", which the file no longer \
                         has; give this session that key or another number, or remove the other with --prune",
                        session.number
                    ),
                });
            }
        }
    }
    faults
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
            links_revision: same_links.map_or(self.terms.revision, |row| row.links_revision),
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
                revision: now.map_or(0, |row| row.revision),
            };
            self.put_named(now, row, Noun::Person, &item.key, &item.name);
        }
        for row in self.found.into_iter().flat_map(|program| &program.rows.people) {
            if !ids.contains_key(row.key.as_str()) {
                self.gone(row, Noun::Person, &row.key, &row.name);
            }
        }
        ids
    }

    fn panels(&mut self, wanted: &'a [file::Panel], tracks: &Ids<'a>, rooms: &Ids<'a>, people: &Ids<'a>) {
        let rows = self.found.map(|program| &program.rows);
        let found: Found<panel::Model> =
            rows.iter().flat_map(|rows| &rows.panels).map(|row| (row.key.as_str(), row)).collect();
        let found_papers: Found<paper::Model> =
            rows.iter().flat_map(|rows| &rows.papers).map(|row| (row.key.as_str(), row)).collect();
        let found_sessions: Found<session::Model> =
            rows.iter().flat_map(|rows| &rows.sessions).map(|row| (row.key.as_str(), row)).collect();
        let (mut kept, mut paper_ids, mut session_keys) = (HashSet::new(), Ids::new(), HashSet::new());
        let mut paper_panels = HashMap::new();
        for item in wanted {
            let now = found.get(item.key.as_str()).copied();
            let id = now.map_or_else(self.terms.id, |row| row.id);
            kept.insert(item.key.as_str());
            let row = panel::Model {
                id,
                conference_id: self.terms.conference,
                key: item.key.clone(),
                code: item.code.clone(),
                title: item.title.clone(),
                kind: item.kind,
                track_id: item.track.as_deref().and_then(|code| tracks.get(code).copied()),
                short_abstract: item.short_abstract.clone(),
                r#abstract: item.r#abstract.clone(),
                status: item.status,
                url: item.url.clone(),
                language: item.language.clone(),
                revision: now.map_or(0, |row| row.revision),
            };
            let label = format!("{} {}", item.code, item.title);
            self.put_named(now, row, Noun::Panel, &item.key, &label);
            if self.roles(RoleOwner::Panel(id), &item.roles, people) && now.is_some() {
                self.planned.report.touch(Noun::Panel, &item.key, &label, ["roles".to_owned()]);
            }
            let places = positions(&places(&item.papers, |paper| {
                let row = found_papers.get(paper.key.as_str()).filter(|row| row.panel_id == id)?;
                Some(row.position)
            }));
            for (paper, position) in item.papers.iter().zip(places) {
                let now = found_papers.get(paper.key.as_str()).copied();
                let paper_id = self.paper(id, paper, position, now, people);
                paper_ids.insert(&paper.key, paper_id);
                paper_panels.insert(paper_id, id);
            }
            for sitting in &item.sessions {
                session_keys.insert(sitting.key.as_str());
                let now = found_sessions.get(sitting.key.as_str()).copied();
                self.session(id, sitting, now, &paper_ids, rooms, people);
            }
        }
        let Some(program) = self.found else { return };
        self.gone_panels(program, &kept, &paper_ids, &session_keys, &paper_panels);
    }

    fn paper(
        &mut self,
        panel_id: Uuid,
        item: &file::Paper,
        position: i32,
        now: Option<&Arc<paper::Model>>,
        people: &Ids<'a>,
    ) -> Uuid {
        let id = now.map_or_else(self.terms.id, |row| row.id);
        let row = paper::Model {
            id,
            conference_id: self.terms.conference,
            panel_id,
            key: item.key.clone(),
            title: item.title.clone(),
            r#abstract: item.r#abstract.clone(),
            r#type: item.r#type.clone(),
            language: item.language.clone(),
            status: item.status,
            keywords: serde_json::Value::from(item.keywords.clone()).to_string(),
            url: item.url.clone(),
            position,
            revision: now.map_or(0, |row| row.revision),
        };
        self.put_named(now, row, Noun::Paper, &item.key, &item.title);
        let mut changed = false;
        let mut found: HashMap<Uuid, &Arc<authorship::Model>> = HashMap::new();
        if let Some((program, place)) = self.place(now.map(|row| row.id), Table::Paper) {
            let list = &program.index.papers[place].authorships;
            found =
                list.iter().map(|ix| &program.rows.authorships[*ix as usize]).map(|row| (row.person_id, row)).collect();
        }
        for (author, position) in item.authors.iter().zip(1..) {
            let Some(person_id) = people.get(author.person.as_str()).copied() else { continue };
            let now = found.remove(&person_id);
            let row = authorship::Model {
                id: now.map_or_else(self.terms.id, |row| row.id),
                conference_id: self.terms.conference,
                paper_id: id,
                person_id,
                position,
                affiliation: author.affiliation.clone(),
                presenting: author.presenting,
                revision: now.map_or(0, |row| row.revision),
            };
            changed |= self.put(now, row).is_some();
        }
        changed |= self.delete_all(found);
        if changed && now.is_some() {
            self.planned.report.touch(Noun::Paper, &item.key, &item.title, ["authors".to_owned()]);
        }
        id
    }

    fn session(
        &mut self,
        panel_id: Uuid,
        item: &file::Session,
        now: Option<&Arc<session::Model>>,
        papers: &Ids<'a>,
        rooms: &Ids<'a>,
        people: &Ids<'a>,
    ) {
        let id = now.map_or_else(self.terms.id, |row| row.id);
        let row = session::Model {
            id,
            conference_id: self.terms.conference,
            panel_id,
            key: item.key.clone(),
            number: item.number,
            title: item.title.clone(),
            date: item.date,
            start_time: item.start,
            end_time: item.end,
            fold: item.fold,
            status: item.status,
            revision: now.map_or(0, |row| row.revision),
        };
        let label = item.title.clone().unwrap_or_default();
        self.put_named(now, row, Noun::Session, &item.key, &label);
        let mut touched = BTreeSet::new();
        if self.roles(RoleOwner::Session(id), &item.roles, people) {
            touched.insert("roles".to_owned());
        }
        let (uses, changed) = self.session_rooms(id, now.map(|row| row.id), &item.rooms, rooms);
        if changed {
            touched.insert("rooms".to_owned());
        }
        if self.slots(id, now.map(|row| row.id), &item.slots, papers, &uses) {
            touched.insert("slots".to_owned());
        }
        if !touched.is_empty() && now.is_some() {
            self.planned.report.touch(Noun::Session, &item.key, &label, touched);
        }
    }

    /// A session's rooms become the file's; says which use each room's key is, and whether anything changes.
    fn session_rooms<'b>(
        &mut self,
        session_id: Uuid,
        known: Option<Uuid>,
        wanted: &'b [file::SessionRoom],
        rooms: &Ids<'a>,
    ) -> (HashMap<&'b str, Uuid>, bool) {
        let mut found: HashMap<Uuid, &Arc<session_room::Model>> = HashMap::new();
        if let Some((program, place)) = self.place(known, Table::Session) {
            let list = &program.index.sessions[place].session_rooms;
            found =
                list.iter().map(|ix| &program.rows.session_rooms[*ix as usize]).map(|row| (row.room_id, row)).collect();
        }
        let (mut uses, mut changed) = (HashMap::new(), false);
        for (item, position) in wanted.iter().zip(1..) {
            let Some(room_id) = rooms.get(item.room.as_str()).copied() else { continue };
            let now = found.remove(&room_id);
            let row = session_room::Model {
                id: now.map_or_else(self.terms.id, |row| row.id),
                conference_id: self.terms.conference,
                session_id,
                room_id,
                link: item.link.clone(),
                position,
                revision: now.map_or(0, |row| row.revision),
            };
            uses.insert(item.room.as_str(), row.id);
            changed |= self.put(now, row).is_some();
        }
        (uses, changed | self.delete_all(found))
    }

    /// A session's slots become the file's, matched by paper and occurrence.
    fn slots(
        &mut self,
        session_id: Uuid,
        known: Option<Uuid>,
        wanted: &[file::Slot],
        papers: &Ids<'a>,
        uses: &HashMap<&str, Uuid>,
    ) -> bool {
        let mut found: BTreeMap<(Uuid, usize), &Arc<slot::Model>> = BTreeMap::new();
        if let Some((program, place)) = self.place(known, Table::Session) {
            let mut seen = HashMap::new();
            for ix in &program.index.sessions[place].slots {
                let row = &program.rows.slots[*ix as usize];
                found.insert((row.paper_id, occurrence(&mut seen, row.paper_id)), row);
            }
        }
        let (mut seen, mut changed) = (HashMap::new(), false);
        for (item, position) in wanted.iter().zip(1..) {
            let Some(paper_id) = papers.get(item.paper.as_str()).copied() else { continue };
            let now = found.remove(&(paper_id, occurrence(&mut seen, paper_id)));
            let row = slot::Model {
                id: now.map_or_else(self.terms.id, |row| row.id),
                conference_id: self.terms.conference,
                session_id,
                paper_id,
                session_room_id: item.room.as_deref().and_then(|room| uses.get(room).copied()),
                position,
                start_time: item.start,
                minutes: item.minutes,
                revision: now.map_or(0, |row| row.revision),
            };
            changed |= self.put(now, row).is_some();
        }
        changed | self.delete_all(found)
    }

    fn roles(&mut self, owner: RoleOwner, wanted: &[file::RoleEntry], people: &Ids<'a>) -> bool {
        let list = match (self.found, owner) {
            (None, _) => None,
            (Some(program), RoleOwner::Panel(id)) => {
                program.place(Table::Panel, id).map(|ix| &program.index.panels[ix as usize].participations)
            }
            (Some(program), RoleOwner::Session(id)) => {
                program.place(Table::Session, id).map(|ix| &program.index.sessions[ix as usize].participations)
            }
        };
        let mut found: HashMap<_, &Arc<participation::Model>> = HashMap::new();
        if let (Some(program), Some(list)) = (self.found, list) {
            let rows = list.iter().map(|ix| &program.rows.participations[*ix as usize]);
            found = rows.map(|row| ((row.person_id, row.role), row)).collect();
        }
        let mut changed = false;
        for (item, position) in wanted.iter().zip(1..) {
            let Some(person_id) = people.get(item.person.as_str()).copied() else { continue };
            let now = found.remove(&(person_id, item.role));
            let row = participation::Model {
                id: now.map_or_else(self.terms.id, |row| row.id),
                conference_id: self.terms.conference,
                panel_id: owner.panel(),
                session_id: owner.session(),
                person_id,
                role: item.role,
                affiliation: item.affiliation.clone(),
                position,
                revision: now.map_or(0, |row| row.revision),
            };
            changed |= self.put(now, row).is_some();
        }
        changed | self.delete_all(found)
    }

    /// Panels, papers and sessions that the file no longer has. Whatever goes takes its children along, each of them
    /// named: nothing cascades.
    fn gone_panels(
        &mut self,
        program: &Program,
        panels: &HashSet<&str>,
        papers: &Ids<'a>,
        sessions: &HashSet<&str>,
        paper_panels: &HashMap<Uuid, Uuid>,
    ) {
        let (rows, index) = (&program.rows, &program.index);
        for (row, of) in rows.panels.iter().zip(&index.panels) {
            let gone = !panels.contains(row.key.as_str());
            if gone && self.gone(row, Noun::Panel, &row.key, &format!("{} {}", row.code, row.title)) {
                self.delete_each(&of.participations, &rows.participations);
            }
        }
        for (row, of) in rows.papers.iter().zip(&index.papers) {
            if !papers.contains_key(row.key.as_str()) && self.gone(row, Noun::Paper, &row.key, &row.title) {
                self.delete_each(&of.authorships, &rows.authorships);
            }
        }
        for (row, of) in rows.sessions.iter().zip(&index.sessions) {
            if sessions.contains(row.key.as_str()) {
                continue;
            }
            if self.gone(row, Noun::Session, &row.key, row.title.as_deref().unwrap_or_default()) {
                self.delete_each(&of.participations, &rows.participations);
                self.delete_each(&of.session_rooms, &rows.session_rooms);
                self.delete_each(&of.slots, &rows.slots);
                for notice in rows.announcements.iter().filter(|notice| notice.session_id == Some(row.id)) {
                    self.delete(notice);
                }
            } else {
                // It is kept, but a paper that moved to another panel can't be given in it any more.
                for slot in of.slots.iter().map(|ix| &rows.slots[*ix as usize]) {
                    if paper_panels.get(&slot.paper_id).is_some_and(|panel| *panel != row.panel_id) {
                        self.delete(slot);
                    }
                }
            }
        }
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

/// Where a role is.
#[derive(Clone, Copy)]
enum RoleOwner {
    Panel(Uuid),
    Session(Uuid),
}

impl RoleOwner {
    const fn panel(self) -> Option<Uuid> {
        match self {
            Self::Panel(id) => Some(id),
            Self::Session(_) => None,
        }
    }

    const fn session(self) -> Option<Uuid> {
        match self {
            Self::Panel(_) => None,
            Self::Session(id) => Some(id),
        }
    }
}

/// How often this was seen before.
fn occurrence(seen: &mut HashMap<Uuid, usize>, id: Uuid) -> usize {
    let count = seen.entry(id).or_insert(0);
    *count += 1;
    *count
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
        .filter(|(name, _)| !["revision", "links_revision", "links_open"].contains(&name.as_str()))
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
