//! Requests over connections that are kept: each sends its next when it has the answer to the last.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use url::Url;

use super::Broken;

/// A request that can be sent any number of times.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    authority: String,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    /// Numbers those that are to differ.
    number: Option<Arc<AtomicU64>>,
}

/// Where a number is put into a body that is to differ: among the variables.
const NUMBERED: &[u8] = br#"{"variables":{"#;

impl Shot {
    /// What is at `base`/`name`.
    pub(super) fn get(base: &Url, name: &str) -> Result<Self, Broken> {
        let mut url = base.clone();
        let path = format!("{}/{name}", base.path().trim_end_matches('/'));
        url.set_path(&path);
        Self::new(Method::GET, &url, Bytes::new())
    }

    /// JSON, posted.
    pub(super) fn post(url: &Url, body: &Value) -> Result<Self, Broken> {
        let mut shot = Self::new(Method::POST, url, Bytes::from(body.to_string()))?;
        shot.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(shot)
    }

    fn new(method: Method, url: &Url, body: Bytes) -> Result<Self, Broken> {
        let unfit = || Broken::new(format!("{url} is not of the form http://host:port/path"));
        let host = url.host_str().filter(|_| url.scheme() == "http").ok_or_else(unfit)?;
        let authority = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
        let uri = url[url::Position::BeforePath..url::Position::AfterQuery].parse().map_err(|_| unfit())?;
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(&authority).map_err(|_| unfit())?);
        Ok(Self { authority, method, uri, headers, body, number: None })
    }

    /// As somebody, by their access token.
    pub(super) fn by(mut self, token: Option<&str>) -> Result<Self, Broken> {
        if let Some(token) = token {
            let value = HeaderValue::from_str(&format!("Bearer {token}"));
            let mut value = value.map_err(|_| Broken::new("the access token has letters that none has"))?;
            value.set_sensitive(true);
            self.headers.insert(AUTHORIZATION, value);
        }
        Ok(self)
    }

    /// Whether each time it is sent it is another, by a variable that is not declared.
    pub(super) fn differing(mut self, yes: bool) -> Self {
        self.number = yes.then(Arc::default);
        self
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let body = match &self.number {
            None => self.body.clone(),
            Some(number) => {
                let rest = self.body.strip_prefix(NUMBERED).unwrap_or_default();
                let comma = if rest.starts_with(b"}") { "" } else { "," };
                let variable = format!("\"_\":{}{comma}", number.fetch_add(1, Ordering::Relaxed));
                Bytes::from([NUMBERED, variable.as_bytes(), rest].concat())
            }
        };
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    parts: Vec<Bytes>,
}

impl Answer {
    fn is(&self, expected: &[u8]) -> bool {
        let mut rest = expected;
        let same = self.parts.iter().all(|part| match rest.strip_prefix(part.as_ref()) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        });
        self.status == StatusCode::OK && same && rest.is_empty()
    }

    /// Its body as text, if it is there.
    pub(super) fn text(self) -> Result<String, Broken> {
        let text = String::from_utf8_lossy(&self.parts.concat()).into_owned();
        if self.status == StatusCode::OK { Ok(text) } else { Err(Broken::new(format!("HTTP {}", self.status))) }
    }

    /// Its body, if it is an answer: 200, no errors, and something where something was asked for.
    pub(super) fn checked(self) -> Result<Bytes, Broken> {
        let body = match <[Bytes; 1]>::try_from(self.parts) {
            Ok([whole]) => whole,
            Err(parts) => Bytes::from(parts.concat()),
        };
        let start = || String::from_utf8_lossy(body.get(..400).unwrap_or(&body)).into_owned();
        let parsed: Option<Value> = serde_json::from_slice(&body).ok();
        let code = parsed.as_ref().and_then(|answer| answer.pointer("/errors/0/extensions/code"));
        if self.status == StatusCode::TOO_MANY_REQUESTS || code.is_some_and(|code| code == "RATE_LIMITED") {
            return Err(Broken::new(
                "the server limits the requests of one address (RATE_LIMITED). To measure it, start it with\n  \
                 PLENARY_LIMITS__REQUESTS_PER_SECOND=1000000 PLENARY_LIMITS__REQUESTS_BURST=1000000",
            ));
        }
        let Some(parsed) = parsed.filter(|_| self.status == StatusCode::OK) else {
            return Err(Broken::new(format!("HTTP {}: {}", self.status, start())));
        };
        if parsed.get("errors").is_some() {
            return Err(Broken::new(format!("an answer with errors: {}", start())));
        }
        if is_nothing(&parsed) {
            return Err(Broken::new(format!("nothing was found, mend the variables: {}", start())));
        }
        Ok(body)
    }
}

/// Whether there is but null below the only field, however deep.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) if fields.len() <= 1 => fields.values().all(is_nothing),
        _ => false,
    }
}

type Client = (SendRequest<Full<Bytes>>, Connection<TokioIo<TcpStream>, Full<Bytes>>);

async fn connect(shot: &Shot) -> Result<Client, Broken> {
    let unreachable = |error: &dyn std::fmt::Display| Broken::new(format!("http://{}: {error}", shot.authority));
    let stream = TcpStream::connect(&shot.authority).await.map_err(|error| unreachable(&error))?;
    stream.set_nodelay(true).map_err(|error| unreachable(&error))?;
    handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(&error))
}

async fn send(shot: &Shot, sender: &mut SendRequest<Full<Bytes>>) -> Result<Answer, Broken> {
    let broken = |error: hyper::Error| Broken::new(format!("a request failed: {error}"));
    sender.ready().await.map_err(broken)?;
    let response = sender.send_request(shot.request()).await.map_err(broken)?;
    let (status, mut body) = (response.status(), response.into_body());
    let mut parts = Vec::with_capacity(1);
    while let Some(frame) = body.frame().await {
        parts.extend(frame.map_err(broken)?.into_data());
    }
    Ok(Answer { status, parts })
}

/// Polls a connection while it is used, in the same task: the load should cost as little as it can.
async fn using<T>(
    connection: Connection<TokioIo<TcpStream>, Full<Bytes>>,
    work: impl Future<Output = Result<T, Broken>>,
) -> Result<T, Broken> {
    let (mut work, mut connection) = (pin!(work), pin!(connection));
    tokio::select! {
        biased;
        done = &mut work => done,
        // What it has read may still answer.
        ended = &mut connection => match ended {
            Ok(()) => work.await,
            Err(error) => Err(Broken::new(format!("a connection failed: {error}"))),
        },
    }
}

/// Sends it once.
pub(super) async fn once(shot: &Shot) -> Result<Answer, Broken> {
    let (mut sender, connection) = connect(shot).await?;
    using(connection, async { send(shot, &mut sender).await }).await
}

/// What was measured in one go.
#[derive(Debug)]
pub(super) struct Round {
    /// Answers a second.
    pub(super) rate: f64,
    /// Half of the answers took no longer.
    pub(super) p50: Duration,
    /// 99 of 100 took no longer.
    pub(super) p99: Duration,
}

/// Sends it over so many connections for so long, and looks at each answer.
pub(super) async fn drive(shot: &Shot, expected: &Bytes, connections: usize, each: Duration) -> Result<Round, Broken> {
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections {
        clients.push(connect(shot).await?);
    }
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (mut sender, connection) in clients {
        let (shot, expected) = (shot.clone(), expected.clone());
        running.spawn(using(connection, async move {
            let mut took = Vec::new();
            while begun.elapsed() < each {
                let sent = Instant::now();
                let answer = send(&shot, &mut sender).await?;
                took.push(sent.elapsed());
                // The same bytes need no second look; others do, if the program has changed meanwhile.
                if !answer.is(&expected) {
                    answer.checked()?;
                }
            }
            Ok(took)
        }));
    }
    let mut took = Vec::new();
    while let Some(done) = running.join_next().await {
        took.extend(done.map_err(|error| Broken::new(error.to_string()))??);
    }
    // Until the last answer, or slow queries would count more than they got.
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort_unstable();
    let part = |percent: usize| took.get(took.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default();
    Ok(Round { rate, p50: part(50), p99: part(99) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: StatusCode, parts: &[&'static str]) -> Answer {
        Answer { status, parts: parts.iter().map(|part| Bytes::from_static(part.as_bytes())).collect() }
    }

    #[test]
    fn an_answer_is_looked_at() {
        let good = answer(StatusCode::OK, &[r#"{"data":{"#, r#""a":1}}"#]);
        assert!(good.is(br#"{"data":{"a":1}}"#));
        assert!(!good.is(br#"{"data":{"a":1}} "#) && !good.is(br#"{"data":{"a":2}}"#));
        assert_eq!(good.checked().unwrap(), r#"{"data":{"a":1}}"#);
        let refused = |status, text| answer(status, &[text]).checked().unwrap_err().0;
        assert!(refused(StatusCode::OK, r#"{"data":{"a":{"b":null}}}"#).contains("nothing was found"));
        assert!(refused(StatusCode::OK, r#"{"errors":[{}],"data":{"a":1}}"#).contains("with errors"));
        assert!(refused(StatusCode::OK, "").starts_with("HTTP 200"));
        assert!(refused(StatusCode::BAD_GATEWAY, "gone").starts_with("HTTP 502"));
        let limited = r#"{"errors":[{"extensions":{"code":"RATE_LIMITED"}}]}"#;
        assert!(refused(StatusCode::TOO_MANY_REQUESTS, limited).contains("REQUESTS_BURST"));
    }

    #[tokio::test]
    async fn shots_that_differ_stay_requests() {
        let url = Url::parse("http://127.0.0.1:1/graphql?x=1").unwrap();
        let shot = Shot::post(&url, &serde_json::json!({ "variables": { "a": 1 }, "query": "{ a }" })).unwrap();
        assert_eq!((shot.authority.as_str(), shot.uri.to_string().as_str()), ("127.0.0.1:1", "/graphql?x=1"));
        let shot = shot.differing(true);
        for number in 0..2 {
            let body = shot.request().into_body().collect().await.unwrap().to_bytes();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body, serde_json::json!({ "variables": { "_": number, "a": 1 }, "query": "{ a }" }));
        }
        assert!(Shot::get(&Url::parse("https://127.0.0.1/s").unwrap(), "Q1").is_err());
        let get = Shot::get(&Url::parse("http://127.0.0.1/s/").unwrap(), "Q1").unwrap();
        assert_eq!((get.authority.as_str(), get.uri.path()), ("127.0.0.1:80", "/s/Q1"));
    }
}
