//! `plenary export`.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Common, Failure, open, there_is_one};
use crate::db::Database;
use crate::format::from_program::program_file;
use crate::format::program_file::ProgramFile;
use crate::format::write::{public, write};
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
    match args.output.as_deref() {
        None => to_stdout(&file),
        Some(path) => {
            let named = |error| Failure::new(format!("{}: {error}", path.display()));
            to_file(path, &file, !args.public).map_err(named)
        }
    }
}

fn to_stdout(file: &ProgramFile) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(file, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Written beside and then put in place: the file is the old one or the whole new one.
fn to_file(path: &Path, file: &ProgramFile, private: bool) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = (|| {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // It may hold links and addresses.
        #[cfg(unix)]
        if private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let mut out = BufWriter::new(options.open(&part)?);
        write(file, &mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&part, path)
    })();
    if written.is_err() {
        // What is half written is worth nothing.
        let _ = fs::remove_file(&part);
    }
    written
}

fn broken(error: sea_orm::DbErr) -> Failure {
    Failure::new(format!("the database can't be read: {error}"))
}
