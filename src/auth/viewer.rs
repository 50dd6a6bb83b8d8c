//! Who asks, and how far that lets them in.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::enums::{Audience, MemberRole};
use uuid::Uuid;

use crate::program::Program;

/// What a token allows. A login session allows all of it, and what concerns the account itself besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// See what the user may see, as an attendee at most.
    Read,
    /// Star, unstar, write to authors, and be told of changes.
    Schedule,
    /// See and do what the user may as an organizer.
    Organize,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Read, Self::Schedule, Self::Organize];

    /// As OAuth's `scope` names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Schedule => "schedule",
            Self::Organize => "organize",
        }
    }
}

/// Some scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// These.
    #[must_use]
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u8))
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// They, in their order.
    pub fn list(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// As OAuth writes and the database keeps them: names with spaces between.
    #[must_use]
    pub fn text(self) -> String {
        self.list().map(Scope::as_str).collect::<Vec<_>>().join(" ")
    }

    /// What is named; `None` if there is a name that is none of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let named = |name: &str| Scope::ALL.into_iter().find(|scope| scope.as_str() == name);
        let scopes: Option<Vec<Scope>> = text.split_ascii_whitespace().map(named).collect();
        Some(Self::of(scopes?))
    }
}

/// What a login is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginKind {
    /// A browser, by its cookie.
    Session,
    /// A program, by its access token.
    Token(Scopes),
}

/// A login that is good until it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The login session's or the access token's.
    pub id: Uuid,
    /// Whose.
    pub user: Uuid,
    /// What it is.
    pub kind: LoginKind,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last seen used, as the database knows it; of a token that was never used, when it was made.
    pub seen_at: DateTime<Utc>,
    /// When a token ends; a session ends by its age and idleness.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A user and what the user is to which conference, as of one state of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub user: Uuid,
    /// The user's name.
    pub name: String,
    /// The ORCID iD on the profile.
    pub orcid: Option<String>,
    /// Verified addresses, in lower case.
    pub emails: Vec<String>,
    /// ORCID iDs that the user logged in with.
    pub orcids: Vec<String>,
    /// Memberships by conference, by account or by verified address: the greatest.
    pub memberships: HashMap<Uuid, MemberRole>,
    /// Whether the user may create conferences.
    pub administrator: bool,
}

impl Account {
    /// How far the user is let into the program, whatever the login.
    #[must_use]
    pub fn audience(&self, program: &Program) -> Audience {
        match self.memberships.get(&program.id()) {
            Some(MemberRole::Organizer) => Audience::Organizer,
            Some(_) => Audience::Attendee,
            None if program.index.is_on_it(&self.emails, &self.orcids) => Audience::Attendee,
            None => Audience::SignedIn,
        }
    }
}

/// Who asks. Every write takes one; the system itself is a named one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Plenary itself: it opens links when their time has come.
    System,
    /// Somebody without a login.
    Nobody,
    /// A user.
    User {
        /// Who.
        account: Arc<Account>,
        /// By what.
        login: Arc<Login>,
    },
}

impl Viewer {
    /// The user; `None` without a login.
    #[must_use]
    pub fn user(&self) -> Option<Uuid> {
        self.account().map(|account| account.user)
    }

    /// The account; `None` without a login.
    #[must_use]
    pub fn account(&self) -> Option<&Arc<Account>> {
        match self {
            Self::System | Self::Nobody => None,
            Self::User { account, .. } => Some(account),
        }
    }

    /// The login; `None` without one.
    #[must_use]
    pub fn login(&self) -> Option<&Arc<Login>> {
        match self {
            Self::System | Self::Nobody => None,
            Self::User { login, .. } => Some(login),
        }
    }

    /// Whether this login allows it. A session allows everything that its user may do.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        match self {
            Self::System | Self::Nobody => false,
            Self::User { login, .. } => match login.kind {
                LoginKind::Session => true,
                LoginKind::Token(scopes) => scopes.has(scope),
            },
        }
    }

    /// Whether this is a login of a person at a browser, who may change the account itself.
    #[must_use]
    pub fn is_session(&self) -> bool {
        matches!(self, Self::User { login, .. } if login.kind == LoginKind::Session)
    }

    /// Whether the viewer is, by this login, an organizer of the conference.
    #[must_use]
    pub fn organizes(&self, conference: Uuid) -> bool {
        let role = self.account().and_then(|account| account.memberships.get(&conference));
        self.has(Scope::Organize) && role == Some(&MemberRole::Organizer)
    }

    /// How far the viewer is let into the program: the lesser of what the user is and what the login allows.
    #[must_use]
    pub fn audience(&self, program: &Program) -> Audience {
        let Self::User { account, .. } = self else { return Audience::Public };
        if self.organizes(program.id()) {
            return Audience::Organizer;
        }
        if !self.has(Scope::Read) {
            return Audience::Public;
        }
        account.audience(program).min(Audience::Attendee)
    }
}
