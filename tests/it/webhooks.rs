//! Webhooks: organizers' servers are told what changes, at least once, signed, and only if they are on the internet.

mod faults;
mod instances;
mod manage;
mod receiver;
mod retry;
mod told;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use entity::{scope, webhook, webhook_delivery as delivery};
use plenary::app::App;
use plenary::clock::Source;
use plenary::config::Config;
use plenary::db::Database;
use plenary::webhook::work;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::desk::organizer;
use crate::organize::small;
use crate::support::people::Persona;
use crate::support::{Counting, Settable, World, pools};
use receiver::Receiver;

/// Where webhooks may point at this machine.
const NEAR: &str = "[webhooks]\nallow_private = true\npoll_ms = 10\ntimeout_ms = 2000";

/// A server with a conference, one of its organizers, and somebody who wants to be told.
pub struct House {
    pub world: World,
    pub clock: Arc<Settable>,
    pub receiver: Receiver,
    pub olga: Persona,
    /// The conference's id.
    pub id: String,
}

/// Workers that tell webhooks until they are stopped.
pub struct Workers {
    stop: watch::Sender<()>,
    pub task: JoinHandle<()>,
}

impl Workers {
    pub fn of(app: &Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(());
        Self { stop, task: tokio::spawn(work(Arc::clone(app.desk()), stopped)) }
    }

    pub async fn stop(self) {
        drop(self.stop);
        self.task.await.unwrap();
    }
}

impl House {
    pub async fn new(world: &World) -> Self {
        Self::with(world, NEAR).await
    }

    /// With these settings.
    pub async fn with(world: &World, settings: &str) -> Self {
        let begin = "2027-01-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(Settable { now: Mutex::new(begin), counting: Counting::default() });
        let world = world.through(app(&world.url, settings, &clock).await);
        let olga = organizer(&world).await;
        let id = small(&world).await;
        Self { world, clock, receiver: Receiver::new().await, olga, id }
    }

    /// Another instance on the same database.
    pub async fn another(&self, settings: &str) -> Arc<App> {
        app(&self.world.url, settings, &self.clock).await
    }

    pub fn workers(&self) -> Workers {
        Workers::of(&self.world.app)
    }

    pub fn later(&self, by: TimeDelta) {
        *self.clock.now.lock().unwrap() += by;
    }

    /// What a mutation answers to somebody.
    pub async fn tell(&self, who: &Persona, name: &str, input: Value, fields: &str) -> Value {
        let query = format!(
            "mutation ($input: {}{}Input!) {{ {name}(input: $input) {{ {fields} clientMutationId
                userErrors {{ code field message }} }} }}",
            name[..1].to_uppercase(),
            &name[1..]
        );
        self.world.data_as(who, &query, json!({ "input": input })).await[name].take()
    }

    /// The same by the organizer, done.
    pub async fn done(&self, name: &str, input: Value, fields: &str) -> Value {
        let payload = self.tell(&self.olga, name, input, fields).await;
        assert_eq!(payload["userErrors"], json!([]), "{name}");
        payload
    }

    /// The one error of it: code and field.
    pub async fn refused(&self, name: &str, input: Value) -> (String, String) {
        let payload = self.tell(&self.olga, name, input, "__typename").await;
        let errors = payload["userErrors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{payload:#}");
        let message = errors[0]["message"].as_str().unwrap();
        assert!(message.len() > 15 && message.ends_with(['.', ')']), "{message}");
        (errors[0]["code"].as_str().unwrap().into(), errors[0]["field"][0].as_str().unwrap_or_default().into())
    }

    /// A webhook to the receiver: its id and its secret.
    pub async fn webhook(&self) -> (String, String) {
        self.webhook_with(json!({})).await
    }

    pub async fn webhook_with(&self, more: Value) -> (String, String) {
        let mut input = json!({"conferenceId": self.id, "url": self.receiver.url("/hook")});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.done("createWebhook", input, "secret webhook { id }").await;
        (made["webhook"]["id"].as_str().unwrap().into(), made["secret"].as_str().unwrap().into())
    }

    /// Changes a panel's title: a revision.
    pub async fn rename(&self, title: &str) -> String {
        let panel = self.world.id_of("panels", "code", "P2").await;
        self.done("updatePanel", json!({"id": panel, "title": title}), "panel { id }").await;
        panel
    }

    /// The conference's webhooks as its organizer sees them.
    pub async fn seen(&self) -> Value {
        let query = "{ conference(slug: \"small\") { webhooks { id url description events isActive disabledReason
            disabledAt createdAt formerSecretUntil deliveries { totalCount nodes { id webhookId status fromRevision
            revision attempts nextAttemptAt deliveredAt lastStatus lastError } } } } }";
        self.world.data_as(&self.olga, query, json!({})).await["conference"]["webhooks"].take()
    }

    pub async fn stored(&self) -> Vec<webhook::Model> {
        webhook::Entity::find().all(self.world.database().reader()).await.unwrap()
    }

    /// In the order in which they were made.
    pub async fn deliveries(&self) -> Vec<delivery::Model> {
        let mut rows = delivery::Entity::find().all(self.world.database().reader()).await.unwrap();
        rows.sort_by_key(|row| row.id);
        rows
    }

    /// Waits until something holds: nothing is promised of how soon.
    pub async fn eventually<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        assert!(waited.is_ok(), "never: {what}; {:#?} {:?}", self.deliveries().await, self.stored().await);
    }

    /// Waits until there is nothing to do at this time: all is written down, nothing is due or being sent.
    pub async fn quiet(&self) {
        self.eventually("there is nothing to do", || async {
            let now = self.clock.now();
            let scopes = scope::Entity::find().all(self.world.database().reader()).await.unwrap();
            let webhooks = self.stored().await;
            let written = webhooks.iter().filter(|own| own.disabled_at.is_none()).all(|own| {
                let of = scopes.iter().find(|scope| scope.id == own.conference_id).unwrap();
                (of.revision, of.tag) == (own.revision, own.tag)
            });
            let off = |row: &delivery::Model| {
                webhooks.iter().any(|own| own.id == row.webhook_id && own.disabled_at.is_some())
            };
            let rows = self.deliveries().await;
            let due = |row: &delivery::Model| row.next_at.is_some_and(|at| at <= now) && !off(row);
            written && !rows.iter().any(|row| due(row) || row.locked_until.is_some_and(|until| until > now))
        })
        .await;
    }
}

async fn app(url: &str, settings: &str, clock: &Arc<Settable>) -> Arc<App> {
    let database = Database::connect(url, &pools()).await.unwrap();
    database.migrate().await.unwrap();
    let config = Config::load(None, std::iter::empty(), settings.parse().unwrap()).unwrap();
    App::new(config, database, Arc::clone(clock) as Arc<dyn Source>)
}
