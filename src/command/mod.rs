//! The write side. A command has a pure half, a plan: from the program as it is to the row changes that are needed.
//! [`commit`] is shared by all of them and owns the rest: the scope's lock, the revision, the rows, the log.

pub mod account;
pub mod announcement;
pub mod commit;
pub mod desk;
pub mod edit;
mod fault;
pub mod import;
pub mod member;
pub mod message;
pub mod paper;
pub mod room;
pub mod session;
pub mod settings;
pub mod slot;
pub mod star;
pub mod write;

pub use fault::{Fault, FaultCode};
