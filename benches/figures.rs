//! The figures of ARCHITECTURE.md, "Measured": `cargo bench --bench figures`, with PLENARY_TEST_POSTGRES set also on
//! PostgreSQL. Ratios are of medians of five interleaved rounds; absolute times are this machine's.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and stops at the first surprise")]

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary::clock::{Source, System};
use plenary::command::commit::Committer;
use plenary::command::import::{Options, Terms, import, plan};
use plenary::db::{Database, PoolOptions};
use plenary::format::input::Input;
use plenary::format::program_file::ProgramFile;
use plenary::generate::{self, generate};
use plenary::program::Program;
use plenary::program::row::{Row, RowChange, Table};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, TransactionTrait};

const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        load().await;
        imports().await;
    });
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A line of this process's status, in MiB.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// A program of 10,000 papers, loaded by this process, which has done nothing else yet. Another process imports it.
async fn load() {
    let dir = tempfile::tempdir().unwrap();
    let plenary = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_plenary")).current_dir(&dir).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let sizes = ["--panels", "1300", "--papers", "10000", "--people", "15000", "-o", "made.json"];
    plenary(&[&["generate"], &sizes[..]].concat());
    plenary(&["import", "made.json"]);
    let url = Database::sqlite_url(&dir.path().join("data/plenary.db"));
    let database = Database::connect(&url, &PoolOptions::default()).await.unwrap();
    let id = Database::conference_id(database.reader(), "generated").await.unwrap().unwrap();
    let before = memory("VmRSS");
    let begun = Instant::now();
    let loaded = database.load_program(id).await.unwrap().unwrap();
    let read = begun.elapsed();
    let program = Program::build(loaded).unwrap();
    let whole = begun.elapsed();
    println!(
        "load, 10,000 papers, {} rows: {:.0} ms ({:.0} ms of it to derive); {:.0} MiB more than before, {:.0} MiB at most",
        program.rows.len(),
        whole.as_secs_f64() * 1e3,
        (whole - read).as_secs_f64() * 1e3,
        memory("VmRSS") - before,
        memory("VmHWM"),
    );
}

async fn imports() {
    let size = generate::Options { panels: 400, papers: 3_000, people: 6_000, seed: 1, slug: "bench".into() };
    let file = generate(&size);
    let dir = tempfile::tempdir().unwrap();
    compare("SQLite", &file, async |n| Database::sqlite_url(&dir.path().join(format!("{n}.db")))).await;
    if let Ok(server) = postgres() {
        compare("PostgreSQL", &file, async |n| {
            let maintenance = sea_orm::Database::connect(&server).await.unwrap();
            let name = format!("plenary_bench_{}_{n}", std::process::id());
            maintenance.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
            let mut url = url::Url::parse(&server).unwrap();
            url.set_path(&name);
            url.into()
        })
        .await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench has no settings")]
fn postgres() -> Result<String, std::env::VarError> {
    std::env::var("PLENARY_TEST_POSTGRES")
}

/// An import beside a bare batched insert of the same rows, each into an empty database.
async fn compare(product: &str, file: &ProgramFile, fresh: impl AsyncFn(usize) -> String) {
    let source: Arc<dyn Source> = Arc::new(System);
    let terms = Terms {
        conference: source.id(),
        revision: 1,
        now: source.now(),
        id: &|| source.id(),
        prune: false,
        draft: false,
    };
    let rows: Vec<Row> = plan(None, file, &terms)
        .unwrap()
        .changes
        .into_iter()
        .map(|change| match change {
            RowChange::Insert(row) | RowChange::Update { after: row, .. } | RowChange::Delete(row) => row,
        })
        .collect();
    let (mut bare, mut whole) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let open = async |n: usize| {
            let database = Database::connect(&fresh(n).await, &PoolOptions::default()).await.unwrap();
            database.migrate().await.unwrap();
            database
        };
        let database = open(2 * round).await;
        let begun = Instant::now();
        let transaction = database.reader().begin().await.unwrap();
        for table in Table::ALL {
            let of: Vec<&Row> = rows.iter().filter(|row| row.table() == *table).collect();
            for batch in of.chunks(1_000) {
                insert(&transaction, batch).await;
            }
        }
        transaction.commit().await.unwrap();
        bare.push(begun.elapsed());
        database.close().await;

        let database = open(2 * round + 1).await;
        let input = Input::from(file.clone());
        let begun = Instant::now();
        let committer = Committer { database: &database, source: &source, actor: "bench", progress: &|_, _| {} };
        let imported = import(&committer, &input, Options::default()).await.unwrap();
        whole.push(begun.elapsed());
        assert_eq!(imported.rows, rows.len());
        database.close().await;
    }
    let (bare, whole) = (median(bare).as_secs_f64(), median(whole).as_secs_f64());
    let rows = rows.len() as f64;
    println!(
        "import, {product}, {rows} rows: {:.0} rows/s; a bare batched insert {:.0} rows/s; ratio {:.2}",
        rows / whole,
        rows / bare,
        bare / whole
    );
}

async fn insert(at: &impl ConnectionTrait, rows: &[&Row]) {
    macro_rules! insert_all {
        ($($variant:ident $module:ident),+) => {
            match rows.first() {
                None => {}
                $(Some(Row::$variant(_)) => {
                    let models = rows.iter().filter_map(|row| match row {
                        Row::$variant(model) => Some(entity::$module::Model::clone(model).into_active_model()),
                        _ => None,
                    });
                    entity::$module::Entity::insert_many(models).exec_without_returning(at).await.unwrap();
                })+
            }
        };
    }
    insert_all!(
        Conference conference, Track track, Room room, Person person, Panel panel, Paper paper, Session session,
        SessionRoom session_room, Slot slot, Participation participation, Authorship authorship, PersonMerge person_merge,
        Release release,
        Announcement announcement
    );
}
