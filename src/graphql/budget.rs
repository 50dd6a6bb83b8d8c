//! The work budget of a request: what a document may grow to while it runs.
//!
//! The door has measured the document, but not how long the lists are that it asks for. So every list draws on the
//! request's budget before it is made: as many fields as are asked of each of its items, with everything below. Every so
//! often it lets others run too, which is also when a time limit can end it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Pos, SelectionField};

use crate::error::AppError;

/// How many fields may be resolved before others get a turn.
const TURN: u64 = 2_000;

/// What a field takes in an answer beside its text: its name and punctuation.
const FIELD_BYTES: u64 = 16;

/// A request's budget. One is in the data of each request.
#[derive(Debug)]
pub struct Budget {
    most_fields: u64,
    most_bytes: u64,
    fields: AtomicU64,
    bytes: AtomicU64,
    over: AtomicBool,
    /// How many fields are asked of one item of the list that is asked for at this place of the document.
    weights: Mutex<HashMap<Pos, u64>>,
}

impl Budget {
    /// So many resolved fields, and so large an answer.
    #[must_use]
    pub fn new(most_fields: u64, most_bytes: u64) -> Self {
        Self {
            most_fields,
            most_bytes,
            fields: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            over: AtomicBool::new(false),
            weights: Mutex::default(),
        }
    }

    /// The error that the whole request ends with, if it asked for more than it may: nothing partial is answered.
    #[must_use]
    pub fn exceeded(&self) -> Option<AppError> {
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

    fn weight(&self, ctx: &Context<'_>) -> u64 {
        let mut weights = self.weights.lock().unwrap_or_else(PoisonError::into_inner);
        *weights.entry(ctx.item.pos).or_insert_with(|| below(ctx.field()).max(1))
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

/// How many fields are asked below a field. The door has seen to it that this is not many.
fn below(field: SelectionField<'_>) -> u64 {
    field.selection_set().map(|field| 1 + below(field)).sum()
}

/// Before a list of so many items is made.
pub(super) async fn spend(ctx: &Context<'_>, items: usize) -> Result<(), AppError> {
    let Some(budget) = ctx.data_opt::<Arc<Budget>>() else { return Ok(()) };
    let fields = (items as u64).saturating_mul(budget.weight(ctx));
    if budget.draw(fields, fields.saturating_mul(FIELD_BYTES))? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Before a long text is answered.
pub(super) fn spend_text<'a>(ctx: &Context<'_>, text: Option<&'a str>) -> Option<Result<&'a str, AppError>> {
    let text = text?;
    let drawn = ctx.data_opt::<Arc<Budget>>().map_or(Ok(false), |budget| budget.draw(0, text.len() as u64));
    Some(drawn.map(|_| text))
}
