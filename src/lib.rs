//! Plenary: the live program graph of academic conferences.

pub mod format;
pub mod program;
