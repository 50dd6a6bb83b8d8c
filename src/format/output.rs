//! What a program is written as: the program file, or a format of others. The one list of them, for the command line
//! and for HTTP.

use super::Scope;
use super::calendar::{Calendar, Extent};
use super::schedule::{self, Base};
use super::table::{self, TableKind};
use super::write::write_program;
use crate::program::Program;

/// A format that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// The program file.
    Program,
    /// c3voc's schedule.xml.
    ScheduleXml,
    /// c3voc's schedule.json.
    ScheduleJson,
    /// A calendar of the whole conference.
    Calendar,
    /// One table as CSV.
    Table(TableKind),
}

/// Where a program is served.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// The address that people reach it by, without a slash at its end.
    pub public: &'a str,
    /// After how many minutes calendar applications should look again.
    pub refresh: u32,
}

impl OutputFormat {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Program,
        Self::ScheduleXml,
        Self::ScheduleJson,
        Self::Calendar,
        Self::Table(TableKind::Panels),
        Self::Table(TableKind::Papers),
        Self::Table(TableKind::Sessions),
        Self::Table(TableKind::People),
        Self::Table(TableKind::Roles),
    ];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Program => "json",
            Self::ScheduleXml => "schedule.xml",
            Self::ScheduleJson => "schedule.json",
            Self::Calendar => "calendar.ics",
            Self::Table(TableKind::Panels) => "panels.csv",
            Self::Table(TableKind::Papers) => "papers.csv",
            Self::Table(TableKind::Sessions) => "sessions.csv",
            Self::Table(TableKind::People) => "people.csv",
            Self::Table(TableKind::Roles) => "roles.csv",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What a file of this name is to be: `s.xml`, `2027.calendar.ics`, `papers.csv`. `None` if the name doesn't say.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let own = |format: &Self| match format {
            Self::Program => false,
            Self::ScheduleXml => name.ends_with(".xml"),
            Self::Calendar => name.ends_with(".ics"),
            Self::ScheduleJson | Self::Table(_) => name.ends_with(format.name()),
        };
        Self::ALL.into_iter().find(own)
    }

    /// What its file is called.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Program => "program.json",
            Self::ScheduleXml | Self::ScheduleJson | Self::Calendar | Self::Table(_) => self.name(),
        }
    }

    /// What its file is, for programs.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Program | Self::ScheduleJson => "application/json",
            Self::ScheduleXml => schedule::XML_TYPE,
            Self::Calendar => "text/calendar; charset=utf-8",
            Self::Table(_) => "text/csv; charset=utf-8; header=present",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Program => "The program file that `import` reads: everything",
            Self::ScheduleXml => "The schedule for conference apps (c3voc), without links and addresses",
            Self::ScheduleJson => "The same as JSON",
            Self::Calendar => "The sessions as a calendar (iCalendar), without links and addresses",
            Self::Table(TableKind::Panels) => "Panels, for spreadsheets",
            Self::Table(TableKind::Papers) => "Papers with their keywords and authors, for spreadsheets",
            Self::Table(TableKind::Sessions) => "Sessions with their rooms and slots, for spreadsheets",
            Self::Table(TableKind::People) => "People, for spreadsheets",
            Self::Table(TableKind::Roles) => "Who does what in panels and sessions, for spreadsheets",
        }
    }

    /// Writes a program to the end of `out`: the same program always gives the same bytes. What `server` says is for
    /// formats that name addresses; those of others are for everybody, whatever the scope.
    pub fn write(self, program: &Program, scope: Scope, server: Server<'_>, out: &mut Vec<u8>) {
        let base = Base { public: server.public };
        match self {
            Self::Program => write_program(program, scope, out),
            Self::ScheduleXml => schedule::xml(program, &base, out),
            Self::ScheduleJson => schedule::json(program, &base, out),
            Self::Calendar => {
                let source = format!("{}/c/{}/{}", server.public, program.conference().slug, self.file());
                Calendar::public(program, Extent::Conference, source, server.refresh).write(out);
            }
            Self::Table(kind) => table::write(program, kind, scope, out),
        }
    }
}
