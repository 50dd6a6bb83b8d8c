//! An app asks its user to be let in (RFC 6749, section 4.1; RFC 7636; RFC 9207).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::http::request::Parts;
use url::Url;
use url::form_urlencoded::Serializer;

use super::pages::{self, Trouble};
use super::{Entrance, answer, unwritten};
use crate::auth::apps::App;
use crate::auth::return_to::{HOME, own_path};
use crate::auth::{Scope, Scopes};
use crate::command::account::{AppCode, store_code};
use crate::http::page::see_other;
use crate::http::params::{Params, ParamsFault};

/// What an app asks for, rightly.
struct Asked<'a> {
    app: App<'a>,
    redirect: Redirect,
    challenge: String,
    scopes: Scopes,
}

/// Where the app waits for the answer.
struct Redirect {
    /// As it was given: the exchange must give the same.
    text: String,
    url: Url,
    state: Option<String>,
}

/// Why an app is not answered as it wishes.
enum Fault {
    /// Whoever asks is not known, so nothing is sent anywhere.
    Stranger(&'static str),
    /// The app is told.
    Told(Box<Redirect>, &'static str),
}

fn asked<'a>(own: &'a Entrance, params: &Params) -> Result<Asked<'a>, Fault> {
    let app = params.get("client_id").and_then(|id| own.apps.get(id));
    let app = app.ok_or(Fault::Stranger("The app (client_id) is not registered here."))?;
    let text = params.get("redirect_uri").filter(|text| app.may_redirect(text));
    let text =
        text.ok_or(Fault::Stranger("The address that the app wants to be told at is not the registered one."))?;
    let url = Url::parse(text).map_err(|_| Fault::Stranger("The address that the app wants to be told at is none."))?;
    let state = params.get("state").map(str::to_owned);
    let redirect = Redirect { text: text.to_owned(), url, state };
    if params.get("response_type") != Some("code") {
        return Err(Fault::Told(Box::new(redirect), "unsupported_response_type"));
    }
    let challenge = params.get("code_challenge").filter(|_| params.get("code_challenge_method") == Some("S256"));
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let Some(challenge) = challenge.filter(|text| text.len() == 43 && text.bytes().all(letters)) else {
        return Err(Fault::Told(Box::new(redirect), "invalid_request"));
    };
    let scopes = match params.get("scope") {
        None => Some(Scopes::of([Scope::Read])),
        Some(text) => Scopes::read(text).filter(|scopes| !scopes.is_empty()),
    };
    let Some(scopes) = scopes else {
        return Err(Fault::Told(Box::new(redirect), "invalid_scope"));
    };
    Ok(Asked { app, redirect, challenge: challenge.to_owned(), scopes })
}

fn read<'a>(own: &'a Entrance, request: &Parts) -> Result<Result<Asked<'a>, Response<Body>>, Trouble> {
    let params = Params::of_query(request.uri.query()).map_err(|fault| match fault {
        ParamsFault::Twice(name) => Trouble::Twice(name),
        ParamsFault::NoForm => Trouble::Form,
    })?;
    match asked(own, &params) {
        Ok(asked) => Ok(Ok(asked)),
        Err(Fault::Stranger(why)) => Err(Trouble::App(why)),
        Err(Fault::Told(redirect, error)) => Ok(Err(tell(own, &redirect, "error", error))),
    }
}

/// Sends the browser back to the app, with a code or why there is none.
fn tell(own: &Entrance, redirect: &Redirect, name: &str, value: &str) -> Response<Body> {
    let mut url = redirect.url.clone();
    url.query_pairs_mut().append_pair(name, value).append_pair("iss", &own.public);
    if let Some(state) = &redirect.state {
        url.query_pairs_mut().append_pair("state", state);
    }
    see_other(url.as_str())
}

/// Asks the user, who is logged in first if need be.
pub(super) async fn ask(State(own): State<Arc<Entrance>>, request: Parts) -> Response<Body> {
    let work = async {
        if let Some(elsewhere) = own.by_other_name(&request) {
            return Ok(elsewhere);
        }
        let asked = match read(&own, &request)? {
            Ok(asked) => asked,
            Err(told) => return Ok(told),
        };
        let here = request.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        // Here again after the login: this address must be one that can be returned to.
        let again = own_path(&here);
        if again == HOME {
            return Err(Trouble::App("What the app asks is too long, or has letters in it that must be encoded."));
        }
        let Some(user) = own.here(&request.headers).await? else {
            let params = Params::of_query(request.uri.query()).unwrap_or_default();
            let provider = params.get("provider").filter(|name| own.providers.label(name).is_some());
            let provider = provider.map(|name| format!("/{name}")).unwrap_or_default();
            let back = Serializer::new(String::new()).append_pair("return_to", &again).finish();
            return Ok(see_other(&format!("/auth/login{provider}?{back}")));
        };
        let Asked { app, redirect, challenge: _, scopes } = asked;
        let page = pages::consent(app.label, &user.account.name, scopes, &place(&redirect.url), &again);
        Ok(page.form_to(source(&redirect.url)).respond())
    };
    answer(work.await)
}

/// The user has decided.
pub(super) async fn decide(State(own): State<Arc<Entrance>>, request: Parts, body: Body) -> Response<Body> {
    let work = async {
        own.own_form(&request.headers)?;
        let asked = match read(&own, &request)? {
            Ok(asked) => asked,
            Err(told) => return Ok(told),
        };
        let Some(here) = own.here(&request.headers).await? else { return Err(Trouble::LoggedOut) };
        let form = Params::of_form(&request.headers, body, own.patience).await.map_err(|_| Trouble::Form)?;
        if form.get("decision") != Some("allow") {
            return Ok(tell(&own, &asked.redirect, "error", "access_denied"));
        }
        let Asked { app, redirect, challenge, scopes } = asked;
        let code = AppCode {
            user: here.account.user,
            app: app.name.to_owned(),
            redirect_uri: redirect.text.clone(),
            challenge,
            scopes,
        };
        let code = store_code(&own.desk, code).await.map_err(unwritten)?;
        Ok(tell(&own, &redirect, "code", &code.text()))
    };
    answer(work.await)
}

/// Where the user is sent, for a person to read.
fn place(url: &Url) -> String {
    match url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) {
        Some(host) => host.to_owned(),
        None => format!("the app on this device ({})", url.scheme()),
    }
}

/// Where the form leads to, for the Content Security Policy, which has no word for a host that is an IPv6 address.
fn source(url: &Url) -> String {
    let origin = url.origin();
    if origin.is_tuple() && !matches!(url.host(), Some(url::Host::Ipv6(_))) {
        origin.ascii_serialization()
    } else {
        format!("{}:", url.scheme())
    }
}
