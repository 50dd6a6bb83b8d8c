//! Faults of a file: what is wrong, where, and how to mend it.

use std::fmt;

/// How many faults are kept: enough to mend a file by, and never a flood.
pub const MOST_FAULTS: usize = 50;

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901), in XML the line and the element; empty for the document itself.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the document" } else { &self.pointer };
        write!(f, "{place}: {}", self.message)
    }
}

/// The first faults of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    faults: Vec<Fault>,
    more: bool,
}

impl Faults {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more. After [`MOST_FAULTS`] it is only remembered that there are more.
    pub fn add(&mut self, pointer: impl fmt::Display, message: impl Into<String>) {
        if self.full() {
            self.more = true;
        } else {
            self.faults.push(Fault { pointer: pointer.to_string(), message: message.into() });
        }
    }

    /// Remembers that the document was not read to its end, so that there may be more.
    pub fn cut(&mut self) {
        self.more = true;
    }

    /// Whether no more are kept, so that looking further is pointless.
    #[must_use]
    pub fn full(&self) -> bool {
        self.faults.len() >= MOST_FAULTS
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// The same, each told otherwise.
    #[must_use]
    pub fn map(self, tell: impl Fn(&Fault) -> Fault) -> Self {
        Self { faults: self.faults.iter().map(tell).collect(), more: self.more }
    }

    /// Those that are kept: first what a value is in itself, then what only the whole document shows.
    #[must_use]
    pub fn list(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.faults.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        if self.more || self.full() {
            write!(f, "\n(these are the first {}; there may be more)", self.faults.len())?;
        }
        Ok(())
    }
}

/// A place in a document: a chain of steps on the stack, written out only where there is a fault.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    above: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Property(&'a str),
    Element(usize),
}

impl<'a> Place<'a> {
    /// The document.
    pub const ROOT: Place<'static> = Place { above: None, step: Step::Root };

    /// A property of what is at this place.
    #[must_use]
    pub const fn property(&'a self, name: &'a str) -> Place<'a> {
        Place { above: Some(self), step: Step::Property(name) }
    }

    /// An element of the list at this place.
    #[must_use]
    pub const fn element(&'a self, n: usize) -> Place<'a> {
        Place { above: Some(self), step: Step::Element(n) }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            // A name from the file may be of any length.
            Step::Property(name) => {
                // It may hold what would move the cursor of whoever reads the fault in a terminal.
                let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
                let short: String = name.chars().take(80).map(plain).collect();
                write!(f, "/{}", short.replace('~', "~0").replace('/', "~1"))
            }
            Step::Element(n) => write!(f, "/{n}"),
        }
    }
}
