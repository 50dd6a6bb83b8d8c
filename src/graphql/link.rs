//! Where to join, as far as whoever asks may know.

use async_graphql::Object;

use super::budget::Text;
use super::enums::LinkAccess;
use super::pins::Pins;
use super::scalars::{DateTime, Url};
use crate::policy::{LinkAccess as Access, link_access};
use crate::program::Program;

/// What whoever asks may know of a link. It holds the link itself only for those who may have it.
pub struct JoinLink {
    access: LinkAccess,
    url: Option<String>,
    opens_at: Option<DateTime>,
    inherited: bool,
}

impl JoinLink {
    /// `own` is what has the link; `inherited` what is used where it has none.
    pub(super) fn new(pins: &Pins, program: &Program, own: Option<&String>, inherited: Option<&String>) -> Self {
        let conference = program.conference();
        let link = own.or(inherited);
        let audience = pins.audience(program);
        let access = link_access(link.is_some(), conference.link_audience, conference.links_open, audience);
        let known = access != Access::None;
        Self {
            access: access.into(),
            url: link.filter(|_| access == Access::Open).cloned(),
            opens_at: conference.links_open_at.filter(|_| known && !conference.links_open).map(DateTime),
            inherited: known && own.is_none(),
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
        Url::of(self.url.as_ref()).map(Text)
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
