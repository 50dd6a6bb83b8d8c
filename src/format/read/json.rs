//! JSON a value at a time. A document is never a tree in memory: each level hands the text of its values on, so that
//! nonsense of any size and depth costs no more memory than its own bytes.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) enum Kind {
    Object,
    List,
    String,
    Number,
    Boolean,
    Null,
}

impl Kind {
    pub(in crate::format) fn of(raw: &RawValue) -> Self {
        match raw.get().as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::List,
            Some(b'"') => Self::String,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::List => "a list",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Null => "null",
        })
    }
}

/// Hands on each element of a list until `take` says `false`.
pub(in crate::format) fn elements<'r>(raw: &'r RawValue, take: impl FnMut(usize, &'r RawValue) -> bool) {
    struct Elements<'r, F>(F, PhantomData<&'r ()>);
    impl<'r, F: FnMut(usize, &'r RawValue) -> bool> Visitor<'r> for Elements<'r, F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'r>>(mut self, mut list: A) -> Result<(), A::Error> {
            let mut n = 0;
            while let Some(element) = list.next_element::<&RawValue>()? {
                if !(self.0)(n, element) {
                    break;
                }
                n += 1;
            }
            Ok(())
        }
    }
    // The document's syntax has been checked; an error only means that reading was stopped early.
    let _ = serde_json::Deserializer::from_str(raw.get()).deserialize_seq(Elements(take, PhantomData));
}

/// Hands on each property of an object until `take` says `false`. Names come as they are written, for they may be of
/// any length, and half of a surrogate pair in one must not end the reading unseen.
pub(in crate::format) fn properties<'r>(raw: &'r RawValue, take: impl FnMut(&'r RawValue, &'r RawValue) -> bool) {
    struct Properties<'r, F>(F, PhantomData<&'r ()>);
    impl<'r, F: FnMut(&'r RawValue, &'r RawValue) -> bool> Visitor<'r> for Properties<'r, F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'r>>(mut self, mut object: A) -> Result<(), A::Error> {
            while let Some(name) = object.next_key::<&RawValue>()? {
                if !(self.0)(name, object.next_value::<&RawValue>()?) {
                    break;
                }
            }
            Ok(())
        }
    }
    let _ = serde_json::Deserializer::from_str(raw.get()).deserialize_map(Properties(take, PhantomData));
}
