//! Members of a conference, for its organizers.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use uuid::Uuid;

use super::account::User;
use super::budget::{Text, spend};
use super::connection::{ListKind, PageArgs, Paged, connection, encode};
use super::enums::MemberRole;
use super::id::{GlobalId, NodeKind};
use super::pins::Pins;
use super::scalars::DateTime;
use super::user_error::{Mutating, UserError, begin, denied, settled};
use crate::command::account::address;
use crate::command::member::{Entry, remove_member, set_member};
use crate::command::{Fault, FaultCode};
use crate::db::MemberRow;
use crate::error::AppError;
use crate::policy::{Action, Denied};

/// The longest name.
const LONGEST_NAME: usize = 300;

/// A member.
#[derive(Clone)]
pub struct Member(pub(super) MemberRow);

/// Somebody who is registered for a conference, or organizes it. Members are known by their e-mail address, which is
/// never shown. Only the conference's organizers see its members.
#[Object]
impl Member {
    /// Its global id. Not a node: it is good for `removeMember`.
    async fn id(&self) -> ID {
        let row = &self.0.row;
        GlobalId { kind: NodeKind::Member, conference: row.conference_id, row: row.id }.encode()
    }

    /// The name as registered, else the account's; null if neither is known.
    fn name(&self) -> Option<Text<&str>> {
        let account = self.0.user.as_ref().map(|user| user.name.as_str());
        self.0.row.name.as_deref().or(account).map(Text)
    }

    /// What the member may do.
    fn role(&self) -> MemberRole {
        self.0.row.role.into()
    }

    /// The account; null as long as nobody has logged in whose address it verifiably is.
    fn user(&self) -> Option<User> {
        self.0.user.clone().map(User)
    }

    /// When the member was added.
    fn added_at(&self) -> DateTime {
        DateTime(self.0.row.created_at)
    }
}

impl Member {
    fn cursor(&self) -> String {
        encode(ListKind::Members, ("", self.0.row.id))
    }
}

connection! {
    /// A page of members, by when they were added.
    MemberConnection,
    /// A member on a page.
    MemberEdge, Member
}

/// A page of a conference's members. Whoever may not see them never gets here.
pub(super) async fn members(
    ctx: &Context<'_>,
    conference: Uuid,
    first: Option<i32>,
    after: Option<String>,
) -> Result<MemberConnection, AppError> {
    let has_previous = after.is_some();
    let window = PageArgs { first, after, ..PageArgs::default() }.window(ctx, ListKind::Members)?;
    let first = window.first.unwrap_or_default();
    spend(ctx, first).await?;
    let database = &Pins::of(ctx)?.desk().database;
    let after = window.after.map(|(_, id)| id);
    let page = database.members(conference, after, first as u64).await.map_err(AppError::unavailable_because)?;
    let total = usize::try_from(page.total).unwrap_or(usize::MAX);
    let nodes = page.members.into_iter().map(Member).collect();
    Ok(MemberConnection(Paged { nodes, total, has_previous, has_next: page.has_next }))
}

/// Who is to be what.
#[derive(InputObject)]
pub struct SetMemberInput {
    /// The conference.
    conference_id: ID,
    /// The member's e-mail address: whoever logs in with it, verified by the login provider, is the member. Case does not
    /// count. Write only: it is never shown.
    email: String,
    /// The member's name, at most 300 characters; null: leave it as it is.
    name: Option<String>,
    /// What the member may do.
    role: MemberRole,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// Who was made a member.
#[derive(SimpleObject)]
pub struct SetMemberPayload {
    /// The id of the member; null if there are errors.
    member_id: Option<ID>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Who is to be a member no longer.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    /// The member.
    id: ID,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// Who is a member no longer.
#[derive(SimpleObject)]
pub struct RemoveMemberPayload {
    /// The id of who was a member; null if there are errors.
    member_id: Option<ID>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Mutations of members.
pub(super) struct MemberMutation;

/// Mutations of organizers.
#[Object]
impl MemberMutation {
    /// Registers somebody for the conference, makes them an organizer, or changes which of the two they are. The right
    /// holds from their next request on. Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn set_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and under which name of yours.")] input: SetMemberInput,
    ) -> Result<SetMemberPayload, AppError> {
        let begun = begin(ctx, "setMember", input.client_mutation_id.as_deref(), &input).await?;
        let SetMemberInput { conference_id, email, name, role, client_mutation_id } = input;
        let refused = |errors| SetMemberPayload {
            member_id: None,
            user_errors: errors,
            client_mutation_id: client_mutation_id.clone(),
        };
        let fault = |fault: Fault| Ok(refused(vec![fault.into()]));
        let Ok(GlobalId { kind: NodeKind::Conference, conference, .. }) = GlobalId::parse(&conference_id) else {
            return fault(Fault::invalid("conferenceId", "This is no conference's id."));
        };
        if let Some(no) = may_set(&begun, conference, "conferenceId").await? {
            return fault(no);
        }
        let Some(email) = address(&email) else {
            return fault(Fault::invalid("email", "This is no e-mail address; it has the form name@example.org."));
        };
        let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let bad = |name: &String| name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control);
        if name.as_ref().is_some_and(bad) {
            let message = format!("A name has at most {LONGEST_NAME} characters, and no line breaks.");
            return fault(Fault::invalid("name", message));
        }
        let entry = Entry { email, name, role: role.into() };
        let written = set_member(begun.desk, begun.user, conference, entry, begun.once).await;
        let id = |row| GlobalId { kind: NodeKind::Member, conference, row }.encode();
        Ok(match settled(written)? {
            Err(errors) => refused(errors),
            Ok(changed) => SetMemberPayload {
                member_id: changed.ids.first().map(|row| id(*row)),
                user_errors: Vec::new(),
                client_mutation_id,
            },
        })
    }

    /// Ends somebody's registration, or their being an organizer. The right ends with their next request, on other
    /// servers within a second. A conference keeps at least one organizer. Takes an organizer's login, or an organizer's
    /// token with the scope `organize`.
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and under which name of yours.")] input: RemoveMemberInput,
    ) -> Result<RemoveMemberPayload, AppError> {
        let begun = begin(ctx, "removeMember", input.client_mutation_id.as_deref(), &input).await?;
        let RemoveMemberInput { id, client_mutation_id } = input;
        let refused = |errors| RemoveMemberPayload {
            member_id: None,
            user_errors: errors,
            client_mutation_id: client_mutation_id.clone(),
        };
        let Ok(GlobalId { kind: NodeKind::Member, conference, row }) = GlobalId::parse(&id) else {
            return Ok(refused(vec![Fault::invalid("id", "This is no member's id.").into()]));
        };
        if let Some(no) = may_set(&begun, conference, "id").await? {
            return Ok(refused(vec![no.into()]));
        }
        let written = remove_member(begun.desk, begun.user, conference, row, begun.once).await;
        Ok(match settled(written)? {
            Err(errors) => refused(errors),
            Ok(()) => RemoveMemberPayload { member_id: Some(id), user_errors: Vec::new(), client_mutation_id },
        })
    }
}

/// Why the viewer may not say who the members of this conference are; `None`: they may.
async fn may_set(begun: &Mutating<'_>, conference: Uuid, field: &str) -> Result<Option<Fault>, AppError> {
    let Some(program) = begun.pins.program(conference).await? else {
        return Ok(Some(Fault::not_found(field, "There is no such conference.")));
    };
    match begun.pins.permits(&program, Action::SetMembers) {
        Ok(()) => Ok(None),
        Err(Denied::Standing(_)) => {
            Ok(Some(Fault::new(FaultCode::Forbidden, &[field], "Only the conference's organizers may do this.")))
        }
        Err(other) => Err(denied(other)),
    }
}
