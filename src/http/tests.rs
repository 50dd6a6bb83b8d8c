use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_graphql::{EmptySubscription, Object, Schema};
use axum::{
    body::Body,
    http::{Request, Response, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower::ServiceExt;

use super::*;
use crate::{config::Config, error::AppError};

struct Query;

#[Object]
impl Query {
    async fn hello(&self, name: Option<String>, #[graphql(validator(maximum = 10))] times: Option<i32>) -> String {
        format!("hello {} {}", name.unwrap_or_default(), times.unwrap_or(1))
    }
    async fn again(&self) -> Query {
        Query
    }
    async fn internal(&self) -> Option<Result<i32, AppError>> {
        Some(Err(AppError::internal("password=hunter2")))
    }
    async fn printed(&self) -> Option<async_graphql::Result<i32>> {
        Some(Err(std::io::Error::other("password=hunter2").into()))
    }
    async fn needed(&self) -> async_graphql::Result<i32> {
        Err(AppError::unavailable().into())
    }
    async fn panics(&self) -> i32 {
        if true { panic!("password=hunter2") } else { 1 }
    }
    async fn never(&self) -> i32 {
        std::future::pending().await
    }
    async fn asking(&self, ctx: &async_graphql::Context<'_>) -> String {
        let Asking { request_id, at_least, client, credential: _, mutates: _, resume: _ } =
            ctx.data_unchecked::<Asking>();
        format!("{request_id} {at_least:?} {client:?}")
    }
    async fn slow(&self, ctx: &async_graphql::Context<'_>) -> i32 {
        let (started, go) = &**ctx.data_unchecked::<Arc<(Notify, Notify)>>();
        started.notify_one();
        go.notified().await;
        1
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn set(&self, value: i32) -> i32 {
        value
    }
}

struct Small {
    schema: Schema<Query, Mutation, EmptySubscription>,
    ready: Result<(), NotReady>,
}

impl Execute for Small {
    fn execute(
        &self,
        request: async_graphql::Request,
    ) -> Pin<Box<dyn Future<Output = async_graphql::Response> + Send + '_>> {
        Box::pin(self.schema.execute(request))
    }
    fn subscribe(&self, _: async_graphql::Request) -> Steps {
        Box::pin(futures_util::stream::empty())
    }
    fn enter<'a>(
        &'a self,
        _: &'a Asking,
    ) -> Pin<Box<dyn Future<Output = Result<Option<uuid::Uuid>, AppError>> + Send + 'a>> {
        Box::pin(async { Ok(None) })
    }
    fn ended(&self, _: &Asking) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
    fn ready(&self) -> Result<(), NotReady> {
        self.ready
    }
}

fn limits() -> Limits {
    Config::load(None, std::iter::empty(), toml::Table::new()).unwrap().limits
}

fn with(limits: Limits, ready: Result<(), NotReady>, gate: Arc<(Notify, Notify)>) -> Router {
    router(door(limits, ready, gate))
}

fn door(limits: Limits, ready: Result<(), NotReady>, gate: Arc<(Notify, Notify)>) -> Door {
    let next = AtomicUsize::new(0);
    let schema = Schema::build(Query, Mutation, EmptySubscription).limit_recursive_depth(64).data(gate).finish();
    Door {
        schema: Arc::new(Small { schema, ready }),
        rates: Arc::new(Rates::new(limits.requests_per_second, limits.requests_burst)),
        origins: Origins::new("http://127.0.0.1:8000", &[]),
        sockets: Sockets::new(&limits),
        draining: tokio::sync::watch::channel(false).1,
        chance: Arc::new(|| 0.5),
        limits,
        documents: super::guard::Documents::default(),
        introspection: true,
        console: true,
        graphiql: false,
        cors_origins: vec!["*".into()],
        compression: true,
        secure: false,
        slow: Duration::from_secs(1),
        metrics: Arc::default(),
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        beside: Router::new(),
        request_ids: Arc::new(move || format!("made-{}", next.fetch_add(1, Ordering::Relaxed))),
    }
}

fn app() -> Router {
    with(limits(), Ok(()), Arc::default())
}

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
    fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned()
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(app: Router, request: Request<Body>) -> Answer {
    let response: Response<Body> = app.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

fn post(accept: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/graphql").header("content-type", "application/json").header("accept", accept);
    request.body(body.into()).unwrap()
}

const JSON: &str = "application/json";
const NEWER: &str = "application/graphql-response+json";

async fn document(accept: &str, query: &str, variables: Value) -> Answer {
    ask(app(), post(accept, json!({"query": query, "variables": variables}).to_string())).await
}

#[tokio::test]
async fn a_query_is_answered_in_the_media_type_asked_for() {
    for accept in [JSON, NEWER] {
        let answer = document(accept, "{ hello }", Value::Null).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, r#"{"data":{"hello":"hello  1"}}"#));
        assert_eq!(answer.header("content-type"), format!("{accept}; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), "private, no-store");
    }
    let none = document("text/html", "{ hello }", Value::Null).await;
    assert_eq!((none.status, none.code().as_str()), (StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn a_refused_document_has_its_code_no_data_and_the_status_of_its_media_type() {
    let deep = "{ a".repeat(16) + &"}".repeat(16);
    for (query, variables, code) in [
        ("{", json!({}), "PARSE_FAILED"),
        ("{ nothing }", json!({}), "VALIDATION_FAILED"),
        ("{ hello(name: 1) }", json!({}), "VALIDATION_FAILED"),
        ("query($n: String) { hello(name: $n) }", json!({"n": [1]}), "BAD_USER_INPUT"),
        ("query($n: String!) { hello(name: $n) }", json!({}), "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", json!({}), "BAD_USER_INPUT"),
        ("subscription { x }", json!({}), "BAD_USER_INPUT"),
        (&deep, json!({}), "TOO_EXPENSIVE"),
    ] {
        for (accept, status) in [(JSON, StatusCode::OK), (NEWER, StatusCode::BAD_REQUEST)] {
            let answer = document(accept, query, variables.clone()).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{query}: {}", answer.text);
            assert_eq!(answer.json().get("data"), None, "{query}");
        }
    }
}

#[tokio::test]
async fn errors_of_running_leave_data_and_status_200() {
    let answer = document(NEWER, "{ hello internal printed }", Value::Null).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["data"]["hello"], "hello  1", "{}", answer.text);
    for error in answer.json()["errors"].as_array().unwrap() {
        assert_eq!(error["extensions"], json!({"code": "INTERNAL", "requestId": "made-0"}));
    }
    assert!(!answer.text.contains("hunter2"));
    let nulled = document(NEWER, "{ needed }", Value::Null).await;
    assert_eq!((nulled.status, nulled.code().as_str()), (StatusCode::OK, "UNAVAILABLE"));
    assert_eq!(nulled.json().get("data"), Some(&Value::Null));
    let validator = document(NEWER, "{ hello(times: 11) }", Value::Null).await;
    assert_eq!(validator.code(), "BAD_USER_INPUT", "{}", validator.text);
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    for accept in [JSON, NEWER] {
        let answer = document(accept, "{ panics }", Value::Null).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"));
        assert!(!answer.text.contains("hunter2"));
    }
}

#[tokio::test]
async fn what_takes_too_long_is_cut_off() {
    let app = with(Limits { run_ms: 10, ..limits() }, Ok(()), Arc::default());
    let answer = ask(app, post(JSON, r#"{"query":"{ never }"}"#)).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "TIMEOUT"));
}

#[tokio::test]
async fn bodies_that_are_no_request_get_400() {
    let nested = format!("{{\"query\":\"{{hello}}\",\"variables\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for (body, code, says) in [
        ("", "BAD_USER_INPUT", "The body is empty"),
        ("{\"query\"", "BAD_USER_INPUT", "The body is not JSON: EOF"),
        ("[]", "BAD_USER_INPUT", "The body is a list"),
        ("[{\"query\":\"{hello}\"}]", "BAD_USER_INPUT", "one request at a time"),
        ("3", "BAD_USER_INPUT", "must be a JSON object"),
        ("{}", "BAD_USER_INPUT", "`query` is missing"),
        ("{\"query\":\" \"}", "BAD_USER_INPUT", "`query` is empty"),
        ("{\"query\":1}", "BAD_USER_INPUT", "`query` must be a string, not a number."),
        ("{\"query\":\"{hello}\",\"variables\":[]}", "BAD_USER_INPUT", "`variables` must be an object, not a list."),
        ("{\"query\":\"{hello}\",\"operationName\":false}", "BAD_USER_INPUT", "`operationName` must be a string"),
        ("{\"query\":\"{hello}\",\"extensions\":\"x\"}", "BAD_USER_INPUT", "`extensions` must be an object"),
        (&nested, "TOO_EXPENSIVE", "the limit nesting is 40."),
    ] {
        for accept in [JSON, NEWER] {
            let answer = ask(app(), post(accept, body.to_owned())).await;
            assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, code), "{}", answer.text);
            assert!(answer.text.contains(says), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn only_json_in_utf_8_is_read() {
    let send = |name: &'static str, value: &'static str| {
        let mut request = post(JSON, r#"{"query":"{hello}"}"#);
        request.headers_mut().insert(name, value.parse().unwrap());
        ask(app(), request)
    };
    for right in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
        assert_eq!(send("content-type", right).await.status, StatusCode::OK, "{right}");
    }
    for wrong in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
        "",
        "multipart/form-data",
    ] {
        let answer = send("content-type", wrong).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT"),
            "{wrong}"
        );
    }
    assert_eq!(send("content-encoding", "gzip").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn bodies_too_large_or_too_slow_are_refused() {
    let large = "x".repeat(262_145);
    let announced = ask(app(), post(JSON, large.clone())).await;
    let mut request = post(JSON, Body::new(http_body_util::StreamBody::new(Chunks(vec![large; 1]))));
    request.headers_mut().remove("content-length");
    let streamed = ask(app(), request).await;
    for answer in [announced, streamed] {
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "TOO_EXPENSIVE"));
        assert_eq!(answer.header("connection"), "close");
    }
    let app = with(Limits { body_ms: 10, ..limits() }, Ok(()), Arc::default());
    let slow = ask(app, post(JSON, Body::new(http_body_util::StreamBody::new(Chunks(vec![]))))).await;
    assert_eq!((slow.status, slow.code().as_str()), (StatusCode::REQUEST_TIMEOUT, "TIMEOUT"));
}

/// A body of these chunks that never ends.
struct Chunks(Vec<String>);

impl async_graphql::futures_util::Stream for Chunks {
    type Item = Result<hyper::body::Frame<bytes::Bytes>, std::convert::Infallible>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> {
        match self.0.pop() {
            Some(chunk) => std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(chunk.into())))),
            None => std::task::Poll::Pending,
        }
    }
}

fn get_url(parameters: &[(&str, &str)]) -> Request<Body> {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    Request::get(format!("/graphql?{query}")).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn get_serves_queries_only() {
    let right = [
        ("query", "query A($n: String) { hello(name: $n) } query B { hello }"),
        ("operationName", "A"),
        ("variables", "{\"n\":\"é\"}"),
    ];
    assert_eq!(ask(app(), get_url(&right)).await.json(), json!({"data": {"hello": "hello é 1"}}));
    let mutation = ask(app(), get_url(&[("query", "mutation { set(value: 1) }")])).await;
    assert_eq!((mutation.status, mutation.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    for wrong in [
        vec![],
        vec![("query", "{hello}"), ("query", "{hello}")],
        vec![("query", "{hello}"), ("variables", "{")],
        vec![("query", "{hello}"), ("variables", "[]")],
        vec![("query", "{hello}"), ("extensions", "1")],
    ] {
        let answer = ask(app(), get_url(&wrong)).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"), "{wrong:?}");
    }
    let posted = document(JSON, "mutation { set(value: 1) }", Value::Null).await;
    assert_eq!(posted.json(), json!({"data": {"set": 1}}));
}

#[tokio::test]
async fn other_methods_and_paths() {
    for method in ["PUT", "DELETE", "PATCH", "HEAD"] {
        let answer = ask(app(), Request::builder().method(method).uri("/graphql").body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"), "{method}");
    }
    let answer = ask(app(), Request::post("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
    let answer = ask(app(), Request::get("/nothing").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn health() {
    for (state, status, says) in [
        (Ok(()), StatusCode::OK, "ready"),
        (Err(NotReady::Starting), StatusCode::SERVICE_UNAVAILABLE, "starting"),
        (Err(NotReady::Database), StatusCode::SERVICE_UNAVAILABLE, "the database has not answered lately"),
        (Err(NotReady::Draining), StatusCode::SERVICE_UNAVAILABLE, "draining"),
    ] {
        let app = with(limits(), state, Arc::default());
        let ready = ask(app.clone(), Request::get("/readyz").body(Body::empty()).unwrap()).await;
        assert_eq!((ready.status, ready.text.as_str()), (status, says));
        let alive = ask(app, Request::get("/healthz").body(Body::empty()).unwrap()).await;
        assert_eq!((alive.status, alive.text.as_str()), (StatusCode::OK, "ok"));
    }
}

#[tokio::test]
async fn the_schema_may_be_kept_from_view() {
    let app = router(Door { introspection: false, ..door(limits(), Ok(()), Arc::default()) });
    for query in [
        "{ __schema { queryType { name } } }",
        "{ hello __type(name: \"Query\") { name } }",
        "{ ...F } fragment F on Query { ...{ __schema { queryType { name } } } }",
    ] {
        let answer = ask(app.clone(), post(NEWER, json!({"query": query}).to_string())).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::BAD_REQUEST, "VALIDATION_FAILED"),
            "{}",
            answer.text
        );
    }
    assert_eq!(ask(app, post(NEWER, r#"{"query":"{ __typename hello }"}"#)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn resolvers_know_who_asks() {
    let mut request = post(JSON, json!({"query": "{ asking }"}).to_string());
    request.extensions_mut().insert(Peer("127.0.0.1:9".parse().unwrap()));
    let headers = request.headers_mut();
    headers.insert("x-request-id", "my_id-1".parse().unwrap());
    headers.insert("x-forwarded-for", "203.0.113.7".parse().unwrap());
    headers.insert("plenary-at-least", "c1".parse().unwrap());
    let answer = ask(app(), request).await;
    assert_eq!(answer.json()["data"]["asking"], "my_id-1 Some(\"c1\") Some(203.0.113.7)");
    assert_eq!(answer.header("x-request-id"), "my_id-1");

    let mut twice = post(JSON, json!({"query": "{ asking }"}).to_string());
    twice.headers_mut().append("plenary-at-least", "a".parse().unwrap());
    twice.headers_mut().append("plenary-at-least", "b".parse().unwrap());
    assert_eq!(ask(app(), twice).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn request_ids_that_are_none_are_replaced() {
    for id in ["", "a b", "é", "<script>", &"x".repeat(65)] {
        let mut request = Request::get("/healthz").body(Body::empty()).unwrap();
        request.headers_mut().insert("x-request-id", axum::http::HeaderValue::from_bytes(id.as_bytes()).unwrap());
        assert_eq!(ask(app(), request).await.header("x-request-id"), "made-0", "{id}");
    }
}

/// What is just within the limits is still cheap for the library to validate and run.
#[tokio::test]
async fn the_largest_documents_that_pass_are_answered_in_time() {
    let doubling: String =
        (0..10).map(|n| format!("fragment D{n} on Query{{...D{m} ...D{m}}}", m = n + 1)).collect::<String>()
            + "fragment D10 on Query{again{hello}}";
    let users: String = (0..100).map(|n| format!("fragment U{n} on Query{{...D0}}")).collect();
    let chain: String = (0..30).map(|n| format!("fragment C{n} on Query{{hello ...C{}}}", n + 1)).collect();
    let wide = "hello(times:1) ".repeat(300);
    for (query, code) in [
        (format!("{{...D0}}{doubling}"), "TOO_EXPENSIVE"),
        (format!("{{again{{...D1}}}}{}", doubling.replace("fragment D0 on Query{...D1 ...D1}", "")), ""),
        (format!("{{again{{...D1}}}}{doubling}{users}"), "VALIDATION_FAILED"),
        (format!("{{...C0}}{chain}fragment C30 on Query{{hello}}"), "TOO_EXPENSIVE"),
        (format!("{{again{{...C0}}}}{chain}fragment C30 on Query{{hello}}"), ""),
        (format!("{{again{{{wide}}}}}"), ""),
        (format!("{{again{{{wide} hello}}}}"), "VALIDATION_FAILED"),
    ] {
        let started = std::time::Instant::now();
        let answer = document(NEWER, &query, Value::Null).await;
        let patience = Duration::from_millis(if std::env::var_os("CI").is_some() { 4_000 } else { 500 });
        assert!(started.elapsed() < patience, "{:?} {query}", started.elapsed());
        let found = if answer.status == StatusCode::OK { String::new() } else { answer.code() };
        assert_eq!(found, code, "{} {query}", answer.text);
    }
}

mod connections;
mod log;

#[tokio::test]
async fn an_address_may_send_so_many() {
    let app = with(Limits { requests_per_second: 1, requests_burst: 2, ..limits() }, Ok(()), Arc::default());
    let from = |address: [u8; 4]| {
        let mut request = post(JSON, json!({"query": "{ __typename }"}).to_string());
        request.extensions_mut().insert(Peer((address, 1).into()));
        request
    };
    for _ in 0..2 {
        assert_eq!(ask(app.clone(), from([192, 0, 2, 1])).await.status, StatusCode::OK);
    }
    let refused = ask(app.clone(), from([192, 0, 2, 1])).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(ask(app, from([192, 0, 2, 9])).await.status, StatusCode::OK, "another address");
}
