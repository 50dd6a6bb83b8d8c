//! Following the database: what another process writes is seen, what is not used is dropped, what fails is survived.

use std::sync::Arc;
use std::time::Duration;

use plenary::db::{Database, PoolOptions, is_transient};
use plenary::live::Programs;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use crate::support::files::{file, small};
use crate::support::{World, both, pools, within_two_seconds};

async fn name(app: &Arc<plenary::app::App>) -> Option<String> {
    let directory = app.programs().directory().await.unwrap();
    directory.conferences.iter().find(|row| row.slug == "small").map(|row| row.name.clone())
}

both! {
    /// A running server shows what another process imports, a new conference as well as a change, within two seconds.
    async fn another_process_imports(world) {
        let server = world.another().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = server.clone();
        let serving = tokio::spawn(async move { running.run(listener, async { drop(stopped.await) }).await });

        world.import(&file(&small())).await;
        within_two_seconds("a new conference", async || name(&server).await.is_some()).await;
        let id = server.programs().directory().await.unwrap().conferences[0].id;
        assert_eq!(server.programs().program(id).await.unwrap().unwrap().stamp.revision, 1);

        let mut edited = small();
        edited["conference"]["name"] = json!("A newer name");
        edited["panels"][0]["title"] = json!("Later things");
        world.import(&file(&edited)).await;
        within_two_seconds("its name", async || name(&server).await.as_deref() == Some("A newer name")).await;
        within_two_seconds("its panel", async || {
            let program = server.programs().program(id).await.unwrap().unwrap();
            program.rows.panels.iter().any(|row| row.title == "Later things")
        }).await;
        drop(stop);
        serving.await.unwrap().unwrap();
    }

    /// However many ask for a program that is not in memory, it is loaded once.
    async fn loaded_once(world) {
        world.import(&file(&small())).await;
        let other = world.another().await;
        let id = other.programs().directory().await.unwrap().conferences[0].id;
        let before = other.programs().loads();
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let app = other.clone();
            asking.spawn(async move { app.programs().program(id).await.unwrap().unwrap().stamp });
        }
        let stamps = asking.join_all().await;
        assert!(stamps.iter().all(|stamp| *stamp == stamps[0]));
        assert_eq!(other.programs().loads(), before + 1);
    }

    /// A program that nobody asks for is dropped, and loaded again when somebody does.
    async fn dropped_when_idle(world) {
        world.import(&file(&small())).await;
        let programs = Programs::new(world.database().clone(), Duration::ZERO, world.app.accounts().clone());
        let id = programs.directory().await.unwrap().conferences[0].id;
        assert!(programs.program(id).await.unwrap().is_some());
        assert!(programs.is_held(id));
        programs.drop_idle();
        assert!(!programs.is_held(id));
        assert!(programs.program(id).await.unwrap().is_some());
        let patient = Programs::new(world.database().clone(), Duration::from_secs(3_600), world.app.accounts().clone());
        assert!(patient.program(id).await.unwrap().is_some());
        patient.drop_idle();
        assert!(patient.is_held(id));
    }

    /// A request that asks for more conferences than may be loaded for it is refused; those in memory are free.
    async fn cold_conferences(world) {
        for n in 0..4 {
            let mut own = small();
            own["conference"]["slug"] = json!(format!("small-{n}"));
            world.import(&file(&own)).await;
        }
        let ask = |n: usize| format!("c{n}: conference(slug: \"small-{n}\") {{ revision }}");
        let three = format!("{{ {} {} {} }}", ask(0), ask(1), ask(2));
        let answer = world.ask(&three, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_EXPENSIVE", "{answer}");
        world.data(&three, json!({})).await;
    }

    /// One program that can't be made keeps nothing else from catching up.
    async fn one_that_is_broken(world) {
        let mut other = small();
        other["conference"]["slug"] = json!("other");
        world.import(&file(&small())).await;
        world.import(&file(&other)).await;
        let server = world.another().await;
        let id = async |slug: &str| {
            Database::conference_id(world.database().reader(), slug).await.unwrap().unwrap()
        };
        let (broken, whole) = (id("small").await, id("other").await);
        for id in [broken, whole] {
            server.programs().program(id).await.unwrap().unwrap();
        }
        for slug in ["small", "other"] {
            let mut edited = small();
            edited["conference"]["slug"] = json!(slug);
            edited["panels"][0]["title"] = json!("Later things");
            world.import(&file(&edited)).await;
        }
        let sql = "UPDATE conference SET time_zone = 'Mars/Base' WHERE slug = 'small'";
        world.database().reader().execute_unprepared(sql).await.unwrap();
        // Its log does not lead on from what is held: it has to be loaded whole.
        world.execute("DELETE FROM change WHERE revision = 1").await;

        let seen = world.database().stamps(&server.programs().scopes()).await.unwrap();
        let failed = server.programs().catch_up(&seen).await;
        assert_eq!(failed.iter().map(|(scope, _)| *scope).collect::<Vec<_>>(), [broken]);
        let revision = async |id| server.programs().program(id).await.unwrap().unwrap().stamp.revision;
        assert_eq!((revision(broken).await, revision(whole).await), (1, 2), "the one as it was, the other as it is");
    }

    /// The directory and a program are loaded at two moments; one answer shows one of them, in whatever order and by
    /// whatever way it asks.
    async fn one_answer_one_state(world) {
        world.import(&file(&small())).await;
        let id = Database::conference_id(world.database().reader(), "small").await.unwrap().unwrap();
        let queries = [
            r#"{ x: conference(slug: "small") { name } y: conference(slug: "small") { name revision } }"#,
            r#"{ y: conference(slug: "small") { name revision } x: conference(slug: "small") { name } }"#,
            "{ conferences { nodes { name revision } } }",
            r#"{ conferences { nodes { name } } y: conference(slug: "small") { name revision } }"#,
            r#"query($at: Cursor) { x: conference(slug: "small") { name revision }
                y: conference(slug: "small", atLeast: $at) { name revision } }"#,
        ];
        for (n, query) in (2..).zip(queries) {
            let server = world.another().await;
            server.programs().directory().await.unwrap();
            if n % 2 == 0 {
                server.programs().program(id).await.unwrap();
            }
            let mut edited = small();
            edited["conference"]["name"] = json!(format!("Name {n}"));
            world.import(&file(&edited)).await;
            let at = world.data(r#"{ conference(slug: "small") { cursor } }"#, json!({})).await;
            let at = at["conference"]["cursor"].clone();
            // Ahead of its directory, as a client's floor or the sweep may leave it.
            let stamp = world.program("small").await.unwrap().stamp;
            if !query.contains("$at") {
                server.programs().program_at_least(id, stamp).await.unwrap();
            }
            let said = world.through(server).data(query, json!({"at": at})).await.to_string();
            let names = said.matches("\"name\":").count();
            assert_eq!(names, said.matches(&format!("\"Name {n}\"")).count(), "{query}: {said}");
            let revisions = said.matches("\"revision\":").count();
            assert_eq!(revisions, said.matches(&format!("\"revision\":{n}")).count(), "{query}: {said}");
        }
    }

    /// A lock that is not had in time is worth another try; a broken constraint is not.
    async fn which_errors_pass(world) {
        let quick = PoolOptions { lock_timeout: Duration::from_millis(50), ..pools() };
        let other = Database::connect(&world.url, &quick).await.unwrap();
        let holding = world.database().begin_write().await.unwrap();
        Database::lock_scope(&holding, Uuid::nil(), 1).await.unwrap();
        let refused = match other.begin_write().await {
            Ok(waiting) => Database::lock_scope(&waiting, Uuid::nil(), 2).await.map(|_| ()),
            Err(error) => Err(error),
        };
        assert!(is_transient(&refused.unwrap_err()));
        holding.rollback().await.unwrap();
        let twice = Database::create_scope(other.reader(), Uuid::nil(), entity::enums::ScopeKind::Conference).await;
        assert!(!is_transient(&twice.unwrap_err()));
        other.close().await;
    }
}

/// While the database can't be reached, what is held goes on being served; what is not says UNAVAILABLE.
#[test]
fn the_database_goes_away() {
    crate::support::runtime().block_on(async {
        let world = World::new(crate::support::Backend::Sqlite).await;
        world.import(&file(&small())).await;
        let mut other = small();
        other["conference"]["slug"] = json!("other");
        world.import(&file(&other)).await;
        let ask = |slug: &str| format!("{{ conference(slug: \"{slug}\") {{ name panels {{ totalCount }} }} }}");
        let held = world.data(&ask("small"), json!({})).await;
        world.database().clone().close().await;
        assert_eq!(world.data(&ask("small"), json!({})).await, held);
        assert_eq!(world.code(&ask("other"), json!({})).await, "UNAVAILABLE");
    });
}
