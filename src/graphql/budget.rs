//! The work budget of a request: what a document may grow to while it runs.
//!
//! The door has measured the document, but not how long the lists are that it asks for. So every list draws on the
//! request's budget before it is made: as many fields as are asked of each of its items, with everything below, and the
//! bytes of their names; every text then draws its own length. A filter draws the length of the list that it looks
//! through. Every so often it lets others run too, which is also when a time limit can end it.
//!
//! What many requests draw at once has a bound too ([`Crowd`]): only a few large answers are made at a time, so that
//! memory holds them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, OutputType, Pos, Positioned, SelectionField, ServerResult, Value};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

use crate::error::{AppError, ErrorCode};

/// How many fields may be resolved before others get a turn.
const TURN: u64 = 2_000;

/// What is said when too many large documents wait.
const BUSY: &str =
    "Too many large answers are asked for at this moment. Try again in a moment, or ask for less at once.";

/// How many items a filter looks at before others get a turn.
const TURN_ITEMS: usize = 2_000;

/// What a field takes in an answer beside its name and its text: punctuation, and a number, a date or a member's name.
const FIELD_BYTES: u64 = 20;

/// What an `id` takes beside that.
const ID_BYTES: u64 = 50;

/// What stands around a text in a list.
const QUOTES: u64 = 3;

/// All requests that are being answered. However many come at once, only so many documents run at a time, and of those
/// that turn out to be large only a few. One per [`App`](crate::app::App).
#[derive(Debug)]
pub struct Crowd {
    documents: Arc<Semaphore>,
    large: Arc<Semaphore>,
    large_fields: u64,
    /// For those that wait to become large; without one of these nobody waits.
    waiting: Arc<Semaphore>,
}

impl Crowd {
    /// So many documents at once, and so many that resolve more than `large_fields`, for which so many others may wait.
    #[must_use]
    pub fn new(documents: usize, large: usize, large_fields: u64, waiting: usize) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self { documents: semaphore(documents), large: semaphore(large), large_fields, waiting: semaphore(waiting) }
    }
}

/// A request's budget. One is in the data of each request.
#[derive(Debug)]
pub struct Budget {
    crowd: Arc<Crowd>,
    /// Its place among the documents that run; given up when it becomes large.
    small: Mutex<Option<OwnedSemaphorePermit>>,
    /// Its place among the large.
    large: OnceCell<OwnedSemaphorePermit>,
    most_fields: u64,
    most_bytes: u64,
    fields: AtomicU64,
    bytes: AtomicU64,
    over: AtomicBool,
    /// Whether it found too many others waiting.
    turned_away: AtomicBool,
    /// What is asked of one item of the list that is asked for at this place of the document.
    weights: Mutex<HashMap<Pos, Weight>>,
}

/// What is asked of one item: so many fields, so many bytes without its texts.
#[derive(Clone, Copy, Debug)]
struct Weight {
    fields: u64,
    bytes: u64,
}

impl Budget {
    /// So many resolved fields, and so large an answer. Waits until the document may run.
    ///
    /// # Errors
    /// UNAVAILABLE if the server is stopping.
    pub async fn new(crowd: &Arc<Crowd>, most_fields: u64, most_bytes: u64) -> Result<Self, AppError> {
        let place = Arc::clone(&crowd.documents).acquire_owned().await.map_err(AppError::unavailable_because)?;
        Ok(Self {
            crowd: Arc::clone(crowd),
            small: Mutex::new(Some(place)),
            large: OnceCell::new(),
            most_fields,
            most_bytes,
            fields: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            over: AtomicBool::new(false),
            turned_away: AtomicBool::new(false),
            weights: Mutex::default(),
        })
    }

    /// Waits for a place among the large, if the document has become one. Before what makes it large is made: those
    /// that wait hold little.
    async fn admitted(&self) -> Result<(), AppError> {
        if self.fields.load(Ordering::Relaxed) <= self.crowd.large_fields {
            return Ok(());
        }
        let place = || async {
            if let Ok(place) = Arc::clone(&self.crowd.large).try_acquire_owned() {
                return Ok(place);
            }
            let Ok(_waiting) = self.crowd.waiting.try_acquire() else {
                self.turned_away.store(true, Ordering::Relaxed);
                return Err(busy());
            };
            // Small ones go on meanwhile.
            self.small.lock().unwrap_or_else(PoisonError::into_inner).take();
            Arc::clone(&self.crowd.large).acquire_owned().await.map_err(AppError::unavailable_because)
        };
        self.large.get_or_try_init(place).await.map(|_| ())
    }

    /// The error that the whole request ends with, if it asked for more than it may, or for much at a bad moment:
    /// nothing partial is answered.
    #[must_use]
    pub fn exceeded(&self) -> Option<AppError> {
        if self.turned_away.load(Ordering::Relaxed) {
            return Some(busy());
        }
        self.over.load(Ordering::Relaxed).then(|| self.error())
    }

    fn error(&self) -> AppError {
        let (fields, bytes) = (self.fields.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        if fields > self.most_fields {
            AppError::too_expensive("resolved_fields", "fields to resolve", fields, self.most_fields)
        } else {
            AppError::too_expensive("answer_bytes", "bytes to answer", bytes, self.most_bytes)
        }
    }

    fn weight(&self, ctx: &Context<'_>) -> Weight {
        let mut weights = self.weights.lock().unwrap_or_else(PoisonError::into_inner);
        *weights.entry(ctx.item.pos).or_insert_with(|| {
            let below = below(ctx.field());
            Weight { fields: below.fields.max(1), bytes: below.bytes.max(FIELD_BYTES) }
        })
    }

    /// Draws on the budget; whether somebody else should get a turn.
    fn draw(&self, fields: u64, bytes: u64) -> Result<bool, AppError> {
        let before = self.fields.fetch_add(fields, Ordering::Relaxed);
        let bytes_before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(fields) > self.most_fields || bytes_before.saturating_add(bytes) > self.most_bytes {
            self.over.store(true, Ordering::Relaxed);
            return Err(self.error());
        }
        Ok(before / TURN != (before + fields) / TURN)
    }
}

fn busy() -> AppError {
    AppError::new(ErrorCode::Unavailable, BUSY)
}

/// What is asked below a field. The door has seen to it that this is not much.
fn below(field: SelectionField<'_>) -> Weight {
    field.selection_set().fold(Weight { fields: 0, bytes: 0 }, |sum, field| {
        let own = below(field);
        let name = field.alias().unwrap_or(field.name()).len() as u64;
        let id = if field.name() == "id" { ID_BYTES } else { 0 };
        Weight {
            fields: sum.fields.saturating_add(own.fields).saturating_add(1),
            bytes: sum.bytes.saturating_add(own.bytes).saturating_add(name + id + FIELD_BYTES),
        }
    })
}

/// Before a list of so many items is made.
pub(super) async fn spend(ctx: &Context<'_>, items: usize) -> Result<(), AppError> {
    let Some(budget) = ctx.data_opt::<Arc<Budget>>() else { return Ok(()) };
    let (weight, items) = (budget.weight(ctx), items as u64);
    let turn = budget.draw(items.saturating_mul(weight.fields), items.saturating_mul(weight.bytes))?;
    budget.admitted().await?;
    if turn {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Before work that costs as much as so many fields.
pub(super) async fn toil(ctx: &Context<'_>, fields: u64) -> Result<(), AppError> {
    let Some(budget) = ctx.data_opt::<Arc<Budget>>() else { return Ok(()) };
    if budget.draw(fields, 0)? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Those of a list that a filter lets through. Each that it looks at counts as a field.
pub(super) async fn sift<T: Copy + Sync>(
    ctx: &Context<'_>,
    list: &[T],
    keep: &(dyn Fn(T) -> bool + Send + Sync),
) -> Result<Vec<T>, AppError> {
    let budget = ctx.data_opt::<Arc<Budget>>();
    let mut kept = Vec::new();
    for part in list.chunks(TURN_ITEMS) {
        if let Some(budget) = budget {
            budget.draw(part.len() as u64, 0)?;
        }
        kept.extend(part.iter().copied().filter(|item| keep(*item)));
        tokio::task::yield_now().await;
    }
    Ok(kept)
}

/// A text that draws its length on the budget when it is answered. In the schema it is what it holds.
pub(super) struct Text<T>(pub(super) T);

impl<T: OutputType> OutputType for Text<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let value = self.0.resolve(ctx, field).await?;
        if let (Value::String(text), Some(budget)) = (&value, ctx.data_opt::<Arc<Budget>>()) {
            budget.draw(0, text.len() as u64 + QUOTES).map_err(AppError::into_server_error)?;
        }
        Ok(value)
    }
}
