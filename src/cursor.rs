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

/// Where a client stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// In each scope.
    pub positions: Vec<Position>,
    /// The audience that was answered.
    pub audience: Audience,
}

const VERSION: u8 = 1;
const POSITION_BYTES: usize = 16 + 8 + 8 + 4;
/// A conference and a user: more scopes no answer depends on.
const MAX_POSITIONS: usize = 2;

impl Cursor {
    /// The cursor of everything in one state of a conference.
    #[must_use]
    pub fn of(scope: Uuid, stamp: Stamp, audience: Audience) -> Self {
        Self { positions: vec![Position { scope, stamp, n: i32::MAX }], audience }
    }

    /// The state of this scope at which the cursor stands.
    #[must_use]
    pub fn stamp(&self, scope: Uuid) -> Option<Stamp> {
        self.positions.iter().find(|position| position.scope == scope).map(|position| position.stamp)
    }

    /// As clients see it.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(2 + self.positions.len() * POSITION_BYTES);
        bytes.push(VERSION);
        bytes.push(self.audience as u8);
        for position in &self.positions {
            bytes.extend_from_slice(position.scope.as_bytes());
            bytes.extend_from_slice(&position.stamp.revision.to_be_bytes());
            bytes.extend_from_slice(&position.stamp.tag.to_be_bytes());
            bytes.extend_from_slice(&position.n.to_be_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a client sent; `None` for anything that we have not encoded.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > 4 * (2 + MAX_POSITIONS * POSITION_BYTES) / 3 + 4 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (&[version, audience], rest) = bytes.split_first_chunk::<2>()?;
        if version != VERSION || rest.is_empty() || rest.len() > MAX_POSITIONS * POSITION_BYTES {
            return None;
        }
        let audience = *Audience::ALL.get(usize::from(audience))?;
        let (positions, remainder) = rest.as_chunks::<POSITION_BYTES>();
        if !remainder.is_empty() {
            return None;
        }
        let positions = positions.iter().map(Position::decode).collect::<Option<_>>()?;
        Some(Self { positions, audience })
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
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_encoded_comes_back(
            scope: u128, revision in 0i64.., tag: i64, n in 0i32.., audience in 0usize..4, two: bool,
        ) {
            let position = Position { scope: Uuid::from_u128(scope), stamp: Stamp { revision, tag }, n };
            let mut positions = vec![position];
            positions.extend(two.then_some(position));
            let cursor = Cursor { positions, audience: Audience::ALL[audience] };
            proptest::prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        /// Garbage is refused, and what is accepted is exactly what we would have written.
        #[test]
        fn garbage_is_no_cursor(text in "[A-Za-z0-9_-]{0,110}|\\PC{0,40}") {
            if let Some(cursor) = Cursor::decode(&text) {
                proptest::prop_assert_eq!(cursor.encode(), text);
            }
        }

        #[test]
        fn a_cursor_cut_short_is_none(cut in 1usize..48) {
            let whole = Cursor::of(Uuid::from_u128(7), Stamp { revision: 3, tag: -9 }, Audience::Public).encode();
            proptest::prop_assert_eq!(Cursor::decode(&whole[..whole.len() - cut]), None);
        }
    }
}
