//! Logins and accounts in memory: so that a request of somebody who is logged in costs no SQL, and is answered by the
//! rights as they are.
//!
//! An entry is read in one transaction with the site's revision and stamped with it. It is used only as long as no
//! later entry of the site's log names its user, also one that was applied while the entry was loading. So rights are
//! exact at the next request on the instance that changed them, and within a sweep on every other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::token::{Hash, Token};
use super::{Account, Login, LoginKind, Viewer};
use crate::db::{Database, Stamp};
use crate::error::AppError;

/// How many logins are kept before all are forgotten: more than are online at once.
const KEPT: usize = 100_000;

/// How many users that the log named are remembered one by one.
const NAMED: usize = 10_000;

/// How often a login is read again whose user was named while it was being read.
const TRIES: usize = 10;

/// After so long without a word from the database nobody can say whether a right still holds.
const SILENCE: Duration = Duration::from_secs(10);

/// A login's last use is written when it is this much older than what is stored.
const TOUCH: TimeDelta = TimeDelta::minutes(5);

/// How long login sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Without being used.
    pub idle: TimeDelta,
    /// At all.
    pub absolute: TimeDelta,
}

/// What a request brings as its login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The cookie of a login session.
    Session(Token),
    /// An access token.
    Access(Token),
}

impl Credential {
    fn hash(&self) -> Hash {
        match self {
            Self::Session(token) | Self::Access(token) => token.hash(),
        }
    }

    /// By what it is known in memory: the one kind of token is not the other.
    fn key(&self) -> Key {
        (matches!(self, Self::Access(_)), self.hash())
    }
}

/// Whether it is an access token, and its hash.
type Key = (bool, Hash);

/// All logins and accounts in memory. One per [`App`](crate::app::App).
#[derive(Debug)]
pub struct Accounts {
    database: Database,
    lifetimes: Lifetimes,
    state: Mutex<State>,
    /// Anybody's rights may have changed.
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    logins: HashMap<Key, Entry<Login>>,
    accounts: HashMap<Uuid, Entry<Account>>,
    /// The last revision of the site that named a user, of those named lately.
    named: HashMap<Uuid, i64>,
    /// Every entry older than this is suspect.
    floor: i64,
    /// Counts how often everything was forgotten: what was being read then is not kept.
    generation: u64,
    heard: Option<Instant>,
}

#[derive(Debug)]
struct Entry<T> {
    value: Arc<T>,
    /// The site's revision as of which it was read.
    revision: i64,
}

impl State {
    /// Whether what was read of this user as of this revision still holds.
    fn holds(&self, user: Uuid, revision: i64) -> bool {
        revision >= self.floor && self.named.get(&user).is_none_or(|named| *named <= revision)
    }

    fn get(&self, key: &Key) -> Option<(Arc<Login>, Arc<Account>)> {
        let login = self.logins.get(key)?;
        let user = login.value.user;
        let account = self.accounts.get(&user)?;
        let hold = self.holds(user, login.revision) && self.holds(user, account.revision);
        hold.then(|| (Arc::clone(&login.value), Arc::clone(&account.value)))
    }

    fn forget(&mut self) {
        self.logins.clear();
        self.accounts.clear();
        self.named.clear();
        self.floor = 0;
        self.generation += 1;
    }
}

impl Accounts {
    /// Nothing known yet.
    #[must_use]
    pub fn new(database: Database, lifetimes: Lifetimes) -> Self {
        Self { database, lifetimes, state: Mutex::default(), changed: watch::Sender::new(()) }
    }

    /// How long login sessions last.
    #[must_use]
    pub const fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }

    /// Whose login this is, now; `None` if it is no login, or has ended.
    ///
    /// # Errors
    /// UNAVAILABLE if that can't be known because the database can't be read.
    pub async fn viewer(
        self: &Arc<Self>,
        credential: &Credential,
        now: DateTime<Utc>,
    ) -> Result<Option<Viewer>, AppError> {
        if let Some(viewer) = self.held(credential, now)? {
            return Ok(Some(viewer));
        }
        let key = credential.key();
        for _ in 0..TRIES {
            let generation = self.lock().generation;
            let read = self.database.login(credential, &key.1.text()).await.map_err(AppError::unavailable_because)?;
            let Some((login, account)) = read.found.filter(|(login, _)| self.is_good(login, now)) else {
                self.lock().logins.remove(&key);
                return Ok(None);
            };
            let (login, account) = (Arc::new(login), Arc::new(account));
            if self.keep(key, &login, &account, read.site, generation) {
                self.touch(&login, &key, now);
                return Ok(Some(Viewer::User { account, login }));
            }
        }
        Err(AppError::unavailable_because("a user's rights change faster than they can be read"))
    }

    /// The same, if it is in memory; `None`: it may be anything.
    ///
    /// # Errors
    /// UNAVAILABLE if the database has been silent.
    pub fn held(self: &Arc<Self>, credential: &Credential, now: DateTime<Utc>) -> Result<Option<Viewer>, AppError> {
        let key = credential.key();
        let state = self.lock();
        if state.heard.is_some_and(|heard| heard.elapsed() > SILENCE) {
            return Err(AppError::unavailable_because("the database has been silent: rights can't be known"));
        }
        let Some((login, account)) = state.get(&key).filter(|(login, _)| self.is_good(login, now)) else {
            return Ok(None);
        };
        drop(state);
        self.touch(&login, &key, now);
        Ok(Some(Viewer::User { account, login }))
    }

    /// A user's account, now, without a login: for what acts for its owner by a secret of its own. `None` if there is no
    /// such user.
    ///
    /// # Errors
    /// UNAVAILABLE if that can't be known because the database can't be read.
    pub async fn account(&self, user: Uuid) -> Result<Option<Arc<Account>>, AppError> {
        for _ in 0..TRIES {
            let generation = {
                let state = self.lock();
                if state.heard.is_some_and(|heard| heard.elapsed() > SILENCE) {
                    return Err(AppError::unavailable_because("the database has been silent: rights can't be known"));
                }
                if let Some(entry) = state.accounts.get(&user).filter(|entry| state.holds(user, entry.revision)) {
                    return Ok(Some(Arc::clone(&entry.value)));
                }
                state.generation
            };
            let (site, found) = self.database.account(user).await.map_err(AppError::unavailable_because)?;
            let Some(account) = found.map(Arc::new) else { return Ok(None) };
            let mut state = self.lock();
            if state.generation != generation || !state.holds(user, site.revision) {
                continue;
            }
            if state.accounts.len() >= KEPT {
                state.logins.clear();
                state.accounts.clear();
            }
            let newer = state.accounts.get(&user).is_some_and(|entry| entry.revision > site.revision);
            if !newer {
                state.accounts.insert(user, Entry { value: Arc::clone(&account), revision: site.revision });
            }
            return Ok(Some(account));
        }
        Err(AppError::unavailable_because("a user's rights change faster than they can be read"))
    }

    /// Keeps what was read; false if it no longer holds.
    fn keep(&self, key: Key, login: &Arc<Login>, account: &Arc<Account>, site: Stamp, generation: u64) -> bool {
        let mut state = self.lock();
        let revision = site.revision;
        if state.generation != generation || !state.holds(account.user, revision) {
            return false;
        }
        if state.logins.len() >= KEPT {
            state.logins.clear();
            state.accounts.clear();
        }
        state.logins.insert(key, Entry { value: Arc::clone(login), revision });
        let newer = state.accounts.get(&account.user).is_some_and(|entry| entry.revision > revision);
        if !newer {
            state.accounts.insert(account.user, Entry { value: Arc::clone(account), revision });
        }
        true
    }

    fn is_good(&self, login: &Login, now: DateTime<Utc>) -> bool {
        match login.kind {
            LoginKind::Token(_) => login.expires_at.is_some_and(|end| now < end),
            LoginKind::Session => {
                now < login.created_at + self.lifetimes.absolute && now < login.seen_at + self.lifetimes.idle
            }
        }
    }

    /// Writes, once in some minutes, that the login is used. Nobody waits for it.
    fn touch(self: &Arc<Self>, login: &Arc<Login>, key: &Key, now: DateTime<Utc>) {
        if now < login.seen_at + TOUCH {
            return;
        }
        // In memory at once, so that the next request does not write it again.
        if let Some(entry) = self.lock().logins.get_mut(key)
            && entry.value.seen_at < now
        {
            entry.value = Arc::new(Login { seen_at: now, ..Login::clone(login) });
        } else {
            return;
        }
        let (own, login) = (Arc::clone(self), Arc::clone(login));
        tokio::spawn(async move {
            if let Err(error) = own.database.touch_login(&login, now).await {
                tracing::warn!(%error, "the last use of a login can't be written");
            }
        });
    }

    /// The site's revision that names these users: what is known of them from before it is not used any more.
    pub fn named(&self, users: &[Uuid], revision: i64) {
        let mut state = self.lock();
        for user in users {
            if state.named.len() >= NAMED {
                // Whoever was named and is forgotten must not get older rights back.
                state.floor = state.named.values().copied().fold(state.floor, i64::max);
                state.named.clear();
            }
            let last = state.named.entry(*user).or_insert(revision);
            *last = revision.max(*last);
            if state.accounts.get(user).is_some_and(|entry| entry.revision < revision) {
                state.accounts.remove(user);
            }
        }
        drop(state);
        self.changed.send_replace(());
    }

    /// Whoever wants to know when anybody's rights may have changed.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Forgets everything: the log does not say what changed.
    pub fn forget(&self) {
        self.lock().forget();
        self.changed.send_replace(());
    }

    /// The database has answered.
    pub fn heard(&self) {
        self.lock().heard = Some(Instant::now());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
