//! Reading users and members, for whoever may see them.

use std::collections::HashMap;

use entity::{access_token, calendar_address, client_mutation, identity, login_session, membership, star, user};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Database;

/// A member of a conference, and the account, if somebody has logged in with the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// The membership.
    pub row: membership::Model,
    /// The account.
    pub user: Option<user::Model>,
}

/// A page of a conference's members.
#[derive(Clone, Debug)]
pub struct MemberPage {
    /// The page.
    pub members: Vec<MemberRow>,
    /// How many there are.
    pub total: u64,
    /// Whether there are more after it.
    pub has_next: bool,
}

/// Everything stored about a user, but for messages.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The user.
    pub user: user::Model,
    /// By what the user logs in, the oldest first.
    pub identities: Vec<identity::Model>,
    /// Where the user is logged in, the newest first.
    pub sessions: Vec<login_session::Model>,
    /// Programs that may act for the user, the newest first.
    pub tokens: Vec<access_token::Model>,
}

/// What belongs to a user beside the account itself.
#[derive(Clone, Debug)]
pub struct Belongings {
    /// What is starred.
    pub stars: Vec<star::Model>,
    /// Which addresses calendars have.
    pub calendars: Vec<calendar_address::Model>,
    /// Where the user is registered.
    pub memberships: Vec<membership::Model>,
    /// Answered mutations that are kept.
    pub mutations: Vec<client_mutation::Model>,
}

impl Database {
    /// A user.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn user(&self, id: Uuid) -> Result<Option<user::Model>, DbErr> {
        user::Entity::find_by_id(id).one(&self.read).await
    }

    /// A user with everything by which they log in; `None` if there is no such user.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn profile(&self, id: Uuid) -> Result<Option<Profile>, DbErr> {
        let at = self.begin_read().await?;
        let Some(user) = user::Entity::find_by_id(id).one(&at).await? else { return Ok(None) };
        let identities = identity::Entity::find()
            .filter(identity::Column::UserId.eq(id))
            .order_by_asc(identity::Column::Id)
            .all(&at)
            .await?;
        let sessions = login_session::Entity::find()
            .filter(login_session::Column::UserId.eq(id))
            .order_by_desc(login_session::Column::Id)
            .all(&at)
            .await?;
        let tokens = access_token::Entity::find()
            .filter(access_token::Column::UserId.eq(id))
            .order_by_desc(access_token::Column::Id)
            .all(&at)
            .await?;
        at.commit().await?;
        Ok(Some(Profile { user, identities, sessions, tokens }))
    }

    /// What belongs to a user, for an export of everything.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn belongings(&self, id: Uuid, emails: &[String]) -> Result<Belongings, DbErr> {
        let at = self.begin_read().await?;
        let stars = star::Entity::find().filter(star::Column::UserId.eq(id)).all(&at).await?;
        let calendars =
            calendar_address::Entity::find().filter(calendar_address::Column::UserId.eq(id)).all(&at).await?;
        let mine = membership::Column::UserId.eq(id);
        let registered = membership::Column::Email.is_in(emails.iter().cloned());
        let memberships = membership::Entity::find()
            .filter(sea_orm::Condition::any().add(mine).add(registered))
            .order_by_asc(membership::Column::Id)
            .all(&at)
            .await?;
        let mutations = client_mutation::Entity::find().filter(client_mutation::Column::UserId.eq(id)).all(&at).await?;
        at.commit().await?;
        Ok(Belongings { stars, calendars, memberships, mutations })
    }

    /// A page of a conference's members, by when they were added.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn members(&self, conference: Uuid, after: Option<Uuid>, first: u64) -> Result<MemberPage, DbErr> {
        let at = self.begin_read().await?;
        let all = membership::Entity::find().filter(membership::Column::ConferenceId.eq(conference));
        let total = all.clone().count(&at).await?;
        let mut page = all.order_by_asc(membership::Column::Id).limit(first + 1);
        if let Some(after) = after {
            page = page.filter(membership::Column::Id.gt(after));
        }
        let mut rows = page.all(&at).await?;
        let has_next = rows.len() as u64 > first;
        rows.truncate(usize::try_from(first).unwrap_or(usize::MAX));
        let emails: Vec<String> = rows.iter().filter_map(|row| row.email.clone()).collect();
        let by_email: HashMap<String, Uuid> = identity::Entity::find()
            .filter(identity::Column::Email.is_in(emails))
            .filter(identity::Column::EmailVerified.eq(true))
            .all(&at)
            .await?
            .into_iter()
            .filter_map(|row| Some((row.email?, row.user_id)))
            .collect();
        let user_of = |row: &membership::Model| {
            row.user_id.or_else(|| row.email.as_ref().and_then(|email| by_email.get(email)).copied())
        };
        let users: HashMap<Uuid, user::Model> = user::Entity::find()
            .filter(user::Column::Id.is_in(rows.iter().filter_map(user_of)))
            .all(&at)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        at.commit().await?;
        let members = rows
            .into_iter()
            .map(|row| MemberRow { user: user_of(&row).and_then(|id| users.get(&id)).cloned(), row })
            .collect();
        Ok(MemberPage { members, total, has_next })
    }
}
