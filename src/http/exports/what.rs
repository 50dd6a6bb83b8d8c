//! What there is of a program, by its name in addresses.

use std::io;
use std::sync::Arc;

use async_graphql::ID;
use axum::http::{HeaderMap, HeaderValue, header};
use chrono::NaiveDate;
use entity::conference;
use uuid::Uuid;

use super::part_path;
use crate::format::Scope;
use crate::format::calendar::{Calendar, Extent};
use crate::format::output::{OutputFormat, Server};
use crate::graphql::{GlobalId, NodeKind};
use crate::http::feed;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::row::Table;

/// The file of the feed of releases.
const RELEASES: &str = "releases.atom";

/// One file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// All of it in a format.
    Whole(OutputFormat),
    /// The calendar of a day.
    Day(NaiveDate),
    /// That of a room, panel or session: the conference's id, and its own.
    Part(Part, Uuid, Uuid),
    /// The feed of releases.
    Releases,
}

/// What of a program has a calendar of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Room,
    Panel,
    Session,
}

impl Part {
    const fn node(self) -> NodeKind {
        match self {
            Self::Room => NodeKind::Room,
            Self::Panel => NodeKind::Panel,
            Self::Session => NodeKind::Session,
        }
    }

    const fn table(self) -> Table {
        match self {
            Self::Room => Table::Room,
            Self::Panel => Table::Panel,
            Self::Session => Table::Session,
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Panel => "panel",
            Self::Session => "session",
        }
    }

    const fn extent(self, ix: Ix) -> Extent {
        match self {
            Self::Room => Extent::Room(ix),
            Self::Panel => Extent::Panel(ix),
            Self::Session => Extent::Session(ix),
        }
    }
}

impl What {
    /// By the name of a file.
    pub(super) fn file(name: &str) -> Option<Self> {
        if name == RELEASES {
            return Some(Self::Releases);
        }
        OutputFormat::ALL.into_iter().find(|format| format.file() == name).map(Self::Whole)
    }

    /// By the name of a file in a folder: `day/2027-05-18.ics`, and `room`, `panel`, `session` with a global id.
    pub(super) fn part(kind: &str, name: &str) -> Option<Self> {
        let id = name.strip_suffix(".ics")?;
        if kind == "day" {
            // As it is written, so that there is one address.
            return id.parse().ok().filter(|date: &NaiveDate| date.to_string() == id).map(Self::Day);
        }
        let part = [Part::Room, Part::Panel, Part::Session].into_iter().find(|part| part.folder() == kind)?;
        match GlobalId::parse(&ID::from(id)) {
            Ok(GlobalId { kind, conference, row }) if kind == part.node() => Some(Self::Part(part, conference, row)),
            Ok(_) | Err(_) => None,
        }
    }

    /// Whether this program has it.
    pub(super) fn is_of(self, program: &Program) -> bool {
        match self {
            Self::Whole(_) | Self::Releases => true,
            Self::Day(date) => program.index.days.iter().any(|day| day.date == date),
            Self::Part(part, conference, row) => {
                conference == program.id() && program.place(part.table(), row).is_some()
            }
        }
    }

    /// What writes it of this program.
    pub(super) fn writer(
        self,
        program: &Arc<Program>,
        public: &Arc<str>,
        refresh: u32,
    ) -> impl FnOnce() -> io::Result<Vec<u8>> + Send + use<> {
        let (program, public) = (Arc::clone(program), Arc::clone(public));
        move || {
            let mut out = Vec::new();
            let slug = &program.conference().slug;
            let (extent, kind, name) = match self {
                Self::Whole(format) => {
                    format.write(&program, Scope::Public, Server { public: &public, refresh }, &mut out);
                    return Ok(out);
                }
                Self::Releases => return feed::atom(&program, &public),
                Self::Day(date) => (Extent::Day(date), "day", date.to_string()),
                Self::Part(part, conference, row) => {
                    let gone = || io::Error::other("it is gone");
                    let ix = program.place(part.table(), row).ok_or_else(gone)?;
                    let id = GlobalId { kind: part.node(), conference, row }.encode();
                    (part.extent(ix), part.folder(), id.as_str().to_owned())
                }
            };
            let source = format!("{public}{}", part_path(slug, kind, &name));
            Calendar::public(&program, extent, source, refresh).write(&mut out);
            Ok(out)
        }
    }

    /// What the answer says of it.
    pub(super) fn describe(self, own: &conference::Model, headers: &mut HeaderMap) {
        let (media, file) = match self {
            Self::Whole(format) => (format.media_type(), format.file()),
            Self::Day(_) | Self::Part(..) => (OutputFormat::Calendar.media_type(), OutputFormat::Calendar.file()),
            Self::Releases => ("application/atom+xml; charset=utf-8", RELEASES),
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        // A table is for a spreadsheet; all else a browser may show. A slug is letters, digits and hyphens.
        let how = if matches!(self, Self::Whole(OutputFormat::Table(_))) { "attachment" } else { "inline" };
        if let Ok(value) = HeaderValue::from_str(&format!("{how}; filename=\"{}-{file}\"", own.slug)) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
}
