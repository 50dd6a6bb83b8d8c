//! Who does what: people who are free then.

use super::chance::Chance;

/// Times of the conference, one bit each.
pub(super) type Times = u64;

/// The people, and when each is wanted already.
pub(super) struct Cast {
    busy: Vec<Times>,
    /// Times at which nobody is left: no use to look for somebody.
    full: Times,
}

impl Cast {
    pub(super) fn new(people: usize) -> Self {
        Self { busy: vec![0; people], full: 0 }
    }

    /// Somebody who is free at all these times and none of `but`, who is then wanted there; `None` if everybody is
    /// somewhere else.
    pub(super) fn free(&mut self, chance: &mut Chance, times: Times, but: &[usize]) -> Option<usize> {
        let count = self.busy.len();
        let from = chance.below(count);
        if self.full & times != 0 {
            return None;
        }
        let found = (0..count)
            .map(|n| (from + n) % count)
            .find(|person| self.busy[*person] & times == 0 && !but.contains(person));
        match found {
            Some(person) => self.busy[person] |= times,
            None if times.count_ones() == 1 && but.is_empty() => self.full |= times,
            None => {}
        }
        found
    }

    /// Somebody, free or not: what has to be done by somebody when there are too few people.
    pub(super) fn anybody(&self, chance: &mut Chance) -> Option<usize> {
        (!self.busy.is_empty()).then(|| chance.below(self.busy.len()))
    }
}
