//! Tables that revisions share: what a revision does not touch costs it nothing.

use std::ops::Deref;
use std::sync::Arc;

/// The entries of one table, shared by every revision that has the same ones; each entry is shared on its own too.
#[derive(Debug)]
pub struct Shared<T>(Arc<Vec<Arc<T>>>);

impl<T> Shared<T> {
    /// The entries to change, copied first where another revision has them too: their contents are not.
    pub fn make_mut(&mut self) -> &mut Vec<Arc<T>> {
        Arc::make_mut(&mut self.0)
    }

    /// Changes an entry: a copy of it where another revision has it too, and none at all if it stays the same.
    pub fn change(&mut self, at: usize, how: impl FnOnce(&mut T))
    where
        T: Clone + Eq,
    {
        if let Some(own) = Arc::get_mut(&mut self.0).and_then(|entries| Arc::get_mut(&mut entries[at])) {
            return how(own);
        }
        let mut entry = T::clone(&self.0[at]);
        how(&mut entry);
        if entry != *self.0[at] {
            self.make_mut()[at] = Arc::new(entry);
        }
    }

    /// Whether they are the very same entries: `false` says nothing.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Eq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Eq> Eq for Shared<T> {}

impl<T> Deref for Shared<T> {
    type Target = [Arc<T>];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> From<Vec<Arc<T>>> for Shared<T> {
    fn from(entries: Vec<Arc<T>>) -> Self {
        Self(Arc::new(entries))
    }
}

impl<T> FromIterator<Arc<T>> for Shared<T> {
    fn from_iter<I: IntoIterator<Item = Arc<T>>>(entries: I) -> Self {
        entries.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a Arc<T>;
    type IntoIter = std::slice::Iter<'a, Arc<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
