//! The read side: one conference's whole program in memory.

pub mod zone;
