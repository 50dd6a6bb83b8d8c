//! `plenary import`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Common, Failure, open, say, there_is_one, watched};
use crate::clock::{Source, System};
use crate::command::commit::{CommitError, Committer};
use crate::command::import::{Imported, Options, import, preview_over};
use crate::format::fault::Fault;
use crate::format::read::read;

/// The largest file that is read.
const MOST_BYTES: u64 = 250_000_000;

/// What to import and how.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The program file (JSON); `-` reads standard input
    file: PathBuf,
    /// Only print what would be added (+), changed (~), removed (-), or is no longer in the file (?)
    #[arg(long)]
    dry_run: bool,
    /// Remove tracks, rooms, people, panels, papers and sessions that the file no longer has
    #[arg(long)]
    prune: bool,
    /// Make a new conference a draft, for its organizers only; one that exists stays what it is
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    common: Common,
}

/// Imports.
pub(super) async fn run(args: ImportArgs, env: Vec<(String, String)>) -> Result<(), Failure> {
    let config = args.common.load(env, toml::Table::new(), Some("warn"))?;
    let name = args.file.display().to_string();
    let bar = bar();
    bar.set_message("reading");
    let bytes = bytes(&args.file).map_err(|error| Failure::new(format!("{name} can't be read: {error}")))?;
    bar.set_message("checking");
    let file = read(&bytes).map_err(|faults| {
        bar.finish_and_clear();
        Failure::new(format!("{name} has faults; nothing is imported:\n{faults}"))
    })?;
    drop(bytes);
    let source: Arc<dyn Source> = Arc::new(System);
    let options = Options { dry_run: args.dry_run, prune: args.prune, draft: args.draft };
    let slug = &file.conference.slug;
    if args.dry_run && !there_is_one(&config) {
        let imported = preview_over(None, &source, &file, options).map_err(CommitError::Refused);
        bar.finish_and_clear();
        return tell(imported.map_err(|error| failure(&name, error))?, slug, true);
    }
    let database = open(&config).await?;
    bar.set_message("comparing");
    let progress = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        bar.set_message("writing");
    };
    let committer = Committer { database: &database, source: &source, actor: "cli", progress: &progress };
    let imported = import(&committer, &file, options).await;
    bar.finish_and_clear();
    database.close().await;
    tell(imported.map_err(|error| failure(&name, error))?, slug, args.dry_run)
}

/// The file's bytes, which are held in memory whole: not more than [`MOST_BYTES`].
fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let file = File::open(file)?;
        // Room for all of it at once: to grow would copy it, and hold it twice meanwhile.
        let length = file.metadata()?.len().min(MOST_BYTES);
        bytes.reserve_exact(usize::try_from(length).unwrap_or(0) + 1);
        Box::new(file)
    };
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        let limit = MOST_BYTES / 1_000_000;
        return Err(io::Error::other(format!("it is larger than {limit} MB, the limit; divide the conference")));
    }
    Ok(bytes)
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
