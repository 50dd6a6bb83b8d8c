//! Where writes are taken in: one at a time per scope, in the order in which they came, in a task that a client's
//! going away does not end.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::write::{SITE, WriteError, Written};
use crate::auth::accounts::Accounts;
use crate::clock::Source;
use crate::cursor::Position;
use crate::db::{Database, Stamp, is_transient, is_unique};
use crate::error::{AppError, ErrorCode};
use crate::live::{Bell, Programs};
use crate::mail::Post;
use crate::webhook::Webhooks;

/// How often a transaction that met another's lock, or another's same row, is tried again.
const TRIES: u32 = 5;

/// How many files are looked through at once, and how many imported.
const FILES: usize = 2;

/// What writes need. One per [`App`](crate::app::App).
pub struct Desk {
    /// The database.
    pub database: Database,
    /// Time, ids and randomness.
    pub source: Arc<dyn Source>,
    /// The programs in memory.
    pub programs: Arc<Programs>,
    /// The accounts in memory.
    pub accounts: Arc<Accounts>,
    /// Mail.
    pub post: Arc<Post>,
    /// Webhooks.
    pub webhooks: Arc<Webhooks>,
    /// Where other instances are told of what is committed here.
    pub bell: Bell,
    /// For files that are looked through to say what importing them would do: each takes several times its own size of
    /// memory.
    pub looking: Arc<Semaphore>,
    /// The same for those that are being imported, which wait for nobody who only looks.
    pub applying: Arc<Semaphore>,
    queues: Queues,
}

/// A queue for each scope that is being written to.
struct Queues {
    most: usize,
    queues: Mutex<HashMap<Uuid, Arc<Queue>>>,
}

struct Queue {
    turn: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Queues {
    fn of(&self, scope: Uuid) -> Arc<Queue> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody stands in are not kept.
        queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        let queue = queues.entry(scope).or_insert_with(|| {
            Arc::new(Queue { turn: Arc::new(Semaphore::new(1)), places: Arc::new(Semaphore::new(self.most)) })
        });
        Arc::clone(queue)
    }
}

impl Queue {
    fn place(&self) -> Result<OwnedSemaphorePermit, AppError> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            AppError::new(ErrorCode::Unavailable, "Too many changes wait to be written. Try again in a moment.")
        })
    }
}

impl Desk {
    /// A desk at which at most `waiting` writes stand in one queue.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "each is a part of its own, put together in one place")]
    pub fn new(
        database: Database,
        source: Arc<dyn Source>,
        programs: Arc<Programs>,
        accounts: Arc<Accounts>,
        post: Arc<Post>,
        webhooks: Arc<Webhooks>,
        bell: Bell,
        waiting: usize,
    ) -> Arc<Self> {
        let queues = Queues { most: waiting, queues: Mutex::default() };
        let [looking, applying] = [(); 2].map(|()| Arc::new(Semaphore::new(FILES)));
        Arc::new(Self { database, source, programs, accounts, post, webhooks, bell, looking, applying, queues })
    }

    /// Does `work` when it is its turn in this scope's queue, again if it met another's lock. It goes on when nobody
    /// waits for it any more: a write is never cut.
    ///
    /// # Errors
    /// What `work` came to; UNAVAILABLE if too many wait.
    pub async fn write<T, F>(
        self: &Arc<Self>,
        scope: Uuid,
        work: impl Fn(Arc<Self>) -> F + Send + 'static,
    ) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, WriteError>> + Send + 'static,
    {
        // SQLite has one writer, so there is one queue.
        let scope = if self.database.has_one_writer() { Uuid::nil() } else { scope };
        let queue = self.queues.of(scope);
        let place = queue.place()?;
        let own = Arc::clone(self);
        let span = tracing::Span::current();
        let task = async move {
            let _place = place;
            let _turn = queue.turn.acquire().await.map_err(AppError::internal)?;
            let mut tries = 0;
            loop {
                match work(Arc::clone(&own)).await {
                    Err(WriteError::Database(error))
                        if tries < TRIES && (is_transient(&error) || is_unique(&error)) =>
                    {
                        tries += 1;
                        tracing::info!(%error, tries, "a write met another; once more");
                    }
                    done => return done,
                }
            }
        };
        let task = tokio::spawn(tracing::Instrument::instrument(task, span));
        task.await.map_err(|broken| WriteError::App(AppError::internal(broken)))?
    }

    /// A conference was changed, by this commit: what is in memory here catches up before whoever changed it reads on,
    /// and others are told. What can't be read now the sweep finds out.
    pub async fn changed(&self, conference: Uuid, stamp: Stamp) {
        self.bell.ring(conference, stamp.revision);
        self.webhooks.wake();
        if let Err(error) = self.programs.reach(conference, stamp).await {
            tracing::warn!(%conference, ?error, "what was committed can't be read yet");
        }
    }

    /// What is a user's own was changed: whoever has it open is told.
    pub fn changed_own(&self, user: Uuid, positions: &[Position]) {
        if let Some(position) = positions.iter().find(|position| position.scope == user) {
            self.programs.users().seen(user, position.stamp);
            self.bell.ring_user(user, position.stamp.revision);
        }
    }

    /// What is in memory of the users whom this write names is not used any more.
    pub fn committed(&self, written: &Written) {
        if let Some((revision, users)) = &written.named {
            self.bell.ring(SITE, *revision);
            self.accounts.named(users, *revision);
        }
    }
}
