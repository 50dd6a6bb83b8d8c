//! Panels with what is in them: lists within become what the file says, matched by what they are of.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use entity::{authorship, panel, paper, participation, session, session_room, slot};
use uuid::Uuid;

use super::{Found, Ids, Planner, places};
use crate::command::import::positions::positions;
use crate::command::import::report::Noun;
use crate::format::program_file as file;
use crate::program::row::Table;

impl<'a> Planner<'a> {
    pub(super) fn panels(&mut self, wanted: &'a [file::Panel], tracks: &Ids<'a>, rooms: &Ids<'a>, people: &Ids<'a>) {
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
