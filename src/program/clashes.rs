//! Clashes: who or what would have to be in two sessions at once.
//!
//! Intervals are half-open: a session that starts when another ends does not clash with it. A session that is cancelled,
//! or whose start or end is to be announced, clashes with nothing. A clash warns; the organizer may go on.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::enums::{PanelStatus, PaperStatus, RoomKind, SessionStatus};

use super::Program;
use super::index::Ix;

/// How bad a clash is. From worst to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It can't be: one room with walls for two sessions, one person leading or presenting in two.
    Fatal,
    /// It may be meant: two sessions in one virtual room, or of one panel in one room; somebody who is only an author or
    /// a convenor of what is given elsewhere.
    Warning,
}

/// What is wanted twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    /// A room, by its place.
    Room(Ix),
    /// A person, by their place.
    Person(Ix),
    /// Whoever has both on their individual schedule.
    Viewer,
}

/// Two sessions that want the same at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clash {
    /// How bad it is.
    pub severity: Severity,
    /// What both want.
    pub wanted: Wanted,
    /// The session that starts first; of two that start at once the one with the lesser id.
    pub first: Ix,
    /// The other.
    pub second: Ix,
    /// From when both want it.
    pub from: DateTime<Utc>,
    /// Until when; not included.
    pub to: DateTime<Utc>,
}

/// A use of something by a session for a while.
#[derive(Clone, Copy)]
struct Use {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    session: Ix,
    /// Whether it can't be done without.
    needed: bool,
}

impl Program {
    /// All clashes, the worst first. Costs n log n in the sessions' rooms and people, beside what it finds.
    #[must_use]
    pub fn clashes(&self) -> Vec<Clash> {
        let mut uses: BTreeMap<Wanted, Vec<Use>> = BTreeMap::new();
        for session in 0..self.index.sessions.len() {
            if let Ok(session) = Ix::try_from(session) {
                self.uses(session, &mut uses);
            }
        }
        let mut clashes = Vec::new();
        for (wanted, mut uses) in uses {
            uses.sort_unstable_by_key(|it| (it.from, it.session));
            overlaps(wanted, &uses, &mut clashes);
        }
        for clash in &mut clashes {
            if let Wanted::Room(_) = clash.wanted
                && self.index.sessions[clash.first as usize].panel == self.index.sessions[clash.second as usize].panel
            {
                clash.severity = Severity::Warning;
            }
        }
        clashes.sort_unstable();
        clashes
    }

    /// Those of these sessions that are at the same time, each pair once: nobody can hear both.
    #[must_use]
    pub fn at_once(&self, sessions: &[Ix]) -> Vec<Clash> {
        let lasts = |session: &Ix| {
            let (from, to) = self.lasts(*session)?;
            Some(Use { from, to, session: *session, needed: false })
        };
        let mut uses: Vec<Use> = sessions.iter().filter_map(lasts).collect();
        uses.sort_unstable_by_key(|it| (it.from, it.session));
        let mut clashes = Vec::new();
        overlaps(Wanted::Viewer, &uses, &mut clashes);
        clashes
    }

    /// When a session takes place; `None` if it does not, or that is to be announced.
    fn lasts(&self, session: Ix) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (row, index) = (&self.rows.sessions[session as usize], &self.index.sessions[session as usize]);
        let panel = &self.rows.panels[index.panel as usize];
        if row.status == SessionStatus::Cancelled || panel.status == PanelStatus::Cancelled {
            return None;
        }
        index.times.and_then(|times| Some((times.starts_at, times.ends_at?)))
    }

    /// What a session wants while it lasts.
    fn uses(&self, session: Ix, uses: &mut BTreeMap<Wanted, Vec<Use>>) {
        let Some((from, to)) = self.lasts(session) else { return };
        let index = &self.index.sessions[session as usize];
        for link in &index.session_rooms {
            let room = self.index.session_rooms[*link as usize].room;
            let needed = self.rows.rooms[room as usize].kind == RoomKind::Physical;
            uses.entry(Wanted::Room(room)).or_default().push(Use { from, to, session, needed });
        }
        // A person is wanted once by a session, however many things they do in it.
        let mut people: BTreeMap<Ix, bool> = BTreeMap::new();
        let mut want = |person: Ix, needed: bool| *people.entry(person).or_default() |= needed;
        let roles = index.participations.iter().map(|ix| (ix, true));
        let of_panel = self.index.panels[index.panel as usize].participations.iter().map(|ix| (ix, false));
        for (ix, own) in roles.chain(of_panel) {
            use entity::enums::Role::{Chair, Convenor, Discussant, Moderator, Speaker};
            let leads = match self.rows.participations[*ix as usize].role {
                Chair | Discussant | Moderator | Speaker => true,
                Convenor => own,
            };
            want(self.index.participations[*ix as usize].person, leads);
        }
        for slot in &index.slots {
            let paper = self.index.slots[*slot as usize].paper;
            if self.rows.papers[paper as usize].status == PaperStatus::Withdrawn {
                continue;
            }
            for author in &self.index.papers[paper as usize].authorships {
                let presenting = self.rows.authorships[*author as usize].presenting;
                want(self.index.authorships[*author as usize].person, presenting);
            }
        }
        for (person, needed) in people {
            uses.entry(Wanted::Person(person)).or_default().push(Use { from, to, session, needed });
        }
    }
}

/// The overlapping pairs of uses that are sorted by their start.
fn overlaps(wanted: Wanted, uses: &[Use], clashes: &mut Vec<Clash>) {
    // Those that have not ended when the next one starts: each of them overlaps it.
    let mut open: Vec<Use> = Vec::new();
    for next in uses.iter().filter(|it| it.from < it.to) {
        open.retain(|earlier| earlier.to > next.from);
        for earlier in &open {
            let severity = if earlier.needed && next.needed { Severity::Fatal } else { Severity::Warning };
            clashes.push(Clash {
                severity,
                wanted,
                first: earlier.session,
                second: next.session,
                from: next.from,
                to: earlier.to.min(next.to),
            });
        }
        open.push(*next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(intervals: &[(i64, i64)]) -> Vec<Use> {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let mut uses: Vec<Use> = (0..)
            .zip(intervals)
            .map(|(session, (from, length))| Use { from: at(*from), to: at(from + length), session, needed: true })
            .collect();
        uses.sort_unstable_by_key(|it| (it.from, it.session));
        uses
    }

    proptest::proptest! {
        /// The sweep finds what comparing every pair finds.
        #[test]
        fn as_every_pair_would_say(intervals in proptest::collection::vec((0i64..40, 0i64..12), 0..30)) {
            let uses = uses(&intervals);
            let mut found = Vec::new();
            overlaps(Wanted::Room(0), &uses, &mut found);
            let mut found: Vec<_> = found.iter().map(|it| (it.first.min(it.second), it.first.max(it.second))).collect();
            found.sort_unstable();
            let mut expected = Vec::new();
            for (n, a) in uses.iter().enumerate() {
                for b in &uses[n + 1..] {
                    let lasting = a.from < a.to && b.from < b.to;
                    if lasting && a.from < b.to && b.from < a.to {
                        expected.push((a.session.min(b.session), a.session.max(b.session)));
                    }
                }
            }
            expected.sort_unstable();
            proptest::prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_ends_when_the_next_starts_does_not_clash() {
        let mut found = Vec::new();
        overlaps(Wanted::Room(0), &uses(&[(0, 10), (10, 10), (19, 1), (20, 5)]), &mut found);
        let pairs: Vec<_> = found.iter().map(|it| (it.first, it.second, (it.to - it.from).num_seconds())).collect();
        assert_eq!(pairs, [(1, 2, 1)]);
    }
}
