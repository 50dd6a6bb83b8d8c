//! What one request reads: the directory and each conference's program, pinned when first needed, so that no answer
//! mixes two revisions.
//!
//! A conference's own row is in both, and they are loaded at two moments. Where one answer has shown the row of the one
//! and then needs the other, and the two differ, [`Pins::mixed`] says so: the document is then run again, after both
//! have caught up. That is rare, and the only way that needs no program for a list of conferences.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use async_graphql::Context;
use entity::conference;
use entity::enums::{Audience, Visibility};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::auth::Viewer;
use crate::command::desk::Desk;
use crate::cursor::Cursor;
use crate::db::{Directory, Stamp, Stars};
use crate::error::AppError;
use crate::policy::{Action, Denied, permits};
use crate::program::Program;

/// A request's pins, and who asks. One is in the data of each request.
pub struct Pins {
    desk: Arc<Desk>,
    viewer: Viewer,
    cold: usize,
    state: Mutex<State>,
    mine: Mutex<Mine>,
    /// Conferences that this request has made: whoever asks organizes them, and was not known to when it began.
    made: std::sync::Mutex<Vec<Uuid>>,
}

/// What is read of users for this request: the viewer's own stars, and for organizers how many there are of each.
#[derive(Default)]
struct Mine {
    stars: HashMap<Uuid, Arc<Stars>>,
    counts: HashMap<Uuid, Arc<HashMap<Uuid, i64>>>,
}

#[derive(Default)]
struct State {
    directory: Option<Arc<Directory>>,
    pinned: HashMap<Uuid, Arc<Program>>,
    /// Those that are still to be honoured.
    floors: HashMap<Uuid, Stamp>,
    /// All that the document named.
    asked: HashMap<Uuid, Stamp>,
    /// The revisions of the own rows that were answered from the directory.
    shown: HashMap<Uuid, i64>,
    mixed: bool,
    loaded: usize,
}

impl Pins {
    /// Nothing pinned. Nothing older than `floors` is answered; at most `cold` conferences are loaded from the
    /// database for this request.
    #[must_use]
    pub fn new(desk: Arc<Desk>, viewer: Viewer, floors: &[Cursor], cold: usize) -> Self {
        let mut state = State::default();
        for cursor in floors {
            state.raise(cursor);
        }
        Self { desk, viewer, cold, state: Mutex::new(state), mine: Mutex::default(), made: std::sync::Mutex::default() }
    }

    /// Nothing pinned any more: each root field of a mutation reads what the ones before it have written.
    pub(super) async fn anew(&self) {
        let mut state = self.state.lock().await;
        let asked = std::mem::take(&mut state.asked);
        *state = State { floors: asked.clone(), asked, loaded: state.loaded, ..State::default() };
        *self.mine.lock().await = Mine::default();
    }

    /// Nothing pinned, for the same document once more: with the floors that it turned out to name.
    pub async fn again(&self) -> Self {
        let asked = self.state.lock().await.asked.clone();
        let state = State { floors: asked.clone(), asked, ..State::default() };
        let (desk, viewer) = (Arc::clone(&self.desk), self.viewer.clone());
        let made = std::sync::Mutex::default();
        Self { desk, viewer, cold: self.cold, state: Mutex::new(state), mine: Mutex::default(), made }
    }

    /// Who asks.
    pub(super) const fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// Where writes are taken in.
    pub(super) const fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// How far whoever asks is let into this program.
    pub(super) fn audience(&self, program: &Program) -> Audience {
        if self.has_made(program.id()) { Audience::Organizer } else { self.viewer.audience(program) }
    }

    /// Whoever asks has made this conference, and organizes it from here on.
    pub(super) fn made(&self, conference: Uuid) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(conference);
    }

    fn has_made(&self, conference: Uuid) -> bool {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(&conference)
    }

    /// Whether whoever asks may do this, as what they are to this program.
    pub(super) fn permits(&self, program: &Program, action: Action) -> Result<(), Denied> {
        permits(&self.viewer, self.audience(program), action)
    }

    /// What whoever asks has starred on this program; `None` if there is nobody, or the login does not show it.
    pub(super) async fn stars(&self, program: &Program) -> Result<Option<Arc<Stars>>, AppError> {
        let Some(user) = self.viewer.user() else { return Ok(None) };
        if self.permits(program, Action::SeeSchedule).is_err() {
            return Ok(None);
        }
        let mut mine = self.mine.lock().await;
        if let Some(stars) = mine.stars.get(&program.id()) {
            return Ok(Some(Arc::clone(stars)));
        }
        let stars = self.desk.database.stars(user, program.id()).await.map_err(AppError::unavailable_because)?;
        let stars = Arc::new(stars);
        mine.stars.insert(program.id(), Arc::clone(&stars));
        Ok(Some(stars))
    }

    /// How many have starred this; `None` for whoever may not know.
    pub(super) async fn star_count(&self, program: &Program, target: Uuid) -> Result<Option<i64>, AppError> {
        if self.permits(program, Action::SeeStarCounts).is_err() {
            return Ok(None);
        }
        let mut mine = self.mine.lock().await;
        let counts = match mine.counts.get(&program.id()) {
            Some(counts) => Arc::clone(counts),
            None => {
                let counts =
                    self.desk.database.star_counts(program.id()).await.map_err(AppError::unavailable_because)?;
                let counts = Arc::new(counts);
                mine.counts.insert(program.id(), Arc::clone(&counts));
                counts
            }
        };
        Ok(Some(counts.get(&target).copied().unwrap_or(0)))
    }

    /// Whether the answer has two states of one conference in it, and must not be given.
    pub async fn mixed(&self) -> bool {
        self.state.lock().await.mixed
    }

    pub(super) fn of<'a>(ctx: &'a Context<'_>) -> Result<&'a Self, AppError> {
        let pins: &Arc<Self> = ctx.data().map_err(|_| AppError::internal("the request has no pins"))?;
        Ok(pins)
    }

    /// From here on nothing of these conferences that is older than the cursor is answered.
    pub(super) async fn at_least(&self, cursor: &Cursor) {
        self.state.lock().await.raise(cursor);
    }

    /// The directory.
    async fn directory(&self) -> Result<Arc<Directory>, AppError> {
        let mut state = self.state.lock().await;
        self.directory_in(&mut state).await
    }

    async fn directory_in(&self, state: &mut State) -> Result<Arc<Directory>, AppError> {
        if let Some(directory) = &state.directory {
            return Ok(Arc::clone(directory));
        }
        let directory = self.desk.programs.directory().await?;
        state.directory = Some(Arc::clone(&directory));
        Ok(directory)
    }

    /// The own rows of all conferences that exist for whoever asks, by slug.
    pub(super) async fn published(&self) -> Result<Vec<Arc<conference::Model>>, AppError> {
        let mut state = self.state.lock().await;
        let directory = self.directory_in(&mut state).await?;
        Ok(directory.conferences.iter().filter(|row| self.exists(row)).map(|row| state.shown(row)).collect())
    }

    /// The own row of the conference with this slug, if it exists for whoever asks.
    pub(super) async fn conference_by_slug(
        &self,
        slug: &str,
        whole: bool,
    ) -> Result<Option<Arc<conference::Model>>, AppError> {
        let directory = self.directory().await?;
        let found = directory.conferences.binary_search_by(|row| row.slug.as_str().cmp(slug)).ok();
        self.own_row(found.map(|ix| Arc::clone(&directory.conferences[ix])), whole).await
    }

    /// The own row of the conference with this id, if it exists for whoever asks.
    pub(super) async fn conference_by_id(
        &self,
        id: Uuid,
        whole: bool,
    ) -> Result<Option<Arc<conference::Model>>, AppError> {
        let directory = self.directory().await?;
        self.own_row(directory.conferences.iter().find(|row| row.id == id).map(Arc::clone), whole).await
    }

    /// The own row comes from the program where that is needed anyway, and where a floor is set, which the directory
    /// may not honour yet.
    async fn own_row(
        &self,
        row: Option<Arc<conference::Model>>,
        whole: bool,
    ) -> Result<Option<Arc<conference::Model>>, AppError> {
        let Some(row) = row.filter(|row| self.exists(row)) else { return Ok(None) };
        if !whole {
            let mut state = self.state.lock().await;
            if !state.floors.contains_key(&row.id) {
                return Ok(Some(state.shown(&row)));
            }
        }
        let program = self.program(row.id).await?;
        Ok(program.and_then(|program| program.rows.conference.first().cloned()))
    }

    /// Whether the conference exists for whoever asks: a draft does for its organizers only.
    fn exists(&self, row: &conference::Model) -> bool {
        match row.visibility {
            Visibility::Published => true,
            Visibility::Draft => self.viewer.organizes(row.id) || self.has_made(row.id),
        }
    }

    /// The program of a conference, if it exists for whoever asks. What is not in the directory is not looked for.
    pub(super) async fn program(&self, conference: Uuid) -> Result<Option<Arc<Program>>, AppError> {
        let mut state = self.state.lock().await;
        let floor = state.floors.get(&conference).copied();
        if let Some(program) = state.pinned.get(&conference)
            && floor.is_none_or(|floor| program.stamp.revision >= floor.revision)
        {
            return Ok(Some(Arc::clone(program)));
        }
        let directory = self.directory_in(&mut state).await?;
        if !directory.conferences.iter().any(|row| row.id == conference && self.exists(row)) {
            return Ok(None);
        }
        if !self.desk.programs.is_held(conference) {
            state.loaded += 1;
            if state.loaded > self.cold {
                let (asked, allowed) = (state.loaded as u64, self.cold as u64);
                return Err(AppError::too_expensive("cold_conferences", "conferences not in memory", asked, allowed));
            }
        }
        let program = match floor {
            Some(floor) => self.desk.programs.program_at_least(conference, floor).await?,
            None => self.desk.programs.program(conference).await?,
        };
        // The floor has been tried: if it is of another history, trying again would not help.
        state.floors.remove(&conference);
        // A conference may have become a draft since the directory was read.
        let program = program.filter(|program| self.exists(program.conference()));
        if let Some(program) = &program {
            let own = program.conference().revision;
            state.mixed |= state.shown.get(&conference).is_some_and(|shown| *shown != own);
            let before = state.pinned.insert(conference, Arc::clone(program));
            // Pinned below a floor that the document named only later.
            state.mixed |= before.is_some_and(|before| before.stamp != program.stamp);
        }
        Ok(program)
    }
}

impl State {
    fn raise(&mut self, cursor: &Cursor) {
        for position in &cursor.positions {
            for floors in [&mut self.floors, &mut self.asked] {
                let floor = floors.entry(position.scope).or_insert(position.stamp);
                if floor.revision < position.stamp.revision {
                    *floor = position.stamp;
                }
            }
        }
    }

    /// The own row to answer: the pinned program's, else the directory's, which is remembered.
    fn shown(&mut self, row: &Arc<conference::Model>) -> Arc<conference::Model> {
        if let Some(own) = self.pinned.get(&row.id).and_then(|program| program.rows.conference.first()) {
            return Arc::clone(own);
        }
        self.shown.insert(row.id, row.revision);
        Arc::clone(row)
    }
}
