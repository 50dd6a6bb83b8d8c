//! `plenary generate`.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::output::{Readers, output};
use crate::format::read::{SLUG_MEND, is_slug};
use crate::format::write::write;
use crate::generate::{Options, generate};

/// How large, and where to.
#[derive(Args, Debug)]
pub struct GenerateArgs {
    /// Panels
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=50_000))]
    panels: u32,
    /// Papers
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(0..=50_000))]
    papers: u32,
    /// People
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(0..=50_000))]
    people: u32,
    /// The same seed and sizes give the same file
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The conference's slug
    #[arg(long, default_value = "generated", value_parser = slug)]
    slug: String,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Generates.
pub(super) fn run(args: &GenerateArgs) -> Result<(), Failure> {
    let options = Options {
        panels: args.panels as usize,
        papers: args.papers as usize,
        people: args.people as usize,
        seed: args.seed,
        slug: args.slug.clone(),
    };
    let program = generate(&options);
    output(args.output.as_deref(), Readers::Anybody, |mut out| write(&program, &mut out))
}

/// The importer's rule, before a large file is made that it would refuse.
pub(super) fn slug(text: &str) -> Result<String, String> {
    if is_slug(text) { Ok(text.to_owned()) } else { Err(SLUG_MEND.to_owned()) }
}
