//! `plenary bench`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Map, Value};
use url::Url;

use super::{Failure, say, watched};
use crate::bench::{Broken, Options, limits, live, measure, prepare, queries, table};

/// What to measure, and beside what.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct BenchArgs {
    #[command(subcommand)]
    part: Option<Part>,
    /// The directory with the queries, one a file: NAME.graphql
    #[arg(long, value_name = "DIR", required = true)]
    queries: Option<PathBuf>,
    /// Only these of them
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// The server to measure; it must be told not to limit the requests of one address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8000/graphql")]
    server: Url,
    /// The file with an access token, to ask the server as somebody: for queries of what is the viewer's own
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
    /// A server of the same bytes, which are fetched from URL/NAME; see --save
    #[arg(long = "static", value_name = "URL")]
    fixed: Option<Url>,
    /// A server that runs one SQL statement a query, which takes POST {"op": NAME, "variables": {"v": N}}
    #[arg(long, value_name = "URL", requires = "json_agg_values")]
    json_agg: Option<Url>,
    /// The N of each query that it is asked
    #[arg(long = "json-agg-value", value_name = "NAME=N", value_delimiter = ',', value_parser = named)]
    json_agg_values: Vec<(String, i64)>,
    /// The conference to ask about [default: the server's first]
    #[arg(long, value_name = "SLUG")]
    conference: Option<String>,
    /// A JSON file with the variables of the queries: {NAME: {variable: value}}; the server is asked for what is not
    /// in it: $conference or $slug, $code (a panel's), $id (a paper's), $date
    #[arg(long, value_name = "FILE")]
    variables: Option<PathBuf>,
    /// How often each server is measured for each query, in turns; what counts is the median
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// How long each time
    #[arg(long, default_value_t = 2.0, value_parser = seconds)]
    seconds: f64,
    /// Connections, each with one request at a time; a quarter of them for answers above 256 KiB
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Make each request another, by a variable that is not declared, so that no answer that was kept can serve it
    #[arg(long)]
    cold: bool,
    /// Where the server's /metrics are, such as `http://127.0.0.1:9464`: the limits in force are printed too
    #[arg(long, value_name = "URL")]
    metrics: Option<Url>,
    /// Only write each answer to DIR/NAME, for the server of --static
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Part {
    /// One change to many subscribers, of servers that are started for it
    ///
    /// How long until the last has it, what that costs the server, and what a subscriber does; beside a bare broadcast
    /// of the same bytes (`cargo bench --bench broadcast`). Servers and clients share the machine. Linux only.
    Live(LiveArgs),
}

#[derive(Args, Debug)]
struct LiveArgs {
    /// How many subscribers; a measurement for each number
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1_000, 5_000, 10_000])]
    subscribers: Vec<usize>,
    /// How many changes each
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// How many servers, of which the first is changed at; more than one need --database
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    instances: u16,
    /// An empty PostgreSQL database, which is filled [default: an SQLite file that is gone afterwards]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The Redis by which the servers tell one another; what happens without it is seen with an address where none is
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// A broadcast to measure in turns, such as <ws://127.0.0.1:7110/>
    #[arg(long, value_name = "URL")]
    baseline: Option<Url>,
    /// Send all subscribers away after the last measurement, and say how long they take to come back at once
    #[arg(long)]
    storm: bool,
}

async fn run_live(args: LiveArgs) -> Result<(), Failure> {
    let options = live::Options {
        setting: live::Setting { instances: usize::from(args.instances), database: args.database, redis: args.redis },
        subscribers: args.subscribers,
        rounds: usize::from(args.rounds),
        baseline: args.baseline,
        storm: args.storm,
    };
    if options.setting.instances > 1 && options.setting.database.is_none() {
        return Err(Failure::new(
            "several servers need a database that is one: set --database to an empty PostgreSQL one",
        ));
    }
    let measured = live::measure(&options, &progress).await;
    progress("");
    let measured = measured?;
    say(live::table(&measured).trim_end())?;
    say(format!(
        "\n`last`: until the last subscriber had a change, the median of {} rounds; `p50`, `p99`: of each delivery. From \
         when the change was sent. `server µs`, `client µs`: processor time a message. `KiB`: resident memory a \
         subscriber. `entry µs`: the server's processor time for one to connect, greet and go on from a cursor.",
        options.rounds
    ))?;
    for one in &measured {
        if let Some(back) = one.back {
            say(format!("All {} came back at once in {:.1} s.", one.subscribers, back.as_secs_f64()))?;
        }
    }
    Ok(())
}

fn progress(line: &str) {
    if watched() {
        // Over itself; nothing is lost if it can't be shown.
        let _ = write!(io::stderr(), "\r\x1b[K{line}");
    }
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        Self::new(broken.0)
    }
}

/// Measures.
pub(super) async fn run(args: BenchArgs) -> Result<(), Failure> {
    if let Some(Part::Live(args)) = args.part {
        return run_live(args).await;
    }
    let directory = args.queries.unwrap_or_default();
    let mut all = queries(&directory)?;
    if let Some(missing) = args.only.iter().find(|name| !all.iter().any(|query| query.name == **name)) {
        return Err(Failure::new(format!("{}: there is no {missing}.graphql", directory.display())));
    }
    all.retain(|query| args.only.is_empty() || args.only.contains(&query.name));
    let options = Options {
        server: args.server,
        token: args.token.map(std::fs::read_to_string).transpose()?.map(|text| text.trim().to_owned()),
        r#static: args.fixed,
        json_agg: args.json_agg,
        json_agg_values: BTreeMap::from_iter(args.json_agg_values),
        conference: args.conference,
        variables: args.variables.map_or_else(|| Ok(Map::new()), read)?,
        rounds: usize::from(args.rounds),
        each: Duration::from_secs_f64(args.seconds),
        connections: usize::from(args.connections),
        cold: args.cold,
    };
    let limits = match &args.metrics {
        Some(metrics) => limits(metrics).await?,
        None => Vec::new(),
    };
    let ready = prepare(&options, &all).await?;
    if let Some(directory) = args.save {
        std::fs::create_dir_all(&directory)?;
        for query in &ready {
            let path = directory.join(query.name());
            std::fs::write(&path, query.answer())
                .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        }
        return Ok(());
    }
    let mut reports = Vec::with_capacity(ready.len());
    for query in &ready {
        let report = measure(&options, query, &progress).await;
        progress("");
        reports.push(report?);
    }
    say(table(&reports).trim_end())?;
    let cold = if options.cold { "; each request another" } else { "" };
    say(format!(
        "\nMedians of {} rounds of {} s, in turns; requests one after the other on each connection{cold}.",
        options.rounds, args.seconds
    ))?;
    if limits.is_empty() {
        return say("The limits in force are printed with --metrics URL, where the server's metrics_listen is set.");
    }
    say(format!("Limits in force: {}.", limits.join(", ")))
}

fn read(path: PathBuf) -> Result<Map<String, Value>, Failure> {
    let bad = |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", path.display()));
    let text = std::fs::read(&path).map_err(|error| bad(&error))?;
    serde_json::from_slice(&text).map_err(|error| bad(&error))
}

fn named(text: &str) -> Result<(String, i64), String> {
    let (name, number) = text.split_once('=').ok_or("it must be NAME=N")?;
    Ok((name.to_owned(), number.parse().map_err(|_| "N must be a whole number")?))
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.01..=3_600.0).contains(&seconds) => Ok(seconds),
        _ => Err("it must be a number of seconds, 0.01 to 3600".to_owned()),
    }
}
