//! The viewer's own account.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::TimeDelta;
use entity::enums::{Audience, MemberRole as Role};
use entity::{access_token, identity, login_session, user};
use serde_json::json;
use uuid::Uuid;

use super::budget::{Text, spend};
use super::conference::Conference;
use super::enums::MemberRole;
use super::id::{GlobalId, NodeKind};
use super::message::{MessageConnection, messages};
use super::pins::Pins;
use super::scalars::DateTime;
use super::user_error::{UserError, begin, denied, settled};
use crate::auth::{Scope, Scopes};
use crate::command::Fault;
use crate::command::account::{end_session, erase, mint_token, revoke_token};
use crate::db::Belongings;
use crate::db::Profile;
use crate::error::AppError;
use crate::policy::{Action, permits};

/// The longest name of a token, in characters.
const LONGEST_NAME: usize = 100;

/// More messages than anybody can have sent.
const MOST_MESSAGES: u64 = 1_000_000;

/// How long a token lasts, in days, when nothing is said, and at most.
const DAYS: (i32, i32) = (90, 366);

fn own_id(kind: NodeKind, row: Uuid) -> ID {
    GlobalId { kind, conference: Uuid::nil(), row }.encode()
}

/// An account.
#[derive(Clone)]
pub struct User(pub(super) user::Model);

/// Somebody with an account. Accounts are not people on a program, and never show an e-mail address. You see your own,
/// and as an organizer those of your conference's members.
#[Object]
impl User {
    /// Its global id. Not a node: `node` does not find it.
    async fn id(&self) -> ID {
        own_id(NodeKind::User, self.0.id)
    }

    /// The name that the login provider gave.
    fn name(&self) -> Text<&str> {
        Text(&self.0.name)
    }

    /// The ORCID iD that the user has logged in with, with hyphens; null if none.
    fn orcid(&self) -> Option<Text<&str>> {
        self.0.orcid.as_deref().map(Text)
    }

    /// When the user first logged in.
    fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

/// A login that leads to an account.
pub struct Identity(identity::Model);

/// Who a login provider says that you are. One account may have several.
#[Object]
impl Identity {
    /// Its global id. Not a node.
    async fn id(&self) -> ID {
        own_id(NodeKind::Identity, self.0.id)
    }

    /// The provider, as this server names it.
    fn provider(&self) -> Text<&str> {
        Text(&self.0.provider)
    }

    /// Whether the provider has verified an e-mail address of yours: by that you are known as registered, as an author,
    /// and get replies to messages.
    fn has_verified_email(&self) -> bool {
        self.0.email_verified
    }

    /// The ORCID iD, with hyphens; null unless the provider is ORCID.
    fn orcid(&self) -> Option<Text<&str>> {
        self.0.orcid.as_deref().map(Text)
    }

    /// When you first logged in by it.
    fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When you last did.
    fn last_login_at(&self) -> DateTime {
        DateTime(self.0.last_login_at)
    }
}

/// A browser.
pub struct LoginSession {
    row: login_session::Model,
    current: bool,
}

/// A browser in which you are logged in.
#[Object]
impl LoginSession {
    /// Its global id: good for `endLoginSession`. Not a node.
    async fn id(&self) -> ID {
        own_id(NodeKind::LoginSession, self.row.id)
    }

    /// Whether it is the one you ask with.
    fn is_current(&self) -> bool {
        self.current
    }

    /// What the browser calls itself; null if it does not say.
    fn user_agent(&self) -> Option<Text<&str>> {
        self.row.user_agent.as_deref().map(Text)
    }

    /// When you logged in.
    fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// When it was last used, to five minutes.
    fn last_seen_at(&self) -> DateTime {
        DateTime(self.row.seen_at)
    }
}

/// What an access token allows.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Scope")]
pub enum AccessScope {
    /// See what you may see, as an attendee at most: also links to rooms, and your individual schedule.
    Read,
    /// Star, unstar, write to authors, and say whether you are told of changes by mail.
    Schedule,
    /// See and do what you may as an organizer.
    Organize,
}

/// A token.
#[derive(Clone)]
pub struct AccessToken(access_token::Model);

/// What a program or an app logs in with for you. The token itself is shown once, when it is made.
#[Object]
impl AccessToken {
    /// Its global id: good for `revokeAccessToken`. Not a node.
    async fn id(&self) -> ID {
        own_id(NodeKind::AccessToken, self.0.id)
    }

    /// What it is for: as you named it, or the app's name.
    fn name(&self) -> Text<&str> {
        Text(&self.0.name)
    }

    /// Whether an app asked for it, and you let it in.
    fn is_of_app(&self) -> bool {
        self.0.app.is_some()
    }

    /// What it allows.
    fn scopes(&self) -> Vec<AccessScope> {
        Scopes::read(&self.0.scopes).unwrap_or_default().list().map(Into::into).collect()
    }

    /// When it was made.
    fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it ends.
    fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// When it was last used, to five minutes; null if never.
    fn last_used_at(&self) -> Option<DateTime> {
        self.0.used_at.map(DateTime)
    }
}

/// What you are to a conference.
#[derive(SimpleObject)]
pub struct Membership {
    /// The conference.
    conference: Conference,
    /// What you may do there.
    role: MemberRole,
}

/// Who asks.
pub struct Viewer {
    user: Uuid,
}

impl Viewer {
    async fn profile(&self, ctx: &Context<'_>) -> Result<Profile, AppError> {
        let pins = Pins::of(ctx)?;
        permits(pins.viewer(), Audience::SignedIn, Action::SeeAccount).map_err(denied)?;
        let found = pins.desk().database.profile(self.user).await.map_err(AppError::unavailable_because)?;
        found.ok_or_else(AppError::unavailable)
    }
}

/// You. What concerns the account itself (identities, logins, tokens, the export) is shown to a login in a browser only,
/// not to an access token.
#[Object]
impl Viewer {
    /// Your account.
    async fn user(&self, ctx: &Context<'_>) -> Result<User, AppError> {
        let found = Pins::of(ctx)?.desk().database.user(self.user).await.map_err(AppError::unavailable_because)?;
        found.map(User).ok_or_else(AppError::unavailable)
    }

    /// Whether you are an administrator of this site, who may create conferences.
    async fn is_administrator(&self, ctx: &Context<'_>) -> Result<bool, AppError> {
        Ok(Pins::of(ctx)?.viewer().account().is_some_and(|account| account.administrator))
    }

    /// By what you log in, the oldest first.
    async fn identities(&self, ctx: &Context<'_>) -> Result<Vec<Identity>, AppError> {
        let identities = self.profile(ctx).await?.identities;
        spend(ctx, identities.len()).await?;
        Ok(identities.into_iter().map(Identity).collect())
    }

    /// Where you are logged in, the newest first.
    async fn login_sessions(&self, ctx: &Context<'_>) -> Result<Vec<LoginSession>, AppError> {
        let sessions = self.profile(ctx).await?.sessions;
        spend(ctx, sessions.len()).await?;
        let own = Pins::of(ctx)?.viewer().login().map(|login| login.id);
        let session = |row: login_session::Model| LoginSession { current: own == Some(row.id), row };
        Ok(sessions.into_iter().map(session).collect())
    }

    /// The programs and apps that may act for you, the newest first.
    async fn access_tokens(&self, ctx: &Context<'_>) -> Result<Vec<AccessToken>, AppError> {
        let tokens = self.profile(ctx).await?.tokens;
        spend(ctx, tokens.len()).await?;
        Ok(tokens.into_iter().map(AccessToken).collect())
    }

    /// The conferences that you are registered for or organize, by slug. That you are on a program is not among them:
    /// `Conference.viewerAudience` says what you are there.
    async fn memberships(&self, ctx: &Context<'_>) -> Result<Vec<Membership>, AppError> {
        let pins = Pins::of(ctx)?;
        let Some(account) = pins.viewer().account() else { return Ok(Vec::new()) };
        let rows = pins.published().await?;
        let mine = |role: &Role| MemberRole::from(*role);
        let found: Vec<Membership> = rows
            .into_iter()
            .filter_map(|row| {
                let role = account.memberships.get(&row.id).map(mine)?;
                Some(Membership { role, conference: Conference { row } })
            })
            .collect();
        spend(ctx, found.len()).await?;
        Ok(found)
    }

    /// What you wrote to people on programs and were answered, the newest first. Takes a login, or a token with the scope
    /// `schedule`.
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
    ) -> Result<MessageConnection, AppError> {
        messages(ctx, self.user, first, after).await
    }

    /// Everything that is stored about you, your own e-mail addresses too, as one JSON document.
    async fn export(&self, ctx: &Context<'_>) -> Result<Text<String>, AppError> {
        let profile = self.profile(ctx).await?;
        let database = &Pins::of(ctx)?.desk().database;
        let emails: Vec<String> = profile.identities.iter().filter_map(|row| row.email.clone()).collect();
        let belongings = database.belongings(self.user, &emails).await.map_err(AppError::unavailable_because)?;
        let Belongings { stars, calendars, memberships, mutations } = belongings;
        let messages =
            database.messages(self.user, None, MOST_MESSAGES).await.map_err(AppError::unavailable_because)?;
        let imports = database.imports_of(self.user).await.map_err(AppError::unavailable_because)?;
        let messages: Vec<_> = messages.messages.into_iter().map(|(row, _)| row).collect();
        let told = database.notices_of(self.user).await.map_err(AppError::unavailable_because)?;
        let (settings, notices, digests) = told;
        let hidden = |rows: serde_json::Value| match rows {
            serde_json::Value::Array(rows) => rows
                .into_iter()
                .map(|mut row| {
                    // A hash is of no use to anybody, and an invitation to try.
                    if let Some(row) = row.as_object_mut() {
                        row.shift_remove("token_hash");
                        row.shift_remove("recipient_hash");
                    }
                    row
                })
                .collect(),
            other => other,
        };
        let document = json!({
            "user": profile.user,
            "identities": profile.identities,
            "loginSessions": hidden(json!(profile.sessions)),
            "accessTokens": hidden(json!(profile.tokens)),
            "stars": stars,
            "calendars": calendars,
            "noticeSettings": settings,
            "notices": notices,
            "digests": digests,
            "memberships": memberships,
            "messages": hidden(json!(messages)),
            "imports": imports,
            "clientMutations": mutations,
        });
        Ok(Text(document.to_string()))
    }
}

/// Who asks; `None` if that is nobody.
pub(super) fn viewer(ctx: &Context<'_>) -> Result<Option<Viewer>, AppError> {
    let viewer = Pins::of(ctx)?.viewer();
    Ok(viewer.user().map(|user| Viewer { user }))
}

/// What a token is to be.
#[derive(InputObject)]
pub struct CreateAccessTokenInput {
    /// What it is for, so that you know it again: 1 to 100 characters.
    name: String,
    /// What it allows; at least one.
    scopes: Vec<AccessScope>,
    /// How many days it lasts: 1 to 366; null: 90.
    expires_in_days: Option<i32>,
    /// A name of your own for this mutation: sent again with it, the mutation is done once, and the token itself is not
    /// shown again. Kept for 7 days; 1 to 200 characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// The token that was made.
#[derive(SimpleObject)]
pub struct CreateAccessTokenPayload {
    /// The token's text, for the header `Authorization: Bearer …`. It is shown this once: keep it secret. Null if there
    /// are errors, and when the mutation is sent again.
    token: Option<Text<String>>,
    /// What is kept of it; null if there are errors.
    access_token: Option<AccessToken>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Which token is to end.
#[derive(InputObject)]
pub struct RevokeAccessTokenInput {
    /// The token.
    id: ID,
    /// Sent back as it is: to end what has ended is an error of its own.
    client_mutation_id: Option<String>,
}

/// The token that has ended.
#[derive(SimpleObject)]
pub struct RevokeAccessTokenPayload {
    /// Its id; null if there are errors.
    access_token_id: Option<ID>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Which login is to end.
#[derive(InputObject)]
pub struct EndLoginSessionInput {
    /// The login session.
    id: ID,
    /// Sent back as it is: to end what has ended is an error of its own.
    client_mutation_id: Option<String>,
}

/// The login that has ended.
#[derive(SimpleObject)]
pub struct EndLoginSessionPayload {
    /// Its id; null if there are errors.
    login_session_id: Option<ID>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// That the account is to be deleted.
#[derive(InputObject)]
pub struct DeleteAccountInput {
    /// Your name, exactly as `viewer { user { name } }` gives it: so that nobody deletes an account by mistake.
    name: String,
    /// Sent back as it is.
    client_mutation_id: Option<String>,
}

/// Whether the account was deleted.
#[derive(SimpleObject)]
pub struct DeleteAccountPayload {
    /// The id of what was your account; null if there are errors.
    user_id: Option<ID>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Mutations of the own account.
pub(super) struct AccountMutation;

/// Mutations of the own account.
#[Object]
impl AccountMutation {
    /// Makes an access token for a program of yours. Takes a login in a browser.
    async fn create_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and under which name of yours.")] input: CreateAccessTokenInput,
    ) -> Result<CreateAccessTokenPayload, AppError> {
        let begun = begin(ctx, "createAccessToken", input.client_mutation_id.as_deref(), &input).await?;
        begun.permits_account(Action::ChangeAccount)?;
        let CreateAccessTokenInput { name, scopes, expires_in_days, client_mutation_id } = input;
        let refused = |errors| CreateAccessTokenPayload {
            token: None,
            access_token: None,
            user_errors: errors,
            client_mutation_id: client_mutation_id.clone(),
        };
        let name = name.trim().to_owned();
        let scopes = Scopes::of(scopes.into_iter().map(Scope::from));
        let days = expires_in_days.unwrap_or(DAYS.0);
        let mut faults = Vec::new();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            let message = format!("A token's name has 1 to {LONGEST_NAME} characters, and no line breaks.");
            faults.push(Fault::invalid("name", message).into());
        }
        if scopes.is_empty() {
            faults.push(Fault::invalid("scopes", "A token that allows nothing is of no use; name a scope.").into());
        }
        if !(1..=DAYS.1).contains(&days) {
            let message = format!("A token lasts 1 to {} days.", DAYS.1);
            faults.push(Fault::invalid("expiresInDays", message).into());
        }
        if !faults.is_empty() {
            return Ok(refused(faults));
        }
        let lifetime = TimeDelta::days(days.into());
        let minted = mint_token(begun.desk, begun.user, name, scopes, lifetime, begun.once).await;
        Ok(match settled(minted)? {
            Err(errors) => refused(errors),
            Ok(minted) => CreateAccessTokenPayload {
                token: minted.token.map(|token| Text(token.access_text())),
                access_token: Some(AccessToken(minted.row)),
                user_errors: Vec::new(),
                client_mutation_id,
            },
        })
    }

    /// Ends an access token: at once on this server, on others within a second. Takes a login in a browser.
    async fn revoke_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and under which name of yours.")] input: RevokeAccessTokenInput,
    ) -> Result<RevokeAccessTokenPayload, AppError> {
        let begun = begin(ctx, "revokeAccessToken", input.client_mutation_id.as_deref(), &input).await?;
        begun.permits_account(Action::ChangeAccount)?;
        let RevokeAccessTokenInput { id, client_mutation_id } = input;
        let ended = match GlobalId::parse(&id) {
            Ok(GlobalId { kind: NodeKind::AccessToken, row, .. }) => {
                settled(revoke_token(begun.desk, begun.user, row).await)?
            }
            _ => Err(vec![Fault::invalid("id", "This is no access token's id.").into()]),
        };
        let (access_token_id, user_errors) = match ended {
            Ok(()) => (Some(id), Vec::new()),
            Err(errors) => (None, errors),
        };
        Ok(RevokeAccessTokenPayload { access_token_id, user_errors, client_mutation_id })
    }

    /// Logs you out of a browser: at once on this server, on others within a second. Takes a login in a browser.
    async fn end_login_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and under which name of yours.")] input: EndLoginSessionInput,
    ) -> Result<EndLoginSessionPayload, AppError> {
        let begun = begin(ctx, "endLoginSession", input.client_mutation_id.as_deref(), &input).await?;
        begun.permits_account(Action::ChangeAccount)?;
        let EndLoginSessionInput { id, client_mutation_id } = input;
        let ended = match GlobalId::parse(&id) {
            Ok(GlobalId { kind: NodeKind::LoginSession, row, .. }) => {
                settled(end_session(begun.desk, begun.user, row).await)?
            }
            _ => Err(vec![Fault::invalid("id", "This is no login session's id.").into()]),
        };
        let (login_session_id, user_errors) = match ended {
            Ok(()) => (Some(id), Vec::new()),
            Err(errors) => (None, errors),
        };
        Ok(EndLoginSessionPayload { login_session_id, user_errors, client_mutation_id })
    }

    /// Deletes your account with everything that is stored about it: identities, logins, tokens, stars, and what you
    /// were to be told. What you wrote to authors stays with them, without your name; what was not mailed yet is not. It
    /// can't be taken back. A registration by e-mail address is the conference's and stays. Takes a login in a browser.
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and under which name of yours.")] input: DeleteAccountInput,
    ) -> Result<DeleteAccountPayload, AppError> {
        let begun = begin(ctx, "deleteAccount", input.client_mutation_id.as_deref(), &input).await?;
        begun.permits_account(Action::ChangeAccount)?;
        let DeleteAccountInput { name, client_mutation_id } = input;
        let right = begun.pins.viewer().account().is_some_and(|account| account.name == name);
        let gone = if right {
            settled(erase(begun.desk, begun.user).await)?
        } else {
            Err(vec![Fault::invalid("name", "This is not your name; the account is not deleted.").into()])
        };
        let (user_id, user_errors) = match gone {
            Ok(()) => (Some(own_id(NodeKind::User, begun.user)), Vec::new()),
            Err(errors) => (None, errors),
        };
        Ok(DeleteAccountPayload { user_id, user_errors, client_mutation_id })
    }
}
