//! What is wrong with what somebody asked to be changed: told in the payload's `userErrors`.

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCode {
    /// There is no such thing, as far as the user may know.
    NotFound,
    /// Somebody else has changed it meanwhile.
    Conflict,
    /// The user may not.
    Forbidden,
    /// The input is not what it has to be.
    Invalid,
    /// Another has it already.
    Taken,
    /// Others depend on it.
    InUse,
    /// Too many in a short time.
    RateLimited,
    /// It is done, and could not be read back.
    CommittedNotRead,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub code: FaultCode,
    /// Where in the input, from the outside in; empty: the whole.
    pub field: Vec<String>,
    /// For a person: what is wrong and what to do.
    pub message: String,
}

impl Fault {
    /// A fault at this place of the input.
    #[must_use]
    pub fn new(code: FaultCode, field: &[&str], message: impl Into<String>) -> Self {
        Self { code, field: field.iter().map(|name| (*name).to_owned()).collect(), message: message.into() }
    }

    /// The input is not what it has to be.
    #[must_use]
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(FaultCode::Invalid, &[field], message)
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(field: &str, message: impl Into<String>) -> Self {
        Self::new(FaultCode::NotFound, &[field], message)
    }
}

impl From<Fault> for Vec<Fault> {
    fn from(fault: Fault) -> Self {
        vec![fault]
    }
}
