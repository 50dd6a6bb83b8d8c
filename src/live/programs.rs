//! The programs in use, one immutable snapshot each, and the directory.
//!
//! A program is loaded when it is first asked for, once however many ask (single flight), replaced when the sweep or a
//! client's floor shows that the database is ahead, and dropped when nobody has asked for it for a while. While the
//! database can't be reached, what is held goes on being served.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::mutant::Mutant;
use super::users::Users;
use crate::auth::accounts::Accounts;
use crate::db::{Database, Directory, Stamp};
use crate::error::AppError;
use crate::program::Program;
use crate::program::row::Table;

/// The scope of the site: the directory.
pub(super) const SITE: Uuid = Uuid::nil();

/// All programs in use, and the directory. One per [`App`](crate::app::App).
#[derive(Debug)]
pub struct Programs {
    database: Database,
    idle: Duration,
    accounts: Arc<Accounts>,
    directory: Held<Directory>,
    /// The state of the site up to which its log was followed.
    followed: AsyncMutex<Option<Stamp>>,
    programs: Mutex<HashMap<Uuid, Arc<Entry>>>,
    /// Changes whenever another conference is in use, or one no longer.
    used: watch::Sender<()>,
    users: Users,
    /// The rule that is broken, in a test of it.
    #[cfg(test)]
    pub(crate) mutant: std::sync::OnceLock<Mutant>,
    loads: AtomicU64,
    followed_logs: AtomicU64,
}

/// The state of what is not held.
pub(super) const NOTHING: Stamp = Stamp { revision: -1, tag: 0 };

/// One conference's place: it stays while the program in it is replaced.
#[derive(Debug)]
struct Entry {
    held: Held<Program>,
    /// The state held: whoever waits for another one. Only the newest counts, so nobody can lag behind it.
    watch: watch::Sender<Stamp>,
    used: Mutex<Instant>,
}

/// A program in memory, for whoever operates the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InMemory {
    /// The conference.
    pub slug: String,
    /// Its revision.
    pub revision: i64,
    /// How many rows it has.
    pub rows: usize,
    /// How long ago it was loaded.
    pub age: Duration,
}

/// A value that is replaced whole, and the right to load its successor.
#[derive(Debug)]
struct Held<T> {
    now: Mutex<Option<(Arc<T>, Instant)>>,
    loading: AsyncMutex<()>,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { now: Mutex::new(None), loading: AsyncMutex::new(()) }
    }
}

impl<T> Held<T> {
    fn get(&self) -> Option<Arc<T>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(value, _)| Arc::clone(value))
    }

    /// With how long it has been held.
    fn aged(&self) -> Option<(Arc<T>, Duration)> {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.as_ref().map(|(value, since)| (Arc::clone(value), since.elapsed()))
    }

    fn set(&self, value: Option<Arc<T>>) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = value.map(|value| (value, Instant::now()));
    }
}

impl Programs {
    /// Nothing held yet. `idle` is how long an unused program stays; `accounts` are told what the site's log says of
    /// them.
    #[must_use]
    pub fn new(database: Database, idle: Duration, accounts: Arc<Accounts>) -> Self {
        Self {
            database,
            idle,
            accounts,
            directory: Held::default(),
            followed: AsyncMutex::default(),
            programs: Mutex::default(),
            used: watch::Sender::new(()),
            users: Users::default(),
            #[cfg(test)]
            mutant: std::sync::OnceLock::new(),
            loads: AtomicU64::new(0),
            followed_logs: AtomicU64::new(0),
        }
    }

    /// How many times a program or the directory was loaded from the database.
    #[must_use]
    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }

    /// How many times a program was brought up to date by its log instead.
    #[must_use]
    pub fn followed(&self) -> u64 {
        self.followed_logs.load(Ordering::Relaxed)
    }

    /// The state of a conference's program as it is held, for whoever waits for the next. To be attached to before the
    /// program is read: then no change is missed. A conference that is watched is in use.
    #[must_use]
    pub fn watch(&self, conference: Uuid) -> watch::Receiver<Stamp> {
        self.entry(conference).watch.subscribe()
    }

    /// Whether this rule is broken here: never, but in a test of it.
    #[cfg(test)]
    pub(crate) fn breaks(&self, rule: Mutant) -> bool {
        self.mutant.get() == Some(&rule)
    }

    /// Whether this rule is broken here: never, but in a test of it.
    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "only a test has something to look at")]
    pub(crate) const fn breaks(&self, _: Mutant) -> bool {
        false
    }

    /// The users whose own state is followed.
    #[must_use]
    pub const fn users(&self) -> &Users {
        &self.users
    }

    /// Changes whenever another conference is in use, or one no longer: see [`Programs::in_memory`].
    #[must_use]
    pub fn used(&self) -> watch::Receiver<()> {
        self.used.subscribe()
    }

    /// Whether this revision of the scope is newer than what is held of it. What is not in use is not behind.
    #[must_use]
    pub fn is_behind(&self, scope: Uuid, revision: i64) -> bool {
        if scope == SITE {
            // Who follows it at this moment finds it himself.
            return self.followed.try_lock().is_ok_and(|followed| followed.is_none_or(|held| held.revision < revision));
        }
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let held = programs.get(&scope).and_then(|entry| entry.held.get());
        held.is_some_and(|program| program.stamp.revision < revision) || self.users.is_behind(scope, revision)
    }

    /// The directory, loaded if it is not held.
    ///
    /// # Errors
    /// UNAVAILABLE if it has to be loaded and the database can't be read.
    pub async fn directory(&self) -> Result<Arc<Directory>, AppError> {
        match self.directory.get() {
            Some(directory) => Ok(directory),
            None => self.reload_directory(|_| true).await,
        }
    }

    /// The program of this conference, loaded if it is not held; `None` if there is no such conference.
    ///
    /// # Errors
    /// UNAVAILABLE if it has to be loaded and the database can't be read.
    pub async fn program(&self, conference: Uuid) -> Result<Option<Arc<Program>>, AppError> {
        let entry = self.entry(conference);
        match entry.held.get() {
            Some(program) => Ok(Some(program)),
            None => self.reload(conference, &entry, |_| true).await,
        }
    }

    /// Whether the program of this conference is in memory.
    #[must_use]
    pub fn is_held(&self, conference: Uuid) -> bool {
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        programs.get(&conference).is_some_and(|entry| entry.held.get().is_some())
    }

    /// The program that is held, if any is.
    #[must_use]
    pub fn program_held(&self, conference: Uuid) -> Option<Arc<Program>> {
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        programs.get(&conference).and_then(|entry| entry.held.get())
    }

    /// The same, if it is in exactly this state.
    #[must_use]
    pub fn held_at(&self, conference: Uuid, stamp: Stamp) -> Option<Arc<Program>> {
        self.program_held(conference).filter(|program| program.stamp == stamp)
    }

    /// Brings what is held to at least this state, which is known to be committed: the conference's program, and with
    /// the site's the directory.
    ///
    /// # Errors
    /// UNAVAILABLE if the database can't be read.
    pub async fn reach(&self, conference: Uuid, stamp: Stamp) -> Result<(), AppError> {
        let seen = self.database.stamps(&[SITE]).await.map_err(AppError::unavailable_because)?;
        if let Some((_, now)) = seen.first() {
            self.follow_site(*now).await?;
        }
        if self.is_held(conference) {
            let entry = self.entry(conference);
            self.reload(conference, &entry, |held| held.revision >= stamp.revision).await?;
        }
        Ok(())
    }

    /// The programs in memory.
    #[must_use]
    pub fn held(&self) -> Vec<InMemory> {
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let held = programs.values().filter_map(|entry| entry.held.aged());
        held.map(|(program, age)| InMemory {
            slug: program.conference().slug.clone(),
            revision: program.stamp.revision,
            rows: program.rows.len(),
            age,
        })
        .collect()
    }

    /// The program of this conference, at least as new as `floor`. A floor that the database has not reached, or whose
    /// tag is another, is of another history and is ignored.
    ///
    /// # Errors
    /// UNAVAILABLE if it has to be loaded and the database can't be read.
    pub async fn program_at_least(&self, conference: Uuid, floor: Stamp) -> Result<Option<Arc<Program>>, AppError> {
        let entry = self.entry(conference);
        let held = match entry.held.get() {
            Some(program) if program.stamp.revision >= floor.revision => return Ok(Some(program)),
            Some(program) => program,
            None => return self.reload(conference, &entry, |held| held.revision >= floor.revision).await,
        };
        // A floor is a client's word: the database is asked for one row before it is believed.
        let now = self.database.stamps(&[conference]).await.map_err(AppError::unavailable_because)?;
        match now.first() {
            Some((_, now)) if *now != held.stamp => {
                self.reload(conference, &entry, |held| held.revision >= now.revision).await
            }
            _ => Ok(Some(held)),
        }
    }

    /// The conferences in use, with the state held of each: what the sweep compares.
    fn in_use(&self) -> Vec<(Uuid, Stamp)> {
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        programs.iter().filter_map(|(id, entry)| Some((*id, entry.held.get()?.stamp))).collect()
    }

    /// Asks the database for the state of whatever is in use, and catches up: what the sweep does, now.
    ///
    /// # Errors
    /// UNAVAILABLE if the database can't be read; what is held stays.
    pub async fn look(&self) -> Result<(), AppError> {
        let seen = self.database.stamps(&self.scopes()).await.map_err(AppError::unavailable_because)?;
        for (scope, error) in self.catch_up(&seen).await {
            tracing::warn!(%scope, ?error, "this scope can't be brought up to date");
        }
        Ok(())
    }

    /// The same for some scopes only.
    ///
    /// # Errors
    /// UNAVAILABLE if the database can't be read; what is held stays.
    pub async fn look_at(&self, scopes: &[Uuid]) -> Result<(), AppError> {
        let seen = self.database.stamps(scopes).await.map_err(AppError::unavailable_because)?;
        for (scope, error) in self.catch_up_with(scopes, &seen).await {
            tracing::warn!(%scope, ?error, "this scope can't be brought up to date");
        }
        Ok(())
    }

    /// Takes what the sweep saw: whatever differs is loaded afresh. A scope that is gone is dropped. What could not be
    /// loaded stays as it is, and is told; it keeps nothing else from catching up.
    pub async fn catch_up(&self, seen: &[(Uuid, Stamp)]) -> Vec<(Uuid, AppError)> {
        self.catch_up_with(&self.scopes(), seen).await
    }

    async fn catch_up_with(&self, asked: &[Uuid], seen: &[(Uuid, Stamp)]) -> Vec<(Uuid, AppError)> {
        let mut failed = Vec::new();
        for (scope, now) in seen {
            self.users.seen(*scope, *now);
        }
        if let Some((_, now)) = seen.iter().find(|(id, _)| *id == SITE) {
            failed.extend(self.follow_site(*now).await.err().map(|error| (SITE, error)));
        }
        for (scope, held) in self.in_use().into_iter().filter(|(scope, _)| asked.contains(scope)) {
            let loaded = match seen.iter().find(|(id, _)| *id == scope) {
                Some((_, now)) if *now == held => Ok(()),
                Some((_, now)) if self.breaks(Mutant::UpwardsOnly) && now.revision <= held.revision => Ok(()),
                Some(_) => self.reload(scope, &self.entry(scope), |held_now| held_now != held).await.map(|_| ()),
                None => {
                    self.drop_program(scope);
                    Ok(())
                }
            };
            failed.extend(loaded.err().map(|error| (scope, error)));
        }
        failed
    }

    /// Follows the site to this state: the accounts that its log names are not used any more, and the directory is
    /// loaded afresh if it names a conference.
    async fn follow_site(&self, now: Stamp) -> Result<(), AppError> {
        let mut followed = self.followed.lock().await;
        self.accounts.heard();
        let since = match *followed {
            Some(since) if since == now => return Ok(()),
            since => since,
        };
        let log = match since {
            Some(since) => self.database.site_log(since).await.map_err(AppError::unavailable_because)?,
            None => None,
        };
        let Some((entries, reached)) = log else {
            // What changed is not known: everything may have.
            self.accounts.forget();
            if self.directory.get().is_some_and(|directory| directory.stamp != now) {
                self.reload_directory(|held| held == now).await?;
            }
            *followed = Some(now);
            return Ok(());
        };
        let (conferences, users): (Vec<_>, Vec<_>) =
            entries.iter().partition(|entry| entry.entity == Table::Conference.name());
        for entry in users {
            self.accounts.named(&[entry.row], entry.revision);
        }
        match self.directory.get() {
            None => {}
            Some(_) if !conferences.is_empty() => {
                self.reload_directory(|held| held.revision >= reached.revision).await?;
            }
            Some(held) if held.stamp.revision < reached.revision => {
                self.directory.set(Some(Arc::new(Directory { stamp: reached, ..Directory::clone(&held) })));
            }
            Some(_) => {}
        }
        *followed = Some(reached);
        Ok(())
    }

    /// The scopes that the sweep asks for: those in use, and the site's always, which also shows that the database
    /// answers.
    #[must_use]
    pub fn scopes(&self) -> Vec<Uuid> {
        let mut scopes = self.in_memory();
        scopes.extend(self.users.followed());
        scopes
    }

    /// The scopes of conferences in use, and the site's.
    #[must_use]
    pub fn in_memory(&self) -> Vec<Uuid> {
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        programs.keys().copied().chain([SITE]).collect()
    }

    /// Drops the programs that nobody has asked for since `idle` ago.
    pub fn drop_idle(&self) {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let before = programs.len();
        programs.retain(|_, entry| {
            let used = *entry.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.elapsed() < self.idle || entry.watch.receiver_count() > 0
        });
        if programs.len() != before {
            self.used.send_replace(());
        }
    }

    fn drop_program(&self, conference: Uuid) {
        let gone = self.programs.lock().unwrap_or_else(PoisonError::into_inner).remove(&conference);
        if let Some(entry) = gone {
            self.used.send_replace(());
            entry.watch.send_replace(NOTHING);
        }
    }

    fn entry(&self, conference: Uuid) -> Arc<Entry> {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = programs.entry(conference).or_insert_with(|| {
            self.used.send_replace(());
            Arc::new(Entry {
                held: Held::default(),
                watch: watch::Sender::new(NOTHING),
                used: Mutex::new(Instant::now()),
            })
        });
        *entry.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Arc::clone(entry)
    }

    /// Loads the program, unless somebody else has meanwhile loaded one that is `enough`.
    async fn reload(
        &self,
        conference: Uuid,
        entry: &Entry,
        enough: impl Fn(Stamp) -> bool,
    ) -> Result<Option<Arc<Program>>, AppError> {
        let _turn = entry.held.loading.lock().await;
        if let Some(program) = entry.held.get().filter(|program| enough(program.stamp)) {
            return Ok(Some(program));
        }
        let before = entry.held.get();
        if let Some(before) = &before
            && let Some(program) = self.follow(conference, before).await?
        {
            return Ok(Some(self.put(entry, program)));
        }
        self.loads.fetch_add(1, Ordering::Relaxed);
        let loaded = match self.database.load_program(conference).await {
            Ok(loaded) => loaded,
            Err(error) => return Err(AppError::unavailable_because(error)),
        };
        let Some(loaded) = loaded else {
            entry.held.set(None);
            entry.watch.send_replace(NOTHING);
            self.drop_program(conference);
            return Ok(None);
        };
        // Deriving takes milliseconds of pure work: not on a thread that serves sockets.
        let program = tokio::task::spawn_blocking(move || Program::build(loaded)).await.map_err(AppError::internal)?;
        Ok(Some(self.put(entry, program.map_err(AppError::internal)?)))
    }

    /// The program held, as its log has changed it since; `None` if the log does not lead on from it.
    async fn follow(&self, conference: Uuid, held: &Arc<Program>) -> Result<Option<Program>, AppError> {
        let log = self.database.log_after(conference, held.stamp).await.map_err(AppError::unavailable_because)?;
        let Some(log) = log.filter(|log| !log.is_empty()) else { return Ok(None) };
        let held = Arc::clone(held);
        let followed = tokio::task::spawn_blocking(move || held.followed(log)).await.map_err(AppError::internal)?;
        match followed {
            Ok(program) => {
                self.followed_logs.fetch_add(1, Ordering::Relaxed);
                Ok(Some(program))
            }
            Err(torn) => {
                tracing::error!(%conference, why = %torn.0, "the log can't be followed; the program is loaded afresh");
                Ok(None)
            }
        }
    }

    /// Holds this program from now on, and tells those who watch.
    fn put(&self, entry: &Entry, program: Program) -> Arc<Program> {
        let program = Arc::new(program);
        let searched = entry.held.get().is_some_and(|before| before.is_searched());
        entry.held.set(Some(Arc::clone(&program)));
        entry.watch.send_if_modified(|stamp| std::mem::replace(stamp, program.stamp) != program.stamp);
        if searched {
            // Where people search, the next one need not wait for the index. The program itself waits for nothing.
            let program = Arc::clone(&program);
            tokio::spawn(async move {
                if let Err(error) = program.search().await {
                    tracing::error!(%error, "a program can't be searched");
                }
            });
        }
        program
    }

    async fn reload_directory(&self, enough: impl Fn(Stamp) -> bool) -> Result<Arc<Directory>, AppError> {
        let _turn = self.directory.loading.lock().await;
        if let Some(directory) = self.directory.get().filter(|directory| enough(directory.stamp)) {
            return Ok(directory);
        }
        self.loads.fetch_add(1, Ordering::Relaxed);
        let directory = self.database.load_directory().await.map_err(AppError::unavailable_because)?;
        let directory = Arc::new(directory);
        self.directory.set(Some(Arc::clone(&directory)));
        Ok(directory)
    }
}
