//! The root of mutations.

use async_graphql::MergedObject;

use super::account::AccountMutation;
use super::desk::DeskMutation;
use super::member::MemberMutation;
use super::message::MessageMutation;
use super::notice::NoticeMutation;
use super::organize::OrganizeMutation;
use super::star::StarMutation;

/// What can be changed. Each field takes one `input` and answers with a payload: the changed object, the `cursor` from
/// which on it can be read, and `userErrors`, which say why nothing was done. Each needs a login. They are done one
/// after the other, each whole or not at all.
#[derive(MergedObject)]
pub struct Mutation(
    StarMutation,
    NoticeMutation,
    MessageMutation,
    AccountMutation,
    MemberMutation,
    DeskMutation,
    OrganizeMutation,
);

impl Mutation {
    pub(super) fn new() -> Self {
        let organize = OrganizeMutation::default();
        Self(StarMutation, NoticeMutation, MessageMutation, AccountMutation, MemberMutation, DeskMutation, organize)
    }
}
