//! The rows of a CSV file (RFC 4180). Stricter about quotes than most readers, for a quote too many or too few makes one
//! cell of half the file.

use std::borrow::Cow;
use std::fmt;

use super::TableKind;

/// Where a row begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    /// The line of the file, from 1.
    pub line: usize,
    /// The row of the sheet, from 1: another where cells before it have several lines.
    pub row: usize,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, row } = self;
        if line == row { write!(f, "line {line}") } else { write!(f, "line {line} (row {row})") }
    }
}

/// What is wrong with the quotes of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unbalanced {
    pub line: usize,
    pub message: &'static str,
}

/// The rows of a file, one after another.
#[derive(Clone)]
pub(super) struct Records<'a> {
    text: &'a str,
    delimiter: u8,
    at: usize,
    next: At,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, delimiter: u8) -> Self {
        Self { text, delimiter, at: 0, next: At { line: 1, row: 1 } }
    }

    /// The rows of a file, separated by whatever makes most sense of the first: the one whose names are known.
    pub(super) fn detect(text: &'a str) -> Self {
        // Excel's own way to say it, as a line before all others.
        if let [b's', b'e', b'p', b'=', delimiter @ (b',' | b';' | b'\t'), rest @ ..] = text.as_bytes() {
            let ended = rest.first().is_none_or(|byte| matches!(byte, b'\r' | b'\n'));
            if ended {
                let mut records = Self::new(text, *delimiter);
                let _ = records.next(&mut Vec::new(), 1);
                return records;
            }
        }
        let known = |delimiter: &u8| {
            let mut cells = Vec::new();
            let _ = Self::new(text, *delimiter).next(&mut cells, super::read::MOST_COLUMNS);
            let is_known = |cell: &&Cow<'_, str>| {
                TableKind::ALL
                    .iter()
                    .any(|kind| kind.columns().iter().any(|name| name.eq_ignore_ascii_case(cell.trim())))
            };
            cells.iter().filter(is_known).count()
        };
        // Of several the first, which is the comma.
        let best = [b'\t', b';', b','].into_iter().max_by_key(known).unwrap_or(b',');
        Self::new(text, best)
    }

    /// The next row's place and how many cells it has, of which the first `most` are put into `cells`. Empty lines are
    /// passed over.
    pub(super) fn next(
        &mut self,
        cells: &mut Vec<Cow<'a, str>>,
        most: usize,
    ) -> Result<Option<(At, usize)>, Unbalanced> {
        loop {
            if self.at >= self.text.len() {
                return Ok(None);
            }
            let (at, begun) = (self.next, self.at);
            cells.clear();
            let mut count = 0;
            loop {
                let cell = self.cell()?;
                count += 1;
                if count <= most {
                    cells.push(cell);
                }
                if self.end_of_cell() {
                    break;
                }
            }
            self.next.row += 1;
            let empty = count == 1 && self.text[begun..self.at].trim_end_matches(['\r', '\n']).is_empty();
            if !empty {
                return Ok(Some((at, count)));
            }
        }
    }

    /// Goes past what ends a cell; says whether it ends the row too.
    fn end_of_cell(&mut self) -> bool {
        let rest = &self.text.as_bytes()[self.at..];
        let (length, last) = match rest {
            [] => (0, true),
            [b'\r', b'\n', ..] => (2, true),
            [b'\r' | b'\n', ..] => (1, true),
            _ => (1, false),
        };
        self.at += length;
        if last && length > 0 {
            self.next.line += 1;
        }
        last
    }

    fn cell(&mut self) -> Result<Cow<'a, str>, Unbalanced> {
        let bytes = self.text.as_bytes();
        let from = self.at;
        if bytes.get(from) == Some(&b'"') {
            return self.quoted();
        }
        let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\r' | b'\n');
        let length = bytes[from..].iter().position(ends).unwrap_or(bytes.len() - from);
        self.at = from + length;
        let cell = &self.text[from..self.at];
        if cell.contains('"') {
            let message =
                "a quote is in the middle of a cell; put the whole cell in quotes, and write the one inside twice";
            return Err(Unbalanced { line: self.next.line, message });
        }
        Ok(Cow::Borrowed(cell))
    }

    fn quoted(&mut self) -> Result<Cow<'a, str>, Unbalanced> {
        let (bytes, opened) = (self.text.as_bytes(), self.next.line);
        let from = self.at + 1;
        let (mut at, mut doubled) = (from, false);
        loop {
            let Some(length) = bytes[at..].iter().position(|byte| *byte == b'"') else {
                return Err(Unbalanced { line: opened, message: "a quote that is opened here is never closed" });
            };
            at += length + 1;
            if bytes.get(at) != Some(&b'"') {
                break;
            }
            doubled = true;
            at += 1;
        }
        let cell = &self.text[from..at - 1];
        self.next.line += lines(cell);
        self.at = at;
        let ended = bytes.get(at).is_none_or(|byte| *byte == self.delimiter || matches!(byte, b'\r' | b'\n'));
        if !ended {
            let message = "something stands behind the quote that ends a cell; write a quote inside a cell twice";
            return Err(Unbalanced { line: self.next.line, message });
        }
        Ok(if doubled { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) })
    }
}

/// How many lines end in a text.
fn lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_end = |n: usize| bytes[n] == b'\n' || (bytes[n] == b'\r' && bytes.get(n + 1) != Some(&b'\n'));
    (0..bytes.len()).filter(|n| is_end(*n)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Found = Vec<(usize, usize, Vec<String>)>;

    fn all(mut records: Records<'_>) -> Result<Found, Unbalanced> {
        let (mut cells, mut found) = (Vec::new(), Vec::new());
        while let Some((at, count)) = records.next(&mut cells, 100)? {
            assert_eq!(count, cells.len());
            found.push((at.line, at.row, cells.iter().map(|cell| cell.clone().into_owned()).collect()));
        }
        Ok(found)
    }

    #[track_caller]
    fn is(text: &str, expected: &[(usize, usize, &[&str])]) {
        let found = all(Records::detect(text)).unwrap();
        let expected: Found = expected
            .iter()
            .map(|(line, row, cells)| (*line, *row, cells.iter().map(|it| (*it).to_owned()).collect()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn rows_have_their_places() {
        is("key,title\n1,a\n", &[(1, 1, &["key", "title"]), (2, 2, &["1", "a"])]);
        is(
            "key,title\r\n\"1\n2\",\"a \"\"b\"\"\"\r\n\r\n3,",
            &[(1, 1, &["key", "title"]), (2, 2, &["1\n2", "a \"b\""]), (5, 4, &["3", ""])],
        );
        is("key;title\r1;a,b", &[(1, 1, &["key", "title"]), (2, 2, &["1", "a,b"])]);
        is("key\ttitle\n1;\t,", &[(1, 1, &["key", "title"]), (2, 2, &["1;", ","])]);
        is("sep=;\r\nkey;title,name\r\n", &[(2, 2, &["key", "title,name"])]);
        is("odd,even;neither\n", &[(1, 1, &["odd", "even;neither"])]);
        is("", &[]);
    }

    #[test]
    fn a_quote_too_many_or_too_few_is_said_with_its_line() {
        for (text, line, message) in [
            ("key,title\n1,\"a\n2,b\n", 2, "never closed"),
            ("key,title\n1,\"a\"b\n", 2, "behind the quote"),
            ("key,title\n\"1\n\n\",a\"b\n", 4, "in the middle"),
            ("key,title\n1, \"a, b\"\n", 2, "in the middle"),
            ("\"", 1, "never closed"),
        ] {
            let found = all(Records::new(text, b',')).unwrap_err();
            assert!(found.line == line && found.message.contains(message), "{text:?} {found:?}");
        }
    }

    proptest! {
        /// Where there is nothing to complain of, it is what others read.
        #[test]
        fn it_reads_as_others_do(text in "[a\",;\r\n]{0,30}") {
            let mut records = Records::new(&text, b',');
            let (mut cells, mut found) = (Vec::new(), Vec::new());
            loop {
                match records.next(&mut cells, 100) {
                    Err(_) => return Ok(()),
                    Ok(None) => break,
                    Ok(Some(_)) => found.push(cells.iter().map(|cell| cell.clone().into_owned()).collect::<Vec<_>>()),
                }
            }
            let mut others = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let others: Vec<Vec<String>> =
                others.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(found, others);
        }
    }
}
