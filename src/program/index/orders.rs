//! Orders of whole tables, and what else is derived of a table as a whole.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::derive::Derive;
use super::step::{Set, Step};
use super::{DayIndex, Index, Ix, List, OnIt, PersonIndex};
use crate::program::row::Rows;

/// All places in an order; ties by place, which is by id.
fn sorted(len: usize, order: impl Fn(Ix, Ix) -> Ordering) -> List {
    let mut list: Vec<Ix> = (0..).take(len).collect();
    list.sort_by(|left, right| order(*left, *right));
    list.into()
}

/// An order with some of it moved.
fn reordered(old: &List, step: &Step, moved: &Set, len: usize, order: impl Fn(Ix, Ix) -> Ordering) -> List {
    if step.is_none() && moved.is_empty() {
        return old.clone();
    }
    if moved.len() * 8 > len {
        return sorted(len, order);
    }
    let order = |left: Ix, right: Ix| order(left, right).then(left.cmp(&right));
    let mut new: Vec<Ix> = moved.iter().collect();
    new.sort_unstable_by(|left, right| order(*left, *right));
    let stay: Vec<Ix> =
        old.iter().map(|ix| step.to(*ix)).filter(|ix| (*ix as usize) < len && !moved.has(*ix)).collect();
    let (mut list, mut from) = (Vec::with_capacity(len), 0);
    for ix in new {
        let to = from + stay[from..].partition_point(|there| order(*there, ix).is_lt());
        list.extend_from_slice(&stay[from..to]);
        list.push(ix);
        from = to;
    }
    list.extend_from_slice(&stay[from..]);
    list.into()
}

impl Derive<'_> {
    /// The orders of the tables; the keys have to be there.
    pub(super) fn orders(&mut self) {
        let (rows, steps, index) = (self.rows, &self.steps, &mut self.index);
        if !steps.tracks.is_none() {
            let position = |ix: Ix| rows.tracks[ix as usize].position;
            index.track_order = sorted(rows.tracks.len(), |left, right| position(left).cmp(&position(right)));
        }
        if !steps.rooms.is_none() {
            let position = |ix: Ix| rows.rooms[ix as usize].position;
            index.room_order = sorted(rows.rooms.len(), |left, right| position(left).cmp(&position(right)));
        }
        if !steps.announcements.is_none() {
            let newest = |ix: Ix| Reverse((rows.announcements[ix as usize].at, ix));
            let len = rows.announcements.len();
            index.announcement_order = sorted(len, |left, right| newest(left).cmp(&newest(right)));
        }
        macro_rules! by_key {
            ($table:ident, $order:ident) => {
                let entries = &index.$table;
                let by_key = |left: Ix, right: Ix| entries[left as usize].key.cmp(&entries[right as usize].key);
                index.$order = reordered(&index.$order, &steps.$table, &self.rekeyed.$table, entries.len(), by_key);
            };
        }
        by_key!(people, person_order);
        by_key!(panels, panel_order);
        by_key!(papers, paper_order);
        by_key!(sessions, session_order);
        if !steps.panels.is_none() {
            let codes = rows.panels.iter().zip(0..).map(|(row, ix)| (row.code.as_str().into(), ix));
            index.panel_by_code = Arc::new(codes.collect::<HashMap<_, _>>());
        }
        if !steps.sessions.is_none() || self.old.conference != rows.conference {
            index.days = Arc::new(days(rows, &index.session_order));
        }
    }

    /// Who is on the program now. The people's lists have to be there.
    pub(super) fn on_it(&mut self) {
        // Where what a login knows somebody by is the same, nothing is to be done: copying it all is not cheap.
        let known = |rows: &'_ Rows, index: &Index, ix: Ix| {
            let row = &rows.people[ix as usize];
            let busy = is_busy(&index.people[ix as usize]);
            let known = (row.email.as_deref().map(str::to_lowercase), row.orcid.clone());
            known_by(if busy { known } else { (None, None) })
        };
        let step = &self.steps.people;
        let changed: Vec<(Option<Ix>, Option<Ix>)> = self
            .marks
            .people
            .iter()
            .map(|ix| (step.from(ix), Some(ix)))
            .chain(step.gone.iter().map(|ix| (Some(*ix), None)))
            .collect();
        for (old, new) in changed {
            let old = old.and_then(|ix| known(self.old, self.before, ix));
            let new = new.and_then(|ix| known(self.rows, &self.index, ix));
            if old != new {
                let on_it = Arc::make_mut(&mut self.index.on_it);
                old.into_iter().for_each(|known| on_it.less(known));
                new.into_iter().for_each(|known| on_it.more(known));
            }
        }
    }
}

type Known = (Option<String>, Option<String>);

fn known_by(known: Known) -> Option<Known> {
    (known != (None, None)).then_some(known)
}

fn is_busy(index: &PersonIndex) -> bool {
    !(index.authorships.is_empty() && index.participations.is_empty())
}

impl OnIt {
    fn more(&mut self, (email, orcid): Known) {
        for (known, all) in [(email, &mut self.emails), (orcid, &mut self.orcids)] {
            if let Some(known) = known {
                *all.entry(known.into()).or_default() += 1;
            }
        }
    }

    fn less(&mut self, (email, orcid): Known) {
        for (known, all) in [(email, &mut self.emails), (orcid, &mut self.orcids)] {
            if let Some(known) = known
                && let Some(many) = all.get_mut(known.as_str())
            {
                *many -= 1;
                if *many == 0 {
                    all.remove(known.as_str());
                }
            }
        }
    }
}

/// The conference's own days and whatever other its sessions are on.
fn days(rows: &Rows, session_order: &[Ix]) -> Vec<DayIndex> {
    let mut dates: BTreeSet<NaiveDate> = rows.sessions.iter().filter_map(|row| row.date).collect();
    if let Some(conference) = rows.conference.first() {
        dates.extend(conference.starts_on.iter_days().take_while(|date| *date <= conference.ends_on).take(366));
    }
    let mut days: Vec<(NaiveDate, Vec<Ix>)> = dates.into_iter().map(|date| (date, Vec::new())).collect();
    for ix in session_order {
        if let Some(date) = rows.sessions[*ix as usize].date
            && let Ok(day) = days.binary_search_by_key(&date, |(date, _)| *date)
        {
            days[day].1.push(*ix);
        }
    }
    days.into_iter().map(|(date, sessions)| DayIndex { date, sessions: sessions.into() }).collect()
}
