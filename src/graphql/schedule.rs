//! The individual schedule.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::enums::StarKind;
use uuid::Uuid;

use super::budget::{Text, spend};
use super::calendar::own_address;
use super::clash::Clash;
use super::panel::Panel;
use super::paper::Paper;
use super::scalars::Url;
use super::session::Session;
use super::star::Starrable;
use crate::db::Stars;
use crate::error::AppError;
use crate::program::Program;
use crate::program::index::Ix;

/// What somebody has starred on one program.
pub struct ViewerSchedule {
    program: Arc<Program>,
    items: Vec<(StarKind, Ix)>,
    wants_notices: bool,
}

impl ViewerSchedule {
    /// What is no longer on the program is left out.
    pub(super) fn new(program: &Arc<Program>, stars: &Stars) -> Self {
        let found = stars.targets.iter().filter_map(|(id, kind)| Some((*kind, program.starred(*kind, *id)?, *id)));
        let mut items: Vec<_> = found.collect();
        items.sort_by_cached_key(|(kind, ix, id)| (Self::first(program, *kind, *ix).map(str::to_owned), *kind, *id));
        // Those that lead to no session yet come last.
        let dated = items.partition_point(|(kind, ix, _)| Self::first(program, *kind, *ix).is_none());
        items.rotate_left(dated);
        Self {
            program: Arc::clone(program),
            items: items.into_iter().map(|(kind, ix, _)| (kind, ix)).collect(),
            wants_notices: stars.wants_notices,
        }
    }

    /// By what the first of those sessions is ordered.
    fn first(program: &Program, kind: StarKind, ix: Ix) -> Option<&str> {
        let sessions = program.leads_to(kind, ix).into_iter();
        sessions.map(|session| &*program.index.sessions[session as usize].key).min()
    }

    /// The ids of the sessions that it leads to.
    pub(super) fn session_ids(&self) -> BTreeSet<Uuid> {
        self.all_sessions().into_iter().map(|ix| self.program.rows.sessions[ix as usize].id).collect()
    }

    /// The greatest revision of what is on it: of what was starred, of the sessions, and of their rooms and slots.
    pub(super) fn revision(&self) -> i64 {
        let index = &self.program.index;
        let items = self.items.iter().map(|(kind, ix)| match kind {
            StarKind::Panel => index.panels[*ix as usize].revision,
            StarKind::Session => index.sessions[*ix as usize].revision,
            StarKind::Paper => index.papers[*ix as usize].revision,
        });
        let sessions = self.all_sessions().into_iter().map(|ix| {
            let session = &index.sessions[ix as usize];
            let rooms = session.session_rooms.iter().map(|ix| index.session_rooms[*ix as usize].revision);
            let slots = session.slots.iter().map(|ix| index.slots[*ix as usize].revision);
            rooms.chain(slots).max().unwrap_or(0).max(session.revision)
        });
        items.chain(sessions).max().unwrap_or(0)
    }

    fn all_sessions(&self) -> Vec<Ix> {
        let mut sessions: BTreeSet<(&str, Ix)> = BTreeSet::new();
        for (kind, ix) in &self.items {
            for session in self.program.leads_to(*kind, *ix) {
                sessions.insert((&self.program.index.sessions[session as usize].key, session));
            }
        }
        sessions.into_iter().map(|(_, session)| session).collect()
    }
}

/// Your individual schedule: what you have starred of one conference.
#[Object]
impl ViewerSchedule {
    /// What you have starred, by its first session's start; what is to be announced comes last.
    async fn items(&self, ctx: &Context<'_>) -> Result<Vec<Starrable>, AppError> {
        spend(ctx, self.items.len()).await?;
        let program = &self.program;
        let item = |(kind, ix): &(StarKind, Ix)| match kind {
            StarKind::Panel => Starrable::Panel(Panel::new(program, *ix)),
            StarKind::Session => Starrable::Session(Session::new(program, *ix)),
            StarKind::Paper => Starrable::Paper(Paper::new(program, *ix)),
        };
        Ok(self.items.iter().map(item).collect())
    }

    /// The sessions that leads you to, each once, by start: those starred, all of a starred panel, and those in which a
    /// starred paper is given.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>, AppError> {
        let sessions = self.all_sessions();
        spend(ctx, sessions.len()).await?;
        Ok(sessions.into_iter().map(|ix| Session::new(&self.program, ix)).collect())
    }

    /// The secret address of a calendar of these sessions, for calendar applications to subscribe to: it follows your
    /// stars and the program, and has the links that you may have where the conference lets them into calendars
    /// (`linksInCalendars`). Whoever has the address sees it: `renewCalendarUrl` makes another, `revokeCalendarUrl` ends
    /// it. Null with an access token, after it was revoked, and where the server has no such calendars. Null in a
    /// subscription: ask for it with a query.
    async fn calendar_url(&self, ctx: &Context<'_>) -> Option<Result<Text<Url>, AppError>> {
        Box::pin(own_address(ctx, &self.program)).await.transpose()
    }

    /// Whether you are told by mail when a session that concerns you moved, changed room, was cancelled or takes place after
    /// all: one that you have starred, with its panel or a paper given in it, or in which you have a role or a paper. Set it
    /// with `setNotices`; false if you never did.
    async fn wants_notices(&self) -> bool {
        self.wants_notices
    }

    /// Those of these sessions that are at the same time, in pairs: you will have to choose.
    async fn clashes(&self, ctx: &Context<'_>) -> Result<Vec<Clash>, AppError> {
        let clashes = self.program.at_once(&self.all_sessions());
        spend(ctx, clashes.len()).await?;
        Ok(Clash::list(&self.program, clashes))
    }
}
