//! Messages to authors: stored, mailed once, answered and refused; neither side sees the other's address.

mod address;
mod answer;
mod limits;
mod refuse;
mod send;
mod worker;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::TimeDelta;
use entity::{message, outbox};
use http_body_util::BodyExt;
use plenary::app::App;
use plenary::auth::token::Token;
use plenary::clock::Source;
use plenary::command::account::{Claims, log_in};
use plenary::config::Config;
use plenary::db::Database;
use plenary::mail::work;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::support::files::{file, small};
use crate::support::smtp::Sink;
use crate::support::{Counting, Settable, World, pools};

/// The address of the one person on the program who has one.
const ANN: &str = "ann@canary.example";

/// A server with mail, and a mail server to send it to.
pub struct Office {
    pub world: World,
    pub sink: Sink,
    pub clock: Arc<Settable>,
    settings: toml::Table,
    dir: tempfile::TempDir,
}

/// Somebody who is logged in.
#[derive(Clone)]
pub struct Somebody {
    pub token: Token,
}

/// What answered a page.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

/// Workers that send mail until they are stopped.
pub struct Workers {
    stop: watch::Sender<()>,
    pub tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    pub async fn stop(self) {
        drop(self.stop);
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

impl Office {
    pub async fn new(world: &World) -> Self {
        Self::with(world, "").await
    }

    /// With these settings.
    pub async fn with(world: &World, settings: &str) -> Self {
        let sink = Sink::new().await;
        let dir = tempfile::tempdir().unwrap();
        let mut mail: toml::Table = settings.parse().unwrap();
        mail.insert("data_dir".into(), dir.path().to_str().unwrap().into());
        let own = mail.entry("mail").or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
        for (name, value) in [
            ("smtp_url", toml::Value::from(sink.url.clone())),
            ("from", "Plenary <noreply@plenary.example>".into()),
            ("timeout_ms", 2000.into()),
            ("poll_ms", 10.into()),
        ] {
            own.entry(name).or_insert(value);
        }
        let begin = "2027-01-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(Settable { now: Mutex::new(begin), counting: Counting::default() });
        let app = Self::app(&world.url, &mail, &clock).await;
        let office = Self { world: world.through(app), sink, clock, settings: mail, dir };
        office.world.import(&file(&small())).await;
        office
    }

    async fn app(url: &str, settings: &toml::Table, clock: &Arc<Settable>) -> Arc<App> {
        let database = Database::connect(url, &pools()).await.unwrap();
        database.migrate().await.unwrap();
        let config = Config::load(None, std::iter::empty(), settings.clone()).unwrap();
        App::new(config, database, Arc::clone(clock) as Arc<dyn Source>)
    }

    /// Another instance on the same database.
    pub async fn another(&self) -> Self {
        let app = Self::app(&self.world.url, &self.settings, &self.clock).await;
        Self {
            world: self.world.through(app),
            sink: self.sink.clone(),
            clock: Arc::clone(&self.clock),
            settings: self.settings.clone(),
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn app_of(&self) -> &Arc<App> {
        &self.world.app
    }

    pub fn data_dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub fn later(&self, by: TimeDelta) {
        *self.clock.now.lock().unwrap() += by;
    }

    pub async fn user(&self, name: &str) -> Somebody {
        self.user_with(name, true).await
    }

    /// Somebody with the address NAME@sender.example, verified or not.
    pub async fn user_with(&self, name: &str, verified: bool) -> Somebody {
        let claims = Claims {
            provider: "test".into(),
            issuer: "https://login.example".into(),
            subject: name.into(),
            email: Some(format!("{}@sender.example", name.split(|c: char| !c.is_alphanumeric()).next().unwrap())),
            email_verified: verified,
            name: Some(name.into()),
            orcid: None,
        };
        let logged_in = log_in(self.app_of().desk(), claims, None, None, None).await.unwrap();
        Somebody { token: logged_in.token }
    }

    /// A whole answer to somebody.
    pub async fn ask(&self, who: &Somebody, query: &str, variables: Value) -> Value {
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, format!("plenary_session={}", who.token.text()))
            .header(header::ORIGIN, "http://127.0.0.1:8000")
            .body(Body::from(json!({ "query": query, "variables": variables }).to_string()))
            .unwrap();
        self.world.send(request).await.body
    }

    pub async fn person(&self, name: &str) -> Value {
        let query = "{ conference(slug: \"small\") { people(first: 50) { nodes { id name acceptsMessages } } } }";
        let mut data = self.world.data(query, json!({})).await;
        let people = data["conference"]["people"]["nodes"].take();
        let found = people.as_array().unwrap().iter().find(|person| person["name"] == name);
        found.unwrap_or_else(|| panic!("{people:#}")).clone()
    }

    /// Sends to Ann; the payload.
    pub async fn send(&self, who: &Somebody, input: Value) -> Value {
        let mut all = json!({ "personId": self.person("Ann Lee").await["id"], "text": "Hello" });
        all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let query = "mutation($input: SendMessageToAuthorInput!) { sendMessageToAuthor(input: $input) {
            message { id direction person { name } paper { title } subject text delivery }
            userErrors { code field message } clientMutationId } }";
        let mut answer = self.ask(who, query, json!({ "input": all })).await;
        assert_eq!(answer.get("errors"), None, "{answer:#}");
        answer["data"]["sendMessageToAuthor"].take()
    }

    /// Sends to Ann, which must go well.
    pub async fn sent(&self, who: &Somebody, input: Value) -> Value {
        let mut payload = self.send(who, input).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
        payload["message"].take()
    }

    /// The codes of the errors of sending to Ann.
    pub async fn refused(&self, who: &Somebody, input: Value) -> Vec<(String, Value)> {
        let payload = self.send(who, input).await;
        assert_eq!(payload["message"], Value::Null, "{payload:#}");
        let errors = payload["userErrors"].as_array().unwrap();
        assert!(!errors.is_empty());
        errors.iter().map(|error| (error["code"].as_str().unwrap().to_owned(), error["field"].clone())).collect()
    }

    pub async fn page(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::builder().method(&method).uri(path);
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        self.raw(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn raw(&self, request: Request<Body>) -> Page {
        let response = self.app_of().router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Page { status: parts.status, headers: parts.headers, text }
    }

    pub async fn get(&self, path: &str) -> Page {
        self.page(Method::GET, path, &[]).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Page {
        self.page(Method::POST, path, form).await
    }

    pub async fn answer(&self, path: &str, text: &str) -> Page {
        self.post(path, &[("do", "answer"), ("text", text)]).await
    }

    /// So many workers of this instance.
    pub fn workers(&self, count: usize) -> Workers {
        let (stop, stopped) = watch::channel(());
        let work = || tokio::spawn(work(Arc::clone(self.app_of().desk()), stopped.clone()));
        Workers { stop, tasks: (0..count).map(|_| work()).collect() }
    }

    pub async fn outbox(&self) -> Vec<outbox::Model> {
        outbox::Entity::find().all(self.world.database().reader()).await.unwrap()
    }

    pub async fn stored(&self) -> Vec<message::Model> {
        message::Entity::find().all(self.world.database().reader()).await.unwrap()
    }

    /// Waits until something holds: nothing is promised of how soon.
    pub async fn eventually<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        let waiting = async {
            while !holds().await {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        assert!(waited.is_ok(), "never: {what}; {:?}", self.outbox().await);
    }

    /// Waits until nothing more is to be done: every mail is sent or given up.
    pub async fn all_done(&self) {
        self.eventually("every mail is sent or given up", || async {
            self.outbox().await.iter().all(|row| row.next_at.is_none() && row.locked_until.is_none())
        })
        .await;
    }

    /// Waits until so many tries have been made in all, and none is being made.
    pub async fn tried(&self, attempts: i32) {
        self.eventually("it was tried", || async {
            let rows = self.outbox().await;
            rows.iter().map(|row| row.attempts).sum::<i32>() >= attempts
                && rows.iter().all(|row| row.locked_until.is_none())
        })
        .await;
    }
}
