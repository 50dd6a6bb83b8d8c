//! Content lines: escaped as values of type TEXT, folded at 75 octets, ended by CR LF (RFC 5545, section 3.1).

use crate::format::escape::{escaped, first};

/// The most octets of a line, its end not counted.
const LONGEST: usize = 75;

/// A calendar as it is written.
pub(super) struct Lines<'o> {
    out: &'o mut Vec<u8>,
    /// The value of type TEXT that is being put together.
    text: Text,
}

/// A line with a value of type TEXT (RFC 5545, section 3.3.11).
pub(super) struct Text(Vec<u8>);

impl Text {
    /// Appends a text, whatever is in it.
    pub(super) fn push(&mut self, text: &str) {
        let has_meaning = |byte: u8| (byte == b'\\') | (byte == b';') | (byte == b',');
        escaped(
            &mut self.0,
            text,
            |byte| (byte < 0x20) | (byte == 0x7F) | has_meaning(byte),
            |rest| {
                let new: Option<&[u8]> = match rest {
                    [b'\\', ..] => Some(b"\\\\"),
                    [b';', ..] => Some(b"\\;"),
                    [b',', ..] => Some(b"\\,"),
                    [b'\n', ..] => Some(b"\\n"),
                    [b'\t', ..] => None,
                    // Line ends are LF; and no other control character may be in a calendar at all.
                    _ => Some(b""),
                };
                (new, 1)
            },
        );
    }

    /// Appends what follows a list's item: a comma with a space.
    pub(super) fn comma(&mut self) {
        self.0.extend_from_slice(b"\\, ");
    }

    /// Ends a line of the text.
    pub(super) fn line_feed(&mut self) {
        self.0.extend_from_slice(b"\\n");
    }
}

impl<'o> Lines<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, text: Text(Vec::new()) }
    }

    /// A line that is short and plain.
    pub(super) fn line(&mut self, line: &str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    /// A property whose value is not TEXT: a URI, a time, a number. What would end the line is left out.
    pub(super) fn property(&mut self, name: &str, value: &str) {
        let may_be_control = |byte: u8| !(0x20..0x7F).contains(&byte);
        if name.len() + 1 + value.len() <= LONGEST && first(value.as_bytes(), may_be_control).is_none() {
            for part in [name, ":", value, "\r\n"] {
                self.out.extend_from_slice(part.as_bytes());
            }
            return;
        }
        let plain: String = value.chars().filter(|c| !c.is_control()).collect();
        fold(self.out, [name, ":", &plain].concat().as_bytes());
    }

    /// A time on the clocks of a zone.
    pub(super) fn local(&mut self, name: &str, zone: &str, time: &str) {
        let parts = [name, ";TZID=", zone, ":", time];
        if parts.iter().map(|part| part.len()).sum::<usize>() > LONGEST {
            return fold(self.out, parts.concat().as_bytes());
        }
        for part in parts {
            self.out.extend_from_slice(part.as_bytes());
        }
        self.out.extend_from_slice(b"\r\n");
    }

    /// A property whose value is TEXT.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.written(name, |text| text.push(value));
    }

    /// The same, written piece by piece. With nothing written there is no property.
    pub(super) fn written(&mut self, name: &str, write: impl FnOnce(&mut Text)) {
        let Text(line) = &mut self.text;
        line.clear();
        line.extend_from_slice(name.as_bytes());
        line.push(b':');
        let empty = line.len();
        write(&mut self.text);
        if self.text.0.len() > empty {
            fold(self.out, &self.text.0);
        }
    }
}

/// Sends a line off, in as many lines as it takes. No character is divided.
fn fold(out: &mut Vec<u8>, mut rest: &[u8]) {
    let mut room = LONGEST;
    while rest.len() > room {
        let mut end = room;
        // A byte that is not a character's first.
        while end > 0 && rest[end] & 0xC0 == 0x80 {
            end -= 1;
        }
        let (line, more) = rest.split_at(end);
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n ");
        rest = more;
        // The blank at the beginning counts.
        room = LONGEST - 1;
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\r\n");
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
