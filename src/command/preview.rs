//! Imports that are looked at before they are done: a file is kept as it was uploaded, planned anew on the program as it
//! is whenever somebody looks, and applied as one revision.
//!
//! It is outside every scope: what is uploaded changes nothing that anybody else sees.

mod apply;
mod told;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::ImportFormat;
use entity::{import_part, import_preview};
use sea_orm::{EntityTrait, IntoActiveModel, SqlErr};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

pub use apply::apply;
pub use told::{Change, Note, Told, Total, kind_name, mark_name};

use super::desk::Desk;
use super::edit::Edit;
use super::import::{self, Planned};
use super::write::{Write, WriteError};
use super::{Fault, FaultCode};
use crate::clock::Source;
use crate::db::Database;
use crate::error::AppError;
use crate::format::fault;
use crate::format::input::{self, Input, InputFormat, Understood};
use crate::program::Program;

/// How long an upload is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// How many bytes are written at once: a statement with them is in memory several times.
const PART: usize = 1 << 20;

/// How many uploads of one user for one conference are kept: the newest.
const MOST: usize = 5;

/// As what a file is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct How {
    /// What it is read as.
    pub format: ImportFormat,
    /// Whether what it no longer has is removed.
    pub prune: bool,
    /// The time zone of a schedule, by its IANA name; `None`: what the file names, else the conference's.
    pub time_zone: Option<String>,
}

impl How {
    fn of(row: &import_preview::Model) -> Self {
        Self { format: row.format, prune: row.prune, time_zone: row.time_zone.clone() }
    }
}

/// A file that was uploaded.
pub struct Upload {
    /// For which conference.
    pub conference: Uuid,
    /// By whom.
    pub user: Uuid,
    /// As what.
    pub how: How,
    /// It.
    pub bytes: Vec<u8>,
}

/// What importing a file would do, or what is wrong with it.
pub type Looked = Result<Told, Vec<Note>>;

/// What importing a file into this program would do. Gives the file back.
///
/// # Errors
/// If it can't be looked through; what is wrong with it is no such error.
pub async fn look(
    desk: &Desk,
    program: &Arc<Program>,
    how: How,
    bytes: Vec<u8>,
) -> Result<(Looked, Vec<u8>), AppError> {
    let place = Arc::clone(&desk.looking).acquire_owned().await.map_err(AppError::internal)?;
    look_in(place, desk, program, how, bytes).await
}

/// The same of one that is kept, as it would be now; `None` if it is not there any more.
///
/// # Errors
/// If it can't be read or looked through.
pub async fn look_again(
    desk: &Desk,
    program: &Arc<Program>,
    row: &import_preview::Model,
) -> Result<Option<Looked>, AppError> {
    // Before the file is read: those that wait hold little.
    let place = Arc::clone(&desk.looking).acquire_owned().await.map_err(AppError::internal)?;
    let found = desk.database.import_file(program.id(), row.id, desk.source.now()).await;
    let Some((row, bytes)) = found.map_err(AppError::unavailable_because)? else { return Ok(None) };
    let (looked, _) = look_in(place, desk, program, How::of(&row), bytes).await?;
    Ok(Some(looked))
}

async fn look_in(
    place: OwnedSemaphorePermit,
    desk: &Desk,
    program: &Arc<Program>,
    how: How,
    bytes: Vec<u8>,
) -> Result<(Looked, Vec<u8>), AppError> {
    let (program, source) = (Arc::clone(program), Arc::clone(&desk.source));
    let looking = tokio::task::spawn_blocking(move || {
        // Given up when it is done, whoever still waits for it.
        let _place = place;
        let (format, terms) = terms(&how, &program);
        let looked = understand(&bytes, (format, &terms)).and_then(|Understood { input, notes }| {
            let stamp = program.stamp;
            let planned = planned(&program, &input, how.prune, (stamp.revision + 1, source.now()), &*source)?;
            Ok(Told::of(stamp, &planned.report, &notes))
        });
        (looked.map_err(|faults| told::notes(&faults, fault::MOST_FAULTS)), bytes)
    });
    looking.await.map_err(AppError::internal)
}

/// As what a file is read that is to be imported into this program.
fn terms(how: &How, program: &Program) -> (InputFormat, input::Terms) {
    let own = program.conference();
    let of_others = || input::Terms {
        slug: Some(own.slug.clone()),
        time_zone: how.time_zone.clone(),
        else_zone: Some(own.time_zone.clone()),
    };
    match how.format {
        // It says itself which conference it is of, and is refused if that is another.
        ImportFormat::Program => (InputFormat::Program, input::Terms::default()),
        ImportFormat::ScheduleXml => (InputFormat::ScheduleXml, of_others()),
        ImportFormat::ScheduleJson => (InputFormat::ScheduleJson, of_others()),
        ImportFormat::Csv => (InputFormat::Csv, of_others()),
    }
}

fn understand(bytes: &[u8], (format, terms): (InputFormat, &input::Terms)) -> Result<Understood, Vec<fault::Fault>> {
    input::read(bytes, format, terms).map_err(|faults| faults.list().to_vec())
}

/// Plans the import of what a file says over this program, as this revision.
fn planned(
    program: &Program,
    input: &Input,
    prune: bool,
    (revision, now): (i64, DateTime<Utc>),
    source: &dyn Source,
) -> Result<Planned, Vec<fault::Fault>> {
    let file = input.over(Some(program), prune)?;
    let own = &program.conference().slug;
    if file.conference.slug != *own {
        let message = format!(
            "the file is of the conference \"{}\", and this address is that of \"{own}\"; send it to its own, or change \
             the slug in the file",
            file.conference.slug
        );
        return Err(vec![fault::Fault { pointer: "/conference/slug".into(), message }]);
    }
    let id = || source.id();
    let terms = import::Terms { conference: program.id(), revision, now, id: &id, prune, draft: false };
    import::plan(Some(program), &file, &terms)
}

/// Keeps an upload, for a day; of those that its user has for this conference the newest five.
///
/// # Errors
/// NOT_FOUND if the conference or the user is gone; or the database's fault.
pub async fn keep(desk: &Arc<Desk>, upload: Upload) -> Result<import_preview::Model, WriteError> {
    let id = desk.source.id();
    let upload = Arc::new(upload);
    desk.write(upload.user, move |desk| {
        let upload = Arc::clone(&upload);
        async move {
            // The user's lock: whoever deletes the account meanwhile takes this along.
            let write = Write::begin(&desk.database, &*desk.source, &upload.user.to_string(), &[upload.user]).await?;
            match store(&write, id, &upload).await {
                Ok(row) => {
                    write.commit().await?;
                    Ok(row)
                }
                Err(error) => {
                    let _ = write.roll_back().await;
                    Err(error)
                }
            }
        }
    })
    .await
}

async fn store(write: &Write, id: Uuid, upload: &Upload) -> Result<import_preview::Model, WriteError> {
    let Upload { conference, user, how, bytes } = upload;
    let How { format, prune, time_zone } = how.clone();
    let row = import_preview::Model {
        id,
        conference_id: *conference,
        user_id: *user,
        created_at: write.now(),
        expires_at: write.now() + KEPT,
        format,
        prune,
        time_zone,
        byte_count: i64::try_from(bytes.len()).map_err(AppError::internal)?,
    };
    let inserted = import_preview::Entity::insert(row.clone().into_active_model());
    inserted.exec_without_returning(write.at()).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => gone("It is no longer there."),
        _ => WriteError::Database(error),
    })?;
    for (n, part) in (0..).zip(bytes.chunks(PART)) {
        let part = import_part::Model { preview_id: id, n, bytes: part.to_vec() };
        import_part::Entity::insert(part.into_active_model()).exec_without_returning(write.at()).await?;
    }
    Database::thin_imports(write.at(), *conference, *user, MOST).await?;
    Ok(row)
}

/// Throws an upload away.
///
/// # Errors
/// NOT_FOUND if it is not there any more; or the database's fault.
pub async fn discard(desk: &Arc<Desk>, own: Edit, id: Uuid) -> Result<(), WriteError> {
    desk.write(own.conference, move |desk| {
        let own = own.clone();
        async move {
            let write = Write::begin(&desk.database, &*desk.source, &own.user.to_string(), &[]).await?;
            if write.replay(own.once.as_ref()).await?.is_some() {
                write.roll_back().await?;
                return Ok(());
            }
            if !Database::take_import(write.at(), own.conference, id, write.now()).await? {
                write.roll_back().await?;
                return Err(gone(NO_PREVIEW));
            }
            write.keep(own.once.as_ref(), String::new()).await?;
            write.commit().await?;
            Ok(())
        }
    })
    .await
}

/// Why there is no upload of this id.
const NO_PREVIEW: &str =
    "There is no such preview: it was applied or discarded, or its day is over. Upload the file again.";

fn gone(message: &str) -> WriteError {
    Fault::new(FaultCode::NotFound, &["id"], message).into()
}
