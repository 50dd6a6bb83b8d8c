//! A parent's children in their order: of what was and what is new.

use std::cmp::Ordering;

use super::step::Set;
use super::{Ix, List};

/// New and changed children by parent.
#[derive(Debug)]
pub(super) struct Fresh(Vec<(Ix, Ix)>);

impl Fresh {
    /// The children that have a parent.
    pub(super) fn of(children: &Set, parent: impl Fn(Ix) -> Option<Ix>) -> Self {
        let mut pairs: Vec<(Ix, Ix)> = children.iter().filter_map(|child| Some((parent(child)?, child))).collect();
        pairs.sort_unstable();
        Self(pairs)
    }

    /// Those of this parent, by place.
    pub(super) fn under(&self, parent: Ix) -> impl Iterator<Item = Ix> + '_ {
        let from = self.0.partition_point(|(under, _)| *under < parent);
        self.0[from..].iter().take_while(move |(under, _)| *under == parent).map(|(_, child)| *child)
    }

    /// A parent's children: whichever of its old ones and of the fresh ones are its own, in this order; ties by place,
    /// which is by id.
    pub(super) fn list(
        &self,
        parent: Ix,
        old: &[Ix],
        is_own: impl Fn(Ix) -> bool,
        order: impl Fn(Ix, Ix) -> Ordering,
    ) -> List {
        let mut list: Vec<Ix> = old.iter().copied().chain(self.under(parent)).filter(|ix| is_own(*ix)).collect();
        list.sort_unstable();
        list.dedup();
        list.sort_by(|left, right| order(*left, *right));
        list.into()
    }
}
