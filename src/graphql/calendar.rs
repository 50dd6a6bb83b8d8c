//! Calendars: where applications find them.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::budget::Text;
use super::id::{GlobalId, NodeKind};
use super::pins::Pins;
use super::scalars::{Cursor, Url};
use super::subscription::Turn;
use super::user_error::{Mutating, UserError, begin, settled};
use crate::auth::calendar::token;
use crate::command::Fault;
use crate::command::calendar::{Change, change};
use crate::cursor;
use crate::error::AppError;
use crate::http::exports::{part_path, personal_path};
use crate::policy::Action;
use crate::program::Program;

/// The address of the calendar of a part of a conference: of a `day`, by its date; of a `room`, `panel` or `session`, by
/// its global id.
pub(super) fn part_address(
    ctx: &Context<'_>,
    program: &Program,
    kind: &str,
    name: &str,
) -> Result<Text<Url>, AppError> {
    let public = Pins::of(ctx)?.desk().post.public();
    Ok(Text(Url(format!("{public}{}", part_path(&program.conference().slug, kind, name)))))
}

/// Whether everybody has a calendar of what they have starred: in the schema's data.
#[derive(Clone, Copy, Debug)]
pub struct Personal(pub bool);

/// The address of the viewer's own calendar of a conference; `None` if they have none, or the login may not see it. A
/// subscription has it never: no state that it follows says that the address is another.
pub(super) async fn own_address(ctx: &Context<'_>, program: &Program) -> Result<Option<Text<Url>>, AppError> {
    let pins = Pins::of(ctx)?;
    let Some(user) = pins.viewer().user().filter(|_| ctx.data_opt::<Arc<Turn>>().is_none()) else { return Ok(None) };
    let on = ctx.data::<Personal>().is_ok_and(|personal| personal.0);
    if !on || pins.permits(program, Action::SeeAccount).is_err() {
        return Ok(None);
    }
    let desk = pins.desk();
    let found = desk.database.calendar_address(user, program.id()).await.map_err(AppError::unavailable_because)?;
    let Some(found) = found.filter(|found| found.active) else { return Ok(None) };
    let key = desk.post.key(&desk.database, &*desk.source).await.map_err(AppError::unavailable_because)?;
    let token = token(key, user, program.id(), found.generation);
    Ok(Some(Text(Url(format!("{}{}", desk.post.public(), personal_path(&token))))))
}

/// Which calendar is to have another address.
#[derive(InputObject)]
pub struct RenewCalendarUrlInput {
    /// The conference of which it is yours.
    conference_id: ID,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// The new address.
#[derive(SimpleObject)]
pub struct RenewCalendarUrlPayload {
    /// The address that the calendar has now; null if there are errors, or this server has no personal calendars.
    calendar_url: Option<Text<Url>>,
    /// Where you stand after this; null if there are errors.
    cursor: Option<Cursor>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Which calendar is to have no address.
#[derive(InputObject)]
pub struct RevokeCalendarUrlInput {
    /// The conference of which it is yours.
    conference_id: ID,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// The calendar has no address any more.
#[derive(SimpleObject)]
pub struct RevokeCalendarUrlPayload {
    /// Where you stand after this; null if there are errors.
    cursor: Option<Cursor>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// The addresses of calendars.
pub(super) struct CalendarMutation;

/// Mutations of whoever has a calendar.
#[Object]
impl CalendarMutation {
    /// Gives your calendar of a conference another secret address; the one before answers no more, at once. For when it
    /// has come before somebody else's eyes, or was revoked. Takes a login in a browser.
    async fn renew_calendar_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and under which name of yours.")] input: RenewCalendarUrlInput,
    ) -> Result<RenewCalendarUrlPayload, AppError> {
        let begun = begin(ctx, "renewCalendarUrl", input.client_mutation_id.as_deref(), &input).await?;
        let RenewCalendarUrlInput { conference_id, client_mutation_id } = input;
        let (calendar_url, cursor, user_errors) = match changed(begun, &conference_id, Change::Renew).await? {
            Ok((program, cursor)) => (own_address(ctx, &program).await?, Some(cursor), Vec::new()),
            Err(errors) => (None, None, errors),
        };
        Ok(RenewCalendarUrlPayload { calendar_url, cursor, user_errors, client_mutation_id })
    }

    /// Ends the address of your calendar of a conference, at once. There is none until you renew it. Done again, nothing
    /// changes. Takes a login in a browser.
    async fn revoke_calendar_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and under which name of yours.")] input: RevokeCalendarUrlInput,
    ) -> Result<RevokeCalendarUrlPayload, AppError> {
        let begun = begin(ctx, "revokeCalendarUrl", input.client_mutation_id.as_deref(), &input).await?;
        let RevokeCalendarUrlInput { conference_id, client_mutation_id } = input;
        let (cursor, user_errors) = match changed(begun, &conference_id, Change::Revoke).await? {
            Ok((_, cursor)) => (Some(cursor), Vec::new()),
            Err(errors) => (None, errors),
        };
        Ok(RevokeCalendarUrlPayload { cursor, user_errors, client_mutation_id })
    }
}

/// Changes the address: of which program, and where the viewer stands then; or why nothing was done.
async fn changed(
    begun: Mutating<'_>,
    id: &ID,
    what: Change,
) -> Result<Result<(Arc<Program>, Cursor), Vec<UserError>>, AppError> {
    begun.permits_account(Action::ChangeAccount)?;
    let Mutating { pins, desk, user, once } = begun;
    let Ok(GlobalId { kind: NodeKind::Conference, conference, .. }) = GlobalId::parse(id) else {
        return Ok(Err(vec![Fault::invalid("conferenceId", "This is no conference's id.").into()]));
    };
    let Some(program) = pins.program(conference).await? else {
        return Ok(Err(vec![Fault::not_found("conferenceId", "There is no such conference.").into()]));
    };
    Ok(settled(change(desk, user, conference, what, once).await)?.map(|mut positions| {
        let mut stands = cursor::Cursor::of(program.id(), program.stamp, pins.audience(&program));
        stands.positions.append(&mut positions);
        (program, Cursor(stands))
    }))
}
