//! Where what is written goes: standard output, or a file.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::Failure;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// As the system has it for new files.
    Anybody,
    /// Nobody but whoever made it.
    Owner,
}

/// Writes to a file, or to standard output. A failure names the file.
pub(super) fn output(
    path: Option<&Path>,
    readers: Readers,
    write: impl Fn(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    match path {
        None => to_stdout(write),
        Some(path) => {
            to_file(path, readers, write).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
        }
    }
}

fn to_stdout(write: impl Fn(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Written beside and then put in place: the file is the old one or the whole new one.
fn to_file(path: &Path, readers: Readers, write: impl Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A device or a pipe can't be put in place of; it takes what is written to it.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let mut out = BufWriter::new(fs::File::create(path)?);
        return write(&mut out).and_then(|()| out.flush());
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = (|| {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if readers == Readers::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        // One that was left by a process that was killed has who knows which rights.
        let _ = fs::remove_file(&part);
        let mut out = BufWriter::new(options.open(&part)?);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&part, path)
    })();
    if written.is_err() {
        // What is half written is worth nothing.
        let _ = fs::remove_file(&part);
    }
    written
}
