//! `plenary bench`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};
use url::Url;

use super::{Failure, say, watched};
use crate::bench::{Broken, Options, limits, measure, prepare, queries, table};

/// What to measure, and beside what.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// The directory with the queries, one a file: NAME.graphql
    #[arg(long, value_name = "DIR")]
    queries: PathBuf,
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

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        Self::new(broken.0)
    }
}

/// Measures.
pub(super) async fn run(args: BenchArgs) -> Result<(), Failure> {
    let mut all = queries(&args.queries)?;
    if let Some(missing) = args.only.iter().find(|name| !all.iter().any(|query| query.name == **name)) {
        return Err(Failure::new(format!("{}: there is no {missing}.graphql", args.queries.display())));
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
    let progress = |line: &str| {
        if watched() {
            // Over itself; nothing is lost if it can't be shown.
            let _ = write!(io::stderr(), "\r\x1b[K{line}");
        }
    };
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
