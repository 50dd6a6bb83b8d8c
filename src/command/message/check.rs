//! What a message may say.

use crate::command::Fault;

/// The most characters of a message.
pub const LONGEST_TEXT: usize = 5_000;

/// The most characters of a subject.
pub const LONGEST_SUBJECT: usize = 150;

/// A message's text, without blanks around it and with one kind of line end.
pub(super) fn text(given: &str) -> Result<String, Fault> {
    // Before anything is copied: no letter has more bytes than this.
    let too_long = || Fault::invalid("text", format!("A message has at most {LONGEST_TEXT} characters; shorten it."));
    if given.len() > 2 * 4 * LONGEST_TEXT {
        return Err(too_long());
    }
    let text = given.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::invalid("text", "The message is empty; write something."));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(too_long());
    }
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
        let message = "The message has control characters in it; of those there may be line ends and tabs only.";
        return Err(Fault::invalid("text", message));
    }
    Ok(text.to_owned())
}

/// A subject: one line, or none.
pub(super) fn subject(given: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else { return Ok(None) };
    if given.len() > 4 * LONGEST_SUBJECT || given.chars().count() > LONGEST_SUBJECT {
        let message = format!("A subject has at most {LONGEST_SUBJECT} characters; shorten it.");
        return Err(Fault::invalid("subject", message));
    }
    if given.chars().any(char::is_control) {
        return Err(Fault::invalid("subject", "A subject is one line without control characters."));
    }
    Ok(Some(given.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_is_clean(given in "[\\x00-\\x7f\u{80}-\u{a0}é]{0,60}") {
            if let Ok(text) = text(&given) {
                prop_assert!(!text.is_empty() && text.trim() == text);
                prop_assert!(!text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')));
            }
            if let Ok(Some(subject)) = subject(Some(&given)) {
                prop_assert!(!subject.chars().any(char::is_control));
            }
        }
    }

    #[test]
    fn lengths() {
        assert_eq!(text(" a\r\nb\rc "), Ok("a\nb\nc".into()));
        assert!(text(&"é".repeat(LONGEST_TEXT)).is_ok());
        assert!(text(&"é".repeat(LONGEST_TEXT + 1)).is_err());
        assert!(text(&"x".repeat(10_000_000)).is_err());
        assert!(text(" \n ").is_err() && text("\0").is_err() && text("a\u{7}b").is_err());
        assert_eq!(subject(Some("  ")), Ok(None));
        assert!(subject(Some(&"é".repeat(LONGEST_SUBJECT))).is_ok_and(|subject| subject.is_some()));
        assert!(subject(Some(&"é".repeat(LONGEST_SUBJECT + 1))).is_err());
        assert!(subject(Some("a\r\nBcc: x@example.org")).is_err());
    }
}
