//! The page behind the link in digests, by which somebody is told of no more changes. The link is all that it takes. To
//! look at the page changes nothing: programs that read mail follow its links. To send it anything at all ends it, also
//! what a mail program sends for its own button (RFC 8058, section 3.1).

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::middleware::{self, Next};
use axum::routing::get;
use maud::html;

use super::Rates;
use super::access::Caller;
use super::page::Page;
use crate::command::desk::Desk;
use crate::command::notice;

/// What the routes need.
pub struct StopDesk {
    /// Where writes are taken in; mail and time besides.
    pub desk: Arc<Desk>,
    /// How many requests an address may send here.
    pub rates: Rates,
}

/// All routes.
pub fn routes(desk: Arc<StopDesk>) -> Router {
    Router::new()
        .route("/notices/{token}", get(look).post(stop))
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), guard))
        .with_state(desk)
}

/// Not too often, and nothing here tells others where it was come from: the address is the key.
async fn guard(State(stop): State<Arc<StopDesk>>, request: Request, next: Next) -> Response<Body> {
    let client = request.extensions().get::<Caller>().and_then(|caller| caller.client);
    let taken = client.map_or(Ok(()), |address| stop.rates.take(address, Instant::now()));
    let mut response = match taken {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            let mut response = too_often().respond();
            if let Ok(seconds) = HeaderValue::from_str(&wait.as_secs_f64().ceil().to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
    };
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Shows what would be stopped.
async fn look(State(stop): State<Arc<StopDesk>>, Path(token): Path<String>) -> Response<Body> {
    stop.look(&token).await.unwrap_or_else(|page| page).respond()
}

/// Stops it.
async fn stop(State(stop): State<Arc<StopDesk>>, Path(token): Path<String>) -> Response<Body> {
    stop.stop(&token).await.unwrap_or_else(|page| page).respond()
}

impl StopDesk {
    async fn look(&self, token: &str) -> Result<Page, Page> {
        let (user, conference) = self.read(token).await?;
        let setting = self.desk.database.notice_setting(user, conference).await.map_err(|error| ours(&error))?;
        Ok(match setting {
            Some((true, name)) => wanted(&name),
            Some((false, _)) | None => stopped(),
        })
    }

    async fn stop(&self, token: &str) -> Result<Page, Page> {
        let (user, conference) = self.read(token).await?;
        notice::stop(&self.desk, user, conference).await.map_err(|error| ours(&error))?;
        Ok(stopped())
    }

    /// Whose link it is, and for which conference.
    async fn read(&self, token: &str) -> Result<(uuid::Uuid, uuid::Uuid), Page> {
        let key = self.desk.post.key(&self.desk.database, &*self.desk.source).await.map_err(|error| ours(&error))?;
        key.read_stop(token).ok_or_else(unknown)
    }
}

/// A fault of ours: the page says little, the log the rest.
fn ours(error: &impl std::fmt::Debug) -> Page {
    tracing::error!(?error, "a page of notices can't be made");
    let body = html! { p { "This can't be done now; nothing is changed. Try again in a minute." } };
    Page::new("Not now", body).status(StatusCode::SERVICE_UNAVAILABLE)
}

fn wanted(conference: &str) -> Page {
    let body = html! {
        p {
            "You get a mail when something that concerns you changes on the program of "
            strong dir="auto" { (conference) } "."
        }
        form method="post" {
            button.button type="submit" { "Tell me no more" }
        }
        p.quiet { "What you have starred stays as it is, and you can ask to be told again at any time." }
    };
    Page::new("Mail about changes", body)
}

fn stopped() -> Page {
    let body = html! {
        p { "You get no mail about changes of this program." }
        p.quiet { "You can close this page." }
    };
    Page::new("No more mail", body)
}

/// We have not made this link.
fn unknown() -> Page {
    let body = html! {
        p { "There is nothing to stop at this address." }
        p.quiet { "Is it whole? Copy it from the mail again, up to its last letter." }
    };
    Page::new("No such page", body).status(StatusCode::NOT_FOUND)
}

fn too_often() -> Page {
    let body = html! { p { "Too much comes from where you are; wait a second and try again." } };
    Page::new("Not so fast", body).status(StatusCode::TOO_MANY_REQUESTS)
}
