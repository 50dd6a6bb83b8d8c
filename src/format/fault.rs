//! Faults of a file.

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub message: String,
}
