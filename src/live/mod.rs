//! Keeping what is in memory as new as the database: the programs in use, the directory, and the sweep.

mod programs;
mod sweep;

pub use programs::{InMemory, Programs};
pub use sweep::sweep;
