//! Text as XML and JSON have it, straight into the bytes that are written.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, NaiveDateTime, NaiveTime, Timelike, Utc};
use url::Url;

use crate::format::escape::escaped;

/// Whether a byte can't be written as it is in either format: control characters, and the first byte of U+FFFE and
/// U+FFFF among others.
const fn is_odd(byte: u8) -> bool {
    (byte < 0x20) | (byte == 0x7F) | (byte == 0xEF) | (byte == b'"')
}

/// How a text is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// In lines.
    Lines,
    /// In one line: a title, a name.
    Line,
}

/// Writes a text as XML. What no XML can have, not even escaped (XML 1.0, section 2.2), is left out.
pub(super) fn xml(out: &mut Vec<u8>, text: &str, layout: Layout) {
    let is_markup = |byte: u8| (byte == b'&') | (byte == b'<') | (byte == b'>');
    escaped(
        out,
        text,
        |byte| is_odd(byte) | is_markup(byte),
        |rest| {
            instead(rest, |byte| match (byte, layout) {
                (b'&', _) => Some(b"&amp;"),
                (b'<', _) => Some(b"&lt;"),
                (b'>', _) => Some(b"&gt;"),
                (b'"', _) => Some(b"&quot;"),
                (b'\n' | b'\t', Layout::Lines) => None,
                (b'\n' | b'\t' | b'\r', Layout::Line) => Some(b" "),
                // As it is it would be read as a line feed (section 2.11).
                (b'\r', Layout::Lines) => Some(b"&#13;"),
                (_, Layout::Line | Layout::Lines) => Some(b""),
            })
        },
    );
}

/// Writes a text as the inside of a JSON string. What XML can't have is left out here too, so that both say the same.
pub(super) fn json(out: &mut Vec<u8>, text: &str, layout: Layout) {
    escaped(
        out,
        text,
        |byte| is_odd(byte) | (byte == b'\\'),
        |rest| {
            instead(rest, |byte| match (byte, layout) {
                (b'"', _) => Some(b"\\\""),
                (b'\\', _) => Some(b"\\\\"),
                (b'\n' | b'\t' | b'\r', Layout::Line) => Some(b" "),
                (b'\n', Layout::Lines) => Some(b"\\n"),
                (b'\t', Layout::Lines) => Some(b"\\t"),
                (b'\r', Layout::Lines) => Some(b"\\r"),
                (_, Layout::Line | Layout::Lines) => Some(b""),
            })
        },
    );
}

/// What is written instead of what begins here, and how long that is.
fn instead(bytes: &[u8], byte: impl Fn(u8) -> Option<&'static [u8]>) -> (Option<&'static [u8]>, usize) {
    match bytes {
        [0xEF, 0xBF, 0xBE | 0xBF, ..] => (Some(&b""[..]), 3),
        [0xEF, ..] | [] => (None, 1),
        [first, ..] => (byte(*first), 1),
    }
}

/// A name as both formats have it: in one line, without what XML can't have.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    let is_unlawful = |c: char| matches!(c, '\0'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(is_unlawful) {
        return Cow::Borrowed(text);
    }
    let plain = |c| match c {
        '\n' | '\r' | '\t' => Some(' '),
        c if is_unlawful(c) => None,
        c => Some(c),
    };
    Cow::Owned(text.chars().filter_map(plain).collect())
}

/// Writes a whole number.
pub(super) fn number(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0_u8; 20];
    let (mut at, mut rest) = (digits.len(), number.unsigned_abs());
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// Writes a whole number in two digits, or more if it has more.
pub(super) fn two(out: &mut Vec<u8>, wanted: i64) {
    if (0..10).contains(&wanted) {
        out.push(b'0');
    }
    number(out, wanted);
}

/// Writes a time of day as 09:30.
pub(super) fn clock(out: &mut Vec<u8>, time: NaiveTime) {
    two(out, time.hour().into());
    out.push(b':');
    two(out, time.minute().into());
}

/// Writes an instant as a clock shows it that shows `local` then, with its offset (RFC 3339). The offsets of a hundred
/// years ago have seconds, which can't be written: those instants are in UTC.
pub(super) fn instant(out: &mut Vec<u8>, local: NaiveDateTime, at: DateTime<Utc>) {
    let offset = (local - at.naive_utc()).num_seconds();
    let shown = if offset % 60 == 0 { local } else { at.naive_utc() };
    number(out, i64::from(shown.year()));
    for (between, part) in [b'-', b'-', b'T', b':', b':'].into_iter().zip([
        shown.month(),
        shown.day(),
        shown.hour(),
        shown.minute(),
        shown.second(),
    ]) {
        out.push(between);
        two(out, i64::from(part));
    }
    if offset % 60 != 0 {
        return out.push(b'Z');
    }
    out.push(if offset < 0 { b'-' } else { b'+' });
    two(out, offset.abs() / 3_600);
    out.push(b':');
    two(out, offset.abs() % 3_600 / 60);
}

/// An address as RFC 3986 has it; `None` where it can't be made one. Browsers, and so the program, accept more.
pub(super) fn address(text: &str) -> Option<Cow<'_, str>> {
    if is_strict(text) {
        return Some(Cow::Borrowed(text));
    }
    let parsed = Url::parse(text).ok()?;
    let (head, fragment) = match parsed.as_str().split_once('#') {
        Some((head, fragment)) => (head, Some(fragment)),
        None => (parsed.as_str(), None),
    };
    let host = head.len() - head.splitn(4, '/').nth(3).map_or(0, str::len);
    let mut strict = head[..host].to_owned();
    escape(&mut strict, &head[host..]);
    if let Some(fragment) = fragment {
        strict.push('#');
        escape(&mut strict, fragment);
    }
    is_strict(&strict).then_some(Cow::Owned(strict))
}

/// Appends what follows the host of an address, with what it can't have as %XX.
fn escape(to: &mut String, text: &str) {
    use std::fmt::Write as _;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if is_part(*byte) || (*byte == b'%' && is_escape(&bytes[at..])) {
            to.push(char::from(*byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

/// Whether a byte may stand in a path, query or fragment as it is.
const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')')
        || matches!(byte, b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@' | b'/' | b'?')
}

fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

fn is_strict(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, "0"),
    };
    let six = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let good_host = match six {
        Some(six) => six.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        }
    };
    let bytes = rest.as_bytes();
    let mut fragments = 0;
    let good_rest = bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'#' => {
            fragments += 1;
            fragments == 1
        }
        b'%' => is_escape(&bytes[at..]),
        byte => is_part(*byte),
    });
    good_host && port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit()) && good_rest
}
