//! What an upload is: as its address says, else its media type, else what it begins with.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use entity::enums::ImportFormat;

use super::answer::Refusal;
use crate::error::AppError;
use crate::format::encoding::packed;
use crate::format::input::has_schedule;
use crate::http::params::{Params, ParamsFault};
use crate::program::zone::Zone;

/// What is read, for whoever sent something else.
const READ: &str = "Send the file itself as the body: a program file (JSON), a schedule.xml or schedule.json as c3voc \
                    writes it, or a table as CSV; and say which with ?format=program, schedule.xml, schedule.json or csv.";

/// The parameters that an address may have.
const PARAMETERS: [&str; 3] = ["format", "prune", "timeZone"];

/// What a request says of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// What it is.
    pub(super) format: Named,
    /// Whether what it no longer has is to be removed.
    pub(super) prune: bool,
    /// The time zone, whatever it names itself.
    pub(super) time_zone: Option<String>,
}

/// What a file is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// This.
    Is(ImportFormat),
    /// Some JSON.
    Json,
    /// Anything.
    Unknown,
}

/// What the address and the headers say.
pub(super) fn said(query: Option<&str>, headers: &HeaderMap) -> Result<Said, Refusal> {
    let params = Params::of_query(query).map_err(|fault| match fault {
        ParamsFault::Twice(name) => Refusal::malformed(format!("The parameter `{name}` is given twice.")),
        ParamsFault::NoForm => Refusal::malformed("The parameters of the address can't be read."),
    })?;
    if let Some(name) = params.names().find(|name| !PARAMETERS.contains(name)) {
        let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        let known = PARAMETERS.join(", ");
        return Err(Refusal::malformed(format!("There is no parameter `{name}` here; there are {known}.")));
    }
    let prune = match params.get("prune") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Refusal::malformed("The parameter `prune` is true or false.")),
    };
    let time_zone = params.get("timeZone").map(str::to_owned);
    if time_zone.as_deref().is_some_and(|name| Zone::named(name).is_none()) {
        let mend = "write its IANA name, as Asia/Almaty or Europe/Lisbon.";
        return Err(Refusal::malformed(format!("The parameter `timeZone` is no time zone; {mend}")));
    }
    let plain = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
        return Err(wrong("The file must not be compressed: send it as it is, without Content-Encoding."));
    }
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media.starts_with("multipart/") {
        return Err(wrong(format!("This is a form. {READ}")));
    }
    let format = match params.get("format") {
        Some("program") => Named::Is(ImportFormat::Program),
        Some("schedule.xml") => Named::Is(ImportFormat::ScheduleXml),
        Some("schedule.json") => Named::Is(ImportFormat::ScheduleJson),
        Some("csv") => Named::Is(ImportFormat::Csv),
        Some(_) => {
            let known = "program, schedule.xml, schedule.json and csv";
            return Err(wrong(format!("This format is not read; {known} are.")));
        }
        None => match media.as_str() {
            "application/json" => Named::Json,
            "application/xml" | "text/xml" | "application/vnd.c3voc.schedule+xml" => {
                Named::Is(ImportFormat::ScheduleXml)
            }
            "text/csv" => Named::Is(ImportFormat::Csv),
            _ => Named::Unknown,
        },
    };
    Ok(Said { format, prune, time_zone })
}

fn wrong(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, AppError::bad_input(message))
}

/// What a file is, of which this is said.
pub(super) fn of(named: Named, bytes: &[u8]) -> Result<ImportFormat, Refusal> {
    if let Some(what) = packed(bytes) {
        return Err(wrong(format!("It can't be read: {what}.")));
    }
    match named {
        Named::Is(format) => Ok(format),
        Named::Json => Ok(of_json(bytes)),
        Named::Unknown => of_content(bytes).ok_or_else(|| wrong(format!("It can't be told what this is. {READ}"))),
    }
}

fn of_content(bytes: &[u8]) -> Option<ImportFormat> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        // Whatever it is, it is in UTF-16, which its reader says.
        return Some(ImportFormat::Program);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match text.first()? {
        b'{' => Some(of_json(bytes)),
        b'<' => Some(ImportFormat::ScheduleXml),
        b'[' => None,
        _ => {
            let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
            let line = std::str::from_utf8(line.get(..line.len().min(4_096))?).ok()?;
            let is_text = !line.chars().any(|c| c.is_control() && c != '\t');
            (is_text && line.contains([',', ';', '\t'])).then_some(ImportFormat::Csv)
        }
    }
}

/// Which of the two that are JSON.
fn of_json(bytes: &[u8]) -> ImportFormat {
    if has_schedule(bytes) { ImportFormat::ScheduleJson } else { ImportFormat::Program }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_what_it_begins_with() {
        for (bytes, expected) in [
            (&b""[..], None),
            (b"  ", None),
            (b" {\"version\": 1, \"schedule\": 1}", Some(ImportFormat::Program)),
            (
                b"\xef\xbb\xbf{\"$schema\": \"\", \"generator\": {\"name\": [1]}, \"schedule\": {",
                Some(ImportFormat::ScheduleJson),
            ),
            (b"{\"rooms\": [], \"schedule\": {\"", Some(ImportFormat::ScheduleJson)),
            (b"{\"schedule", Some(ImportFormat::Program)),
            (b"{", Some(ImportFormat::Program)),
            (b"[{}]", None),
            (b"\n<?xml version='1.0'?>", Some(ImportFormat::ScheduleXml)),
            (b"\xef\xbb\xbfcode;title\n", Some(ImportFormat::Csv)),
            (b"code\ttitle\r\n\x00", Some(ImportFormat::Csv)),
            (b"\xff\xfe{\0", Some(ImportFormat::Program)),
            (b"a word\n", None),
            (b"\x7fELF,\x02", None),
            (b"\xff,\n", None),
        ] {
            assert_eq!(of(Named::Unknown, bytes).ok(), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
        for packed in [&b"\x1f\x8b\x08"[..], b"PK\x03\x04", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"] {
            assert!(of(Named::Is(ImportFormat::Csv), packed).is_err());
        }
    }

    proptest::proptest! {
        #[test]
        fn anything_may_come(bytes: Vec<u8>, text in "[{<]?\\PC{0,60}") {
            for named in [Named::Unknown, Named::Json] {
                let _ = of(named, &bytes);
                let _ = of(named, text.as_bytes());
            }
        }
    }
}
