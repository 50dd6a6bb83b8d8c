//! Between bytes and a program: pure functions, no database, no clock.

pub mod fault;
pub mod from_program;
pub mod input;
pub mod program_file;
pub mod read;
pub mod schedule;
pub mod write;
