//! The command line: what `plenary` can be told to do.

mod bench;
mod demo;
mod export;
mod generate;
mod import;
mod member;
mod migrate;
mod output;
mod serve;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, LogFormat};
use crate::db::Database;

/// The live program graph of academic conferences.
///
/// Start with `plenary demo`: it serves a made-up conference and prints queries to try.
#[derive(Debug, Parser)]
#[command(name = "plenary", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a made-up conference, kept in ./data: the way to try things out
    Demo(serve::ServeArgs),
    /// Serve the conferences in the database
    Serve(serve::ServeArgs),
    /// Read a program file, or tables of one, into the database, as one revision or not at all
    Import(import::ImportArgs),
    /// Write a conference's program as a program file, or in another format
    Export(export::ExportArgs),
    /// Say who is registered for a conference, and who organizes it
    Member(member::MemberArgs),
    /// Say who are the site's administrators, who may create conferences
    Admin(member::AdminArgs),
    /// Make up a program file of any size
    Generate(generate::GenerateArgs),
    /// Print the GraphQL schema as SDL, or the program file's JSON Schema
    Schema(SchemaArgs),
    /// Bring the database's schema up to date (the other commands do so too)
    Migrate(migrate::MigrateArgs),
    /// Measure a running server with queries, beside the limits of what serves the same answers
    Bench(Box<bench::BenchArgs>),
}

/// Which schema.
#[derive(Args, Debug)]
struct SchemaArgs {
    /// The JSON Schema (draft 2020-12) of the program file
    #[arg(long)]
    program: bool,
}

/// Settings that every command with a database takes.
#[derive(Args, Debug, Default)]
pub struct Common {
    /// Settings file [default: plenary.toml in the working directory, if there is one]
    #[arg(long, value_name = "FILE", global = false)]
    config: Option<PathBuf>,
    /// postgres://… or sqlite://PATH [default: the file plenary.db in the data directory]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Where files are kept [default: ./data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// What to log: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How to log: human or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

/// Why a command ends with exit code 1.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl Common {
    /// The settings in force, with more from this command's own flags; logging has begun.
    fn load(&self, env: Vec<(String, String)>, mut flags: toml::Table, level: Option<&str>) -> Result<Config, Failure> {
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                flags.insert(name.into(), value.into());
            }
        };
        set("database_url", self.database_url.clone());
        set("data_dir", self.data_dir.as_ref().map(|dir| dir.to_string_lossy().into_owned()));
        let mut log = toml::Table::new();
        if let Some(level) = self.log_level.as_deref() {
            log.insert("level".into(), level.into());
        }
        if let Some(format) = &self.log_format {
            log.insert("format".into(), format.as_str().into());
        }
        if !log.is_empty() {
            flags.insert("log".into(), log.into());
        }
        let mut config = Config::load(self.config.as_deref(), env.into_iter(), flags)
            .map_err(|faults| Failure::new(format!("the settings are not right:\n{faults}")))?;
        // A command that ends by itself says what it did in its output; its log is for what is odd.
        if let Some(level) = level.filter(|_| self.log_level.is_none() && config.log.format == LogFormat::Human) {
            config.log.level = level.to_owned();
        }
        crate::log::start(&config.log).map_err(Failure::new)?;
        Ok(config)
    }
}

/// Connects and brings the schema up to date.
async fn open(config: &Config) -> Result<Database, Failure> {
    let database = crate::app::connect(config).await.map_err(|error| {
        Failure::new(format!("the database can't be opened: {error}\nIs it running, and is database_url right?"))
    })?;
    match database.migrate().await {
        Ok(0) => {}
        Ok(applied) => tracing::info!(applied, product = database.product(), "the database's schema is up to date"),
        Err(error) => return Err(Failure::new(format!("the database's schema can't be brought up to date: {error}"))),
    }
    Ok(database)
}

/// Whether there is a database to open: commands that only read make none.
fn there_is_one(config: &Config) -> bool {
    crate::db::exists(config.database().expose())
}

/// Writes a line to standard output. A reader that has gone away (`plenary … | head`) is no fault.
fn say(line: impl std::fmt::Display) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Runs a command. `env` is the process's environment.
#[must_use]
pub fn run(cli: Cli, env: Vec<(String, String)>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Failure::new(format!("the runtime can't be started: {error}"))),
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => demo::run(args, env).await,
            Command::Serve(args) => serve::run(args, env).await,
            Command::Import(args) => import::run(args, env).await,
            Command::Export(args) => export::run(args, env).await,
            Command::Member(args) => member::run(args, env).await,
            Command::Admin(args) => member::admin(args, env).await,
            Command::Generate(args) => generate::run(&args),
            Command::Schema(SchemaArgs { program: false }) => say(crate::graphql::sdl().trim_end()),
            Command::Schema(SchemaArgs { program: true }) => say(format!("{:#}", crate::format::schema::schema())),
            Command::Migrate(args) => migrate::run(args, env).await,
            Command::Bench(args) => bench::run(*args).await,
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure),
    }
}

fn fail(failure: &Failure) -> ExitCode {
    // Nothing can be done if standard error is gone too.
    let _ = writeln!(io::stderr(), "plenary: {}", failure.0);
    ExitCode::from(1)
}

/// Whether somebody watches standard error.
fn watched() -> bool {
    io::stderr().is_terminal()
}
