//! Plenary: the live program graph of academic conferences.

pub mod db;
pub mod format;
pub mod program;
