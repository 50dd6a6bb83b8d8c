//! What operators measure: counters and gauges in Prometheus's text format, on a listener of their own.
//!
//! No label holds what a person wrote but the name of an operation, and of those only the first hundred: a client may
//! make up names without end.

use std::collections::HashSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::config::Limits;
use crate::db::Database;
use crate::live::Programs;

/// How many names of operations are told apart; the rest are `other`.
const MOST_NAMES: usize = 100;

/// The upper bounds of the durations that are counted, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    operation: String,
    outcome: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limit {
    limit: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Named {
    name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Conference {
    slug: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    pool: &'static str,
}

/// All that is measured. One per [`App`](crate::app::App).
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Histogram,
    refusals: Family<Limit, Counter>,
    revisions: Family<Conference, Gauge>,
    rows: Family<Conference, Gauge>,
    ages: Family<Conference, Gauge<f64, AtomicU64>>,
    loads: Gauge,
    statements: Gauge,
    connections: Family<Pool, Gauge>,
    idle: Family<Pool, Gauge>,
    limits: Family<Named, Gauge>,
    names: Mutex<HashSet<String>>,
    /// One scrape at a time: the gauges are set anew for each.
    scraping: Mutex<()>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("plenary");
        macro_rules! registered {
            ($name:literal, $help:literal, $metric:expr) => {{
                let metric = $metric;
                registry.register($name, $help, metric.clone());
                metric
            }};
        }
        let requests = registered!("requests", "HTTP requests by operation and outcome", Family::default());
        let refusals = registered!("refusals", "Documents refused, by the limit they are over", Family::default());
        let revisions = registered!("program_revision", "Revision of each program in memory", Family::default());
        let rows = registered!("program_rows", "Rows of each program in memory", Family::default());
        let ages = Family::default();
        registry.register_with_unit(
            "program_age",
            "Time since each program in memory was loaded",
            Unit::Seconds,
            Family::clone(&ages),
        );
        let durations = Histogram::new(BOUNDS);
        registry.register_with_unit(
            "request_duration",
            "Time from a request's headers to its answer",
            Unit::Seconds,
            durations.clone(),
        );
        let loads = registered!("program_loads", "Programs and directories loaded so far", Gauge::default());
        let statements = registered!("sql_statements", "SQL statements run so far", Gauge::default());
        let connections = registered!("database_connections", "Open connections by pool", Family::default());
        let idle = registered!("database_connections_idle", "Those that wait for work", Family::default());
        let limits = registered!("limit", "The limits in force, by their setting's name", Family::default());
        Self {
            registry,
            requests,
            durations,
            refusals,
            revisions,
            rows,
            ages,
            loads,
            statements,
            connections,
            idle,
            limits,
            names: Mutex::default(),
            scraping: Mutex::default(),
        }
    }
}

/// A count that Prometheus's gauges hold.
fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl Metrics {
    /// With the limits in force.
    #[must_use]
    pub fn of(limits: &Limits) -> Self {
        let metrics = Self::default();
        for (name, value) in toml::Table::try_from(limits).unwrap_or_default() {
            if let Some(value) = value.as_integer() {
                metrics.limits.get_or_create(&Named { name }).set(value);
            }
        }
        metrics
    }

    /// A request has ended.
    pub fn request(&self, operation: Option<&str>, outcome: &str, took: Duration) {
        let operation = self.known(operation);
        self.requests.get_or_create(&Request { operation, outcome: outcome.to_owned() }).inc();
        self.durations.observe(took.as_secs_f64());
    }

    /// A document was refused by this limit.
    pub fn refused(&self, limit: &str) {
        self.refusals.get_or_create(&Limit { limit: limit.to_owned() }).inc();
    }

    fn known(&self, operation: Option<&str>) -> String {
        let Some(name) = operation else { return "-".into() };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.contains(name) || (names.len() < MOST_NAMES && names.insert(name.to_owned())) {
            name.to_owned()
        } else {
            "other".into()
        }
    }

    /// Everything as text, with what the programs and the pools are now.
    ///
    /// # Errors
    /// Never in practice: it is written to memory.
    pub fn text(&self, programs: &Programs, database: &Database) -> Result<String, std::fmt::Error> {
        let _one = self.scraping.lock().unwrap_or_else(PoisonError::into_inner);
        self.revisions.clear();
        self.rows.clear();
        self.ages.clear();
        for held in programs.held() {
            let label = Conference { slug: held.slug };
            self.revisions.get_or_create(&label).set(held.revision);
            self.rows.get_or_create(&label).set(whole(held.rows as u64));
            self.ages.get_or_create(&label).set(held.age.as_secs_f64());
        }
        self.loads.set(whole(programs.loads()));
        self.statements.set(whole(database.statements()));
        for (pool, open, idle) in database.pools() {
            self.connections.get_or_create(&Pool { pool }).set(whole(open));
            self.idle.get_or_create(&Pool { pool }).set(whole(idle));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_to_an_end() {
        let metrics = Metrics::default();
        for n in 0..3 * MOST_NAMES {
            metrics.request(Some(&format!("Name{n}")), "ok", Duration::ZERO);
        }
        metrics.request(None, "ok", Duration::ZERO);
        metrics.request(Some("Name1"), "ok", Duration::ZERO);
        let mut text = String::new();
        encode(&mut text, &metrics.registry).unwrap();
        assert_eq!(text.matches("plenary_requests_total{").count(), MOST_NAMES + 2);
        assert!(text.contains("plenary_requests_total{operation=\"other\",outcome=\"ok\"} 200"), "{text}");
        assert!(text.contains("plenary_requests_total{operation=\"Name1\",outcome=\"ok\"} 2"), "{text}");
    }
}
