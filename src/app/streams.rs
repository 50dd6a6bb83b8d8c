//! Driving subscriptions: each step run once for all who stand at the same place.
//!
//! A reader waits until the conference's state or its own audience is another than that of its cursor, and then takes
//! the step that begins at exactly its cursor. The first who comes to a step computes it, the others wait for that. No
//! step is pushed to anybody: whoever was away takes the one step from where it stands to what is the case now.

mod hub;
mod place;
mod reader;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, ServerError, Value};
use bytes::Bytes;
use futures_util::stream;

pub(super) use self::hub::Hubs;
use self::hub::Key;
use self::reader::Reader;
use super::App;
use crate::auth::Viewer;
use crate::auth::accounts::Credential;
use crate::cursor::Cursor;
use crate::error::{self, AppError, ErrorCode};
use crate::http::{Asking, Step, Steps};

/// After this long a step that failed for want of the database is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// How often a login is looked at that no log names: it may have ended by its age.
const LOOK: Duration = Duration::from_secs(1);

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
        // What names `viewer` is nobody else's, and a token does not get what only a session may see.
        let login = viewer.login().filter(|_| query.contains("viewer"));
        let who = login.map(|login| (login.user, login.kind));
        let variables_text = serde_json::to_string(&own).unwrap_or_default();
        let key = Key { query, operation: operation_name, variables: variables_text, who };
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
