//! What those share who ask the same: the steps, by where they begin.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::{Response, ServerError};
use bytes::Bytes;
use entity::enums::Audience;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::auth::LoginKind;
use crate::cursor::Cursor;
use crate::db::Stamp;
use crate::error::{ErrorCode, own_code};
use crate::graphql::Told;

/// How many steps of a hub are kept: readers that are a little behind still share.
const KEPT: usize = 4;

/// All hubs: one for each subscription that somebody reads.
#[derive(Default)]
pub(in crate::app) struct Hubs {
    by_key: Mutex<HashMap<Key, Arc<Hub>>>,
    pub(super) steps: AtomicU64,
}

/// What an answer depends on, beside the states it reads and the audience.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) query: String,
    pub(super) operation: Option<String>,
    /// In JSON, without the one that says where to begin.
    pub(super) variables: String,
    /// Who asks and by what, where the document names `viewer`.
    pub(super) who: Option<(Uuid, LoginKind)>,
}

/// One subscription, and its newest steps.
pub(super) struct Hub {
    pub(super) query: String,
    pub(super) operation: Option<String>,
    /// Known from the first run on.
    pub(super) conference: OnceLock<Uuid>,
    pub(super) steps: Mutex<Vec<(Start, Cell)>>,
}

/// A step, computed by the first who needs it.
pub(super) type Cell = Arc<OnceCell<Arc<Answer>>>;

/// Where a step begins, and what it is to lead to.
#[derive(Clone, PartialEq)]
pub(super) struct Start {
    pub(super) from: Option<Arc<Cursor>>,
    /// Where the first step begins, as the client wrote it.
    pub(super) after: Option<String>,
    pub(super) audience: Audience,
    pub(super) stamp: Stamp,
}

/// Where a step is kept that others may share.
pub(super) struct Place {
    pub(super) cell: Cell,
    pub(super) audience: Audience,
    pub(super) stamp: Stamp,
}

/// What a step came to.
pub(super) struct Answer {
    /// `None`: nothing to send.
    pub(super) payload: Option<Bytes>,
    pub(super) cursor: Arc<str>,
    pub(super) told: Told,
}

/// Why a step came to nothing.
pub(super) enum Failed {
    /// It may go well in a moment.
    ForNow,
    ForGood(Vec<ServerError>),
}

impl Hubs {
    /// How many steps were computed.
    pub(in crate::app) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    pub(super) fn of(&self, key: Key) -> Arc<Hub> {
        let mut hubs = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hub) = hubs.get(&key) {
            return Arc::clone(hub);
        }
        // Those that nobody reads any more are not kept.
        hubs.retain(|_, hub| Arc::strong_count(hub) > 1);
        let hub = Arc::new(Hub {
            query: key.query.clone(),
            operation: key.operation.clone(),
            conference: OnceLock::new(),
            steps: Mutex::default(),
        });
        hubs.insert(key, Arc::clone(&hub));
        hub
    }
}

impl Hub {
    /// The newest step that leads where this one does, wherever it begins: for a test of what that would do.
    pub(super) fn latest(&self, start: &Start) -> Option<Cell> {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let leads = |own: &Start| own.from.is_some() && own.audience == start.audience && own.stamp == start.stamp;
        let found = steps.iter().rev().find(|(own, _)| start.from.is_some() && leads(own));
        found.map(|(_, cell)| Arc::clone(cell))
    }

    pub(super) fn step(&self, start: Start) -> Cell {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = steps.iter().find(|(own, _)| *own == start) {
            return Arc::clone(cell);
        }
        if steps.len() >= KEPT {
            steps.remove(0);
        }
        let cell = Arc::new(OnceCell::new());
        steps.push((start, Arc::clone(&cell)));
        cell
    }
}

/// Why nothing came.
pub(super) fn failed(response: Option<Response>) -> Failed {
    let errors = response.map(|response| response.errors).unwrap_or_default();
    let passing = |error: &ServerError| {
        matches!(own_code(error), Some(ErrorCode::Unavailable | ErrorCode::Timeout | ErrorCode::RateLimited))
    };
    if !errors.is_empty() && errors.iter().all(passing) { Failed::ForNow } else { Failed::ForGood(errors) }
}
