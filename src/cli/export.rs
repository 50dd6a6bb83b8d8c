//! `plenary export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::output::{Readers, output};
use super::{Common, Failure, open, there_is_one};
use crate::db::Database;
use crate::format::from_program::program_file;
use crate::format::write::public;
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
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The program file that `import` reads
    Json,
}

/// Exports.
pub(super) async fn run(args: ExportArgs, env: Vec<(String, String)>) -> Result<(), Failure> {
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
    let mut file = program_file(&program);
    if args.public {
        file = public(file);
    }
    let Format::Json = args.format;
    // What is not public holds links and addresses.
    let readers = if args.public { Readers::Anybody } else { Readers::Owner };
    output(args.output.as_deref(), &file, readers)
}

fn broken(error: sea_orm::DbErr) -> Failure {
    Failure::new(format!("the database can't be read: {error}"))
}
