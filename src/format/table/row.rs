//! Cells of one row, each read as what it has to be. What is wrong becomes a fault and a stand-in, as in the reader of
//! the program file.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use chrono::{NaiveDate, NaiveTime};

use super::TableKind;
use super::cell::{plain, shown, unmarked};
use super::list;
use super::place::place;
use super::records::At;
use crate::format::fault::Faults;
use crate::format::read::limits::{ADDRESS, KEY, LANGUAGE, MOST_ELEMENTS, MOST_SMALL};
use crate::format::read::{is_shaped, language_fault, text_fault, url_fault};

/// Collects the faults of one table.
pub(super) struct Reader {
    pub kind: TableKind,
    pub faults: RefCell<Faults>,
    /// Elements of lists so far.
    pub elements: Cell<usize>,
}

impl Reader {
    pub(super) fn fault(&self, at: At, column: &str, message: impl Into<String>) {
        self.faults.borrow_mut().add(place(self.kind, at, column), message);
    }

    pub(super) fn full(&self) -> bool {
        self.faults.borrow().full()
    }
}

/// A row.
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    pub reader: &'r Reader,
    pub at: At,
    /// The names of the columns; `None` is one without.
    pub columns: &'r [Option<&'static str>],
    pub cells: &'r [Cow<'r, str>],
}

impl<'r> Row<'r> {
    pub(super) fn fault(&self, column: &str, message: impl Into<String>) {
        self.reader.fault(self.at, column, message);
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.contains(&Some(column))
    }

    /// What is in a cell; `None` where it is empty or there is no such column.
    fn cell(&self, column: &str) -> Option<&'r str> {
        let n = self.columns.iter().position(|name| *name == Some(column))?;
        self.cells.get(n).map(|cell| &**cell).filter(|cell| !cell.is_empty())
    }

    /// The same of what is no text: spaces around it don't matter.
    fn value(&self, column: &str) -> Option<&'r str> {
        // Nothing that is no text has a mark inside of it.
        self.cell(column).map(|cell| unmarked(cell).trim()).filter(|cell| !cell.is_empty())
    }

    /// A text that has to be there if its column is; empty where it is faulty.
    pub(super) fn text(&self, column: &str, most: usize) -> String {
        match self.cell(column) {
            Some(cell) => self.checked(column, &plain(cell), 1, most).unwrap_or_default(),
            None if self.has(column) => {
                self.fault(column, "the cell is empty; it is required");
                String::new()
            }
            None => String::new(),
        }
    }

    /// A text or null.
    pub(super) fn maybe(&self, column: &str, most: usize) -> Option<String> {
        self.checked(column, &plain(self.cell(column)?), 0, most)
    }

    /// A key or null.
    pub(super) fn key(&self, column: &str) -> Option<String> {
        self.checked(column, &plain(self.cell(column)?), 1, KEY)
    }

    fn checked(&self, column: &str, text: &str, least: usize, most: usize) -> Option<String> {
        match text_fault(text, least, most) {
            Some(fault) => {
                self.fault(column, fault);
                None
            }
            None => Some(text.to_owned()),
        }
    }

    /// A text that has to pass a test, or null.
    pub(super) fn tested<M: Into<String>>(
        &self,
        column: &str,
        most: usize,
        test: impl Fn(&str) -> Option<M>,
    ) -> Option<String> {
        let text = self.maybe(column, most)?;
        match test(&text) {
            Some(fault) => {
                self.fault(column, fault);
                None
            }
            None => Some(text),
        }
    }

    pub(super) fn url(&self) -> Option<String> {
        self.tested("url", ADDRESS, url_fault)
    }

    pub(super) fn language(&self) -> Option<String> {
        self.tested("language", LANGUAGE, language_fault)
    }

    /// A member of a closed list, in capitals or not; the default where the cell is empty.
    pub(super) fn member<T: Copy>(&self, column: &str, all: &[T], name: impl Fn(T) -> &'static str, default: T) -> T {
        let Some(text) = self.value(column) else { return default };
        let found = all.iter().copied().find(|member| name(*member).eq_ignore_ascii_case(text));
        found.unwrap_or_else(|| {
            let names: Vec<&str> = all.iter().map(|member| name(*member)).collect();
            self.fault(column, format!("\"{}\" is none of {}", shown(text), names.join(", ")));
            default
        })
    }

    /// A whole number in a range, or null.
    pub(super) fn integer(&self, column: &str, least: i32, most: i32) -> Option<i32> {
        self.parse_integer(column, self.value(column)?, least, most)
    }

    fn parse_integer(&self, column: &str, text: &str, least: i32, most: i32) -> Option<i32> {
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.fault(column, format!("\"{}\" is no whole number from {least} to {most}", shown(text)));
        }
        number
    }

    /// A date or null.
    pub(super) fn date(&self, column: &str) -> Option<NaiveDate> {
        let text = self.value(column)?;
        let date = to_date(text);
        if date.is_none() {
            let mend = if text.contains('/') {
                "write it as 2026-07-13, for some would read the month first and some the day; \
                 in a spreadsheet choose that form for the column"
            } else {
                "write it as 2026-07-13"
            };
            self.fault(column, format!("\"{}\" is no date that is read; {mend}", shown(text)));
        }
        date
    }

    /// A wall-clock time or null.
    pub(super) fn time(&self, column: &str) -> Option<NaiveTime> {
        self.parse_time(column, self.value(column)?)
    }

    fn parse_time(&self, column: &str, text: &str) -> Option<NaiveTime> {
        let time = to_time(text);
        if time.is_none() {
            self.fault(column, format!("\"{}\" is no time of day; write it as 09:30", shown(text)));
        }
        time
    }

    /// Whether there is something that could not be read.
    pub(super) fn unread<T>(&self, column: &str, read: Option<T>) -> bool {
        read.is_none() && self.value(column).is_some()
    }

    /// The items of a list, each of as many parts at most.
    pub(super) fn list<T>(
        &self,
        column: &'static str,
        parts: usize,
        read: impl Fn(&Item<'_, 'r>) -> Option<T>,
    ) -> Vec<T> {
        let Some(cell) = self.cell(column) else { return Vec::new() };
        let items = match list::items(&plain(cell), MOST_ELEMENTS, parts) {
            Ok(items) => items,
            Err(fault) => {
                self.fault(column, fault);
                return Vec::new();
            }
        };
        let elements = &self.reader.elements;
        elements.set(elements.get() + items.len());
        if elements.get() > MOST_SMALL {
            self.fault(
                column,
                format!("the table has more than {MOST_SMALL} elements of lists up to here; that is the limit"),
            );
            return Vec::new();
        }
        let mut list = Vec::new();
        for item in items {
            list.extend(read(&Item { row: self, column, parts: item }));
        }
        list
    }
}

/// An item of a list.
pub(super) struct Item<'i, 'r> {
    row: &'i Row<'r>,
    column: &'static str,
    parts: Vec<Option<String>>,
}

impl Item<'_, '_> {
    pub(super) fn fault(&self, message: impl Into<String>) {
        self.row.fault(self.column, message);
    }

    /// A part as a text; the first is 0.
    pub(super) fn text(&self, n: usize, least: usize, most: usize) -> Option<String> {
        self.row.checked(self.column, self.part(n)?, least, most)
    }

    /// A key, which has to be there.
    pub(super) fn key(&self, n: usize, what: &str) -> Option<String> {
        if self.part(n).is_none() {
            self.fault(format!("an item of the list has no {what}; it comes first"));
        }
        self.text(n, 1, KEY)
    }

    pub(super) fn part(&self, n: usize) -> Option<&str> {
        self.parts.get(n)?.as_deref()
    }

    pub(super) fn time(&self, n: usize) -> Option<NaiveTime> {
        self.row.parse_time(self.column, self.part(n)?)
    }

    pub(super) fn integer(&self, n: usize, least: i32, most: i32) -> Option<i32> {
        self.row.parse_integer(self.column, self.part(n)?, least, most)
    }
}

/// A date as it is written here, or as spreadsheets write it where nobody can take the day for the month.
fn to_date(text: &str) -> Option<NaiveDate> {
    if is_shaped(text, "0000-00-00") || is_shaped(text, "0000/00/00") {
        return NaiveDate::parse_from_str(&text.replace('/', "-"), "%Y-%m-%d").ok();
    }
    let mut parts = text.split('.').map(digits);
    let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
    let whole = parts.next().is_none() && (1_000..=9_999).contains(&year);
    whole.then(|| NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)).flatten()
}

/// A time as it is written here, or as spreadsheets write it: 9:30, 09:30:00.
fn to_time(text: &str) -> Option<NaiveTime> {
    let mut parts = text.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next());
    let shaped = minute.len() == 2 && hour.len() <= 2 && second.is_none_or(|second| second == "00");
    let time = NaiveTime::from_hms_opt(digits(hour)?, digits(minute)?, 0);
    if shaped && parts.next().is_none() { time } else { None }
}

fn digits(text: &str) -> Option<u32> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_as_spreadsheets_write_them() {
        let date = NaiveDate::from_ymd_opt(2026, 7, 3);
        for text in ["2026-07-03", "2026/07/03", "03.07.2026", "3.7.2026"] {
            assert_eq!(to_date(text), date, "{text}");
        }
        for text in [
            "07/03/2026",
            "2026-7-3",
            "3.7.26",
            "2026-02-30",
            "31.02.2026",
            "1.2.3.2026",
            "July",
            "+3.7.2026",
            "2026.07.03",
        ] {
            assert_eq!(to_date(text), None, "{text}");
        }
        let time = NaiveTime::from_hms_opt(9, 30, 0);
        for text in ["09:30", "9:30", "09:30:00"] {
            assert_eq!(to_time(text), time, "{text}");
        }
        for text in ["9.30", "09:30:01", "9:3", "24:00", "009:30", "09:30:00:00", "9", ":30", "9:30 AM"] {
            assert_eq!(to_time(text), None, "{text}");
        }
    }
}
