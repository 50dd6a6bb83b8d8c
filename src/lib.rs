//! Plenary: the live program graph of academic conferences.

pub mod clock;
pub mod command;
pub mod cursor;
pub mod db;
pub mod error;
pub mod format;
pub mod live;
pub mod program;
