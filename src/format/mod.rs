//! Between bytes and a program: pure functions, no database, no clock.

pub mod program_file;
