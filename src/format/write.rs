//! Writing the program file: the same program always gives the same bytes.

mod file;
mod json;
mod rows;
#[cfg(test)]
pub(in crate::format) mod tests;

use std::io::{self, Write};

use super::Scope;
use super::from_program;
use super::program_file::ProgramFile;
use crate::program::Program;
use json::Json;
pub(in crate::format) use json::{push_date, push_time};
use rows::Rows;

/// Writes a program as JSON: two spaces, properties always in the same order, those that have their default left out,
/// and a line feed at the end.
///
/// # Errors
/// Those of `out`.
pub fn write(program: &ProgramFile, out: &mut impl Write) -> io::Result<()> {
    let ProgramFile { conference: own, tracks, rooms, people, panels } = program;
    let mut json = Json::after(Vec::new());
    json.open(b'{');
    json.number("version", Some(1));
    json.name("conference");
    file::conference(&mut json, own);
    json.list("tracks", tracks, file::track);
    json.list("rooms", rooms, file::room);
    stream(&mut json, out, "people", people, file::person)?;
    stream(&mut json, out, "panels", panels, file::panel)?;
    json.close(b'}');
    json.end();
    out.write_all(&json.done())
}

/// What is most of a program: an element at a time, so that the whole is never in memory twice.
fn stream<T>(
    json: &mut Json,
    out: &mut impl Write,
    name: &'static str,
    items: &[T],
    object: impl Fn(&mut Json, &T),
) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    json.name(name);
    json.open(b'[');
    for item in items {
        json.next();
        object(json, item);
        json.drain(out)?;
    }
    json.close(b']');
    Ok(())
}

/// Writes a program to the end of `out`: the same bytes as [`write()`] of the program file that it is, without making one.
pub fn write_program(program: &Program, scope: Scope, out: &mut Vec<u8>) {
    let mut json = Json::after(std::mem::take(out));
    let rows = Rows { program, scope };
    json.open(b'{');
    json.number("version", Some(1));
    json.name("conference");
    file::conference(&mut json, &from_program::conference(program));
    json.list("tracks", from_program::tracks(program), |json, track| file::track(json, &track));
    json.list("rooms", from_program::rooms(program, scope), |json, room| file::room(json, &room));
    json.list("people", from_program::people(program), |json, ix| rows.person(json, ix));
    json.list("panels", from_program::panels(program), |json, ix| rows.panel(json, ix));
    json.close(b'}');
    json.end();
    *out = json.done();
}
