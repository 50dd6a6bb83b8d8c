//! What became of a table's rows from one revision to the next, and where its entries are then.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    AnnouncementIndex, AuthorshipIndex, Index, Ix, List, PanelIndex, PaperIndex, ParticipationIndex, PersonIndex,
    RoomIndex, SessionIndex, SessionRoomIndex, SlotIndex, TrackIndex,
};
use crate::program::row::Rows;
use crate::program::shared::Shared;

/// The place of what is gone.
const GONE: Ix = Ix::MAX;

/// Places, each once, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Set {
    there: Vec<bool>,
    list: Vec<Ix>,
}

impl Set {
    pub(super) fn of(len: usize) -> Self {
        Self { there: vec![false; len], list: Vec::new() }
    }

    /// With this place, unless it is that of what is gone.
    pub(super) fn add(&mut self, ix: Ix) {
        if let Some(there) = self.there.get_mut(ix as usize)
            && !std::mem::replace(there, true)
        {
            self.list.push(ix);
        }
    }

    pub(super) fn extend(&mut self, places: impl IntoIterator<Item = Ix>) {
        places.into_iter().for_each(|ix| self.add(ix));
    }

    pub(super) fn has(&self, ix: Ix) -> bool {
        self.there.get(ix as usize).is_some_and(|there| *there)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Ix> + '_ {
        self.list.iter().copied()
    }
}

/// From one revision's rows of a table to the next's. Rows that both have are the same allocation, so that comparing
/// costs next to nothing.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// Where each old place is now, and each new one was; `None` if all are where they were.
    moved: Option<(Vec<Ix>, Vec<Ix>)>,
    /// How many there were.
    before: usize,
    /// New and changed rows, by their new places.
    pub(super) fresh: Set,
    /// Deleted rows, by their old places.
    pub(super) gone: Vec<Ix>,
}

impl Step {
    fn of<T>(old: &Shared<T>, new: &Shared<T>, id: impl Fn(&T) -> Uuid) -> Self {
        let mut step = Self { moved: None, before: old.len(), fresh: Set::of(new.len()), gone: Vec::new() };
        if old.is(new) {
            return step;
        }
        let (mut to, mut from) = (vec![GONE; old.len()], vec![GONE; new.len()]);
        let mut meet = |to_ix: usize, from_ix: usize| {
            (to[to_ix], from[from_ix]) = (place(from_ix), place(to_ix));
        };
        let (mut at, mut next) = (0, 0);
        while let (Some(was), Some(is)) = (old.get(at), new.get(next)) {
            if Arc::ptr_eq(was, is) {
                meet(at, next);
                (at, next) = (at + 1, next + 1);
                continue;
            }
            match id(was).cmp(&id(is)) {
                std::cmp::Ordering::Equal => {
                    meet(at, next);
                    step.fresh.add(place(next));
                    (at, next) = (at + 1, next + 1);
                }
                std::cmp::Ordering::Less => {
                    step.gone.push(place(at));
                    at += 1;
                }
                std::cmp::Ordering::Greater => {
                    step.fresh.add(place(next));
                    next += 1;
                }
            }
        }
        step.gone.extend((at..old.len()).map(place));
        step.fresh.extend((next..new.len()).map(place));
        // What is appended moves nothing.
        let moved = !step.gone.is_empty() || from.iter().take(old.len()).zip(0..).any(|(from, ix)| *from != ix);
        step.moved = moved.then_some((to, from));
        step
    }

    /// Where the row of this old place is.
    pub(super) fn to(&self, old: Ix) -> Ix {
        match &self.moved {
            Some((to, _)) => to.get(old as usize).copied().unwrap_or(GONE),
            None => old,
        }
    }

    /// Where the row of this place was; `None` if it is new.
    pub(super) fn from(&self, new: Ix) -> Option<Ix> {
        match &self.moved {
            Some((_, from)) => from.get(new as usize).copied().filter(|ix| *ix != GONE),
            None => Some(new).filter(|ix| (*ix as usize) < self.before),
        }
    }

    /// Whether nothing at all became of them.
    pub(super) fn is_none(&self) -> bool {
        self.fresh.is_empty() && self.gone.is_empty()
    }

    pub(super) const fn moves(&self) -> bool {
        self.moved.is_some()
    }

    fn list(&self, list: &mut List) {
        if self.moves() && list.iter().any(|ix| self.to(*ix) != *ix) {
            *list = list.iter().map(|ix| self.to(*ix)).filter(|ix| *ix != GONE).collect();
        }
    }

    fn stays(&self, list: &[Ix]) -> bool {
        !self.moves() || list.iter().all(|ix| self.to(*ix) == *ix)
    }

    /// A table's entries in their new places, as they were; new ones empty.
    fn carry<E: Default>(&self, old: &Shared<E>) -> Shared<E> {
        let len = self.fresh.there.len();
        if self.moved.is_none() && len == old.len() {
            return old.clone();
        }
        let entry = |ix| self.from(ix).and_then(|ix| old.get(ix as usize)).map_or_else(Arc::default, Arc::clone);
        (0..).take(len).map(entry).collect()
    }
}

fn place(ix: usize) -> Ix {
    // More rows than that are no program.
    Ix::try_from(ix).unwrap_or(GONE)
}

macro_rules! steps {
    ($($table:ident),+ $(,)?) => {
        /// What became of each table.
        #[derive(Debug, Default)]
        pub(super) struct Steps { $(pub(super) $table: Step),+ }

        impl Steps {
            pub(super) fn of(old: &Rows, new: &Rows) -> Self {
                Self { $($table: Step::of(&old.$table, &new.$table, |row| row.id)),+ }
            }

            /// The old index with every row's entry in its new place, referring to new places.
            pub(super) fn carried(&self, old: &Index) -> Index {
                let mut index = old.clone();
                $(
                    index.$table = self.$table.carry(&old.$table);
                    self.refer(&mut index.$table);
                )+
                index
            }
        }
    };
}
steps!(
    tracks,
    rooms,
    people,
    panels,
    papers,
    sessions,
    session_rooms,
    slots,
    participations,
    authorships,
    announcements
);

impl Steps {
    fn refer<E: Entry>(&self, entries: &mut Shared<E>) {
        if !E::moves(self) {
            return;
        }
        let moved: Vec<usize> = (0..entries.len()).filter(|ix| !entries[*ix].stays(self)).collect();
        if !moved.is_empty() {
            let entries = entries.make_mut();
            for ix in moved {
                Arc::make_mut(&mut entries[ix]).go(self);
            }
        }
    }
}

/// An entry that refers to places.
trait Entry: Clone {
    /// Whether any table that such entries refer to has rows in other places.
    fn moves(steps: &Steps) -> bool;
    /// Whether all that it refers to is where it was.
    fn stays(&self, steps: &Steps) -> bool;
    /// Refers to where all of it is now. A list loses what is gone.
    fn go(&mut self, steps: &Steps);
}

macro_rules! entries {
    ($($entry:ident { $($kind:ident $field:ident: $table:ident),* })+) => {
        $(impl Entry for $entry {
            fn moves(steps: &Steps) -> bool { $(steps.$table.moves())||* }
            fn stays(&self, steps: &Steps) -> bool { $(entries!(@stays $kind, steps.$table, self.$field))&&* }
            fn go(&mut self, steps: &Steps) { $(entries!(@go $kind, steps.$table, self.$field);)* }
        })+
    };
    (@stays one, $step:expr, $at:expr) => { $step.to($at) == $at };
    (@stays some, $step:expr, $at:expr) => { $at.is_none_or(|ix| $step.to(ix) == ix) };
    (@stays list, $step:expr, $at:expr) => { $step.stays(&$at) };
    (@go one, $step:expr, $at:expr) => { $at = $step.to($at) };
    (@go some, $step:expr, $at:expr) => { $at = $at.map(|ix| $step.to(ix)) };
    (@go list, $step:expr, $at:expr) => { $step.list(&mut $at) };
}
entries! {
    TrackIndex { list panels: panels }
    RoomIndex { list sessions: sessions }
    PersonIndex { list authorships: authorships, list participations: participations }
    PanelIndex { some track: tracks, list papers: papers, list sessions: sessions, list participations: participations }
    PaperIndex { one panel: panels, list authorships: authorships, list slots: slots }
    SessionIndex {
        one panel: panels, list session_rooms: session_rooms, list slots: slots, list participations: participations
    }
    SessionRoomIndex { one session: sessions, one room: rooms }
    SlotIndex { one session: sessions, one paper: papers, some session_room: session_rooms }
    ParticipationIndex { one person: people, one panel: panels, some session: sessions }
    AuthorshipIndex { one paper: papers, one person: people }
    AnnouncementIndex { some session: sessions }
}
