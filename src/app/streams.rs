//! Driving subscriptions: each step run once for all who stand at the same place.
//!
//! A reader waits until the conference's state or its own audience is another than that of its cursor, and then takes
//! the step that begins at exactly its cursor. The first who comes to a step computes it, the others wait for that. No
//! step is pushed to anybody: whoever was away takes the one step from where it stands to what is the case now.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError, Value, Variables};
use bytes::Bytes;
use entity::enums::Audience;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::{OnceCell, watch};
use uuid::Uuid;

use super::{App, RUNS};
use crate::apart::Apart;
use crate::auth::Viewer;
use crate::auth::accounts::Credential;
use crate::cursor::Cursor;
use crate::db::Stamp;
use crate::error::{self, AppError, ErrorCode, own_code};
use crate::graphql::{Budget, Pins, Told, Turn};
use crate::http::{Asking, Step, Steps};
use crate::live::Mutant;

/// How many steps of a hub are kept: readers that are a little behind still share.
const KEPT: usize = 4;

/// After this long a step that failed for want of the database is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// How often a login is looked at that no log names: it may have ended by its age.
const LOOK: Duration = Duration::from_secs(1);

/// All hubs: one for each subscription that somebody reads.
#[derive(Default)]
pub(super) struct Hubs {
    by_key: Mutex<HashMap<Key, Arc<Hub>>>,
    steps: AtomicU64,
}

/// What an answer depends on, beside the states it reads and the audience.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    query: String,
    operation: Option<String>,
    /// In JSON, without the one that says where to begin.
    variables: String,
    /// Who asks, where the document names `viewer`.
    user: Option<Uuid>,
}

/// One subscription, and its newest steps.
struct Hub {
    query: String,
    operation: Option<String>,
    /// Known from the first run on.
    conference: OnceLock<Uuid>,
    steps: Mutex<Vec<(Start, Cell)>>,
}

/// A step, computed by the first who needs it.
type Cell = Arc<OnceCell<Arc<Answer>>>;

/// Where a step begins, and what it is to lead to.
#[derive(Clone, PartialEq)]
struct Start {
    from: Option<Arc<Cursor>>,
    /// Where the first step begins, as the client wrote it.
    after: Option<String>,
    audience: Audience,
    stamp: Stamp,
}

/// Where a step is kept that others may share.
struct Place {
    cell: Cell,
    audience: Audience,
    stamp: Stamp,
}

/// What a step came to.
struct Answer {
    /// `None`: nothing to send.
    payload: Option<Bytes>,
    cursor: Arc<str>,
    told: Told,
}

/// Why a step came to nothing.
enum Failed {
    /// It may go well in a moment.
    ForNow,
    ForGood(Vec<ServerError>),
}

impl Hubs {
    /// How many steps were computed.
    pub(super) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    fn of(&self, key: Key) -> Arc<Hub> {
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
    fn latest(&self, start: &Start) -> Option<Cell> {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let leads = |own: &Start| own.from.is_some() && own.audience == start.audience && own.stamp == start.stamp;
        let found = steps.iter().rev().find(|(own, _)| start.from.is_some() && leads(own));
        found.map(|(_, cell)| Arc::clone(cell))
    }

    fn step(&self, start: Start) -> Cell {
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

/// One who reads.
struct Reader {
    app: Arc<App>,
    hub: Arc<Hub>,
    variables: Variables,
    after: Option<String>,
    /// Where it begins that was here before, by SSE's event id.
    resume: Option<Arc<Cursor>>,
    asking: Asking,
    /// Ends when anybody's rights may have changed since it was made; `None`: they have.
    rights: Option<Apart<Waiting>>,
    /// Whether it began as somebody's: then it never goes on as nobody's.
    somebodys: bool,
    /// Who it was when it began.
    #[cfg(test)]
    began: Viewer,
    /// Where it stands, and what it waits for.
    at: Option<At>,
    over: bool,
}

type Waiting = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// Where a reader stands, and what it waits for.
struct At {
    /// What it was told last, which others share.
    answer: Arc<Answer>,
    /// Of a conference, and of a user where it depends on that. In place: it is looked at for each message.
    watching: [Option<(Uuid, watch::Receiver<Stamp>)>; 2],
    /// Whether the viewer was of the answer's audience when it came.
    fits: bool,
}

/// Waits until something may be past, or anybody's rights may be other ones: then true.
async fn moved(at: &mut At, rights: &mut Apart<Waiting>) -> bool {
    let mut moved = pin!(at.changed());
    poll_fn(|context| {
        if rights.poll(context, |it, context| it.as_mut().poll(context)).is_ready() {
            return Poll::Ready(true);
        }
        moved.as_mut().poll(context).map(|()| false)
    })
    .await
}

/// Ends at the next change from now on.
fn changed(mut watched: watch::Receiver<()>) -> Waiting {
    Box::pin(async move {
        // An error is the end of the application.
        let _ = watched.changed().await;
    })
}

impl At {
    /// After this answer. What was watched already still is: it was attached to before this was read, too.
    fn after(answer: Arc<Answer>, fits: bool, before: Option<Self>) -> Self {
        let mut before = before.map(|before| before.watching).unwrap_or_default();
        let mut told = answer.told.watching.iter();
        let watching = std::array::from_fn(|n| {
            let (scope, told) = told.next()?;
            let own = before.get_mut(n).and_then(Option::take).filter(|(_, own)| own.same_channel(told));
            Some(own.unwrap_or_else(|| (*scope, told.clone())))
        });
        Self { answer, watching, fits }
    }

    /// Whether something is no longer as it is there.
    fn is_past(&mut self) -> bool {
        let cursor = &self.answer.told.cursor;
        let mut watching = self.watching.iter_mut().flatten();
        watching.any(|(scope, watching)| cursor.stamp(*scope) != Some(*watching.borrow_and_update()))
    }

    /// Waits until it may be.
    async fn changed(&mut self) {
        // An error is the end of the application.
        match &mut self.watching {
            [Some((_, one)), None] => drop(one.changed().await),
            [Some((_, one)), Some((_, two))] => tokio::select! {
                _ = one.changed() => {}
                _ = two.changed() => {}
            },
            [None, _] => std::future::pending().await,
        }
    }
}

/// A subscription's steps.
pub(super) fn subscribe(app: Arc<App>, mut request: Request) -> Steps {
    let asking = super::asking(&request).cloned();
    let Some(asking) = asking else {
        let error = AppError::internal("a subscription without one who asks");
        return Box::pin(stream::once(async { failure(vec![error.into_server_error()], "", "none") }));
    };
    let after = after(&mut request);
    let begin = Box::pin(async move {
        let viewer = loop {
            match viewer(&app, &asking).await {
                Err(error) if error.code() == ErrorCode::Unavailable => tokio::time::sleep(AGAIN).await,
                viewer => break viewer,
            }
        };
        let viewer = match viewer {
            Ok(viewer) => viewer,
            Err(error) => return Err(failure(vec![error.into_server_error()], &request.query, &asking.request_id)),
        };
        let Request { query, operation_name, variables, .. } = request;
        let mut own = variables.clone();
        if let Some((name, _)) = &after {
            own.remove(&async_graphql::Name::new(name));
        }
        // What names `viewer` is nobody else's.
        let user = if query.contains("viewer") { viewer.user() } else { None };
        let variables_text = serde_json::to_string(&own).unwrap_or_default();
        let key = Key { query, operation: operation_name, variables: variables_text, user };
        Ok(Box::new(Reader {
            hub: app.hubs.of(key),
            rights: None,
            somebodys: viewer.user().is_some(),
            #[cfg(test)]
            began: viewer.clone(),
            app,
            variables,
            after: after.map(|(_, value)| value),
            resume: asking.resume.as_deref().and_then(Cursor::decode).map(Arc::new),
            asking,
            at: None,
            over: false,
        }))
    });
    // What begins it is boxed, since it is large and over at once; what goes on is in one piece, since it is polled for
    // each message.
    Box::pin(stream::unfold(Reading::Begins(begin), |reading| async move {
        let mut reader = match reading {
            Reading::Over => return None,
            Reading::Goes(reader) => reader,
            Reading::Begins(begin) => match begin.await {
                Ok(reader) => reader,
                Err(failure) => return Some((failure, Reading::Over)),
            },
        };
        let step = reader.next().await?;
        Some((step, Reading::Goes(reader)))
    }))
}

/// How far a subscription is.
enum Reading<B> {
    Begins(B),
    Goes(Box<Reader>),
    Over,
}

/// The variable that the document's `after` is, and its value.
fn after(request: &mut Request) -> Option<(String, String)> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let operation = document
        .operations
        .iter()
        .find(|(own, _)| name.is_none() || own.map(async_graphql::Name::as_str) == name.as_deref())?;
    if operation.1.node.ty != OperationType::Subscription {
        return None;
    }
    let field = operation.1.node.selection_set.node.items.iter().find_map(|item| match &item.node {
        async_graphql::parser::types::Selection::Field(field) => Some(&field.node),
        _ => None,
    })?;
    let argument = field.arguments.iter().find(|(name, _)| name.node == "after")?;
    // As it is printed, a variable begins with a dollar, and nothing else does.
    let variable = argument.1.node.to_string().strip_prefix('$')?.to_owned();
    match request.variables.get(&async_graphql::Name::new(&variable)) {
        Some(Value::String(value)) => Some((variable, value.clone())),
        _ => None,
    }
}

async fn viewer(app: &App, asking: &Asking) -> Result<Viewer, AppError> {
    let Some(credential) = &asking.credential else { return Ok(Viewer::Nobody) };
    if let Some(viewer) = app.accounts().held(credential, app.source().now())? {
        return Ok(viewer);
    }
    let viewer = Box::pin(app.accounts().viewer(credential, app.source().now())).await?;
    match (viewer, credential) {
        (Some(viewer), _) => Ok(viewer),
        (None, Credential::Session(_)) => Ok(Viewer::Nobody),
        (None, Credential::Access(_)) => {
            Err(AppError::new(ErrorCode::Unauthenticated, "This access token has ended; make another."))
        }
    }
}

/// Ends when the login has ended; never for somebody without one.
pub(super) async fn ended(app: Arc<App>, credential: Option<Credential>) {
    let Some(credential) = credential else { return std::future::pending().await };
    let mut rights = app.accounts().watch();
    let is_none = async || matches!(Box::pin(app.accounts().viewer(&credential, app.source().now())).await, Ok(None));
    // A cookie that was none from the start has nothing to end.
    if is_none().await {
        return std::future::pending().await;
    }
    loop {
        tokio::select! {
            _ = rights.changed() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        if is_none().await {
            return;
        }
    }
}

/// The last step, when nothing can come any more.
fn failure(mut errors: Vec<ServerError>, query: &str, request_id: &str) -> Step {
    if errors.is_empty() {
        errors.push(AppError::internal("a subscription ended without a word").into_server_error());
    }
    error::settle(&mut errors, query, request_id);
    Step::Error(Bytes::from(serde_json::to_vec(&errors).unwrap_or_else(|_| b"[]".to_vec())))
}

impl Reader {
    /// The next that is sent; `None` after an error.
    async fn next(&mut self) -> Option<Step> {
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

/// Why nothing came.
fn failed(response: Option<Response>) -> Failed {
    let errors = response.map(|response| response.errors).unwrap_or_default();
    let passing = |error: &ServerError| {
        matches!(own_code(error), Some(ErrorCode::Unavailable | ErrorCode::Timeout | ErrorCode::RateLimited))
    };
    if !errors.is_empty() && errors.iter().all(passing) { Failed::ForNow } else { Failed::ForGood(errors) }
}
