//! Who may do what: one pure table. Nothing else decides.
//!
//! What a viewer may not see does not exist for them: reads answer as for an id that never was.

use entity::enums::{Audience, Role};
use uuid::Uuid;

use crate::auth::{Account, Scope, Viewer};
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::row::Table;

/// What somebody is: an audience of one conference, or an administrator of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Anyone at all.
    Public,
    /// Whoever is logged in.
    SignedIn,
    /// Whoever is registered for the conference or on its program.
    Attendee,
    /// A convenor of the panel that it is about, where the conference lets convenors; and its organizers.
    Convenor,
    /// A chair of the session that it is about, where the conference lets chairs; and its organizers.
    Chair,
    /// An author of the paper that it is about, where the conference lets authors; and its organizers.
    Author,
    /// The conference's organizers.
    Organizer,
    /// The site's administrators: apart from the others, and no organizers of what they did not make.
    Administrator,
    /// Plenary itself.
    System,
}

/// What a login must allow for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// No login.
    Nothing,
    /// A login session, or a token with this scope.
    Scope(Scope),
    /// A login session: a person at a browser.
    Session,
}

/// Everything that is not open to everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See a published program.
    SeeProgram,
    /// See a draft conference at all.
    SeeDraft,
    /// See the own stars and schedule.
    SeeSchedule,
    /// Star and unstar.
    Star,
    /// Say whether to be told by mail of what changes on a program.
    SetNotices,
    /// Write to an author, and see what one wrote.
    WriteToAuthors,
    /// See how many have starred something.
    SeeStarCounts,
    /// See where the program clashes.
    SeeClashes,
    /// See who is registered.
    SeeMembers,
    /// See who changed what when.
    SeeHistory,
    /// Say who is registered, and who organizes.
    SetMembers,
    /// See and say which servers are told of changes.
    ManageWebhooks,
    /// Upload a file that is to be imported, and see what that would do. To apply it is to change the program.
    Import,
    /// Change the program: links, rooms, times, cancellations, notices, who gets links.
    ChangeProgram,
    /// Change the papers of a panel, and their order.
    EditPanelPapers,
    /// Replace the links of a session.
    SetSessionLinks,
    /// Change the abstract of a paper.
    EditAbstract,
    /// Make a conference.
    CreateConference,
    /// See the own account: identities, logins, tokens.
    SeeAccount,
    /// Change the own account: end logins, make tokens, export it, delete it.
    ChangeAccount,
    /// Open links whose time has come.
    OpenLinks,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::SeeProgram,
        Self::SeeDraft,
        Self::SeeSchedule,
        Self::Star,
        Self::SetNotices,
        Self::WriteToAuthors,
        Self::SeeStarCounts,
        Self::SeeClashes,
        Self::SeeMembers,
        Self::SeeHistory,
        Self::SetMembers,
        Self::ManageWebhooks,
        Self::Import,
        Self::ChangeProgram,
        Self::EditPanelPapers,
        Self::SetSessionLinks,
        Self::EditAbstract,
        Self::CreateConference,
        Self::SeeAccount,
        Self::ChangeAccount,
        Self::OpenLinks,
    ];

    /// The table.
    #[must_use]
    pub const fn rule(self) -> (Standing, Needs) {
        const ORGANIZE: Needs = Needs::Scope(Scope::Organize);
        match self {
            Self::SeeProgram => (Standing::Public, Needs::Nothing),
            Self::SeeDraft
            | Self::SeeStarCounts
            | Self::SeeClashes
            | Self::SeeMembers
            | Self::SeeHistory
            | Self::SetMembers
            | Self::ManageWebhooks
            | Self::Import
            | Self::ChangeProgram => (Standing::Organizer, ORGANIZE),
            Self::SeeSchedule => (Standing::SignedIn, Needs::Scope(Scope::Read)),
            Self::Star | Self::SetNotices | Self::WriteToAuthors => (Standing::SignedIn, Needs::Scope(Scope::Schedule)),
            Self::EditPanelPapers => (Standing::Convenor, ORGANIZE),
            Self::SetSessionLinks => (Standing::Chair, ORGANIZE),
            Self::EditAbstract => (Standing::Author, ORGANIZE),
            Self::CreateConference => (Standing::Administrator, ORGANIZE),
            Self::SeeAccount | Self::ChangeAccount => (Standing::SignedIn, Needs::Session),
            Self::OpenLinks => (Standing::System, Needs::Nothing),
        }
    }
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Nobody is logged in.
    LogIn,
    /// The token does not have this scope.
    Scope(Scope),
    /// It takes a login session.
    Session,
    /// The user is not this.
    Standing(Standing),
}

/// What somebody is to one thing of a program, as far as its conference lets that count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// A convenor of its panel.
    pub convenor: bool,
    /// A chair of its session.
    pub chair: bool,
    /// An author of it.
    pub author: bool,
}

impl Part {
    /// What whoever has this account is to this row: known by the addresses that their login provider has verified, and
    /// by the ORCID iDs that they logged in with.
    #[must_use]
    pub fn of(program: &Program, account: &Account, table: Table, row: Uuid) -> Self {
        let Some(ix) = program.place(table, row) else { return Self::default() };
        let (index, rows, allowed) = (&program.index, &program.rows, program.conference());
        let is = |person: Ix| {
            let person = program.person(person);
            let email = person.email.as_deref().map(str::to_lowercase);
            email.is_some_and(|email| account.emails.contains(&email))
                || person.orcid.as_ref().is_some_and(|orcid| account.orcids.contains(orcid))
        };
        let has = |participation: Ix| is(index.participations[participation as usize].person);
        let convenes = |panel: Ix| {
            let roles = &index.panels[panel as usize].participations;
            roles.iter().any(|it| rows.participations[*it as usize].role == Role::Convenor && has(*it))
        };
        let chairs = |session: Ix| program.session_parts(session, Role::Chair).iter().any(|it| has(it.participation));
        let (panel, session, paper) = match table {
            Table::Panel => (Some(ix), None, None),
            Table::Paper => (Some(index.papers[ix as usize].panel), None, Some(ix)),
            Table::Session => (Some(index.sessions[ix as usize].panel), Some(ix), None),
            Table::SessionRoom => {
                let session = index.session_rooms[ix as usize].session;
                (Some(index.sessions[session as usize].panel), Some(session), None)
            }
            Table::Slot => {
                let own = &index.slots[ix as usize];
                (Some(index.papers[own.paper as usize].panel), Some(own.session), Some(own.paper))
            }
            Table::Conference
            | Table::Track
            | Table::Room
            | Table::Person
            | Table::PersonMerge
            | Table::Participation
            | Table::Authorship
            | Table::Announcement
            | Table::Release => (None, None, None),
        };
        let wrote = |paper: Ix| {
            let authors = &index.papers[paper as usize].authorships;
            authors.iter().any(|it| is(index.authorships[*it as usize].person))
        };
        Self {
            convenor: allowed.convenors_edit_papers && panel.is_some_and(convenes),
            chair: allowed.chairs_set_links && session.is_some_and(chairs),
            author: allowed.authors_edit_abstracts && paper.is_some_and(wrote),
        }
    }
}

/// Whether a viewer of this audience may.
///
/// # Errors
/// Why not.
pub fn permits(viewer: &Viewer, audience: Audience, action: Action) -> Result<(), Denied> {
    permits_as(viewer, audience, Part::default(), action)
}

/// Whether a viewer of this audience may, who has this part in what it is about.
///
/// # Errors
/// Why not.
pub fn permits_as(viewer: &Viewer, audience: Audience, part: Part, action: Action) -> Result<(), Denied> {
    let (standing, needs) = action.rule();
    if *viewer == Viewer::System || standing == Standing::System {
        let is = *viewer == Viewer::System && matches!(standing, Standing::System | Standing::Public);
        return if is { Ok(()) } else { Err(Denied::Standing(standing)) };
    }
    if standing != Standing::Public && viewer.user().is_none() {
        return Err(Denied::LogIn);
    }
    match needs {
        Needs::Nothing => {}
        Needs::Scope(scope) if viewer.has(scope) => {}
        Needs::Scope(scope) => return Err(Denied::Scope(scope)),
        Needs::Session if viewer.is_session() => {}
        Needs::Session => return Err(Denied::Session),
    }
    let organizes = audience >= Audience::Organizer;
    let is = match standing {
        Standing::Public | Standing::SignedIn => true,
        Standing::Attendee => audience >= Audience::Attendee,
        Standing::Convenor => organizes || part.convenor,
        Standing::Chair => organizes || part.chair,
        Standing::Author => organizes || part.author,
        Standing::Organizer => organizes,
        Standing::Administrator => viewer.account().is_some_and(|account| account.administrator),
        Standing::System => false,
    };
    if is { Ok(()) } else { Err(Denied::Standing(standing)) }
}

/// What somebody of an audience gets of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAccess {
    /// There is no link, as far as they may know.
    None,
    /// To log in would help.
    SignIn,
    /// To be registered would help.
    Register,
    /// To wait would help.
    Later,
    /// The link.
    Open,
}

/// Whether whoever asks gets a link. The first that holds.
#[must_use]
pub fn link_access(there_is: bool, for_whom: Audience, open: bool, asks: Audience) -> LinkAccess {
    if !there_is || (for_whom == Audience::Organizer && asks < Audience::Organizer) {
        return LinkAccess::None;
    }
    if asks < for_whom {
        return if asks == Audience::Public { LinkAccess::SignIn } else { LinkAccess::Register };
    }
    if open || asks == Audience::Organizer { LinkAccess::Open } else { LinkAccess::Later }
}

#[cfg(test)]
mod tests;
