//! The binary: reads the environment and the command line, and runs what they say.

use std::process::ExitCode;

use clap::Parser;
use plenary::cli::{Cli, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A variable that is no text can't be one of ours.
    let env =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    run(cli, env.collect())
}
