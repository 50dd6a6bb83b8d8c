//! What an upload is answered with: JSON, which is never kept.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use chrono::SecondsFormat;
use entity::import_preview;
use serde::Serialize;
use serde_json::json;

use crate::command::import::{Mark, Noun};
use crate::command::preview::{Change, Note, Told, Total, kind_name, mark_name};
use crate::error::{self, AppError, ErrorCode};
use crate::graphql::preview_ids;
use crate::http::access::Outcome;
use crate::program::Program;

/// The most changes that are listed; `Conference.importPreviews` has them all, in pages.
const LISTED: usize = 1_000;

/// How long whoever found no place should wait, in seconds.
const WAIT: &str = "5";

/// Why a file was not looked through.
pub(super) struct Refusal {
    /// `None`: the one that goes with the error's code.
    status: Option<StatusCode>,
    error: AppError,
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        Self { status: None, error }
    }
}

impl Refusal {
    pub(super) fn new(status: StatusCode, error: AppError) -> Self {
        Self { status: Some(status), error }
    }

    /// No such conference, for whoever asks.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, AppError::bad_input("There is no conference of this name here."))
    }

    /// The request can't be understood.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, AppError::bad_input(message))
    }

    /// As an answer; the log gets what whoever asked may not see.
    pub(super) fn respond(self, request_id: &str) -> Response<Body> {
        let Self { status, error } = self;
        let code = error.code();
        let mut errors = vec![error.into_server_error()];
        error::settle(&mut errors, "", request_id);
        let mut response = answer(status.unwrap_or_else(|| of_code(code)), &json!({ "errors": errors }));
        let headers = response.headers_mut();
        // What is left of the body is not read.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        match code {
            ErrorCode::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            ErrorCode::RateLimited | ErrorCode::Unavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(WAIT));
            }
            ErrorCode::ParseFailed
            | ErrorCode::ValidationFailed
            | ErrorCode::BadUserInput
            | ErrorCode::Forbidden
            | ErrorCode::TooExpensive
            | ErrorCode::Timeout
            | ErrorCode::DocumentNotFound
            | ErrorCode::Internal => {}
        }
        response.extensions_mut().insert(Outcome { operation: None, outcome: code.as_str() });
        response
    }
}

fn of_code(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable | ErrorCode::Timeout => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::ParseFailed
        | ErrorCode::ValidationFailed
        | ErrorCode::BadUserInput
        | ErrorCode::TooExpensive
        | ErrorCode::DocumentNotFound => StatusCode::BAD_REQUEST,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept<'a> {
    id: String,
    conference: OfConference<'a>,
    /// Of the program on which this is so.
    revision: i64,
    created_at: String,
    expires_at: String,
    format: &'static str,
    prune: bool,
    time_zone: Option<&'a str>,
    byte_count: i64,
    totals: Vec<Counted>,
    change_count: usize,
    changes: Vec<Changed<'a>>,
    note_count: usize,
    notes: Vec<Noted<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct OfConference<'a> {
    id: String,
    slug: &'a str,
}

#[derive(Serialize)]
struct Counted {
    mark: &'static str,
    kind: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct Changed<'a> {
    mark: &'static str,
    kind: &'static str,
    key: &'a str,
    label: &'a str,
    fields: &'a [String],
}

#[derive(Serialize)]
struct Noted<'a> {
    place: &'a str,
    message: &'a str,
}

impl<'a> Noted<'a> {
    fn all(notes: &'a [Note]) -> Vec<Self> {
        notes.iter().map(|Note { place, message }| Self { place, message }).collect()
    }
}

fn names(mark: Mark, kind: Noun) -> (&'static str, &'static str) {
    (mark_name(mark), kind_name(kind))
}

/// It is kept, and would do this.
pub(super) fn kept(program: &Program, row: &import_preview::Model, told: &Told) -> Response<Body> {
    let Told { stamp, changes, totals, notes, note_count, warnings } = told;
    let (conference, id) = preview_ids(row.conference_id, row.id);
    let instant = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let counted = |total: &Total| {
        let (mark, kind) = names(total.mark, total.kind);
        Counted { mark, kind, count: total.count }
    };
    let listed = changes.iter().take(LISTED).map(|change| {
        let Change { mark, kind, key, label, fields } = change;
        let (mark, kind) = names(*mark, *kind);
        Changed { mark, kind, key, label, fields }
    });
    let body = Kept {
        id,
        conference: OfConference { id: conference, slug: &program.conference().slug },
        revision: stamp.revision,
        created_at: instant(row.created_at),
        expires_at: instant(row.expires_at),
        format: row.format.as_str(),
        prune: row.prune,
        time_zone: row.time_zone.as_deref(),
        byte_count: row.byte_count,
        totals: totals.iter().map(counted).collect(),
        change_count: changes.len(),
        changes: listed.collect(),
        note_count: *note_count,
        notes: Noted::all(notes),
        warnings,
    };
    answer(StatusCode::CREATED, &body)
}

/// It is not kept, for these faults.
pub(super) fn faulty(faults: &[Note]) -> Response<Body> {
    answer(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "faults": Noted::all(faults) }))
}

fn answer(status: StatusCode, body: &impl Serialize) -> Response<Body> {
    let (status, body) = match serde_json::to_vec(body) {
        Ok(body) => (status, body),
        Err(error) => {
            tracing::error!(%error, "an upload's answer could not be written");
            (StatusCode::INTERNAL_SERVER_ERROR, Vec::new())
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
