//! What the demo's login provider remembers: codes and tokens, for a minute, in memory.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::Somebody;
use crate::auth::token::hash_text;

/// How long a code or a token is good.
const GOOD: TimeDelta = TimeDelta::seconds(60);
/// The most that are remembered.
const MOST: usize = 10_000;

/// What a code stands for.
pub(super) struct Grant {
    pub(super) person: Somebody,
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
}

/// All of it, by hash.
#[derive(Default)]
pub(super) struct Store {
    codes: HashMap<String, (DateTime<Utc>, Grant)>,
    tokens: HashMap<String, (DateTime<Utc>, Somebody)>,
}

impl Store {
    pub(super) fn put_code(&mut self, code: &str, grant: Grant, now: DateTime<Utc>) {
        room(&mut self.codes, now);
        self.codes.insert(hash_text(code), (now, grant));
    }

    /// What a code stands for, once.
    pub(super) fn take_code(&mut self, code: &str, now: DateTime<Utc>) -> Option<Grant> {
        let (at, grant) = self.codes.remove(&hash_text(code))?;
        (now - at < GOOD).then_some(grant)
    }

    pub(super) fn put_token(&mut self, token: &str, person: Somebody, now: DateTime<Utc>) {
        room(&mut self.tokens, now);
        self.tokens.insert(hash_text(token), (now, person));
    }

    pub(super) fn person_of(&self, token: &str, now: DateTime<Utc>) -> Option<Somebody> {
        let (at, person) = self.tokens.get(&hash_text(token))?;
        (now - *at < GOOD).then_some(*person)
    }
}

/// Forgets what is over, and everything if there is still too much: the next click makes another.
fn room<T>(held: &mut HashMap<String, (DateTime<Utc>, T)>, now: DateTime<Utc>) {
    if held.len() >= MOST {
        held.retain(|_, (at, _)| now - *at < GOOD);
    }
    if held.len() >= MOST {
        held.clear();
    }
}
