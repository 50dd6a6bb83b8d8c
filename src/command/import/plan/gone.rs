//! What the file no longer has.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{Ids, Planner};
use crate::command::import::report::Noun;
use crate::program::Program;

impl<'a> Planner<'a> {
    /// Panels, papers and sessions that the file no longer has. Whatever goes takes its children along, each of them
    /// named: nothing cascades.
    pub(super) fn gone_panels(
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
}
