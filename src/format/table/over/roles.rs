//! Roles, which have no keys: they are known by where they are, who has them and what they are.

use std::collections::HashMap;

use entity::enums::Role;

use super::Over;
use super::order::{Placed, in_order};
use crate::format::program_file::RoleEntry;
use crate::format::table::sheets::{Owner, RoleRow, Sheet};
use crate::format::table::{TableKind, cell};

impl Over {
    /// Lays the roles over those of panels and sessions.
    pub(super) fn roles(&mut self, sheet: Option<&Sheet<RoleRow>>) {
        const KIND: TableKind = TableKind::Roles;
        let Some(sheet) = sheet else { return };
        let sessions: HashMap<String, (usize, usize)> = self
            .file
            .panels
            .iter()
            .enumerate()
            .flat_map(|(n, panel)| panel.sessions.iter().enumerate().map(move |(m, it)| (it.key.clone(), (n, m))))
            .collect();
        let (mut seen, mut rows) = (HashMap::new(), HashMap::<(usize, Option<usize>), Vec<&RoleRow>>::new());
        for (at, row) in &sheet.rows {
            let place = match &row.owner {
                Owner::Panel(key) => self.panel(key, KIND, *at).map(|panel| (panel, None)),
                Owner::Session(key) => {
                    let place = sessions.get(key).map(|(panel, session)| (*panel, Some(*session)));
                    if place.is_none() {
                        let key = cell::shown(key);
                        let message =
                            format!("there is no session with the key \"{key}\"; add it to the sessions or mend this");
                        self.fault(KIND, *at, "session", message);
                    }
                    place
                }
            };
            let Some(place) = place else { continue };
            let key = (place, row.entry.person.as_str(), row.entry.role);
            if self.first(&mut seen, key, KIND, *at, ("person", &row.entry.person)) {
                rows.entry(place).or_default().push(row);
            }
        }
        let affiliated = sheet.has("affiliation");
        for (n, panel) in self.file.panels.iter_mut().enumerate() {
            let lists = std::iter::once((None, &mut panel.roles));
            let of_sessions = panel.sessions.iter_mut().enumerate().map(|(m, session)| (Some(m), &mut session.roles));
            for (m, list) in lists.chain(of_sessions) {
                let rows = rows.get(&(n, m)).map_or(&[][..], |rows| rows);
                lay_roles(list, rows, affiliated);
                if self.prune {
                    list.retain(|entry| seen.contains_key(&((n, m), entry.person.as_str(), entry.role)));
                }
            }
        }
    }
}

/// Lays rows over the roles of one panel or session.
fn lay_roles(list: &mut Vec<RoleEntry>, rows: &[&RoleRow], affiliated: bool) {
    if rows.is_empty() {
        return;
    }
    let mut placed = Placed::all(std::mem::take(list));
    let places: HashMap<(String, Role), usize> =
        placed.iter().flatten().enumerate().map(|(n, it)| ((it.value.person.clone(), it.value.role), n)).collect();
    for row in rows {
        let now = places.get(&(row.entry.person.clone(), row.entry.role)).and_then(|n| placed[*n].as_mut());
        match now {
            None => placed.push(Some(Placed::new(row.entry.clone(), row.order))),
            Some(now) => {
                if affiliated {
                    now.value.affiliation.clone_from(&row.entry.affiliation);
                }
                now.put(row.order);
            }
        }
    }
    *list = in_order(placed);
}
