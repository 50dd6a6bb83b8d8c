//! `plenary import`.

mod notes;
mod source;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Common, Failure, open, say, there_is_one, watched};
use crate::clock::{Source, System};
use crate::command::commit::{CommitError, Committer};
use crate::command::import::{Imported, Options, import, preview_over};
use crate::format::fault::Fault;
use crate::format::input::{InputFormat, Terms};

/// What to import and how.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The file: a program file (JSON), or another format; several tables (CSV) are imported as one; `-` reads
    /// standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only print what would be added (+), changed (~), removed (-), or is no longer in the file (?)
    #[arg(long)]
    dry_run: bool,
    /// Remove what the file no longer has: of a program tracks, rooms, people, panels, papers and sessions; of a table
    /// what it has no row of
    #[arg(long)]
    prune: bool,
    /// Make a new conference a draft, for its organizers only; one that exists stays what it is
    #[arg(long)]
    draft: bool,
    /// The format [default: known by the file's name, or by how it begins]
    #[arg(long, value_parser = formats())]
    format: Option<InputFormat>,
    /// The conference, where it is not the one that the file names; a table names none
    #[arg(long, value_parser = super::generate::slug)]
    slug: Option<String>,
    /// The time zone of a schedule, as Asia/Almaty, where it names none or is to have another
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// The formats by their names.
fn formats() -> impl TypedValueParser<Value = InputFormat> {
    let named = |name: String| InputFormat::ALL.into_iter().find(|format| format.name() == name);
    PossibleValuesParser::new(InputFormat::ALL.map(InputFormat::name))
        .map(move |name| named(name).unwrap_or(InputFormat::Program))
}

/// Imports.
pub(super) async fn run(args: ImportArgs, env: Vec<(String, String)>) -> Result<(), Failure> {
    let config = args.common.load(env, toml::Table::new(), Some("warn"))?;
    let name = args.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
    let bar = bar();
    let terms = Terms { slug: args.slug, time_zone: args.time_zone, else_zone: None };
    let read = source::read(&args.files, args.format, &terms, &|doing| bar.set_message(doing));
    let (input, notes) = read.inspect_err(|_| bar.finish_and_clear())?;
    let Some(slug) = input.slug().map(str::to_owned) else {
        bar.finish_and_clear();
        let message = format!("{name} does not say which conference it is for; say which with --slug");
        return Err(Failure::new(message));
    };
    let source: Arc<dyn Source> = Arc::new(System);
    let options = Options { dry_run: args.dry_run, prune: args.prune, draft: args.draft };
    if args.dry_run && !there_is_one(&config) {
        let imported = preview_over(None, &source, &input, options).map_err(CommitError::Refused);
        bar.finish_and_clear();
        notes::tell(&notes);
        return tell(imported.map_err(|error| failure(&name, error))?, &slug, true);
    }
    let database = open(&config).await?;
    bar.set_message("comparing");
    let progress = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        bar.set_message("writing");
    };
    let committer = Committer { database: &database, source: &source, actor: "cli", progress: &progress };
    let imported = import(&committer, &input, options).await;
    bar.finish_and_clear();
    database.close().await;
    notes::tell(&notes);
    tell(imported.map_err(|error| failure(&name, error))?, &slug, args.dry_run)
}

fn tell(imported: Imported, slug: &str, dry_run: bool) -> Result<(), Failure> {
    let Imported { report, stamp, rows } = imported;
    if dry_run {
        let lines = report.to_string();
        if !lines.is_empty() {
            say(lines.trim_end())?;
        }
    }
    let summary = report.summary();
    if !summary.is_empty() {
        say(summary)?;
    }
    if let Some(warning) = report.lost() {
        // Nothing can be done if standard error is gone.
        let _ = writeln!(io::stderr(), "plenary: {warning}");
    }
    let revision = stamp.map_or(0, |stamp| stamp.revision);
    let written = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
    match (dry_run, rows) {
        (true, 0) => say(format!("{slug}: nothing would change; it is at revision {revision}.")),
        (true, _) => say(format!("{slug}: {written} would be written. This was a dry run: nothing is.")),
        (false, 0) => say(format!("{slug}: nothing to change; it stays at revision {revision}.")),
        (false, _) => say(format!("{slug}: revision {revision}, {written} written.")),
    }
}

fn failure(name: &str, error: CommitError<Vec<Fault>>) -> Failure {
    match error {
        CommitError::Refused(faults) => {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Failure::new(format!("{name} does not fit what is kept; nothing is imported:\n{}", lines.join("\n")))
        }
        CommitError::NotFound => Failure::new("the conference was deleted meanwhile; nothing is imported"),
        CommitError::Database(error) => Failure::new(format!("the database failed; nothing is imported: {error}")),
        CommitError::Torn(torn) => Failure::new(format!("the database holds no whole program: {torn}")),
    }
}

fn bar() -> ProgressBar {
    if !watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg:10} {wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}
