//! GUIDs and numbers that stay the same: made of a row's key and id alone, never of an order, a title, a time or a name.

use std::collections::HashSet;
use std::hash::Hash;

use uuid::Uuid;

/// What the rows of a table are known by in the file, in the order of the rows.
pub(super) struct Known {
    /// GUIDs, all different.
    pub guids: Vec<Uuid>,
    /// Numbers from 1 to 2³¹ - 1, all different.
    pub numbers: Vec<u32>,
}

impl Known {
    /// Of rows by age: where two would have the same, the older keeps it.
    pub(super) fn of<'a>(rows: impl ExactSizeIterator<Item = (&'a str, Uuid)>) -> Self {
        let mut ids = Vec::with_capacity(rows.len());
        let mut guids = Vec::with_capacity(rows.len());
        for (key, id) in rows {
            ids.push(id);
            guids.push(guid(key).unwrap_or(id));
        }
        // Ids differ anyway.
        if guids != ids {
            settle(&mut guids, |at, nth| if nth == 1 { ids[at] } else { made_of(ids[at], nth) });
        }
        let mut numbers: Vec<u32> = guids.iter().map(|guid| number(*guid, 0)).collect();
        settle(&mut numbers, |at, nth| number(guids[at], nth));
        Self { guids, numbers }
    }
}

/// A key that is a UUID, in the only form that a schedule has them in.
pub(super) fn guid(key: &str) -> Option<Uuid> {
    (key.len() == 36).then(|| Uuid::try_parse(key).ok()).flatten()
}

/// A UUID that is another one's and nobody else's.
pub(super) fn made_of(id: Uuid, nth: u64) -> Uuid {
    let (high, low) = id.as_u64_pair();
    let high = mixed(high ^ nth);
    let pair = Uuid::from_u64_pair(high, mixed(low ^ high));
    uuid::Builder::from_custom_bytes(pair.into_bytes()).into_uuid()
}

/// A positive number of 31 bits: what every app can hold.
fn number(guid: Uuid, nth: u64) -> u32 {
    let (high, low) = guid.as_u64_pair();
    let hash = mixed(mixed(high ^ nth) ^ low) >> 33;
    u32::try_from(hash).unwrap_or(0).max(1)
}

/// Spreads what differs in some bits over all of them (the finalizer of SplitMix64).
const fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Makes all different: whoever comes later takes the first of its next ones that is free.
fn settle<T: Copy + Ord + Hash>(all: &mut [T], next: impl Fn(usize, u64) -> T) {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    if sorted.windows(2).all(|pair| pair[0] != pair[1]) {
        return;
    }
    let mut taken = HashSet::with_capacity(all.len());
    for (at, own) in all.iter_mut().enumerate() {
        let mut nth = 0;
        while !taken.insert(*own) {
            nth += 1;
            *own = next(at, nth);
        }
    }
}
