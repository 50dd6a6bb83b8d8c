//! Answers: their status, their body, and what the log says of them.

use std::collections::BTreeMap;

use async_graphql::{ServerError, Value};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde::Serialize;

use super::{Media, leading, ran};
use crate::{
    error::{self, AppError, ErrorCode},
    http::{access::Outcome, cache::Keeping},
};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The document was run; there is data, if only null.
    Ran,
    /// The request was well-formed, and its document was refused or came to nothing.
    Refused(ErrorCode),
    /// The request is not one of GraphQL over HTTP.
    Malformed,
    /// Not with this method; these would do, where the router does not say so itself.
    WrongMethod {
        /// The header Allow.
        allow: Option<&'static str>,
    },
    /// Nothing at this path.
    NotFound,
    /// No media type that the client accepts.
    NotAcceptable,
    /// A body of a media type that is not read here.
    WrongMediaType,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The body is larger than the limit.
    BodyTooLarge,
}

/// The one place that decides on status codes.
fn status(ending: Ending, media: Media) -> StatusCode {
    match ending {
        Ending::Ran => StatusCode::OK,
        Ending::Malformed => StatusCode::BAD_REQUEST,
        Ending::WrongMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
        Ending::NotFound => StatusCode::NOT_FOUND,
        Ending::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Ending::WrongMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Ending::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
        Ending::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Ending::Refused(code) => match code {
            // Not the document's fault: whoever balances load must see it, whatever the media type.
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::Unavailable | ErrorCode::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorCode::Forbidden => StatusCode::FORBIDDEN,
            ErrorCode::ParseFailed
            | ErrorCode::ValidationFailed
            | ErrorCode::BadUserInput
            | ErrorCode::TooExpensive
            | ErrorCode::DocumentNotFound => match media {
                Media::Json => StatusCode::OK,
                Media::GraphqlResponse => StatusCode::BAD_REQUEST,
            },
        },
    }
}

/// An answer to be sent.
#[derive(Debug)]
pub(super) struct Reply {
    ending: Option<Ending>,
    operation: Option<String>,
    errors: Vec<ServerError>,
    data: Value,
    extensions: BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl Reply {
    /// What the schema answered.
    pub(super) fn of_response(response: async_graphql::Response) -> Self {
        let async_graphql::Response { errors, data, extensions, .. } = response;
        Self { ending: None, operation: None, errors, data, extensions }
    }

    /// A well-formed request that is refused.
    pub(super) fn of_error(error: AppError) -> Self {
        Self::of_response(async_graphql::Response::from_errors(vec![error.into_server_error()]))
    }

    /// A request that is refused for what it is as HTTP.
    pub(super) fn refused(ending: Ending, error: AppError) -> Self {
        Self { ending: Some(ending), ..Self::of_error(error) }
    }

    /// The same, of the operation of this name; one that is too long for a name is not logged.
    pub(super) fn named(mut self, operation: Option<String>) -> Self {
        self.operation = operation.filter(|name| name.len() <= 64);
        self
    }

    /// The name of the operation.
    pub(super) fn operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// As an HTTP answer that is not kept.
    pub(super) fn respond(self, media: Media, query: &str, request_id: &str) -> Response<Body> {
        self.respond_to(media, query, request_id, None)
    }

    /// As an HTTP answer; logs what clients may not see. `query` is the document. An answer without errors may be
    /// kept by those who asked in that way.
    pub(super) fn respond_to(
        self,
        media: Media,
        query: &str,
        request_id: &str,
        keeping: Option<&Keeping>,
    ) -> Response<Body> {
        let Self { ending, operation, mut errors, data, extensions } = self;
        error::settle(&mut errors, query, request_id);
        let has_data = errors.is_empty() || data != Value::Null || errors.iter().any(ran);
        let code = leading(&errors);
        let ending = ending.unwrap_or(match code {
            Some(code) if !has_data => Ending::Refused(code),
            _ => Ending::Ran,
        });
        let body = Payload { errors: &errors, data: has_data.then_some(&data), extensions: &extensions };
        let (status, body) = match serde_json::to_vec(&body) {
            Ok(body) => (status(ending, media), body),
            Err(error) => {
                tracing::error!(request_id, %error, "an answer could not be written");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    br#"{"errors":[{"message":"The server failed to answer this.","extensions":{"code":"INTERNAL"}}]}"#
                        .to_vec(),
                )
            }
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let kept = keeping.filter(|_| ending == Ending::Ran && errors.is_empty());
        let known = kept.is_some_and(|keeping| keeping.mark(&body, headers));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.header()));
        if let Some((name, value)) = extra(ending) {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let outcome = code.map_or("ok", ErrorCode::as_str);
        response.extensions_mut().insert(Outcome { operation, outcome });
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_TYPE);
        } else {
            *response.body_mut() = Body::from(body);
        }
        response
    }
}

impl Reply {
    /// As a socket has it; logs what clients may not see.
    pub(super) fn told(self, query: &str, request_id: &str) -> super::Outcome {
        let Self { mut errors, data, extensions, .. } = self;
        error::settle(&mut errors, query, request_id);
        let has_data = errors.is_empty() || data != Value::Null || errors.iter().any(ran);
        let body = Payload { errors: &errors, data: has_data.then_some(&data), extensions: &extensions };
        let written = if has_data { serde_json::to_vec(&body) } else { serde_json::to_vec(&errors) };
        match written {
            Ok(bytes) if has_data => super::Outcome::Answered(bytes.into()),
            Ok(bytes) => super::Outcome::Refused(bytes.into()),
            Err(error) => {
                tracing::error!(request_id, %error, "an answer could not be written");
                let errors = br#"[{"message":"The server failed to answer this.","extensions":{"code":"INTERNAL"}}]"#;
                super::Outcome::Refused(bytes::Bytes::from_static(errors))
            }
        }
    }
}

fn extra(ending: Ending) -> Option<(HeaderName, &'static str)> {
    match ending {
        Ending::WrongMethod { allow } => allow.map(|allow| (header::ALLOW, allow)),
        // What is left of the body is not read.
        Ending::BodyTooSlow | Ending::BodyTooLarge => Some((header::CONNECTION, "close")),
        Ending::Refused(ErrorCode::Unavailable | ErrorCode::Timeout | ErrorCode::RateLimited) => {
            Some((header::RETRY_AFTER, "1"))
        }
        Ending::Refused(ErrorCode::Unauthenticated) => Some((header::WWW_AUTHENTICATE, "Bearer")),
        Ending::Ran
        | Ending::Refused(_)
        | Ending::Malformed
        | Ending::NotFound
        | Ending::NotAcceptable
        | Ending::WrongMediaType => None,
    }
}
