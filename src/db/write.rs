//! Writing: locking scopes, and row changes as batched statements with their log.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::enums::ScopeKind;
use entity::{
    announcement, authorship, change, conference, panel, paper, participation, person, person_merge, release, room,
    scope, session, session_room, slot, track,
};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::{Database, Stamp};
use crate::program::row::{Row, RowChange, Table};

/// Rows in one statement: with the widest table well below the 32,766 parameters that SQLite takes.
const BATCH: usize = 1_000;

/// A scope that this transaction has locked and bumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The conference, user, or nil for the site.
    pub id: Uuid,
    /// The state found, which plans are made on.
    pub before: Stamp,
    /// The state that this transaction commits.
    pub after: Stamp,
}

/// Who wrote, and when: what every row of a revision's log bears.
#[derive(Clone, Debug)]
pub struct Written {
    /// `cli`, `system`, or a user's id.
    pub actor: String,
    /// By the writer's clock: for people, never for order.
    pub at: DateTime<Utc>,
}

/// Dispatches on the table, with `$module` the entity of each arm.
macro_rules! for_table {
    ($table:expr, |$module:ident| $body:expr) => {
        match $table {
            Table::Conference => {
                use conference as $module;
                $body
            }
            Table::Track => {
                use track as $module;
                $body
            }
            Table::Room => {
                use room as $module;
                $body
            }
            Table::Person => {
                use person as $module;
                $body
            }
            Table::PersonMerge => {
                use person_merge as $module;
                $body
            }
            Table::Panel => {
                use panel as $module;
                $body
            }
            Table::Paper => {
                use paper as $module;
                $body
            }
            Table::Session => {
                use session as $module;
                $body
            }
            Table::SessionRoom => {
                use session_room as $module;
                $body
            }
            Table::Slot => {
                use slot as $module;
                $body
            }
            Table::Participation => {
                use participation as $module;
                $body
            }
            Table::Authorship => {
                use authorship as $module;
                $body
            }
            Table::Announcement => {
                use announcement as $module;
                $body
            }
            Table::Release => {
                use release as $module;
                $body
            }
        }
    };
}

impl Database {
    /// Makes a new conference's scope at revision 0, unseen by others until the commit.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn create_scope(at: &impl ConnectionTrait, id: Uuid, kind: ScopeKind) -> Result<(), DbErr> {
        let row = scope::Model { id, kind, revision: 0, tag: 0, previous_tag: 0 };
        scope::Entity::insert(row.into_active_model()).exec_without_returning(at).await.map(|_| ())
    }

    /// Locks a scope's row and bumps it; `None` if there is no such scope. From here to the transaction's end nobody
    /// else commits to it, so what is read now is exactly what the new revision follows.
    ///
    /// # Errors
    /// If the database can't be written, or the lock is not had in time.
    pub async fn lock_scope(at: &impl ConnectionTrait, id: Uuid, tag: i64) -> Result<Option<Scope>, DbErr> {
        let rows = scope::Entity::update_many()
            .col_expr(scope::Column::Revision, Expr::col(scope::Column::Revision).add(1))
            // An UPDATE's right-hand sides see the row as it was.
            .col_expr(scope::Column::PreviousTag, Expr::col(scope::Column::Tag))
            .col_expr(scope::Column::Tag, Expr::value(tag))
            .filter(scope::Column::Id.eq(id))
            .exec_with_returning(at)
            .await?;
        Ok(rows.first().map(|row| Scope {
            id,
            before: Stamp { revision: row.revision - 1, tag: row.previous_tag },
            after: Stamp { revision: row.revision, tag: row.tag },
        }))
    }

    /// Puts a scope back that this transaction has locked and not changed.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn unlock_scope(at: &impl ConnectionTrait, scope: &Scope) -> Result<(), DbErr> {
        scope::Entity::update_many()
            .col_expr(scope::Column::Revision, Expr::value(scope.before.revision))
            .col_expr(scope::Column::Tag, Expr::value(scope.before.tag))
            .filter(scope::Column::Id.eq(scope.id))
            .exec(at)
            .await
            .map(|_| ())
    }

    /// Writes row changes, whose rows bear this revision already, stamps the owners and appends the log. `progress`
    /// is told how many changes are written so far.
    ///
    /// # Errors
    /// If a statement fails; the caller then rolls back.
    pub async fn write_changes(
        at: &impl ConnectionTrait,
        scope: &Scope,
        written: &Written,
        changes: &[RowChange],
        progress: &(dyn Fn(usize) + Send + Sync),
    ) -> Result<(), DbErr> {
        let revision = scope.after.revision;
        let mut done = 0;
        let mut step = |rows: usize| {
            done += rows;
            progress(done);
        };
        let mut inserts: BTreeMap<Table, Vec<&Row>> = BTreeMap::new();
        let mut deletes: BTreeMap<Table, Vec<Uuid>> = BTreeMap::new();
        let mut owners: BTreeMap<Table, BTreeSet<Uuid>> = BTreeMap::new();
        let mut updates = Vec::new();
        for change in changes {
            for (table, id) in change.stamped_owners() {
                owners.entry(table).or_default().insert(id);
            }
            match change {
                RowChange::Insert(row) => inserts.entry(row.table()).or_default().push(row),
                RowChange::Update { after, .. } => updates.push(after),
                RowChange::Delete(row) => deletes.entry(row.table()).or_default().push(row.id()),
            }
        }
        make_way(at, changes).await?;
        // Parents before the children that refer to them; a deletion the other way about.
        for rows in inserts.values() {
            for batch in rows.chunks(BATCH) {
                insert(at, batch).await?;
                step(batch.len());
            }
        }
        for row in updates {
            update(at, row).await?;
            step(1);
        }
        for (table, ids) in deletes.iter().rev() {
            for batch in ids.chunks(BATCH) {
                for_table!(table, |it| {
                    it::Entity::delete_many().filter(it::Column::Id.is_in(batch.iter().copied())).exec(at).await?;
                });
                step(batch.len());
            }
        }
        stamp(at, &owners, revision).await?;
        log(at, scope, written, changes).await
    }

    /// Deletes all rows of a program but the conference's own: children before their parents.
    ///
    /// # Errors
    /// If a statement fails; the caller then rolls back.
    pub async fn delete_program(at: &impl ConnectionTrait, conference: Uuid) -> Result<(), DbErr> {
        for table in Table::ALL.iter().rev().filter(|table| **table != Table::Conference) {
            let own = Expr::col("conference_id").eq(conference);
            let delete = Query::delete().from_table(table.name()).and_where(own).to_owned();
            at.execute(&delete).await?;
        }
        Ok(())
    }

    /// Appends to the site's log that a conference's own row changed: ids only, the rest is in its own log.
    ///
    /// # Errors
    /// If the statement fails.
    pub async fn log_site(
        at: &impl ConnectionTrait,
        site: &Scope,
        written: &Written,
        conference: Uuid,
    ) -> Result<(), DbErr> {
        let row = change::Model {
            scope_id: site.id,
            revision: site.after.revision,
            n: 1,
            tag: site.after.tag,
            at: written.at,
            actor: written.actor.clone(),
            entity: Table::Conference.name().into(),
            row_id: conference,
            before: None,
            after: None,
        };
        change::Entity::insert(row.into_active_model()).exec_without_returning(at).await.map(|_| ())
    }

    /// Takes what is older than `then` out of the log, but for each scope's last revision, whose tag says what state it
    /// is.
    ///
    /// # Errors
    /// If the statement fails.
    pub async fn forget_changes(at: &impl ConnectionTrait, then: DateTime<Utc>) -> Result<(), DbErr> {
        let now = Query::select()
            .column((scope::Entity, scope::Column::Revision))
            .from(scope::Entity)
            .and_where(Expr::col((scope::Entity, scope::Column::Id)).equals((change::Entity, change::Column::ScopeId)))
            .take();
        change::Entity::delete_many()
            .filter(change::Column::At.lt(then))
            .filter(
                Expr::col((change::Entity, change::Column::Revision)).lt(Expr::SubQuery(None, Box::new(now.into()))),
            )
            .exec(at)
            .await
            .map(|_| ())
    }
}

/// What no other row of the conference may have, and where it is.
fn own_name(row: &Row) -> Option<(&'static str, &str)> {
    match row {
        Row::Track(row) => Some(("code", &row.code)),
        Row::Room(row) => Some(("key", &row.key)),
        Row::Person(row) => Some(("key", &row.key)),
        Row::Panel(row) => Some(("key", &row.key)),
        Row::Paper(row) => Some(("key", &row.key)),
        Row::Session(row) => Some(("key", &row.key)),
        Row::Conference(_)
        | Row::PersonMerge(_)
        | Row::SessionRoom(_)
        | Row::Slot(_)
        | Row::Participation(_)
        | Row::Authorship(_)
        | Row::Announcement(_)
        | Row::Release(_) => None,
    }
}

/// Takes names from rows that give them to others in the same revision, since the database looks at each statement by
/// itself.
async fn make_way(at: &impl ConnectionTrait, changes: &[RowChange]) -> Result<(), DbErr> {
    let mut taken = BTreeSet::new();
    for change in changes {
        match change {
            RowChange::Insert(row) => taken.extend(own_name(row).map(|(_, name)| (row.table(), name))),
            RowChange::Update { before, after } if own_name(before) != own_name(after) => {
                taken.extend(own_name(after).map(|(_, name)| (after.table(), name)));
            }
            RowChange::Update { .. } | RowChange::Delete(_) => {}
        }
    }
    for change in changes {
        let (RowChange::Update { before, .. } | RowChange::Delete(before)) = change else { continue };
        let kept = matches!(change, RowChange::Update { after, .. } if own_name(before) == own_name(after));
        let Some((column, name)) = own_name(before).filter(|_| !kept) else { continue };
        if taken.contains(&(before.table(), name)) {
            let way = Query::update()
                .table(before.table().name())
                // Nobody else has it: ids are new.
                .value(column, format!("{name} {}", before.id()))
                .and_where(Expr::col("id").eq(before.id()))
                .to_owned();
            at.execute(&way).await?;
        }
    }
    Ok(())
}

async fn insert(at: &impl ConnectionTrait, rows: &[&Row]) -> Result<(), DbErr> {
    /// One statement for the rows of one table.
    macro_rules! insert_all {
        ($($variant:ident $module:ident),+) => {
            match rows.first() {
                None => {}
                $(Some(Row::$variant(_)) => {
                    let models = rows.iter().filter_map(|row| match row {
                        Row::$variant(model) => {
                            Some($module::Model::clone(model).into_active_model())
                        }
                        _ => None,
                    });
                    $module::Entity::insert_many(models).exec_without_returning(at).await?;
                })+
            }
        };
    }
    insert_all!(
        Conference conference, Track track, Room room, Person person, PersonMerge person_merge, Panel panel,
        Paper paper, Session session, SessionRoom session_room, Slot slot, Participation participation,
        Authorship authorship, Announcement announcement, Release release
    );
    Ok(())
}

async fn update(at: &impl ConnectionTrait, row: &Row) -> Result<(), DbErr> {
    macro_rules! update_one {
        ($($variant:ident $module:ident),+) => {
            match row {
                $(Row::$variant(model) => {
                    $module::Entity::update_many()
                        .set($module::Model::clone(model).into_active_model().reset_all())
                        .filter($module::Column::Id.eq(model.id))
                        .exec(at)
                        .await?;
                })+
            }
        };
    }
    update_one!(
        Conference conference, Track track, Room room, Person person, PersonMerge person_merge, Panel panel,
        Paper paper, Session session, SessionRoom session_room, Slot slot, Participation participation,
        Authorship authorship, Announcement announcement, Release release
    );
    Ok(())
}

async fn stamp(
    at: &impl ConnectionTrait,
    owners: &BTreeMap<Table, BTreeSet<Uuid>>,
    revision: i64,
) -> Result<(), DbErr> {
    for (table, ids) in owners {
        let ids: Vec<Uuid> = ids.iter().copied().collect();
        for batch in ids.chunks(BATCH) {
            for_table!(table, |it| {
                it::Entity::update_many()
                    .col_expr(it::Column::Revision, Expr::value(revision))
                    .filter(it::Column::Id.is_in(batch.iter().copied()))
                    // Rows that this revision wrote have it already.
                    .filter(it::Column::Revision.ne(revision))
                    .exec(at)
                    .await?;
            });
        }
    }
    Ok(())
}

async fn log(at: &impl ConnectionTrait, scope: &Scope, written: &Written, changes: &[RowChange]) -> Result<(), DbErr> {
    let json = |row: &Row| row.json().map_err(|error| DbErr::Custom(format!("a row can't be logged: {error}")));
    for (batch, first) in changes.chunks(BATCH).zip((1..).step_by(BATCH)) {
        let mut rows = Vec::with_capacity(batch.len());
        for (change, n) in batch.iter().zip(first..) {
            let (before, after) = match change {
                RowChange::Insert(after) => (None, Some(json(after)?)),
                RowChange::Update { before, after } => (Some(json(before)?), Some(json(after)?)),
                RowChange::Delete(before) => (Some(json(before)?), None),
            };
            rows.push(
                change::Model {
                    scope_id: scope.id,
                    revision: scope.after.revision,
                    n,
                    tag: scope.after.tag,
                    at: written.at,
                    actor: written.actor.clone(),
                    entity: change.table().name().into(),
                    row_id: change.id(),
                    before,
                    after,
                }
                .into_active_model(),
            );
        }
        change::Entity::insert_many(rows).exec_without_returning(at).await?;
    }
    Ok(())
}
