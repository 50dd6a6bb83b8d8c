//! What is wrong with a mutation's input, and what every mutation shares.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputType, SimpleObject};
use entity::enums::Audience;
use uuid::Uuid;

use super::pins::Pins;
use crate::auth::Scope;
use crate::auth::token::hash_text;
use crate::command::desk::Desk;
use crate::command::write::{Once, WriteError};
use crate::command::{Fault, FaultCode};
use crate::error::{AppError, ErrorCode};
use crate::policy::{Action, Denied, permits};

/// The most characters of a `clientMutationId`.
const LONGEST_ID: usize = 200;

/// What is wrong with a mutation's input.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "FaultCode")]
pub enum UserErrorCode {
    /// There is no such thing, or it does not exist for you.
    NotFound,
    /// Somebody else has changed it meanwhile; read it again and decide.
    Conflict,
    /// You may not do this.
    Forbidden,
    /// The input is not what it has to be.
    Invalid,
    /// Another has it already.
    Taken,
    /// Others depend on it.
    InUse,
    /// You have done this too often in a short time; try again later.
    RateLimited,
    /// It is done, and could not be read back: read it again.
    CommittedNotRead,
}

/// Why a mutation did nothing. Nothing is written if there is one, except with COMMITTED_NOT_READ.
#[derive(SimpleObject, Clone, Debug)]
pub struct UserError {
    /// What kind of error, for programs.
    code: UserErrorCode,
    /// Where in the input, from the outside in, such as `["email"]`; null: the input as a whole.
    field: Option<Vec<String>>,
    /// What is wrong and what to do about it, for people, in English.
    message: String,
}

impl From<Fault> for UserError {
    fn from(fault: Fault) -> Self {
        let Fault { code, field, message } = fault;
        Self { code: code.into(), field: (!field.is_empty()).then_some(field), message }
    }
}

impl UserError {
    /// Whether somebody else was faster.
    pub(super) fn is_conflict(&self) -> bool {
        self.code == UserErrorCode::Conflict
    }
}

/// A mutation that has begun: who sends it, and where it is written.
pub(super) struct Mutating<'a> {
    pub(super) pins: &'a Pins,
    pub(super) desk: &'a Arc<Desk>,
    pub(super) user: Uuid,
    pub(super) once: Option<Once>,
}

/// Begins a root field of a mutation: whatever it reads is pinned anew.
pub(super) async fn begin<'a>(
    ctx: &'a Context<'_>,
    mutation: &'static str,
    client_mutation_id: Option<&str>,
    input: &impl InputType,
) -> Result<Mutating<'a>, AppError> {
    let pins = Pins::of(ctx)?;
    pins.anew().await;
    let user = pins.viewer().user().ok_or_else(|| denied(Denied::LogIn))?;
    let once = match client_mutation_id {
        None => None,
        Some(id) if id.is_empty() || id.chars().count() > LONGEST_ID => {
            return Err(AppError::bad_input(format!("`clientMutationId` has 1 to {LONGEST_ID} characters.")));
        }
        Some(id) => {
            let input_hash = hash_text(&input.to_value().to_string());
            Some(Once { user, mutation, id: id.to_owned(), input_hash })
        }
    };
    Ok(Mutating { pins, desk: pins.desk(), user, once })
}

impl Mutating<'_> {
    /// Whether the viewer may do this to the own account.
    pub(super) fn permits_account(&self, action: Action) -> Result<(), AppError> {
        permits(self.pins.viewer(), Audience::SignedIn, action).map_err(denied)
    }
}

/// Why somebody may not, as an error of the request: what would help is another login.
pub(crate) fn denied(denied: Denied) -> AppError {
    match denied {
        Denied::LogIn => AppError::new(
            ErrorCode::Unauthenticated,
            "Log in first: with a browser at /auth/login, with a program by an access token.",
        ),
        Denied::Scope(scope @ (Scope::Read | Scope::Schedule | Scope::Organize)) => AppError::new(
            ErrorCode::Forbidden,
            format!("This access token does not have the scope `{}`; use one that has.", scope.as_str()),
        ),
        Denied::Session => {
            AppError::new(ErrorCode::Forbidden, "Only a person at a browser may do this: log in at /auth/login.")
        }
        Denied::Standing(_) => AppError::new(ErrorCode::Forbidden, "You may not do this."),
    }
}

/// What a write came to: done, or refused for its input.
pub(super) fn settled<T>(written: Result<T, WriteError>) -> Result<Result<T, Vec<UserError>>, AppError> {
    match written {
        Ok(done) => Ok(Ok(done)),
        Err(WriteError::Refused(faults)) => Ok(Err(faults.into_iter().map(UserError::from).collect())),
        Err(WriteError::Database(error)) => Err(AppError::unavailable_because(error)),
        Err(WriteError::App(error)) => Err(error),
    }
}
