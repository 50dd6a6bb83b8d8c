//! The log of slow requests: the document says why one is slow, so it is logged; what a person may have written into it
//! is not.

use std::time::Duration;

/// How much of a document is logged, in characters.
const MOST_CHARS: usize = 4_000;

/// Logs a request that took long.
pub(super) fn log(query: &str, operation: Option<&str>, took: Duration, request_id: &str) {
    let document = without_texts(query);
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let operation = operation.unwrap_or("-");
    tracing::warn!(target: "plenary::slow", request_id, operation, duration_ms, document, "a slow request");
}

/// The document without what is in its strings and comments: those may hold personal data, as variables may.
fn without_texts(query: &str) -> String {
    let mut kept = String::new();
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        if kept.chars().count() >= MOST_CHARS {
            break;
        }
        if let Some(block) = rest.strip_prefix("\"\"\"") {
            kept.push_str("\"\"");
            rest = after_block(block);
        } else if let Some(text) = rest.strip_prefix('"') {
            kept.push_str("\"\"");
            rest = after_string(text);
        } else if c == '#' {
            rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
        } else {
            // As one line, whatever the layout.
            let blank = c.is_whitespace() || c == ',';
            if !(blank && (kept.is_empty() || kept.ends_with(' '))) {
                kept.push(if blank { ' ' } else { c });
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    kept
}

fn after_block(mut rest: &str) -> &str {
    while let Some(end) = rest.find("\"\"\"") {
        let escaped = rest[..end].ends_with('\\');
        rest = &rest[end + 3..];
        if !escaped {
            return rest;
        }
    }
    ""
}

fn after_string(text: &str) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[at + 1..],
            // A string ends with its line at the latest.
            '\n' | '\r' => return &text[at..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_wrote_is_left_out() {
        for (query, expected) in [
            ("{ a(b: \"secret\") }", "{ a(b: \"\") }"),
            ("{ a(b: \"\\\"secret\\\\\", c: 1) }", "{ a(b: \"\" c: 1) }"),
            ("{ a(b: \"\"\"secret \\\"\"\" secret\"\"\") }", "{ a(b: \"\") }"),
            ("{ a # secret\n b }", "{ a b }"),
            ("{ a(b: \"secret\n) }", "{ a(b: \"\" ) }"),
            ("{ a(b: \"\"\"secret", "{ a(b: \"\""),
            ("{ a(b: \"\", c: \"secret\") }", "{ a(b: \"\" c: \"\") }"),
        ] {
            assert_eq!(without_texts(query), expected);
        }
        assert!(without_texts(&"a ".repeat(10_000)).chars().count() <= MOST_CHARS);
    }

    proptest::proptest! {
        #[test]
        fn any_text_may_come(text in "\\PC*") {
            without_texts(&text);
            let quoted = serde_json::to_string(&text).unwrap();
            proptest::prop_assert_eq!(without_texts(&format!("{{ a(b: {quoted}) }}")), "{ a(b: \"\") }");
        }
    }
}
