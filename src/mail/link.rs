//! The links by which a message is answered: nothing of them is stored, so whoever reads the database can make none
//! without the server's key, and whoever reads one link can make no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// How long a link is good, from when its message was taken in.
pub const GOOD_FOR: TimeDelta = TimeDelta::days(180);

/// A message's id and 256 bits that prove that we made the link.
const BYTES: usize = 16 + 32;

/// A user's and a conference's id, and the proof.
const STOP_BYTES: usize = 32 + 32;

/// The letters of these.
const STOP_LETTERS: usize = (STOP_BYTES * 8).div_ceil(6);

/// The key of this server's links and hashes.
pub struct ReplyKey([u8; 32]);

impl std::fmt::Debug for ReplyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReplyKey(***)")
    }
}

impl ReplyKey {
    /// This one.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// What a link to this message bears: 64 letters, digits, `-` and `_`. A message has one recipient, so its link says
    /// who comes.
    #[must_use]
    pub fn token(&self, message: Uuid) -> String {
        let mut bytes = [0; BYTES];
        let (id, proof) = bytes.split_at_mut(16);
        id.copy_from_slice(message.as_bytes());
        proof.copy_from_slice(&self.mac(b"reply", message.as_bytes()));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The message that a link is to; `None` for one that we have not made. Takes as long for a near miss as for any.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<Uuid> {
        if token.len() != BYTES / 3 * 4 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, proof) = bytes.split_first_chunk::<16>()?;
        let id = Uuid::from_bytes(*id);
        bool::from(subtle::ConstantTimeEq::ct_eq(&self.mac(b"reply", id.as_bytes())[..], proof)).then_some(id)
    }

    /// What a link bears by which this user wants to be told of no more changes at this conference: 86 letters, digits, `-`
    /// and `_`. It is good for ever, and for nothing else.
    #[must_use]
    pub fn stop_token(&self, user: Uuid, conference: Uuid) -> String {
        let mut bytes = [0; STOP_BYTES];
        let (ids, proof) = bytes.split_at_mut(32);
        ids.copy_from_slice(&both(user, conference));
        proof.copy_from_slice(&self.mac(b"stop notices", &both(user, conference)));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The user and the conference of such a link; `None` for one that we have not made. Takes as long for a near miss as
    /// for any.
    #[must_use]
    pub fn read_stop(&self, token: &str) -> Option<(Uuid, Uuid)> {
        if token.len() != STOP_LETTERS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (user, rest) = bytes.split_first_chunk::<16>()?;
        let (conference, proof) = rest.split_first_chunk::<16>()?;
        let (user, conference) = (Uuid::from_bytes(*user), Uuid::from_bytes(*conference));
        let ours = self.mac(b"stop notices", &both(user, conference));
        bool::from(subtle::ConstantTimeEq::ct_eq(&ours[..], proof)).then_some((user, conference))
    }

    /// An address as limits and refusals know it: they outlive the program on which the address was.
    #[must_use]
    pub fn hash(&self, address: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(b"address", address.as_bytes()))
    }

    /// What proves that we made something, for this purpose and no other.
    pub(crate) fn mac(&self, purpose: &[u8], data: &[u8]) -> [u8; 32] {
        // Of a key as long as the block or shorter, which 32 bytes are, HMAC takes it as it is: this is `new_from_slice`
        // without an error that can't be.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        for (to, from) in block.iter_mut().zip(self.0) {
            *to = from;
        }
        let mut mac = <Hmac<Sha256> as Mac>::new(&block);
        // What it is for can't run into what it is of.
        mac.update(&[u8::try_from(purpose.len()).unwrap_or(u8::MAX)]);
        mac.update(purpose);
        mac.update(data);
        mac.finalize().into_bytes().into()
    }
}

fn both(user: Uuid, conference: Uuid) -> [u8; 32] {
    let mut ids = [0; 32];
    let (first, second) = ids.split_at_mut(16);
    first.copy_from_slice(user.as_bytes());
    second.copy_from_slice(conference.as_bytes());
    ids
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn there_and_back(key: [u8; 32], other: [u8; 32], id: u128) {
            let (ours, id) = (ReplyKey::new(key), Uuid::from_u128(id));
            let token = ours.token(id);
            prop_assert!(token.len() == 64 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(ours.read(&token), Some(id));
            prop_assert_eq!(ReplyKey::new(other).read(&token), (key == other).then_some(id));
            let shown = format!("{ours:?}");
            prop_assert!(!shown.contains(&token));
        }

        /// Whatever is changed, it is no link any more.
        #[test]
        fn no_bit_can_change(key: [u8; 32], id: u128, at in 0usize..48, bit in 0u8..8) {
            let key = ReplyKey::new(key);
            let mut bytes = URL_SAFE_NO_PAD.decode(key.token(Uuid::from_u128(id))).unwrap();
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(key.read(&URL_SAFE_NO_PAD.encode(bytes)), None);
        }

        #[test]
        fn stops_there_and_back(key: [u8; 32], other: [u8; 32], user: u128, conference: u128, bit in 0usize..512) {
            let (ours, ids) = (ReplyKey::new(key), (Uuid::from_u128(user), Uuid::from_u128(conference)));
            let token = ours.stop_token(ids.0, ids.1);
            prop_assert!(token.len() == 86 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(ours.read_stop(&token), Some(ids));
            prop_assert_eq!(ReplyKey::new(other).read_stop(&token), (key == other).then_some(ids));
            prop_assert_eq!(ours.read(&token), None);
            prop_assert_eq!(ours.read_stop(&ours.token(ids.0)), None);
            let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(ours.read_stop(&URL_SAFE_NO_PAD.encode(bytes)), None);
        }

        #[test]
        fn nothing_else_stops(key: [u8; 32], text in "[A-Za-z0-9_-]{86}|\\PC{0,120}") {
            prop_assert_eq!(ReplyKey::new(key).read_stop(&text), None);
        }

        #[test]
        fn nothing_else_is_one(key: [u8; 32], text in "[A-Za-z0-9_-]{64}|\\PC{0,80}") {
            prop_assert_eq!(ReplyKey::new(key).read(&text), None);
        }
    }

    /// RFC 4231, test case 2 has a short key too: filling it up is what HMAC does.
    #[test]
    fn the_key_is_hmacs() {
        let key = [9; 32];
        let mut library = <Hmac<Sha256> as Mac>::new_from_slice(&key).unwrap();
        library.update(b"\x05replyx");
        let ours = ReplyKey::new(key).mac(b"reply", b"x");
        assert_eq!(ours[..], library.finalize().into_bytes()[..]);
    }
}
