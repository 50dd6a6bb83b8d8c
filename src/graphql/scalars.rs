//! The schema's own scalars. Each is text with a form of its own, checked on the way in.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, NaiveTime, SecondsFormat, Utc};

use crate::command::Fault;

/// An instant in UTC, as RFC 3339 writes it: `2027-05-18T03:00:00Z`. On the way in any offset is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// A calendar date, as ISO 8601 writes it: `2027-05-18`. In a conference it is the date in its time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A time of day on the clocks of the conference's time zone, to the minute: `09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime(pub NaiveTime);

/// A time zone by its name in the IANA time zone database: `Asia/Almaty`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(pub String);

/// An address on the web, absolute, as RFC 3986 writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url(pub String);

/// Where a client stands in a conference's history. Opaque: send back what a `cursor` field gave. Whatever is asked
/// with a cursor is answered at least as new as that cursor, whichever server answers; one of a history that the
/// server does not know is ignored. Not for pages: those have cursors of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub crate::cursor::Cursor);

/// A scalar in the input of a mutation, right or wrong: what is wrong with it is told as whatever else is wrong with the
/// input is, in `userErrors`. In the schema it is the scalar itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lenient<T>(Result<T, String>);

/// How to write a scalar.
pub trait Form {
    /// For whoever has written it in another way.
    const MEND: &'static str;
}

impl Form for DateTime {
    const MEND: &'static str = "This is no instant; write it as 2027-05-18T03:00:00Z.";
}

impl Form for Date {
    const MEND: &'static str = "This is no date, or one that does not exist; write it as 2027-05-18.";
}

impl Form for LocalTime {
    const MEND: &'static str = "This is no time of day; write it as 09:00.";
}

impl Form for TimeZone {
    const MEND: &'static str = "This is no time zone; write its IANA name, as Asia/Almaty or Europe/Lisbon.";
}

impl Form for Url {
    // What is wrong is never repeated: it may be good but for a letter.
    const MEND: &'static str = "This is no address; write it as https://example.org/page, without a user name.";
}

impl<T: Form> Lenient<T> {
    /// It.
    ///
    /// # Errors
    /// INVALID at this field, if it is none.
    pub(super) fn right(self, field: &str) -> Result<T, Fault> {
        self.0.map_err(|_| Fault::invalid(field, T::MEND))
    }
}

impl<T: InputType> InputType for Lenient<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let written = match &value {
            Some(Value::String(written)) => written.clone(),
            _ => return T::parse(value).map(|right| Self(Ok(right))).map_err(InputValueError::propagate),
        };
        Ok(Self(T::parse(value).map_err(|_| written)))
    }

    fn to_value(&self) -> Value {
        match &self.0 {
            Ok(right) => right.to_value(),
            Err(wrong) => Value::String(wrong.clone()),
        }
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

fn text<T: ScalarType + InputType>(
    value: Value,
    example: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> InputValueResult<T> {
    let Value::String(text) = &value else {
        return Err(InputValueError::custom(format!("expected a string such as \"{example}\"")));
    };
    parse(text).ok_or_else(|| {
        let short: String = text.chars().take(60).collect();
        InputValueError::custom(format!("\"{short}\" has another form than \"{example}\", or does not exist"))
    })
}

/// An instant in UTC, as RFC 3339 writes it: `2027-05-18T03:00:00Z`. On the way in any offset is accepted.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, "2027-05-18T03:00:00Z", |text| {
            Some(Self(chrono::DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc)))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A calendar date, as ISO 8601 writes it: `2027-05-18`. In a conference it is the date in its time zone.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, "2027-05-18", |text| {
            // The parser would take signs and blanks too.
            let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            plain.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self)).flatten()
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A time of day on the clocks of the conference's time zone, to the minute: `09:00`.
#[Scalar(name = "LocalTime")]
impl ScalarType for LocalTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, "09:00", |text| {
            let plain = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
            plain.then(|| NaiveTime::parse_from_str(text, "%H:%M").ok().map(Self)).flatten()
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%H:%M").to_string())
    }
}

/// A time zone by its name in the IANA time zone database: `Asia/Almaty`.
#[Scalar(name = "TimeZone")]
impl ScalarType for TimeZone {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, "Asia/Almaty", |text| Some(Self(crate::program::zone::Zone::named(text)?.name().to_owned())))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// An address on the web, absolute, as RFC 3986 writes it.
#[Scalar(name = "URL", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3986")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, "https://example.org/", |text| url::Url::parse(text).ok().map(|_| Self(text.to_owned())))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// Where a client stands in a conference's history. Opaque: send back what a `cursor` field gave. Whatever is asked
/// with a cursor is answered at least as new as that cursor, whichever server answers; one of a history that the
/// server does not know is ignored. Not for pages: those have cursors of their own.
#[Scalar(name = "Cursor")]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::custom("expected a string, as a `cursor` field gives it"));
        };
        crate::cursor::Cursor::decode(text)
            .map(Self)
            .ok_or_else(|| InputValueError::custom("this is no cursor; send one as a `cursor` field gave it"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.encode())
    }
}

impl Url {
    /// An address that is stored.
    pub(super) fn of(stored: Option<&String>) -> Option<Self> {
        stored.map(|text| Self(text.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed<T: ScalarType>(value: Value) -> Option<T> {
        T::parse(value).ok()
    }

    fn date(text: &str) -> Option<String> {
        parsed::<Date>(Value::from(text)).map(|date| date.0.to_string())
    }

    #[test]
    fn dates_have_one_form() {
        assert_eq!(date("2027-05-18").as_deref(), Some("2027-05-18"));
        for wrong in ["2027-5-18", "2027-05-1 ", "+027-05-18", "2027-02-30", "18.05.2027", ""] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
        assert_eq!(parsed::<Date>(Value::from(20_270_518)), None);
    }

    #[test]
    fn times_of_day_have_one_form() {
        let time = |text: &str| parsed::<LocalTime>(Value::from(text));
        assert!(time("09:05").is_some());
        for wrong in ["9:05", " 9:05", "24:00", "09:60", "+9:05"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn instants_come_back(seconds in 0i64..4_000_000_000, micros in 0u32..1_000_000) {
            let at = DateTime(chrono::DateTime::from_timestamp(seconds, micros * 1_000).unwrap());
            proptest::prop_assert_eq!(parsed::<DateTime>(ScalarType::to_value(&at)), Some(at));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let value = Value::from(text);
            let _ = (parsed::<Date>(value.clone()), parsed::<LocalTime>(value.clone()));
            let _ = (parsed::<DateTime>(value.clone()), parsed::<TimeZone>(value.clone()));
            let _ = (parsed::<Url>(value.clone()), parsed::<Cursor>(value));
        }
    }
}
