//! What is said: the messages of `graphql-transport-ws`, and the codes with which a socket is closed.

use std::borrow::Cow;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The protocol's name.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";

/// The most bytes that a reason may have (RFC 6455, 5.5).
const LONGEST_REASON: usize = 123;

/// The most characters of an operation's id.
const LONGEST_ID: usize = 200;

/// Why a socket is closed. Clients of graphql-ws come back after 1012, 1013, 4403 and 4408, and not after the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: Cow<'static, str>,
}

impl Close {
    /// The server stops.
    pub(super) const RESTART: Self = Self::of(1012, "Service Restart");
    /// Too many are here.
    pub(super) const OVERLOAD: Self = Self::of(1013, "Try Again Later");
    /// Nobody who is asked for; or the login has ended.
    pub(super) const FORBIDDEN: Self = Self::of(4403, "Forbidden");
    /// An operation before the greeting is answered.
    pub(super) const UNAUTHORIZED: Self = Self::of(4401, "Unauthorized");
    /// Another protocol.
    pub(super) const SUBPROTOCOL: Self = Self::of(4406, "Subprotocol not acceptable");
    /// No greeting in time.
    pub(super) const INIT_TIMEOUT: Self = Self::of(4408, "Connection initialisation timeout");
    /// A second greeting.
    pub(super) const INIT_TWICE: Self = Self::of(4429, "Too many initialisation requests");
    /// Larger than is read.
    pub(super) const TOO_LARGE: Self = Self::of(4400, "Message too large");

    const fn of(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    /// A message that is none.
    pub(super) fn malformed(why: &str) -> Self {
        Self { code: 4400, reason: short(format!("Invalid message: {why}")).into() }
    }

    /// An operation of an id that another has.
    pub(super) fn taken(id: &str) -> Self {
        Self { code: 4409, reason: short(format!("Subscriber for {id} already exists")).into() }
    }
}

fn short(mut reason: String) -> String {
    if reason.len() > LONGEST_REASON {
        let end = reason.floor_char_boundary(LONGEST_REASON - 3);
        reason.truncate(end);
        reason.push('…');
    }
    reason
}

/// What a client says.
#[derive(Debug)]
pub(super) enum Said {
    Init(Map<String, Value>),
    Ping(Option<Box<RawValue>>),
    Pong,
    Subscribe { id: String, request: Map<String, Value> },
    Complete { id: String },
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    payload: Option<Box<RawValue>>,
}

impl Said {
    /// A text message.
    pub(super) fn read(text: &str, nesting: usize) -> Result<Self, Close> {
        if crate::http::guard::json_nesting(text.as_bytes()) > nesting {
            return Err(Close::malformed("too many brackets inside one another"));
        }
        let raw: Raw = serde_json::from_str(text).map_err(|_| Close::malformed("no JSON object with a `type`"))?;
        let object = |payload: Option<Box<RawValue>>| match payload.map(|raw| serde_json::from_str(raw.get())) {
            None | Some(Ok(Value::Null)) => Ok(None),
            Some(Ok(Value::Object(members))) => Ok(Some(members)),
            Some(_) => Err(Close::malformed("`payload` must be an object")),
        };
        let id = |id: Option<String>| {
            let good = id.filter(|id| !id.is_empty() && id.chars().count() <= LONGEST_ID);
            good.ok_or_else(|| Close::malformed("`id` must be a string of 1 to 200 characters"))
        };
        match raw.kind.as_str() {
            "connection_init" => Ok(Self::Init(object(raw.payload)?.unwrap_or_default())),
            "ping" => Ok(Self::Ping(raw.payload)),
            "pong" => Ok(Self::Pong),
            "subscribe" => {
                let (id, request) = (id(raw.id)?, object(raw.payload)?);
                let request = request.ok_or_else(|| Close::malformed("`subscribe` needs a `payload`"))?;
                Ok(Self::Subscribe { id, request })
            }
            "complete" => Ok(Self::Complete { id: id(raw.id)? }),
            _ => Err(Close::malformed("no such `type`")),
        }
    }
}

/// What an operation sends.
pub(super) enum Out {
    /// A response, as JSON.
    Next(Bytes),
    /// It failed before it ran: the errors, as JSON.
    Error(Bytes),
    /// It is done.
    Complete,
}

impl Out {
    /// Whether the operation is over with this.
    pub(super) const fn is_last(&self) -> bool {
        matches!(self, Self::Error(_) | Self::Complete)
    }

    /// As a message. Only this is made for each socket; what it carries is shared.
    pub(super) fn message(&self, id: &Id) -> Utf8Bytes {
        let with = |kind: &str, payload: &[u8]| {
            // It is JSON, which is UTF-8; the quick way to see that is enough.
            let payload = std::str::from_utf8(payload).map_or_else(|_| String::from_utf8_lossy(payload), Cow::Borrowed);
            [r#"{"id":"#, &id.json, r#","type":""#, kind, r#"","payload":"#, &payload, "}"].concat()
        };
        match self {
            Self::Next(payload) => with("next", payload),
            Self::Error(errors) => with("error", errors),
            Self::Complete => format!("{{\"id\":{},\"type\":\"complete\"}}", id.json),
        }
        .into()
    }
}

/// An operation's id.
pub(super) struct Id {
    text: String,
    /// As a JSON string: it stands in each message.
    json: String,
}

impl Id {
    pub(super) fn new(text: String) -> Self {
        Self { json: Value::from(text.as_str()).to_string(), text }
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

/// The answer to a ping, which gives back what it held.
pub(super) fn pong(payload: Option<&RawValue>) -> Utf8Bytes {
    match payload {
        Some(payload) => format!("{{\"type\":\"pong\",\"payload\":{}}}", payload.get()).into(),
        None => Utf8Bytes::from_static(r#"{"type":"pong"}"#),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_short_enough() {
        for close in [Close::taken(&"é".repeat(200)), Close::malformed(&"x".repeat(300)), Close::taken("a")] {
            assert!(close.reason.len() <= LONGEST_REASON, "{close:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_may_come(text in "\\PC{0,80}") {
            let _ = Said::read(&text, 40);
        }

        #[test]
        fn what_is_sent_is_json(id in "\\PC{1,40}") {
            for out in [Out::Next(Bytes::from_static(b"{}")), Out::Error(Bytes::from_static(b"[]")), Out::Complete] {
                let message: Value = serde_json::from_str(&out.message(&Id::new(id.clone()))).unwrap();
                proptest::prop_assert_eq!(&message["id"], &Value::from(id.clone()));
            }
        }
    }
}
