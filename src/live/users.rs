//! Users whose own state somebody follows: their stars. Nothing of it is held but where it stands.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

use super::programs::NOTHING;
use crate::db::Stamp;

/// The users whose state is followed. What nobody follows is forgotten.
#[derive(Debug, Default)]
pub struct Users(Mutex<HashMap<Uuid, watch::Sender<Stamp>>>);

impl Users {
    /// A user's state, for whoever waits for the next. To be attached to before what it is about is read.
    #[must_use]
    pub fn watch(&self, user: Uuid) -> watch::Receiver<Stamp> {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.entry(user).or_insert_with(|| watch::Sender::new(NOTHING)).subscribe()
    }

    /// A user's state as the database has just said it.
    pub fn seen(&self, user: Uuid, stamp: Stamp) {
        let users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watched) = users.get(&user) {
            watched.send_if_modified(|held| std::mem::replace(held, stamp) != stamp);
        }
    }

    /// Whether this revision is newer than what was seen of a user who is followed.
    #[must_use]
    pub fn is_behind(&self, user: Uuid, revision: i64) -> bool {
        let users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.get(&user).is_some_and(|watched| watched.borrow().revision < revision)
    }

    /// Those who are followed.
    #[must_use]
    pub fn followed(&self) -> Vec<Uuid> {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.retain(|_, watched| watched.receiver_count() > 0);
        users.keys().copied().collect()
    }
}
