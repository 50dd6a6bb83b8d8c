//! Properties of an object, each read as what it has to be. What is wrong becomes a fault and a stand-in, so that the
//! rest of the document is still looked at; a document with a fault is never used.

use std::cell::{Cell, RefCell};

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use serde_json::value::RawValue;

use super::json::{Kind, elements, properties};
use super::limits::{ADDRESS, KEY, MOST_ELEMENTS, MOST_SMALL, Shape};
use crate::format::fault::{Faults, Place};

/// Collects the faults of one document.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) faults: RefCell<Faults>,
    papers: Cell<usize>,
    sessions: Cell<usize>,
    small: Cell<usize>,
    stopped: Cell<bool>,
    muted: Cell<bool>,
}

/// The properties found of one object.
pub(super) struct Fields<'r, 'p> {
    reader: &'p Reader,
    place: &'p Place<'p>,
    found: Vec<(&'static str, &'r RawValue)>,
}

impl Reader {
    pub(super) fn fault(&self, place: &Place<'_>, message: impl Into<String>) {
        if !self.muted.get() {
            self.faults.borrow_mut().add(place, message);
        }
    }

    pub(super) fn full(&self) -> bool {
        self.stopped.get() || self.faults.borrow().full()
    }

    /// Counts one more element of a list of this name. `false`: it is one too many, and reading ends. Every list may
    /// be within its own limit and all of them together still be more than memory holds.
    fn one_more(&self, name: &str, place: &Place<'_>) -> bool {
        let (seen, most, what) = match name {
            "papers" => (&self.papers, MOST_ELEMENTS, "papers"),
            "sessions" => (&self.sessions, MOST_ELEMENTS, "sessions"),
            _ => (&self.small, MOST_SMALL, "elements of lists"),
        };
        seen.set(seen.get() + 1);
        if seen.get() > most && !self.stopped.replace(true) {
            self.fault(place, format!("the document has more than {most} {what} up to here; that is the limit"));
            self.faults.borrow_mut().cut();
        }
        !self.stopped.get()
    }

    fn expected(&self, place: &Place<'_>, what: &str, raw: &RawValue) {
        self.fault(place, format!("expected {what}, found {}", Kind::of(raw)));
    }

    /// An object's properties, with what is unknown, given twice or missing as faults.
    pub(super) fn object<'r, 'p>(&'p self, raw: &'r RawValue, place: &'p Place<'p>, shape: Shape) -> Fields<'r, 'p> {
        let Shape { required, optional } = shape;
        let mut found: Vec<(&'static str, &RawValue)> = Vec::new();
        if Kind::of(raw) != Kind::Object {
            self.expected(place, "an object", raw);
            return Fields { reader: self, place, found };
        }
        properties(raw, |name, value| {
            let name = name_of(name);
            match required.iter().chain(optional).find(|known| **known == name) {
                None => {
                    let near = nearest(&name, required.iter().chain(optional).copied());
                    let mend = near.map_or_else(
                        || format!("the format has {}", listed(required.iter().chain(optional).copied())),
                        |near| format!("is \"{near}\" meant?"),
                    );
                    self.fault(&place.property(&name), format!("there is no such property; {mend}"));
                }
                Some(known) if found.iter().any(|(seen, _)| seen == known) => {
                    self.fault(&place.property(known), "the property is given twice; keep one");
                }
                Some(known) => found.push((known, value)),
            }
            !self.full()
        });
        for name in required {
            if !found.iter().any(|(seen, _)| seen == name) {
                self.fault(&place.property(name), "the property is missing; it is required");
            }
        }
        Fields { reader: self, place, found }
    }
}

impl<'r> Fields<'r, '_> {
    /// The value of a property; `None` if it is absent.
    pub(super) fn raw(&self, name: &'static str) -> Option<&'r RawValue> {
        self.found.iter().find(|(found, _)| *found == name).map(|(_, raw)| *raw)
    }

    /// Whether there is something that could not be read.
    pub(super) fn unread<T>(&self, name: &'static str, read: Option<T>) -> bool {
        read.is_none() && !self.nothing(name)
    }

    /// Whether it is absent or null.
    fn nothing(&self, name: &'static str) -> bool {
        self.raw(name).is_none_or(|raw| Kind::of(raw) == Kind::Null)
    }

    fn fault(&self, name: &'static str, message: impl Into<String>) {
        self.reader.fault(&self.place.property(name), message);
    }

    /// A string that has to be there; empty where it is faulty.
    pub(super) fn string(&self, name: &'static str, most: usize) -> String {
        let Some(raw) = self.raw(name) else { return String::new() };
        self.read_string(name, raw, 1, most).unwrap_or_default()
    }

    /// A string or null.
    pub(super) fn maybe_string(&self, name: &'static str, most: usize) -> Option<String> {
        if self.nothing(name) {
            return None;
        }
        self.read_string(name, self.raw(name)?, 0, most)
    }

    fn read_string(&self, name: &'static str, raw: &RawValue, least: usize, most: usize) -> Option<String> {
        let place = self.place.property(name);
        read_string(self.reader, &place, raw, least, most)
    }

    /// A string of one of the members' names; the default where it is absent.
    pub(super) fn member<T: Copy>(
        &self,
        name: &'static str,
        all: &[T],
        name_of: impl Fn(T) -> &'static str,
        default: T,
    ) -> T {
        self.maybe_member(name, all, name_of).unwrap_or(default)
    }

    /// The same; `None` where it is absent.
    pub(super) fn maybe_member<T: Copy>(
        &self,
        name: &'static str,
        all: &[T],
        name_of: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let raw = self.raw(name)?;
        let text = self.read_string(name, raw, 0, KEY)?;
        let found = all.iter().copied().find(|member| name_of(*member) == text);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|member| name_of(*member)).collect();
            self.fault(name, format!("\"{}\" is none of {}", short(&text), names.join(", ")));
        }
        found
    }

    /// A whole number in a range, or null.
    pub(super) fn maybe_integer(&self, name: &'static str, least: i32, most: i32) -> Option<i32> {
        if self.nothing(name) {
            return None;
        }
        let raw = self.raw(name)?;
        if Kind::of(raw) != Kind::Number {
            self.reader.expected(&self.place.property(name), "a whole number", raw);
            return None;
        }
        // 3.0 is a whole number too.
        let number: Option<f64> = serde_json::from_str(raw.get()).ok();
        let whole = number.filter(|n| n.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(n));
        if whole.is_none() {
            self.fault(name, format!("{} is no whole number from {least} to {most}", short(raw.get())));
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
        whole.map(|n| n as i32)
    }

    /// The same where it has to be there; one less than `least` where it is faulty.
    pub(super) fn integer(&self, name: &'static str, least: i32, most: i32) -> i32 {
        if self.raw(name).is_some_and(|raw| Kind::of(raw) == Kind::Null) {
            self.fault(name, "expected a whole number, found null");
        }
        self.maybe_integer(name, least, most).unwrap_or(least - 1)
    }

    /// True or false; false where it is absent.
    pub(super) fn boolean(&self, name: &'static str) -> bool {
        match self.raw(name).map(|raw| (raw.get(), raw)) {
            Some(("true", _)) => true,
            Some(("false", _)) | None => false,
            Some((_, raw)) => {
                self.reader.expected(&self.place.property(name), "true or false", raw);
                false
            }
        }
    }

    /// A date or null.
    pub(super) fn maybe_date(&self, name: &'static str) -> Option<NaiveDate> {
        let text = self.maybe_string(name, KEY)?;
        let date = is_shaped(&text, "0000-00-00").then(|| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()).flatten();
        if date.is_none() {
            self.fault(name, format!("\"{}\" is no date; write it as 2026-07-13", short(&text)));
        }
        date
    }

    /// A date that has to be there.
    pub(super) fn date(&self, name: &'static str) -> Option<NaiveDate> {
        if self.raw(name).is_some_and(|raw| Kind::of(raw) == Kind::Null) {
            self.fault(name, "expected a date, found null");
        }
        self.maybe_date(name)
    }

    /// A wall-clock time or null.
    pub(super) fn maybe_time(&self, name: &'static str) -> Option<NaiveTime> {
        let text = self.maybe_string(name, KEY)?;
        let time = is_shaped(&text, "00:00").then(|| NaiveTime::parse_from_str(&text, "%H:%M").ok()).flatten();
        if time.is_none() {
            self.fault(name, format!("\"{}\" is no time of day; write it as 09:30", short(&text)));
        }
        time
    }

    /// An instant: absent, null, or RFC 3339, to the microsecond.
    pub(super) fn instant(&self, name: &'static str) -> Option<Option<DateTime<Utc>>> {
        self.raw(name)?;
        let Some(text) = self.maybe_string(name, KEY) else { return Some(None) };
        // By way of microseconds, in which a leap second is the second after it. A year of five digits can't be written.
        let at = DateTime::parse_from_rfc3339(&text)
            .ok()
            .and_then(|at| DateTime::from_timestamp_micros(at.timestamp_micros()))
            .filter(|at| (1..=9_999).contains(&at.year()));
        if at.is_none() {
            self.fault(name, format!("\"{}\" is no instant; write it as 2026-07-13T07:00:00Z", short(&text)));
        }
        Some(at)
    }

    /// Where to join: https only.
    pub(super) fn link(&self, name: &'static str) -> Option<String> {
        let text = self.maybe_string(name, ADDRESS)?;
        if let Some(fault) = link_fault(&text) {
            self.fault(name, fault);
            return None;
        }
        Some(text)
    }

    /// A public address: http or https.
    pub(super) fn url(&self, name: &'static str) -> Option<String> {
        let text = self.maybe_string(name, ADDRESS)?;
        if let Some(fault) = url_fault(&text) {
            self.fault(name, fault);
            return None;
        }
        Some(text)
    }

    /// A list; empty where it is absent.
    pub(super) fn list<T>(&self, name: &'static str, read: impl Fn(&'r RawValue, &Place<'_>) -> T) -> Vec<T> {
        let Some(raw) = self.raw(name) else { return Vec::new() };
        let place = self.place.property(name);
        if Kind::of(raw) != Kind::List {
            self.reader.expected(&place, "a list", raw);
            // One that stands in without a key, so that nothing is said of what refers to it.
            let before = self.reader.muted.replace(true);
            let stand_in = read(RawValue::NULL, &place);
            self.reader.muted.set(before);
            return vec![stand_in];
        }
        let mut items = Vec::new();
        elements(raw, |n, element| {
            if !self.reader.one_more(name, &place) {
                return false;
            }
            if n >= MOST_ELEMENTS {
                self.reader
                    .fault(&place, format!("the list has more than {MOST_ELEMENTS} elements; that is the limit"));
                return false;
            }
            items.push(read(element, &place.element(n)));
            !self.reader.full()
        });
        items
    }
}

/// A string of this length, in characters as JSON Schema counts them, without control characters.
pub(super) fn read_string(
    reader: &Reader,
    place: &Place<'_>,
    raw: &RawValue,
    least: usize,
    most: usize,
) -> Option<String> {
    if Kind::of(raw) != Kind::String {
        reader.expected(place, "a string", raw);
        return None;
    }
    // The longest way to write one character is an escaped pair, 12 bytes: no need to decode what can't fit.
    if raw.get().len() > 12 * most + 2 {
        reader.fault(place, too_long(most));
        return None;
    }
    let Ok(text) = serde_json::from_str::<String>(raw.get()) else {
        reader.fault(place, "the text has an escape that stands for no character (half of a surrogate pair)");
        return None;
    };
    if let Some(fault) = text_fault(&text, least, most) {
        reader.fault(place, fault);
        return None;
    }
    Some(text)
}

fn too_long(most: usize) -> String {
    format!("the text is too long; the limit is {most} characters")
}

/// What is wrong with a text that has to be of this length, in characters, and without control characters.
pub(crate) fn text_fault(text: &str, least: usize, most: usize) -> Option<String> {
    // As many bytes are as many characters at most: short texts need not be counted.
    if text.len() > most && text.chars().count() > most {
        return Some(too_long(most));
    }
    if text.len() < least {
        return Some("the text is empty; it needs at least one character".into());
    }
    let control = text.chars().find(|c| c.is_control() && !['\n', '\r', '\t'].contains(c))?;
    Some(format!("the text has the control character U+{:04X}; take it out", u32::from(control)))
}

/// Whether it is an address of one of these schemes, without credentials. Checked as it is written, since that is what
/// is stored: parsing drops some characters and turns backslashes round.
pub(crate) fn is_address(text: &str, schemes: &[&str]) -> bool {
    let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace() || "\\\"<>".contains(c));
    let parsed = url::Url::parse(text).is_ok_and(|url| url.username().is_empty() && url.password().is_none());
    plain && parsed && schemes.iter().any(|scheme| text.starts_with(scheme))
}

/// What is wrong with where to join: https only. A link is never repeated in a fault: it may be good but for a letter.
pub(crate) fn link_fault(text: &str) -> Option<&'static str> {
    (!is_address(text, &["https://"])).then_some("this is no address that begins with https:// and has no user name, spaces, quotes, angle brackets or backslashes")
}

/// What is wrong with a public address: http or https. Not repeated either: what is wrong may be a password in it.
pub(crate) fn url_fault(text: &str) -> Option<&'static str> {
    (!is_address(text, &["https://", "http://"])).then_some("this is no address that begins with http:// or https:// and has no user name, spaces, quotes, angle brackets or backslashes")
}

/// Whether a text has a digit where the shape has 0, and elsewhere what the shape has. The parser of dates is laxer.
pub(crate) fn is_shaped(text: &str, shape: &str) -> bool {
    let fits = |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

/// A property's name; of an unreadable one, how it is written. A long one is cut: no known name is long.
pub(in crate::format) fn name_of(raw: &RawValue) -> String {
    let written = raw.get().trim_matches('"');
    if written.len() > KEY {
        return short(written);
    }
    serde_json::from_str(raw.get()).unwrap_or_else(|_| written.to_owned())
}

/// As much of a wrong value as a message can hold.
pub(crate) fn short(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Names in quotes, as a list in a sentence.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The known name that an unknown one is probably meant to be.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let name = plain(&name.chars().take(40).collect::<String>());
    known
        .map(|known| (distance(&name, &plain(known)), known))
        .filter(|(far, _)| *far <= 2)
        .min()
        .map(|(_, known)| known)
}

/// How many letters have to be put in, taken out or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
