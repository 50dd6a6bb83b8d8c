//! Subscriptions: state, not events.
//!
//! A subscription is answered in steps. Each is one run of the document, which says what has changed since the cursor
//! at which the last one ended; whoever drives it (see [`crate::live`]) runs it again when there may be more. So a step
//! can be computed once for all who stand at the same cursor, and a slow reader gets the newest state late, never an
//! old one for good.

mod begun;

use async_graphql::{Context, ID, SimpleObject, Subscription};
use futures_util::stream::{self, Stream};
use uuid::Uuid;

pub use self::begun::{Mine, Told, Turn};

pub(super) use self::begun::changed;
use self::begun::{Begun, id};
use super::enums::ChangeKind;
use super::id::{GlobalId, NodeKind};
use super::node::Node;
use super::room::SessionRoom;
use super::scalars::{Cursor, DateTime};
use super::schedule::ViewerSchedule;
use crate::error::AppError;
use crate::live::Mutant;
use crate::program::index::Ix;
use crate::program::row::Table;

/// The most ids of `sessionIds`.
const MOST_SESSIONS: usize = 200;

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

/// Your individual schedule.
#[derive(SimpleObject)]
pub struct ViewerScheduleUpdate {
    /// Where you stand with this: send it as `after` to go on from here on any server.
    cursor: Cursor,
    /// Whether you had nothing of this before, or not as whom you are now.
    reset: bool,
    /// All of it, as it is now.
    schedule: ViewerSchedule,
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
        #[graphql(
            desc = "Only of those that your individual schedule leads you to. Takes a login, or a token with the \
                          scope `read`. Null or false: of all."
        )]
        viewer_starred_only: Option<bool>,
        #[graphql(desc = "The cursor of the last update that you have: only what has changed since is sent.")]
        after: Option<Cursor>,
    ) -> Result<impl Stream<Item = SessionRoomUpdate>, AppError> {
        let begun = Begun::new(ctx, &conference, after, viewer_starred_only == Some(true)).await?;
        let program = &begun.program;
        let wanted = session_ids.map(|ids| sessions(program.id(), &ids)).transpose()?;
        let row = |session: Ix| program.rows.sessions[session as usize].id;
        let wants = |session: Ix| {
            wanted.as_ref().is_none_or(|ids| ids.contains(&row(session)))
                && begun.mine.as_ref().is_none_or(|mine| mine.sessions.contains(&row(session)))
        };
        // What has come to the schedule is new to the client, however old it is.
        let had = |session: Ix| begun.had.as_ref().is_none_or(|had| had.sessions.contains(&row(session)));
        let index = &program.index.session_rooms;
        let breaks = |rule| begun.breaks(rule);
        let revision = |ix: Ix| match breaks(Mutant::RowRevision) {
            true => program.rows.session_rooms[ix as usize].revision,
            false => index[ix as usize].revision,
        };
        let changed = |since: i64| -> Vec<SessionRoom> {
            let of = |ix: &Ix| {
                let it = &index[*ix as usize];
                (revision(*ix) > since || !had(it.session)) && wants(it.session)
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
                let gone = gone.filter(|_| !breaks(Mutant::GoneUntold));
                let gone = gone.map(|entry| entry.id);
                let gone = gone.filter(|id| program.place(Table::SessionRoom, *id).is_none());
                // What is no longer on the schedule: that it was, the step before has told; or else that it may have
                // been, its change tells.
                let uses = program.rows.session_rooms.iter().zip(index);
                let left = uses.filter(|(_, it)| {
                    let was = begun.had.as_ref().map_or(it.revision > then.revision, |_| had(it.session));
                    begun.mine.as_ref().is_some_and(|mine| was && !mine.sessions.contains(&row(it.session)))
                });
                let removed = gone.chain(left.map(|(use_of, _)| use_of.id));
                let removed_ids: Vec<ID> = removed.map(|it| id(program, NodeKind::SessionRoom, it)).collect();
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
        let begun = Begun::new(ctx, &conference, after, false).await?;
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

    /// Your individual schedule, on all your devices: as it is now, then whenever you star something or take a star
    /// away, and whenever something on it changes: its time, its room, its link. Takes a login, or a token with the scope
    /// `read`.
    async fn viewer_schedule_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conference's slug.")] conference: String,
        #[graphql(desc = "The cursor of the last update that you have.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = ViewerScheduleUpdate>, AppError> {
        let begun = Begun::new(ctx, &conference, after, true).await?;
        let mine = begun.mine.as_ref().ok_or_else(|| AppError::internal("a schedule without its owner"))?;
        let schedule = ViewerSchedule::new(&begun.program, &mine.stars);
        let changed = match (&begun.since, &begun.had) {
            (None, _) => true,
            (Some((then, _)), had) => {
                schedule.revision() > then.revision || had.as_ref().is_none_or(|had| !had.leads_alike(mine))
            }
        };
        let update = (begun.first || changed).then(|| ViewerScheduleUpdate {
            cursor: Cursor(begun.now()),
            reset: begun.since.is_none(),
            schedule,
        });
        begun.tell();
        Ok(stream::iter(update))
    }
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
