//! Plenary: the live program graph of academic conferences.

pub mod app;
pub mod clock;
pub mod command;
pub mod config;
pub mod cursor;
pub mod db;
pub mod error;
pub mod format;
pub mod graphql;
pub mod http;
pub mod live;
pub mod log;
pub mod program;
