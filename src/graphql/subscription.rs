//! Subscriptions: state, not events.
//!
//! A subscription is answered in steps. Each is one run of the document, which says what has changed since the cursor
//! at which the last one ended; whoever drives it (see [`crate::live`]) runs it again when there may be more. So a step
//! can be computed once for all who stand at the same cursor, and a slow reader gets the newest state late, never an
//! old one for good.

use std::sync::{Mutex, PoisonError};

use async_graphql::{Context, ID, SimpleObject, Subscription};
use entity::enums::Audience;
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use uuid::Uuid;

use super::enums::ChangeKind;
use super::id::{GlobalId, NodeKind};
use super::node::Node;
use super::pins::Pins;
use super::room::SessionRoom;
use super::scalars::{Cursor, DateTime};
use crate::cursor;
use crate::db::Stamp;
use crate::error::AppError;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::row::Table;
use crate::program::tail::Logged;

/// The most changes that a cursor may be behind: beyond them everything is sent.
const FARTHEST: usize = 1_000;

/// The most ids of `sessionIds`.
const MOST_SESSIONS: usize = 200;

/// One step of a subscription: in the data of its request.
#[derive(Debug, Default)]
pub struct Turn {
    /// Where the step before has ended; `None`: this is the first, and the document's `after` says where to begin.
    from: Option<cursor::Cursor>,
    told: Mutex<Option<Told>>,
}

/// What a step has come to, beside what it answers.
#[derive(Clone, Debug)]
pub struct Told {
    /// The conference that it is about.
    pub conference: Uuid,
    /// Where whoever has it stands.
    pub cursor: cursor::Cursor,
    /// The state of that conference, attached to before it was read.
    pub watching: watch::Receiver<Stamp>,
}

impl Turn {
    /// The step after the one that ended there.
    #[must_use]
    pub fn after(from: Option<cursor::Cursor>) -> Self {
        Self { from, told: Mutex::default() }
    }

    /// What it has come to; `None` if it failed.
    pub fn told(&self) -> Option<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Links to rooms: as they are now (`reset`), or what has changed since the last.
#[derive(SimpleObject, Clone)]
pub struct SessionRoomUpdate {
    /// Where you stand with this: send it as `after` to go on from here on any server.
    cursor: Cursor,
    /// Whether this is everything: forget what you had. So it begins; so it is when what you may see has changed; and
    /// when you have been away for too long.
    reset: bool,
    /// The sessions' uses of rooms that are new or changed in whatever their `revision` covers, as they are now; with
    /// `reset` all of them.
    session_rooms: Vec<SessionRoom>,
    /// The ids of those that are gone since your cursor; there may be some that you never had. Empty with `reset`.
    removed_ids: Vec<ID>,
}

/// What has changed in a program.
#[derive(SimpleObject, Clone)]
pub struct ProgramUpdate {
    /// Where you stand with this: send it as `after` to go on from here, and as `atLeast` to read what has changed.
    cursor: Cursor,
    /// Whether to fetch the whole program again, with `atLeast: cursor`, and go on from here: there is nothing in
    /// `changes`. So it begins without `after`; so it is when what you may see has changed; and when you have been away
    /// for too long.
    reset: bool,
    /// The changes since your cursor, in their order.
    changes: Vec<Change>,
}

/// A change of one object.
#[derive(SimpleObject, Clone)]
pub struct Change {
    /// Where you stand with this change and all before it.
    cursor: Cursor,
    /// Whether it is gone.
    kind: ChangeKind,
    /// The object's id.
    node_id: ID,
    /// The object as it is now; null if it is gone, now or since.
    node: Option<Node>,
    /// When it was changed.
    at: DateTime,
}

/// What changes, as it changes. Each subscription sends what is the case, not what has happened: first everything (or
/// what has changed since `after`), then whatever differs from what it has sent. Many changes at once may be sent as
/// one. It ends only when you end it, when the conference no longer exists for you, or with the connection: then
/// subscribe again, with the last `cursor` as `after`.
pub struct Subscription;

/// The root of subscriptions.
#[Subscription]
impl Subscription {
    /// The links to rooms of a conference, or of some of its sessions: as they are now, then as they change. What a link
    /// depends on counts: the room's own link, a session that is moved or cancelled, who gets links and from when.
    async fn session_room_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conference's slug.")] conference: String,
        #[graphql(desc = "Only of these sessions, at most 200; null: of all.")] session_ids: Option<Vec<ID>>,
        #[graphql(desc = "The cursor of the last update that you have: only what has changed since is sent.")]
        after: Option<Cursor>,
    ) -> Result<impl Stream<Item = SessionRoomUpdate>, AppError> {
        let begun = Begun::new(ctx, &conference, after).await?;
        let program = &begun.program;
        let wanted = session_ids.map(|ids| sessions(program.id(), &ids)).transpose()?;
        let wants =
            |session: Ix| wanted.as_ref().is_none_or(|ids| ids.contains(&program.rows.sessions[session as usize].id));
        let index = &program.index.session_rooms;
        let changed = |since: i64| -> Vec<SessionRoom> {
            let of = |ix: &Ix| {
                let it = &index[*ix as usize];
                it.revision > since && wants(it.session)
            };
            let all = 0..Ix::try_from(index.len()).unwrap_or(Ix::MAX);
            all.filter(of).map(|ix| SessionRoom::new(program, ix)).collect()
        };
        let update = match &begun.since {
            None => {
                let (session_rooms, removed_ids) = (changed(-1), Vec::new());
                Some(SessionRoomUpdate { cursor: Cursor(begun.now()), reset: true, session_rooms, removed_ids })
            }
            Some((then, log)) => {
                let gone = log.iter().filter(|entry| entry.table == Table::SessionRoom && entry.deleted);
                let removed_ids: Vec<ID> = gone
                    .filter(|entry| program.place(Table::SessionRoom, entry.id).is_none())
                    .map(|entry| id(program, NodeKind::SessionRoom, entry.id))
                    .collect();
                let session_rooms = changed(then.revision);
                let nothing = session_rooms.is_empty() && removed_ids.is_empty();
                let update =
                    SessionRoomUpdate { cursor: Cursor(begun.now()), reset: false, session_rooms, removed_ids };
                // The first step is always answered: a client that comes back knows by it that it is up to date.
                (begun.first || !nothing).then_some(update)
            }
        };
        begun.tell();
        Ok(stream::iter(update))
    }

    /// Everything that changes in a program, object by object: for whoever holds a copy of it.
    async fn program_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conference's slug.")] conference: String,
        #[graphql(
            desc = "The cursor of the last update that you have, or the one with which you fetched the program."
        )]
        after: Option<Cursor>,
    ) -> Result<impl Stream<Item = ProgramUpdate>, AppError> {
        let begun = Begun::new(ctx, &conference, after).await?;
        let cursor = Cursor(begun.now());
        let update = match &begun.since {
            None => Some(ProgramUpdate { cursor, reset: true, changes: Vec::new() }),
            Some((then, log)) => match begun.changes(ctx, *then, log).await? {
                None => Some(ProgramUpdate { cursor, reset: true, changes: Vec::new() }),
                Some(changes) => {
                    let nothing = changes.is_empty();
                    (begun.first || !nothing).then_some(ProgramUpdate { cursor, reset: false, changes })
                }
            },
        };
        begun.tell();
        Ok(stream::iter(update))
    }
}

fn id(program: &Program, kind: NodeKind, row: Uuid) -> ID {
    GlobalId { kind, conference: program.id(), row }.encode()
}

fn sessions(conference: Uuid, ids: &[ID]) -> Result<Vec<Uuid>, AppError> {
    if ids.len() > MOST_SESSIONS {
        return Err(AppError::too_expensive("sessionIds", "ids", ids.len() as u64, MOST_SESSIONS as u64));
    }
    let row = |id: &ID| {
        let parsed = GlobalId::parse(id)?;
        if parsed.kind != NodeKind::Session || parsed.conference != conference {
            return Err(AppError::bad_input("`sessionIds` takes ids of sessions of this conference."));
        }
        Ok(parsed.row)
    };
    ids.iter().map(row).collect()
}

/// What every step begins with.
struct Begun<'a> {
    turn: &'a Turn,
    program: std::sync::Arc<Program>,
    audience: Audience,
    watching: watch::Receiver<Stamp>,
    /// The state from which on the client is told, and the log since; `None`: from nothing.
    since: Option<(Stamp, Vec<Logged>)>,
    /// Whether nothing was sent before.
    first: bool,
}

impl<'a> Begun<'a> {
    async fn new(ctx: &'a Context<'_>, slug: &str, after: Option<Cursor>) -> Result<Self, AppError> {
        let turn: &Turn =
            ctx.data::<std::sync::Arc<Turn>>().map_err(|_| AppError::internal("a subscription has no turn"))?;
        let pins = Pins::of(ctx)?;
        let first = turn.from.is_none();
        let from = turn.from.clone().or(after.map(|after| after.0));
        let gone = || AppError::bad_input("There is no conference of this slug.");
        let own = pins.conference_by_slug(slug, false).await?.ok_or_else(gone)?;
        // First attached, then read: a change between the two is seen by the watch.
        let watching = pins.desk().programs.watch(own.id);
        if let Some(from) = &from {
            pins.at_least(from).await;
        }
        let program = pins.program(own.id).await?.ok_or_else(gone)?;
        let audience = pins.audience(&program);
        let then = from.filter(|from| from.audience == audience).and_then(|from| from.stamp(program.id()));
        let since = then.and_then(|then| {
            let log = program.tail.since(then, program.stamp).filter(|log| log.len() <= FARTHEST)?;
            Some((then, log))
        });
        Ok(Self { turn, program, audience, watching, since, first })
    }

    fn now(&self) -> cursor::Cursor {
        cursor::Cursor::of(self.program.id(), self.program.stamp, self.audience)
    }

    fn tell(&self) {
        let told = Told { conference: self.program.id(), cursor: self.now(), watching: self.watching.clone() };
        *self.turn.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }

    /// What differs from the state then, in the order in which it came to; `None`: more than is told one by one.
    async fn changes(&self, ctx: &Context<'_>, then: Stamp, log: &[Logged]) -> Result<Option<Vec<Change>>, AppError> {
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

/// The nodes whose effective revision is greater than this one.
fn changed(program: &Program, since: i64) -> Vec<(i64, NodeKind, Uuid)> {
    let (rows, index) = (&program.rows, &program.index);
    let mut found = Vec::new();
    macro_rules! of {
        ($kind:ident $field:ident) => {
            let all = rows.$field.iter().zip(&index.$field);
            found.extend(
                all.filter(|(_, it)| it.revision > since).map(|(row, it)| (it.revision, NodeKind::$kind, row.id)),
            );
        };
    }
    of!(Track tracks);
    of!(Room rooms);
    of!(Person people);
    of!(Panel panels);
    of!(Paper papers);
    of!(Session sessions);
    of!(SessionRoom session_rooms);
    of!(Slot slots);
    let own = rows.conference.iter().map(|row| (row.revision, NodeKind::Conference, row.id));
    let notices = rows.announcements.iter().map(|row| (row.revision, NodeKind::Announcement, row.id));
    found.extend(own.chain(notices).filter(|(revision, ..)| *revision > since));
    found
}
