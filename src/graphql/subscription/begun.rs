//! What every step of a subscription begins with, and what it leaves for the next.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, ID};
use entity::enums::{Audience, Role};
use tokio::sync::watch;
use uuid::Uuid;

use super::Change;
use crate::cursor;
use crate::db::{Stamp, Stars};
use crate::error::AppError;
use crate::graphql::enums::ChangeKind;
use crate::graphql::id::{GlobalId, NodeKind};
use crate::graphql::node::Node;
use crate::graphql::pins::Pins;
use crate::graphql::scalars::{Cursor, DateTime};
use crate::graphql::schedule::ViewerSchedule;
use crate::graphql::user_error::denied;
use crate::live::Mutant;
use crate::policy::Action;
use crate::program::Program;
use crate::program::index::{Ix, PanelIndex, PaperIndex, SessionIndex};
use crate::program::tail::Logged;

/// The most changes that a cursor may be behind: beyond them everything is sent.
const FARTHEST: usize = 1_000;

/// One step of a subscription: in the data of its request.
#[derive(Debug, Default)]
pub struct Turn {
    /// From where it goes on; `None`: the document's `after` says where to begin.
    from: Option<cursor::Cursor>,
    /// What was starred at the step before; `None`: this is the first.
    begun: Option<Option<Arc<Mine>>>,
    told: Mutex<Option<Told>>,
}

/// What a step has come to, beside what it answers.
#[derive(Clone, Debug)]
pub struct Told {
    /// The conference that it is about.
    pub conference: Uuid,
    /// Where whoever has it stands.
    pub cursor: Arc<cursor::Cursor>,
    /// The states that it depends on, attached to before they were read.
    pub watching: Vec<(Uuid, watch::Receiver<Stamp>)>,
    /// What the one who asked has starred, if it depends on that.
    pub mine: Option<Arc<Mine>>,
}

impl Turn {
    /// The step from there on; `begun` is what the step before told as [`Told::mine`], `None` if there was none.
    #[must_use]
    pub fn after(from: Option<cursor::Cursor>, begun: Option<Option<Arc<Mine>>>) -> Self {
        Self { from, begun, told: Mutex::default() }
    }

    /// What it has come to; `None` if it failed.
    pub fn told(&self) -> Option<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What somebody has starred of one program, and where that leads to.
#[derive(Debug)]
pub struct Mine {
    user: Option<Uuid>,
    pub(super) stars: Arc<Stars>,
    pub(super) sessions: BTreeSet<Uuid>,
}

impl Mine {
    /// Whether the same is starred of this program and set for it, and leads to the same sessions.
    pub(super) fn leads_alike(&self, other: &Self) -> bool {
        let set = self.stars.wants_notices == other.stars.wants_notices;
        set && self.stars.targets == other.stars.targets && self.sessions == other.sessions
    }
}

/// A node's id.
pub(super) fn id(program: &Program, kind: NodeKind, row: Uuid) -> ID {
    GlobalId { kind, conference: program.id(), row }.encode()
}

/// What every step begins with.
pub(super) struct Begun<'a> {
    turn: &'a Turn,
    pins: &'a Pins,
    pub(super) program: Arc<Program>,
    audience: Audience,
    watching: watch::Receiver<Stamp>,
    /// The state from which on the client is told, and the log since; `None`: from nothing.
    pub(super) since: Option<(Stamp, Vec<Logged>)>,
    /// Whether nothing was sent before.
    pub(super) first: bool,
    /// What the one who asks has starred, where that is asked for.
    pub(super) mine: Option<Arc<Mine>>,
    /// The same as the step before has told it.
    pub(super) had: Option<Arc<Mine>>,
    users: Option<watch::Receiver<Stamp>>,
}

impl<'a> Begun<'a> {
    /// `mine`: what depends on the stars of the one who asks.
    pub(super) async fn new(
        ctx: &'a Context<'_>,
        slug: &str,
        after: Option<Cursor>,
        mine: bool,
    ) -> Result<Self, AppError> {
        let turn: &Turn = ctx.data::<Arc<Turn>>().map_err(|_| AppError::internal("a subscription has no turn"))?;
        let pins = Pins::of(ctx)?;
        let (first, had) = (turn.begun.is_none(), turn.begun.clone().flatten());
        let from = turn.from.clone().or(after.map(|after| after.0));
        let gone = || AppError::bad_input("There is no conference of this slug.");
        let own = pins.conference_by_slug(slug, false).await?.ok_or_else(gone)?;
        // First attached, then read: a change between the two is seen by the watch.
        let programs = &pins.desk().programs;
        let watching = programs.watch(own.id);
        let user = pins.viewer().user().filter(|_| mine);
        let users = user.map(|user| programs.users().watch(user));
        if let Some(from) = from.as_ref().filter(|_| !programs.breaks(Mutant::NoFloor)) {
            pins.at_least(from).await;
        }
        let program = pins.program(own.id).await?.ok_or_else(gone)?;
        let watching = if programs.breaks(Mutant::ReadBeforeAttach) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            programs.watch(own.id)
        } else {
            watching
        };
        let mine = if mine {
            pins.permits(&program, Action::SeeSchedule).map_err(denied)?;
            let stars = pins.stars(&program).await?.ok_or_else(|| AppError::internal("a schedule without stars"))?;
            if let Some(user) = user {
                programs.users().seen(user, stars.stamp);
            }
            Some(Arc::new(Mine { user, sessions: ViewerSchedule::new(&program, &stars).session_ids(), stars }))
        } else {
            None
        };
        let audience = pins.audience(&program);
        // A cursor in the midst of a sync has seen a state that the client does not have all of.
        let from = from.filter(|from| from.page.is_none());
        let alike = |from: &cursor::Cursor| from.audience == audience || programs.breaks(Mutant::NoReset);
        let then = from.filter(alike).filter(|from| match &mine {
            // Between steps it is known what was starred; from a client's cursor it is not.
            Some(mine) if first => mine.user.and_then(|user| from.stamp(user)) == Some(mine.stars.stamp),
            Some(_) | None => true,
        });
        let since = then.and_then(|from| from.stamp(program.id())).and_then(|then| {
            let then = if programs.breaks(Mutant::TagIgnored) { program.tail.state_of(then.revision)? } else { then };
            let log = program.tail.since(then, program.stamp).filter(|log| log.len() <= FARTHEST)?;
            Some((then, log))
        });
        Ok(Self { turn, pins, program, audience, watching, since, first, mine, had, users })
    }

    pub(super) fn breaks(&self, rule: Mutant) -> bool {
        self.pins.desk().programs.breaks(rule)
    }

    pub(super) fn now(&self) -> cursor::Cursor {
        let mut now = cursor::Cursor::of(self.program.id(), self.program.stamp, self.audience);
        if let Some(mine) = &self.mine
            && let Some(scope) = mine.user
        {
            now.positions.push(cursor::Position { scope, stamp: mine.stars.stamp, n: i32::MAX });
        }
        now
    }

    pub(super) fn tell(&self) {
        let user = self.mine.as_ref().and_then(|mine| mine.user).zip(self.users.clone());
        let watching = [(self.program.id(), self.watching.clone())].into_iter().chain(user).collect();
        let (conference, mine) = (self.program.id(), self.mine.clone());
        let told = Told { conference, cursor: Arc::new(self.now()), watching, mine };
        *self.turn.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }

    /// What differs from the state then, in the order in which it came to; `None`: more than is told one by one.
    pub(super) async fn changes(
        &self,
        ctx: &Context<'_>,
        then: Stamp,
        log: &[Logged],
    ) -> Result<Option<Vec<Change>>, AppError> {
        let program = &self.program;
        let gone = log.iter().filter(|entry| entry.deleted && program.place(entry.table, entry.id).is_none());
        let gone = gone.filter_map(|entry| Some((entry.stamp.revision, NodeKind::of(entry.table)?, entry.id, true)));
        let changed =
            changed(program, then.revision).into_iter().map(|(revision, kind, id)| (revision, kind, id, false));
        let mut all: Vec<_> = gone.chain(changed).collect();
        if all.len() > FARTHEST {
            return Ok(None);
        }
        all.sort_by_key(|(revision, ..)| *revision);
        let mut changes = Vec::with_capacity(all.len());
        let mut before = then;
        for (n, (revision, kind, row, deleted)) in all.iter().enumerate() {
            // An effective revision is always one of the log's.
            let Some(entry) = log.iter().find(|entry| entry.stamp.revision == *revision) else { continue };
            if all.get(n + 1).is_none_or(|next| next.0 != *revision) {
                before = entry.stamp;
            }
            let node_id = id(program, *kind, *row);
            let node = if *deleted { None } else { Node::find(Pins::of(ctx)?, &node_id, true).await? };
            // Whoever stops inside a revision gets all of it again.
            let cursor = cursor::Cursor::of(program.id(), before, self.audience);
            let kind = if *deleted { ChangeKind::Deleted } else { ChangeKind::Changed };
            changes.push(Change { cursor: Cursor(cursor), kind, node_id, node, at: DateTime(entry.at) });
        }
        Ok(Some(changes))
    }
}

/// The nodes that have changed since this revision, and when they did: by their effective revision, or, of those that show
/// a person's own affiliation where no other is printed, by that person's.
pub(in crate::graphql) fn changed(program: &Program, since: i64) -> Vec<(i64, NodeKind, Uuid)> {
    let (rows, index) = (&program.rows, &program.index);
    let mut found = Vec::new();
    let of_authors = |paper: &PaperIndex| {
        let unprinted = paper.authorships.iter().filter(|it| rows.authorships[**it as usize].affiliation.is_none());
        unprinted.map(|it| rows.people[index.authorships[*it as usize].person as usize].revision).max().unwrap_or(0)
    };
    let of_parts = |parts: &[Ix]| {
        let unprinted = parts.iter().filter(|it| rows.participations[**it as usize].affiliation.is_none());
        unprinted.map(|it| rows.people[index.participations[*it as usize].person as usize].revision).max().unwrap_or(0)
    };
    // With no chair of its own a session shows those of its panel; else nothing of the panel counts, as in its own revision
    // (`index/spread.rs`). Counted all the same, what is told of it could be older when the panel's are gone than it was
    // before, and come to a place that a client has passed.
    let in_session = |it: &SessionIndex| {
        let chaired = it.participations.iter().any(|it| rows.participations[*it as usize].role == Role::Chair);
        let implied = if chaired { 0 } else { of_parts(&index.panels[it.panel as usize].participations) };
        of_parts(&it.participations).max(implied)
    };
    macro_rules! of {
        ($kind:ident $field:ident) => {
            of!($kind $field |_: &_| 0);
        };
        ($kind:ident $field:ident $shown:expr) => {
            let shown = $shown;
            let all = rows.$field.iter().zip(&index.$field);
            let all = all.map(|(row, it)| (it.revision.max(shown(it)), NodeKind::$kind, row.id));
            found.extend(all.filter(|(revision, ..)| *revision > since));
        };
    }
    of!(Track tracks);
    of!(Room rooms);
    of!(Person people);
    of!(Panel panels |it: &PanelIndex| of_parts(&it.participations));
    of!(Paper papers of_authors);
    of!(Session sessions in_session);
    of!(SessionRoom session_rooms);
    of!(Slot slots);
    let own = rows.conference.iter().map(|row| (row.revision, NodeKind::Conference, row.id));
    let notices = rows.announcements.iter().map(|row| (row.revision, NodeKind::Announcement, row.id));
    found.extend(own.chain(notices).filter(|(revision, ..)| *revision > since));
    found
}
