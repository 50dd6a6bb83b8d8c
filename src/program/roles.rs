//! Who does what in a panel or session, with the chairs that are implied.

use entity::enums::Role;

use super::Program;
use super::index::Ix;

/// A role as shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The stored role that says so.
    pub participation: Ix,
    /// What the person does.
    pub role: Role,
    /// Derived, not named: a convenor who chairs because nobody else does, or a panel's chair in its session.
    pub implied: bool,
}

impl Program {
    /// Those who have this role in the panel. With no chair named the convenors chair.
    #[must_use]
    pub fn panel_parts(&self, panel: Ix, role: Role) -> Vec<Part> {
        let named = self.parts(&self.index.panels[panel as usize].participations, role);
        if named.is_empty() && role == Role::Chair {
            return imply(self.parts(&self.index.panels[panel as usize].participations, Role::Convenor));
        }
        named
    }

    /// Those who have this role in this sitting alone. With no chair named for it the panel's chairs chair, named or
    /// implied.
    #[must_use]
    pub fn session_parts(&self, session: Ix, role: Role) -> Vec<Part> {
        let own = &self.index.sessions[session as usize];
        let named = self.parts(&own.participations, role);
        if named.is_empty() && role == Role::Chair {
            let convenors = self.parts(&own.participations, Role::Convenor);
            let chairs = self.parts(&self.index.panels[own.panel as usize].participations, Role::Chair);
            return imply(match (chairs.is_empty(), convenors.is_empty()) {
                (false, _) => chairs,
                (true, false) => convenors,
                (true, true) => self.panel_parts(own.panel, Role::Chair),
            });
        }
        named
    }

    fn parts(&self, list: &[Ix], role: Role) -> Vec<Part> {
        list.iter()
            .filter(|ix| self.rows.participations[**ix as usize].role == role)
            .map(|ix| Part { participation: *ix, role, implied: false })
            .collect()
    }
}

fn imply(parts: Vec<Part>) -> Vec<Part> {
    parts.into_iter().map(|part| Part { role: Role::Chair, implied: true, ..part }).collect()
}
