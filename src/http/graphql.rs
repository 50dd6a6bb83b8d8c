//! GraphQL over HTTP at `/graphql`.
//!
//! By the specification of that name; where it and the audits of npm's `graphql-http` differ, the audits.

mod accept;
mod answer;
mod request;
mod slow;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{Request, Variables, parser::types::OperationType};
use axum::{
    extract::State,
    http::{HeaderMap, Method},
    response::Response,
};
use bytes::Bytes;
use serde_json::{Map, Value};
use tokio::task::JoinHandle;
use tracing::Instrument;

pub(super) use self::request::Asked;
use self::{
    accept::Media,
    answer::{Ending, Reply},
};
use super::{Asking, Door, Steps, access::Caller, cache::Keeping, console, socket, sse};
use crate::auth::accounts::Credential;
use crate::error::{self, AppError, ErrorCode};

type HttpRequest = axum::extract::Request;

/// Answers one request.
pub(super) async fn handle(State(door): State<Arc<Door>>, request: HttpRequest) -> Response {
    let caller = caller(&request);
    if door.console && request.method() == Method::GET && console::is_wanted(request.headers()) {
        return console::page();
    }
    if socket::is_wanted(request.headers()) {
        return socket::open(door, request, caller).await;
    }
    if sse::is_wanted(request.headers()) {
        return sse::open(door, request, caller).await;
    }
    let keeping = Keeping::of(request.method(), request.headers());
    let credential = door.origins.credential(request.method(), request.headers(), door.secure);
    // Whoever is logged in is counted as a user, once it is known who that is.
    let counted = caller.client.filter(|_| !matches!(credential, Ok(Some(_))));
    let rate = counted.map_or(Ok(()), |client| door.rates.take(client, Instant::now()));
    let Some(media) = Media::accepted(request.headers()) else {
        let error = AppError::bad_input(
            "Nothing that Accept names is served here; accept application/graphql-response+json or application/json.",
        );
        return Reply::refused(Ending::NotAcceptable, error).respond(Media::Json, "", &caller.request_id);
    };
    if rate.is_err() {
        return Reply::of_error(AppError::rate_limited("This address")).respond(media, "", &caller.request_id);
    }
    let begun = Instant::now();
    let (reply, query) = match read(&door, request, &caller, credential).await {
        Ok((asked, asking, method)) => {
            let query = asked.query.clone();
            (run(&door, asked, asking, method).await, query)
        }
        Err(reply) => (*reply, String::new()),
    };
    let took = begun.elapsed();
    if took > door.slow {
        slow::log(&query, reply.operation(), took, &caller.request_id);
    }
    reply.respond_to(media, &query, &caller.request_id, keeping.as_ref())
}

/// Any path that is none of ours.
pub(super) async fn not_found(request: HttpRequest) -> Response {
    let error = AppError::bad_input("There is nothing at this path; GraphQL is at /graphql.");
    Reply::refused(Ending::NotFound, error).respond(Media::Json, "", &caller(&request).request_id)
}

/// A path of ours with a method that it does not have. The router names those that it has.
pub(super) async fn wrong_method(request: HttpRequest) -> Response {
    let error = AppError::bad_input(format!("{} has no method {}.", request.uri().path(), request.method()));
    Reply::refused(Ending::WrongMethod { allow: None }, error).respond(Media::Json, "", &caller(&request).request_id)
}

fn caller(request: &HttpRequest) -> Caller {
    let found = request.extensions().get::<Caller>().cloned();
    found.unwrap_or_else(|| Caller { request_id: "none".into(), client: None })
}

async fn read(
    door: &Door,
    request: HttpRequest,
    caller: &Caller,
    credential: Result<Option<Credential>, AppError>,
) -> Result<(Asked, Asking, Method), Box<Reply>> {
    let credential = credential.map_err(Reply::of_error)?;
    let at_least = at_least(request.headers())?;
    let method = request.method().clone();
    let asked = if method == Method::GET {
        request::from_url(request.uri().query().unwrap_or_default(), &door.limits)?
    } else if method == Method::POST {
        request::from_body(request, &door.limits).await?
    } else {
        let error = AppError::bad_input(format!("/graphql has no method {method}; use POST, or GET for queries."));
        return Err(Box::new(Reply::refused(Ending::WrongMethod { allow: Some("GET, POST") }, error)));
    };
    let request_id = Arc::clone(&caller.request_id);
    let asking = Asking { request_id, at_least, client: caller.client, credential, mutates: false, resume: None };
    Ok((asked, asking, method))
}

fn at_least(headers: &HeaderMap) -> Result<Option<String>, Box<Reply>> {
    let mut given = headers.get_all("plenary-at-least").iter();
    match (given.next().map(|value| value.to_str()), given.next()) {
        (None, _) => Ok(None),
        (Some(Ok(text)), None) => Ok(Some(text.to_owned())),
        (Some(_), _) => {
            let error = AppError::bad_input("The header Plenary-At-Least must be one cursor, as `cursor` gave it.");
            Err(Box::new(Reply::refused(Ending::Malformed, error)))
        }
    }
}

/// Runs the document in a task of its own, so that a panic is an answer and the time limit holds.
async fn run(door: &Arc<Door>, asked: Asked, asking: Asking, method: Method) -> Reply {
    let limit_ms = door.limits.run_ms;
    let span = tracing::info_span!("request", id = %asking.request_id);
    let task = answer_document(Arc::clone(door), asked, asking, method).instrument(span);
    let mut task = Task(tokio::spawn(task));
    match tokio::time::timeout(Duration::from_millis(limit_ms), &mut task.0).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(broken)) => Reply::of_error(AppError::internal(broken)),
        Err(_) => Reply::of_error(AppError::timeout(limit_ms)),
    }
}

/// A task that ends when nobody waits for it any more.
struct Task(JoinHandle<Reply>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn answer_document(door: Arc<Door>, asked: Asked, mut asking: Asking, method: Method) -> Reply {
    let Asked { query, operation_name, variables } = asked;
    let admitted = match door.documents.admit(&query, operation_name.as_deref(), &variables, &door.limits) {
        Ok(admitted) => admitted,
        Err(error) => {
            door.metrics.refused(error.limit().unwrap_or(error.code().as_str()));
            return Reply::of_error(error);
        }
    };
    let name = admitted.name.clone();
    match admitted.kind {
        OperationType::Query => {}
        OperationType::Mutation if method == Method::GET => {
            let error = AppError::bad_input("A mutation can't be sent with GET; use POST.");
            return Reply::refused(Ending::WrongMethod { allow: Some("POST") }, error).named(name);
        }
        OperationType::Mutation => asking.mutates = true,
        OperationType::Subscription => {
            let error = AppError::bad_input(
                "A subscription is answered by events: send Accept: text/event-stream, or use a WebSocket with the \
                 protocol graphql-transport-ws.",
            );
            return Reply::of_error(error).named(name);
        }
    }
    if admitted.introspects && !door.introspection {
        let error = AppError::validation_failed("The schema can't be asked for here: introspection is off.");
        return Reply::of_error(error).named(name);
    }
    let mut request = Request::new(query).variables(Variables::from_json(Value::Object(variables))).data(asking);
    request.operation_name = operation_name;
    request.set_parsed_query(admitted.document.clone());
    Reply::of_response(door.schema.execute(request).await).named(name)
}

/// What an operation of a socket comes to.
pub(super) enum Outcome {
    /// It was run: the response.
    Answered(Bytes),
    /// It was refused before it ran: the errors.
    Refused(Bytes),
    /// It is a subscription.
    Steps(Steps),
}

/// Reads what a socket sends as an operation.
pub(super) fn read_members(request: Map<String, Value>, request_id: &str) -> Result<Asked, Outcome> {
    request::from_members(request).map_err(|reply| reply.told("", request_id))
}

/// Reads a request that is to be answered by events.
pub(super) async fn read_request(
    door: &Door,
    request: HttpRequest,
    caller: &Caller,
    credential: Result<Option<Credential>, AppError>,
) -> Result<(Asked, Asking, Method), Box<Response>> {
    let read = read(door, request, caller, credential).await;
    read.map_err(|reply| Box::new(reply.respond(Media::Json, "", &caller.request_id)))
}

/// Refuses a request before it is read.
pub(super) fn refuse(error: AppError, request_id: &str) -> Response {
    Reply::of_error(error).respond(Media::GraphqlResponse, "", request_id)
}

/// Begins an operation that goes on, by the same rules as one that is answered at once.
pub(super) async fn operation(door: &Arc<Door>, asked: Asked, asking: Asking, method: Method) -> Outcome {
    let request_id = Arc::clone(&asking.request_id);
    let admitted = door.documents.admit(&asked.query, asked.operation_name.as_deref(), &asked.variables, &door.limits);
    if let Ok(admitted) = &admitted
        && admitted.kind == OperationType::Subscription
    {
        let Asked { query, operation_name, variables } = asked;
        let mut request = Request::new(query).variables(Variables::from_json(Value::Object(variables))).data(asking);
        request.operation_name = operation_name;
        request.set_parsed_query(admitted.document.clone());
        return Outcome::Steps(door.schema.subscribe(request));
    }
    let query = asked.query.clone();
    run(door, asked, asking, method).await.told(&query, &request_id)
}

/// Whether an error comes from running, not from refusing, a document.
fn ran(error: &async_graphql::ServerError) -> bool {
    !error.path.is_empty()
}

/// The code that stands for a whole answer.
fn leading(errors: &[async_graphql::ServerError]) -> Option<ErrorCode> {
    errors.iter().find_map(error::own_code)
}
