//! Pages of ordered lists by keyset: a cursor carries the key and the id it stands at, so it survives revisions, also
//! the deletion of what it pointed to.

use uuid::Uuid;

use super::index::Ix;

/// Where a node stands in its list: the key it is ordered by, then its id.
pub type Standing<'a> = (&'a str, Uuid);

/// What part of a list is asked for. At most one of `first` and `last`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first so many.
    pub first: Option<usize>,
    /// The last so many.
    pub last: Option<usize>,
    /// Only what stands after this.
    pub after: Option<(Box<str>, Uuid)>,
    /// Only what stands before this.
    pub before: Option<(Box<str>, Uuid)>,
}

/// A page: a range of the list, and whether there is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The first place of the list on the page.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Whether something stands before the page.
    pub has_previous: bool,
    /// Whether something stands after it.
    pub has_next: bool,
}

/// The page of `list`, which is ordered by `standing`.
pub fn page<'a>(list: &[Ix], window: &Window, standing: impl Fn(Ix) -> Standing<'a>) -> Page {
    let from =
        window.after.as_ref().map_or(0, |(key, id)| list.partition_point(|ix| standing(*ix) <= (key.as_ref(), *id)));
    let to = window
        .before
        .as_ref()
        .map_or(list.len(), |(key, id)| list.partition_point(|ix| standing(*ix) < (key.as_ref(), *id)));
    let to = to.max(from);
    let (start, end) = match (window.first, window.last) {
        (Some(first), _) => (from, from.saturating_add(first).min(to)),
        (None, Some(last)) => (to.saturating_sub(last).max(from), to),
        (None, None) => (from, to),
    };
    Page { start, end, has_previous: start > 0, has_next: end < list.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing<'a>(keys: &'a [String]) -> impl Fn(Ix) -> Standing<'a> {
        |ix| (keys[ix as usize].as_str(), Uuid::from_u128(u128::from(ix)))
    }

    proptest::proptest! {
        /// Walking by pages, either way, meets every node once and in order, also when nodes go meanwhile.
        #[test]
        fn pages_cover_the_list(
            mut keys in proptest::collection::vec("[a-c]{0,2}", 0..40),
            size in 1usize..7,
            gone in proptest::collection::vec(proptest::bool::ANY, 40),
        ) {
            keys.sort();
            let list: Vec<Ix> = (0..keys.len() as Ix).collect();
            let at = standing(&keys);
            let mut window = Window { first: Some(size), ..Window::default() };
            let (mut seen, mut remaining) = (Vec::new(), list.clone());
            loop {
                let page = page(&remaining, &window, &at);
                let nodes = &remaining[page.start..page.end];
                seen.extend_from_slice(nodes);
                let Some(last) = nodes.last() else { break };
                proptest::prop_assert_eq!(page.has_next, *last != *remaining.last().unwrap());
                window.after = Some((keys[*last as usize].as_str().into(), Uuid::from_u128(u128::from(*last))));
                // What was seen, the cursor's own node included, may go: the next page is the same.
                remaining.retain(|ix| !(seen.contains(ix) && gone[*ix as usize]));
            }
            proptest::prop_assert_eq!(&seen, &list);

            let mut window = Window { last: Some(size), ..Window::default() };
            let mut seen: Vec<Ix> = Vec::new();
            loop {
                let page = page(&list, &window, &at);
                let nodes = &list[page.start..page.end];
                let Some(first) = nodes.first() else { break };
                proptest::prop_assert_eq!(page.has_previous, *first != 0);
                seen.extend(nodes.iter().rev());
                window.before = Some((keys[*first as usize].as_str().into(), Uuid::from_u128(u128::from(*first))));
            }
            seen.reverse();
            proptest::prop_assert_eq!(seen, list);
        }
    }

    #[test]
    fn nothing_is_a_page_too() {
        let keys = ["a".to_owned(), "b".to_owned()];
        let none = page(&[0, 1], &Window { first: Some(0), ..Window::default() }, standing(&keys));
        assert_eq!(none, Page { start: 0, end: 0, has_previous: false, has_next: true });
        let crossed = Window {
            after: Some(("b".into(), Uuid::from_u128(1))),
            before: Some(("a".into(), Uuid::from_u128(0))),
            ..Window::default()
        };
        assert_eq!(page(&[0, 1], &crossed, standing(&keys)).start, 2);
    }
}
