//! One layer of settings over another, each checked against the defaults for names and types.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use toml::{Table, Value};

use super::{Config, ConfigFaults, DEFAULTS, FILE, providers, rules};

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
                Some(default) => match read(&default, &text) {
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
            let place = self.origins.get(&name).cloned().unwrap_or_else(|| format!("`{name}`"));
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
                    let near = self.nearest(&name).map(|near| format!("`{near}`"));
                    self.faults.push(unknown(&call(&name), near));
                }
                (Some(Value::Table(default)), Value::Table(inner)) => {
                    self.place_for(&name, default);
                    self.overlay(&name, inner, call);
                }
                (Some(default), value) if same_type(&default, &value) => self.set(&name, value, call(&name)),
                (Some(default), value) => {
                    let wanted = type_name(&default);
                    self.faults.push(format!("{} must be {wanted}, not {}.", call(&name), type_name(&value)));
                }
            }
        }
    }

    fn set(&mut self, name: &str, value: Value, origin: String) {
        if let Some((section, key)) = name.rsplit_once('.') {
            if let Some(Value::Table(default)) = self.default_of(section) {
                self.place_for(section, default);
            }
            if let Some(table) = self.section(section) {
                table.insert(key.to_owned(), value);
            }
        } else {
            self.merged.insert(name.to_owned(), value);
        }
        self.origins.insert(name.to_owned(), origin);
    }

    /// The section of this name, as merged so far.
    fn section(&mut self, name: &str) -> Option<&mut Table> {
        name.split('.').try_fold(&mut self.merged, |table, part| table.get_mut(part)?.as_table_mut())
    }

    /// Makes the section unless it is there: one with a name of the operator's choice begins with its defaults.
    fn place_for(&mut self, name: &str, default: Table) {
        if let Some((section, part)) = name.split_once('.')
            && let Some(table) = self.section(section)
        {
            table.entry(part).or_insert(Value::Table(default));
            self.origins.entry(name.to_owned()).or_insert_with(|| format!("`{name}`"));
        }
    }

    fn default_of(&self, name: &str) -> Option<Value> {
        let (section, rest) = name.split_once('.').unwrap_or((name, ""));
        if let Some(template) = providers::template(section).filter(|_| !rest.is_empty()) {
            return match rest.split_once('.') {
                None => Some(Value::Table(template)),
                Some((_, key)) => template.get(key).cloned(),
            };
        }
        let mut parts = name.split('.');
        let first = self.defaults.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.as_table()?.get(part)).cloned()
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let mut known: Vec<String> = rules::NAMES.iter().map(|known| (*known).to_owned()).collect();
        for (section, _) in providers::NAMED {
            // In a section with names of the operator's choice, the name is what it is.
            match name.split('.').collect::<Vec<_>>()[..] {
                [first, part, _] if distance(section, first) <= 2 => known.extend(
                    providers::template(section)
                        .iter()
                        .flat_map(Table::keys)
                        .map(|key| format!("{section}.{part}.{key}")),
                ),
                [_, part] => known.push(format!("{section}.{part}")),
                _ => known.push(section.to_owned()),
            }
        }
        known
            .into_iter()
            .map(|known| (distance(&known, name), known))
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
