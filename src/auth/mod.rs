//! Who asks: tokens, logins, and what each account may do.
//!
//! A request brings a token, in a cookie or in `Authorization`. [`accounts`] knows, from memory, whose it is and what
//! that user is to which conference; a [`Viewer`] is what the rest of the program gets of it. What a viewer may do is
//! in [`policy`](crate::policy) alone. [`provider`] asks others who somebody is, when they log in.

pub mod accounts;
pub mod apps;
pub mod calendar;
pub mod cookie;
pub mod provider;
pub mod return_to;
pub mod token;
mod viewer;

pub use viewer::{Account, Login, LoginKind, Scope, Scopes, Viewer};
