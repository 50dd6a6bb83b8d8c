//! Keeping what is in memory as new as the database: the programs in use, the directory, and the sweep.

mod housekeeping;
mod programs;
mod sweep;

pub use housekeeping::{keep_house, tidy};
pub use programs::{InMemory, Programs};
pub use sweep::sweep;
