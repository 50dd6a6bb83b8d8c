//! Random faults against the streams' rules: two instances on one database, readers that are slow, leave and come back to
//! the other instance, writers of which nobody is told, rights that come and go, a history that is replaced by another.
//!
//! Each run is checked as it goes (nobody goes back, nobody gets a link after the right to it was withdrawn, no stream
//! ends unasked) and at rest (every reader holds what the database has). And each rule is broken once: a suite that does
//! not notice shows nothing.

mod readers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use self::readers::{Dice, Known, Reader, behind, follow};
use super::App;
use crate::auth::accounts::Credential;
use crate::clock::System;
use crate::command::account::{Claims, log_in};
use crate::command::commit::Committer;
use crate::command::edit::Edit;
use crate::command::import::{Options, import};
use crate::command::member::{Clerk, Entry, Who};
use crate::command::room;
use crate::config::Config;
use crate::db::{Database, PoolOptions};
use crate::format::read::read;
use crate::live::Mutant;

/// How long readers may take at rest.
const REST: Duration = Duration::from_secs(5);

const ADA: &str = "ada@example.org";

fn program() -> Value {
    json!({
        "version": 1,
        "conference": {"slug": "faults", "name": "Faults", "timeZone": "Europe/Lisbon",
            "startsOn": "2027-07-12", "endsOn": "2027-07-13"},
        "rooms": [
            {"key": "a", "name": "A", "kind": "VIRTUAL", "link": "https://m.example/0"},
            {"key": "b", "name": "B", "kind": "VIRTUAL", "link": "https://m.example/0"},
            {"key": "c", "name": "C", "kind": "VIRTUAL"}
        ],
        "panels": [{"code": "P1", "title": "One", "sessions": [
            {"key": "s1", "number": 1, "date": "2027-07-12", "start": "09:00", "end": "10:00",
             "rooms": [{"room": "a"}, {"room": "b", "link": "https://m.example/0"}]},
            {"key": "s2", "number": 2, "date": "2027-07-12", "start": "11:00", "end": "12:00", "rooms": [{"room": "a"}]}
        ]}]
    })
}

async fn app(url: &str, mutant: Option<Mutant>) -> Arc<App> {
    let database = Database::connect(url, &PoolOptions::default()).await.unwrap();
    database.migrate().await.unwrap();
    let config = Config::load(None, std::iter::empty(), toml::Table::new()).unwrap();
    let app = App::new(config, database, Arc::new(System));
    if let Some(mutant) = mutant {
        app.programs().mutant.set(mutant).unwrap();
    }
    app
}

/// The database, and what is on it.
struct Scene {
    writers: [Arc<App>; 3],
    conference: Uuid,
    rooms: Vec<Uuid>,
    sessions: Vec<Uuid>,
    dir: tempfile::TempDir,
    /// Who keeps backups.
    keeper: sea_orm::DatabaseConnection,
    /// That there is a backup, and whether Ada has a role in it.
    backup: Option<bool>,
    /// Whether Ada has a role.
    member: bool,
    /// The number of the last link.
    n: u64,
}

impl Scene {
    fn edit(&self) -> Edit {
        Edit { conference: self.conference, user: Uuid::from_u128(1), expected: None, once: None, by: None }
    }

    fn link(&mut self) -> Option<String> {
        self.n += 1;
        Some(format!("https://m.example/{}", self.n))
    }

    async fn set_role(&self, role: Option<entity::enums::MemberRole>) {
        let clerk =
            Clerk { database: self.writers[2].database(), source: self.writers[2].source().as_ref(), actor: "test" };
        match role {
            Some(role) => {
                let entry = Entry { email: ADA.into(), name: None, role };
                clerk.set(self.conference, &[entry], None).await.unwrap();
            }
            None => {
                clerk.remove(self.conference, Who::Email(ADA), None).await.unwrap();
            }
        }
    }

    /// One of the things that happen.
    async fn act(&mut self, known: &Known, readers: &[Arc<Reader>], dice: &mut Dice) {
        // By either instance, or by one that is gone before it can tell anybody.
        let desk = Arc::clone(self.writers[dice.roll(3)].desk());
        let program = self.writers[2].programs().program(self.conference).await.unwrap().unwrap();
        let uses: Vec<Uuid> = program.rows.session_rooms.iter().map(|row| row.id).collect();
        match dice.roll(12) {
            0..=3 => {
                let (room, link) = (self.rooms[dice.roll(self.rooms.len())], self.link());
                room::set_room_link(&desk, self.edit(), room, link).await.unwrap();
            }
            4 | 5 if !uses.is_empty() => {
                let link = if dice.roll(3) == 0 { None } else { self.link() };
                // It may be gone by now.
                let _ = room::set_session_room_link(&desk, self.edit(), uses[dice.roll(uses.len())], link).await;
            }
            6 if uses.len() > 1 => {
                let _ = room::remove(&desk, self.edit(), uses[dice.roll(uses.len())]).await;
            }
            7 => {
                let (session, room) = (self.sessions[dice.roll(2)], self.rooms[dice.roll(self.rooms.len())]);
                room::assign(&desk, self.edit(), session, room, None).await.unwrap();
            }
            8 | 9 => {
                self.member = !self.member;
                *known.withdrawn.lock().unwrap() = None;
                self.set_role(self.member.then_some(entity::enums::MemberRole::Attendee)).await;
                // Until an instance has looked it may not know, and then it does.
                if !self.member && dice.roll(2) == 0 {
                    for app in &self.writers[..2] {
                        app.programs().look().await.unwrap();
                    }
                    *known.withdrawn.lock().unwrap() = Some(self.n);
                }
            }
            10 => {
                let (all, forget) = (dice.roll(4) == 0, dice.roll(2) == 0);
                for reader in readers.iter().filter(|_| all || dice.roll(3) == 0) {
                    reader.forget.store(forget, Ordering::SeqCst);
                    reader.leave.notify_one();
                }
            }
            _ if known.replaced.load(Ordering::SeqCst) => self.replace(known).await,
            _ => {}
        }
    }

    /// Keeps a backup, or plays it back; what came after it is then gone.
    async fn replace(&mut self, known: &Known) {
        let file = self.dir.path().join("backup.db");
        let Some(member) = self.backup.take() else {
            self.keeper.execute_unprepared(&format!("VACUUM INTO '{}'", file.display())).await.unwrap();
            self.backup = Some(self.member);
            return;
        };
        self.member = member;
        *known.withdrawn.lock().unwrap() = None;
        self.keeper.execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
        self.keeper.execute_unprepared(&format!("ATTACH '{}' AS backup", file.display())).await.unwrap();
        let transaction = self.keeper.begin().await.unwrap();
        let tables = "SELECT name FROM backup.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let tables = Statement::from_string(DbBackend::Sqlite, tables);
        for row in transaction.query_all_raw(tables).await.unwrap() {
            let name: String = row.try_get_by_index(0).unwrap();
            for play in
                [format!("DELETE FROM main.{name}"), format!("INSERT INTO main.{name} SELECT * FROM backup.{name}")]
            {
                transaction.execute_unprepared(&play).await.unwrap();
            }
        }
        transaction.commit().await.unwrap();
        self.keeper.execute_unprepared("DETACH backup").await.unwrap();
        tokio::fs::remove_file(&file).await.unwrap();
    }
}

/// One run; what was wrong in it.
async fn run(seed: u64, mutant: Option<Mutant>) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let url = Database::sqlite_url(&dir.path().join("faults.db"));
    let writers = [app(&url, mutant).await, app(&url, mutant).await, app(&url, None).await];
    let file = read(program().to_string().as_bytes()).unwrap();
    let committer =
        Committer { database: writers[2].database(), source: writers[2].source(), actor: "test", progress: &|_, _| {} };
    import(&committer, &file.into(), Options::default()).await.unwrap();
    let conference = Database::conference_id(writers[2].database().reader(), "faults").await.unwrap().unwrap();
    let program = writers[2].programs().program(conference).await.unwrap().unwrap();
    let rooms = program.rows.rooms.iter().map(|row| row.id).collect();
    let sessions = program.rows.sessions.iter().map(|row| row.id).collect();
    let mut options = sea_orm::ConnectOptions::new(url.clone());
    options.max_connections(1);
    let keeper = sea_orm::Database::connect(options).await.unwrap();
    let mut scene = Scene { writers, conference, rooms, sessions, dir, keeper, backup: None, member: true, n: 0 };
    scene.set_role(Some(entity::enums::MemberRole::Attendee)).await;
    let claims = Claims {
        provider: "test".into(),
        issuer: "https://id.example".into(),
        subject: "ada".into(),
        email: Some(ADA.into()),
        email_verified: true,
        name: None,
        orcid: None,
    };
    let ada = log_in(scene.writers[0].desk(), claims, None, None, None).await.unwrap();
    let known = Arc::new(Known::default());
    known.replaced.store(seed.is_multiple_of(2), Ordering::SeqCst);
    let mut dice = Dice(seed.wrapping_mul(7_919) + 1);
    let mut tasks = tokio::task::JoinSet::new();
    let apps = [Arc::clone(&scene.writers[0]), Arc::clone(&scene.writers[1])];
    for app in &scene.writers {
        let programs = Arc::clone(app.programs());
        let mut dice = Dice(dice.roll(1 << 30) as u64);
        if mutant != Some(Mutant::NoSweep) || Arc::ptr_eq(app, &scene.writers[2]) {
            tasks.spawn(async move {
                loop {
                    tokio::time::sleep(Duration::from_millis(15 + dice.roll(30) as u64)).await;
                    let _ = programs.look().await;
                }
            });
        }
    }
    let mut readers = Vec::new();
    for n in 0..10 {
        let credential = (n % 3 != 0).then_some(Credential::Session(ada.token));
        let reader =
            Arc::new(Reader { credential, held: Arc::default(), leave: Arc::default(), forget: AtomicBool::default() });
        let dice = Dice(dice.roll(1 << 30) as u64);
        tasks.spawn(follow(apps.clone(), Arc::clone(&reader), Arc::clone(&known), dice));
        readers.push(reader);
    }
    for _ in 0..60 {
        scene.act(&known, &readers, &mut dice).await;
        tokio::time::sleep(Duration::from_millis(dice.roll(9) as u64)).await;
    }
    // Nothing comes after it that would mend what it broke.
    if scene.backup.is_some() && dice.roll(2) == 0 {
        scene.replace(&known).await;
    }
    let limit = Instant::now() + REST;
    let fresh = app(&url, None).await;
    loop {
        let behind = behind(&fresh, &readers).await;
        if behind.is_empty() {
            break;
        }
        if Instant::now() > limit {
            known.wrong.lock().unwrap().extend(behind);
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    known.over.store(true, Ordering::SeqCst);
    tasks.shutdown().await;
    std::mem::take(&mut *known.wrong.lock().unwrap())
}

fn block<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(run)
}

/// How many runs: more in the long form.
fn runs() -> u64 {
    let long = std::env::var_os("PLENARY_TEST_FAULTS").is_some();
    if long { 1_000 } else { 8 }
}

#[test]
fn whatever_fails() {
    for seed in 0..runs() {
        let wrong = block(run(seed, None));
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    }
}

/// Each rule, broken: it must be noticed.
macro_rules! noticed {
    ($($name:ident $mutant:ident)+) => {
        $(#[test]
        fn $name() {
            let noticed = (0..80).any(|seed| !block(run(seed, Some(Mutant::$mutant))).is_empty());
            assert!(noticed, "{:?} was not noticed", Mutant::$mutant);
        })+
    };
}

noticed! {
    without_the_sweep NoSweep
    read_before_attaching ReadBeforeAttach
    the_latest_step_for_all LatestStep
    rights_once RightsOnce
    one_audience OneAudience
    without_resets NoReset
    by_own_revisions RowRevision
    untold_deletions GoneUntold
    without_floors NoFloor
    upwards_only UpwardsOnly
    tags_ignored TagIgnored
}
