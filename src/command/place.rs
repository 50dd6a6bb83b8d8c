//! Places in lists: what is put where, with as few rows written as can be.

use std::collections::HashSet;

use uuid::Uuid;

use super::import::positions;

/// A row's place in a list: whose, and its position now.
pub(super) type Placed = (Uuid, i32);

/// Positions for a list in which one is put to this place, from 1; beyond the last, or without a word: last. Only those
/// that change.
pub(super) fn put(list: &[Placed], own: Uuid, place: Option<i32>) -> Vec<Placed> {
    let mut sorted = list.to_vec();
    sorted.sort_by_key(|(id, position)| (*position, *id));
    let now = sorted.iter().position(|(id, _)| *id == own);
    let held = now.map(|at| sorted.remove(at).1);
    let place = place.map_or(sorted.len(), |place| usize::try_from(place - 1).unwrap_or(0).min(sorted.len()));
    let mut order: Vec<(Uuid, Option<i32>)> = sorted.iter().map(|(id, position)| (*id, Some(*position))).collect();
    order.insert(place, (own, held.filter(|_| now == Some(place))));
    changed(&order)
}

/// Positions for a list in this order; what has none now is new in it. Only those that change.
pub(super) fn changed(order: &[(Uuid, Option<i32>)]) -> Vec<Placed> {
    let now: Vec<Option<i32>> = order.iter().map(|(_, position)| *position).collect();
    let places = order.iter().zip(positions(&now));
    places.filter(|((_, before), after)| *before != Some(*after)).map(|((id, _), after)| (*id, after)).collect()
}

/// The first that is there twice.
pub(super) fn twice<T: Eq + std::hash::Hash + Copy>(all: impl IntoIterator<Item = T>) -> Option<usize> {
    let mut seen = HashSet::new();
    all.into_iter().position(|one| !seen.insert(one))
}
