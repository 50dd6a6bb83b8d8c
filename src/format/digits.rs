//! Times and small numbers as digits, without the general machinery: a large program has thousands of them.

use chrono::{Datelike, NaiveDateTime, NaiveTime, Timelike};

/// Digits, in memory of their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    bytes: [u8; 20],
    from: usize,
}

impl Digits {
    /// Fills from the end, so that the most digits that are asked for last come first.
    const fn new() -> Self {
        Self { bytes: [b'0'; 20], from: 20 }
    }

    fn put(&mut self, byte: u8) {
        if self.from > 0 {
            self.from -= 1;
            self.bytes[self.from] = byte;
        }
    }

    /// A number with at least so many digits.
    fn number(&mut self, mut number: u32, least: usize) {
        let mut written = 0;
        while written < least || number > 0 {
            let digit = u8::try_from(number % 10).unwrap_or(0);
            self.put(b'0' + digit);
            number /= 10;
            written += 1;
        }
    }

    /// As text.
    pub(super) fn as_str(&self) -> &str {
        // Nothing but ASCII is put into it.
        std::str::from_utf8(&self.bytes[self.from..]).unwrap_or_default()
    }
}

/// A number.
pub(super) fn number(number: u32) -> Digits {
    let mut digits = Digits::new();
    digits.number(number, 1);
    digits
}

/// Writes a whole number.
pub(super) fn push(out: &mut Vec<u8>, whole: i32) {
    if whole < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(number(whole.unsigned_abs()).as_str().as_bytes());
}

/// A time of day: `09:30`.
pub(super) fn hour_minute(time: NaiveTime) -> Digits {
    let mut digits = Digits::new();
    digits.number(time.minute(), 2);
    digits.put(b':');
    digits.number(time.hour(), 2);
    digits
}

/// A date with a time as iCalendar writes them, with a `Z` in UTC: `20270712T093000Z` (RFC 5545, section 3.3.5). Its years
/// have four digits.
pub(super) fn basic(at: NaiveDateTime, utc: bool) -> Digits {
    let mut digits = Digits::new();
    if utc {
        digits.put(b'Z');
    }
    digits.number(at.second(), 2);
    digits.number(at.minute(), 2);
    digits.number(at.hour(), 2);
    digits.put(b'T');
    digits.number(at.day(), 2);
    digits.number(at.month(), 2);
    digits.number(at.year().clamp(0, 9_999).unsigned_abs(), 4);
    digits
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    proptest::proptest! {
        #[test]
        fn as_the_library_writes_them(seconds in 0i64..250_000_000_000, any: i32) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
            proptest::prop_assert_eq!(basic(at, true).as_str().to_owned(), at.format("%Y%m%dT%H%M%SZ").to_string());
            proptest::prop_assert_eq!(basic(at, false).as_str().to_owned(), at.format("%Y%m%dT%H%M%S").to_string());
            proptest::prop_assert_eq!(hour_minute(at.time()).as_str().to_owned(), at.format("%H:%M").to_string());
            let mut whole = Vec::new();
            push(&mut whole, any);
            proptest::prop_assert_eq!(String::from_utf8(whole).unwrap(), any.to_string());
        }
    }
}
