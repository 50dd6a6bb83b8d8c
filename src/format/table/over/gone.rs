//! What goes because a table has no row of it, and whether what is left is a program.

use std::collections::HashSet;

use super::Over;
use crate::format::program_file::Panel;
use crate::format::read::limits::{MOST_ELEMENTS, MOST_SMALL};
use crate::format::table::TableKind;
use crate::format::table::place::named;

impl Over {
    /// The panels that are pruned go, with what is still in them.
    pub(super) fn drop_panels(&mut self) {
        let gone = &self.gone_panels;
        self.file.panels.retain(|panel| !gone.contains(&panel.key));
    }

    /// The people that are pruned go, unless something names them.
    pub(super) fn drop_people(&mut self, gone: &HashSet<String>) {
        if gone.is_empty() {
            return;
        }
        let faults = &mut self.faults;
        let mut named_in = |person: &str, what: String| {
            if gone.contains(person) {
                let message = format!(
                    "{what} names {}, of whom the table has no row, so that they would go; \
                     add the row, or take them off the program first",
                    named(TableKind::People, person)
                );
                faults.add(TableKind::People.name(), message);
            }
        };
        for panel in &self.file.panels {
            panel.roles.iter().for_each(|entry| named_in(&entry.person, named(TableKind::Panels, &panel.key)));
            for paper in &panel.papers {
                paper.authors.iter().for_each(|author| named_in(&author.person, named(TableKind::Papers, &paper.key)));
            }
            for session in &panel.sessions {
                let what = || named(TableKind::Sessions, &session.key);
                session.roles.iter().for_each(|entry| named_in(&entry.person, what()));
            }
        }
        self.file.people.retain(|person| !gone.contains(&person.key));
    }

    /// A program has no more of anything than a program file may have.
    pub(super) fn count(&mut self) {
        let panels = &self.file.panels;
        let sum = |of: fn(&Panel) -> usize| panels.iter().map(of).sum::<usize>();
        let small = sum(|panel| {
            let papers = panel.papers.iter().map(|paper| paper.keywords.len() + paper.authors.len());
            let sessions =
                panel.sessions.iter().map(|session| session.roles.len() + session.rooms.len() + session.slots.len());
            panel.roles.len() + papers.sum::<usize>() + sessions.sum::<usize>()
        });
        for (count, most, what) in [
            (panels.len(), MOST_ELEMENTS, "panels"),
            (self.file.people.len(), MOST_ELEMENTS, "people"),
            (sum(|panel| panel.papers.len()), MOST_ELEMENTS, "papers"),
            (sum(|panel| panel.sessions.len()), MOST_ELEMENTS, "sessions"),
            // The reader counts these together with panels, people, tracks and rooms, which have limits of their own here.
            (small, MOST_SMALL, "roles, keywords, authors, rooms and slots"),
        ] {
            if count > most {
                self.faults.add("", format!("the program would have {count} {what}; the limit is {most}"));
            }
        }
    }
}
