//! Keeping what is in memory as new as the database: the programs in use, the directory, the bell and the sweep.

mod bell;
mod housekeeping;
mod mutant;
mod opening;
mod programs;
mod sweep;
mod users;

pub use bell::Bell;
pub use housekeeping::{keep_house, tidy};
pub(crate) use mutant::Mutant;
pub use opening::open_due;
pub use programs::{InMemory, Programs};
pub use sweep::sweep;
pub use users::Users;
