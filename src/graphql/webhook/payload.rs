//! What webhooks are told: which objects changed, by the ids that the API knows them by. Nothing of what they are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use entity::conference;
use entity::enums::{Audience, WebhookEvent};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::cursor::Cursor;
use crate::db::LogEntry;
use crate::graphql::history::{OURS, property};
use crate::graphql::id::{GlobalId, NodeKind};
use crate::graphql::subscription::changed;
use crate::program::Program;
use crate::program::row::Table;

/// The most changes that are told one by one; beyond them the receiver is told to fetch everything.
const MOST: usize = 500;

/// The body of a delivery (Standard Webhooks, "Payload structure").
#[derive(Serialize)]
struct Payload<D> {
    r#type: &'static str,
    timestamp: String,
    data: D,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProgramChanged<'a> {
    conference: Conference<'a>,
    from_revision: i64,
    revision: i64,
    cursor: String,
    reset: bool,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Test<'a> {
    conference: Conference<'a>,
}

#[derive(Serialize)]
struct Conference<'a> {
    id: String,
    slug: &'a str,
}

#[derive(Serialize)]
struct Change {
    kind: &'static str,
    r#type: &'static str,
    id: String,
    fields: Vec<String>,
}

impl<'a> Conference<'a> {
    fn of(row: &'a conference::Model) -> Self {
        Self { id: id(row.id, NodeKind::Conference, row.id), slug: &row.slug }
    }
}

fn id(conference: Uuid, kind: NodeKind, row: Uuid) -> String {
    GlobalId { kind, conference, row }.encode().0
}

fn body<D: Serialize>(r#type: &'static str, at: DateTime<Utc>, data: D) -> Result<String, serde_json::Error> {
    let timestamp = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    serde_json::to_string(&Payload { r#type, timestamp, data })
}

/// That a webhook arrives.
///
/// # Errors
/// Never in practice: it is plain data.
pub fn test(own: &conference::Model, now: DateTime<Utc>) -> Result<String, serde_json::Error> {
    body("webhook.test", now, Test { conference: Conference::of(own) })
}

/// What a program has become since a revision, of which the log says `log` (`None`: that is not known any more). Only what
/// is of these kinds, and `None` if nothing is; without `events` everything, be it nothing that the API shows.
///
/// # Errors
/// If the log was written by something else.
pub fn changes(
    program: &Program,
    since: i64,
    log: Option<&[LogEntry]>,
    events: Option<&[WebhookEvent]>,
    now: DateTime<Utc>,
) -> Result<Option<String>, serde_json::Error> {
    let told = log.map(|log| listed(program, since, log, events)).transpose()?;
    if told.as_ref().is_some_and(Vec::is_empty) && events.is_some() {
        return Ok(None);
    }
    let changes = told.filter(|told| told.len() <= MOST);
    let data = ProgramChanged {
        conference: Conference::of(program.conference()),
        from_revision: since,
        revision: program.stamp.revision,
        cursor: Cursor::of(program.id(), program.stamp, Audience::Organizer).encode(),
        reset: changes.is_none(),
        changes: changes.unwrap_or_default(),
    };
    let at = log.and_then(<[LogEntry]>::last).map_or(now, |entry| entry.at);
    body("program.changed", at, data).map(Some)
}

/// In the order in which they came to be.
fn listed(
    program: &Program,
    since: i64,
    log: &[LogEntry],
    events: Option<&[WebhookEvent]>,
) -> Result<Vec<Change>, serde_json::Error> {
    let mut fields: BTreeMap<(Table, Uuid), Vec<String>> = BTreeMap::new();
    let mut gone = BTreeSet::new();
    let mut all = Vec::new();
    for entry in log {
        let Some(table) = Table::named(&entry.entity) else { continue };
        let Some(kind) = NodeKind::of(table) else { continue };
        if entry.after.is_none() && program.place(table, entry.row).is_none() && gone.insert((table, entry.row)) {
            all.push((entry.stamp.revision, kind, entry.row, true));
        }
        differing(entry, fields.entry((table, entry.row)).or_default())?;
    }
    all.extend(changed(program, since).into_iter().map(|(revision, kind, row)| (revision, kind, row, false)));
    all.retain(|(_, kind, ..)| event(*kind).is_some_and(|event| events.is_none_or(|events| events.contains(&event))));
    all.sort_by_key(|(revision, ..)| *revision);
    let change = |(_, kind, row, deleted): (i64, NodeKind, Uuid, bool)| {
        let own = kind.table().filter(|_| !deleted).and_then(|table| fields.get(&(table, row)));
        Change {
            kind: if deleted { "DELETED" } else { "CHANGED" },
            r#type: kind.type_name(),
            id: id(program.id(), kind, row),
            fields: own.cloned().unwrap_or_default(),
        }
    };
    Ok(all.into_iter().map(change).collect())
}

/// Adds which of a row's fields an entry of the log has changed, as the API calls them. Only their names.
fn differing(entry: &LogEntry, into: &mut Vec<String>) -> Result<(), serde_json::Error> {
    let read = |json: &Option<String>| json.as_deref().map(serde_json::from_str::<Map<String, Value>>).transpose();
    let (before, after) = (read(&entry.before)?.unwrap_or_default(), read(&entry.after)?.unwrap_or_default());
    let of = |row: &Map<String, Value>, name: &str| row.get(name).filter(|value| !value.is_null()).cloned();
    for name in before.keys().chain(after.keys()) {
        if OURS.contains(&name.as_str()) || of(&before, name) == of(&after, name) {
            continue;
        }
        let name = property(name);
        if !into.contains(&name) {
            into.push(name);
        }
    }
    Ok(())
}

/// What a webhook has to want to be told of this; `None`: it is nothing that webhooks are told of.
const fn event(kind: NodeKind) -> Option<WebhookEvent> {
    Some(match kind {
        NodeKind::Conference => WebhookEvent::Conference,
        NodeKind::Track => WebhookEvent::Track,
        NodeKind::Room => WebhookEvent::Room,
        NodeKind::Person => WebhookEvent::Person,
        NodeKind::Panel => WebhookEvent::Panel,
        NodeKind::Paper => WebhookEvent::Paper,
        NodeKind::Session => WebhookEvent::Session,
        NodeKind::SessionRoom => WebhookEvent::SessionRoom,
        NodeKind::Slot => WebhookEvent::Slot,
        NodeKind::Announcement => WebhookEvent::Announcement,
        NodeKind::User
        | NodeKind::Member
        | NodeKind::Identity
        | NodeKind::LoginSession
        | NodeKind::AccessToken
        | NodeKind::Message
        | NodeKind::Release
        | NodeKind::DraftCommand
        | NodeKind::Webhook
        | NodeKind::WebhookDelivery
        | NodeKind::ImportPreview => return None,
    })
}
