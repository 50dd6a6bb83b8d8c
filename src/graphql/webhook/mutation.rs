//! Mutations of webhooks.

use async_graphql::{Context, ID, InputObject, InputType, MaybeUndefined, Object, SimpleObject};
use uuid::Uuid;

use super::payload::test;
use super::{Webhook, WebhookDelivery, WebhookEvent};
use crate::command::field::Given;
use crate::command::webhook::{Own, WebhookFields, create, delete, rotate, send_again, send_test, update};
use crate::command::{Fault, FaultCode};
use crate::error::AppError;
use crate::graphql::budget::Text;
use crate::graphql::id::{GlobalId, NodeKind};
use crate::graphql::user_error::{Mutating, UserError, begin, denied, settled};
use crate::policy::{Action, Denied};

/// Where to tell what.
#[derive(InputObject)]
pub struct CreateWebhookInput {
    /// The conference.
    conference_id: ID,
    /// Where it is told: an https address of a server on the internet, without a user name, a password and a fragment, in
    /// at most 2,000 characters. What it leads to is looked at each time something is sent.
    url: String,
    /// What it is for, so that you know it again: at most 200 characters.
    description: Option<String>,
    /// Changes of which objects it is told of, at least one; null: of all.
    events: Option<Vec<WebhookEvent>>,
    /// A name of your own for this mutation: sent again with it, the mutation is done once, and the secret is not shown
    /// again. Kept for 7 days; 1 to 200 characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// The webhook that was made.
#[derive(SimpleObject)]
pub struct CreateWebhookPayload {
    /// The webhook; null if there are errors.
    webhook: Option<Webhook>,
    /// The secret by which the receiver checks signatures: `whsec_` and base64. It is shown this once: keep it secret. Null
    /// if there are errors, and when the mutation is sent again.
    secret: Option<Text<String>>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// What of a webhook is changed. What is left out stays as it is.
#[derive(InputObject)]
pub struct UpdateWebhookInput {
    /// The webhook.
    id: ID,
    /// Where it is told, as `createWebhook` takes it. What waits goes there too.
    url: MaybeUndefined<String>,
    /// What it is for: at most 200 characters; null takes it away.
    description: MaybeUndefined<String>,
    /// Changes of which objects it is told of, at least one; null: of all.
    events: MaybeUndefined<Vec<WebhookEvent>>,
    /// Whether it is told. Switched on again, it is told what it has missed; after more than a week, to fetch everything.
    is_active: MaybeUndefined<bool>,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// The webhook with what was changed.
#[derive(SimpleObject)]
pub struct UpdateWebhookPayload {
    /// The webhook; null if there are errors.
    webhook: Option<Webhook>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Which webhook gets another secret.
#[derive(InputObject)]
pub struct RotateWebhookSecretInput {
    /// The webhook.
    id: ID,
    /// A name of your own for this mutation: sent again with it, the mutation is done once, and the secret is not shown
    /// again. Kept for 7 days; 1 to 200 characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// The webhook with another secret.
#[derive(SimpleObject)]
pub struct RotateWebhookSecretPayload {
    /// The webhook; null if there are errors.
    webhook: Option<Webhook>,
    /// The new secret. It is shown this once: keep it secret. Null if there are errors, and when the mutation is sent again.
    secret: Option<Text<String>>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Which webhook goes.
#[derive(InputObject)]
pub struct DeleteWebhookInput {
    /// The webhook.
    id: ID,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// The webhook that went.
#[derive(SimpleObject)]
pub struct DeleteWebhookPayload {
    /// The id that it had; null if there are errors.
    deleted_id: Option<ID>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// Which webhook is tried.
#[derive(InputObject)]
pub struct TestWebhookInput {
    /// The webhook, which has to be active.
    id: ID,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// What is sent to try it.
#[derive(SimpleObject)]
pub struct TestWebhookPayload {
    /// The delivery, of type `webhook.test`; null if there are errors. Read it again in a moment to see what became of it.
    delivery: Option<WebhookDelivery>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// What is sent again.
#[derive(InputObject)]
pub struct RedeliverWebhookInput {
    /// The delivery, of a webhook that is active.
    id: ID,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}

/// The delivery that is sent again.
#[derive(SimpleObject)]
pub struct RedeliverWebhookPayload {
    /// The delivery; null if there are errors.
    delivery: Option<WebhookDelivery>,
    /// Why nothing was done; empty if it was.
    user_errors: Vec<UserError>,
    /// As you sent it.
    client_mutation_id: Option<String>,
}

/// A mutation of a webhook that may be done.
struct Allowed<'a> {
    begun: Mutating<'a>,
    own: Own,
}

/// Whether the viewer may do something to what this id names, which is of this kind.
async fn allowed<'a>(
    ctx: &'a Context<'_>,
    input: &impl InputType,
    mutation: &'static str,
    once: Option<&str>,
    (field, id, kind): (&str, &ID, NodeKind),
) -> Result<Result<Allowed<'a>, Vec<UserError>>, AppError> {
    let begun = begin(ctx, mutation, once, input).await?;
    let no = |fault: Fault| Ok(Err(vec![UserError::from(fault)]));
    let Some(GlobalId { conference, row, .. }) = GlobalId::parse(id).ok().filter(|parsed| parsed.kind == kind) else {
        return no(Fault::invalid(field, format!("This is not the id of {}; send one as `id` gave it.", kind.what())));
    };
    let Some(program) = begun.pins.program(conference).await? else {
        return no(Fault::not_found(field, format!("There is no such thing: {} of that id.", kind.what())));
    };
    match begun.pins.permits(&program, Action::ManageWebhooks) {
        Ok(()) => {}
        Err(Denied::Standing(_)) => {
            let message = "Only the conference's organizers may do this.";
            return no(Fault::new(FaultCode::Forbidden, &[field], message));
        }
        Err(other) => return Err(denied(other)),
    }
    let own = Own { conference, id: row, user: begun.user, once: begun.once.clone() };
    Ok(Ok(Allowed { begun, own }))
}

fn patch<T, U>(given: MaybeUndefined<T>, into: impl Fn(T) -> U) -> Given<U> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(into(value))),
    }
}

fn stored(events: Vec<WebhookEvent>) -> Vec<entity::enums::WebhookEvent> {
    events.into_iter().map(Into::into).collect()
}

impl Webhook {
    const fn of(row: entity::webhook::Model) -> Self {
        Self { row }
    }
}

impl WebhookDelivery {
    const fn of(conference: Uuid, row: entity::webhook_delivery::Model) -> Self {
        Self { conference, row }
    }
}

/// Mutations of webhooks.
pub(in crate::graphql) struct WebhookMutation;

/// Mutations of organizers.
#[Object]
impl WebhookMutation {
    /// Makes a webhook: from now on a server of yours is told what changes on the program. A conference has so many as the
    /// server's settings say, 10 unless they say otherwise.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn create_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to tell what.")] input: CreateWebhookInput,
    ) -> Result<CreateWebhookPayload, AppError> {
        let about = ("conferenceId", &input.conference_id, NodeKind::Conference);
        let may = allowed(ctx, &input, "createWebhook", input.client_mutation_id.as_deref(), about).await?;
        let CreateWebhookInput { conference_id: _, url, description, events, client_mutation_id } = input;
        let made = match may {
            Err(errors) => Err(errors),
            Ok(Allowed { begun, own }) => {
                let fields = WebhookFields {
                    url: Some(Some(url)),
                    description: description.map(Some),
                    events: events.map(|events| Some(stored(events))),
                    is_active: None,
                };
                settled(create(begun.desk, own, fields).await)?
            }
        };
        Ok(match made {
            Err(user_errors) => CreateWebhookPayload { webhook: None, secret: None, user_errors, client_mutation_id },
            Ok(made) => CreateWebhookPayload {
                webhook: Some(Webhook::of(made.row)),
                secret: made.secret.map(Text),
                user_errors: Vec::new(),
                client_mutation_id,
            },
        })
    }

    /// Changes where a webhook is told, of what, or whether.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn update_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which webhook, and what of it is changed.")] input: UpdateWebhookInput,
    ) -> Result<UpdateWebhookPayload, AppError> {
        let about = ("id", &input.id, NodeKind::Webhook);
        let may = allowed(ctx, &input, "updateWebhook", input.client_mutation_id.as_deref(), about).await?;
        let UpdateWebhookInput { id: _, url, description, events, is_active, client_mutation_id } = input;
        let changed = match may {
            Err(errors) => Err(errors),
            Ok(Allowed { begun, own }) => {
                let fields = WebhookFields {
                    url: patch(url, |url| url),
                    description: patch(description, |description| description),
                    events: patch(events, stored),
                    is_active: patch(is_active, |is_active| is_active),
                };
                settled(update(begun.desk, own, fields).await)?
            }
        };
        let (webhook, user_errors) = match changed {
            Err(errors) => (None, errors),
            Ok(row) => (Some(Webhook::of(row)), Vec::new()),
        };
        Ok(UpdateWebhookPayload { webhook, user_errors, client_mutation_id })
    }

    /// Gives a webhook another secret. For 24 hours what is sent bears two signatures, by the new one and by the one before,
    /// so that the receiver can change over in between; what was before that one ends at once.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which webhook.")] input: RotateWebhookSecretInput,
    ) -> Result<RotateWebhookSecretPayload, AppError> {
        let about = ("id", &input.id, NodeKind::Webhook);
        let may = allowed(ctx, &input, "rotateWebhookSecret", input.client_mutation_id.as_deref(), about).await?;
        let RotateWebhookSecretInput { id: _, client_mutation_id } = input;
        let rotated = match may {
            Err(errors) => Err(errors),
            Ok(Allowed { begun, own }) => settled(rotate(begun.desk, own).await)?,
        };
        let (webhook, secret, user_errors) = match rotated {
            Err(errors) => (None, None, errors),
            Ok(rotated) => (Some(Webhook::of(rotated.row)), rotated.secret.map(Text), Vec::new()),
        };
        Ok(RotateWebhookSecretPayload { webhook, secret, user_errors, client_mutation_id })
    }

    /// Deletes a webhook: it is told nothing more, also nothing that waits.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn delete_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which webhook.")] input: DeleteWebhookInput,
    ) -> Result<DeleteWebhookPayload, AppError> {
        let about = ("id", &input.id, NodeKind::Webhook);
        let may = allowed(ctx, &input, "deleteWebhook", input.client_mutation_id.as_deref(), about).await?;
        let DeleteWebhookInput { id, client_mutation_id } = input;
        let gone = match may {
            Err(errors) => Err(errors),
            Ok(Allowed { begun, own }) => settled(delete(begun.desk, own).await)?,
        };
        let (deleted_id, user_errors) = match gone {
            Err(errors) => (None, errors),
            Ok(()) => (Some(id), Vec::new()),
        };
        Ok(DeleteWebhookPayload { deleted_id, user_errors, client_mutation_id })
    }

    /// Sends a webhook a delivery of type `webhook.test`, in which nothing has changed, to see whether it arrives.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn test_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which webhook.")] input: TestWebhookInput,
    ) -> Result<TestWebhookPayload, AppError> {
        let about = ("id", &input.id, NodeKind::Webhook);
        let may = allowed(ctx, &input, "testWebhook", input.client_mutation_id.as_deref(), about).await?;
        let TestWebhookInput { id: _, client_mutation_id } = input;
        let (delivery, user_errors) = match may {
            Err(errors) => (None, errors),
            Ok(Allowed { begun, own }) => {
                let conference = own.conference;
                let program = begun.pins.program(conference).await?.ok_or_else(AppError::unavailable)?;
                let body = test(program.conference(), begun.desk.source.now()).map_err(AppError::internal)?;
                match settled(send_test(begun.desk, own, body).await)? {
                    Err(errors) => (None, errors),
                    Ok(row) => (Some(WebhookDelivery::of(conference, row)), Vec::new()),
                }
            }
        };
        Ok(TestWebhookPayload { delivery, user_errors, client_mutation_id })
    }

    /// Sends a delivery again: the same, with the same `webhook-id`, whatever became of it. One that waits is sent now.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn redeliver_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which delivery.")] input: RedeliverWebhookInput,
    ) -> Result<RedeliverWebhookPayload, AppError> {
        let about = ("id", &input.id, NodeKind::WebhookDelivery);
        let may = allowed(ctx, &input, "redeliverWebhook", input.client_mutation_id.as_deref(), about).await?;
        let RedeliverWebhookInput { id: _, client_mutation_id } = input;
        let (delivery, user_errors) = match may {
            Err(errors) => (None, errors),
            Ok(Allowed { begun, own }) => {
                let conference = own.conference;
                match settled(send_again(begun.desk, own).await)? {
                    Err(errors) => (None, errors),
                    Ok(row) => (Some(WebhookDelivery::of(conference, row)), Vec::new()),
                }
            }
        };
        Ok(RedeliverWebhookPayload { delivery, user_errors, client_mutation_id })
    }
}
