//! Who asks.

pub mod provider;
pub mod return_to;
