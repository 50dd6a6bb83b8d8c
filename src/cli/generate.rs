//! `plenary generate`.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::format::write::write;
use crate::generate::{Options, generate};

/// How large, and where to.
#[derive(Args, Debug)]
pub struct GenerateArgs {
    /// Panels
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    panels: u32,
    /// Papers
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    papers: u32,
    /// People
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    people: u32,
    /// The same seed and sizes give the same file
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The conference's slug
    #[arg(long, default_value = "generated")]
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
    let written = match &args.output {
        Some(path) => fs::File::create(path).and_then(|file| {
            let mut out = BufWriter::new(file);
            write(&program, &mut out).and_then(|()| out.flush())
        }),
        None => {
            let mut out = BufWriter::new(io::stdout().lock());
            write(&program, &mut out).and_then(|()| out.flush())
        }
    };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
