//! What a program is read from: the program file, or a format of others. Whatever it was, it becomes a program file.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use super::fault::{Fault, Faults};
use super::program_file::ProgramFile;
use super::schedule::Schedule;
use super::table::Tables;
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

impl InputFormat {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Program, Self::ScheduleXml, Self::ScheduleJson, Self::Csv];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Program => "json",
            Self::ScheduleXml => "schedule.xml",
            Self::ScheduleJson => "schedule.json",
            Self::Csv => "csv",
        }
    }

    /// The format of a file by how its name ends, or else by how it begins. Whatever it is taken for, its reader says
    /// what it is not.
    #[must_use]
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        let ends = |end: &str| {
            name.len() >= end.len() && name.as_bytes()[name.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
        };
        if [".csv", ".tsv", ".tab", ".xlsx", ".xls", ".ods"].into_iter().any(ends) {
            return Self::Csv;
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            _ if ends(".xml") => Self::ScheduleXml,
            Some(b'<') if !ends(".json") => Self::ScheduleXml,
            Some(b'{') if has_schedule(bytes) => Self::ScheduleJson,
            // A number, a text, a list: no program, but JSON all the same.
            Some(b'{' | b'[' | b'"' | b'0'..=b'9' | b'-') | None => Self::Program,
            Some(_) if ends(".json") => Self::Program,
            Some(_) => Self::Csv,
        }
    }
}

/// Whether a JSON object has a schedule where a program file has its version: it is read up to the first that says so.
pub(crate) fn has_schedule(bytes: &[u8]) -> bool {
    struct Names<'a>(&'a mut bool);
    impl<'de> Visitor<'de> for Names<'_> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
            while let Some(name) = object.next_key::<Cow<'de, str>>()? {
                match &*name {
                    "schedule" => *self.0 = true,
                    "version" | "conference" | "panels" => {}
                    _ => {
                        object.next_value::<IgnoredAny>()?;
                        continue;
                    }
                }
                break;
            }
            Ok(())
        }
    }
    let mut found = false;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // That it ends before the object does is no error here, nor is what is wrong with what comes before.
    let _ = serde_json::Deserializer::from_slice(bytes).deserialize_map(Names(&mut found));
    found
}

/// What a format may leave open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The conference's slug, where it is not to be what the file says; a file of a format without slugs needs it.
    pub slug: Option<String>,
    /// The conference's time zone, by its IANA name, whatever the file says.
    pub time_zone: Option<String>,
    /// The same where neither this nor the file says it.
    pub else_zone: Option<String>,
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// All of a program.
    Whole(Box<ProgramFile>),
    /// A schedule: a program of which much is not said, and stays as it is.
    Schedule(Box<Schedule>),
    /// Tables, which are laid over the program that is there.
    Tables(Box<Tables>),
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
            let mut file = super::read::read(bytes)?;
            if let Some(slug) = &terms.slug {
                file.conference.slug.clone_from(slug);
            }
            Ok(Understood { input: file.into(), notes: Vec::new() })
        }
        InputFormat::ScheduleXml => super::schedule::read_xml(bytes, terms),
        InputFormat::ScheduleJson => super::schedule::read_json(bytes, terms),
        InputFormat::Csv => {
            let mut tables = super::table::read(bytes)?;
            tables.slug.clone_from(&terms.slug);
            Ok(Understood { input: Input::Tables(Box::new(tables)), notes: Vec::new() })
        }
    }
}

impl Input {
    /// The conference that it is for, if it says so.
    #[must_use]
    pub fn slug(&self) -> Option<&str> {
        match self {
            Self::Whole(file) => Some(&file.conference.slug),
            Self::Schedule(schedule) => Some(&schedule.file.conference.slug),
            Self::Tables(tables) => tables.slug.as_deref(),
        }
    }

    /// The program that it makes of what is there. With `prune` what a table has no row of is left out of it; a whole
    /// program has left it out already.
    ///
    /// # Errors
    /// What does not fit what is there.
    pub fn over(&self, found: Option<&Program>, prune: bool) -> Result<Cow<'_, ProgramFile>, Vec<Fault>> {
        match self {
            Self::Whole(file) => Ok(Cow::Borrowed(file)),
            Self::Schedule(schedule) => match found {
                Some(found) => schedule.over(found).map(Cow::Owned),
                None => Ok(Cow::Borrowed(&schedule.file)),
            },
            Self::Tables(tables) => match found {
                Some(found) => tables.over(found, prune).map(Cow::Owned),
                None => {
                    let message = "there is no such conference, and a table is laid over one that exists; \
                                   import its program first, or mend the slug";
                    Err(vec![Fault { pointer: String::new(), message: message.into() }])
                }
            },
        }
    }

    /// This and another, to be imported as one revision: only tables can be, each kind once.
    ///
    /// # Errors
    /// Why they can't be.
    pub fn and(self, other: Self) -> Result<Self, String> {
        match (self, other) {
            (Self::Tables(tables), Self::Tables(others)) => match tables.and(*others) {
                Ok(tables) => Ok(Self::Tables(Box::new(tables))),
                Err(kind) => Err(format!("two of the files are the table of {}; one import takes one", kind.name())),
            },
            (Self::Whole(_) | Self::Schedule(_), _) | (_, Self::Whole(_) | Self::Schedule(_)) => {
                Err("several files at once have to be tables (CSV); import a whole program by itself".into())
            }
        }
    }
}

impl From<ProgramFile> for Input {
    fn from(file: ProgramFile) -> Self {
        Self::Whole(Box::new(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_name_or_beginning() {
        use InputFormat::{Csv, Program, ScheduleJson, ScheduleXml};
        for (name, begins, format) in [
            ("tides.json", "{\"version\": 1, \"schedule\": 2}", Program),
            ("tides.json", "{\"$schema\": {\"version\": 1}, \"schedule\": {\"version\": \"1\"}}", ScheduleJson),
            ("-", "\u{FEFF} {\"generator\": {}, \"schedule\": {", ScheduleJson),
            ("-", "{\"rooms\": [], \"schedule\": {}}", ScheduleJson),
            ("-", "{\"conference\": {}, \"schedule\": {}}", Program),
            ("-", "{\"conf", Program),
            ("-", "[1]", Program),
            ("-", "", Program),
            ("tides.json", "no json", Program),
            ("tides.json", "<schedule/>", Program),
            ("-", "\n<?xml version=\"1.0\"?>", ScheduleXml),
            ("SCHEDULE.XML", "{}", ScheduleXml),
            ("-", "key,title", Csv),
            ("-", "\u{FEFF}key;title", Csv),
            ("tables.CSV", "{}", Csv),
            ("book.xlsx", "PK\u{3}\u{4}", Csv),
        ] {
            assert_eq!(InputFormat::of(name, begins.as_bytes()), format, "{name} {begins}");
        }
    }

    #[test]
    fn the_slug_is_the_one_that_is_given() {
        let mut bytes = Vec::new();
        super::super::write::write(&crate::demo::program(), &mut bytes).unwrap();
        for slug in [None, Some("other")] {
            let terms = Terms { slug: slug.map(str::to_owned), ..Terms::default() };
            let input = read(&bytes, InputFormat::Program, &terms).unwrap().input;
            assert_eq!(input.slug(), slug.or(Some("demo")));
            let table = read(b"key,authors\n", InputFormat::Csv, &terms).unwrap().input;
            assert_eq!(table.slug(), slug);
        }
    }
}
