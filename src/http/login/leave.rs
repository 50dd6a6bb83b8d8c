//! Logging out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::http::request::Parts;

use super::pages;
use super::{Entrance, answer, set_cookie, unwritten};
use crate::auth::cookie::SESSION;
use crate::auth::return_to::own_path;
use crate::command::account::log_out;
use crate::http::params::Params;

fn return_to(request: &Parts) -> String {
    let params = Params::of_query(request.uri.query()).unwrap_or_default();
    own_path(params.get("return_to").unwrap_or_default())
}

/// Asks whether to.
pub(super) async fn ask(State(own): State<Arc<Entrance>>, request: Parts) -> Response<Body> {
    let return_to = return_to(&request);
    let work = async {
        Ok(match own.here(&request.headers).await? {
            Some(here) => pages::log_out(&here.account.name, &return_to),
            None => pages::logged_out(&return_to),
        }
        .respond())
    };
    answer(work.await)
}

/// Does it: the session ends on the server, whatever becomes of the cookie.
pub(super) async fn leave(State(own): State<Arc<Entrance>>, request: Parts) -> Response<Body> {
    let return_to = return_to(&request);
    let work = async {
        own.own_form(&request.headers)?;
        if let Some(here) = own.here(&request.headers).await? {
            log_out(&own.desk, here.token).await.map_err(unwritten)?;
        }
        let mut response = pages::logged_out(&return_to).respond();
        set_cookie(&mut response, SESSION.clear(own.secure()));
        Ok(response)
    };
    answer(work.await)
}
