//! What organizers' commands cost, for ARCHITECTURE.md, "Measured": `PLENARY_TEST_POSTGRES=… cargo bench --bench organize`.
//! The database is another process, so that this one's processor time is the server's own.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and stops at the first surprise")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary::app::App;
use plenary::clock::System;
use plenary::command::commit::Committer;
use plenary::command::draft::{Release, add, preview, release};
use plenary::command::edit::Edit;
use plenary::command::import::{Options, import};
use plenary::command::paper::PaperFields;
use plenary::command::program::{Command, run};
use plenary::config::Config;
use plenary::db::{Database, PoolOptions};
use plenary::generate::{self, generate};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// How many commands a draft has, and how many are done at once one after the other.
const COMMANDS: u32 = 200;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(organize());
}

/// This process's processor time, in ticks of the kernel's clock: a hundredth of a second.
fn spent() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // After the name, which may have blanks in it; user and system time are the 14th and 15th of all.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

#[expect(clippy::disallowed_methods, reason = "a bench has no settings")]
fn postgres() -> Result<String, std::env::VarError> {
    std::env::var("PLENARY_TEST_POSTGRES")
}

async fn organize() {
    let Ok(server) = postgres() else {
        println!("PLENARY_TEST_POSTGRES is not set: nothing is measured");
        return;
    };
    let name = format!("organize_{}", std::process::id());
    let admin = sea_orm::Database::connect(&server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let database = Database::connect(url.as_str(), &PoolOptions::default()).await.unwrap();
    database.migrate().await.unwrap();
    let file =
        generate(&generate::Options { panels: 1_300, papers: 10_000, people: 15_000, seed: 1, slug: "bench".into() });
    let app = App::new(Config::load(None, std::iter::empty(), toml::Table::new()).unwrap(), database, Arc::new(System));
    let committer = Committer { database: app.database(), source: app.source(), actor: "bench", progress: &|_, _| {} };
    let slug = file.conference.slug.clone();
    import(&committer, &file.into(), Options::default()).await.unwrap();
    let conference = Database::conference_id(app.database().reader(), &slug).await.unwrap().unwrap();
    let program = app.programs().program(conference).await.unwrap().unwrap();
    let papers: Vec<Uuid> = program.rows.papers.iter().map(|row| row.id).collect();
    drop(program);
    let edit = || Edit { conference, user: Uuid::from_u128(1), expected: None, once: None, by: None };
    let retitle = |n: u32| {
        let title = Some(Some(format!("A title of the {n}th")));
        Command::UpdatePaper(papers[(n as usize * 37) % papers.len()], PaperFields { title, ..PaperFields::default() })
    };

    let (begun, before) = (Instant::now(), spent());
    for n in 0..COMMANDS {
        run(app.desk(), edit(), retitle(n)).await.unwrap();
    }
    let (took, cpu) = (begun.elapsed(), spent() - before);
    println!("a command: {:?}, of which {:?} of this process's processor time", took / COMMANDS, cpu / COMMANDS);

    let begun = Instant::now();
    for n in 0..COMMANDS {
        add(app.desk(), edit(), retitle(1_000 + n)).await.unwrap();
    }
    println!("a command put into a draft: {:?}", begun.elapsed() / COMMANDS);
    let mut times = Vec::new();
    for _ in 0..9 {
        let program = app.programs().program(conference).await.unwrap().unwrap();
        let begun = Instant::now();
        let seen = preview(app.desk(), &program).await.unwrap();
        times.push(begun.elapsed());
        assert_eq!((seen.commands.len(), seen.in_the_way.len()), (COMMANDS as usize, 0));
    }
    times.sort_unstable();
    println!("the preview of {COMMANDS} commands: {:?}", times[times.len() / 2]);
    let begun = Instant::now();
    let wanted = Release { name: "Measured".into(), notes: None, over_conflicts: false };
    release(app.desk(), edit(), wanted).await.unwrap();
    println!("the release of them: {:?}", begun.elapsed());
    admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}
