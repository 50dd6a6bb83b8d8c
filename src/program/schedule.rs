//! Where stars lead.

use std::collections::{BTreeSet, HashMap};

use entity::enums::StarKind;
use uuid::Uuid;

use super::Program;
use super::index::Ix;
use super::row::Table;

impl Program {
    /// Where what was starred is; `None` if it is no longer on the program.
    #[must_use]
    pub fn starred(&self, kind: StarKind, id: Uuid) -> Option<Ix> {
        self.place(
            match kind {
                StarKind::Panel => Table::Panel,
                StarKind::Session => Table::Session,
                StarKind::Paper => Table::Paper,
            },
            id,
        )
    }

    /// The sessions that this leads to, in any order: itself, all of a panel, or those in which a paper is given.
    #[must_use]
    pub fn leads_to(&self, kind: StarKind, ix: Ix) -> Vec<Ix> {
        match kind {
            StarKind::Panel => self.index.panels[ix as usize].sessions.to_vec(),
            StarKind::Session => vec![ix],
            StarKind::Paper => {
                let slots = self.index.papers[ix as usize].slots.iter();
                slots.map(|slot| self.index.slots[*slot as usize].session).collect()
            }
        }
    }

    /// The sessions that all of these lead to, each once, by start. What is no longer on the program leads nowhere.
    #[must_use]
    pub fn schedule(&self, stars: &HashMap<Uuid, StarKind>) -> Vec<Ix> {
        let places = stars.iter().filter_map(|(id, kind)| Some((*kind, self.starred(*kind, *id)?)));
        let sessions: BTreeSet<(&str, Ix)> = places
            .flat_map(|(kind, ix)| self.leads_to(kind, ix))
            .map(|session| (&*self.index.sessions[session as usize].key, session))
            .collect();
        sessions.into_iter().map(|(_, session)| session).collect()
    }
}
