//! What taking a program along costs: `cargo bench --bench exports`. Ratios are of medians of interleaved rounds in one run.
//!
//! Each format is written from the program in memory, beside serde_json writing the same values from structs that are
//! there already. Then a server is asked for files that the client has (304), beside a bare server of the same bytes from
//! memory.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and stops at the first surprise")]

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use plenary::app::App;
use plenary::clock::{Source, System};
use plenary::command::commit::Committer;
use plenary::command::import::{Options, import};
use plenary::config::Config;
use plenary::db::{Database, PoolOptions};
use plenary::format::Scope;
use plenary::format::calendar::{Calendar, Extent};
use plenary::format::output::{OutputFormat, Server};
use plenary::generate::{self, generate};
use plenary::program::Program;
use serde_json::Value;
use tokio::net::TcpListener;

const ROUNDS: usize = 31;
const CONNECTIONS: usize = 8;
const REQUESTS: usize = 4_000;
const SERVER: Server<'static> = Server { public: "https://plenary.example", refresh: 15 };

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let url = Database::sqlite_url(&dir.path().join("exports.db"));
    let database = runtime.block_on(Database::connect(&url, &PoolOptions::default())).unwrap();
    let program = runtime.block_on(async {
        database.migrate().await.unwrap();
        let size = generate::Options { panels: 400, papers: 3_000, people: 6_000, seed: 1, slug: "bench".into() };
        let source: Arc<dyn Source> = Arc::new(System);
        let committer = Committer { database: &database, source: &source, actor: "bench", progress: &|_, _| {} };
        import(&committer, &generate(&size).into(), Options::default()).await.unwrap();
        let id = Database::conference_id(database.reader(), "bench").await.unwrap().unwrap();
        Program::build(database.load_program(id).await.unwrap().unwrap()).unwrap()
    });
    println!("| file | bytes | written ms | serde_json ms | ratio |\n| --- | ---: | ---: | ---: | ---: |");
    // `cargo bench --bench exports -- calendar` measures that alone.
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| name.contains(wanted));
    for format in OutputFormat::ALL.into_iter().filter(|format| is_wanted(format.file())) {
        let write = |out: &mut Vec<u8>| format.write(&program, Scope::Public, SERVER, out);
        let bytes = written(&write);
        let values = values(format, &program, &bytes);
        compare(format.file(), bytes.len(), write, &values);
    }
    let starts = program.conference().starts_on;
    let day = |out: &mut Vec<u8>| Calendar::public(&program, Extent::Day(starts), String::new(), 15).write(out);
    let bytes = written(&day);
    compare("a day's calendar", bytes.len(), day, &lines(&bytes));
    if wanted.is_none() {
        runtime.block_on(serve(database));
    }
}

fn written(write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

/// Writing a file beside serde_json, in turns, each into memory of its own that it has had before: what the system takes
/// to give out memory changes from one moment to the next, and would be most of what is seen of a small file.
fn compare(name: &str, bytes: usize, write: impl Fn(&mut Vec<u8>), values: &Value) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        own.clear();
        let begun = Instant::now();
        write(black_box(&mut own));
        let mine = begun.elapsed();
        other.clear();
        let begun = Instant::now();
        serde_json::to_writer(black_box(&mut other), black_box(values)).unwrap();
        // The first is for the memory.
        if round > 0 {
            ours.push(mine);
            theirs.push(begun.elapsed());
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!("| {name} | {bytes} | {:.2} | {:.2} | {:.2} |", ms(ours), ms(theirs), ms(ours) / ms(theirs));
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The values of a file, as serde_json writes them from memory.
fn values(format: OutputFormat, program: &Program, bytes: &[u8]) -> Value {
    match format {
        OutputFormat::Program | OutputFormat::ScheduleJson => serde_json::from_slice(bytes).unwrap(),
        OutputFormat::ScheduleXml => {
            let mut same = Vec::new();
            OutputFormat::ScheduleJson.write(program, Scope::Public, SERVER, &mut same);
            serde_json::from_slice(&same).unwrap()
        }
        OutputFormat::Calendar => lines(bytes),
        OutputFormat::Table(_) => {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
            reader.records().map(|row| row.unwrap().iter().map(Value::from).collect::<Value>()).collect()
        }
    }
}

/// A calendar's properties: name and value of each.
fn lines(bytes: &[u8]) -> Value {
    let whole = String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n ", "");
    let pair = |line: &str| -> Value {
        let (name, value) = line.split_once(':').unwrap();
        [Value::from(name), Value::from(value)].into_iter().collect()
    };
    whole.split_terminator("\r\n").map(pair).collect()
}

/// What the client has already, and static bytes.
async fn serve(database: Database) {
    let flags = "limits.requests_per_second = 1000000\nlimits.requests_burst = 1000000\nlog.level = \"off\"";
    let config = Config::load(None, std::iter::empty(), flags.parse().unwrap()).unwrap();
    let app = App::new(config, database, Arc::new(System));
    let listen = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (ours, theirs) = (listen().await, listen().await);
    let (own, bare) = (ours.local_addr().unwrap(), theirs.local_addr().unwrap());
    tokio::spawn(async move { app.run(ours, std::future::pending()).await.unwrap() });
    println!("\n| file | bytes | 304 µs | static µs | ratio |\n| --- | ---: | ---: | ---: | ---: |");
    let mut routes = Router::new();
    let mut files = Vec::new();
    for file in ["program.json", "schedule.xml", "calendar.ics", "papers.csv"] {
        let path = format!("/c/bench/{file}");
        let asked = path.clone();
        let (tag, body) = tokio::task::spawn_blocking(move || fetch(own, &asked)).await.unwrap();
        let bytes = bytes::Bytes::from(body);
        let size = bytes.len();
        routes = routes.route(&path, get(move || async move { bytes }));
        files.push((file, path, tag, size));
    }
    tokio::spawn(async move { axum::serve(theirs, routes).await.unwrap() });
    for (file, path, tag, size) in files {
        let (mut known, mut fixed) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            let (asked, tagged) = (path.clone(), tag.clone());
            known.push(tokio::task::spawn_blocking(move || ask(own, &asked, &tagged, 304)).await.unwrap());
            let asked = path.clone();
            fixed.push(tokio::task::spawn_blocking(move || ask(bare, &asked, "", 200)).await.unwrap());
        }
        let (known, fixed) = (median(known).as_secs_f64() * 1e6, median(fixed).as_secs_f64() * 1e6);
        println!("| {file} | {size} | {known:.1} | {fixed:.1} | {:.2} |", known / fixed);
    }
}

/// A file with its entity tag.
fn fetch(at: SocketAddr, path: &str) -> (String, Vec<u8>) {
    let mut socket = TcpStream::connect(at).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut all = Vec::new();
    socket.read_to_end(&mut all).unwrap();
    let end = all.windows(4).position(|at| at == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    (tag, all.split_off(end + 4))
}

/// The time that a request takes, by so many connections at once.
fn ask(at: SocketAddr, path: &str, tag: &str, status: u16) -> Duration {
    let known = if tag.is_empty() { String::new() } else { format!("If-None-Match: {tag}\r\n") };
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{known}\r\n");
    let begun = Instant::now();
    std::thread::scope(|threads| {
        for _ in 0..CONNECTIONS {
            threads.spawn(|| {
                let mut socket = TcpStream::connect(at).unwrap();
                socket.set_nodelay(true).unwrap();
                for _ in 0..REQUESTS / CONNECTIONS {
                    socket.write_all(request.as_bytes()).unwrap();
                    assert_eq!(answer(&mut socket), status);
                }
            });
        }
    });
    begun.elapsed() / u32::try_from(REQUESTS).unwrap()
}

/// Reads one answer; its status.
fn answer(socket: &mut TcpStream) -> u16 {
    let mut buffer = vec![0; 64 * 1024];
    let mut head = Vec::new();
    let end = loop {
        let read = socket.read(&mut buffer).unwrap();
        assert!(read > 0, "the server has gone");
        head.extend_from_slice(&buffer[..read]);
        if let Some(end) = head.windows(4).position(|at| at == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = std::str::from_utf8(&head[..end]).unwrap();
    let status: u16 = text[9..12].parse().unwrap();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut left = length.map_or(0, |length| length.parse::<usize>().unwrap()) - (head.len() - end);
    if status == 304 {
        return status;
    }
    while left > 0 {
        let read = socket.read(&mut buffer).unwrap();
        assert!(read > 0, "the server has gone");
        left -= read;
    }
    status
}
