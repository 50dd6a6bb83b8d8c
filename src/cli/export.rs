//! `plenary export`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::output::{Readers, output};
use super::{Common, Failure, open, there_is_one};
use crate::db::Database;
use crate::format::Scope;
use crate::format::output::{OutputFormat, Server};
use crate::program::Program;

/// What to export and where to.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// The conference
    slug: String,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Leave out links to rooms and e-mail addresses
    #[arg(long)]
    public: bool,
    /// The format [default: known by the name of the file that is written, else json]
    #[arg(long, value_parser = formats(), hide_possible_values = false)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    common: Common,
}

/// The formats by their names.
fn formats() -> impl TypedValueParser<Value = OutputFormat> {
    let values = OutputFormat::ALL.map(|format| PossibleValue::new(format.name()).help(format.about()));
    PossibleValuesParser::new(values).map(|name| OutputFormat::named(&name).unwrap_or(OutputFormat::Program))
}

/// The format that was meant.
fn meant(args: &ExportArgs) -> Result<OutputFormat, Failure> {
    let name = args.output.as_deref().and_then(|file| file.file_name()?.to_str()).unwrap_or_default();
    if let Some(format) = args.format.or_else(|| OutputFormat::of_file(name)) {
        return Ok(format);
    }
    if name.to_ascii_lowercase().ends_with(".csv") {
        return Err(Failure::new(format!(
            "{name} does not say which table it is to be; say so with --format, or call it such as papers.csv"
        )));
    }
    Ok(OutputFormat::Program)
}

/// Exports.
pub(super) async fn run(args: ExportArgs, env: Vec<(String, String)>) -> Result<(), Failure> {
    let format = meant(&args)?;
    let config = args.common.load(env, toml::Table::new(), Some("warn"))?;
    let missing = || Failure::new(format!("there is no conference with the slug \"{}\"", args.slug));
    if !there_is_one(&config) {
        return Err(missing());
    }
    let database = open(&config).await?;
    let loaded = match Database::conference_id(database.reader(), &args.slug).await.map_err(broken)? {
        Some(id) => database.load_program(id).await.map_err(broken)?,
        None => None,
    };
    database.close().await;
    let loaded = loaded.ok_or_else(missing)?;
    let program = Program::build(loaded).map_err(|torn| Failure::new(torn.0))?;
    // What is not public holds links and addresses.
    let (scope, readers) = if args.public { (Scope::Public, Readers::Anybody) } else { (Scope::Whole, Readers::Owner) };
    let mut bytes = Vec::new();
    let public = config.public();
    let server = Server { public: &public, refresh: config.calendar.refresh_minutes };
    format.write(&program, scope, server, &mut bytes);
    output(args.output.as_deref(), readers, |out| out.write_all(&bytes))
}

fn broken(error: sea_orm::DbErr) -> Failure {
    Failure::new(format!("the database can't be read: {error}"))
}
