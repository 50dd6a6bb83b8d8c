//! Plenary's tests: through the real router, over real databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and is told of its servers by the environment"
)]

mod access;
mod bell;
mod clashes;
mod cli;
mod clients;
mod desk;
mod door;
mod events;
mod faults;
mod graph;
mod hostile;
mod http;
mod import;
mod interchange;
mod live;
mod login;
mod messages;
mod migrate;
mod organize;
mod pages;
mod private;
mod real;
mod schema;
mod search;
mod socket;
mod stability;
mod streams;
mod support;
