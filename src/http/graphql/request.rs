//! Requests: a document, its variables and the operation to run, out of a body or a URL.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{
        HeaderMap,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::answer::{Ending, Reply};
use crate::{config::Limits, error::AppError, http::guard};

/// What is asked.
#[derive(Debug, PartialEq)]
pub(crate) struct Asked {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
}

type Read<T> = Result<T, Box<Reply>>;

fn malformed<T>(message: impl Into<String>) -> Read<T> {
    refuse(Ending::Malformed, message)
}

fn refuse<T>(ending: Ending, message: impl Into<String>) -> Read<T> {
    Err(Box::new(Reply::refused(ending, AppError::bad_input(message))))
}

/// The request in a POST.
pub(super) async fn from_body(request: Request, limits: &Limits) -> Read<Asked> {
    readable(request.headers())?;
    let body = receive(request, limits).await?;
    if body.iter().all(u8::is_ascii_whitespace) {
        return malformed("The body is empty; send a JSON object with `query`.");
    }
    match json(&body, "the body", limits)? {
        Value::Object(members) => from_members(members),
        Value::Array(_) => malformed("The body is a list; send one request at a time, as a JSON object with `query`."),
        _ => malformed("The body must be a JSON object with `query`."),
    }
}

/// The request in a GET: parameters of the URL.
pub(super) fn from_url(parameters: &str, limits: &Limits) -> Read<Asked> {
    let mut members = Map::new();
    for (name, text) in form_urlencoded::parse(parameters.as_bytes()) {
        let value = match &*name {
            "query" => Value::String(text.into_owned()),
            "operationName" | "variables" | "extensions" if text.is_empty() => Value::Null,
            "operationName" => Value::String(text.into_owned()),
            "variables" | "extensions" => json(text.as_bytes(), &format!("the parameter `{name}`"), limits)?,
            _ => continue,
        };
        if members.insert(name.clone().into_owned(), value).is_some() {
            return malformed(format!("The parameter `{name}` is given twice."));
        }
    }
    from_members(members)
}

/// Refuses a body that is not JSON in UTF-8, before it is read.
fn readable(headers: &HeaderMap) -> Read<()> {
    let wrong = |message: &str| refuse(Ending::WrongMediaType, message);
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = text.split(';').map(str::trim);
    if !parts.next().unwrap_or_default().eq_ignore_ascii_case("application/json") {
        return wrong("Send the header Content-Type: application/json.");
    }
    for (name, value) in parts.filter_map(|parameter| parameter.split_once('=')) {
        let value = value.trim().trim_matches('"');
        if name.trim().eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
            return wrong("The body must be in UTF-8.");
        }
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => wrong("The body must not be compressed."),
        _ => Ok(()),
    }
}

async fn receive(request: Request, limits: &Limits) -> Read<Bytes> {
    let too_large = || {
        let error = AppError::new(
            crate::error::ErrorCode::TooExpensive,
            format!("The body is larger than the limit body_bytes, {}.", limits.body_bytes),
        );
        Err(Box::new(Reply::refused(Ending::BodyTooLarge, error)))
    };
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limits.body_bytes as u64) {
        return too_large();
    }
    let body = Limited::new(request.into_body(), limits.body_bytes).collect();
    match tokio::time::timeout(Duration::from_millis(limits.body_ms), body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => too_large(),
        Ok(Err(_)) => malformed("The body was cut short."),
        Err(_) => {
            let error = AppError::new(
                crate::error::ErrorCode::Timeout,
                format!("The body did not arrive within the limit body_ms, {} ms.", limits.body_ms),
            );
            Err(Box::new(Reply::refused(Ending::BodyTooSlow, error)))
        }
    }
}

fn json(text: &[u8], place: &str, limits: &Limits) -> Read<Value> {
    let nesting = guard::json_nesting(text);
    if nesting > limits.nesting {
        let what = format!("brackets inside one another in {place}");
        let error = AppError::too_expensive("nesting", &what, nesting as u64, limits.nesting as u64);
        return Err(Box::new(Reply::refused(Ending::Malformed, error)));
    }
    serde_json::from_slice(text).or_else(|error| {
        let mut place = place.to_owned();
        place.replace_range(..1, "T");
        malformed(format!("{place} is not JSON: {error}."))
    })
}

pub(super) fn from_members(mut members: Map<String, Value>) -> Read<Asked> {
    let mut take = |name: &str| members.remove(name).unwrap_or_default();
    let query = match take("query") {
        Value::String(query) if !query.trim().is_empty() => query,
        Value::String(_) => return malformed("`query` is empty; it must be a document."),
        Value::Null => return malformed("`query` is missing; it must be a document."),
        other => return malformed(format!("`query` must be a string, not {}.", kind(&other))),
    };
    let operation_name = match take("operationName") {
        Value::Null => None,
        Value::String(name) => Some(name).filter(|name| !name.is_empty()),
        other => return malformed(format!("`operationName` must be a string, not {}.", kind(&other))),
    };
    let variables = object("variables", take("variables"))?;
    object("extensions", take("extensions"))?;
    Ok(Asked { query, operation_name, variables })
}

fn object(name: &str, value: Value) -> Read<Map<String, Value>> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Object(members) => Ok(members),
        other => malformed(format!("`{name}` must be an object, not {}.", kind(&other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
