//! Deleting an account.

use std::sync::Arc;

use entity::{
    access_token, app_code, calendar_address, change, client_mutation, identity, login_session, membership, scope,
    star, user,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::command::desk::Desk;
use crate::command::write::{SITE, Write, WriteError};
use crate::db::Database;

/// Deletes a user with everything stored about them: identities, logins, tokens, stars, uploads, what they were to be
/// told, memberships by account, and the user's scope with its log. What remains is the id, in the site's log.
///
/// # Errors
/// NOT_FOUND if the user is gone already.
pub async fn erase(desk: &Arc<Desk>, user: Uuid) -> Result<(), WriteError> {
    desk.write(SITE, move |desk| attempt(desk, user)).await
}

async fn attempt(desk: Arc<Desk>, user: Uuid) -> Result<(), WriteError> {
    let mut write = Write::begin(&desk.database, &*desk.source, &user.to_string(), &[SITE, user]).await?;
    let at = write.at();
    macro_rules! erase {
        ($($module:ident),+) => {
            $($module::Entity::delete_many().filter($module::Column::UserId.eq(user)).exec(at).await?;)+
        };
    }
    Database::delete_notices_of(at, user).await?;
    erase!(client_mutation, star, calendar_address, membership, app_code, access_token, login_session, identity);
    Database::erase_imports_of(at, user).await?;
    // What was written to others is theirs too; who wrote it is forgotten.
    Database::leave_messages(at, user).await?;
    Database::leave_webhooks(at, user).await?;
    user::Entity::delete_by_id(user).exec(at).await?;
    change::Entity::delete_many().filter(change::Column::ScopeId.eq(user)).exec(at).await?;
    scope::Entity::delete_by_id(user).exec(at).await?;
    write.name("user", user);
    desk.committed(&write.commit().await?);
    Ok(())
}
