//! Readers, and what is known of all of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_graphql::{Request, Variables};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::app::{App, streams};
use crate::auth::accounts::Credential;
use crate::cursor::Cursor;
use crate::http::{Asking, Step, Steps};

const LINKS: &str = "subscription ($after: Cursor) { sessionRoomChanged(conference: \"faults\", after: $after) {
    cursor reset removedIds sessionRooms { id revision link { url } } } }";

/// Numbers that look random and are the same in each run of a seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// What is known of a run while it goes.
#[derive(Default)]
pub(super) struct Known {
    /// The number of the last link that was written before both instances knew that the right to links is withdrawn.
    pub(super) withdrawn: Mutex<Option<u64>>,
    /// The history was replaced: revisions may go back.
    pub(super) replaced: AtomicBool,
    pub(super) over: AtomicBool,
    pub(super) wrong: Mutex<Vec<String>>,
}

impl Known {
    pub(super) fn say(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }
}

/// What a reader has.
#[derive(Default)]
pub(super) struct Held {
    pub(super) rooms: BTreeMap<String, Option<String>>,
    pub(super) cursor: Option<String>,
    pub(super) revision: i64,
}

pub(super) struct Reader {
    pub(super) credential: Option<Credential>,
    pub(super) held: Arc<Mutex<Held>>,
    pub(super) leave: Arc<Notify>,
    /// It comes back as one who was never there.
    pub(super) forget: AtomicBool,
}

pub(super) fn listen(app: &Arc<App>, credential: Option<Credential>, after: Option<&str>) -> Steps {
    let asking =
        Asking { request_id: "faults".into(), at_least: None, client: None, credential, mutates: false, resume: None };
    let variables = Variables::from_json(json!({ "after": after }));
    streams::subscribe(Arc::clone(app), Request::new(LINKS).variables(variables).data(asking))
}

/// The links in an update, by the session room's id.
fn links(update: &Value) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let rooms = update["sessionRooms"].as_array().unwrap().iter();
    rooms.map(|it| (text(&it["id"]).unwrap(), text(&it["link"]["url"]))).collect()
}

impl Held {
    /// Takes an update as docs/clients.md says that clients do.
    fn take(&mut self, update: &Value, entitled: bool, known: &Known) {
        if update["reset"] == true {
            self.rooms.clear();
        }
        for id in update["removedIds"].as_array().unwrap() {
            self.rooms.remove(id.as_str().unwrap());
        }
        for (id, url) in links(update) {
            let number = url.as_deref().and_then(|url| url.rsplit('/').next()?.parse::<u64>().ok());
            let withdrawn = *known.withdrawn.lock().unwrap();
            match number {
                Some(number) if !entitled => known.say(format!("nobody has got the link {number}")),
                Some(number) if withdrawn.is_some_and(|last| number > last) => {
                    known.say(format!("the link {number} came after the right was withdrawn at {withdrawn:?}"));
                }
                Some(_) | None => {}
            }
            self.rooms.insert(id, url);
        }
        let cursor = update["cursor"].as_str().unwrap();
        let revision = Cursor::decode(cursor).unwrap().positions[0].stamp.revision;
        if revision < self.revision && !known.replaced.load(Ordering::SeqCst) {
            known.say(format!("went back from {} to {revision}", self.revision));
        }
        self.revision = revision;
        self.cursor = Some(cursor.to_owned());
    }
}

/// Reads until the run is over: slowly, and now and then somewhere else.
pub(super) async fn follow(apps: [Arc<App>; 2], reader: Arc<Reader>, known: Arc<Known>, mut dice: Dice) {
    loop {
        if reader.forget.swap(false, Ordering::SeqCst) {
            *reader.held.lock().unwrap() = Held::default();
        }
        let after = reader.held.lock().unwrap().cursor.clone();
        let mut steps = listen(&apps[dice.roll(2)], reader.credential.clone(), after.as_deref());
        loop {
            let step = tokio::select! {
                () = reader.leave.notified() => break,
                step = steps.next() => step,
            };
            let Some(Step::Next { payload, .. }) = step else {
                if !known.over.load(Ordering::SeqCst) {
                    known.say(format!("ended unasked: {step:?}"));
                }
                return;
            };
            let answer: Value = serde_json::from_slice(&payload).unwrap();
            reader.held.lock().unwrap().take(
                &answer["data"]["sessionRoomChanged"],
                reader.credential.is_some(),
                &known,
            );
            if dice.roll(3) == 0 {
                tokio::time::sleep(Duration::from_millis(dice.roll(40) as u64)).await;
            }
        }
    }
}

/// Who does not hold what the database has.
pub(super) async fn behind(fresh: &Arc<App>, readers: &[Arc<Reader>]) -> Vec<String> {
    let mut behind = Vec::new();
    for (n, reader) in readers.iter().enumerate() {
        let Some(Step::Next { payload, .. }) = listen(fresh, reader.credential.clone(), None).next().await else {
            return vec!["nothing can be read".into()];
        };
        let answer: Value = serde_json::from_slice(&payload).unwrap();
        let now: BTreeMap<_, _> = links(&answer["data"]["sessionRoomChanged"]).into_iter().collect();
        let held = reader.held.lock().unwrap();
        if held.rooms != now {
            behind.push(format!("reader {n} holds {:?} of {now:?}", held.rooms));
        }
    }
    behind
}
