//! Logging in: choosing a provider, going there, coming back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, header};

use super::pages::{self, Trouble};
use super::{Answer, Entrance, answer, set_cookie, unwritten};
use crate::auth::cookie::{FLOW, SESSION};
use crate::auth::provider::{self, Callback};
use crate::auth::return_to::own_path;
use crate::auth::token::Token;
use crate::command::account::{self, begin_flow, log_in, take_flow};
use crate::http::page::see_other;
use crate::http::params::{Params, ParamsFault};

/// How long the browser is remembered that went to a provider's, in seconds: as long as the login may take there.
const AWAY: i64 = 900;

fn read(request: &Parts) -> Result<Params, Trouble> {
    Params::of_query(request.uri.query()).map_err(|fault| match fault {
        ParamsFault::Twice(name) => Trouble::Twice(name),
        ParamsFault::NoForm => Trouble::Form,
    })
}

/// The page with all providers, or who is logged in.
pub(super) async fn choose(State(own): State<Arc<Entrance>>, request: Parts) -> Response<Body> {
    let work = async {
        if let Some(elsewhere) = own.by_other_name(&request) {
            return Ok(elsewhere);
        }
        let params = read(&request)?;
        let return_to = own_path(params.get("return_to").unwrap_or_default());
        let providers: Vec<_> = own.providers.list().collect();
        Ok(match own.here(&request.headers).await? {
            Some(here) => pages::logged_in(&here.account.name, &providers, &return_to),
            None => pages::choose(&providers, &return_to),
        }
        .respond())
    };
    answer(work.await)
}

/// Sends the browser to a provider.
pub(super) async fn begin(
    State(own): State<Arc<Entrance>>,
    Path(name): Path<String>,
    request: Parts,
) -> Response<Body> {
    let work = async {
        if let Some(elsewhere) = own.by_other_name(&request) {
            return Ok(elsewhere);
        }
        let params = read(&request)?;
        let return_to = own_path(params.get("return_to").unwrap_or_default());
        if params.get("link") != Some("1") {
            return go(&own, &name, &request.headers, return_to, None).await;
        }
        // To add a login to an account is asked for by a form of ours: a page elsewhere must not have it done.
        let label = own.providers.label(&name).ok_or(Trouble::NoProvider)?;
        Ok(match own.here(&request.headers).await? {
            Some(here) => {
                let leads_to = own.providers.origin(&name).unwrap_or_default();
                pages::link(&name, label, &here.account.name, &return_to).form_to(leads_to).respond()
            }
            None => see_other("/auth/login"),
        })
    };
    answer(work.await)
}

/// Sends the browser to a provider, for another login to the account that is logged in.
pub(super) async fn link(State(own): State<Arc<Entrance>>, Path(name): Path<String>, request: Parts) -> Response<Body> {
    let work = async {
        own.own_form(&request.headers)?;
        let params = read(&request)?;
        let return_to = own_path(params.get("return_to").unwrap_or_default());
        match own.here(&request.headers).await? {
            Some(here) => go(&own, &name, &request.headers, return_to, Some(here.account.user)).await,
            None => Ok(see_other("/auth/login")),
        }
    };
    answer(work.await)
}

async fn go(own: &Entrance, name: &str, headers: &HeaderMap, return_to: String, link_to: Option<uuid::Uuid>) -> Answer {
    let begun = own.providers.begin(name).await.map_err(|error| Trouble::provider(own, name, &error))?;
    // Several tabs of one browser may be on their way at once.
    let browser = FLOW.read(headers, own.secure()).unwrap_or_else(|| Token::new(own.desk.source.secret()));
    let provider::Flow { provider, nonce, pkce_verifier, began: _ } = begun.flow;
    let flow = account::Flow { provider, state: begun.state, browser, nonce, pkce_verifier, return_to, link_to };
    begin_flow(&own.desk, flow).await.map_err(unwritten)?;
    let mut response = see_other(begun.url.as_str());
    set_cookie(&mut response, FLOW.set(browser, AWAY, own.secure()));
    Ok(response)
}

/// The browser comes back from a provider.
pub(super) async fn finish(
    State(own): State<Arc<Entrance>>,
    Path(name): Path<String>,
    request: Parts,
) -> Response<Body> {
    let work = async {
        let params = read(&request)?;
        let headers = &request.headers;
        let both = params.get("state").and_then(Token::read).zip(FLOW.read(headers, own.secure()));
        let flow = match both {
            Some((state, browser)) => take_flow(&own.desk, &name, state, browser).await.map_err(unwritten)?,
            None => None,
        };
        let Some(flow) = flow else {
            // Whoever presses "back" after a login comes here too.
            let name = own.here(headers).await?.map(|here| here.account.name.clone());
            return Err(Trouble::Over(name));
        };
        let text = |name: &str| params.get(name).map(str::to_owned);
        let callback = Callback { state: None, code: text("code"), iss: text("iss"), error: text("error") };
        let (return_to, link_to) = (flow.return_to, flow.link_to);
        let flow = provider::Flow {
            provider: flow.provider,
            nonce: flow.nonce,
            pkce_verifier: flow.pkce_verifier,
            began: flow.created_at,
        };
        let claims = own.providers.finish(&name, &flow, &callback).await;
        let claims = claims.map_err(|error| Trouble::provider(&own, &name, &error))?;
        let before = SESSION.read(headers, own.secure());
        if link_to.is_some() && own.here(headers).await?.map(|here| here.account.user) != link_to {
            return Err(Trouble::AnotherUser);
        }
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let entered = log_in(&own.desk, known(name, claims), link_to, agent, before).await.map_err(unwritten)?;
        let mut response = see_other(&own_path(&return_to));
        let seconds = own.desk.accounts.lifetimes().absolute.num_seconds();
        set_cookie(&mut response, SESSION.set(entered.token, seconds, own.secure()));
        Ok(response)
    };
    answer(work.await)
}

fn known(provider: String, claims: provider::Claims) -> account::Claims {
    let provider::Claims { issuer, subject, email, email_verified, name, orcid } = claims;
    account::Claims { provider, issuer, subject, email, email_verified, name, orcid }
}
