//! The schema's enums: the stored ones, described for their users.

use async_graphql::Enum;

use crate::format::output::OutputFormat;
use crate::format::table::TableKind;

/// Who a conference is shown to.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::Visibility")]
pub enum ConferenceVisibility {
    /// Its organizers only; for everyone else it does not exist.
    Draft,
    /// Everyone.
    Published,
}

/// How far somebody is let in, from least to most: each sees all that the ones before it see.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::Audience")]
pub enum Audience {
    /// Everyone, also without a login.
    Public,
    /// Whoever is logged in.
    SignedIn,
    /// Whoever is registered for the conference or on its program.
    Attendee,
    /// The conference's organizers.
    Organizer,
}

/// Whether a room has walls.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::RoomKind")]
pub enum RoomKind {
    /// A place to go to. It may have a link too.
    Physical,
    /// Only a link.
    Virtual,
}

/// What a panel is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::PanelKind")]
pub enum PanelKind {
    /// Papers and their discussion.
    Panel,
    /// A discussion without papers.
    Roundtable,
    /// Work in a group.
    Workshop,
    /// For the whole conference: a keynote, an opening.
    Plenary,
    /// A poster session.
    Posters,
    /// A screening.
    Film,
    /// A lesson.
    Tutorial,
    /// Anything else: a reception, a meeting.
    Other,
}

/// Whether a panel takes place.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::PanelStatus")]
pub enum PanelStatus {
    /// It takes place.
    Scheduled,
    /// It does not. It stays on the program, so that people notice.
    Cancelled,
}

/// Whether a session takes place.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::SessionStatus")]
pub enum SessionStatus {
    /// It takes place.
    Scheduled,
    /// It does not. It stays on the program, so that people notice.
    Cancelled,
}

/// Whether a paper is given.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::PaperStatus")]
pub enum PaperStatus {
    /// It is given.
    Accepted,
    /// It is not. It stays on the program, so that people notice.
    Withdrawn,
}

/// What a person does in a panel or session.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::Role")]
pub enum Role {
    /// Called for the papers and put the panel together.
    Convenor,
    /// Leads a sitting.
    Chair,
    /// Answers to the papers.
    Discussant,
    /// Leads a discussion.
    Moderator,
    /// Speaks without a paper.
    Speaker,
}

/// What is known of when a session is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::program::index::Timing")]
pub enum Timing {
    /// A date and a start; the end may still be to be announced.
    Timed,
    /// A date only; the time is to be announced.
    DateOnly,
    /// Nothing yet: date and time are to be announced.
    Unscheduled,
}

/// Whether there is a link for whoever asks, and if not, what would help. The first that holds.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::policy::LinkAccess")]
pub enum LinkAccess {
    /// There is no link.
    None,
    /// There is a link; log in to get it.
    SignIn,
    /// There is a link; it is for those who are registered for the conference.
    Register,
    /// There is a link; it is not open yet. `opensAt` says when.
    Later,
    /// Here it is.
    Open,
}

/// What a member of a conference may do.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "entity::enums::MemberRole")]
pub enum MemberRole {
    /// Is registered: sees what is for attendees.
    Attendee,
    /// Makes and changes the program, and says who the members are.
    Organizer,
}

/// What has happened to an object.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new, or something that its `revision` covers has changed.
    Changed,
    /// It is gone.
    Deleted,
}

/// A file of a whole program.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Plenary's own program file: all that is public, and what `plenary import` reads.
    ProgramJson,
    /// c3voc's schedule.xml, which conference apps read: one event for each session that has a time and is not cancelled.
    ScheduleXml,
    /// The same as c3voc's schedule.json.
    ScheduleJson,
    /// Panels as CSV.
    PanelsCsv,
    /// Papers with their authors as CSV.
    PapersCsv,
    /// Sessions with their rooms and slots as CSV.
    SessionsCsv,
    /// People as CSV.
    PeopleCsv,
    /// Roles as CSV.
    RolesCsv,
}

impl From<ExportFormat> for OutputFormat {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::ProgramJson => Self::Program,
            ExportFormat::ScheduleXml => Self::ScheduleXml,
            ExportFormat::ScheduleJson => Self::ScheduleJson,
            ExportFormat::PanelsCsv => Self::Table(TableKind::Panels),
            ExportFormat::PapersCsv => Self::Table(TableKind::Papers),
            ExportFormat::SessionsCsv => Self::Table(TableKind::Sessions),
            ExportFormat::PeopleCsv => Self::Table(TableKind::People),
            ExportFormat::RolesCsv => Self::Table(TableKind::Roles),
        }
    }
}
