//! Stars.

use async_graphql::{Context, ID, InputObject, Interface, Object, SimpleObject};
use entity::enums::StarKind;
use uuid::Uuid;

use super::id::{GlobalId, NodeKind};
use super::panel::Panel;
use super::paper::Paper;
use super::pins::Pins;
use super::scalars::Cursor;
use super::session::Session;
use super::user_error::{UserError, begin, denied, settled};
use crate::command::star::{Target, set};
use crate::command::{Fault, FaultCode};
use crate::cursor;
use crate::error::AppError;
use crate::policy::Action;
use crate::program::Program;

/// What can be put on an individual schedule: a panel with all its sessions, one session, or a paper wherever it is
/// given. Its types are nodes too.
#[derive(Interface, Clone)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Its global id."),
    field(
        name = "viewer_has_starred",
        ty = "bool",
        desc = "Whether you have put it on your individual schedule; false without a login."
    )
)]
pub enum Starrable {
    /// A panel.
    Panel(Panel),
    /// A session.
    Session(Session),
    /// A paper.
    Paper(Paper),
}

/// Whether the viewer has starred what has this id.
pub(super) async fn has_starred(ctx: &Context<'_>, program: &Program, target: Uuid) -> Result<bool, AppError> {
    let stars = Pins::of(ctx)?.stars(program).await?;
    Ok(stars.is_some_and(|stars| stars.targets.contains_key(&target)))
}

/// What to star.
#[derive(InputObject)]
pub struct StarInput {
    /// The panel, session or paper.
    id: ID,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// What was starred, or taken off the schedule.
#[derive(SimpleObject)]
pub struct StarPayload {
    /// What the star is on; null if there are errors, or it is no longer on the program.
    starrable: Option<Starrable>,
    /// Where you stand after this; null if there are errors.
    cursor: Option<Cursor>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// What is starred, or no longer.
pub(super) struct StarMutation;

/// Mutations of attendees.
#[Object]
impl StarMutation {
    /// Puts a panel, session or paper on your individual schedule. Done again, nothing changes. Takes a login, or a
    /// token with the scope `schedule`.
    async fn star(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and under which name of yours.")] input: StarInput,
    ) -> Result<StarPayload, AppError> {
        change(ctx, "star", input, true).await
    }

    /// Takes a panel, session or paper off your individual schedule. Done again, nothing changes. Takes a login, or a
    /// token with the scope `schedule`.
    async fn unstar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and under which name of yours.")] input: StarInput,
    ) -> Result<StarPayload, AppError> {
        change(ctx, "unstar", input, false).await
    }
}

async fn change(
    ctx: &Context<'_>,
    mutation: &'static str,
    input: StarInput,
    starred: bool,
) -> Result<StarPayload, AppError> {
    let begun = begin(ctx, mutation, input.client_mutation_id.as_deref(), &input).await?;
    let StarInput { id, client_mutation_id } = input;
    let refused = |errors: Vec<UserError>| StarPayload {
        starrable: None,
        cursor: None,
        user_errors: errors,
        client_mutation_id: client_mutation_id.clone(),
    };
    begun.permits_account(Action::Star)?;
    let fault = |code, message: &str| Ok(refused(vec![Fault::new(code, &["id"], message).into()]));
    let Ok(GlobalId { kind, conference, row }) = GlobalId::parse(&id) else {
        return fault(FaultCode::Invalid, "This is no id; send one as an `id` field gave it.");
    };
    let star = match kind {
        NodeKind::Panel => StarKind::Panel,
        NodeKind::Session => StarKind::Session,
        NodeKind::Paper => StarKind::Paper,
        NodeKind::Conference
        | NodeKind::Track
        | NodeKind::Room
        | NodeKind::Person
        | NodeKind::SessionRoom
        | NodeKind::Slot
        | NodeKind::Announcement
        | NodeKind::User
        | NodeKind::Member
        | NodeKind::Identity
        | NodeKind::LoginSession
        | NodeKind::AccessToken
        | NodeKind::Message
        | NodeKind::Release
        | NodeKind::DraftCommand
        | NodeKind::Webhook
        | NodeKind::WebhookDelivery
        | NodeKind::ImportPreview => {
            return fault(FaultCode::Invalid, "Only panels, sessions and papers can be starred; send the id of one.");
        }
    };
    let program = begun.pins.program(conference).await?;
    if let Some(program) = &program {
        begun.pins.permits(program, Action::Star).map_err(denied)?;
    }
    let table = kind.table();
    let place = program.as_ref().zip(table).and_then(|(program, table)| program.place(table, row));
    // What is gone from the program can still be taken off the schedule.
    let (Some(program), true) = (program, place.is_some() || !starred) else {
        return fault(FaultCode::NotFound, "There is no such panel, session or paper.");
    };
    let target = Target { conference, kind: star, id: row };
    let written = set(begun.desk, begun.user, target, starred, begun.once).await;
    let mut positions = match settled(written)? {
        Ok(positions) => positions,
        Err(errors) => return Ok(refused(errors)),
    };
    let starrable = place.map(|ix| match star {
        StarKind::Panel => Starrable::Panel(Panel::new(&program, ix)),
        StarKind::Session => Starrable::Session(Session::new(&program, ix)),
        StarKind::Paper => Starrable::Paper(Paper::new(&program, ix)),
    });
    let audience = begun.pins.audience(&program);
    let mut cursor = cursor::Cursor::of(program.id(), program.stamp, audience);
    cursor.positions.append(&mut positions);
    Ok(StarPayload { starrable, cursor: Some(Cursor(cursor)), user_errors: Vec::new(), client_mutation_id })
}
