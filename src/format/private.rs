//! What nobody else may see: e-mail addresses and links in the middle of other text, and in keys.

use std::borrow::Cow;

use uuid::Uuid;

use super::Scope;
use super::escape::first;

/// What a row is known by in a file: its key, but for everyone its id where an e-mail address or a link is in the key.
/// Whatever refers to the row has the same.
pub(super) fn key(scope: Scope, key: &str, id: Uuid) -> Cow<'_, str> {
    match scope {
        Scope::Whole => Cow::Borrowed(key),
        // Nearly all keys have neither sign.
        Scope::Public if first(key.as_bytes(), |byte| (byte == b'@') | (byte == b':')).is_none() => Cow::Borrowed(key),
        Scope::Public if masked(key) == key => Cow::Borrowed(key),
        Scope::Public => Cow::Owned(id.to_string()),
    }
}

/// A text with `…` in place of each e-mail address and each link in it.
pub(crate) fn masked(text: &str) -> String {
    let apart = |c: char| c.is_whitespace() || "\"'<>()[]{}|,;`\u{201c}\u{201d}".contains(c);
    text.split_inclusive(apart)
        .flat_map(|part| {
            let word = part.trim_end_matches(apart);
            [if is_private(word) { "…" } else { word }, &part[word.len()..]]
        })
        .collect()
}

/// Whether a word is an e-mail address or a link. Those that only show how one is written are neither.
fn is_private(word: &str) -> bool {
    // A slash in a JSON pointer is written so.
    let link = ["://", ":~1~1"].iter().filter_map(|sign| word.split_once(sign)).any(|(_, rest)| !rest.is_empty());
    let address = word.match_indices('@').any(|(at, _)| at > 0 && at + 1 < word.len());
    (link || address) && word != "name@example.org"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_unless_it_is_private() {
        let id = Uuid::from_u128(7);
        for shown in
            ["", "ann", "P1:2", "https://", "@ann", "Tides: an opening", "0190a5e0-0000-7000-8000-000000000001"]
        {
            assert_eq!(key(Scope::Public, shown, id), shown);
        }
        for private in
            ["ann@canary.example", "https://meet.example/x", "zoom://1", "room https://meet.example/x", "Ann <a@b>"]
        {
            assert_eq!(key(Scope::Public, private, id), id.to_string());
            assert_eq!(key(Scope::Whole, private, id), private);
        }
    }
}
