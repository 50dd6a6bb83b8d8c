//! The pages behind the links in mails: a message, a form to answer it, and two to want no more. The link is all that it
//! takes. To look at a page changes nothing: programs that read mail follow its links.

mod pages;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::middleware::{self, Next};
use axum::routing::get;

use super::Rates;
use super::access::Caller;
use super::page::Page;
use super::params::{Params, ParamsFault};
use crate::command::desk::Desk;
use crate::command::message::{self, Opened, Refusal};
use crate::command::write::WriteError;
use crate::db::Letter;

/// The most bytes of a form: the longest message, every byte of it escaped.
const LARGEST: usize = 64 * 1024;

/// What the routes need.
pub struct Letterbox {
    /// Where writes are taken in; mail and time besides.
    pub desk: Arc<Desk>,
    /// How many requests an address may send here.
    pub rates: Rates,
    /// How long a form may take to arrive.
    pub patience: Duration,
}

/// All routes.
pub fn routes(letterbox: Arc<Letterbox>) -> Router {
    Router::new()
        .route("/messages/{token}", get(look).post(act))
        .layer(middleware::from_fn_with_state(Arc::clone(&letterbox), guard))
        .with_state(letterbox)
}

/// Not too often, and nothing here tells others where it was come from: the address is the key.
async fn guard(State(letterbox): State<Arc<Letterbox>>, request: Request, next: Next) -> Response<Body> {
    let client = request.extensions().get::<Caller>().and_then(|caller| caller.client);
    let taken = client.map_or(Ok(()), |address| letterbox.rates.take(address, Instant::now()));
    let mut response = match taken {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            let mut response = pages::too_often().respond();
            if let Ok(seconds) = HeaderValue::from_str(&wait.as_secs_f64().ceil().to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
    };
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Shows the message.
async fn look(State(letterbox): State<Arc<Letterbox>>, Path(token): Path<String>) -> Response<Body> {
    let page = match letterbox.open(&token).await {
        Ok(letter) => pages::letter(&letter, "", None),
        Err(page) => page,
    };
    page.respond()
}

/// Answers, or refuses.
async fn act(State(letterbox): State<Arc<Letterbox>>, Path(token): Path<String>, request: Request) -> Response<Body> {
    letterbox.act(&token, request).await.unwrap_or_else(|page| page).respond()
}

impl Letterbox {
    /// The message that the link is to, or the page that says why there is none.
    async fn open(&self, token: &str) -> Result<Letter, Page> {
        match message::open(&self.desk, token).await {
            Ok(Opened::Letter(letter)) => Ok(*letter),
            Ok(Opened::Expired) => Err(pages::expired()),
            Ok(Opened::Unknown) => Err(pages::unknown()),
            Err(error) => Err(ours(&error)),
        }
    }

    async fn act(&self, token: &str, request: Request) -> Result<Page, Page> {
        let letter = self.open(token).await?;
        let (parts, body) = request.into_parts();
        let form = Params::of_large_form(&parts.headers, body, self.patience, LARGEST).await;
        let form = form.map_err(|fault| match fault {
            ParamsFault::Twice(_) | ParamsFault::NoForm => pages::no_form(),
        })?;
        let text = form.get("text").unwrap_or_default();
        let refusal = match form.get("do") {
            Some("answer") => None,
            Some("refuse-sender") => Some(Refusal::Sender),
            Some("refuse-all") => Some(Refusal::All),
            Some(_) | None => return Err(pages::no_form()),
        };
        let Some(refusal) = refusal else {
            return match message::answer(&self.desk, &letter, text).await {
                Ok(_) => Ok(pages::answered(&letter)),
                Err(WriteError::Refused(faults)) => {
                    let why = faults.into_iter().next().map(|fault| fault.message);
                    Err(pages::letter(&letter, text, why.as_deref()).status(StatusCode::UNPROCESSABLE_ENTITY))
                }
                Err(error @ (WriteError::Database(_) | WriteError::App(_))) => Err(ours(&error)),
            };
        };
        if form.get("sure") != Some("yes") {
            let why = "Nothing is changed yet: tick the box to say that you are sure.";
            return Err(pages::letter(&letter, text, Some(why)).status(StatusCode::UNPROCESSABLE_ENTITY));
        }
        match message::refuse(&self.desk, &letter, refusal).await {
            Ok(true) => Ok(pages::refused(&letter, refusal)),
            Ok(false) => Err(pages::nobody_to_refuse()),
            Err(error) => Err(ours(&error)),
        }
    }
}

/// A fault of ours: the page says little, the log the rest.
fn ours(error: &WriteError) -> Page {
    tracing::error!(?error, "a page of a message can't be made");
    pages::unavailable()
}
