//! Content lines: escaped as values of type TEXT, folded at 75 octets, ended by CR LF (RFC 5545, section 3.1).

use std::fmt::{self, Write};

/// The most octets of a line, its end not counted.
const LONGEST: usize = 75;

/// A calendar as it is written.
pub(super) struct Lines<'o> {
    out: &'o mut Vec<u8>,
    /// The line that is being put together.
    line: String,
}

/// Writes values of type TEXT (RFC 5545, section 3.3.11) into a line.
pub(super) struct Text<'l>(&'l mut String);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = 0;
        // All that is not passed on as it is is one byte long.
        for (at, byte) in text.bytes().enumerate() {
            let instead = match byte {
                b'\\' => "\\\\",
                b';' => "\\;",
                b',' => "\\,",
                b'\n' => "\\n",
                // Line ends are LF; and no other control character may be in a calendar at all.
                0..=8 | 11..=31 | 127 => "",
                _ => continue,
            };
            self.0.push_str(&text[plain..at]);
            self.0.push_str(instead);
            plain = at + 1;
        }
        self.0.push_str(&text[plain..]);
        Ok(())
    }
}

impl<'o> Lines<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, line: String::new() }
    }

    /// A line that is short and plain.
    pub(super) fn line(&mut self, line: &str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    /// A property whose value is not TEXT: a URI, a time, a number. What would end the line is left out.
    pub(super) fn property(&mut self, name: &str, value: &str) {
        self.line.clear();
        self.line.push_str(name);
        self.line.push(':');
        self.line.extend(value.chars().filter(|c| !c.is_control()));
        self.fold();
    }

    /// A time on the clocks of a zone.
    pub(super) fn local(&mut self, name: &str, zone: &str, time: &str) {
        self.line.clear();
        for part in [name, ";TZID=", zone, ":", time] {
            self.line.push_str(part);
        }
        self.fold();
    }

    /// A property whose value is TEXT.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.written(name, |text| text.write_str(value));
    }

    /// The same, written piece by piece. With nothing written there is no property.
    pub(super) fn written(&mut self, name: &str, write: impl FnOnce(&mut Text<'_>) -> fmt::Result) {
        self.line.clear();
        self.line.push_str(name);
        self.line.push(':');
        let empty = self.line.len();
        // Writing into memory can't fail.
        let written = write(&mut Text(&mut self.line));
        if written.is_ok() && self.line.len() > empty {
            self.fold();
        }
    }

    /// Sends the line off, in as many lines as it takes. No character is divided.
    fn fold(&mut self) {
        let mut rest = self.line.as_str();
        let mut room = LONGEST;
        while rest.len() > room {
            let end = rest.floor_char_boundary(room);
            self.out.extend_from_slice(&rest.as_bytes()[..end]);
            self.out.extend_from_slice(b"\r\n ");
            rest = &rest[end..];
            // The blank at the beginning counts.
            room = LONGEST - 1;
        }
        self.out.extend_from_slice(rest.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }
}

/// A value of a parameter, in double quotes; what they can't hold is written as RFC 6868 says.
pub(super) fn quoted(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for c in value.chars() {
        match c {
            '"' => quoted.push_str("^'"),
            '^' => quoted.push_str("^^"),
            '\n' => quoted.push_str("^n"),
            c if c.is_control() => {}
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(name: &str, value: &str) -> String {
        let mut out = Vec::new();
        Lines::new(&mut out).text(name, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_has_a_meaning_is_escaped() {
        assert_eq!(line("SUMMARY", "a,b;c\\d:e"), "SUMMARY:a\\,b\\;c\\\\d:e\r\n");
        assert_eq!(line("SUMMARY", "x\r\nBEGIN:VEVENT\rUID:1"), "SUMMARY:x\\nBEGIN:VEVENTUID:1\r\n");
        assert_eq!(line("SUMMARY", ""), "");
        assert_eq!(quoted("A \"B\" ^C\r\n;:,"), "\"A ^'B^' ^^C^n;:,\"");
    }

    #[test]
    fn a_line_is_folded_by_octets() {
        let text = "ü".repeat(100);
        let folded = line("SUMMARY", &text);
        let lines: Vec<&str> = folded.split_terminator("\r\n").collect();
        assert_eq!(lines.iter().map(|line| line.len()).collect::<Vec<_>>(), [74, 75, 61]);
        assert_eq!(folded.replace("\r\n ", ""), format!("SUMMARY:{text}\r\n"));
    }

    proptest! {
        /// Whatever is written is one line once it is unfolded, and comes back as it was, but for what no calendar holds.
        #[test]
        fn any_text_is_one_line(value in "(\\PC|[\\x00-\\x20\\\\;,]|🙂|\u{85}|\u{2028}){0,200}") {
            let folded = line("X", &value);
            prop_assert!(folded.split_terminator("\r\n").all(|line| line.len() <= LONGEST && !line.contains(['\r', '\n'])));
            let whole = folded.replace("\r\n ", "");
            let kept: String = value.chars().filter(|c| !(c.is_ascii_control() && *c != '\n' && *c != '\t')).collect();
            if kept.is_empty() {
                prop_assert_eq!(whole, "");
            } else {
                let escaped = whole.strip_prefix("X:").unwrap().strip_suffix("\r\n").unwrap();
                let (mut plain, mut letters) = (String::new(), escaped.chars());
                while let Some(c) = letters.next() {
                    plain.push(match c {
                        '\\' => match letters.next().unwrap() { 'n' => '\n', c => c },
                        c => c,
                    });
                }
                prop_assert_eq!(plain, kept);
            }
        }
    }
}
