//! The secret address of somebody's calendar: whom and what it is of, which of the addresses that they had, and a proof
//! that we made it. Nothing of it is stored. But the key of the proof is in the database, for all instances
//! (`server_key`): whoever has a dump of that can make everybody's address.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::mail::ReplyKey;

/// A user, a conference, and 256 bits of proof.
const BYTES: usize = 16 + 16 + 32;

/// What stands before everything that is proved here: a proof of it is of nothing else.
const PURPOSE: &[u8] = b"calendar";

/// What an address says, before it is known whether it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Whose calendar.
    pub user: Uuid,
    /// Of which conference.
    pub conference: Uuid,
    proof: [u8; 32],
}

/// The last part of the address: 86 letters, digits, `-` and `_`.
#[must_use]
pub fn token(key: &ReplyKey, user: Uuid, conference: Uuid, generation: i32) -> String {
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend_from_slice(user.as_bytes());
    bytes.extend_from_slice(conference.as_bytes());
    bytes.extend_from_slice(&proof(key, user, conference, generation));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn proof(key: &ReplyKey, user: Uuid, conference: Uuid, generation: i32) -> [u8; 32] {
    let mut data = Vec::with_capacity(16 + 16 + 4);
    data.extend_from_slice(user.as_bytes());
    data.extend_from_slice(conference.as_bytes());
    data.extend_from_slice(&generation.to_be_bytes());
    key.mac(PURPOSE, &data)
}

impl Claimed {
    /// Takes an address apart; `None` for what is none of ours by its form.
    #[must_use]
    pub fn read(token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token.as_bytes().get(..BYTES.div_ceil(3) * 4 - 2)?).ok()?;
        if URL_SAFE_NO_PAD.encode(&bytes) != token {
            return None;
        }
        let (user, rest) = bytes.split_first_chunk::<16>()?;
        let (conference, proof) = rest.split_first_chunk::<16>()?;
        let proof = proof.try_into().ok()?;
        Some(Self { user: Uuid::from_bytes(*user), conference: Uuid::from_bytes(*conference), proof })
    }

    /// Whether we made it, as the one of this number. Takes as long for a near miss as for any.
    #[must_use]
    pub fn holds(&self, key: &ReplyKey, generation: i32) -> bool {
        let ours = proof(key, self.user, self.conference, generation);
        bool::from(subtle::ConstantTimeEq::ct_eq(&ours[..], &self.proof[..]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn there_and_back(key: [u8; 32], other: [u8; 32], user: u128, conference: u128, generation: i32) {
            let (ours, user, conference) = (ReplyKey::new(key), Uuid::from_u128(user), Uuid::from_u128(conference));
            let text = token(&ours, user, conference, generation);
            prop_assert!(text.len() == 86 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            let claimed = Claimed::read(&text).unwrap();
            prop_assert_eq!((claimed.user, claimed.conference), (user, conference));
            prop_assert!(claimed.holds(&ours, generation));
            prop_assert!(!claimed.holds(&ours, generation.wrapping_add(1)));
            prop_assert_eq!(claimed.holds(&ReplyKey::new(other), generation), key == other);
        }

        /// Whatever is changed, it is no address any more.
        #[test]
        fn no_bit_can_change(key: [u8; 32], user: u128, conference: u128, at in 0usize..BYTES, bit in 0u8..8) {
            let key = ReplyKey::new(key);
            let text = token(&key, Uuid::from_u128(user), Uuid::from_u128(conference), 3);
            let mut bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
            bytes[at] ^= 1 << bit;
            let claimed = Claimed::read(&URL_SAFE_NO_PAD.encode(bytes)).unwrap();
            prop_assert!(!claimed.holds(&key, 3));
        }

        #[test]
        fn nothing_else_is_one(text in "[A-Za-z0-9_-]{80,90}|\\PC{0,90}") {
            if let Some(claimed) = Claimed::read(&text) {
                prop_assert_eq!(text.len(), 86);
                prop_assert!(!claimed.holds(&ReplyKey::new([7; 32]), 0));
            }
        }
    }
}
