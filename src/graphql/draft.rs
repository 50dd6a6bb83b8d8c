//! Drafts and releases.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::{draft_command, release, user};
use uuid::Uuid;

use super::account::User;
use super::budget::{Text, spend};
use super::id::{GlobalId, NodeKind};
use super::node::Node;
use super::pins::Pins;
use super::scalars::DateTime;
use super::user_error::UserError;
use crate::command::draft::Preview;
use crate::command::program::Command;
use crate::error::AppError;
use crate::program::diff::{Difference, DifferenceKind, FieldDifference};
use crate::program::row::Table;

/// What became of something on the program.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "DifferenceKind", name = "DifferenceKind")]
pub enum Became {
    /// It is new.
    New,
    /// It is no longer on the program.
    Removed,
    /// It is cancelled or withdrawn, and stays on the program.
    Cancelled,
    /// It was cancelled or withdrawn and is no longer.
    Restored,
    /// It is at another time or place.
    Moved,
    /// Something else about it is other than it was.
    Changed,
}

/// What is prepared for a conference.
pub struct Draft {
    preview: Arc<Preview>,
    /// Those who put something into it.
    users: Arc<HashMap<Uuid, user::Model>>,
}

/// What is prepared for a conference: mutations with `draft: true`, in order, as they would be on the program as it is
/// now. Nothing of it is to be seen before `releaseDraft`. For organizers.
#[Object]
impl Draft {
    /// What was put into it, in order.
    async fn commands(&self, ctx: &Context<'_>) -> Result<Vec<DraftCommand>, AppError> {
        spend(ctx, self.preview.commands.len()).await?;
        let all = 0..self.preview.commands.len();
        Ok(all
            .map(|at| DraftCommand { preview: Arc::clone(&self.preview), users: Arc::clone(&self.users), at })
            .collect())
    }

    /// What would differ from the program as it is now.
    async fn differences(&self, ctx: &Context<'_>) -> Result<Vec<ProgramDifference>, AppError> {
        spend(ctx, self.preview.differences.len()).await?;
        let conference = self.preview.program.id();
        let all = self.preview.differences.iter();
        Ok(all.map(|own| ProgramDifference { conference, own: own.clone() }).collect())
    }

    /// How many of its commands something is in the way of.
    async fn conflict_count(&self) -> usize {
        self.preview.in_the_way.len()
    }

    /// Something as it would be when the draft is released: also what the draft makes. Null if it would not be there.
    async fn node(
        &self,
        #[graphql(desc = "Its id, such as a mutation with `draft: true` has answered.")] id: ID,
    ) -> Result<Option<Node>, AppError> {
        let parsed = GlobalId::parse(&id)?;
        if parsed.conference != self.preview.program.id() {
            return Ok(None);
        }
        Ok(Node::at(&self.preview.program, parsed.kind, parsed.row))
    }
}

/// One thing that a draft does.
pub struct DraftCommand {
    preview: Arc<Preview>,
    users: Arc<HashMap<Uuid, user::Model>>,
    at: usize,
}

impl DraftCommand {
    fn row(&self) -> &draft_command::Model {
        &self.preview.commands[self.at]
    }
}

/// One thing that a draft does.
#[Object]
impl DraftCommand {
    /// Its id: not a node's, but good for `removeDraftCommand`.
    async fn id(&self) -> ID {
        let (conference, row) = (self.preview.program.id(), self.row().id);
        GlobalId { kind: NodeKind::DraftCommand, conference, row }.encode()
    }

    /// Which mutation it is: `createPanel`, `movePaper`.
    async fn mutation(&self) -> Result<&'static str, AppError> {
        let command: Command = serde_json::from_str(&self.row().command).map_err(AppError::internal)?;
        Ok(command.mutation())
    }

    /// When it was put in.
    async fn at(&self) -> DateTime {
        DateTime(self.row().at)
    }

    /// Who put it in; null if the account is gone.
    async fn user(&self) -> Option<User> {
        self.users.get(&self.row().user_id).cloned().map(User)
    }

    /// What is in its way: CONFLICT, if somebody has changed the same fields of the program since; otherwise what makes
    /// it impossible now. Empty if nothing is.
    async fn conflicts(&self) -> Vec<UserError> {
        let own = self.preview.in_the_way.iter().find(|own| own.command == self.row().id);
        own.into_iter().flat_map(|own| own.faults.clone()).map(UserError::from).collect()
    }
}

/// What differs in one thing on the program.
#[derive(Clone)]
pub struct ProgramDifference {
    conference: Uuid,
    own: Difference,
}

/// What differs in one thing on the program, between two states of it. Never links, never addresses.
#[Object]
impl ProgramDifference {
    /// What became of it.
    async fn kind(&self) -> Became {
        self.own.kind.into()
    }

    /// Its id; good for `node` as long as it is there.
    async fn node_id(&self) -> ID {
        let kind = Table::named(&self.own.entity).and_then(NodeKind::of).unwrap_or(NodeKind::Conference);
        GlobalId { kind, conference: self.conference, row: self.own.id }.encode()
    }

    /// What it is: `Panel`, `Session`, `Paper`, `Person`, `Track`, `Room`, `Conference`.
    async fn type_name(&self) -> &'static str {
        Table::named(&self.own.entity).and_then(NodeKind::of).map_or("", NodeKind::type_name)
    }

    /// What it is called: a panel's code and title, a session's code and number, a title, a name.
    async fn label(&self) -> Text<&str> {
        Text(&self.own.label)
    }

    /// What of it differs; empty if it is new or removed.
    async fn fields(&self) -> Vec<DifferingField> {
        self.own.fields.iter().cloned().map(DifferingField::from).collect()
    }
}

/// A field that differs.
#[derive(SimpleObject)]
pub struct DifferingField {
    /// Which: as the API calls it, with names in place of ids.
    name: Text<String>,
    /// What it was; null: nothing, or more than 300 characters.
    before: Option<Text<String>>,
    /// What it is; null: nothing, or more than 300 characters.
    after: Option<Text<String>>,
}

impl From<FieldDifference> for DifferingField {
    fn from(own: FieldDifference) -> Self {
        let FieldDifference { name, before, after } = own;
        Self { name: Text(name), before: before.map(Text), after: after.map(Text) }
    }
}

/// A state of the program that organizers gave a name.
#[derive(Clone)]
pub struct Release {
    pub(super) row: Arc<release::Model>,
}

/// A state of the program that organizers gave a name, with what was new in it: the conference's changelog, for everybody.
#[Object]
impl Release {
    /// Its global id. Not a node: `node` does not find it.
    async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Release, conference: self.row.conference_id, row: self.row.id }.encode()
    }

    /// Its name.
    async fn name(&self) -> Text<&str> {
        Text(&self.row.name)
    }

    /// What the organizers say of it: Markdown; null: nothing.
    async fn notes(&self) -> Option<Text<&str>> {
        self.row.notes.as_deref().map(Text)
    }

    /// When it was made.
    async fn at(&self) -> DateTime {
        DateTime(self.row.at)
    }

    /// The conference's revision that it is.
    async fn revision(&self) -> i64 {
        self.row.revision
    }

    /// What differs from the release before; null for the first one, and where more differs than is listed.
    async fn differences(&self, ctx: &Context<'_>) -> Result<Option<Vec<ProgramDifference>>, AppError> {
        let Some(changes) = &self.row.changes else { return Ok(None) };
        let all: Vec<Difference> = serde_json::from_str(changes).map_err(AppError::internal)?;
        spend(ctx, all.len()).await?;
        let conference = self.row.conference_id;
        Ok(Some(all.into_iter().map(|own| ProgramDifference { conference, own }).collect()))
    }
}

/// The draft of a conference. Whoever may not see it never gets here.
pub(super) async fn draft(ctx: &Context<'_>, program: &Arc<crate::program::Program>) -> Result<Draft, AppError> {
    let desk = Pins::of(ctx)?.desk();
    let preview = crate::command::draft::preview(desk, program).await?;
    let users = desk.database.users(preview.commands.iter().map(|row| row.user_id)).await;
    let users = users.map_err(AppError::unavailable_because)?;
    Ok(Draft { preview: Arc::new(preview), users: Arc::new(users) })
}
