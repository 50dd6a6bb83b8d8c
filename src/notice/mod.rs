//! Telling people by mail when a session moved, changed room, was cancelled or takes place after all; and of papers that
//! were withdrawn or moved to another session.
//!
//! What has changed is read from the log, so it does not matter who wrote it. Up to where a conference's log was looked
//! through is stored, and moves on in the transaction that stores who is to be told of what ([`command::notice`]), so each
//! revision is looked through once, whoever crashes. What somebody knew is kept with the first change that they have not
//! been told of; when they are told, it is compared with what is so then. What came back to what it was is never told.
//!
//! [`command::notice`]: crate::command::notice

mod digest;
mod known;
mod moved;
mod worker;

pub use digest::Digest;
pub use known::{Given, Known, Sitting};
pub use moved::{Concerns, Moved, moved};
pub use worker::{follow, look};
