//! Telling people by mail of what changes on a program.

mod gone;
mod once;
mod stop;
mod told;

use chrono::TimeDelta;
use plenary::notice::look;
use serde_json::{Value, json};

use crate::desk;
use crate::messages::Office;
use crate::support::World;
use crate::support::files::{file, small};
use crate::support::people::{Persona, Role, claims};
use crate::support::smtp::Taken;

const SET: &str = "mutation ($input: SetNoticesInput!) { setNotices(input: $input) {
    wantsNotices cursor clientMutationId userErrors { code field message } } }";

const WANTS: &str = "{ conference(slug: \"small\") { viewerSchedule { wantsNotices } } }";

/// The small conference, its organizer, and a mail server.
pub struct Venue {
    pub office: Office,
    pub olga: Persona,
}

impl Venue {
    pub async fn new(world: &World) -> Self {
        Self::with(world, "").await
    }

    pub async fn with(world: &World, settings: &str) -> Self {
        let office = Office::with(world, settings).await;
        office.world.member("small", "olga@example.org", Role::Organizer).await;
        let olga = office.world.person("olga@example.org").await;
        Self { office, olga }
    }

    pub fn world(&self) -> &World {
        &self.office.world
    }

    /// The conference's id.
    pub async fn id(&self) -> Value {
        self.world().data("{ conference(slug: \"small\") { id } }", json!({})).await["conference"]["id"].take()
    }

    /// Says whether to be told.
    pub async fn set(&self, who: &Persona, wanted: bool) -> Value {
        let input = json!({ "input": { "conferenceId": self.id().await, "wanted": wanted } });
        self.world().data_as(who, SET, input).await["setNotices"].take()
    }

    /// The same, done.
    pub async fn wants(&self, who: &Persona, wanted: bool) {
        let payload = self.set(who, wanted).await;
        assert_eq!((&payload["userErrors"], &payload["wantsNotices"]), (&json!([]), &json!(wanted)), "{payload:#}");
        assert!(payload["cursor"].is_string());
        let data = self.world().data_as(who, WANTS, json!({})).await;
        assert_eq!(data["conference"]["viewerSchedule"]["wantsNotices"], wanted);
    }

    /// Somebody with this address who wants to be told.
    pub async fn told(&self, email: &str) -> Persona {
        let who = self.world().person(email).await;
        self.wants(&who, true).await;
        who
    }

    /// Día García by her ORCID iD, who wants to be told.
    pub async fn dia(&self) -> Persona {
        let claims = plenary::command::account::Claims {
            orcid: Some("0000-0002-1825-0097".into()),
            ..claims("dia@elsewhere.example")
        };
        let dia = self.world().person_with(claims).await;
        self.wants(&dia, true).await;
        dia
    }

    pub async fn star(&self, who: &Persona, id: &str) {
        let star = "mutation ($id: ID!) { star(input: {id: $id}) { userErrors { code } } }";
        assert_eq!(self.world().data_as(who, star, json!({ "id": id })).await["star"]["userErrors"], json!([]));
    }

    /// Somebody who has starred the early session and wants to be told.
    pub async fn fan(&self, email: &str) -> Persona {
        let who = self.told(email).await;
        self.star(&who, &self.early().await).await;
        who
    }

    /// The id of P2.1.
    pub async fn early(&self) -> String {
        crate::organize::session_of(self.world(), "P2", 1).await
    }

    /// What the organizer does.
    pub async fn does(&self, name: &str, input: Value) {
        desk::done(self.world(), &self.olga, name, input, "__typename").await;
    }

    /// Moves P2.1, so that it ends then.
    pub async fn ends(&self, end: &str) {
        let when = json!({"id": self.early().await, "date": "2027-07-12", "startTime": "08:30", "endTime": end});
        self.does("scheduleSession", when).await;
    }

    /// P2.1 is when it was.
    pub async fn is_back(&self) {
        let when = json!({"id": self.early().await, "date": "2027-07-12", "startTime": "09:00", "endTime": "10:30"});
        self.does("scheduleSession", when).await;
    }

    /// Changes the file of the program and imports it, as the command line does.
    pub async fn imports(&self, change: impl FnOnce(&mut Value)) {
        let mut program = small();
        change(&mut program);
        let options = plenary::command::import::Options { prune: true, ..Default::default() };
        self.world().import_with(&file(&program), options).await.unwrap();
    }

    /// What the worker does each time.
    pub async fn look(&self) {
        let failed = look(self.office.app_of().desk()).await.unwrap();
        assert!(failed.is_empty(), "{failed:?}");
    }

    /// Time passes, and the worker looks before and after.
    pub async fn passes(&self, seconds: i64) {
        self.look().await;
        self.office.later(TimeDelta::seconds(seconds));
        self.look().await;
    }

    /// The same, and what is to be sent is sent.
    pub async fn after(&self, seconds: i64) {
        self.passes(seconds).await;
        self.mails().await;
    }

    /// Sends what is to be sent; all mails so far.
    pub async fn mails(&self) -> Vec<Taken> {
        let workers = self.office.workers(1);
        self.office.all_done().await;
        workers.stop().await;
        let mails = self.office.sink.taken();
        for mail in &mails {
            assert!(!mail.everything().contains("canary-"), "a link to a room: {}", mail.everything());
            let addresses = ["ann@", "olga@", "ada@", "eve@"].iter().filter(|name| mail.everything().contains(*name));
            let own = addresses.filter(|name| !mail.to[0].starts_with(*name)).count();
            assert_eq!(own, 0, "an address of another: {}", mail.everything());
        }
        mails
    }

    /// Whom they went to, in order.
    pub async fn sent_to(&self) -> Vec<String> {
        let mut to: Vec<String> = self.mails().await.into_iter().map(|mail| mail.to.join(",")).collect();
        to.sort_unstable();
        to
    }

    /// What the last one says of what has changed.
    pub async fn last(&self) -> String {
        said(self.mails().await.last().unwrap())
    }

    pub async fn rows(&self, table: &str) -> usize {
        self.world().rows(&format!("SELECT 1 FROM {table}")).await
    }
}

/// What a mail says of what has changed.
pub fn said(mail: &Taken) -> String {
    let text = mail.text();
    let (_, rest) = text.split_once("has changed.\n\n").unwrap_or_else(|| panic!("{text}"));
    rest.split_once("\nTimes are").unwrap_or_else(|| panic!("{text}")).0.to_owned()
}

/// The path of the page by which one is told no more.
pub fn stop_path(mail: &Taken) -> String {
    let text = mail.text();
    let links: Vec<&str> = text.lines().filter(|line| line.contains("/notices/")).collect();
    let [link] = links.as_slice() else { panic!("{text}") };
    assert!(mail.header("List-Unsubscribe") == format!("<{link}>"), "{link}");
    link[link.find("/notices/").unwrap()..].to_owned()
}
