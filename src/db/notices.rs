//! Who wants to be told of changes, and what they are to be told.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::{change, digest, identity, notice, notice_position, notice_setting, outbox, scope, star};
use sea_orm::sea_query::{Expr, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::{Database, LogEntry, Stamp};
use crate::notice::Moved;

/// The most entries of a log that are looked through at once.
const LOOKED_THROUGH: u64 = 20_000;

/// Ids and rows in one statement.
pub(super) const BATCH: usize = 1_000;

/// The users who want to be told about this conference.
fn wanting(conference: Uuid) -> SelectStatement {
    notice_setting::Entity::find()
        .select_only()
        .column(notice_setting::Column::UserId)
        .filter(notice_setting::Column::ConferenceId.eq(conference))
        .filter(notice_setting::Column::Wanted.eq(true))
        .into_query()
}

/// What may be told by now: it has settled, and its user was told nothing of the conference after `since` and has nothing
/// on the way, which would say what is no longer so.
pub(super) fn due(now: DateTime<Utc>, since: DateTime<Utc>) -> Condition {
    let on_its_way = Condition::any()
        .add(Expr::col((outbox::Entity, outbox::Column::NextAt)).is_not_null())
        .add(Expr::col((outbox::Entity, outbox::Column::SentAt)).gt(since))
        .add(Expr::col((digest::Entity, digest::Column::CreatedAt)).gt(since));
    let same = |of_digest: digest::Column, of_notice: notice::Column| {
        Expr::col((digest::Entity, of_digest)).equals((notice::Entity, of_notice))
    };
    let told = Query::select()
        .expr(Expr::val(1))
        .from(digest::Entity)
        .inner_join(
            outbox::Entity,
            Expr::col((outbox::Entity, outbox::Column::DigestId)).equals((digest::Entity, digest::Column::Id)),
        )
        .and_where(same(digest::Column::UserId, notice::Column::UserId))
        .and_where(same(digest::Column::ConferenceId, notice::Column::ConferenceId))
        .cond_where(on_its_way)
        .take();
    Condition::all().add(notice::Column::DueAt.lte(now)).add(Expr::exists(told).not())
}

impl Database {
    /// The conferences whose changes were not looked through to where they stand.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn notices_behind(&self) -> Result<Vec<Uuid>, DbErr> {
        let own = |column| Expr::col((notice_position::Entity, column));
        let of_scope = |column: scope::Column| (scope::Entity, column);
        let mut found =
            notice_position::Entity::find().select_only().column(notice_position::Column::ConferenceId).filter(
                Condition::any()
                    .add(own(notice_position::Column::Revision).not_equals(of_scope(scope::Column::Revision)))
                    .add(own(notice_position::Column::Tag).not_equals(of_scope(scope::Column::Tag))),
            );
        let on = own(notice_position::Column::ConferenceId).equals(of_scope(scope::Column::Id));
        QueryTrait::query(&mut found).inner_join(scope::Entity, on);
        found.into_tuple().all(&self.sweep).await
    }

    /// The conferences of which somebody may be told something by now.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn notices_due(&self, now: DateTime<Utc>, since: DateTime<Utc>) -> Result<Vec<Uuid>, DbErr> {
        notice::Entity::find()
            .select_only()
            .column(notice::Column::ConferenceId)
            .distinct()
            .filter(due(now, since))
            .into_tuple()
            .all(&self.sweep)
            .await
    }

    /// Up to where a conference's changes were looked through; `None` if nobody ever wanted that.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn notice_position(&self, conference: Uuid) -> Result<Option<Stamp>, DbErr> {
        let row = notice_position::Entity::find_by_id(conference).one(&self.sweep).await?;
        Ok(row.map(|row| Stamp { revision: row.revision, tag: row.tag }))
    }

    /// Looks through a conference's changes from where it stands now, unless that is done already.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn begin_notices(at: &impl ConnectionTrait, conference: Uuid) -> Result<(), DbErr> {
        let Some(scope) = scope::Entity::find_by_id(conference).one(at).await? else { return Ok(()) };
        let row = notice_position::Model { conference_id: conference, revision: scope.revision, tag: scope.tag };
        notice_position::Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::column(notice_position::Column::ConferenceId).do_nothing().to_owned())
            .exec_without_returning(at)
            .await
            .map(|_| ())
    }

    /// Moves that on, and holds it until the transaction ends; false if somebody else has moved it meanwhile.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn move_notices(
        at: &impl ConnectionTrait,
        conference: Uuid,
        from: Stamp,
        to: Stamp,
    ) -> Result<bool, DbErr> {
        let moved = notice_position::Entity::update_many()
            .col_expr(notice_position::Column::Revision, Expr::value(to.revision))
            .col_expr(notice_position::Column::Tag, Expr::value(to.tag))
            .filter(notice_position::Column::ConferenceId.eq(conference))
            .filter(notice_position::Column::Revision.eq(from.revision))
            .filter(notice_position::Column::Tag.eq(from.tag))
            .exec(at)
            .await?;
        Ok(moved.rows_affected == 1)
    }

    /// What a conference's log says from the one state to the other, in order; `None` if it does not lead from there to
    /// there (pruned, restored), or says too much.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn log_to(&self, conference: Uuid, since: Stamp, until: Stamp) -> Result<Option<Vec<LogEntry>>, DbErr> {
        // Of the first state one entry shows whether it is ours; how large it was is no matter.
        let looked_at = Condition::any().add(change::Column::Revision.gt(since.revision)).add(change::Column::N.eq(1));
        let rows = change::Entity::find()
            .filter(change::Column::ScopeId.eq(conference))
            .filter(change::Column::Revision.gte(since.revision))
            .filter(change::Column::Revision.lte(until.revision))
            .filter(looked_at)
            .order_by_asc(change::Column::Revision)
            .order_by_asc(change::Column::N)
            .limit(LOOKED_THROUGH + 2)
            .all(&self.sweep)
            .await?;
        let is = |row: Option<&change::Model>, stamp: Stamp| {
            row.is_some_and(|row| (row.revision, row.tag) == (stamp.revision, stamp.tag))
        };
        let leads = is(rows.first(), since) && is(rows.last(), until) && rows.len() as u64 <= LOOKED_THROUGH + 1;
        let after = rows.into_iter().filter(|row| row.revision > since.revision);
        Ok(leads.then(|| after.map(LogEntry::from).collect()))
    }

    /// Whom each of these concerns, of those who want to be told.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn concerned(&self, conference: Uuid, moved: &[Moved]) -> Result<Vec<BTreeSet<Uuid>>, DbErr> {
        let all = |of: fn(&Moved) -> Vec<String>| -> Vec<String> {
            let all: BTreeSet<String> = moved.iter().flat_map(of).collect();
            all.into_iter().collect()
        };
        let targets: BTreeSet<Uuid> = moved.iter().flat_map(|one| one.concerns.starred.iter().copied()).collect();
        let targets: Vec<Uuid> = targets.into_iter().collect();
        let mut starred: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for some in targets.chunks(BATCH) {
            let rows: Vec<(Uuid, Uuid)> = star::Entity::find()
                .select_only()
                .columns([star::Column::TargetId, star::Column::UserId])
                .filter(star::Column::ConferenceId.eq(conference))
                .filter(star::Column::TargetId.is_in(some.iter().copied()))
                .filter(star::Column::UserId.in_subquery(wanting(conference)))
                .into_tuple()
                .all(&self.sweep)
                .await?;
            rows.into_iter().for_each(|(target, user)| starred.entry(target).or_default().push(user));
        }
        let (emails, orcids) = (
            all(|one| one.concerns.emails.iter().cloned().collect()),
            all(|one| one.concerns.orcids.iter().cloned().collect()),
        );
        let (mut by_email, mut by_orcid) = (HashMap::<String, Vec<Uuid>>::new(), HashMap::<String, Vec<Uuid>>::new());
        for some in emails.chunks(BATCH) {
            let verified = identity::Column::EmailVerified.eq(true);
            let which = identity::Column::Email.is_in(some.iter().cloned()).and(verified);
            self.known_by(conference, identity::Column::Email, which, &mut by_email).await?;
        }
        for some in orcids.chunks(BATCH) {
            let which = identity::Column::Orcid.is_in(some.iter().cloned());
            self.known_by(conference, identity::Column::Orcid, which, &mut by_orcid).await?;
        }
        let users = |one: &Moved| {
            let stars = one.concerns.starred.iter().filter_map(|target| starred.get(target));
            let emails = one.concerns.emails.iter().filter_map(|email| by_email.get(email));
            let orcids = one.concerns.orcids.iter().filter_map(|orcid| by_orcid.get(orcid));
            stars.chain(emails).chain(orcids).flatten().copied().collect()
        };
        Ok(moved.iter().map(users).collect())
    }

    /// The users who want to be told and log in by one of these identities, by this column of it.
    async fn known_by(
        &self,
        conference: Uuid,
        column: identity::Column,
        which: impl Into<Expr>,
        found: &mut HashMap<String, Vec<Uuid>>,
    ) -> Result<(), DbErr> {
        let rows: Vec<(Option<String>, Uuid)> = identity::Entity::find()
            .select_only()
            .columns([column, identity::Column::UserId])
            .filter(which.into())
            .filter(identity::Column::UserId.in_subquery(wanting(conference)))
            .into_tuple()
            .all(&self.sweep)
            .await?;
        let known = rows.into_iter().filter_map(|(by, user)| Some((by?, user)));
        known.for_each(|(by, user)| found.entry(by).or_default().push(user));
        Ok(())
    }

    /// Those of these users who want to be told. That is so until the transaction ends: none of them stops it, or deletes
    /// the account, before.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn hold_wanting(
        at: &impl ConnectionTrait,
        conference: Uuid,
        users: &BTreeSet<Uuid>,
    ) -> Result<BTreeSet<Uuid>, DbErr> {
        let users: Vec<Uuid> = users.iter().copied().collect();
        let mut found = BTreeSet::new();
        for some in users.chunks(BATCH) {
            let which = Condition::all()
                .add(notice_setting::Column::ConferenceId.eq(conference))
                .add(notice_setting::Column::Wanted.eq(true))
                .add(notice_setting::Column::UserId.is_in(some.iter().copied()));
            // To update a row is to lock it.
            notice_setting::Entity::update_many()
                .col_expr(notice_setting::Column::Wanted, Expr::value(true))
                .filter(which.clone())
                .exec(at)
                .await?;
            let held: Vec<Uuid> = notice_setting::Entity::find()
                .select_only()
                .column(notice_setting::Column::UserId)
                .filter(which)
                .into_tuple()
                .all(at)
                .await?;
            found.extend(held);
        }
        Ok(found)
    }

    /// Keeps what is to be told. Of what somebody was not told yet, what they knew before the first change stays.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn keep_notices(at: &impl ConnectionTrait, notices: Vec<notice::Model>) -> Result<(), DbErr> {
        let kept = [notice::Column::UserId, notice::Column::TargetId];
        for some in notices.chunks(BATCH) {
            notice::Entity::insert_many(some.iter().cloned().map(IntoActiveModel::into_active_model))
                .on_conflict(OnConflict::columns(kept).do_nothing().to_owned())
                .exec_without_returning(at)
                .await?;
        }
        Ok(())
    }
}
