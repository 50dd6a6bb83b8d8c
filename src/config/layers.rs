//! One layer of settings over another, each checked against the defaults for names and types.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use toml::{Table, Value};

use super::{Config, ConfigFaults, DEFAULTS, FILE, rules};

const PREFIX: &str = "PLENARY_";
/// What tests are told by the environment is no setting.
const NOT_OURS: [&str; 3] = ["PLENARY_TEST_", "PLENARY_REAL_DATA", "PLENARY_VALIDATORS"];

/// The settings so far, where each came from, and what was wrong with them.
pub(super) struct Layers {
    defaults: Table,
    merged: Table,
    /// By dotted name, how to call the place where it was set.
    origins: BTreeMap<String, String>,
    faults: Vec<String>,
}

impl Layers {
    pub(super) fn new() -> Result<Self, ConfigFaults> {
        let defaults: Table =
            DEFAULTS.parse().map_err(|error| ConfigFaults(vec![format!("config.default.toml: {error}")]))?;
        Ok(Self { merged: defaults.clone(), defaults, origins: BTreeMap::new(), faults: Vec::new() })
    }

    pub(super) fn file(&mut self, named: Option<&Path>) {
        let path = named.unwrap_or(Path::new(FILE));
        let place = path.display();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return self.faults.push(format!("{place}: the file can't be read: {error}.")),
        };
        match text.parse::<Table>() {
            Ok(table) => self.overlay("", table, &|name| format!("{place}: `{name}`")),
            // The error's own text quotes the line, which may have a password in it.
            Err(error) => {
                let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                self.faults.push(format!("{place}: line {line} is not TOML: {}.", error.message()));
            }
        }
    }

    pub(super) fn environment(&mut self, env: impl Iterator<Item = (String, String)>) {
        let mut ours: Vec<_> = env
            .filter(|(name, _)| name.starts_with(PREFIX) && !NOT_OURS.iter().any(|it| name.starts_with(it)))
            .collect();
        ours.sort();
        for (variable, text) in ours {
            let name = variable.strip_prefix(PREFIX).unwrap_or_default().to_lowercase().replace("__", ".");
            match self.default_of(&name) {
                None | Some(Value::Table(_)) => {
                    let near =
                        self.nearest(&name).map(|near| format!("{PREFIX}{}", near.replace('.', "__").to_uppercase()));
                    self.faults.push(unknown(&variable, near));
                }
                Some(default) => match read(default, &text) {
                    Ok(value) => self.set(&name, value, variable),
                    Err(wanted) => self.faults.push(format!("{variable} must be {wanted}.")),
                },
            }
        }
    }

    pub(super) fn flags(&mut self, flags: Table) {
        self.overlay("", flags, &|name| format!("the command line: `{name}`"));
    }

    pub(super) fn finish(mut self) -> Result<Config, ConfigFaults> {
        for (name, fault) in rules::broken(&self.merged) {
            let place = self.origins.get(name).cloned().unwrap_or_else(|| format!("`{name}`"));
            self.faults.push(format!("{place} must be {fault}."));
        }
        if !self.faults.is_empty() {
            return Err(ConfigFaults(self.faults));
        }
        Config::deserialize(self.merged).map_err(|error| ConfigFaults(vec![format!("settings: {}.", error.message())]))
    }

    fn overlay(&mut self, section: &str, table: Table, call: &dyn Fn(&str) -> String) {
        for (key, value) in table {
            let name = if section.is_empty() { key } else { format!("{section}.{key}") };
            match (self.default_of(&name), value) {
                (None, _) => {
                    let near = self.nearest(&name).map(str::to_owned);
                    self.faults.push(unknown(&call(&name), near.map(|near| format!("`{near}`"))));
                }
                (Some(Value::Table(_)), Value::Table(inner)) => self.overlay(&name, inner, call),
                (Some(default), value) if same_type(default, &value) => self.set(&name, value, call(&name)),
                (Some(default), value) => {
                    let wanted = type_name(default);
                    self.faults.push(format!("{} must be {wanted}, not {}.", call(&name), type_name(&value)));
                }
            }
        }
    }

    fn set(&mut self, name: &str, value: Value, origin: String) {
        let mut table = &mut self.merged;
        let mut parts = name.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                table.insert(part.to_owned(), value);
                break;
            }
            match table.get_mut(part) {
                Some(Value::Table(inner)) => table = inner,
                _ => break,
            }
        }
        self.origins.insert(name.to_owned(), origin);
    }

    fn default_of(&self, name: &str) -> Option<&Value> {
        let mut parts = name.split('.');
        let first = self.defaults.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.as_table()?.get(part))
    }

    fn nearest(&self, name: &str) -> Option<&'static str> {
        rules::NAMES
            .iter()
            .map(|known| (distance(known, name), *known))
            .min()
            .filter(|(distance, known)| *distance <= known.len() / 2)
            .map(|(_, known)| known)
    }
}

fn unknown(what: &str, near: Option<String>) -> String {
    let mend = near
        .map_or_else(|| "config.default.toml lists all settings".to_owned(), |near| format!("did you mean {near}?"));
    format!("{what} is no setting; {mend}{}", if mend.ends_with('?') { "" } else { "." })
}

/// A variable's text as a value of the type that the default has.
fn read(default: &Value, text: &str) -> Result<Value, &'static str> {
    let value = match default {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => None,
    };
    value.ok_or_else(|| type_name(default))
}

fn same_type(default: &Value, value: &Value) -> bool {
    match (default, value) {
        (Value::Array(_), Value::Array(items)) => items.iter().all(Value::is_str),
        _ => default.same_type(value),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(items) if items.iter().all(Value::is_str) => "a list of strings",
        Value::Array(_) => "a list of other things",
        Value::Table(_) => "a section",
    }
}

/// How many letters to add, drop or change to come from one to the other.
fn distance(a: &str, b: &str) -> usize {
    // Only names as short as ours are worth comparing.
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, letter) in a.chars().enumerate() {
        let mut next = vec![line + 1];
        for ((other, pair), left) in b.iter().zip(row.windows(2)).zip(0..) {
            let (diagonal, above) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
            let left = next.get::<usize>(left).copied().unwrap_or(0);
            next.push((diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("depth", "dept", 1),
            ("limits", "limit", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
