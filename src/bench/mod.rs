//! `plenary bench`: queries sent to a running server, beside the limits of what serves the same answers.
//!
//! Server and load share a machine, so absolute figures say little; what counts is the ratio between servers that
//! were asked in turns, round by round, and the median of the rounds.

pub mod live;
mod load;
mod table;
mod variables;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use url::Url;

use load::{Answer, Round, Shot};

pub use table::table;

/// Answers larger than this are asked for over a quarter of the connections: what waits is bytes, not requests.
const LARGE: usize = 256 * 1024;

/// Why a measurement is worth nothing.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl Broken {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// What serves the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// The same bytes from memory: what HTTP alone costs.
    Static,
    /// One SQL statement that writes the JSON: what a service written for this one query costs.
    JsonAgg,
    /// The server that is measured.
    Plenary,
}

impl Server {
    /// Its name in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::JsonAgg => "json_agg",
            Self::Plenary => "plenary",
        }
    }
}

/// A query to measure.
#[derive(Clone, Debug)]
pub struct Query {
    /// Its name, as of its file.
    pub name: String,
    /// Its document.
    pub document: String,
}

/// What to measure, and how.
#[derive(Debug)]
pub struct Options {
    /// Plenary's endpoint.
    pub server: Url,
    /// The access token of whoever asks it; none: nobody in particular.
    pub token: Option<String>,
    /// Below this a server of the same bytes has them by the query's name.
    pub r#static: Option<Url>,
    /// The endpoint that takes `{"op": NAME, "variables": {"v": N}}`.
    pub json_agg: Option<Url>,
    /// The `v` of each query that the endpoint above is asked.
    pub json_agg_values: BTreeMap<String, i64>,
    /// The conference to ask about; by default the server's first.
    pub conference: Option<String>,
    /// Variables of each query by its name; the server is asked for those that are not here.
    pub variables: Map<String, Value>,
    /// How often each server is measured.
    pub rounds: usize,
    /// How long each time.
    pub each: Duration,
    /// Connections, each with one request at a time.
    pub connections: usize,
    /// Whether each request differs from all before by a variable that is not declared, so that no answer that was
    /// kept can serve it.
    pub cold: bool,
}

/// What one server did with one query, round by round.
#[derive(Debug)]
pub struct Measured {
    /// The server.
    pub server: Server,
    rounds: Vec<Round>,
}

/// A query, measured.
#[derive(Debug)]
pub struct Report {
    /// The query's name.
    pub name: String,
    /// Bytes of Plenary's answer.
    pub bytes: usize,
    /// Over how many connections it was asked.
    pub connections: usize,
    /// By server.
    pub measured: Vec<Measured>,
}

/// The queries in a directory: `NAME.graphql`, by name.
///
/// # Errors
/// If the directory or a file can't be read, or there is none.
pub fn queries(directory: &Path) -> Result<Vec<Query>, Broken> {
    let at = |path: &Path, error: std::io::Error| Broken::new(format!("{}: {error}", path.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(|error| at(directory, error))? {
        let path = entry.map_err(|error| at(directory, error))?.path();
        if path.extension().is_some_and(|extension| extension == "graphql")
            && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
        {
            let document = std::fs::read_to_string(&path).map_err(|error| at(&path, error))?;
            found.push(Query { name: name.to_owned(), document });
        }
    }
    if found.is_empty() {
        return Err(Broken::new(format!("{}: there is no file NAME.graphql", directory.display())));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// A query with its variables found and its answer seen.
#[derive(Debug)]
pub struct Ready {
    name: String,
    shot: Shot,
    answer: Bytes,
}

impl Ready {
    /// The query's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The answer, as the server gave it.
    #[must_use]
    pub const fn answer(&self) -> &Bytes {
        &self.answer
    }
}

/// Finds out the variables of the queries and asks each of them once.
///
/// # Errors
/// If a variable can't be found out, or an answer is none.
pub async fn prepare(options: &Options, queries: &[Query]) -> Result<Vec<Ready>, Broken> {
    let known = variables::Known::ask(&options.server, options.conference.as_deref()).await?;
    let mut ready = Vec::with_capacity(queries.len());
    for query in queries {
        let own = options.variables.get(&query.name);
        let variables = known.of(query, own)?;
        let body = json!({ "variables": variables, "query": query.document });
        let shot = Shot::post(&options.server, &body)?.by(options.token.as_deref())?.differing(options.cold);
        let answer = once(&query.name, Server::Plenary, &shot).await?;
        ready.push(Ready { name: query.name.clone(), shot, answer });
    }
    Ok(ready)
}

/// Measures a query on each server, in turns. `progress` hears of each round.
///
/// # Errors
/// If a server can't be reached, or an answer is none.
pub async fn measure(options: &Options, ready: &Ready, progress: &dyn Fn(&str)) -> Result<Report, Broken> {
    let name = &ready.name;
    let connections = if ready.answer.len() > LARGE { options.connections.div_ceil(4) } else { options.connections };
    let mut targets = Vec::new();
    if let Some(base) = &options.r#static {
        let shot = Shot::get(base, name)?;
        let answer = once(name, Server::Static, &shot).await?;
        if answer.len() != ready.answer.len() {
            return Err(Broken::new(format!(
                "{name}: the static server has {} bytes, plenary's answer has {}; write it anew with --save",
                answer.len(),
                ready.answer.len()
            )));
        }
        targets.push((Server::Static, shot, answer));
    }
    if let Some((url, v)) = options.json_agg.as_ref().zip(options.json_agg_values.get(name)) {
        let shot = Shot::post(url, &json!({ "op": name, "variables": { "v": v } }))?;
        let answer = once(name, Server::JsonAgg, &shot).await?;
        targets.push((Server::JsonAgg, shot, answer));
    }
    targets.push((Server::Plenary, ready.shot.clone(), ready.answer.clone()));

    let mut measured: Vec<Measured> =
        targets.iter().map(|(server, ..)| Measured { server: *server, rounds: Vec::new() }).collect();
    // The first round warms up, shortly, and is not counted.
    for round in 0..=options.rounds {
        let each = if round == 0 { options.each / 5 } else { options.each };
        for ((server, shot, answer), measured) in targets.iter().zip(&mut measured) {
            progress(&format!("{name}, {}, round {round} of {}", server.name(), options.rounds));
            let done = load::drive(shot, answer, connections, each).await;
            let done = done.map_err(|error| Broken::new(format!("{name}, {}: {}", server.name(), error.0)))?;
            if round > 0 {
                measured.rounds.push(done);
            }
        }
    }
    Ok(Report { name: name.clone(), bytes: ready.answer.len(), connections, measured })
}

/// The limits in force, as the server's `/metrics` says them: `name value`, by name.
///
/// # Errors
/// If there are none at this address.
pub async fn limits(metrics: &Url) -> Result<Vec<String>, Broken> {
    let found = async { load::once(&Shot::get(metrics, "metrics")?).await?.text() };
    let text = found.await.map_err(|error| Broken::new(format!("{metrics}: no metrics: {}", error.0)))?;
    let mut limits: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("plenary_limit{name=\"")?.split_once("\"} "))
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    limits.sort_unstable();
    if limits.is_empty() {
        return Err(Broken::new(format!("{metrics}: these metrics say no limits; are they Plenary's?")));
    }
    Ok(limits)
}

async fn once(name: &str, server: Server, shot: &Shot) -> Result<Bytes, Broken> {
    let answer = load::once(shot).await.and_then(Answer::checked);
    answer.map_err(|error| Broken::new(format!("{name}, {}: {}", server.name(), error.0)))
}
