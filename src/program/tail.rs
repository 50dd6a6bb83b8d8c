//! The end of a conference's log: what tells a client that was here before what has gone since, at no query.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::row::Table;
use crate::db::Stamp;

/// How many entries are kept.
pub const KEPT: usize = 2_000;

/// One entry of the log, without what the row was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Of which revision.
    pub stamp: Stamp,
    /// Whose row.
    pub table: Table,
    /// Which.
    pub id: Uuid,
    /// Whether it is gone.
    pub deleted: bool,
    /// When it was made.
    pub at: DateTime<Utc>,
}

/// The last entries, whole revisions only, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    entries: VecDeque<Logged>,
    /// The state before the first of them, if it is known.
    before: Option<Stamp>,
    /// When each revision was made that the log still has, the oldest first.
    times: Arc<Vec<(i64, DateTime<Utc>)>>,
}

impl Tail {
    /// Of what the log ends with: in order, and whether that is all of it.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = Logged>, whole: bool) -> Self {
        let mut tail = Self { entries: entries.into_iter().collect(), ..Self::default() };
        if whole {
            tail.before = Some(Stamp { revision: 0, tag: 0 });
        } else {
            // The first revision may be cut, and is good only to know its state.
            tail.drop_first();
        }
        tail
    }

    /// With when each revision of the log was made, the oldest first.
    #[must_use]
    pub fn timed(mut self, times: Vec<(i64, DateTime<Utc>)>) -> Self {
        self.times = Arc::new(times);
        self
    }

    /// When the first of the revisions was made that the log still has.
    #[must_use]
    pub fn begins(&self) -> Option<DateTime<Utc>> {
        self.times.first().map(|(_, at)| *at)
    }

    /// The first revision that the log still has.
    #[must_use]
    pub fn first(&self) -> Option<i64> {
        self.times.first().map(|(revision, _)| *revision)
    }

    /// When a revision was made; `None` if the log no longer has it.
    #[must_use]
    pub fn time_of(&self, revision: i64) -> Option<DateTime<Utc>> {
        let at = self.times.binary_search_by_key(&revision, |(made, _)| *made).ok()?;
        Some(self.times[at].1)
    }

    /// With more at its end.
    #[must_use]
    pub fn and(&self, more: impl IntoIterator<Item = Logged>) -> Self {
        let mut tail = self.clone();
        let times = Arc::make_mut(&mut tail.times);
        for entry in more {
            if times.last().is_none_or(|(last, _)| *last < entry.stamp.revision) {
                times.push((entry.stamp.revision, entry.at));
            }
            tail.entries.push_back(entry);
        }
        while tail.entries.len() > KEPT {
            tail.drop_first();
        }
        tail
    }

    fn drop_first(&mut self) {
        let Some(first) = self.entries.front().map(|entry| entry.stamp) else { return };
        self.before = Some(first);
        while self.entries.front().is_some_and(|entry| entry.stamp == first) {
            self.entries.pop_front();
        }
    }

    /// The state of a revision, whatever the tag.
    pub(crate) fn state_of(&self, revision: i64) -> Option<Stamp> {
        let all = self.entries.iter().map(|entry| entry.stamp).chain(self.before);
        all.into_iter().find(|stamp| stamp.revision == revision)
    }

    /// What came after this state; `None` if it is too long ago, or of another history. `now` is the state of the
    /// program.
    #[must_use]
    pub fn since(&self, then: Stamp, now: Stamp) -> Option<Vec<Logged>> {
        if then == now {
            return Some(Vec::new());
        }
        let known = self.before == Some(then) || self.entries.iter().any(|entry| entry.stamp == then);
        known.then(|| self.entries.iter().filter(|entry| entry.stamp.revision > then.revision).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(revision: i64, id: u128) -> Logged {
        let stamp = Stamp { revision, tag: revision * 7 };
        let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(revision);
        Logged { stamp, table: Table::Room, id: Uuid::from_u128(id), deleted: false, at }
    }

    fn ids(tail: &Tail, then: Stamp, now: i64) -> Option<Vec<u128>> {
        let now = Stamp { revision: now, tag: now * 7 };
        Some(tail.since(then, now)?.iter().map(|entry| entry.id.as_u128()).collect())
    }

    #[test]
    fn what_came_after() {
        let at = |revision| Stamp { revision, tag: revision * 7 };
        let whole = Tail::of([entry(1, 1), entry(1, 2), entry(2, 3)], true);
        assert_eq!(ids(&whole, Stamp { revision: 0, tag: 0 }, 2), Some(vec![1, 2, 3]));
        assert_eq!(ids(&whole, at(1), 2), Some(vec![3]));
        assert_eq!(ids(&whole, at(2), 2), Some(vec![]));
        assert_eq!(ids(&whole, Stamp { revision: 1, tag: 8 }, 2), None, "another history");
        assert_eq!(ids(&whole, at(3), 2), None, "not reached yet");
        let cut = Tail::of([entry(4, 1), entry(5, 2)], false);
        assert_eq!(ids(&cut, at(3), 5), None, "the revision 4 may be cut");
        assert_eq!(ids(&cut, at(4), 5), Some(vec![2]));
        assert_eq!(ids(&Tail::default(), at(4), 4), Some(vec![]));
        assert_eq!(ids(&Tail::default(), at(4), 5), None);
    }

    #[test]
    fn when_it_was() {
        let at = |minutes| DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minutes);
        let tail = Tail::of([entry(4, 1)], false).timed(vec![(3, at(3)), (4, at(4))]);
        let tail = tail.and([entry(5, 1), entry(5, 2), entry(6, 1)]);
        assert_eq!(
            [2, 3, 5, 6, 7].map(|revision| tail.time_of(revision)),
            [None, Some(at(3)), Some(at(5)), Some(at(6)), None]
        );
    }

    #[test]
    fn whole_revisions_only() {
        let mut tail = Tail::of([entry(1, 0), entry(1, 1)], true);
        for revision in 2..=2_000 {
            tail = tail.and([entry(revision, 0)]);
        }
        let at = |revision| Stamp { revision, tag: revision * 7 };
        assert_eq!(ids(&tail, Stamp { revision: 0, tag: 0 }, 2_000), None);
        assert_eq!(ids(&tail, at(1), 2_000).unwrap().len(), 1_999);
        // One revision that is larger than all that is kept leaves nothing but the state that it led to.
        let tail = tail.and((0..2_001).map(|id| entry(2_001, id)));
        assert_eq!(ids(&tail, at(2_000), 2_001), None);
        assert_eq!(ids(&tail, at(2_001), 2_001), Some(vec![]));
    }
}
