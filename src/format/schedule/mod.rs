//! c3voc's schedule.xml and schedule.json (version 1), which the apps for conferences read: written as strictly as their
//! published schemas ask, read as leniently as real files need.
//!
//! The formats know events in rooms on days, and nothing above them. An event is a timed [session] of a panel. What has
//! no place in them is left out: sessions that are to be announced, what is cancelled, affiliations, and which role
//! somebody has. Links to rooms and e-mail addresses never get in.
//!
//! An event is known by its GUID and by a number, from which apps make favourites and addresses. The GUID is the session's
//! key, if that is a UUID as it is after an import, else its id; the number is made of the GUID. Both stay the same
//! whatever happens to the session, unless somebody gives it another key.
//!
//! [session]: crate::format::program_file::Session

mod days;
mod ids;
mod json;
mod over;
mod people;
mod places;
mod plan;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod xml;

pub use json::json;
pub use read::{Schedule, read_json, read_xml};
pub use xml::xml;

/// The media type of schedule.xml, as registered with IANA.
pub const XML_TYPE: &str = "application/vnd.c3voc.schedule+xml";

/// The server that writes.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// The address that people reach it by, without a slash at its end.
    pub public: &'a str,
}

/// The room of sessions that have none: the formats have no place for an event outside a room.
const NO_ROOM: &str = "To be announced";

/// The hour at which a day of a schedule ends: what is on at two in the morning belongs to the evening before.
const DAY_BREAK: u32 = 4;
