//! Plenary's tests: through the real router, over real databases.

mod cli;
mod graph;
mod http;
mod import;
mod live;
mod migrate;
mod pages;
mod real;
mod schema;
mod support;
