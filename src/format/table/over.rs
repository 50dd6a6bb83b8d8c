//! Laying tables over a program: what it becomes, by the program file's own rules.

mod gone;
mod merge;
mod order;
mod roles;

use std::collections::{HashMap, HashSet};

use super::place::{Places, named, place};
use super::records::At;
use super::sheets::{PaperRow, SessionRow, Sheet, Tables};
use super::{TableKind, cell};
use crate::format::fault::{Fault, Faults};
use crate::format::from_program::program_file;
use crate::format::program_file::{Panel, Paper, Person, ProgramFile, Session};
use crate::format::read::check_whole;
use crate::program::Program;
use order::{Placed, in_order};

impl Tables {
    /// What the program becomes. With `prune` what a table has no row of goes, with what is in it: a panel with its
    /// papers, sessions and roles, a paper with its slots; people only if nothing names them.
    ///
    /// # Errors
    /// What does not fit, each with its table, line and column.
    pub fn over(&self, found: &Program, prune: bool) -> Result<ProgramFile, Vec<Fault>> {
        let mut over = Over {
            file: program_file(found),
            prune,
            faults: Faults::new(),
            panels: HashMap::new(),
            gone_panels: HashSet::new(),
            moved: HashSet::new(),
        };
        let Self { slug: _, panels, people, papers, sessions, roles } = self;
        over.panels(panels.as_ref());
        let gone_people = over.people(people.as_ref());
        over.papers(papers.as_ref());
        over.sessions(sessions.as_ref());
        over.drop_slots();
        over.roles(roles.as_ref());
        over.drop_panels();
        over.drop_people(&gone_people);
        over.count();
        let Over { file, prune: _, faults, panels: _, gone_panels: _, moved: _ } = over;
        if !faults.is_empty() {
            return Err(faults.list().to_vec());
        }
        let faults = check_whole(&file);
        if !faults.is_empty() {
            let places = Places::new(self, &file);
            return Err(faults.list().iter().map(|fault| places.of(fault)).collect());
        }
        Ok(file)
    }
}

struct Over {
    file: ProgramFile,
    prune: bool,
    faults: Faults,
    /// Where the panels are, by key.
    panels: HashMap<String, usize>,
    /// Those that are pruned in the end.
    gone_panels: HashSet<String>,
    /// Papers that went, or went to another panel.
    moved: HashSet<String>,
}

impl Over {
    fn fault(&mut self, kind: TableKind, at: At, column: &str, message: impl Into<String>) {
        self.faults.add(place(kind, at, column), message);
    }

    /// Rows of one thing twice are a fault. Says whether it is the first.
    fn first<K: std::hash::Hash + Eq>(
        &mut self,
        seen: &mut HashMap<K, At>,
        key: K,
        kind: TableKind,
        at: At,
        (column, shown): (&str, &str),
    ) -> bool {
        match seen.insert(key, at) {
            None => true,
            Some(before) => {
                let message = format!("\"{}\" is given twice: {before} has it already", cell::shown(shown));
                self.fault(kind, at, column, message);
                false
            }
        }
    }

    /// Something new needs a column that the table does not have.
    fn needs<R>(&mut self, sheet: &Sheet<R>, kind: TableKind, at: At, key: &str, column: &str) -> bool {
        if sheet.has(column) {
            return true;
        }
        let message = format!("{} is new, so the table needs the column \"{column}\"", named(kind, key));
        self.fault(kind, at, "", message);
        false
    }

    fn panels(&mut self, sheet: Option<&Sheet<Panel>>) {
        const KIND: TableKind = TableKind::Panels;
        let places = self.file.panels.iter().enumerate();
        self.panels = places.map(|(n, panel)| (panel.key.clone(), n)).collect();
        let Some(sheet) = sheet else { return };
        let by_code: HashMap<String, String> =
            self.file.panels.iter().map(|panel| (panel.code.clone(), panel.key.clone())).collect();
        let mut seen = HashMap::new();
        for (at, row) in &sheet.rows {
            let (column, key) = match row.key.as_str() {
                // Known by its code, as in the program file.
                "" => ("code", by_code.get(&row.code).unwrap_or(&row.code).clone()),
                key => ("key", key.to_owned()),
            };
            if !self.first(&mut seen, key.clone(), KIND, *at, (column, &key)) {
                continue;
            }
            if let Some(n) = self.panels.get(&key) {
                merge::panel(&mut self.file.panels[*n], row, sheet);
            } else if self.needs(sheet, KIND, *at, &key, "code") && self.needs(sheet, KIND, *at, &key, "title") {
                self.panels.insert(key.clone(), self.file.panels.len());
                self.file.panels.push(Panel { key, ..row.clone() });
            }
        }
        if self.prune {
            let gone = self.file.panels.iter().map(|panel| &panel.key).filter(|key| !seen.contains_key(*key));
            self.gone_panels = gone.cloned().collect();
        }
    }

    /// The panel of this key, for something that is in it.
    fn panel(&mut self, key: &str, kind: TableKind, at: At) -> Option<usize> {
        let found = self.panels.get(key).copied();
        if self.gone_panels.contains(key) {
            let message = format!("{} goes, as the panels have no row of it", named(TableKind::Panels, key));
            self.fault(kind, at, "panel", message);
            return None;
        }
        if found.is_none() {
            let of_code = self.file.panels.iter().find(|panel| panel.code == key);
            let mend = of_code.map_or_else(
                || "add it to the panels or mend this".to_owned(),
                |panel| format!("the panel with that code has the key \"{}\"", cell::shown(&panel.key)),
            );
            self.fault(kind, at, "panel", format!("there is no panel with the key \"{}\"; {mend}", cell::shown(key)));
        }
        found
    }

    /// People; says who is pruned.
    fn people(&mut self, sheet: Option<&Sheet<Person>>) -> HashSet<String> {
        const KIND: TableKind = TableKind::People;
        let Some(sheet) = sheet else { return HashSet::new() };
        let places: HashMap<String, usize> =
            self.file.people.iter().enumerate().map(|(n, person)| (person.key.clone(), n)).collect();
        let mut seen = HashMap::new();
        for (at, row) in &sheet.rows {
            if !self.first(&mut seen, row.key.as_str(), KIND, *at, ("key", &row.key)) {
                continue;
            }
            if let Some(n) = places.get(&row.key) {
                merge::person(&mut self.file.people[*n], row, sheet);
            } else if self.needs(sheet, KIND, *at, &row.key, "name") {
                self.file.people.push(row.clone());
            }
        }
        let gone = self.file.people.iter().map(|person| &person.key).filter(|key| !seen.contains_key(key.as_str()));
        if self.prune { gone.cloned().collect() } else { HashSet::new() }
    }

    fn papers(&mut self, sheet: Option<&Sheet<PaperRow>>) {
        const KIND: TableKind = TableKind::Papers;
        let Some(sheet) = sheet else { return };
        let mut lists: Vec<Vec<Option<Placed<Paper>>>> =
            self.file.panels.iter_mut().map(|panel| Placed::all(std::mem::take(&mut panel.papers))).collect();
        let places: HashMap<String, (usize, usize)> = lists
            .iter()
            .enumerate()
            .flat_map(|(n, list)| list.iter().flatten().enumerate().map(move |(m, it)| (it.value.key.clone(), (n, m))))
            .collect();
        let mut seen = HashMap::new();
        for (at, row) in &sheet.rows {
            let key = row.paper.key.as_str();
            if !self.first(&mut seen, key, KIND, *at, ("key", key)) {
                continue;
            }
            let panel = row.panel.as_deref().map(|panel| self.panel(panel, KIND, *at));
            let now = places.get(key).copied();
            let (Some(panel), true) =
                (panel.unwrap_or(now.map(|(panel, _)| panel)), now.is_some() || sheet.has("title"))
            else {
                // A panel that there is not has been said.
                if now.is_none() && self.needs(sheet, KIND, *at, key, "panel") {
                    self.needs(sheet, KIND, *at, key, "title");
                }
                continue;
            };
            if !sheet.has("panel") && self.gone_panels.contains(&self.file.panels[panel].key) {
                let message = format!("{} goes, as the panels have no row of its panel", named(KIND, key));
                self.fault(KIND, *at, "", message);
            }
            match now {
                Some((from, n)) if from == panel => {
                    if let Some(placed) = &mut lists[from][n] {
                        merge::paper(&mut placed.value, &row.paper, sheet);
                        placed.put(row.order);
                    }
                }
                Some((from, n)) => {
                    if let Some(mut placed) = lists[from][n].take() {
                        merge::paper(&mut placed.value, &row.paper, sheet);
                        self.moved.insert(key.to_owned());
                        lists[panel].push(Some(Placed::new(placed.value, row.order)));
                    }
                }
                None => lists[panel].push(Some(Placed::new(row.paper.clone(), row.order))),
            }
        }
        for (panel, list) in self.file.panels.iter_mut().zip(lists) {
            panel.papers = in_order(list);
            if self.prune {
                let moved = &mut self.moved;
                panel.papers.retain(|paper| {
                    seen.contains_key(paper.key.as_str()) || {
                        moved.insert(paper.key.clone());
                        false
                    }
                });
            }
        }
    }

    fn sessions(&mut self, sheet: Option<&Sheet<SessionRow>>) {
        const KIND: TableKind = TableKind::Sessions;
        let Some(sheet) = sheet else { return };
        let mut lists: Vec<Vec<Option<Session>>> = self
            .file
            .panels
            .iter_mut()
            .map(|panel| std::mem::take(&mut panel.sessions).into_iter().map(Some).collect())
            .collect();
        let places: HashMap<String, (usize, usize)> = lists
            .iter()
            .enumerate()
            .flat_map(|(n, list)| list.iter().flatten().enumerate().map(move |(m, it)| (it.key.clone(), (n, m))))
            .collect();
        let mut seen = HashMap::new();
        for (at, row) in &sheet.rows {
            let key = row.session.key.as_str();
            if !self.first(&mut seen, key, KIND, *at, ("key", key)) {
                continue;
            }
            let panel = row.panel.as_deref().map(|panel| self.panel(panel, KIND, *at));
            let now = places.get(key).copied();
            let (Some(panel), true) =
                (panel.unwrap_or(now.map(|(panel, _)| panel)), now.is_some() || sheet.has("number"))
            else {
                if now.is_none() && self.needs(sheet, KIND, *at, key, "panel") {
                    self.needs(sheet, KIND, *at, key, "number");
                }
                continue;
            };
            if !sheet.has("panel") && self.gone_panels.contains(&self.file.panels[panel].key) {
                let message = format!("{} goes, as the panels have no row of its panel", named(KIND, key));
                self.fault(KIND, *at, "", message);
            }
            let mut session = match now {
                Some((from, n)) => lists[from][n].take().unwrap_or_else(|| row.session.clone()),
                None => row.session.clone(),
            };
            if now.is_some() {
                merge::session(&mut session, &row.session, sheet);
            }
            if let Some(room) = sheet.has("links").then(|| merge::links(&mut session, &row.links)).flatten() {
                let message =
                    format!("the session does not use the room \"{}\"; add it to its rooms", cell::shown(room));
                self.fault(KIND, *at, "links", message);
            }
            match now {
                Some((from, n)) if from == panel => lists[from][n] = Some(session),
                _ => lists[panel].push(Some(session)),
            }
        }
        for (panel, list) in self.file.panels.iter_mut().zip(lists) {
            panel.sessions = list.into_iter().flatten().collect();
            if self.prune {
                panel.sessions.retain(|session| seen.contains_key(session.key.as_str()));
            }
        }
        // A slot that a row names is not dropped in silence.
        if sheet.has("slots") {
            for slot in sheet.rows.iter().flat_map(|(_, row)| &row.session.slots) {
                self.moved.remove(&slot.paper);
            }
        }
    }

    /// A paper that went takes its slots along.
    fn drop_slots(&mut self) {
        if self.moved.is_empty() {
            return;
        }
        for panel in &mut self.file.panels {
            let own: HashSet<&str> = panel.papers.iter().map(|paper| paper.key.as_str()).collect();
            let stays = |paper: &String| own.contains(paper.as_str()) || !self.moved.contains(paper);
            panel.sessions.iter_mut().for_each(|session| session.slots.retain(|slot| stays(&slot.paper)));
        }
    }
}
