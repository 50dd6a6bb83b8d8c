//! Access tokens, and the codes that apps exchange for them.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::{access_token, app_code};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::auth::Scopes;
use crate::auth::token::Token;
use crate::command::Fault;
use crate::command::desk::Desk;
use crate::command::write::{Once, SITE, Write, WriteError};

/// How long a code is good.
const CODE: TimeDelta = TimeDelta::seconds(60);

/// How long an exchanged code is remembered, so that a second exchange ends the token.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

/// How many tokens a user may have.
const MOST: u64 = 100;

/// A token that was made: its text is never seen again.
#[derive(Clone, Debug)]
pub struct Minted {
    /// The token; `None` where the same mutation was answered before: a secret is never said twice.
    pub token: Option<Token>,
    /// As it is stored.
    pub row: access_token::Model,
}

/// Makes an access token for the user.
///
/// # Errors
/// INVALID if the user has too many.
pub async fn mint_token(
    desk: &Arc<Desk>,
    user: Uuid,
    name: String,
    scopes: Scopes,
    lifetime: TimeDelta,
    once: Option<Once>,
) -> Result<Minted, WriteError> {
    let work = move |desk: Arc<Desk>, name: String, once: Option<Once>| async move {
        let write = Write::begin(&desk.database, &*desk.source, &user.to_string(), &[]).await?;
        if let Some(id) = write.replay(once.as_ref()).await? {
            let made = access_token::Entity::find_by_id(id.parse::<Uuid>().unwrap_or_default()).one(write.at()).await?;
            write.roll_back().await?;
            let row =
                made.ok_or_else(|| Fault::not_found("clientMutationId", "The token that this made has ended."))?;
            return Ok(Minted { token: None, row });
        }
        let minted = mint(&desk, &write, user, name, None, scopes, lifetime).await?;
        write.keep(once.as_ref(), minted.row.id.to_string()).await?;
        write.commit().await?;
        Ok(minted)
    };
    desk.write(user, move |desk| work(desk, name.clone(), once.clone())).await
}

async fn mint(
    desk: &Desk,
    write: &Write,
    user: Uuid,
    name: String,
    app: Option<String>,
    scopes: Scopes,
    lifetime: TimeDelta,
) -> Result<Minted, WriteError> {
    // Those that have ended are of no use to anybody.
    access_token::Entity::delete_many()
        .filter(access_token::Column::UserId.eq(user))
        .filter(access_token::Column::ExpiresAt.lte(write.now()))
        .exec(write.at())
        .await?;
    let count = access_token::Entity::find().filter(access_token::Column::UserId.eq(user)).count(write.at()).await?;
    if count >= MOST {
        return Err(
            Fault::invalid("name", format!("You have {MOST} access tokens; revoke one that you don't need.")).into()
        );
    }
    let token = Token::new(desk.source.secret());
    let row = access_token::Model {
        id: desk.source.id(),
        user_id: user,
        token_hash: token.hash().text(),
        name,
        app,
        scopes: scopes.text(),
        created_at: write.now(),
        expires_at: write.now() + lifetime,
        used_at: None,
    };
    access_token::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.at()).await?;
    Ok(Minted { token: Some(token), row })
}

/// Ends one of the user's access tokens.
///
/// # Errors
/// NOT_FOUND if the user has none with this id.
pub async fn revoke_token(desk: &Arc<Desk>, user: Uuid, token: Uuid) -> Result<(), WriteError> {
    let work = move |desk: Arc<Desk>| async move {
        let mut write = Write::begin(&desk.database, &*desk.source, &user.to_string(), &[SITE]).await?;
        let gone = access_token::Entity::delete_by_id(token)
            .filter(access_token::Column::UserId.eq(user))
            .exec(write.at())
            .await?;
        if gone.rows_affected == 0 {
            write.roll_back().await?;
            return Err(Fault::not_found("id", "You have no such access token.").into());
        }
        write.name("access_token", user);
        desk.committed(&write.commit().await?);
        Ok(())
    };
    desk.write(SITE, work).await
}

/// What a code is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppCode {
    /// Who let the app in.
    pub user: Uuid,
    /// The app, by its name in the settings.
    pub app: String,
    /// Where the code is sent.
    pub redirect_uri: String,
    /// PKCE's S256 challenge.
    pub challenge: String,
    /// What the user allows.
    pub scopes: Scopes,
}

/// Makes a code that the app exchanges once, within a minute.
///
/// # Errors
/// If the database can't be written.
pub async fn store_code(desk: &Arc<Desk>, code: AppCode) -> Result<Token, WriteError> {
    let work = move |desk: Arc<Desk>, code: AppCode| async move {
        let AppCode { user, app, redirect_uri, challenge, scopes } = code;
        let write = Write::begin(&desk.database, &*desk.source, &user.to_string(), &[]).await?;
        app_code::Entity::delete_many()
            .filter(app_code::Column::CreatedAt.lt(write.now() - REMEMBERED))
            .exec(write.at())
            .await?;
        let token = Token::new(desk.source.secret());
        let row = app_code::Model {
            code_hash: token.hash().text(),
            user_id: user,
            app,
            redirect_uri,
            challenge,
            scopes: scopes.text(),
            created_at: write.now(),
            token_id: None,
        };
        app_code::Entity::insert(row.into_active_model()).exec_without_returning(write.at()).await?;
        write.commit().await?;
        Ok(token)
    };
    desk.write(SITE, move |desk| work(desk, code.clone())).await
}

/// Exchanges a code for an access token, if it is this app's, was sent to this address and `proves` its challenge.
/// `None` otherwise, and the code is of no use any more; a second exchange ends the token of the first.
///
/// # Errors
/// If the database can't be written.
pub async fn exchange_code(
    desk: &Arc<Desk>,
    code: Token,
    app: String,
    redirect_uri: String,
    challenge: String,
    name: String,
    lifetime: TimeDelta,
) -> Result<Option<Minted>, WriteError> {
    let work = move |desk: Arc<Desk>, given: AppCode, name: String| async move {
        // A second exchange ends a token, which is the site's.
        let mut write = Write::begin(&desk.database, &*desk.source, "login", &[SITE]).await?;
        let found = app_code::Entity::find_by_id(code.hash().text()).one(write.at()).await?;
        let Some(row) = found else {
            write.roll_back().await?;
            return Ok(None);
        };
        if let Some(token) = row.token_id {
            access_token::Entity::delete_by_id(token).exec(write.at()).await?;
            write.name("access_token", row.user_id);
            desk.committed(&write.commit().await?);
            return Ok(None);
        }
        let right = (&*row.app, &*row.redirect_uri, &*row.challenge)
            == (&*given.app, &*given.redirect_uri, &*given.challenge)
            && write.now() < row.created_at + CODE;
        if !right {
            app_code::Entity::delete_by_id(row.code_hash).exec(write.at()).await?;
            write.commit().await?;
            return Ok(None);
        }
        let scopes = Scopes::read(&row.scopes).unwrap_or_default();
        let minted = mint(&desk, &write, row.user_id, name, Some(row.app.clone()), scopes, lifetime).await?;
        let mut row = row.into_active_model();
        row.token_id = ActiveValue::Set(Some(minted.row.id));
        row.update(write.at()).await?;
        write.commit().await?;
        Ok(Some(minted))
    };
    let given = AppCode { user: Uuid::nil(), app, redirect_uri, challenge, scopes: Scopes::default() };
    desk.write(SITE, move |desk| work(desk, given.clone(), name.clone())).await
}
