//! One who reads: it waits, and takes the step from where it stands.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_graphql::{Request, Variables};
use bytes::Bytes;
use entity::enums::Audience;
use futures_util::StreamExt as _;

use super::hub::{Answer, Failed, Hub, Place, Start, failed};
use super::place::{At, Waiting, changed, moved};
use super::{AGAIN, failure, viewer};
use crate::apart::Apart;
use crate::app::{App, RUNS};
use crate::auth::Viewer;
use crate::cursor::Cursor;
use crate::error::{self, AppError, ErrorCode};
use crate::graphql::{Budget, Pins, Turn};
use crate::http::{Asking, Step};
use crate::live::Mutant;

/// One who reads.
pub(super) struct Reader {
    pub(super) app: Arc<App>,
    pub(super) hub: Arc<Hub>,
    pub(super) variables: Variables,
    pub(super) after: Option<String>,
    /// Where it begins that was here before, by SSE's event id.
    pub(super) resume: Option<Arc<Cursor>>,
    pub(super) asking: Asking,
    /// Ends when anybody's rights may have changed since it was made; `None`: they have.
    pub(super) rights: Option<Apart<Waiting>>,
    /// Whether it began as somebody's: then it never goes on as nobody's.
    pub(super) somebodys: bool,
    /// Who it was when it began.
    #[cfg(test)]
    pub(super) began: Viewer,
    /// Where it stands, and what it waits for.
    pub(super) at: Option<At>,
    pub(super) over: bool,
}

impl Reader {
    /// The next that is sent; `None` after an error.
    pub(super) async fn next(&mut self) -> Option<Step> {
        if self.over {
            return None;
        }
        loop {
            let viewer = self.wait().await;
            let failed = match viewer {
                Ok(viewer) => match self.step(viewer).await {
                    Ok((answer, fits)) => {
                        let step = answer.payload.clone();
                        let step = step.map(|payload| Step::Next { payload, cursor: Arc::clone(&answer.cursor) });
                        // The watch that this rule is about is the one that the step attached.
                        let keeps = !self.app.programs().breaks(Mutant::ReadBeforeAttach);
                        self.at = Some(At::after(answer, fits, self.at.take().filter(|_| keeps)));
                        if step.is_some() {
                            return step;
                        }
                        continue;
                    }
                    Err(failed) => failed,
                },
                Err(error) if error.code() == ErrorCode::Unavailable => Failed::ForNow,
                Err(error) => Failed::ForGood(vec![error.into_server_error()]),
            };
            match failed {
                // Nobody is told of a database that is away for a moment, not even who begins: clients take an error
                // for the end, and who came back with a cursor would stay with what it had.
                Failed::ForNow => tokio::time::sleep(AGAIN).await,
                Failed::ForGood(errors) => {
                    self.over = true;
                    return Some(failure(errors, &self.hub.query, &self.asking.request_id));
                }
            }
        }
    }

    /// Waits until there is something to do, and says for whom.
    async fn wait(&mut self) -> Result<Viewer, AppError> {
        let Self { app, asking, rights, at, somebodys, .. } = self;
        let mut woken = false;
        if let (Some(at), Some(waiting)) = (at.as_mut(), rights.as_mut())
            && at.fits
            && !app.programs().breaks(Mutant::ReadBeforeAttach)
            && !at.is_past()
        {
            // Who it is and what it may see was just looked at, since `waiting` was made.
            if moved(at, waiting).await {
                *rights = None;
            }
        }
        loop {
            // From before they are looked at: whatever comes after wakes again.
            let waiting = rights.get_or_insert_with(|| Apart::new(changed(app.accounts().watch())));
            let viewer = match viewer(app, asking).await {
                Ok(viewer) if *somebodys && viewer.user().is_none() => return std::future::pending().await,
                // The connection is about to be closed for it (see `ended`): that is all that is said.
                Err(error) if *somebodys && error.code() == ErrorCode::Unauthenticated => {
                    return std::future::pending().await;
                }
                viewer => viewer?,
            };
            #[cfg(test)]
            let viewer = if app.programs().breaks(Mutant::RightsOnce) { self.began.clone() } else { viewer };
            let Some(at) = at else { return Ok(viewer) };
            let past = if app.programs().breaks(Mutant::ReadBeforeAttach) { woken } else { at.is_past() };
            if past {
                return Ok(viewer);
            }
            let cursor = &at.answer.told.cursor;
            let Some(first) = cursor.positions.first() else { return Ok(viewer) };
            // Held, since it is watched.
            match app.programs().held_at(first.scope, first.stamp) {
                Some(program) if viewer.audience(&program) == cursor.audience => {}
                None if app.programs().breaks(Mutant::ReadBeforeAttach) => {}
                Some(_) | None => return Ok(viewer),
            }
            if moved(at, waiting).await {
                *rights = None;
            } else {
                woken = true;
            }
        }
    }

    /// The step from where this reader stands: computed, or had from another who stood there too.
    /// Whether the viewer is known to be of its audience comes with it.
    async fn step(&self, viewer: Viewer) -> Result<(Arc<Answer>, bool), Failed> {
        let place = self.place(&viewer);
        match place.as_ref().and_then(|place| place.cell.get()) {
            Some(answer) => Ok((Arc::clone(answer), self.fits())),
            // Boxed: it is much larger than what most readers hold, who come when it is there.
            None => Box::pin(self.compute(viewer, place)).await,
        }
    }

    /// That what is shared by an audience is for whoever is of it.
    fn fits(&self) -> bool {
        !self.app.programs().breaks(Mutant::OneAudience)
    }

    fn from(&self) -> Option<Arc<Cursor>> {
        self.at.as_ref().map(|at| Arc::clone(&at.answer.told.cursor)).or_else(|| self.resume.clone())
    }

    /// Where the step is that others may share; `None` if it is not known, or for nobody else.
    fn place(&self, viewer: &Viewer) -> Option<Place> {
        let program = self.app.programs().program_held(*self.hub.conference.get()?)?;
        let draft = program.conference().visibility == entity::enums::Visibility::Draft;
        if draft && !viewer.organizes(program.id()) {
            // It does not exist for this viewer: that is for the document to say.
            return None;
        }
        let from = self.from();
        let audience = if self.fits() { viewer.audience(&program) } else { Audience::Public };
        let after = self.after.clone().filter(|_| from.is_none());
        let start = Start { from, after, audience, stamp: program.stamp };
        let latest = self.app.programs().breaks(Mutant::LatestStep).then(|| self.hub.latest(&start)).flatten();
        let cell = latest.unwrap_or_else(|| self.hub.step(start));
        Some(Place { cell, audience, stamp: program.stamp })
    }

    async fn compute(&self, viewer: Viewer, place: Option<Place>) -> Result<(Arc<Answer>, bool), Failed> {
        let place = match (place, self.hub.conference.get()) {
            (None, Some(conference)) => {
                // It is not in memory yet.
                let _ = self.app.programs().program(*conference).await;
                self.place(&viewer)
            }
            (place, _) => place,
        };
        let from = self.from();
        let alone = |answer| (answer, false);
        let Some(Place { cell, audience, stamp }) = place else { return self.run(viewer, from).await.map(alone) };
        let mut own = None;
        let shared = cell
            .get_or_try_init(|| async {
                let ran = self.run(viewer, from).await;
                match ran {
                    // Only what is exactly that is for others: a newer program may make of this viewer another
                    // audience than of them.
                    Ok(answer)
                        if (answer.told.cursor.audience == audience || !self.fits())
                            && answer.told.cursor.stamp(answer.told.conference) == Some(stamp) =>
                    {
                        Ok(answer)
                    }
                    ran => {
                        own = Some(ran);
                        Err(())
                    }
                }
            })
            .await;
        match (shared, own) {
            (Ok(answer), _) => Ok((Arc::clone(answer), self.fits())),
            (Err(()), Some(own)) => own.map(alone),
            (Err(()), None) => Err(Failed::ForNow),
        }
    }

    /// Runs the document for one step.
    async fn run(&self, viewer: Viewer, from: Option<Arc<Cursor>>) -> Result<Arc<Answer>, Failed> {
        let limits = &self.app.config.limits;
        self.app.hubs.steps.fetch_add(1, Ordering::Relaxed);
        for _ in 0..RUNS {
            let begun = self.at.as_ref().map(|at| at.answer.told.mine.clone());
            let turn = Arc::new(Turn::after(from.as_deref().cloned(), begun));
            let pins = Pins::new(Arc::clone(&self.app.desk), viewer.clone(), &[], limits.cold_conferences);
            let pins = Arc::new(pins);
            let budget = Budget::new(&self.app.crowd, limits.resolved_fields as u64, limits.answer_bytes as u64);
            let budget = Arc::new(budget.await.map_err(|_| Failed::ForNow)?);
            let mut request = Request::new(&self.hub.query)
                .variables(self.variables.clone())
                .data(self.asking.clone())
                .data(Arc::clone(&pins))
                .data(Arc::clone(&budget))
                .data(Arc::clone(&turn));
            request.operation_name.clone_from(&self.hub.operation);
            let response = self.app.schema.execute_stream(request).next().await;
            if let Some(error) = budget.exceeded() {
                return Err(Failed::ForGood(vec![error.into_server_error()]));
            }
            if pins.mixed().await {
                self.app.programs.look().await.map_err(|_| Failed::ForNow)?;
                continue;
            }
            let Some(told) = turn.told() else {
                return Err(failed(response));
            };
            // A first run tells what the others need to know.
            let _ = self.hub.conference.set(told.conference);
            let payload = response.map(|mut response| {
                error::settle(&mut response.errors, &self.hub.query, &self.asking.request_id);
                serde_json::to_vec(&response)
            });
            let payload = payload.transpose();
            let payload = payload
                .map_err(|error| Failed::ForGood(vec![AppError::internal(error).into_server_error()]))?
                .map(Bytes::from);
            return Ok(Arc::new(Answer { payload, cursor: told.cursor.encode().into(), told }));
        }
        Err(Failed::ForNow)
    }
}
