//! Parameters as OAuth sends them: in an address or in the body of a form, none of them twice.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, Limited};
use url::form_urlencoded;

/// The most bytes of a form.
const LARGEST: usize = 16 * 1024;

/// Names and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(BTreeMap<String, String>);

/// Why there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParamsFault {
    /// One is there twice: what is meant can't be known (RFC 6749, section 3.1).
    Twice(String),
    /// The body is no form, too large, or does not come.
    NoForm,
}

impl Params {
    /// Those of an address.
    pub(crate) fn of_query(query: Option<&str>) -> Result<Self, ParamsFault> {
        Self::read(query.unwrap_or_default().as_bytes())
    }

    /// Those of a form that was sent.
    pub(crate) async fn of_form(headers: &HeaderMap, body: Body, patience: Duration) -> Result<Self, ParamsFault> {
        Self::of_large_form(headers, body, patience, LARGEST).await
    }

    /// Those of a form that may have so many bytes.
    pub(crate) async fn of_large_form(
        headers: &HeaderMap,
        body: Body,
        patience: Duration,
        most: usize,
    ) -> Result<Self, ParamsFault> {
        let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = media.and_then(|value| value.split(';').next()).unwrap_or_default();
        if !media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(ParamsFault::NoForm);
        }
        let body = Limited::new(body, most).collect();
        match tokio::time::timeout(patience, body).await {
            Ok(Ok(body)) => Self::read(&body.to_bytes()),
            Ok(Err(_)) | Err(_) => Err(ParamsFault::NoForm),
        }
    }

    fn read(text: &[u8]) -> Result<Self, ParamsFault> {
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if params.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(ParamsFault::Twice(name.chars().filter(|c| !c.is_control()).take(40).collect()));
            }
        }
        Ok(Self(params))
    }

    /// The names of all of them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A value; one that is empty is none (RFC 6749, section 3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
