//! Programs taken in from elsewhere, and along.

pub mod upload;
