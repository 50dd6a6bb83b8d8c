//! What there is of a program, by its name in addresses.

use std::io;
use std::sync::Arc;

use async_graphql::ID;
use axum::http::{HeaderMap, HeaderValue, header};
use chrono::NaiveDate;
use entity::conference;
use uuid::Uuid;

use crate::format::calendar::{Calendar, Extent};
use crate::graphql::{GlobalId, NodeKind};
use crate::http::feed;
use crate::program::Program;
use crate::program::row::Table;

/// One file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// The program file.
    Program,
    /// The calendar of the whole conference.
    Calendar,
    /// That of a day.
    Day(NaiveDate),
    /// That of a room, panel or session.
    Part(Table, Uuid, Uuid),
    /// The feed of releases.
    Releases,
}

impl What {
    /// By the name of a file.
    pub(super) fn file(name: &str) -> Option<Self> {
        match name {
            "program.json" => Some(Self::Program),
            "calendar.ics" => Some(Self::Calendar),
            "releases.atom" => Some(Self::Releases),
            _ => None,
        }
    }

    /// By the name of a file in a folder: `day/2027-05-18.ics`, and `room`, `panel`, `session` with a global id.
    pub(super) fn part(kind: &str, name: &str) -> Option<Self> {
        let id = name.strip_suffix(".ics")?;
        let of = |wanted: NodeKind, table: Table| match GlobalId::parse(&ID::from(id)) {
            Ok(GlobalId { kind, conference, row }) if kind == wanted => Some(Self::Part(table, conference, row)),
            Ok(_) | Err(_) => None,
        };
        match kind {
            // As it is written, so that there is one address.
            "day" => id.parse().ok().filter(|date: &NaiveDate| date.to_string() == id).map(Self::Day),
            "room" => of(NodeKind::Room, Table::Room),
            "panel" => of(NodeKind::Panel, Table::Panel),
            "session" => of(NodeKind::Session, Table::Session),
            _ => None,
        }
    }

    /// Whether this program has it.
    pub(super) fn is_of(self, program: &Program) -> bool {
        match self {
            Self::Program | Self::Calendar | Self::Releases => true,
            Self::Day(date) => program.index.days.iter().any(|day| day.date == date),
            Self::Part(table, conference, row) => conference == program.id() && program.place(table, row).is_some(),
        }
    }

    /// Its path below that of the conference.
    fn path(self) -> String {
        let part = |folder: &str, kind, conference, row| {
            let id = GlobalId { kind, conference, row }.encode();
            format!("{folder}/{}.ics", id.as_str())
        };
        match self {
            Self::Program => "program.json".into(),
            Self::Calendar => "calendar.ics".into(),
            Self::Releases => "releases.atom".into(),
            Self::Day(date) => format!("day/{date}.ics"),
            Self::Part(Table::Room, conference, row) => part("room", NodeKind::Room, conference, row),
            Self::Part(Table::Panel, conference, row) => part("panel", NodeKind::Panel, conference, row),
            Self::Part(_, conference, row) => part("session", NodeKind::Session, conference, row),
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
            let place = |table, row| program.place(table, row).ok_or_else(|| io::Error::other("it is gone"));
            let extent = match self {
                Self::Program => {
                    let file = crate::format::write::public(crate::format::from_program::program_file(&program));
                    crate::format::write::write(&file, &mut out)?;
                    return Ok(out);
                }
                Self::Releases => return feed::atom(&program, &public),
                Self::Calendar => Extent::Conference,
                Self::Day(date) => Extent::Day(date),
                Self::Part(Table::Room, _, row) => Extent::Room(place(Table::Room, row)?),
                Self::Part(Table::Panel, _, row) => Extent::Panel(place(Table::Panel, row)?),
                Self::Part(_, _, row) => Extent::Session(place(Table::Session, row)?),
            };
            let source = format!("{public}/c/{}/{}", program.conference().slug, self.path());
            Calendar::public(&program, extent, source, refresh).write(&mut out);
            Ok(out)
        }
    }

    /// What the answer says of it.
    pub(super) fn describe(self, own: &conference::Model, headers: &mut HeaderMap) {
        let (media, file) = match self {
            Self::Program => ("application/json", format!("{}.json", own.slug)),
            Self::Calendar | Self::Day(_) | Self::Part(..) => {
                ("text/calendar; charset=utf-8", format!("{}.ics", own.slug))
            }
            Self::Releases => ("application/atom+xml; charset=utf-8", format!("{}.atom", own.slug)),
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        // A slug is letters, digits and hyphens.
        if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"{file}\"")) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
}
