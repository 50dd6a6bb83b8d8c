//! Who changed what when, for organizers: the log, as they read it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use serde_json::Value;
use uuid::Uuid;

use super::account::User;
use super::budget::{Text, spend};
use super::connection::{ListKind, PageArgs, Paged, connection, encode};
use super::id::{GlobalId, NodeKind};
use super::node::Node;
use super::pins::Pins;
use super::scalars::DateTime;
use crate::db::{LogEntry, LoggedRevision};
use crate::error::AppError;
use crate::program::row::Table;

/// What was done to an object.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditKind {
    /// It was made.
    Created,
    /// Some of its fields were changed.
    Updated,
    /// It was deleted.
    Deleted,
}

/// One revision of a conference: what somebody changed at one moment, as a whole.
#[derive(Clone)]
pub struct Revision {
    conference: Uuid,
    logged: LoggedRevision,
}

impl Revision {
    fn number(&self) -> i64 {
        self.logged.changes.first().map_or(0, |entry| entry.stamp.revision)
    }

    fn cursor(&self) -> String {
        encode(ListKind::History, (&self.number().to_string(), Uuid::nil()))
    }
}

/// One revision of a conference: what somebody changed at one moment, as a whole. For its organizers.
#[Object]
impl Revision {
    /// Its number: the conference's `revision` from then on. Send it to `undoRevision` to take it back.
    async fn revision(&self) -> i64 {
        self.number()
    }

    /// When it was made.
    async fn at(&self) -> Option<DateTime> {
        self.logged.changes.first().map(|entry| DateTime(entry.at))
    }

    /// Who made it, in a word: the user's name, "the command line", "Plenary" (which opens links at their time), or
    /// "somebody whose account is gone".
    async fn by(&self) -> Text<String> {
        Text(match (&self.logged.user, self.logged.actor.as_str()) {
            (Some(user), _) => user.name.clone(),
            (None, "cli") => "the command line".into(),
            (None, "system") => "Plenary".into(),
            (None, _) => "somebody whose account is gone".into(),
        })
    }

    /// Who made it; null if it was not somebody with an account, or the account is gone.
    async fn user(&self) -> Option<User> {
        self.logged.user.clone().map(User)
    }

    /// How many rows it changed. Of one object's history: of that object and its parts.
    async fn edit_count(&self) -> i64 {
        i64::try_from(self.logged.count).unwrap_or(i64::MAX)
    }

    /// What it changed, in order: the first 200.
    async fn edits(&self, ctx: &Context<'_>) -> Result<Vec<Edit>, AppError> {
        spend(ctx, self.logged.changes.len()).await?;
        let conference = self.conference;
        self.logged.changes.iter().map(|entry| Edit::of(conference, entry)).collect()
    }
}

/// What a revision changed in one object.
pub struct Edit {
    conference: Uuid,
    table: Table,
    row: Uuid,
    kind: EditKind,
    fields: Vec<FieldEdit>,
}

/// A field's value before and after.
#[derive(SimpleObject)]
pub struct FieldEdit {
    /// Which field, as the API calls it; `link` is where to join, `position` is the place in a list, of which only the
    /// order counts. Of an object that is named by a field, such as `personId`, the value is its id.
    name: Text<String>,
    /// What it was; null: nothing, or private.
    before: Option<Text<String>>,
    /// What it became; null: nothing, or private.
    after: Option<Text<String>>,
    /// Whether it is private: an e-mail address. Then only that it was changed is told.
    is_private: bool,
}

/// What a revision changed in one object.
#[Object(name = "Edit")]
impl Edit {
    /// What was done.
    async fn kind(&self) -> EditKind {
        self.kind
    }

    /// What it was done to: `Panel`, `Paper`, `Participation` and so on.
    async fn type_name(&self) -> &'static str {
        match self.table {
            Table::Participation => "Participation",
            Table::Authorship => "Authorship",
            Table::PersonMerge => "PersonMerge",
            table => NodeKind::of(table).map_or("", NodeKind::type_name),
        }
    }

    /// The id of what it was done to; null if that is no node: a participation, an authorship.
    async fn node_id(&self) -> Option<ID> {
        let kind = NodeKind::of(self.table)?;
        Some(GlobalId { kind, conference: self.conference, row: self.row }.encode())
    }

    /// It, as it is now; null if it is no node, or gone.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<Node>, AppError> {
        let Some(kind) = NodeKind::of(self.table) else { return Ok(None) };
        let id = GlobalId { kind, conference: self.conference, row: self.row }.encode();
        Box::pin(Node::find(Pins::of(ctx)?, &id, true)).await
    }

    /// Which fields were changed, with what they were and became. Of what was made or deleted, all that had a value.
    async fn fields(&self) -> &[FieldEdit] {
        &self.fields
    }
}

impl Edit {
    fn of(conference: Uuid, entry: &LogEntry) -> Result<Self, AppError> {
        let table = Table::named(&entry.entity).ok_or_else(|| AppError::internal("the log names an unknown table"))?;
        let read = |json: &Option<String>| {
            let row = json.as_deref().map(serde_json::from_str::<serde_json::Map<String, Value>>).transpose();
            row.map_err(AppError::internal)
        };
        let (before, after) = (read(&entry.before)?, read(&entry.after)?);
        let kind = match (&before, &after) {
            (None, _) => EditKind::Created,
            (Some(_), Some(_)) => EditKind::Updated,
            (Some(_), None) => EditKind::Deleted,
        };
        let of = |row: &Option<serde_json::Map<String, Value>>, name: &str| {
            row.as_ref().and_then(|row| row.get(name)).filter(|value| !value.is_null()).cloned()
        };
        let mut fields = Vec::new();
        for name in before.iter().chain(&after).flat_map(|row| row.keys()) {
            let (was, is) = (of(&before, name), of(&after, name));
            let told = fields.iter().any(|field: &FieldEdit| field.name.0 == property(name));
            if was == is || told || OURS.contains(&name.as_str()) {
                continue;
            }
            let is_private = name == "email";
            let shown =
                |value: Option<Value>| value.filter(|_| !is_private).map(|value| Text(shown(conference, name, &value)));
            fields.push(FieldEdit { name: Text(property(name)), before: shown(was), after: shown(is), is_private });
        }
        Ok(Self { conference, table, row: entry.row, kind, fields })
    }
}

/// Fields that are ours alone.
pub(super) const OURS: [&str; 5] = ["id", "conference_id", "revision", "links_revision", "zone_revision"];

/// A column as the API calls it.
pub(super) fn property(column: &str) -> String {
    let mut name = String::with_capacity(column.len());
    for (n, word) in column.split('_').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if n > 0 => name.extend(first.to_uppercase().chain(letters)),
            Some(first) => name.extend(std::iter::once(first).chain(letters)),
            None => {}
        }
    }
    name
}

/// A value for a person, and of a reference the id that the API knows it by.
fn shown(conference: Uuid, column: &str, value: &Value) -> String {
    let kind = match column {
        "track_id" => Some(NodeKind::Track),
        "room_id" => Some(NodeKind::Room),
        "person_id" => Some(NodeKind::Person),
        "panel_id" => Some(NodeKind::Panel),
        "paper_id" => Some(NodeKind::Paper),
        "session_id" => Some(NodeKind::Session),
        "session_room_id" => Some(NodeKind::SessionRoom),
        _ => None,
    };
    let row = value.as_str().and_then(|text| text.parse::<Uuid>().ok());
    if let Some((kind, row)) = kind.zip(row) {
        return GlobalId { kind, conference, row }.encode().0;
    }
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

connection! {
    /// A page of revisions, the newest first.
    RevisionConnection,
    /// A revision on a page.
    RevisionEdge, Revision
}

/// A page of a conference's history. Whoever may not see it never gets here.
pub(super) async fn history(
    ctx: &Context<'_>,
    conference: Uuid,
    about: Option<ID>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<RevisionConnection, AppError> {
    let has_previous = after.is_some();
    let about = match about {
        None => None,
        Some(id) => {
            let parsed = GlobalId::parse(&id)?;
            if parsed.conference != conference || parsed.kind.table().is_none() {
                return Err(AppError::bad_input("`nodeId` takes the id of something on this conference's program."));
            }
            Some(parsed.row)
        }
    };
    let window = PageArgs { first, after, ..PageArgs::default() }.window(ctx, ListKind::History)?;
    let first = window.first.unwrap_or_default();
    spend(ctx, first).await?;
    let before = window
        .after
        .map(|(key, _)| key.parse::<i64>().map_err(|_| AppError::bad_input("`after` is no page cursor of a history.")));
    let database = &Pins::of(ctx)?.desk().database;
    let page = database.history(conference, about, before.transpose()?, first as u64).await;
    let page = page.map_err(AppError::unavailable_because)?;
    Ok(RevisionConnection(Paged {
        nodes: page.revisions.into_iter().map(|logged| Revision { conference, logged }).collect(),
        total: usize::try_from(page.total).unwrap_or(usize::MAX),
        has_previous,
        has_next: page.has_next,
    }))
}
