//! Reading accounts: a login with whose it is, and the site's log of what changed about whom.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::enums::MemberRole;
use entity::{access_token, administrator, change, identity, login_session, membership, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Database, Stamp};
use crate::auth::accounts::Credential;
use crate::auth::{Account, Login, LoginKind, Scopes};

/// A login as of one state of the site.
#[derive(Clone, Debug)]
pub struct ReadLogin {
    /// The site's state.
    pub site: Stamp,
    /// The login and whose it is, if there is one.
    pub found: Option<(Login, Account)>,
}

/// One entry of the site's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteEntry {
    /// The revision.
    pub revision: i64,
    /// What kind of thing changed.
    pub entity: String,
    /// The conference, or the user, whom it concerns.
    pub row: Uuid,
}

/// More entries than this are not followed one by one.
const MOST_ENTRIES: u64 = 5_000;

impl Database {
    /// The login with this token's hash and the account whose it is, read in one transaction.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn login(&self, credential: &Credential, hash: &str) -> Result<ReadLogin, DbErr> {
        let transaction = self.begin_read().await?;
        let site = Self::site_in(&transaction).await?;
        let login = match credential {
            Credential::Session(_) => login_session::Entity::find()
                .filter(login_session::Column::TokenHash.eq(hash))
                .one(&transaction)
                .await?
                .map(session_login),
            Credential::Access(_) => access_token::Entity::find()
                .filter(access_token::Column::TokenHash.eq(hash))
                .one(&transaction)
                .await?
                .map(token_login),
        };
        let found = match login {
            None => None,
            Some(login) => Self::account_in(&transaction, login.user).await?.map(|account| (login, account)),
        };
        transaction.commit().await?;
        Ok(ReadLogin { site, found })
    }

    /// A user's account and the site's state, read in one transaction; `None` if there is no such user.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn account(&self, user: Uuid) -> Result<(Stamp, Option<Account>), DbErr> {
        let transaction = self.begin_read().await?;
        let site = Self::site_in(&transaction).await?;
        let account = Self::account_in(&transaction, user).await?;
        transaction.commit().await?;
        Ok((site, account))
    }

    /// A user's account; `None` if there is no such user.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn account_in(at: &impl ConnectionTrait, id: Uuid) -> Result<Option<Account>, DbErr> {
        let Some(user) = user::Entity::find_by_id(id).one(at).await? else { return Ok(None) };
        let identities = identity::Entity::find().filter(identity::Column::UserId.eq(id)).all(at).await?;
        let mut emails: Vec<String> =
            identities.iter().filter(|row| row.email_verified).filter_map(|row| row.email.clone()).collect();
        emails.sort_unstable();
        emails.dedup();
        let orcids: Vec<String> = identities.into_iter().filter_map(|row| row.orcid).collect();
        let mine = Condition::any()
            .add(membership::Column::UserId.eq(id))
            .add(membership::Column::Email.is_in(emails.iter().cloned()));
        let mut memberships: HashMap<Uuid, MemberRole> = HashMap::new();
        for row in membership::Entity::find().filter(mine).all(at).await? {
            let role = memberships.entry(row.conference_id).or_insert(row.role);
            *role = row.role.max(*role);
        }
        let administrator = !emails.is_empty()
            && administrator::Entity::find()
                .filter(administrator::Column::Email.is_in(emails.iter().cloned()))
                .one(at)
                .await?
                .is_some();
        let (name, orcid) = (user.name, user.orcid);
        Ok(Some(Account { user: id, name, orcid, emails, orcids, memberships, administrator }))
    }

    /// The users who have, verified, one of these addresses.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn users_with_address(at: &impl ConnectionTrait, emails: &[String]) -> Result<Vec<Uuid>, DbErr> {
        let mut found = Vec::new();
        for some in emails.chunks(1_000) {
            let rows: Vec<Uuid> = identity::Entity::find()
                .select_only()
                .column(identity::Column::UserId)
                .filter(identity::Column::Email.is_in(some.iter().cloned()))
                .filter(identity::Column::EmailVerified.eq(true))
                .into_tuple()
                .all(at)
                .await?;
            found.extend(rows);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Writes that a login was used.
    ///
    /// # Errors
    /// If the database can't be written.
    pub async fn touch_login(&self, login: &Login, now: DateTime<Utc>) -> Result<(), DbErr> {
        match login.kind {
            LoginKind::Session => {
                login_session::Entity::update_many()
                    .col_expr(login_session::Column::SeenAt, Expr::value(now))
                    .filter(login_session::Column::Id.eq(login.id))
                    .filter(login_session::Column::SeenAt.lt(now))
                    .exec(&self.write)
                    .await?;
            }
            LoginKind::Token(_) => {
                access_token::Entity::update_many()
                    .col_expr(access_token::Column::UsedAt, Expr::value(now))
                    .filter(access_token::Column::Id.eq(login.id))
                    .exec(&self.write)
                    .await?;
            }
        }
        Ok(())
    }

    /// The site's state.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn site_in(at: &impl ConnectionTrait) -> Result<Stamp, DbErr> {
        let site = Self::stamps_in(at, &[Uuid::nil()]).await?;
        site.first().map(|(_, stamp)| *stamp).ok_or_else(|| DbErr::RecordNotFound("the site's scope".into()))
    }

    /// What the site's log says after this state, and the state it leads to; `None` if the log does not lead on from
    /// it (pruned, restored) or says too much.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn site_log(&self, since: Stamp) -> Result<Option<(Vec<SiteEntry>, Stamp)>, DbErr> {
        let rows: Vec<(i64, i64, String, Uuid)> = change::Entity::find()
            .select_only()
            .columns([change::Column::Revision, change::Column::Tag, change::Column::Entity, change::Column::RowId])
            .filter(change::Column::ScopeId.eq(Uuid::nil()))
            .filter(change::Column::Revision.gte(since.revision))
            .order_by_asc(change::Column::Revision)
            .order_by_asc(change::Column::N)
            .limit(MOST_ENTRIES)
            .into_tuple()
            .all(&self.sweep)
            .await?;
        // The first row has to be of the very state held; a site that was never changed has no log.
        let leads_on = match rows.first() {
            None => since == Stamp { revision: 0, tag: 0 },
            Some((revision, tag, ..)) => {
                (*revision, *tag) == (since.revision, since.tag) || (since.revision == 0 && *revision == 1)
            }
        };
        if !leads_on || rows.len() as u64 == MOST_ENTRIES {
            return Ok(None);
        }
        let now = rows.last().map_or(since, |(revision, tag, ..)| Stamp { revision: *revision, tag: *tag });
        let after = rows.into_iter().filter(|(revision, ..)| *revision > since.revision);
        let entries = after.map(|(revision, _, entity, row)| SiteEntry { revision, entity, row }).collect();
        Ok(Some((entries, now)))
    }
}

fn session_login(row: login_session::Model) -> Login {
    Login {
        id: row.id,
        user: row.user_id,
        kind: LoginKind::Session,
        created_at: row.created_at,
        seen_at: row.seen_at,
        expires_at: None,
    }
}

fn token_login(row: access_token::Model) -> Login {
    Login {
        id: row.id,
        user: row.user_id,
        kind: LoginKind::Token(Scopes::read(&row.scopes).unwrap_or_default()),
        created_at: row.created_at,
        seen_at: row.used_at.unwrap_or(row.created_at),
        expires_at: Some(row.expires_at),
    }
}
