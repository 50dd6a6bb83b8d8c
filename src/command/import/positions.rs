//! Sparse positions: an order that can be changed by writing only what moved.

/// The distance at which fresh positions are laid out, so that much fits between two before all must be renumbered.
const GAP: i32 = 1_024;

/// Positions for items in their new order, each given with the position it has now, if it has one. As many as can
/// keep theirs do; the others are put between.
#[must_use]
pub(in crate::command) fn positions(now: &[Option<i32>]) -> Vec<i32> {
    let kept = longest_increasing(now);
    let mut result: Vec<Option<i32>> = vec![None; now.len()];
    for ix in kept {
        result[ix] = now[ix];
    }
    let mut start = 0;
    while start < result.len() {
        if result[start].is_some() {
            start += 1;
            continue;
        }
        let end = (start..result.len()).find(|ix| result[*ix].is_some()).unwrap_or(result.len());
        let low = start.checked_sub(1).and_then(|ix| result[ix]);
        let high = result.get(end).copied().flatten();
        let Some(fill) = between(low, high, end - start) else { return fresh(now.len()) };
        for (place, position) in result[start..end].iter_mut().zip(fill) {
            *place = Some(position);
        }
        start = end;
    }
    result.into_iter().flatten().collect()
}

fn fresh(n: usize) -> Vec<i32> {
    (1..).map(|i: i32| i.saturating_mul(GAP)).take(n).collect()
}

/// `n` increasing positions strictly between two, or `None` if they don't fit.
fn between(low: Option<i32>, high: Option<i32>, n: usize) -> Option<Vec<i32>> {
    let count = i64::try_from(n).ok()? + 1;
    let (low, step) = match (low.map(i64::from), high.map(i64::from)) {
        (low, None) => (low.unwrap_or(0), i64::from(GAP)),
        (None, Some(high)) => (high - count * i64::from(GAP), i64::from(GAP)),
        (Some(low), Some(high)) => (low, (high - low) / count),
    };
    if step == 0 {
        return None;
    }
    (1..count).map(|i| i32::try_from(low + i * step).ok()).collect()
}

/// The places of a longest strictly increasing run of the positions there are.
fn longest_increasing(now: &[Option<i32>]) -> Vec<usize> {
    // The place that ends the best run of each length, and for each place the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; now.len()];
    for (ix, position) in now.iter().enumerate() {
        let Some(position) = position else { continue };
        let length = ends.partition_point(|end| now[*end].is_some_and(|held| held < *position));
        before[ix] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() {
            ends.push(ix);
        } else {
            ends[length] = ix;
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(ix) = at {
        run.push(ix);
        at = before[ix];
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_moved_is_written() {
        assert_eq!(positions(&[None, None]), [1024, 2048]);
        assert_eq!(positions(&[Some(3072), Some(1024), Some(2048)]), [0, 1024, 2048]);
        assert_eq!(positions(&[Some(1024), None, Some(2048)]), [1024, 1536, 2048]);
        assert_eq!(positions(&[Some(1), None, Some(2)]), [1024, 2048, 3072], "no room: all anew");
        assert_eq!(positions(&[Some(7), Some(9), None]), [7, 9, 1033]);
    }

    proptest::proptest! {
        #[test]
        fn always_increasing_and_stable(now in proptest::collection::vec(proptest::option::of(-5i32..5_000), 0..60)) {
            let result = positions(&now);
            proptest::prop_assert_eq!(result.len(), now.len());
            proptest::prop_assert!(result.is_sorted_by(|a, b| a < b));
            // What is in order already stays as it is.
            let again: Vec<_> = result.iter().copied().map(Some).collect();
            proptest::prop_assert_eq!(positions(&again), result);
        }

        #[test]
        fn extremes_do_not_overflow(now in proptest::collection::vec(proptest::option::of(proptest::num::i32::ANY), 0..9)) {
            proptest::prop_assert!(positions(&now).is_sorted_by(|a, b| a < b));
        }
    }
}
