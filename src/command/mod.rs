//! The write side. A command has a pure half, a plan: from the program as it is to the row changes that are needed.
//! [`commit`] is shared by all of them and owns the rest: the scope's lock, the revision, the rows, the log.

pub mod account;
pub mod announcement;
pub mod calendar;
pub mod commit;
pub mod conference;
pub mod desk;
pub mod draft;
pub mod edit;
mod fault;
pub mod field;
pub mod import;
pub mod member;
pub mod message;
pub mod notice;
pub mod panel;
pub mod paper;
pub mod person;
mod place;
pub mod preview;
pub mod program;
pub mod role;
pub mod room;
pub mod session;
pub mod settings;
pub mod slot;
pub mod star;
pub mod track;
pub mod undo;
pub mod webhook;
mod whole;
pub mod write;

pub use fault::{Fault, FaultCode};
