//! For whoever starts, stops and balances: is the process up, and should it get requests?

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};

use super::{Door, NotReady};

/// The process is up.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// Requests should be sent here, or why not.
pub(super) async fn ready(State(door): State<Arc<Door>>) -> (StatusCode, &'static str) {
    match door.schema.ready() {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(NotReady::Starting) => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        Err(NotReady::Database) => (StatusCode::SERVICE_UNAVAILABLE, "the database has not answered lately"),
        Err(NotReady::Draining) => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
    }
}
