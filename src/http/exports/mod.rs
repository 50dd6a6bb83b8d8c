//! A conference's program in the formats of others, for everybody, without links and addresses: files, calendars that
//! applications subscribe to, and the feed of releases.
//!
//! Whether the client has it already is seen by the conference's state alone, before anything is written.

mod personal;
mod shelf;
mod what;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use chrono::{DateTime, Utc};
use entity::conference;
use entity::enums::Visibility;

pub use self::personal::path as personal_path;
use self::shelf::Shelf;
use self::what::What;
use super::Rates;
use super::access::Caller;
use super::cache::{Keeping, Version};
use super::headers;
use crate::command::desk::Desk;
use crate::config;
use crate::error::AppError;
use crate::format::output::OutputFormat;
use crate::program::Program;

/// The most bytes of files that are kept ready.
const KEPT: usize = 64 * 1024 * 1024;

/// Counts up when a format is written otherwise than before: then nobody has it already.
const WRITTEN: &str = "1";

/// What the routes need.
pub struct Exports {
    desk: Arc<Desk>,
    rates: Arc<Rates>,
    public: Arc<str>,
    refresh: u32,
    personal: bool,
    build: String,
    started: DateTime<Utc>,
    shelf: Shelf,
}

impl Exports {
    /// Of the programs in use. `public` is the address that people reach this server by, without a slash at its end.
    #[must_use]
    pub fn new(desk: Arc<Desk>, rates: Arc<Rates>, public: String, calendar: config::Calendar) -> Self {
        let config::Calendar { refresh_minutes: refresh, personal } = calendar;
        let refreshed = refresh.to_string();
        let build = Version::of(&[WRITTEN, env!("CARGO_PKG_VERSION"), &public, &refreshed]);
        let started = desk.source.now();
        Self { desk, rates, public: public.into(), refresh, personal, build, started, shelf: Shelf::new(KEPT) }
    }

    /// How many files and calendars were written, for however many who asked.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.shelf.written()
    }
}

/// Where a conference's file in a format is, below the server's own address.
#[must_use]
pub fn file_path(slug: &str, format: OutputFormat) -> String {
    format!("/c/{slug}/{}", format.file())
}

/// Where the calendar of a whole conference is, below the server's own address.
#[must_use]
pub fn calendar_path(slug: &str) -> String {
    file_path(slug, OutputFormat::Calendar)
}

/// Where the calendar of a part of it is: of a `day`, by its date; of a `room`, `panel` or `session`, by its global id.
#[must_use]
pub fn part_path(slug: &str, kind: &str, name: &str) -> String {
    format!("/c/{slug}/{kind}/{name}.ics")
}

/// All routes.
pub fn routes(exports: Arc<Exports>, compression: bool) -> Router {
    Router::new()
        .route("/calendar/{file}", get(personal::personal))
        .route("/c/{slug}/{file}", get(file))
        .route("/c/{slug}/{kind}/{file}", get(part))
        .layer(headers::compression(compression))
        .layer(headers::everyone())
        .with_state(exports)
}

async fn file(
    State(exports): State<Arc<Exports>>,
    Path((slug, file)): Path<(String, String)>,
    request: Request,
) -> Response<Body> {
    exports.answer(&slug, What::file(&file), &request.into_parts().0).await
}

async fn part(
    State(exports): State<Arc<Exports>>,
    Path((slug, kind, file)): Path<(String, String, String)>,
    request: Request,
) -> Response<Body> {
    exports.answer(&slug, What::part(&kind, &file), &request.into_parts().0).await
}

/// An answer that is a sentence.
pub(super) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The answer to somebody who asks too often; `None`: they may go on.
pub(super) fn too_often(rates: &Rates, request: &Parts) -> Option<Response<Body>> {
    let client = request.extensions.get::<Caller>().and_then(|caller| caller.client)?;
    let wait = rates.take(client, Instant::now()).err()?;
    let mut response = plain(StatusCode::TOO_MANY_REQUESTS, "Too much comes from this address; wait a second.\n");
    if let Ok(seconds) = HeaderValue::from_str(&wait.as_secs_f64().ceil().to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    Some(response)
}

impl Exports {
    async fn answer(&self, slug: &str, what: Option<What>, request: &Parts) -> Response<Body> {
        if let Some(refused) = too_often(&self.rates, request) {
            return refused;
        }
        let unknown = || plain(StatusCode::NOT_FOUND, "There is nothing of this name here.\n");
        let Some(what) = what else { return unknown() };
        match self.find(slug).await {
            Ok(None) => plain(StatusCode::NOT_FOUND, "There is no public conference of this name here.\n"),
            Err(error) => {
                tracing::warn!(?error, "an export has no program");
                plain(StatusCode::SERVICE_UNAVAILABLE, "The program can't be read now; try again in a minute.\n")
            }
            Ok(Some(program)) if !what.is_of(&program) => unknown(),
            Ok(Some(program)) => self.send(&program, what, &request.headers).await,
        }
    }

    async fn send(&self, program: &Arc<Program>, what: What, asked: &HeaderMap) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        let version = self.version(program);
        let now = self.desk.source.now();
        if Keeping::of_everyone(asked).is_current(&version, now, response.headers_mut()) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        match self.shelf.get(program, what, || what.writer(program, &self.public, self.refresh)).await {
            Ok(bytes) => {
                what.describe(program.conference(), response.headers_mut());
                *response.body_mut() = Body::from(bytes);
                response
            }
            Err(error) => {
                tracing::error!(%error, ?what, "an export can't be written");
                plain(StatusCode::INTERNAL_SERVER_ERROR, "This can't be written; the server's log says why.\n")
            }
        }
    }

    /// Which state of the program it is, and when that came to be here. What is written depends on this server's settings
    /// too, which are other ones at most since it started; and on where the log begins, which says when an event was
    /// changed.
    fn version(&self, program: &Program) -> Version {
        let (stamp, log) = (program.stamp, program.tail.first().unwrap_or_default());
        let made = program.tail.time_of(stamp.revision);
        Version {
            tag: format!("{}-{:x}-{:x}-{log:x}", self.build, stamp.revision, stamp.tag),
            changed: made.map(|made| made.max(self.started)),
        }
    }

    /// The published program of this name. Who asks is not known, so another one is not there.
    async fn find(&self, slug: &str) -> Result<Option<Arc<Program>>, AppError> {
        let directory = self.desk.programs.directory().await?;
        let by_slug = |row: &Arc<conference::Model>| row.slug.as_str().cmp(slug);
        let Ok(found) = directory.conferences.binary_search_by(by_slug) else { return Ok(None) };
        if directory.conferences[found].visibility != Visibility::Published {
            return Ok(None);
        }
        let program = self.desk.programs.program(directory.conferences[found].id).await?;
        // What the directory has seen may be older than the program.
        Ok(program.filter(|program| {
            let own = program.conference();
            own.visibility == Visibility::Published && own.slug == slug
        }))
    }
}
