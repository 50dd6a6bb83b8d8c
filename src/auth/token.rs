//! Tokens: 256 random bits as text. The server keeps their hashes only, so whoever reads its database can use none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What an access token begins with, so that people and programs that look for leaked secrets know one when they see
/// it.
pub const ACCESS_PREFIX: &str = "plenary_";

/// A token before it is given away: it is shown once and then forgotten.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(***)")
    }
}

impl Token {
    /// One of these bits, which nobody can guess.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// As a cookie or an address bears it: 43 letters, digits, `-` and `_`.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// As a program's `Authorization` bears it.
    #[must_use]
    pub fn access_text(&self) -> String {
        format!("{ACCESS_PREFIX}{}", self.text())
    }

    /// What somebody sent; `None` for anything that we have not made.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut bytes = [0; 33];
        if text.len() != 43 {
            return None;
        }
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (token, _) = bytes.split_first_chunk::<32>()?;
        (length == 32).then_some(Self(*token))
    }

    /// What somebody sent as an access token.
    #[must_use]
    pub fn read_access(text: &str) -> Option<Self> {
        Self::read(text.strip_prefix(ACCESS_PREFIX)?)
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash(Sha256::digest(self.0).into())
    }
}

/// A token's hash: what it is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// As it is stored.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// The hash of any text, as it is stored: of a cookie, a mutation's input, an address.
#[must_use]
pub fn hash_text(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn there_and_back(secret: [u8; 32]) {
            let token = Token::new(secret);
            prop_assert_eq!(Token::read(&token.text()), Some(token));
            prop_assert_eq!(Token::read_access(&token.access_text()), Some(token));
            let shown = format!("{token:?}");
            prop_assert!(!shown.contains(&token.text()));
            prop_assert_ne!(token.hash().text(), token.text());
        }

        #[test]
        fn nothing_else_is_one(text in "\\PC{0,60}") {
            if let Some(token) = Token::read(&text) {
                prop_assert_eq!(token.text(), &*text);
            }
            prop_assert_eq!(Token::read_access(&text), None);
        }
    }
}
