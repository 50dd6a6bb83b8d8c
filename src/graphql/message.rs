//! Messages to authors, and their answers.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::enums::{Audience, MessageDirection as Direction};
use entity::message;
use uuid::Uuid;

use super::budget::{Text, spend};
use super::connection::{ListKind, PageArgs, Paged, connection, encode};
use super::id::{GlobalId, NodeKind};
use super::paper::Paper;
use super::person::Person;
use super::pins::Pins;
use super::scalars::DateTime;
use super::user_error::{UserError, begin, denied, settled};
use crate::command::Fault;
use crate::command::message::{Draft, send};
use crate::db::Delivery;
use crate::error::AppError;
use crate::policy::{Action, permits};
use crate::program::row::Table;

/// Which way a message goes.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Direction")]
pub enum MessageDirection {
    /// From you to the person on the program.
    ToAuthor,
    /// The person's answer, to you.
    ToSender,
}

/// What has become of a message.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Delivery")]
pub enum MessageDelivery {
    /// It is stored, and is to be mailed.
    Queued,
    /// A mail server has taken it.
    Sent,
    /// It could not be mailed, or its recipient has refused it meanwhile.
    Failed,
}

/// A message.
#[derive(Clone)]
pub struct Message {
    row: message::Model,
    delivery: Delivery,
}

/// A message that you wrote to a person on a program, or that person's answer. Both are mailed, and neither of you sees
/// the other's address. Only you see it here.
#[Object]
impl Message {
    /// Its global id. Not a node.
    async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Message, conference: self.row.conference_id, row: self.row.id }.encode()
    }

    /// Whether you wrote it or were answered.
    fn direction(&self) -> MessageDirection {
        self.row.direction.into()
    }

    /// The person on the program; null if they, or the conference, are no longer there for you.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>, AppError> {
        let Some(program) = Pins::of(ctx)?.program(self.row.conference_id).await? else { return Ok(None) };
        Ok(program.resolve(Table::Person, self.row.person_id).map(|ix| Person::new(&program, ix)))
    }

    /// The paper that it is about; null if it is about none, or that is no longer there for you.
    async fn paper(&self, ctx: &Context<'_>) -> Result<Option<Paper>, AppError> {
        let Some(paper) = self.row.paper_id else { return Ok(None) };
        let Some(program) = Pins::of(ctx)?.program(self.row.conference_id).await? else { return Ok(None) };
        Ok(program.place(Table::Paper, paper).map(|ix| Paper::new(&program, ix)))
    }

    /// Its subject line; null if it has none.
    fn subject(&self) -> Option<Text<&str>> {
        self.row.subject.as_deref().map(Text)
    }

    /// What it says: plain text, with line breaks.
    fn text(&self) -> Text<&str> {
        Text(&self.row.text)
    }

    /// When it was stored.
    fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// What has become of its mail, as of now.
    fn delivery(&self) -> MessageDelivery {
        self.delivery.into()
    }
}

impl Message {
    fn cursor(&self) -> String {
        encode(ListKind::Messages, ("", self.row.id))
    }
}

connection! {
    /// A page of messages, the newest first.
    MessageConnection,
    /// A message on a page.
    MessageEdge, Message
}

/// A page of what a user wrote and was answered.
pub(super) async fn messages(
    ctx: &Context<'_>,
    user: Uuid,
    first: Option<i32>,
    after: Option<String>,
) -> Result<MessageConnection, AppError> {
    let pins = Pins::of(ctx)?;
    permits(pins.viewer(), Audience::SignedIn, Action::WriteToAuthors).map_err(denied)?;
    let has_previous = after.is_some();
    let window = PageArgs { first, after, ..PageArgs::default() }.window(ctx, ListKind::Messages)?;
    let first = window.first.unwrap_or_default();
    spend(ctx, first).await?;
    let after = window.after.map(|(_, id)| id);
    let page = pins.desk().database.messages(user, after, first as u64).await;
    let page = page.map_err(AppError::unavailable_because)?;
    let total = usize::try_from(page.total).unwrap_or(usize::MAX);
    let nodes = page.messages.into_iter().map(|(row, delivery)| Message { row, delivery }).collect();
    Ok(MessageConnection(Paged { nodes, total, has_previous, has_next: page.has_next }))
}

/// What to write, and to whom.
#[derive(InputObject)]
pub struct SendMessageToAuthorInput {
    /// The person on the program.
    person_id: ID,
    /// Which of the person's papers it is about; null: none in particular.
    paper_id: Option<ID>,
    /// One line of at most 150 characters; null: one is made.
    subject: Option<String>,
    /// What it says: plain text of 1 to 5,000 characters, with line breaks.
    text: String,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// The message that was sent.
#[derive(SimpleObject)]
pub struct SendMessageToAuthorPayload {
    /// The message: it is stored, and mailed as soon as that can be. Null if there are errors.
    message: Option<Message>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Mutations of messages.
pub(super) struct MessageMutation;

/// Mutations of attendees.
#[Object]
impl MessageMutation {
    /// Writes to a person on a program who takes messages (`Person.acceptsMessages`). Neither of you sees the other's
    /// address: the mail leads to a page on which they can answer, and the answer is mailed to you, at the verified address
    /// with which you last logged in. You may send so many messages in an hour and they get so many in a day; beyond that
    /// the error is RATE_LIMITED. Takes a login, or a token with the scope `schedule`.
    async fn send_message_to_author(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and under which name of yours.")] input: SendMessageToAuthorInput,
    ) -> Result<SendMessageToAuthorPayload, AppError> {
        let begun = begin(ctx, "sendMessageToAuthor", input.client_mutation_id.as_deref(), &input).await?;
        begun.permits_account(Action::WriteToAuthors)?;
        let SendMessageToAuthorInput { person_id, paper_id, subject, text, client_mutation_id } = input;
        let refused = |errors| SendMessageToAuthorPayload {
            message: None,
            user_errors: errors,
            client_mutation_id: client_mutation_id.clone(),
        };
        let fault = |fault: Fault| Ok(refused(vec![fault.into()]));
        let Ok(GlobalId { kind: NodeKind::Person, conference, row: person }) = GlobalId::parse(&person_id) else {
            return fault(Fault::invalid("personId", "This is no person's id."));
        };
        let paper = match paper_id.as_ref().map(GlobalId::parse) {
            None => None,
            Some(Ok(GlobalId { kind: NodeKind::Paper, conference: of, row })) if of == conference => Some(row),
            Some(_) => return fault(Fault::invalid("paperId", "This is no id of a paper of that conference.")),
        };
        let Some(program) = begun.pins.program(conference).await? else {
            return fault(Fault::not_found("personId", "There is no such person on the program."));
        };
        let draft = Draft { person, paper, subject, text };
        let sent = send(begun.desk, begun.user, &program, draft, begun.once).await;
        let id = match settled(sent)? {
            Ok(row) => row.id,
            Err(errors) => return Ok(refused(errors)),
        };
        let read = begun.desk.database.message(begun.user, id).await;
        let (message, user_errors) = match read {
            Ok(Some((row, delivery))) => (Some(Message { row, delivery }), Vec::new()),
            Ok(None) | Err(_) => {
                let message = "The message is stored, and could not be read back.";
                (None, vec![Fault::new(crate::command::FaultCode::CommittedNotRead, &[], message).into()])
            }
        };
        Ok(SendMessageToAuthorPayload { message, user_errors, client_mutation_id })
    }
}
