//! The files of an import: read, and made one of.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::format::fault::Fault;
use crate::format::input::{Input, InputFormat, Terms, Understood, read as understand};

/// The most bytes that are read, of all files together.
const MOST_BYTES: u64 = 250_000_000;

/// Reads the files, one after another; what of them was not understood comes along.
pub(super) fn read(
    files: &[PathBuf],
    format: Option<InputFormat>,
    terms: &Terms,
    doing: &dyn Fn(&'static str),
) -> Result<(Input, Vec<Fault>), Failure> {
    let (mut all, mut notes, mut left) = (None::<Input>, Vec::new(), MOST_BYTES);
    for file in files {
        let name = file.display().to_string();
        doing("reading");
        let bytes = bytes(file, left).map_err(|error| Failure::new(format!("{name} can't be read: {error}")))?;
        left -= bytes.len() as u64;
        doing("checking");
        let format = format.unwrap_or_else(|| InputFormat::of(&name, &bytes));
        let Understood { input, notes: more } = understand(&bytes, format, terms)
            .map_err(|faults| Failure::new(format!("{name} has faults; nothing is imported:\n{faults}")))?;
        notes.extend(more);
        all = Some(match all {
            None => input,
            Some(before) => before.and(input).map_err(|why| Failure::new(format!("{why}; nothing is imported")))?,
        });
    }
    let all = all.ok_or_else(|| Failure::new("there is no file to import"))?;
    Ok((all, notes))
}

/// The file's bytes, which are held in memory whole: not more than are left of [`MOST_BYTES`].
fn bytes(file: &Path, left: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let file = File::open(file)?;
        // Room for all of it at once: to grow would copy it, and hold it twice meanwhile.
        let length = file.metadata()?.len().min(left);
        bytes.reserve_exact(usize::try_from(length).unwrap_or(0) + 1);
        Box::new(file)
    };
    source.take(left + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > left {
        let limit = MOST_BYTES / 1_000_000;
        let what = if left < MOST_BYTES { "the files together are" } else { "it is" };
        return Err(io::Error::other(format!("{what} larger than {limit} MB, the limit; divide the conference")));
    }
    Ok(bytes)
}
