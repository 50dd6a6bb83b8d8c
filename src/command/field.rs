//! Fields of inputs: what is given of them, and what is wrong with it. A command looks at all of its input and says
//! everything that is wrong at once.

use serde::{Deserialize, Deserializer};

use super::{Fault, FaultCode};
use crate::format::read::{KEY, LONG, NAME, TITLE, is_address, is_email, language_fault, orcid_fault};

/// A field of a patch: `None` is absent, and leaves things as they are; `Some(None)` is null, and takes away.
pub type Given<T> = Option<Option<T>>;

/// Reads a field of a patch that is there: null, or a value.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Given<T>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Declares the fields of a noun, as create and update take them and as a draft keeps them.
macro_rules! fields {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(
                    default,
                    skip_serializing_if = "Option::is_none",
                    deserialize_with = "crate::command::field::given"
                )]
                pub $field: $crate::command::field::Given<$type>,
            )+
        }
    };
}
pub(super) use fields;

/// How long a text may be, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Of the source's own identifiers.
    Key,
    /// Of names of people and conferences.
    Name,
    /// Of titles.
    Title,
    /// Of whatever else is text.
    Long,
    /// So many.
    Most(usize),
}

impl Length {
    const fn most(self) -> usize {
        match self {
            Self::Key => KEY,
            Self::Name => NAME,
            Self::Title => TITLE,
            Self::Long => LONG,
            Self::Most(most) => most,
        }
    }
}

/// What is wrong with an input, all of it.
#[derive(Debug, Default)]
pub(super) struct Check {
    faults: Vec<Fault>,
    /// Where the fields are.
    within: Vec<String>,
}

impl Check {
    /// Of the fields in this place of the input.
    pub(super) fn within(&mut self, place: &[&str]) {
        self.within = place.iter().map(|name| (*name).to_owned()).collect();
    }

    /// One fault more.
    pub(super) fn say(&mut self, code: FaultCode, field: &str, message: impl Into<String>) {
        let mut place = self.within.clone();
        place.push(field.to_owned());
        self.faults.push(Fault { code, field: place, message: message.into() });
    }

    /// One more value that is not what it has to be.
    pub(super) fn invalid(&mut self, field: &str, message: impl Into<String>) {
        self.say(FaultCode::Invalid, field, message);
    }

    /// One more that there is not.
    pub(super) fn not_found(&mut self, field: &str, message: impl Into<String>) {
        self.say(FaultCode::NotFound, field, message);
    }

    /// Everything that is wrong.
    pub(super) fn done(self) -> Result<(), Vec<Fault>> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }

    /// A value that there has to be.
    pub(super) fn value<T>(&mut self, field: &str, given: Given<T>, into: &mut T) {
        match given {
            None => {}
            Some(Some(value)) => *into = value,
            Some(None) => self.invalid(field, "This is never null; leave it out to leave it as it is."),
        }
    }

    /// A text that there has to be, with something in it.
    pub(super) fn text(&mut self, field: &str, given: Given<String>, length: Length, into: &mut String) {
        if let Some(Some(text)) = &given {
            if text.trim().is_empty() {
                return self.invalid(field, "This is empty; it needs at least one character.");
            }
            if !self.is_text(field, text, length) {
                return;
            }
        }
        self.value(field, given, into);
    }

    /// A text, or none.
    pub(super) fn maybe_text(&mut self, field: &str, given: Given<String>, length: Length, into: &mut Option<String>) {
        let Some(text) = given else { return };
        if text.as_deref().is_none_or(|text| self.is_text(field, text, length)) {
            *into = text;
        }
    }

    /// A text of a certain form, or none. `fault` says what is wrong with it.
    pub(super) fn form(
        &mut self,
        field: &str,
        given: Given<String>,
        into: &mut Option<String>,
        fault: impl Fn(&str) -> Option<String>,
    ) {
        let Some(text) = given else { return };
        match text.as_deref().and_then(fault) {
            None => *into = text,
            Some(message) => self.invalid(field, message),
        }
    }

    /// A public address, or none.
    pub(super) fn url(&mut self, field: &str, given: Given<String>, into: &mut Option<String>) {
        self.form(field, given, into, |url| {
            // Never repeated: what is wrong may be a password in it.
            let good = url.len() <= 2_000 && is_address(url, &["https://", "http://"]);
            let message = "This is no address that begins with http:// or https:// and has no user name, spaces, \
                           quotes, angle brackets or backslashes, in at most 2,000 characters.";
            (!good).then(|| message.to_owned())
        });
    }

    /// A language tag, or none.
    pub(super) fn language(&mut self, field: &str, given: Given<String>, into: &mut Option<String>) {
        self.form(field, given, into, |tag| language_fault(tag).map(sentence));
    }

    /// A country, or none.
    pub(super) fn country(&mut self, field: &str, given: Given<String>, into: &mut Option<String>) {
        self.form(field, given, into, |code| {
            let good = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
            (!good).then(|| "This is no country code; write two capitals (ISO 3166-1 alpha-2), as KZ.".to_owned())
        });
    }

    /// An ORCID iD, or none.
    pub(super) fn orcid(&mut self, field: &str, given: Given<String>, into: &mut Option<String>) {
        self.form(field, given, into, |orcid| orcid_fault(orcid).map(sentence));
    }

    /// An e-mail address, or none. It is never repeated: it is private.
    pub(super) fn email(&mut self, field: &str, given: Given<String>, into: &mut Option<String>) {
        self.form(field, given, into, |email| {
            let message = "This is no e-mail address; write it as name@example.org, or leave it out.";
            (!is_email(email)).then(|| message.to_owned())
        });
    }

    /// Whether a text can be kept.
    fn is_text(&mut self, field: &str, text: &str, length: Length) -> bool {
        let most = length.most();
        if text.chars().count() > most {
            self.invalid(field, format!("This is too long; the limit is {most} characters."));
            return false;
        }
        if let Some(c) = text.chars().find(|c| c.is_control() && !['\n', '\r', '\t'].contains(c)) {
            self.invalid(field, format!("This has the control character U+{:04X}; take it out.", u32::from(c)));
            return false;
        }
        true
    }
}

/// What the reader of files says, as a sentence.
fn sentence(message: String) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
