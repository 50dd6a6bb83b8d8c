//! Delta sync: what has changed since a client was here last, page by page, with objects as they are now.
//!
//! Changes are in the order of (effective revision, kind, id). An object that is changed while a client pages moves to the
//! end, so it is told again; nothing comes to a place that was passed. What is gone is found in the log, and has its place
//! by the revision that deleted it.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Object};
use uuid::Uuid;

use super::budget::spend;
use super::conference::Conference;
use super::connection::{ListKind, PageArgs};
use super::enums::ChangeKind;
use super::id::{GlobalId, NodeKind};
use super::node::Node;
use super::pins::Pins;
use super::scalars::{Cursor, DateTime};
use super::subscription::{Change, changed};
use crate::cursor::{self, Page};
use crate::db::Stamp;
use crate::error::AppError;
use crate::program::Program;
use crate::program::tail::Logged;

/// The most deletions that are told one by one: beyond them it costs a client less to begin anew.
const MOST_GONE: u64 = 20_000;

/// Where a change is in the order.
type Place = (i64, u8, Uuid);

/// Some of what has changed.
pub struct ChangeConnection {
    cursor: Cursor,
    reset: bool,
    nodes: Vec<Change>,
    has_next: bool,
}

/// A page of what has changed. Apply the changes in their order: put each object in place of the one of its id, take away
/// those that are DELETED; some you may never have had. As long as `pageInfo.hasNextPage`, go on with `after: cursor`; then
/// you hold the program as it is, and `cursor` is where the next sync goes on, or `programChanged`.
#[Object]
impl ChangeConnection {
    /// Where you stand after this page.
    async fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Whether to forget what you have before you apply this page: this page and those after it bring everything. So it
    /// begins without `after`; so it is when what you may see has changed, or the server no longer knows what has changed
    /// since.
    async fn reset(&self) -> bool {
        self.reset
    }

    /// The changes.
    async fn nodes(&self) -> &[Change] {
        &self.nodes
    }

    /// Whether there is more. Go on with `cursor` above; `endCursor` is the same.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: false,
            has_next_page: self.has_next,
            start_cursor: self.nodes.first().map(|change| change.cursor.0.encode()),
            end_cursor: self.nodes.last().map(|_| self.cursor.0.encode()),
        }
    }
}

/// From where a page goes on.
struct From {
    /// The last place that the client has.
    place: Place,
    /// The revision up to which it knows what is gone.
    told: i64,
    gone: Vec<Logged>,
    reset: bool,
}

/// What has changed in a conference's program.
pub(super) async fn changes(
    ctx: &Context<'_>,
    conference: &Conference,
    after: Option<Cursor>,
    first: Option<i32>,
) -> Result<ChangeConnection, AppError> {
    let pins = Pins::of(ctx)?;
    let window = PageArgs { first, ..PageArgs::default() }.window(ctx, ListKind::History)?;
    let most = window.first.unwrap_or_default();
    if let Some(Cursor(after)) = &after {
        pins.at_least(after).await;
    }
    let program = pins.program(conference.row.id).await?.ok_or_else(AppError::unavailable)?;
    let audience = pins.audience(&program);
    let after = after.map(|after| after.0).filter(|after| after.audience == audience);
    let from = match after {
        Some(after) => Box::pin(resume(pins, &program, &after)).await?,
        None => None,
    };
    let now = program.stamp.revision;
    let anew = || From { place: (-1, u8::MAX, Uuid::max()), told: now, gone: Vec::new(), reset: true };
    let From { place, told, gone, reset } = from.unwrap_or_else(anew);
    let (places, deleted, has_next) = page(&program, place, &gone, most);
    spend(ctx, places.len()).await?;
    let stands = |at: Place| {
        let mut cursor = cursor::Cursor::of(program.id(), program.stamp, audience);
        let (revision, kind, id) = at;
        cursor.page = Some(Page { told, revision, kind, id });
        Cursor(cursor)
    };
    let mut nodes = Vec::with_capacity(places.len());
    for at in &places {
        let (revision, kind, row) = *at;
        let Some(kind) = NodeKind::numbered(kind) else { continue };
        let is_gone = deleted.contains(at);
        let node = if is_gone { None } else { node(&program, kind, row) };
        let made = program.tail.time_of(revision).or_else(|| program.tail.begins()).unwrap_or_default();
        nodes.push(Change {
            cursor: stands(*at),
            kind: if is_gone { ChangeKind::Deleted } else { ChangeKind::Changed },
            node_id: GlobalId { kind, conference: program.id(), row }.encode(),
            node,
            at: DateTime(made),
        });
    }
    let cursor = if has_next {
        stands(places.last().copied().unwrap_or(place))
    } else {
        Cursor(cursor::Cursor::of(program.id(), program.stamp, audience))
    };
    Ok(ChangeConnection { cursor, reset, nodes, has_next })
}

/// From where the client goes on; `None` if that can't be told any more.
async fn resume(pins: &Pins, program: &Program, after: &cursor::Cursor) -> Result<Option<From>, AppError> {
    let Some(seen) = after.stamp(program.id()) else { return Ok(None) };
    let (place, told) = match after.page {
        None => ((seen.revision, u8::MAX, Uuid::max()), seen.revision),
        Some(Page { told, revision, kind, id }) => ((revision, kind, id), told),
    };
    let now = program.stamp;
    if told > now.revision || seen.revision > now.revision {
        return Ok(None);
    }
    let known = program.tail.since(seen, now).is_some();
    let since = program.tail.state_of(told).or_else(|| (told == now.revision).then_some(now));
    let held = since.filter(|_| known).and_then(|since: Stamp| program.tail.since(since, now));
    let gone = match held {
        Some(log) => Some(log.into_iter().filter(|entry| entry.deleted).collect()),
        // Longer ago than is held in memory: the database's log knows.
        None => {
            let database = &pins.desk().database;
            let found = database.deletions(program.id(), seen, told, now.revision, MOST_GONE).await;
            found.map_err(AppError::unavailable_because)?
        }
    };
    Ok(gone.map(|gone| From { place, told, gone, reset: false }))
}

/// The next places after this one, in order; which of them are of what is gone; and whether there are more.
fn page(program: &Program, after: Place, gone: &[Logged], most: usize) -> (Vec<Place>, BTreeSet<Place>, bool) {
    let place = |(revision, kind, id): (i64, NodeKind, Uuid)| (revision, kind as u8, id);
    // Of what the place's own revision has changed, some may be still to come.
    let mut places: Vec<Place> =
        changed(program, after.0 - 1).into_iter().map(place).filter(|at| *at > after).collect();
    let gone = gone.iter().filter(|entry| program.place(entry.table, entry.id).is_none());
    let gone = gone.filter_map(|entry| Some(place((entry.stamp.revision, NodeKind::of(entry.table)?, entry.id))));
    let gone: BTreeSet<Place> = gone.filter(|at| *at > after).collect();
    places.extend(&gone);
    let has_next = places.len() > most;
    if has_next {
        if most > 0 {
            places.select_nth_unstable(most - 1);
        }
        places.truncate(most);
    }
    places.sort_unstable();
    (places, gone, has_next)
}

fn node(program: &Arc<Program>, kind: NodeKind, row: Uuid) -> Option<Node> {
    if kind == NodeKind::Conference {
        return program.rows.conference.first().map(|row| Node::Conference(Conference { row: Arc::clone(row) }));
    }
    Node::at(program, kind, row)
}
