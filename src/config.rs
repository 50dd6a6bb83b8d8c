//! Settings: what can be set, and where each comes from.
//!
//! `config.default.toml` is compiled in: it documents every setting and is the default of every setting. Over it come
//! a file, then the environment, then flags. What is unknown, of the wrong type or out of range is refused by name,
//! all at once, before anything starts.

mod layers;
mod providers;
mod rules;
mod secret;

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, de};

pub use providers::{GITHUB, Provider, ProviderKind, RegisteredApp};
pub use secret::Secret;

/// The text of `config.default.toml`: every setting, its default and what it is for.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// The file that is read when none is named.
pub const FILE: &str = "plenary.toml";

/// All settings. What each is for is said in [`DEFAULTS`]. Secrets print as `***`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port on which to listen.
    pub listen: SocketAddr,
    /// As set; [`Config::database`] is what to connect to.
    pub database_url: Secret,
    /// Empty: this is the only instance.
    pub redis_url: Secret,
    /// The directory for files.
    pub data_dir: PathBuf,
    /// As set; [`Config::public`] is what to use.
    pub public_url: String,
    /// Who is believed about whom they ask for.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// From where browsers may read answers: origins, or `*` for all.
    pub cors_origins: Vec<String>,
    /// Whether answers are compressed.
    pub compression: bool,
    /// Where operators measure; empty: nowhere.
    pub metrics_listen: String,
    /// Logging.
    pub log: Log,
    /// Connections.
    pub database: Database,
    /// Logins.
    pub login: Login,
    /// Mail.
    pub mail: Mail,
    /// Messages to authors.
    pub messages: Messages,
    /// Telling organizers' servers of changes.
    pub webhooks: Webhooks,
    /// Telling people of changes.
    pub notices: Notices,
    /// Programs in memory.
    pub snapshot: Snapshot,
    /// The log of changes.
    pub history: History,
    /// Calendars.
    pub calendar: Calendar,
    /// The schema.
    pub graphql: Graphql,
    /// What one request may ask for.
    pub limits: Limits,
    /// Who logs people in, by the name that stands in addresses.
    pub providers: BTreeMap<String, Provider>,
    /// Which apps may ask their users for access, by their `client_id`.
    pub apps: BTreeMap<String, RegisteredApp>,
}

/// How to log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Lines or objects.
    pub format: LogFormat,
    /// What to log, as `tracing` directives.
    pub level: String,
    /// A request that takes longer is logged with its document, in milliseconds.
    pub slow_ms: u64,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines to read.
    Human,
    /// One JSON object a line.
    Json,
}

/// Connections to the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Connections for reading.
    pub read_connections: u32,
    /// Connections for writing.
    pub write_connections: u32,
    /// Connections for the sweep.
    pub sweep_connections: u32,
    /// Wait for a free connection, in milliseconds.
    pub acquire_timeout_ms: u64,
    /// Wait for a lock, in milliseconds.
    pub lock_timeout_ms: u64,
    /// Writes that stand in one queue.
    pub writes_waiting: usize,
}

/// Logins.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// How long a login session lasts without being used, in hours.
    pub idle_hours: i64,
    /// How long it lasts at all, in hours.
    pub absolute_hours: i64,
}

/// Mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The mail server; empty: none.
    pub smtp_url: Secret,
    /// Whether mails are written as files instead.
    pub files: bool,
    /// Who they come from; empty: made from [`Config::public`].
    pub from: String,
    /// Time for one step of the mail server, in milliseconds.
    pub timeout_ms: u64,
    /// Time between two looks at what is to be sent, in milliseconds.
    pub poll_ms: u64,
}

/// Messages to authors.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// The most of one sender in an hour.
    pub per_sender_hour: u64,
    /// The most to one recipient in a day.
    pub per_recipient_day: u64,
}

/// Telling organizers' servers of changes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Whether it is done at all.
    pub enabled: bool,
    /// Whether addresses that are not public, and plain http, may be asked.
    pub allow_private: bool,
    /// Time for a receiver to answer, in milliseconds.
    pub timeout_ms: u64,
    /// The most webhooks of one conference.
    pub per_conference: u64,
    /// Time between two looks at what is to be told, in milliseconds.
    pub poll_ms: u64,
}

/// Telling people of changes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// Whether they are told, where mail is sent.
    pub enabled: bool,
    /// How long a change settles first, in seconds.
    pub settle_seconds: u32,
    /// The least time between two mails to one person about one conference, in minutes.
    pub every_minutes: u32,
    /// Time between two looks at what has changed, in milliseconds.
    pub poll_ms: u64,
}

/// Programs in memory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Time between two looks at the scopes in use, in milliseconds.
    pub sweep_interval_ms: u64,
    /// When an unused program is dropped, in seconds.
    pub idle_seconds: u64,
}

/// The log of changes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// For how many days changes stay in it after newer ones; 0: for ever.
    pub keep_days: u32,
}

/// Calendars.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// After how many minutes applications should look again.
    pub refresh_minutes: u32,
    /// Whether there are personal ones.
    pub personal: bool,
}

/// The schema.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graphql {
    /// Whether the schema may be asked for.
    pub introspection: bool,
    /// Whether browsers get a page to try queries on.
    pub console: bool,
    /// Whether there is GraphiQL, from its CDN.
    pub graphiql: bool,
}

/// What one request may ask for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Bytes of a document.
    pub document_bytes: usize,
    /// Tokens of a document.
    pub tokens: usize,
    /// Brackets inside one another.
    pub nesting: usize,
    /// Selections with fragments written out.
    pub expanded_fields: usize,
    /// Root fields of the operation.
    pub root_fields: usize,
    /// Aliases in one selection set.
    pub aliases: usize,
    /// Directives in a document.
    pub directives: usize,
    /// Fields inside one another.
    pub depth: usize,
    /// Fields inside one another below `__schema` and `__type`.
    pub introspection_depth: usize,
    /// Lists of introspection inside one another.
    pub introspection_nesting: usize,
    /// The largest page.
    pub page_size: usize,
    /// The most ids of one `nodes(ids:)`.
    pub ids: usize,
    /// The most characters of one `search(query:)`.
    pub search_chars: usize,
    /// Conferences that are loaded from the database for one request.
    pub cold_conferences: usize,
    /// Fields resolved for one answer.
    pub resolved_fields: usize,
    /// Bytes of one answer.
    pub answer_bytes: usize,
    /// Documents that run at once.
    pub documents_at_once: usize,
    /// Resolved fields from which on a document is large.
    pub large_fields: usize,
    /// Large documents that run at once.
    pub large_at_once: usize,
    /// Large documents that wait for that.
    pub large_waiting: usize,
    /// Requests of one address in a second.
    pub requests_per_second: u32,
    /// Requests of one address at once, after a rest.
    pub requests_burst: u32,
    /// Time to answer, in milliseconds.
    pub run_ms: u64,
    /// Time for a body, in milliseconds.
    pub body_ms: u64,
    /// Bytes of a file to be imported.
    pub upload_bytes: usize,
    /// Time for such a file, in milliseconds.
    pub upload_ms: u64,
    /// Such files at once.
    pub uploads_at_once: usize,
    /// Time for the headers, in milliseconds.
    pub header_ms: u64,
    /// Bytes of the headers.
    pub header_bytes: usize,
    /// Requests of one address for logging in, in a second.
    pub logins_per_second: u32,
    /// Such requests at once, after a rest.
    pub logins_burst: u32,
    /// Sockets of this instance.
    pub sockets: usize,
    /// Sockets of one user.
    pub sockets_per_user: usize,
    /// Signed-out sockets of one address.
    pub sockets_per_address: usize,
    /// Operations at once on one socket.
    pub operations_per_socket: usize,
    /// Bytes of one message that a socket receives.
    pub message_bytes: usize,
    /// Time for a socket to greet, in milliseconds.
    pub init_ms: u64,
    /// Time for a socket to take one message, in milliseconds.
    pub write_ms: u64,
    /// How often a silent socket is asked whether somebody is there, in milliseconds.
    pub ping_ms: u64,
    /// Sockets let in in a second.
    pub acks_per_second: u32,
    /// How long a socket may wait to be let in, in milliseconds.
    pub ack_ms: u64,
    /// Over how long sockets are closed when the server stops, in milliseconds.
    pub drain_ms: u64,
    /// Time for a login provider to answer, in milliseconds.
    pub provider_ms: u64,
}

/// Everything that is wrong with the settings, one sentence each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFaults(Vec<String>);

impl ConfigFaults {
    /// The sentences. None of them repeats a secret.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigFaults {}

impl Config {
    /// The settings in force: the defaults, under a file, under the environment, under flags.
    ///
    /// `file` must exist if it is given; without one `plenary.toml` in the working directory is read if it exists.
    /// `env` is the whole environment: names that do not begin with `PLENARY_` are none of ours, nor are those that
    /// begin with `PLENARY_TEST_`. `flags` has the settings that were given on the command line.
    ///
    /// # Errors
    /// Everything that is wrong, with the place and the mend.
    pub fn load(
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
        flags: toml::Table,
    ) -> Result<Self, ConfigFaults> {
        let mut layers = layers::Layers::new()?;
        layers.file(file);
        layers.environment(env);
        layers.flags(flags);
        layers.finish()
    }

    /// The database to connect to: the one that is set, or the SQLite file in `data_dir`.
    #[must_use]
    pub fn database(&self) -> Secret {
        if !self.database_url.is_empty() {
            return self.database_url.clone();
        }
        let path = self.data_dir.join("plenary.db");
        let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        Secret::from(format!("sqlite://{path}?mode=rwc"))
    }

    /// The address that people reach this server by, without a slash at its end.
    #[must_use]
    pub fn public(&self) -> String {
        if !self.public_url.is_empty() {
            return self.public_url.trim_end_matches('/').to_owned();
        }
        let mut address = self.listen;
        // A server that listens everywhere is reached on its own machine at least.
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        format!("http://{address}")
    }
}

/// One network; a plain address is a network of one.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| network(text).ok_or_else(|| de::Error::custom("not a network"))).collect()
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
