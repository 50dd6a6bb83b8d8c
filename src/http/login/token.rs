//! An app exchanges its code (RFC 6749, section 4.1.3), and how it learns where (RFC 8414).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Entrance, json};
use crate::auth::Scope;
use crate::auth::token::Token;
use crate::command::account::exchange_code;
use crate::http::params::{Params, ParamsFault};

/// How long an app is let in.
const LIFETIME: TimeDelta = TimeDelta::days(30);

/// Why there is no token: the codes of RFC 6749, section 5.2, with a word for whoever writes the app.
fn refused(error: &str, description: &str) -> Response<Body> {
    json(StatusCode::BAD_REQUEST, &json!({ "error": error, "error_description": description }))
}

/// The exchange.
pub(super) async fn exchange(State(own): State<Arc<Entrance>>, request: Parts, body: Body) -> Response<Body> {
    let params = match Params::of_form(&request.headers, body, own.patience).await {
        Ok(params) => params,
        Err(ParamsFault::Twice(name)) => return refused("invalid_request", &format!("{name} is given twice")),
        Err(ParamsFault::NoForm) => {
            return refused("invalid_request", "send a form: Content-Type: application/x-www-form-urlencoded");
        }
    };
    match params.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => return refused("unsupported_grant_type", "grant_type must be authorization_code"),
        None => return refused("invalid_request", "grant_type is missing"),
    }
    let Some(app) = params.get("client_id").and_then(|id| own.apps.get(id)) else {
        return refused("invalid_client", "client_id is missing, or no app that is registered here");
    };
    let (Some(code), Some(redirect), Some(verifier)) =
        (params.get("code"), params.get("redirect_uri"), params.get("code_verifier"))
    else {
        return refused("invalid_request", "code, redirect_uri and code_verifier are needed");
    };
    let wrong =
        || refused("invalid_grant", "the code is wrong, used, too old, another app's or not proven by its verifier");
    let Some(code) = Token::read(code) else { return wrong() };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let (name, label) = (app.name.to_owned(), app.label.to_owned());
    match exchange_code(&own.desk, code, name, redirect.to_owned(), challenge, label, LIFETIME).await {
        Ok(Some(minted)) => {
            let token = json!({
                "access_token": minted.token.map(|token| token.access_text()),
                "token_type": "Bearer",
                "expires_in": LIFETIME.num_seconds(),
                "scope": minted.row.scopes,
            });
            json(StatusCode::OK, &token)
        }
        Ok(None) => wrong(),
        Err(error) => {
            tracing::error!(?error, "a code can't be exchanged");
            let busy = json!({ "error": "temporarily_unavailable", "error_description": "try again in a moment" });
            json(StatusCode::SERVICE_UNAVAILABLE, &busy)
        }
    }
}

/// What apps find here.
pub(super) async fn metadata(State(own): State<Arc<Entrance>>) -> Response<Body> {
    let public = &own.public;
    let metadata = json!({
        "issuer": public,
        "authorization_endpoint": format!("{public}/auth/authorize"),
        "token_endpoint": format!("{public}/auth/token"),
        "scopes_supported": Scope::ALL.map(Scope::as_str),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    json(StatusCode::OK, &metadata)
}
