//! Where to join, as far as whoever asks may know.

use async_graphql::Object;
use entity::enums::Audience;

use super::budget::Text;
use super::enums::LinkAccess;
use super::scalars::{DateTime, Url};
use crate::program::Program;

/// What is known of a link without the link itself, which this type never holds for those who may not have it.
pub struct JoinLink {
    access: LinkAccess,
    opens_at: Option<DateTime>,
    inherited: bool,
}

impl JoinLink {
    /// `own` is what has the link; `inherited` what is used where it has none.
    pub(super) fn new(program: &Program, own: Option<&String>, inherited: Option<&String>) -> Self {
        let conference = program.conference();
        // Nobody is logged in, so nobody is an organizer: what is for them alone is not there.
        let there = own.or(inherited).is_some() && conference.link_audience != Audience::Organizer;
        Self {
            // Nobody is logged in, and to log in is what would help first.
            access: if there { LinkAccess::SignIn } else { LinkAccess::None },
            opens_at: conference.links_open_at.filter(|_| there && !conference.links_open).map(DateTime),
            inherited: there && own.is_none(),
        }
    }
}

/// Where to join, as far as the audience that asks may know. The link itself is restricted: `access` says whether
/// there is one, and what to do to get it.
#[Object]
impl JoinLink {
    /// Whether there is a link for you, and if not, what would help.
    fn access(&self) -> LinkAccess {
        self.access
    }

    /// The link; null unless `access` is OPEN. Always https.
    fn url(&self) -> Option<Text<Url>> {
        None
    }

    /// When the link opens to its audience; null if it is open, or there is none.
    fn opens_at(&self) -> Option<DateTime> {
        self.opens_at
    }

    /// Whether this is the room's own link, used because the session has none of its own there.
    fn inherited(&self) -> bool {
        self.inherited
    }
}
