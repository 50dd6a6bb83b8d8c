//! Reading a schedule: what is there is taken as it is meant; what is not understood, or has no place in a program, is
//! noted and left out. Only what nothing can be made of is a fault.

mod assemble;
mod bytes;
mod json;
mod keys;
mod notes;
mod said;
mod times;
mod xml;

use super::super::fault::{Faults, Place};
use super::super::input::{Input, Terms, Understood};
use said::Said;

/// Reads a schedule.xml.
///
/// # Errors
/// The faults of a file that nothing can be made of: it is no XML, or no schedule; its conference has no slug or no zone.
pub fn read_xml(bytes: &[u8], terms: &Terms) -> Result<Understood, Faults> {
    let text = bytes::text(bytes, "a schedule.xml is XML").map_err(refused)?;
    understood(xml::read(text)?, terms)
}

/// Reads a schedule.json of version 1.
///
/// # Errors
/// Those of [`read_xml`].
pub fn read_json(bytes: &[u8], terms: &Terms) -> Result<Understood, Faults> {
    let text = bytes::text(bytes, "a schedule.json is JSON").map_err(refused)?;
    understood(json::read(text)?, terms)
}

fn understood(said: Said, terms: &Terms) -> Result<Understood, Faults> {
    let (file, notes) = assemble::program(said, terms)?;
    // Whatever a program file may not hold, no other format brings in.
    let faults = super::super::read::check_whole(&file);
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Understood { input: Input::Schedule(Box::new(file)), notes: notes.list() })
}

fn refused(message: String) -> Faults {
    let mut faults = Faults::new();
    faults.add(Place::ROOT, message);
    faults
}
