//! Texts, before they are parsed: one pass over the bytes, never recursing.

use crate::{config::Limits, error::AppError};

/// Refuses a document that is too long, has too many tokens or nests brackets too deeply.
///
/// Counts round, square and curly brackets together, outside strings, block strings and comments. A bracket that
/// closes nothing ends what a parser can read, so miscounting after it does no harm.
pub(super) fn document(text: &str, limits: &Limits) -> Result<(), AppError> {
    let bytes = text.len();
    if bytes > limits.document_bytes {
        return Err(over("document_bytes", "bytes of document", bytes, limits.document_bytes));
    }
    let counted = count(text.as_bytes());
    if counted.tokens > limits.tokens {
        return Err(over("tokens", "tokens in the document", counted.tokens, limits.tokens));
    }
    if counted.nesting > limits.nesting {
        return Err(over("nesting", "brackets inside one another", counted.nesting, limits.nesting));
    }
    // The parser might take a string without an end for something else and see brackets where this saw none.
    counted.unended.map_or(Ok(()), |line| {
        Err(AppError::parse_failed(format!("The document can't be read at line {line}: a string has no end.")))
    })
}

fn over(limit: &str, what: &str, asked: usize, allowed: usize) -> AppError {
    AppError::too_expensive(limit, what, asked as u64, allowed as u64)
}

#[derive(Default)]
struct Counted {
    tokens: usize,
    nesting: usize,
    /// The line on which a string starts that does not end.
    unended: Option<usize>,
}

fn count(text: &[u8]) -> Counted {
    let mut counted = Counted::default();
    let (mut at, mut depth, mut line) = (0, 0_usize, 1);
    while let Some(&byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        let length = match byte {
            b'\n' => {
                line += 1;
                at += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
                continue;
            }
            0xEF if rest.starts_with("\u{feff}".as_bytes()) => {
                at += 3;
                continue;
            }
            b'"' => match string(rest) {
                Some(length) => length,
                None => {
                    counted.unended = Some(line);
                    break;
                }
            },
            b'(' | b'[' | b'{' => {
                depth += 1;
                counted.nesting = counted.nesting.max(depth);
                1
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                1
            }
            b'.' if rest.starts_with(b"...") => 3,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => run(rest, |_, byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            b'0'..=b'9' | b'-' => run(rest, |before, byte| match byte {
                b'+' | b'-' => matches!(before, b'e' | b'E'),
                _ => byte.is_ascii_alphanumeric() || byte == b'.',
            }),
            _ => 1,
        };
        counted.tokens += 1;
        line += rest.get(..length).unwrap_or_default().iter().filter(|&&byte| byte == b'\n').count();
        at += length;
    }
    counted
}

/// The length of what starts here, as long as each byte goes on with the one before it.
fn run(text: &[u8], goes_on: impl Fn(u8, u8) -> bool) -> usize {
    1 + text.windows(2).take_while(|pair| matches!(pair, [before, byte] if goes_on(*before, *byte))).count()
}

/// The length of the string that starts here, quotes included; `None`: it does not end.
fn string(text: &[u8]) -> Option<usize> {
    let block = text.starts_with(b"\"\"\"");
    let mut at = if block { 3 } else { 1 };
    loop {
        let rest = text.get(at..)?;
        at += match rest.first()? {
            b'\\' if block && rest.starts_with(b"\\\"\"\"") => 4,
            b'"' if block && rest.starts_with(b"\"\"\"") => return Some(at + 3),
            _ if block => 1,
            b'\\' => 2,
            b'"' => return Some(at + 1),
            b'\n' | b'\r' => return None,
            _ => 1,
        };
    }
}

/// How deeply objects and lists of a JSON text are nested, whether it is valid JSON or not.
#[must_use]
pub fn json_nesting(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> (usize, usize, Option<usize>) {
        let counted = count(text.as_bytes());
        (counted.tokens, counted.nesting, counted.unended)
    }

    #[test]
    fn tokens_and_brackets() {
        assert_eq!(counts("{ a }"), (3, 1, None));
        assert_eq!(counts("query Q($a: [Int!]! = [1, -2.5e+3]) { a(b: $a) { ...F @x } }"), (32, 2, None));
        assert_eq!(counts("\u{feff}{a,,,,b}"), (4, 1, None));
        assert_eq!(counts("}}}{{"), (5, 2, None));
    }

    #[test]
    fn brackets_in_strings_and_comments_are_text() {
        assert_eq!(counts("{ a(b: \"[[[\\\"[[\") }"), (8, 2, None));
        assert_eq!(counts("{ a(b: \"\"\"[[\\\"\"\"[\n[\"\"\") } # [[[[\n"), (8, 2, None));
        assert_eq!(counts("# {{{\r{a}"), (3, 1, None));
        assert_eq!(counts("\"\"\"\"\"\" [ \"\" ["), (4, 2, None));
    }

    #[test]
    fn a_string_without_an_end_is_found_with_its_line() {
        assert_eq!(counts("{\n a(b: \"x\n[[[").2, Some(2));
        assert_eq!(counts("\"\"\" [[[").2, Some(1));
        assert_eq!(counts("\"\\").2, Some(1));
        assert_eq!(counts("\"\"\"a\nb\"\"\"\n\"").2, Some(3));
    }

    #[test]
    fn json_is_nested_as_deep_as_its_brackets() {
        assert_eq!(json_nesting(br#"{"a":[1,{"b":[]}],"c":"[[[[\"[["}"#), 4);
        assert_eq!(json_nesting(b"]]][["), 2);
        assert_eq!(json_nesting(br#""\\"["#), 1);
    }
}
