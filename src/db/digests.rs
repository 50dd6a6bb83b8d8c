//! The digests that tell users what has changed, and taking all of this away again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::enums::Visibility;
use entity::{conference, digest, notice, notice_position, notice_setting, outbox};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use super::notices::{BATCH, due};
use super::{Bears, Database};

/// What a user is to be told now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The user.
    pub user: Uuid,
    /// What has changed since the user was last told of it.
    pub notices: Vec<notice::Model>,
}

/// A digest, with what decides whether it is sent now, and where to.
#[derive(Clone, PartialEq, Eq)]
pub struct DigestMail {
    /// The digest.
    pub digest: digest::Model,
    /// Whether its user still wants it.
    pub wanted: bool,
    /// Whether the conference exists for everybody.
    pub published: bool,
    /// The address at which its user last logged in. Verified.
    pub address: Option<String>,
}

impl std::fmt::Debug for DigestMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An address: not for logs.
        f.debug_struct("DigestMail").field("digest", &self.digest.id).finish_non_exhaustive()
    }
}

impl Database {
    /// What is to be told now about a conference, to so many users at most. Whatever else there is to tell them comes
    /// along, also what has not settled yet.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn owed(
        at: &impl ConnectionTrait,
        conference: Uuid,
        now: DateTime<Utc>,
        since: DateTime<Utc>,
        most: u64,
    ) -> Result<Vec<Owed>, DbErr> {
        let users: Vec<Uuid> = notice::Entity::find()
            .select_only()
            .column(notice::Column::UserId)
            .distinct()
            .filter(notice::Column::ConferenceId.eq(conference))
            .filter(due(now, since))
            .order_by_asc(notice::Column::UserId)
            .limit(most)
            .into_tuple()
            .all(at)
            .await?;
        let rows = notice::Entity::find()
            .filter(notice::Column::ConferenceId.eq(conference))
            .filter(notice::Column::UserId.is_in(users))
            .all(at)
            .await?;
        let mut owed: BTreeMap<Uuid, Vec<notice::Model>> = BTreeMap::new();
        rows.into_iter().for_each(|row| owed.entry(row.user_id).or_default().push(row));
        Ok(owed.into_iter().map(|(user, notices)| Owed { user, notices }).collect())
    }

    /// Stores digests and the order to mail them, instead of what they tell.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn keep_digests(
        at: &impl ConnectionTrait,
        conference: Uuid,
        told: &[Owed],
        digests: Vec<digest::Model>,
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        let users = told.iter().map(|owed| owed.user);
        notice::Entity::delete_many()
            .filter(notice::Column::ConferenceId.eq(conference))
            .filter(notice::Column::UserId.is_in(users))
            .exec(at)
            .await?;
        if digests.is_empty() {
            return Ok(());
        }
        let orders: Vec<Bears> = digests.iter().map(|digest| Bears::Digest(digest.id)).collect();
        digest::Entity::insert_many(digests.into_iter().map(IntoActiveModel::into_active_model))
            .exec_without_returning(at)
            .await?;
        Self::order_mail(at, orders, now).await
    }

    /// Tells nobody what is to be told about a conference, or what is to be told to one user about it.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn drop_notices(at: &impl ConnectionTrait, conference: Uuid, user: Option<Uuid>) -> Result<(), DbErr> {
        let mut gone = notice::Entity::delete_many().filter(notice::Column::ConferenceId.eq(conference));
        if let Some(user) = user {
            gone = gone.filter(notice::Column::UserId.eq(user));
        }
        gone.exec(at).await.map(|_| ())
    }

    /// A digest with what decides whether it is sent; `None` if there is none, as when its user is gone.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn digest_mail(&self, id: Uuid) -> Result<Option<DigestMail>, DbErr> {
        let at = self.begin_read().await?;
        let Some(digest) = digest::Entity::find_by_id(id).one(&at).await? else { return Ok(None) };
        let key = (digest.user_id, digest.conference_id);
        let wanted = notice_setting::Entity::find_by_id(key).one(&at).await?.is_some_and(|row| row.wanted);
        let conference = conference::Entity::find_by_id(digest.conference_id).one(&at).await?;
        let published = conference.is_some_and(|row| row.visibility == Visibility::Published);
        let address = Self::address_of(&at, digest.user_id).await?;
        at.commit().await?;
        Ok(Some(DigestMail { digest, wanted, published, address }))
    }

    /// Whether this user wants to be told about this conference, and what that is called; `None` if it is gone, or the user
    /// never said so.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn notice_setting(&self, user: Uuid, conference: Uuid) -> Result<Option<(bool, String)>, DbErr> {
        let Some(row) = notice_setting::Entity::find_by_id((user, conference)).one(&self.read).await? else {
            return Ok(None);
        };
        let name = conference::Entity::find_by_id(conference).one(&self.read).await?.map(|row| row.name);
        Ok(name.map(|name| (row.wanted, name)))
    }

    /// Everything about a user that has to do with being told, for an export of everything.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn notices_of(
        &self,
        user: Uuid,
    ) -> Result<(Vec<notice_setting::Model>, Vec<notice::Model>, Vec<digest::Model>), DbErr> {
        let at = self.begin_read().await?;
        let settings = notice_setting::Entity::find().filter(notice_setting::Column::UserId.eq(user)).all(&at).await?;
        let notices = notice::Entity::find().filter(notice::Column::UserId.eq(user)).all(&at).await?;
        let digests = digest::Entity::find()
            .filter(digest::Column::UserId.eq(user))
            .order_by_asc(digest::Column::Id)
            .all(&at)
            .await?;
        at.commit().await?;
        Ok((settings, notices, digests))
    }

    /// Deletes all of this about a user.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn delete_notices_of(at: &impl ConnectionTrait, user: Uuid) -> Result<(), DbErr> {
        // The setting first: whoever is about to tell holds it.
        notice_setting::Entity::delete_many().filter(notice_setting::Column::UserId.eq(user)).exec(at).await?;
        notice::Entity::delete_many().filter(notice::Column::UserId.eq(user)).exec(at).await?;
        Self::delete_digests(at, digest::Column::UserId.eq(user)).await
    }

    /// Deletes all of this about a conference.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn delete_notices_about(at: &impl ConnectionTrait, conference: Uuid) -> Result<(), DbErr> {
        // The position first: whoever looks through the changes holds it.
        notice_position::Entity::delete_by_id(conference).exec(at).await?;
        let own = notice_setting::Column::ConferenceId.eq(conference);
        notice_setting::Entity::delete_many().filter(own).exec(at).await?;
        Self::drop_notices(at, conference, None).await?;
        Self::delete_digests(at, digest::Column::ConferenceId.eq(conference)).await
    }

    /// Forgets digests from before then that are sent or given up.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn forget_digests(at: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
        let unsent = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::DigestId)
            .filter(outbox::Column::DigestId.is_not_null())
            .filter(outbox::Column::NextAt.is_not_null())
            .into_query();
        let old = digest::Column::CreatedAt.lt(before).and(digest::Column::Id.not_in_subquery(unsent));
        Self::delete_digests(at, old).await
    }

    async fn delete_digests(at: &impl ConnectionTrait, which: impl Into<Expr>) -> Result<(), DbErr> {
        let ids: Vec<Uuid> = digest::Entity::find()
            .select_only()
            .column(digest::Column::Id)
            .filter(which.into())
            .into_tuple()
            .all(at)
            .await?;
        for some in ids.chunks(BATCH) {
            let own = outbox::Column::DigestId.is_in(some.iter().copied());
            outbox::Entity::delete_many().filter(own).exec(at).await?;
            digest::Entity::delete_many().filter(digest::Column::Id.is_in(some.iter().copied())).exec(at).await?;
        }
        Ok(())
    }

    /// Sends a user no more of what is on its way about this conference.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn stop_digests(at: &impl ConnectionTrait, user: Uuid, conference: Uuid) -> Result<(), DbErr> {
        let theirs = digest::Entity::find()
            .select_only()
            .column(digest::Column::Id)
            .filter(digest::Column::UserId.eq(user))
            .filter(digest::Column::ConferenceId.eq(conference))
            .into_query();
        outbox::Entity::update_many()
            .col_expr(outbox::Column::NextAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(outbox::Column::LastError, Expr::value("no longer wanted"))
            .filter(outbox::Column::SentAt.is_null())
            .filter(outbox::Column::DigestId.in_subquery(theirs))
            .exec(at)
            .await
            .map(|_| ())
    }
}
