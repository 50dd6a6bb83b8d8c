//! A file that is to be imported, as the body of a POST: it is looked through, kept, and answered with what importing it
//! would do. Nothing is changed before `applyImport`.
//!
//! Who may is looked at before the body is read, and once more when it is there. Few may come at once: a file takes
//! several times its own size of memory.

mod answer;
mod body;
mod kind;

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use axum::routing::post;
use entity::enums::{Audience, Visibility};
use entity::{conference, import_preview};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use self::answer::Refusal;
use self::kind::Said;
use super::access::Caller;
use super::{Origins, Rates, headers};
use crate::auth::Viewer;
use crate::auth::accounts::Credential;
use crate::command::desk::Desk;
use crate::command::preview::{How, Looked, Note, Told, Upload, keep, look};
use crate::command::write::WriteError;
use crate::config::Limits;
use crate::error::{AppError, ErrorCode};
use crate::graphql::denied;
use crate::policy::{Action, Denied, permits};
use crate::program::Program;

/// What the route needs. One per [`App`](crate::app::App).
pub struct Uploads {
    desk: Arc<Desk>,
    origins: Origins,
    cors_origins: Vec<String>,
    secure: bool,
    rates: Arc<Rates>,
    most_bytes: usize,
    patience: Duration,
    places: Arc<Semaphore>,
    /// Those whose file is on its way.
    sending: Mutex<HashSet<Uuid>>,
}

/// The one upload that a user may have at a time, and its place among all.
struct Place {
    uploads: Arc<Uploads>,
    user: Uuid,
    _one_of_all: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.uploads.sending.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.user);
    }
}

/// Whoever may, and to which program.
struct Admitted {
    user: Uuid,
    program: Arc<Program>,
}

/// What became of an upload.
enum Taken {
    /// It is kept: what it would do.
    Kept { program: Arc<Program>, row: import_preview::Model, told: Box<Told> },
    /// What is wrong with it; it is not kept.
    Faulty(Vec<Note>),
}

/// The route.
pub fn routes(uploads: Arc<Uploads>) -> Router {
    // By the same rule as the schema's: whoever may send a login there may send one here.
    let cors = headers::cors(&uploads.cors_origins);
    Router::new().route("/c/{slug}/import", post(upload)).layer(cors).with_state(uploads)
}

/// Does something that has the file, to its end, also when whoever sent it goes away: as long as the file is in memory, its
/// place is taken.
async fn holding<T: Send + 'static>(
    place: &Arc<Place>,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, AppError> {
    let place = Arc::clone(place);
    let work = async move {
        let _place = place;
        work.await
    };
    tokio::spawn(tracing::Instrument::in_current_span(work)).await.map_err(AppError::internal)
}

async fn upload(State(uploads): State<Arc<Uploads>>, Path(slug): Path<String>, request: Request) -> Response<Body> {
    let caller = request.extensions().get::<Caller>().cloned();
    let request_id = caller.map_or_else(|| "none".into(), |caller| caller.request_id);
    match uploads.take_in(&slug, request).await {
        Ok(Taken::Kept { program, row, told }) => answer::kept(&program, &row, &told),
        Ok(Taken::Faulty(faults)) => answer::faulty(&faults),
        Err(refusal) => refusal.respond(&request_id),
    }
}

impl Uploads {
    /// With these settings.
    #[must_use]
    pub fn new(
        desk: Arc<Desk>,
        rates: Arc<Rates>,
        public: &str,
        cors_origins: &[String],
        limits: &Limits,
    ) -> Arc<Self> {
        Arc::new(Self {
            desk,
            origins: Origins::new(public, cors_origins),
            cors_origins: cors_origins.to_vec(),
            secure: public.starts_with("https://"),
            rates,
            most_bytes: limits.upload_bytes,
            patience: Duration::from_millis(limits.upload_ms),
            places: Arc::new(Semaphore::new(limits.uploads_at_once)),
            sending: Mutex::default(),
        })
    }

    async fn take_in(self: &Arc<Self>, slug: &str, request: Request) -> Result<Taken, Refusal> {
        let (parts, body) = request.into_parts();
        let client = parts.extensions.get::<Caller>().and_then(|caller| caller.client);
        let credential = self.origins.credential(&parts.method, &parts.headers, self.secure);
        let viewer = match &credential {
            Ok(Some(credential)) => self.viewer(credential).await?,
            Ok(None) | Err(_) => None,
        };
        self.count(client, viewer.as_ref())?;
        let credential = credential?;
        let Admitted { user, program: _ } = self.admit(slug, credential.as_ref(), viewer).await?;
        let Said { format, prune, time_zone } = kind::said(parts.uri.query(), &parts.headers)?;
        let announced = body::announced(&parts.headers, self.most_bytes)?;
        let place = Arc::new(self.place(user)?);
        let bytes = body::receive(body, announced, self.most_bytes, self.patience).await?;
        let held = Arc::clone(&place);
        let sniffing = tokio::task::spawn_blocking(move || {
            let _place = held;
            (kind::of(format, &bytes), bytes)
        });
        let (found, bytes) = sniffing.await.map_err(AppError::internal)?;
        let how = How { format: found?, prune, time_zone };
        // As it is when the file is there, and if whoever sends it still may.
        let viewer = match &credential {
            Some(credential) => self.viewer(credential).await?,
            None => None,
        };
        let Admitted { user, program } = self.admit(slug, credential.as_ref(), viewer).await?;
        let (desk, own, read_as) = (Arc::clone(&self.desk), Arc::clone(&program), how.clone());
        let looking = async move { look(&desk, &own, read_as, bytes).await };
        let (looked, bytes): (Looked, Vec<u8>) = holding(&place, looking).await??;
        let told = match looked {
            Ok(told) => Box::new(told),
            Err(faults) => return Ok(Taken::Faulty(faults)),
        };
        let (desk, upload) = (Arc::clone(&self.desk), Upload { conference: program.id(), user, how, bytes });
        match holding(&place, async move { keep(&desk, upload).await }).await? {
            Ok(row) => Ok(Taken::Kept { program, row, told }),
            // What was there a moment ago is gone.
            Err(WriteError::Refused(_)) => Err(Refusal::not_found()),
            Err(WriteError::Database(error)) => Err(AppError::unavailable_because(error).into()),
            Err(WriteError::App(error)) => Err(error.into()),
        }
    }

    /// Whose login this is now.
    async fn viewer(&self, credential: &Credential) -> Result<Option<Viewer>, AppError> {
        self.desk.accounts.viewer(credential, self.desk.source.now()).await
    }

    /// Counts a request: as its user's, else as its address's.
    fn count(&self, client: Option<IpAddr>, viewer: Option<&Viewer>) -> Result<(), AppError> {
        let now = Instant::now();
        match viewer.and_then(Viewer::user) {
            Some(user) => self.rates.take_user(user, now).map_err(|_| AppError::rate_limited("This user")),
            None => {
                let taken = client.map_or(Ok(()), |client| self.rates.take(client, now));
                taken.map_err(|_| AppError::rate_limited("This address"))
            }
        }
    }

    /// The program of the conference of this name, if whoever asks may import into it. One that does not exist for them
    /// is not there, whoever they are.
    async fn admit(
        &self,
        slug: &str,
        credential: Option<&Credential>,
        viewer: Option<Viewer>,
    ) -> Result<Admitted, Refusal> {
        let viewer = match (viewer, credential) {
            (Some(viewer), _) => viewer,
            (None, None | Some(Credential::Session(_))) => Viewer::Nobody,
            (None, Some(Credential::Access(_))) => {
                let message = "This access token is not known here, or has ended; make another.";
                return Err(AppError::new(ErrorCode::Unauthenticated, message).into());
            }
        };
        let directory = self.desk.programs.directory().await?;
        let by_slug = |row: &Arc<conference::Model>| row.slug.as_str().cmp(slug);
        let found = directory.conferences.binary_search_by(by_slug).map_err(|_| Refusal::not_found())?;
        let row = &directory.conferences[found];
        let exists = |row: &conference::Model| match row.visibility {
            Visibility::Published => true,
            Visibility::Draft => viewer.organizes(row.id),
        };
        if !exists(row) {
            return Err(Refusal::not_found());
        }
        // Who may not does not make it be loaded: whoever organizes is known without it.
        let audience = if viewer.organizes(row.id) { Audience::Organizer } else { Audience::Public };
        permits(&viewer, audience, Action::Import).map_err(|why| match why {
            Denied::Standing(_) => {
                AppError::new(ErrorCode::Forbidden, "Only the conference's organizers may import into it.")
            }
            Denied::LogIn | Denied::Scope(_) | Denied::Session => denied(why),
        })?;
        let program = self.desk.programs.program(row.id).await?;
        // What the directory has seen may be older than the program.
        let program = program.filter(|program| exists(program.conference()) && program.conference().slug == slug);
        let user = viewer.user().ok_or_else(|| denied(Denied::LogIn))?;
        Ok(Admitted { user, program: program.ok_or_else(Refusal::not_found)? })
    }

    /// A place, if there is one.
    fn place(self: &Arc<Self>, user: Uuid) -> Result<Place, Refusal> {
        let full = || {
            let message = "Other files are being taken in at this moment. Send it again in some seconds.";
            AppError::new(ErrorCode::Unavailable, message)
        };
        let one = Arc::clone(&self.places).try_acquire_owned().map_err(|_| full())?;
        if !self.sending.lock().unwrap_or_else(PoisonError::into_inner).insert(user) {
            let message = "You are sending a file already. Send one at a time.";
            return Err(AppError::new(ErrorCode::RateLimited, message).into());
        }
        Ok(Place { uploads: Arc::clone(self), user, _one_of_all: one })
    }
}
