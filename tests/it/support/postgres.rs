//! A PostgreSQL database for each test, copied from one that the real migrations made.

use std::sync::atomic::{AtomicU32, Ordering};

use plenary::db::Database;
use sea_orm::ConnectionTrait;
use tokio::sync::OnceCell;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);
/// PostgreSQL copies a template for one at a time.
static COPYING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

pub(super) fn server() -> String {
    std::env::var("PLENARY_TEST_POSTGRES")
        .expect("tests on PostgreSQL need PLENARY_TEST_POSTGRES, the address of a server; run ./test, which starts one")
}

fn named(name: &str) -> String {
    let mut url = url::Url::parse(&server()).unwrap();
    url.set_path(name);
    url.into()
}

async fn on_server(sql: &str) {
    let server = sea_orm::Database::connect(server()).await.unwrap();
    server.execute_unprepared(sql).await.unwrap();
    server.close().await.unwrap();
}

/// The address of an empty database whose schema is up to date.
pub(super) async fn fresh() -> String {
    let process = std::process::id();
    let template = TEMPLATE
        .get_or_init(|| async {
            let name = format!("plenary_template_{process}");
            on_server(&format!("CREATE DATABASE {name}")).await;
            let database = Database::connect(&named(&name), &super::pools()).await.unwrap();
            database.migrate().await.unwrap();
            database.close().await;
            name
        })
        .await;
    let name = format!("plenary_test_{process}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let _turn = COPYING.lock().await;
    on_server(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    named(&name)
}

/// The address of an empty database without any schema.
pub async fn bare() -> String {
    let name = format!("plenary_bare_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    on_server(&format!("CREATE DATABASE {name}")).await;
    named(&name)
}
