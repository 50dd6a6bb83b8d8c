//! Logging in and out.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::ScopeKind;
use entity::{identity, login_flow, login_session, user};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use crate::auth::token::Token;
use crate::command::desk::Desk;
use crate::command::write::{SITE, Write, WriteError};
use crate::command::{Fault, FaultCode};
use crate::db::Database;

/// The longest names and descriptions that others give and we keep, in characters.
const LONGEST: usize = 200;

/// How long a login may take at the provider's.
const FLOW: TimeDelta = TimeDelta::minutes(15);

/// What a provider says of who logs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// The provider's name in the settings.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
    /// Who it is there, for ever.
    pub subject: String,
    /// An address.
    pub email: Option<String>,
    /// Whether the provider says that it is theirs.
    pub email_verified: bool,
    /// A name.
    pub name: Option<String>,
    /// The ORCID iD; only of ORCID itself.
    pub orcid: Option<String>,
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Personal data: not for logs.
        f.debug_struct("Claims").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// Somebody has logged in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// Who.
    pub user: Uuid,
    /// The new login session's token, for the cookie.
    pub token: Token,
}

/// Logs in whom the claims say: the user with that identity, or a new one. With `link_to` the identity is added to that
/// user instead, who is logged in. The session that the browser had before ends.
///
/// # Errors
/// TAKEN if the identity to be added is another user's.
pub async fn log_in(
    desk: &Arc<Desk>,
    claims: Claims,
    link_to: Option<Uuid>,
    user_agent: Option<String>,
    before: Option<Token>,
) -> Result<LoggedIn, WriteError> {
    desk.write(SITE, move |desk| attempt(desk, claims.clone(), link_to, user_agent.clone(), before)).await
}

async fn attempt(
    desk: Arc<Desk>,
    claims: Claims,
    link_to: Option<Uuid>,
    user_agent: Option<String>,
    before: Option<Token>,
) -> Result<LoggedIn, WriteError> {
    let email = claims.email.as_deref().and_then(super::address);
    let verified = claims.email_verified && email.is_some();
    let who = identity::Column::Issuer.eq(&*claims.issuer).and(identity::Column::Subject.eq(&*claims.subject));
    let known = identity::Entity::find().filter(who.clone()).one(desk.database.reader()).await?;
    let same = known.as_ref().is_some_and(|row| {
        (&row.email, row.email_verified, &row.orcid) == (&email, verified, &claims.orcid)
            && link_to.is_none_or(|user| user == row.user_id)
    });
    // Most logins change no right. The site's lock is for those that do.
    let scopes: &[Uuid] = if same && before.is_none() { &[] } else { &[SITE] };
    let mut write = Write::begin(&desk.database, &*desk.source, "login", scopes).await?;
    let now = write.now();
    // Read again where the lock protects it.
    let known = identity::Entity::find().filter(who).one(write.at()).await?;
    let user = match (&known, link_to) {
        (Some(row), Some(user)) if row.user_id != user => {
            write.roll_back().await?;
            return Err(Fault::new(FaultCode::Taken, &[], "This login belongs to another account.").into());
        }
        (Some(row), _) => row.user_id,
        (None, Some(user)) => user,
        (None, None) => make_user(&desk, &write, &claims).await?,
    };
    match known {
        Some(row) => {
            let mut row = row.into_active_model();
            row.email = ActiveValue::Set(email);
            row.email_verified = ActiveValue::Set(verified);
            row.orcid = ActiveValue::Set(claims.orcid.clone());
            row.last_login_at = ActiveValue::Set(now);
            row.update(write.at()).await?;
        }
        None => {
            let row = identity::Model {
                id: desk.source.id(),
                user_id: user,
                issuer: claims.issuer,
                subject: claims.subject,
                provider: claims.provider,
                email,
                email_verified: verified,
                orcid: claims.orcid.clone(),
                created_at: now,
                last_login_at: now,
            };
            identity::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
        }
    }
    if !same {
        if let Some(orcid) = claims.orcid {
            let row = user::ActiveModel {
                id: ActiveValue::Unchanged(user),
                orcid: ActiveValue::Set(Some(orcid)),
                ..Default::default()
            };
            row.update(write.at()).await?;
        }
        write.name("identity", user);
    }
    if let Some(before) = before {
        end_by_token(&mut write, &before).await?;
    }
    let token = Token::new(desk.source.secret());
    let row = login_session::Model {
        id: desk.source.id(),
        user_id: user,
        token_hash: token.hash().text(),
        user_agent: user_agent.map(|text| short(&text)),
        created_at: now,
        seen_at: now,
    };
    login_session::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
    let written = write.commit().await?;
    desk.committed(&written);
    Ok(LoggedIn { user, token })
}

async fn make_user(desk: &Desk, write: &Write, claims: &Claims) -> Result<Uuid, WriteError> {
    let id = desk.source.id();
    let name = claims.name.as_deref().map(short).filter(|name| !name.is_empty());
    // An address is never shown, not even to its owner's neighbour: nobody is named by it.
    let name = name.unwrap_or_else(|| "Attendee".to_owned());
    let row = user::Model { id, name, orcid: claims.orcid.clone(), created_at: write.now() };
    user::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
    Database::create_scope(write.at(), id, ScopeKind::User).await?;
    Ok(id)
}

/// Without control characters, and not too long.
fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
}

async fn end_by_token(write: &mut Write, token: &Token) -> Result<(), WriteError> {
    let hash = token.hash().text();
    let found = login_session::Entity::find().filter(login_session::Column::TokenHash.eq(hash)).one(write.at()).await?;
    if let Some(row) = found {
        login_session::Entity::delete_by_id(row.id).exec(write.at()).await?;
        write.name("login_session", row.user_id);
    }
    Ok(())
}

/// Ends the login session with this token, if there is one.
///
/// # Errors
/// If the database can't be written.
pub async fn log_out(desk: &Arc<Desk>, token: Token) -> Result<(), WriteError> {
    let work = move |desk: Arc<Desk>, token: Token| async move {
        let mut write = Write::begin(&desk.database, &*desk.source, "login", &[SITE]).await?;
        end_by_token(&mut write, &token).await?;
        desk.committed(&write.commit().await?);
        Ok(())
    };
    desk.write(SITE, move |desk| work(desk, token)).await
}

/// Ends one of the user's login sessions.
///
/// # Errors
/// NOT_FOUND if the user has none with this id.
pub async fn end_session(desk: &Arc<Desk>, user: Uuid, session: Uuid) -> Result<(), WriteError> {
    let work = move |desk: Arc<Desk>| async move {
        let mut write = Write::begin(&desk.database, &*desk.source, &user.to_string(), &[SITE]).await?;
        let gone = login_session::Entity::delete_by_id(session)
            .filter(login_session::Column::UserId.eq(user))
            .exec(write.at())
            .await?;
        if gone.rows_affected == 0 {
            write.roll_back().await?;
            return Err(Fault::not_found("id", "You have no such login session.").into());
        }
        write.name("login_session", user);
        desk.committed(&write.commit().await?);
        Ok(())
    };
    desk.write(SITE, work).await
}

/// A login that has begun: what must come back, and from whom.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The provider's name in the settings.
    pub provider: String,
    /// The `state`, which only the provider gets.
    pub state: Token,
    /// The cookie of the browser.
    pub browser: Token,
    /// OpenID Connect's nonce.
    pub nonce: String,
    /// PKCE's verifier.
    pub pkce_verifier: String,
    /// Where the browser goes afterwards, a path of ours.
    pub return_to: String,
    /// The logged-in user who adds an identity.
    pub link_to: Option<Uuid>,
}

/// Keeps a login that begins, and forgets those that never ended.
///
/// # Errors
/// If the database can't be written.
pub async fn begin_flow(desk: &Arc<Desk>, flow: Flow) -> Result<(), WriteError> {
    let work = move |desk: Arc<Desk>, flow: Flow| async move {
        let write = Write::begin(&desk.database, &*desk.source, "login", &[]).await?;
        login_flow::Entity::delete_many()
            .filter(login_flow::Column::CreatedAt.lt(write.now() - FLOW))
            .exec(write.at())
            .await?;
        let row = login_flow::Model {
            state_hash: flow.state.hash().text(),
            provider: flow.provider,
            browser_hash: flow.browser.hash().text(),
            nonce: flow.nonce,
            pkce_verifier: flow.pkce_verifier,
            return_to: flow.return_to,
            link_to: flow.link_to,
            created_at: write.now(),
        };
        login_flow::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
        write.commit().await?;
        Ok(())
    };
    desk.write(SITE, move |desk| work(desk, flow.clone())).await
}

/// Takes the login that was begun with this provider, state and browser: once. `None` if there is none, it is another's
/// or it took too long.
///
/// # Errors
/// If the database can't be written.
pub async fn take_flow(
    desk: &Arc<Desk>,
    provider: &str,
    state: Token,
    browser: Token,
) -> Result<Option<login_flow::Model>, WriteError> {
    let provider = provider.to_owned();
    let work = move |desk: Arc<Desk>, provider: String, hash: String, browser: String| async move {
        let write = Write::begin(&desk.database, &*desk.source, "login", &[]).await?;
        let found = login_flow::Entity::find_by_id(hash.clone()).one(write.at()).await?;
        let right = |row: &login_flow::Model| {
            row.provider == provider && row.browser_hash == browser && in_time(row.created_at, write.now())
        };
        let Some(row) = found.filter(right) else {
            write.roll_back().await?;
            return Ok(None);
        };
        // Of two callbacks at once one deletes the row.
        let gone = login_flow::Entity::delete_by_id(hash).exec(write.at()).await?;
        write.commit().await?;
        Ok((gone.rows_affected == 1).then_some(row))
    };
    let (hash, browser) = (state.hash().text(), browser.hash().text());
    desk.write(SITE, move |desk| work(desk, provider.clone(), hash.clone(), browser.clone())).await
}

fn in_time(begun: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now < begun + FLOW
}
