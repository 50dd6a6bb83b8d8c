//! What a program is read from: the program file, or a format of others. Whatever it was, it becomes a program file.

use std::borrow::Cow;

use super::fault::{Fault, Faults};
use super::program_file::ProgramFile;
use crate::program::Program;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// The program file.
    Program,
    /// c3voc's schedule.xml.
    ScheduleXml,
    /// c3voc's schedule.json.
    ScheduleJson,
    /// One table as CSV.
    Csv,
}

/// What a format may leave open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The conference's slug, where it is not to be what the file says; a file of a format without slugs needs it.
    pub slug: Option<String>,
    /// The conference's time zone, by its IANA name, where the file names none or it is to be another.
    pub time_zone: Option<String>,
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// All of a program.
    Whole(Box<ProgramFile>),
}

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// What it says.
    pub input: Input,
    /// What of it was not understood, or has no place in a program, each with its place; it is left out.
    pub notes: Vec<Fault>,
}

/// Reads a file of this format.
///
/// # Errors
/// All its faults, the first fifty; nothing of a faulty file is of use.
pub fn read(bytes: &[u8], format: InputFormat, terms: &Terms) -> Result<Understood, Faults> {
    match format {
        InputFormat::Program => {
            let input = Input::Whole(Box::new(super::read::read(bytes)?));
            Ok(Understood { input, notes: Vec::new() })
        }
        InputFormat::ScheduleXml => super::schedule::read_xml(bytes, terms),
        InputFormat::ScheduleJson => super::schedule::read_json(bytes, terms),
        InputFormat::Csv => {
            let mut faults = Faults::new();
            faults.add(super::fault::Place::ROOT, "this format is not read yet");
            Err(faults)
        }
    }
}

impl Input {
    /// The conference that it is for, if it says so.
    #[must_use]
    pub fn slug(&self) -> Option<&str> {
        match self {
            Self::Whole(file) => Some(&file.conference.slug),
        }
    }

    /// The program that it makes of what is there.
    ///
    /// # Errors
    /// What does not fit what is there.
    pub fn over(&self, found: Option<&Program>) -> Result<Cow<'_, ProgramFile>, Vec<Fault>> {
        let _ = found;
        match self {
            Self::Whole(file) => Ok(Cow::Borrowed(file)),
        }
    }
}

impl From<ProgramFile> for Input {
    fn from(file: ProgramFile) -> Self {
        Self::Whole(Box::new(file))
    }
}
