//! Being told of changes by mail.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::id::{GlobalId, NodeKind};
use super::scalars::Cursor;
use super::user_error::{UserError, begin, denied, settled};
use crate::command::notice::set;
use crate::command::{Fault, FaultCode};
use crate::cursor;
use crate::error::AppError;
use crate::policy::Action;

/// Whether you want to be told.
#[derive(InputObject)]
pub struct SetNoticesInput {
    /// The conference.
    conference_id: ID,
    /// Whether you want to be told by mail of what changes on its program.
    wanted: bool,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// Whether you are told from now on.
#[derive(SimpleObject)]
pub struct SetNoticesPayload {
    /// As it is now set; null if there are errors.
    wants_notices: Option<bool>,
    /// Where you stand after this; null if there are errors.
    cursor: Option<Cursor>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Whether somebody is told of changes.
pub(super) struct NoticeMutation;

/// Mutations of whoever wants to be told.
#[Object]
impl NoticeMutation {
    /// Has you told by mail when something that concerns you changes on a program, or no longer. You are told when a session
    /// is at another time or in another room, is cancelled or takes place after all, or is no longer on the program, and
    /// when a paper is withdrawn or given in another session; of links never. Sessions concern you that you have starred,
    /// by their panel or a paper too, or in which you have a role or a paper: by a verified e-mail address or the ORCID iD
    /// with which you log in. You get one mail for all of it, at most one about each conference in 10 minutes as a server is
    /// set by default, to the verified address with which you last logged in; it has a link that ends this with one click.
    /// Done again, nothing changes. Takes a login, or a token with the scope `schedule`.
    async fn set_notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which conference, and whether.")] input: SetNoticesInput,
    ) -> Result<SetNoticesPayload, AppError> {
        let begun = begin(ctx, "setNotices", input.client_mutation_id.as_deref(), &input).await?;
        let SetNoticesInput { conference_id, wanted, client_mutation_id } = input;
        let refused = |errors: Vec<UserError>| SetNoticesPayload {
            wants_notices: None,
            cursor: None,
            user_errors: errors,
            client_mutation_id: client_mutation_id.clone(),
        };
        begun.permits_account(Action::SetNotices)?;
        let fault = |code, message: &str| Ok(refused(vec![Fault::new(code, &["conferenceId"], message).into()]));
        let conference = match GlobalId::parse(&conference_id) {
            Ok(GlobalId { kind: NodeKind::Conference, conference, .. }) => conference,
            _ => return fault(FaultCode::Invalid, "This is no conference's id; send one as its `id` gave it."),
        };
        let Some(program) = begun.pins.program(conference).await? else {
            return fault(FaultCode::NotFound, "There is no such conference.");
        };
        begun.pins.permits(&program, Action::SetNotices).map_err(denied)?;
        let written = set(begun.desk, begun.user, conference, wanted, begun.once).await;
        let (wanted, mut positions) = match settled(written)? {
            Ok(set) => set,
            Err(errors) => return Ok(refused(errors)),
        };
        let mut cursor = cursor::Cursor::of(program.id(), program.stamp, begun.pins.audience(&program));
        cursor.positions.append(&mut positions);
        Ok(SetNoticesPayload {
            wants_notices: Some(wanted),
            cursor: Some(Cursor(cursor)),
            user_errors: Vec::new(),
            client_mutation_id,
        })
    }
}
