//! Files that were uploaded to be imported, and what importing them would do.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::enums::ImportFormat as Format;
use entity::{import_preview, user};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::account::User;
use super::budget::{Text, spend, toil};
use super::connection::{ListKind, PageArgs, Paged, connection, encode};
use super::id::{GlobalId, NodeKind};
use super::pins::Pins;
use super::scalars::{DateTime, TimeZone};
use crate::command::import::{Mark, Noun};
use crate::command::preview::{self, Looked, Note};
use crate::error::AppError;
use crate::program::Program;

/// How many bytes of a file cost as much to look through as a field to resolve.
const BYTES_A_FIELD: u64 = 200;

/// What a file is read as.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Format")]
pub enum ImportFormat {
    /// A program file: JSON, as `plenary export` writes it.
    Program,
    /// schedule.xml, as c3voc describes it.
    ScheduleXml,
    /// schedule.json, as c3voc describes it.
    ScheduleJson,
    /// One table of the program, as comma-separated values.
    Csv,
}

/// What an import does to something.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Mark")]
pub enum ImportMark {
    /// It is new.
    Added,
    /// Something of it changes.
    Changed,
    /// It goes: the file no longer has it, and was uploaded with `prune=true`.
    Removed,
    /// The file no longer has it. It stays as it is.
    Missing,
}

/// What kind of thing an import changes.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Noun")]
pub enum ImportKind {
    /// The conference's own fields.
    Conference,
    /// A track of the conference.
    Track,
    /// A room of the conference.
    Room,
    /// A person on the program.
    Person,
    /// A panel with its roles.
    Panel,
    /// A paper with its authors.
    Paper,
    /// A session with its rooms, roles and slots.
    Session,
}

/// A file that was uploaded.
#[derive(Clone)]
pub struct ImportPreview {
    row: import_preview::Model,
    program: Arc<Program>,
    user: Option<user::Model>,
    /// Looked through when that is first asked for.
    looked: Arc<OnceCell<Looked>>,
}

impl ImportPreview {
    async fn looked(&self, ctx: &Context<'_>) -> Result<&Looked, AppError> {
        let look = async || {
            toil(ctx, u64::try_from(self.row.byte_count).unwrap_or_default() / BYTES_A_FIELD).await?;
            let looked = preview::look_again(Pins::of(ctx)?.desk(), &self.program, &self.row).await?;
            // It was there a moment ago; if it is gone now, asking again does not list it.
            looked.ok_or_else(AppError::unavailable)
        };
        self.looked.get_or_try_init(look).await
    }
}

/// A file that was uploaded to be imported, and what importing it would do to the program as it is now: planned anew each
/// time that it is asked for. It is kept for a day, and of those that one organizer uploads for one conference the newest
/// five are; all organizers of the conference see and may apply it. What is in it is not shown: no e-mail address and no
/// link, for which `…` stands in keys, names and messages.
#[Object]
impl ImportPreview {
    /// Its global id: good for `applyImport` and `discardImport`. Not a node: `node` does not find it.
    async fn id(&self) -> ID {
        let (conference_id, id) = (self.row.conference_id, self.row.id);
        GlobalId { kind: NodeKind::ImportPreview, conference: conference_id, row: id }.encode()
    }

    /// When it was uploaded.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// When it will be forgotten.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.row.expires_at)
    }

    /// Who uploaded it; null if the account is gone.
    async fn user(&self) -> Option<User> {
        self.user.clone().map(User)
    }

    /// What it is read as.
    async fn format(&self) -> ImportFormat {
        self.row.format.into()
    }

    /// Whether what it no longer has is removed from the program.
    async fn prune(&self) -> bool {
        self.row.prune
    }

    /// The time zone that was given with it for the times of a schedule, whatever the file names; null: the one that the
    /// file names, else the conference's.
    async fn time_zone(&self) -> Option<TimeZone> {
        self.row.time_zone.clone().map(TimeZone)
    }

    /// How many bytes it has.
    async fn byte_count(&self) -> i64 {
        self.row.byte_count
    }

    /// The revision of the program that everything here is said of: send it to `applyImport` as `expectedRevision`, and it
    /// does what is said here or nothing.
    async fn revision(&self) -> i64 {
        self.program.stamp.revision
    }

    /// What importing it would do to what, by kind and key. Page cursors are good as long as `revision` is the same.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
    ) -> Result<ImportChangeConnection, AppError> {
        let has_previous = after.is_some();
        let window = PageArgs { first, after, ..PageArgs::default() }.window(ctx, ListKind::ImportChanges)?;
        let wrong = || AppError::bad_input("`after` is no page cursor of this preview's changes.");
        let begin = match window.after {
            None => 0,
            Some((place, id)) if id == self.row.id => place.parse::<usize>().map_err(|_| wrong())?.saturating_add(1),
            Some(_) => return Err(wrong()),
        };
        let Ok(told) = Box::pin(self.looked(ctx)).await? else {
            return Ok(ImportChangeConnection(Paged { nodes: Vec::new(), total: 0, has_previous, has_next: false }));
        };
        let all = told.changes.iter().enumerate().skip(begin);
        let page: Vec<_> = all.take(window.first.unwrap_or_default()).collect();
        spend(ctx, page.len()).await?;
        let has_next = begin.saturating_add(page.len()) < told.changes.len();
        let nodes = page.into_iter().map(|(place, own)| ImportChange { of: self.row.id, place, own: own.clone() });
        Ok(ImportChangeConnection(Paged { nodes: nodes.collect(), total: told.changes.len(), has_previous, has_next }))
    }

    /// How many of which kind are added, changed, removed or missing; nothing is listed with 0.
    async fn totals(&self, ctx: &Context<'_>) -> Result<Vec<ImportTotal>, AppError> {
        let Ok(told) = Box::pin(self.looked(ctx)).await? else { return Ok(Vec::new()) };
        spend(ctx, told.totals.len()).await?;
        let total =
            |own: &preview::Total| ImportTotal { mark: own.mark.into(), kind: own.kind.into(), count: own.count };
        Ok(told.totals.iter().map(total).collect())
    }

    /// What of it was not understood, or has no place in a program, and is left out: the first hundred kinds, and last how
    /// many things of others there are.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Vec<ImportNote>, AppError> {
        let Ok(told) = Box::pin(self.looked(ctx)).await? else { return Ok(Vec::new()) };
        spend(ctx, told.notes.len()).await?;
        Ok(told.notes.iter().map(ImportNote::of).collect())
    }

    /// What an organizer may not expect: that links or addresses are taken away which the file does not have.
    async fn warnings(&self, ctx: &Context<'_>) -> Result<Vec<Text<String>>, AppError> {
        let Ok(told) = Box::pin(self.looked(ctx)).await? else { return Ok(Vec::new()) };
        spend(ctx, told.warnings.len()).await?;
        Ok(told.warnings.iter().cloned().map(Text).collect())
    }

    /// Why it can't be applied to the program as it is now: the first 50 reasons. Empty if it can.
    async fn faults(&self, ctx: &Context<'_>) -> Result<Vec<ImportNote>, AppError> {
        let Err(faults) = Box::pin(self.looked(ctx)).await? else { return Ok(Vec::new()) };
        spend(ctx, faults.len()).await?;
        Ok(faults.iter().map(ImportNote::of).collect())
    }
}

/// A thing and what happens to it.
#[derive(Clone)]
pub struct ImportChange {
    of: Uuid,
    place: usize,
    own: preview::Change,
}

/// A thing on the program, and what importing a file would do to it.
#[Object]
impl ImportChange {
    /// What happens to it.
    async fn mark(&self) -> ImportMark {
        self.own.mark.into()
    }

    /// What kind of thing it is.
    async fn kind(&self) -> ImportKind {
        self.own.kind.into()
    }

    /// What the file knows it by: its key, of a track its code, of the conference its slug.
    async fn key(&self) -> Text<&str> {
        Text(&self.own.key)
    }

    /// Its name or title; may be empty.
    async fn label(&self) -> Text<&str> {
        Text(&self.own.label)
    }

    /// What of it changes, as the program file calls it; empty unless it is changed.
    async fn fields(&self, ctx: &Context<'_>) -> Result<Vec<Text<&str>>, AppError> {
        spend(ctx, self.own.fields.len()).await?;
        Ok(self.own.fields.iter().map(|name| Text(name.as_str())).collect())
    }
}

impl ImportChange {
    fn cursor(&self) -> String {
        encode(ListKind::ImportChanges, (&self.place.to_string(), self.of))
    }
}

connection! {
    /// A page of what importing a file would do.
    ImportChangeConnection,
    /// One thing on such a page.
    ImportChangeEdge, ImportChange
}

/// How often an import does something.
#[derive(SimpleObject)]
pub struct ImportTotal {
    /// What happens.
    mark: ImportMark,
    /// To what kind of thing.
    kind: ImportKind,
    /// To how many.
    count: usize,
}

/// Something about an uploaded file.
#[derive(SimpleObject)]
pub struct ImportNote {
    /// Where in the file: in JSON a pointer (RFC 6901), such as `/panels/0/code`, else a line; empty: as a whole.
    place: Text<String>,
    /// What, and how to mend it if it is wrong: for people, in English.
    message: Text<String>,
}

impl ImportNote {
    fn of(note: &Note) -> Self {
        let Note { place, message } = note.clone();
        Self { place: Text(place), message: Text(message) }
    }
}

/// What was uploaded for a conference. Whoever may not see it never gets here.
pub(super) async fn import_previews(ctx: &Context<'_>, program: &Arc<Program>) -> Result<Vec<ImportPreview>, AppError> {
    let desk = Pins::of(ctx)?.desk();
    let rows = desk.database.imports(program.id(), desk.source.now()).await.map_err(AppError::unavailable_because)?;
    spend(ctx, rows.len()).await?;
    let users = desk.database.users(rows.iter().map(|row| row.user_id)).await;
    let users: HashMap<Uuid, user::Model> = users.map_err(AppError::unavailable_because)?;
    let preview = |row: import_preview::Model| ImportPreview {
        user: users.get(&row.user_id).cloned(),
        program: Arc::clone(program),
        looked: Arc::default(),
        row,
    };
    Ok(rows.into_iter().map(preview).collect())
}
