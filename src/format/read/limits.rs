//! What the program file has: the properties of its objects, and how much of what. The reader, the JSON Schema and the
//! tables take it from here, so that they can't differ.

/// The properties of one kind of object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Those that have to be there.
    pub required: &'static [&'static str],
    /// Those that may be left out.
    pub optional: &'static [&'static str],
}

/// The document.
pub(crate) const DOCUMENT: Shape =
    Shape { required: &["version", "conference"], optional: &["tracks", "rooms", "people", "panels"] };
/// The conference.
pub(crate) const CONFERENCE: Shape =
    Shape { required: &["slug", "name", "timeZone", "startsOn", "endsOn"], optional: &["url", "settings"] };
/// The conference's settings.
pub(crate) const SETTINGS: Shape = Shape { required: &[], optional: &["visibility", "linkAudience", "linksOpenAt"] };
/// A track.
pub(crate) const TRACK: Shape = Shape { required: &["code", "name"], optional: &[] };
/// A room.
pub(crate) const ROOM: Shape = Shape { required: &["key", "name"], optional: &["kind", "capacity", "link"] };
/// A person.
pub(crate) const PERSON: Shape =
    Shape { required: &["key", "name"], optional: &["affiliation", "country", "orcid", "email", "url", "biography"] };
/// A role in a panel or session.
pub(crate) const ROLE: Shape = Shape { required: &["person", "role"], optional: &["affiliation"] };
/// A panel.
pub(crate) const PANEL: Shape = Shape {
    required: &["code", "title"],
    optional: &[
        "key",
        "kind",
        "track",
        "language",
        "shortAbstract",
        "abstract",
        "status",
        "url",
        "roles",
        "papers",
        "sessions",
    ],
};
/// A paper.
pub(crate) const PAPER: Shape = Shape {
    required: &["key", "title"],
    optional: &["abstract", "type", "language", "status", "keywords", "url", "authors"],
};
/// An author of a paper.
pub(crate) const AUTHOR: Shape = Shape { required: &["person"], optional: &["affiliation", "presenting"] };
/// A session.
pub(crate) const SESSION: Shape = Shape {
    required: &["key", "number"],
    optional: &["title", "date", "start", "fold", "end", "status", "roles", "rooms", "slots"],
};
/// A session's use of a room.
pub(crate) const SESSION_ROOM: Shape = Shape { required: &["room"], optional: &["link"] };
/// A paper in a session.
pub(crate) const SLOT: Shape = Shape { required: &["paper"], optional: &["start", "minutes", "room"] };

/// The most elements that any list may have, and the most papers and sessions that a program may have.
pub(crate) const MOST_ELEMENTS: usize = 50_000;
/// The most elements of all other lists inside panels, papers and sessions together.
pub(crate) const MOST_SMALL: usize = 500_000;

/// The most sessions of one panel: what is said of a panel is written for each of them.
pub(crate) const MOST_SITTINGS: usize = 1_000;
/// How long all that is written of a program's sessions may come to, in bytes: the texts of its panel and what is told of
/// roles and papers, for each of them.
pub(crate) const MOST_WRITTEN: usize = 256 << 20;

/// The length of abstracts and biographies, in characters.
pub(crate) const LONG: usize = 50_000;
/// The length of titles, in characters.
pub(crate) const TITLE: usize = 1_000;
/// The length of names, in characters.
pub(crate) const NAME: usize = 300;
/// The length of keys, in characters.
pub(crate) const KEY: usize = 200;
/// The length of addresses, in characters: more is no address that anything accepts.
pub(crate) const ADDRESS: usize = 2_000;
/// The length of e-mail addresses, in bytes: RFC 5321 4.5.3.1.3, without the angle brackets.
pub(crate) const EMAIL: usize = 254;
/// The length of printed codes, in characters.
pub(crate) const CODE: usize = 40;
/// The length of language tags.
pub(crate) const LANGUAGE: usize = 35;
/// The length of what a conference calls a kind of paper, in characters.
pub(crate) const TYPE: usize = 60;
/// The highest number of a session.
pub(crate) const MOST_NUMBER: i32 = 1_000_000;
/// The most minutes of a slot: a day.
pub(crate) const MOST_MINUTES: i32 = 1_440;
