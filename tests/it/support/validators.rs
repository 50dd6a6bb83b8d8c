//! The validators that others publish for their formats.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder with the published schemas; `None`, with a note, where there is none.
pub fn schemas() -> Option<PathBuf> {
    let folder = std::env::var_os("PLENARY_VALIDATORS");
    if folder.is_none() {
        eprintln!("PLENARY_VALIDATORS is not set: nothing is validated");
    }
    folder.map(PathBuf::from)
}

/// A program of the environment that ./test makes for tests.
pub fn python(name: &str) -> PathBuf {
    let environment = std::env::var_os("PLENARY_TEST_PYTHON");
    let environment = environment.expect("PLENARY_TEST_PYTHON is not set: run the tests with ./test");
    Path::new(&environment).join("bin").join(name)
}

/// What a validator says of the files that don't satisfy it; empty if all do.
fn complaints(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    if output.status.success() {
        return String::new();
    }
    let lines = said.lines().filter(|line| !line.ends_with(" validates"));
    let few: Vec<&str> = lines.take(60).collect();
    format!("{}\n{}", output.status, few.join("\n"))
}

/// XML files against an XML Schema (libxml2).
pub fn xmllint(schema: &Path, files: &[PathBuf]) -> String {
    complaints(Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).args(files))
}

/// JSON files against a JSON Schema (PyPI check-jsonschema).
pub fn check_jsonschema(schema: &Path, files: &[PathBuf]) -> String {
    complaints(Command::new(python("check-jsonschema")).arg("--schemafile").arg(schema).args(files))
}
