//! Reading a schedule: what is there is taken as it is meant; what is not understood, or has no place in a program, is
//! noted and left out. Only what nothing can be made of is a fault.

mod assemble;
mod json;
mod keys;
mod notes;
mod said;
mod times;
mod tracks;
mod xml;

use super::super::fault::{Faults, Place};
use super::super::input::{Input, Terms, Understood};
use super::super::program_file::ProgramFile;
use super::super::read::LONG;
use super::places::Places;
use super::text::{Layout, line};
pub(super) use keys::Keys;
use notes::Notes;
use said::Said;
pub(super) use said::Source;

/// What a schedule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The program that it makes where there is none: a panel with one session of each event.
    pub file: ProgramFile,
    /// What else is said of each event, in the order of the panels.
    pub(super) sources: Vec<Source>,
    pub(super) form: Form,
}

/// Which of the two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// schedule.xml.
    Xml,
    /// schedule.json.
    Json,
}

/// Reads a schedule.xml.
///
/// # Errors
/// The faults of a file that nothing can be made of: it is no XML, or no schedule; its conference has no slug or no zone.
pub fn read_xml(bytes: &[u8], terms: &Terms) -> Result<Understood, Faults> {
    let text = text(bytes, "a schedule.xml is XML").map_err(refused)?;
    understood(xml::read(text)?, Form::Xml, terms)
}

/// Reads a schedule.json of version 1.
///
/// # Errors
/// Those of [`read_xml`].
pub fn read_json(bytes: &[u8], terms: &Terms) -> Result<Understood, Faults> {
    let text = text(bytes, "a schedule.json is JSON").map_err(refused)?;
    understood(json::read(text)?, Form::Json, terms)
}

fn text<'b>(bytes: &'b [u8], what: &str) -> Result<&'b str, String> {
    let text = super::super::encoding::text(bytes, false)?;
    if text.trim().is_empty() { Err(format!("the file is empty; {what}")) } else { Ok(text) }
}

fn understood(said: Said, form: Form, terms: &Terms) -> Result<Understood, Faults> {
    let (file, sources, notes) = assemble::program(said, terms)?;
    // Whatever a program file may not hold, no other format brings in.
    let faults = super::super::read::check_whole(&file);
    if !faults.is_empty() {
        let places = Places::of(&file, &sources);
        return Err(faults.map(|fault| places.told(&file, fault)));
    }
    Ok(Understood { input: Input::Schedule(Box::new(Schedule { file, sources, form })), notes: notes.list() })
}

/// What is read of a text that was written here; `None` where a program is too large for a schedule.
pub(super) fn again(text: &str, form: Form, terms: &Terms) -> Option<Schedule> {
    let said = match form {
        Form::Xml => xml::read(text),
        Form::Json => json::read(text),
    };
    let (file, sources, _) = assemble::program(said.ok()?, terms).ok()?;
    Some(Schedule { file, sources, form })
}

/// A text of one line as it is read of a schedule that was written here; `None` where nothing is left of it.
pub(super) fn one_line(text: &str) -> Option<String> {
    said::clean(&mut Notes::default(), "", "", &line(text), Layout::Line, LONG)
}

/// The same of a text in lines.
pub(super) fn lines(text: &str) -> Option<String> {
    said::clean(&mut Notes::default(), "", "", text, Layout::Lines, LONG)
}

fn refused(message: String) -> Faults {
    let mut faults = Faults::new();
    faults.add(Place::ROOT, message);
    faults
}
