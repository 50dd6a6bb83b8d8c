//! The root of mutations.

use async_graphql::MergedObject;

use super::account::AccountMutation;
use super::calendar::CalendarMutation;
use super::desk::DeskMutation;
use super::member::MemberMutation;
use super::message::MessageMutation;
use super::notice::NoticeMutation;
use super::organize::OrganizeMutation;
use super::star::StarMutation;
use super::webhook::WebhookMutation;

/// What can be changed. Each field takes one `input` and answers with a payload: the changed object, the `cursor` from
/// which on it can be read, and `userErrors`, which say why nothing was done. Each needs a login. They are done one
/// after the other, each whole or not at all.
#[derive(MergedObject)]
pub struct Mutation(
    StarMutation,
    CalendarMutation,
    NoticeMutation,
    MessageMutation,
    AccountMutation,
    MemberMutation,
    DeskMutation,
    OrganizeMutation,
    WebhookMutation,
);

impl Mutation {
    pub(super) fn new() -> Self {
        Self(
            StarMutation,
            CalendarMutation,
            NoticeMutation,
            MessageMutation,
            AccountMutation,
            MemberMutation,
            DeskMutation,
            OrganizeMutation::default(),
            WebhookMutation,
        )
    }
}
