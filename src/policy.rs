//! Who may do what: one pure table. Nothing else decides.
//!
//! What a viewer may not see does not exist for them: reads answer as for an id that never was.

use entity::enums::Audience;

use crate::auth::{Scope, Viewer};

/// What somebody is: an audience of one conference, or an administrator of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Anyone at all.
    Public,
    /// Whoever is logged in.
    SignedIn,
    /// Whoever is registered for the conference or on its program.
    Attendee,
    /// The conference's organizers.
    Organizer,
    /// The site's administrators: apart from the others, and no organizers of what they did not make.
    Administrator,
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
    /// Write to an author, and see what one wrote.
    WriteToAuthors,
    /// See how many have starred something.
    SeeStarCounts,
    /// See where the program clashes.
    SeeClashes,
    /// See who is registered.
    SeeMembers,
    /// Say who is registered, and who organizes.
    SetMembers,
    /// Change the program: links, rooms, times, cancellations, notices, who gets links.
    ChangeProgram,
    /// Make a conference.
    CreateConference,
    /// See the own account: identities, logins, tokens.
    SeeAccount,
    /// Change the own account: end logins, make tokens, export it, delete it.
    ChangeAccount,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::SeeProgram,
        Self::SeeDraft,
        Self::SeeSchedule,
        Self::Star,
        Self::WriteToAuthors,
        Self::SeeStarCounts,
        Self::SeeClashes,
        Self::SeeMembers,
        Self::SetMembers,
        Self::ChangeProgram,
        Self::CreateConference,
        Self::SeeAccount,
        Self::ChangeAccount,
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
            | Self::SetMembers
            | Self::ChangeProgram => (Standing::Organizer, ORGANIZE),
            Self::SeeSchedule => (Standing::SignedIn, Needs::Scope(Scope::Read)),
            Self::Star | Self::WriteToAuthors => (Standing::SignedIn, Needs::Scope(Scope::Schedule)),
            Self::CreateConference => (Standing::Administrator, ORGANIZE),
            Self::SeeAccount | Self::ChangeAccount => (Standing::SignedIn, Needs::Session),
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

/// Whether a viewer of this audience may.
///
/// # Errors
/// Why not.
pub fn permits(viewer: &Viewer, audience: Audience, action: Action) -> Result<(), Denied> {
    let (standing, needs) = action.rule();
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
    let is = match standing {
        Standing::Public | Standing::SignedIn => true,
        Standing::Attendee => audience >= Audience::Attendee,
        Standing::Organizer => audience >= Audience::Organizer,
        Standing::Administrator => viewer.account().is_some_and(|account| account.administrator),
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
