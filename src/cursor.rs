//! Cursors of streams and sync: where a client stands. Opaque to clients, checked by us.
//!
//! A cursor holds, for each scope that the answer depends on, the revision with its tag and how far into it; and the
//! audience that was answered. It is text that a client may keep for months and send to any instance, so it is
//! versioned and everything in it is checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::enums::Audience;
use uuid::Uuid;

use crate::db::Stamp;

/// Where a client stands in one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The conference, or user.
    pub scope: Uuid,
    /// Its state.
    pub stamp: Stamp,
    /// How many changes of that revision the client has; `i32::MAX`: all.
    pub n: i32,
}

/// How far a client is that fetches changes page by page. They are in an order in which nothing comes to a place that
/// the client has passed: what is changed meanwhile moves to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Page {
    /// The last revision of whose deletions it knew when it began.
    pub told: i64,
    /// The revision of the last change that it has.
    pub revision: i64,
    /// What kind of object that was of.
    pub kind: u8,
    /// Which.
    pub id: Uuid,
}

/// Where a client stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// In each scope: nothing older than this has been seen.
    pub positions: Vec<Position>,
    /// The audience that was answered.
    pub audience: Audience,
    /// In the midst of some changes; `None`: it has all of them.
    pub page: Option<Page>,
}

const VERSION: u8 = 1;
/// That of a cursor in the midst of some changes.
const PAGED: u8 = 2;
const PAGE_BYTES: usize = 8 + 8 + 1 + 16;
const POSITION_BYTES: usize = 16 + 8 + 8 + 4;
/// A conference and a user: more scopes no answer depends on.
const MAX_POSITIONS: usize = 2;

impl Cursor {
    /// The cursor of everything in one state of a conference.
    #[must_use]
    pub fn of(scope: Uuid, stamp: Stamp, audience: Audience) -> Self {
        Self { positions: vec![Position { scope, stamp, n: i32::MAX }], audience, page: None }
    }

    /// The state of this scope at which the cursor stands.
    #[must_use]
    pub fn stamp(&self, scope: Uuid) -> Option<Stamp> {
        self.positions.iter().find(|position| position.scope == scope).map(|position| position.stamp)
    }

    /// As clients see it.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(2 + self.positions.len() * POSITION_BYTES + PAGE_BYTES);
        bytes.push(if self.page.is_some() { PAGED } else { VERSION });
        bytes.push(self.audience as u8);
        for position in &self.positions {
            bytes.extend_from_slice(position.scope.as_bytes());
            bytes.extend_from_slice(&position.stamp.revision.to_be_bytes());
            bytes.extend_from_slice(&position.stamp.tag.to_be_bytes());
            bytes.extend_from_slice(&position.n.to_be_bytes());
        }
        if let Some(Page { told, revision, kind, id }) = &self.page {
            bytes.extend_from_slice(&told.to_be_bytes());
            bytes.extend_from_slice(&revision.to_be_bytes());
            bytes.push(*kind);
            bytes.extend_from_slice(id.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a client sent; `None` for anything that we have not encoded.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > 4 * (2 + MAX_POSITIONS * POSITION_BYTES + PAGE_BYTES) / 3 + 4 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (&[version, audience], rest) = bytes.split_first_chunk::<2>()?;
        let (rest, page) = match version {
            VERSION => (rest, None),
            PAGED => rest.split_last_chunk::<PAGE_BYTES>().map(|(rest, page)| (rest, Some(page)))?,
            _ => return None,
        };
        let page = match page {
            Some(page) => Some(Page::decode(page)?),
            None => None,
        };
        if rest.is_empty() || rest.len() > MAX_POSITIONS * POSITION_BYTES {
            return None;
        }
        let audience = *Audience::ALL.get(usize::from(audience))?;
        let (positions, remainder) = rest.as_chunks::<POSITION_BYTES>();
        if !remainder.is_empty() {
            return None;
        }
        let positions = positions.iter().map(Position::decode).collect::<Option<_>>()?;
        Some(Self { positions, audience, page })
    }
}

impl Page {
    fn decode(bytes: &[u8; PAGE_BYTES]) -> Option<Self> {
        let mut numbers = [[0; 8]; 2];
        numbers[0].copy_from_slice(&bytes[..8]);
        numbers[1].copy_from_slice(&bytes[8..16]);
        let mut id = [0; 16];
        id.copy_from_slice(&bytes[17..]);
        let [told, revision] = numbers.map(i64::from_be_bytes);
        // Before the first change is -1.
        (told >= 0 && revision >= -1).then_some(Self { told, revision, kind: bytes[16], id: Uuid::from_bytes(id) })
    }
}

impl Position {
    fn decode(bytes: &[u8; POSITION_BYTES]) -> Option<Self> {
        let (scope, rest) = bytes.split_first_chunk::<16>()?;
        let (revision, rest) = rest.split_first_chunk::<8>()?;
        let (tag, rest) = rest.split_first_chunk::<8>()?;
        let stamp = Stamp { revision: i64::from_be_bytes(*revision), tag: i64::from_be_bytes(*tag) };
        let n = i32::from_be_bytes(rest.try_into().ok()?);
        (stamp.revision >= 0 && n >= 0).then_some(Self { scope: Uuid::from_bytes(*scope), stamp, n })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::any;

    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_encoded_comes_back(
            scope: u128, revision in 0i64.., tag: i64, n in 0i32.., audience in 0usize..4, two: bool,
            page in proptest::option::of((0i64.., -1i64.., any::<u8>(), any::<u128>())),
        ) {
            let page = page.map(|(told, revision, kind, id)| Page { told, revision, kind, id: Uuid::from_u128(id) });
            let position = Position { scope: Uuid::from_u128(scope), stamp: Stamp { revision, tag }, n };
            let mut positions = vec![position];
            positions.extend(two.then_some(position));
            let cursor = Cursor { positions, audience: Audience::ALL[audience], page };
            proptest::prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        /// Garbage is refused, and what is accepted is exactly what we would have written.
        #[test]
        fn garbage_is_no_cursor(text in "[A-Za-z0-9_-]{0,160}|\\PC{0,40}") {
            if let Some(cursor) = Cursor::decode(&text) {
                proptest::prop_assert_eq!(cursor.encode(), text);
            }
        }

        /// A place that nobody can stand at: arithmetic on it is for no one to try.
        #[test]
        fn no_place_is_before_the_first(told: i64, revision: i64, below in ..-1i64, negative in ..0i64) {
            let position = Position { scope: Uuid::from_u128(7), stamp: Stamp { revision: 3, tag: -9 }, n: i32::MAX };
            for (told, revision) in [(told, below), (negative, revision)] {
                let page = Some(Page { told, revision, kind: 1, id: Uuid::max() });
                let cursor = Cursor { positions: vec![position], audience: Audience::Public, page };
                proptest::prop_assert_eq!(Cursor::decode(&cursor.encode()), None);
            }
        }

        #[test]
        fn a_cursor_cut_short_is_none(cut in 1usize..48) {
            let whole = Cursor::of(Uuid::from_u128(7), Stamp { revision: 3, tag: -9 }, Audience::Public).encode();
            proptest::prop_assert_eq!(Cursor::decode(&whole[..whole.len() - cut]), None);
        }
    }
}
