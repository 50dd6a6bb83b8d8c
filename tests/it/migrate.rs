//! Migrations, up and down, and by two at once.

use plenary::db::Database;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::support::{Backend, bare_postgres, pools, runtime};

async fn fresh(backend: Backend, dir: &tempfile::TempDir) -> String {
    match backend {
        Backend::Sqlite => Database::sqlite_url(&dir.path().join("new.db")),
        Backend::Postgres => bare_postgres().await,
    }
}

fn on_both(test: impl AsyncFn(String)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let dir = tempfile::tempdir().unwrap();
        runtime().block_on(async { test(fresh(backend, &dir).await).await });
    }
}

/// Instances that start at once wait for each other: one migrates, all go on.
#[test]
fn several_start_at_once() {
    on_both(async |url| {
        let mut starting = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let url = url.clone();
            starting.spawn(async move {
                let database = Database::connect(&url, &pools()).await.unwrap();
                database.migrate().await.unwrap()
            });
        }
        let mut applied = starting.join_all().await;
        applied.sort_unstable();
        assert_eq!(applied, [0, 0, 0, 9]);
    });
}

/// Down undoes up: nothing is left but the list of migrations, and up works again.
#[test]
fn down_undoes_up() {
    on_both(async |url| {
        let database = Database::connect(&url, &pools()).await.unwrap();
        assert_eq!(database.pending_migrations().await.unwrap(), 9);
        database.migrate().await.unwrap();
        assert_eq!(database.pending_migrations().await.unwrap(), 0);
        assert_eq!(entity::scope::Entity::find().all(database.reader()).await.unwrap().len(), 1, "the site's");
        database.migrate_down(9).await.unwrap();
        assert!(database.reader().execute_unprepared("SELECT 1 FROM scope").await.is_err());
        assert_eq!(database.migrate().await.unwrap(), 9);
    });
}

/// What the database refuses by itself, whatever a plan would say.
#[test]
fn constraints_are_the_backstop() {
    on_both(async |url| {
        let database = Database::connect(&url, &pools()).await.unwrap();
        database.migrate().await.unwrap();
        let dangling = entity::track::ActiveModel {
            id: sea_orm::Set(uuid::Uuid::from_u128(1)),
            conference_id: sea_orm::Set(uuid::Uuid::from_u128(2)),
            code: sea_orm::Set("T".into()),
            name: sea_orm::Set("T".into()),
            position: sea_orm::Set(1),
            revision: sea_orm::Set(1),
        };
        let refused = entity::track::Entity::insert(dangling).exec_without_returning(database.reader()).await;
        assert!(refused.is_err(), "a track of no conference");
    });
}
