//! JSON as the program file has it: two spaces, a line a property. Written by hand into bytes: no tree, no second pass.

use std::io::{self, Write};

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

/// How much is collected before it is written on.
const PIECE: usize = 1 << 16;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A document that is being written.
pub(super) struct Json {
    out: Vec<u8>,
    depth: usize,
    /// Whether nothing is in what was opened last.
    first: bool,
}

impl Json {
    /// A document that is written behind what is there.
    pub(super) fn after(out: Vec<u8>) -> Self {
        Self { out, depth: 0, first: true }
    }

    /// What was written.
    pub(super) fn done(self) -> Vec<u8> {
        self.out
    }

    /// Writes on what was collected, if it is enough.
    pub(super) fn drain(&mut self, into: &mut impl Write) -> io::Result<()> {
        if self.out.len() >= PIECE {
            into.write_all(&self.out)?;
            self.out.clear();
        }
        Ok(())
    }

    /// Begins an object or a list.
    pub(super) fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
        self.first = true;
    }

    /// Ends it.
    pub(super) fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        if !self.first {
            self.line();
        }
        self.out.push(bracket);
        self.first = false;
    }

    /// Begins the next property or element.
    pub(super) fn next(&mut self) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.line();
    }

    fn line(&mut self) {
        self.out.push(b'\n');
        self.out.resize(self.out.len() + 2 * self.depth, b' ');
    }

    /// The end of the document.
    pub(super) fn end(&mut self) {
        self.out.push(b'\n');
    }

    /// A property's name, after which its value is written. A name of ours: nothing in it is to be escaped.
    pub(super) fn name(&mut self, name: &'static str) {
        self.next();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\": ");
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        self.name(name);
        self.string(value);
    }

    /// A text that is left out where there is none.
    pub(super) fn maybe(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A member of a list of ours that is left out where it is the default.
    pub(super) fn member(&mut self, name: &'static str, value: &str, default: &str) {
        if value != default {
            self.text(name, value);
        }
    }

    /// Null.
    pub(super) fn null(&mut self, name: &'static str) {
        self.name(name);
        self.out.extend_from_slice(b"null");
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &'static str, value: Option<i32>) {
        if let Some(value) = value {
            self.name(name);
            crate::format::digits::push(&mut self.out, value);
        }
    }

    /// True, or left out.
    pub(super) fn flag(&mut self, name: &'static str, value: bool) {
        if value {
            self.name(name);
            self.out.extend_from_slice(b"true");
        }
    }

    /// A date.
    pub(super) fn date(&mut self, name: &'static str, value: Option<NaiveDate>) {
        if let Some(value) = value {
            self.name(name);
            self.out.push(b'"');
            push_date(&mut self.out, value);
            self.out.push(b'"');
        }
    }

    /// A time of day, to the minute.
    pub(super) fn time(&mut self, name: &'static str, value: Option<NaiveTime>) {
        if let Some(value) = value {
            self.name(name);
            self.out.push(b'"');
            push_time(&mut self.out, value);
            self.out.push(b'"');
        }
    }

    /// An object.
    pub(super) fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.open(b'{');
        write(self);
        self.close(b'}');
    }

    /// A list, left out where it is empty.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        let mut begun = false;
        for item in items {
            if !begun {
                self.name(name);
                self.open(b'[');
                begun = true;
            }
            self.next();
            write(self, item);
        }
        if begun {
            self.close(b']');
        }
    }

    /// A string: RFC 8259, section 7.
    pub(super) fn string(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.out.reserve(bytes.len() + 2);
        self.out.push(b'"');
        let mut from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
                continue;
            }
            self.out.extend_from_slice(&bytes[from..at]);
            from = at + 1;
            self.out.push(b'\\');
            match *byte {
                0x08 => self.out.push(b'b'),
                0x0C => self.out.push(b'f'),
                b'\n' => self.out.push(b'n'),
                b'\r' => self.out.push(b'r'),
                b'\t' => self.out.push(b't'),
                b'"' | b'\\' => self.out.push(*byte),
                control => {
                    self.out.extend_from_slice(b"u00");
                    self.out.push(HEX[usize::from(control >> 4)]);
                    self.out.push(HEX[usize::from(control & 15)]);
                }
            }
        }
        self.out.extend_from_slice(&bytes[from..]);
        self.out.push(b'"');
    }
}

/// A date as 2026-07-13.
pub(in crate::format) fn push_date(out: &mut Vec<u8>, date: NaiveDate) {
    match u32::try_from(date.year()) {
        Ok(year) if year <= 9_999 => {
            push_two(out, year / 100);
            push_two(out, year % 100);
            out.push(b'-');
            push_two(out, date.month());
            out.push(b'-');
            push_two(out, date.day());
        }
        _ => out.extend_from_slice(date.to_string().as_bytes()),
    }
}

/// A time of day as 09:30.
pub(in crate::format) fn push_time(out: &mut Vec<u8>, time: NaiveTime) {
    push_two(out, time.hour());
    out.push(b':');
    push_two(out, time.minute());
}

fn push_two(out: &mut Vec<u8>, number: u32) {
    let digit = |digit: u32| u8::try_from(digit % 10).map_or(b'0', |digit| b'0' + digit);
    out.extend_from_slice(&[digit(number / 10), digit(number)]);
}
