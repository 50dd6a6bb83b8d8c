//! Between bytes and a program: pure functions, no database, no clock.

pub mod calendar;
mod digits;
pub(crate) mod encoding;
mod escape;
pub mod fault;
pub mod from_program;
pub mod input;
pub mod output;
pub(crate) mod private;
pub mod program_file;
pub mod read;
pub mod schedule;
pub mod schema;
pub mod table;
pub mod write;

/// Whom what is written is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everyone: without links to rooms and e-mail addresses, also where a key is one.
    Public,
    /// Whoever keeps the program: all of it.
    Whole,
}

impl Scope {
    /// What is private: `None` for everyone.
    fn private<T>(self, value: Option<T>) -> Option<T> {
        match self {
            Self::Public => None,
            Self::Whole => value,
        }
    }
}
