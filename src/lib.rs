//! Plenary: the live program graph of academic conferences.

pub mod config;
pub mod error;
pub mod format;
pub mod http;
pub mod log;
pub mod program;
