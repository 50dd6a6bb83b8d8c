//! What a change shows in beyond its own entry: lists of it, their order, and effective revisions.

use entity::enums::Role;

use super::derive::Derive;
use super::lists::Fresh;
use super::{Ix, List};

impl Derive<'_> {
    /// Lists that are ordered by what has another key now are to be ordered anew.
    pub(super) fn spread(&mut self) {
        let (index, marks) = (&self.index, &mut self.marks);
        let people =
            |parts: &List| -> Vec<Ix> { parts.iter().map(|ix| index.participations[*ix as usize].person).collect() };
        for ix in self.rekeyed.sessions.iter() {
            let own = &index.sessions[ix as usize];
            marks.rooms.extend(own.session_rooms.iter().map(|ix| index.session_rooms[*ix as usize].room));
            marks.papers.extend(own.slots.iter().map(|ix| index.slots[*ix as usize].paper));
            marks.people.extend(people(&own.participations));
        }
        for ix in self.rekeyed.panels.iter() {
            let own = &index.panels[ix as usize];
            marks.people.extend(people(&own.participations));
            for session in &own.sessions {
                marks.people.extend(people(&index.sessions[*session as usize].participations));
            }
        }
        for ix in self.rekeyed.papers.iter() {
            let authors = &index.papers[ix as usize].authorships;
            marks.people.extend(authors.iter().map(|ix| index.authorships[*ix as usize].person));
        }
    }

    /// Lists of children.
    pub(super) fn lists(&mut self) {
        let (rows, steps, index, marks) = (self.rows, &self.steps, &mut self.index, &self.marks);
        macro_rules! list {
            ($fresh:ident, $ix:ident, $old:expr, |$child:ident| $parent:expr, $key:expr) => {{
                let is_own = |$child: Ix| $parent == Some($ix);
                let key = $key;
                $fresh.list($ix, $old, is_own, |left, right| key(left).cmp(&key(right)))
            }};
        }

        let uses = Fresh::of(&steps.session_rooms.fresh, |ix| Some(index.session_rooms[ix as usize].session));
        let slots = Fresh::of(&steps.slots.fresh, |ix| Some(index.slots[ix as usize].session));
        let parts = Fresh::of(&steps.participations.fresh, |ix| index.participations[ix as usize].session);
        for ix in marks.sessions.iter() {
            let own = &index.sessions[ix as usize];
            let by_position = |child: Ix| rows.session_rooms[child as usize].position;
            let uses =
                list!(uses, ix, &own.session_rooms, |it| Some(index.session_rooms[it as usize].session), by_position);
            let by_position = |child: Ix| rows.slots[child as usize].position;
            let slots = list!(slots, ix, &own.slots, |it| Some(index.slots[it as usize].session), by_position);
            let by_position = |child: Ix| rows.participations[child as usize].position;
            let parts =
                list!(parts, ix, &own.participations, |it| index.participations[it as usize].session, by_position);
            index.sessions.change(ix as usize, |own| {
                (own.session_rooms, own.slots, own.participations) = (uses, slots, parts);
            });
        }

        let panels = Fresh::of(&steps.panels.fresh, |ix| index.panels[ix as usize].track);
        for ix in marks.tracks.iter() {
            let by_code = |child: Ix| &index.panels[child as usize].key;
            let own = &index.tracks[ix as usize];
            let list = list!(panels, ix, &own.panels, |it| index.panels[it as usize].track, by_code);
            index.tracks.change(ix as usize, |own| own.panels = list);
        }

        // A room's list has sessions, not their uses of it: whichever use it now, once for each use.
        let uses = Fresh::of(&steps.session_rooms.fresh, |ix| Some(index.session_rooms[ix as usize].room));
        for ix in marks.rooms.iter() {
            let fresh = uses.under(ix).map(|it| index.session_rooms[it as usize].session);
            let mut sessions: Vec<Ix> = index.rooms[ix as usize].sessions.iter().copied().chain(fresh).collect();
            sessions.sort_unstable();
            sessions.dedup();
            let times_in_it = |session: Ix| {
                let uses = index.sessions[session as usize].session_rooms.iter();
                uses.filter(|it| index.session_rooms[**it as usize].room == ix).count()
            };
            let mut list: Vec<Ix> =
                sessions.into_iter().flat_map(|it| std::iter::repeat_n(it, times_in_it(it))).collect();
            list.sort_by(|left, right| index.sessions[*left as usize].key.cmp(&index.sessions[*right as usize].key));
            index.rooms.change(ix as usize, |own| own.sessions = list.into());
        }

        let papers = Fresh::of(&steps.papers.fresh, |ix| Some(index.papers[ix as usize].panel));
        let sessions = Fresh::of(&steps.sessions.fresh, |ix| Some(index.sessions[ix as usize].panel));
        let in_whole = |ix: Ix| {
            let own = &index.participations[ix as usize];
            own.session.is_none().then_some(own.panel)
        };
        let parts = Fresh::of(&steps.participations.fresh, in_whole);
        for ix in marks.panels.iter() {
            let own = &index.panels[ix as usize];
            let by_position = |child: Ix| rows.papers[child as usize].position;
            let papers = list!(papers, ix, &own.papers, |it| Some(index.papers[it as usize].panel), by_position);
            let by_number = |child: Ix| rows.sessions[child as usize].number;
            let sessions = list!(sessions, ix, &own.sessions, |it| Some(index.sessions[it as usize].panel), by_number);
            let by_position = |child: Ix| rows.participations[child as usize].position;
            let parts = list!(parts, ix, &own.participations, |it| in_whole(it), by_position);
            index.panels.change(ix as usize, |own| {
                (own.papers, own.sessions, own.participations) = (papers, sessions, parts);
            });
        }

        let authors = Fresh::of(&steps.authorships.fresh, |ix| Some(index.authorships[ix as usize].paper));
        let slots = Fresh::of(&steps.slots.fresh, |ix| Some(index.slots[ix as usize].paper));
        for ix in marks.papers.iter() {
            let own = &index.papers[ix as usize];
            let by_position = |child: Ix| rows.authorships[child as usize].position;
            let authors =
                list!(authors, ix, &own.authorships, |it| Some(index.authorships[it as usize].paper), by_position);
            let by_start = |child: Ix| {
                let session = index.slots[child as usize].session;
                (&index.sessions[session as usize].key, session, rows.slots[child as usize].position)
            };
            let slots = list!(slots, ix, &own.slots, |it| Some(index.slots[it as usize].paper), by_start);
            index.papers.change(ix as usize, |own| (own.authorships, own.slots) = (authors, slots));
        }

        let papers = Fresh::of(&steps.authorships.fresh, |ix| Some(index.authorships[ix as usize].person));
        let parts = Fresh::of(&steps.participations.fresh, |ix| Some(index.participations[ix as usize].person));
        for ix in marks.people.iter() {
            let own = &index.people[ix as usize];
            let by_title = |child: Ix| {
                let paper = index.authorships[child as usize].paper;
                (&index.papers[paper as usize].key, paper)
            };
            let papers =
                list!(papers, ix, &own.authorships, |it| Some(index.authorships[it as usize].person), by_title);
            let by_panel = |child: Ix| {
                let own = &index.participations[child as usize];
                let session = own.session.map(|session| (&index.sessions[session as usize].key, session));
                (&index.panels[own.panel as usize].key, own.panel, session, rows.participations[child as usize].role)
            };
            let parts =
                list!(parts, ix, &own.participations, |it| Some(index.participations[it as usize].person), by_panel);
            index.people.change(ix as usize, |own| (own.authorships, own.participations) = (papers, parts));
        }
    }

    /// Effective revisions, and when slots start. The lists have to be there.
    pub(super) fn revisions(&mut self) {
        let (rows, steps, index, marks) = (self.rows, &self.steps, &mut self.index, &mut self.marks);
        let (links, zone) = (self.links_revision, self.zone_revision);
        if self.old.conference.first().is_none_or(|row| row.links_revision != links) {
            marks.rooms.extend((0..).take(rows.rooms.len()));
            marks.session_rooms.extend((0..).take(rows.session_rooms.len()));
        }
        for ix in steps.sessions.fresh.iter() {
            marks.session_rooms.extend(index.sessions[ix as usize].session_rooms.iter().copied());
            marks.slots.extend(index.sessions[ix as usize].slots.iter().copied());
        }
        for ix in steps.rooms.fresh.iter() {
            for session in &index.rooms[ix as usize].sessions {
                marks.session_rooms.extend(index.sessions[*session as usize].session_rooms.iter().copied());
            }
        }
        for ix in steps.panels.fresh.iter() {
            for session in &index.panels[ix as usize].sessions {
                marks.session_rooms.extend(index.sessions[*session as usize].session_rooms.iter().copied());
            }
        }

        macro_rules! newest {
            ($list:expr, $table:ident) => {
                $list.iter().map(|ix| rows.$table[*ix as usize].revision).max().unwrap_or(0)
            };
        }
        for ix in marks.tracks.iter() {
            index.tracks.change(ix as usize, |own| own.revision = rows.tracks[ix as usize].revision);
        }
        for ix in marks.rooms.iter() {
            index.rooms.change(ix as usize, |own| own.revision = rows.rooms[ix as usize].revision.max(links));
        }
        for ix in marks.people.iter() {
            index.people.change(ix as usize, |own| {
                own.revision = rows.people[ix as usize]
                    .revision
                    .max(newest!(own.authorships, authorships))
                    .max(newest!(own.participations, participations));
            });
        }
        for ix in marks.panels.iter() {
            let own = &index.panels[ix as usize];
            let revision = rows.panels[ix as usize].revision.max(newest!(own.participations, participations));
            if own.revision != revision {
                marks.sessions.extend(own.sessions.iter().copied());
                index.panels.change(ix as usize, |own| own.revision = revision);
            }
        }
        for ix in marks.papers.iter() {
            index.papers.change(ix as usize, |own| {
                own.revision = rows.papers[ix as usize]
                    .revision
                    .max(newest!(own.authorships, authorships))
                    .max(newest!(own.slots, slots));
            });
        }
        for ix in marks.sessions.iter() {
            let own = &index.sessions[ix as usize];
            // With no chair of its own it shows the panel's.
            let chaired = own.participations.iter().any(|ix| rows.participations[*ix as usize].role == Role::Chair);
            let implied = if chaired { 0 } else { index.panels[own.panel as usize].revision };
            let revision = rows.sessions[ix as usize]
                .revision
                .max(zone)
                .max(implied)
                .max(newest!(own.participations, participations))
                .max(newest!(own.slots, slots))
                .max(newest!(own.session_rooms, session_rooms));
            index.sessions.change(ix as usize, |own| own.revision = revision);
        }
        for ix in marks.session_rooms.iter() {
            let own = &index.session_rooms[ix as usize];
            let panel = index.sessions[own.session as usize].panel;
            let revision = rows.session_rooms[ix as usize]
                .revision
                .max(rows.sessions[own.session as usize].revision)
                .max(rows.rooms[own.room as usize].revision)
                .max(rows.panels[panel as usize].revision)
                .max(links)
                .max(zone);
            index.session_rooms.change(ix as usize, |own| own.revision = revision);
        }
        for ix in marks.slots.iter() {
            let (row, own) = (&rows.slots[ix as usize], &index.slots[ix as usize]);
            let session = &rows.sessions[own.session as usize];
            let starts_at = match (row.start_time, session.date, &index.sessions[own.session as usize].times) {
                (Some(time), Some(date), Some(times)) => self.zone.slot(date, times, time).ok(),
                _ => None,
            };
            let revision = row.revision.max(session.revision).max(zone);
            index.slots.change(ix as usize, |own| (own.starts_at, own.revision) = (starts_at, revision));
        }
    }
}
