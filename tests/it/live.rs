//! Following the database: what another process writes is seen, what is not used is dropped, what fails is survived.

use std::sync::Arc;
use std::time::Duration;

use plenary::live::Programs;
use serde_json::json;

use crate::support::files::{file, small};
use crate::support::{World, both, within_two_seconds};

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
        let programs = Programs::new(world.database().clone(), Duration::ZERO);
        let id = programs.directory().await.unwrap().conferences[0].id;
        assert!(programs.program(id).await.unwrap().is_some());
        assert!(programs.is_held(id));
        programs.drop_idle();
        assert!(!programs.is_held(id));
        assert!(programs.program(id).await.unwrap().is_some());
        let patient = Programs::new(world.database().clone(), Duration::from_secs(3_600));
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
