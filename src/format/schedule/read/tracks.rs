//! Tracks: those that a schedule lists, and those that only its events name.

use std::collections::HashMap;

use super::keys::Keys;
use super::said::Track;
use crate::format::program_file as file;
use crate::format::read::KEY;

/// Tracks, which events know by their names.
pub(super) struct Tracks {
    /// In their order.
    pub(super) list: Vec<file::Track>,
    codes: HashMap<String, String>,
    keys: Keys,
}

impl Tracks {
    /// Those that a schedule lists.
    pub(super) fn of(said: Vec<Track>) -> Self {
        let mut tracks = Self { list: Vec::new(), codes: HashMap::new(), keys: Keys::new(KEY) };
        for Track { name, slug } in said {
            tracks.put(name, slug);
        }
        tracks
    }

    /// The code of the track of this name.
    pub(super) fn code(&mut self, name: &str) -> String {
        self.put(name.to_owned(), None)
    }

    fn put(&mut self, name: String, slug: Option<String>) -> String {
        if let Some(code) = self.codes.get(&name) {
            return code.clone();
        }
        let code = self.keys.take(slug.as_deref().unwrap_or(&name));
        self.codes.insert(name.clone(), code.clone());
        self.list.push(file::Track { code: code.clone(), name });
        code
    }
}
