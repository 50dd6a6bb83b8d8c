//! Keys that differ.

use std::collections::HashMap;

/// Keys that were given to things of one kind.
pub(in crate::format::schedule) struct Keys {
    /// How often each was wanted.
    taken: HashMap<String, usize>,
    most: usize,
}

impl Keys {
    /// Keys of at most so many characters.
    pub(in crate::format::schedule) fn new(most: usize) -> Self {
        Self { taken: HashMap::new(), most }
    }

    /// This key is somebody's already, however long it is.
    pub(in crate::format::schedule) fn hold(&mut self, key: &str) {
        self.taken.insert(key.to_owned(), 1);
    }

    /// Whether nobody has this key, which is not too long.
    pub(super) fn is_free(&self, key: &str) -> bool {
        !key.is_empty() && key.chars().count() <= self.most && !self.taken.contains_key(key)
    }

    /// This key, or one like it where it is taken or too long.
    pub(in crate::format::schedule) fn take(&mut self, wanted: &str) -> String {
        if self.is_free(wanted) {
            self.taken.insert(wanted.to_owned(), 1);
            return wanted.to_owned();
        }
        // Room for the number.
        let stem: String = wanted.chars().take(self.most - 8).collect();
        loop {
            let nth = self.taken.entry(stem.clone()).or_insert(0);
            *nth += 1;
            let key = if *nth == 1 && !stem.is_empty() { stem.clone() } else { format!("{stem}:{nth}") };
            if key == stem {
                return key;
            }
            if !self.taken.contains_key(&key) {
                self.taken.insert(key.clone(), 1);
                return key;
            }
        }
    }
}
