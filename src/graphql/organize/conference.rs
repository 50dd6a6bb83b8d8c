//! Conferences.

use std::sync::Arc;

use async_graphql::{Context, ID, MaybeUndefined, Object};
use entity::enums::{Audience, Visibility};

use super::give::{Give, given};
use super::organize;
use crate::command::conference::{self, ConferenceFields};
use crate::command::edit::Edit;
use crate::command::program::Command;
use crate::command::{Fault, FaultCode};
use crate::error::AppError;
use crate::graphql::conference::Conference;
use crate::graphql::desk::{Common, Done, allowed, done};
use crate::graphql::id::NodeKind;
use crate::graphql::scalars::{Cursor, Date, Lenient, TimeZone, Url};
use crate::graphql::shapes::{input, payload};
use crate::graphql::user_error::{begin, denied, settled};
use crate::policy::{Action, Denied, permits};
use crate::program::row::Table;

/// A conference that is to be made.
#[derive(async_graphql::InputObject)]
pub struct CreateConferenceInput {
    /// Names it in addresses: 2 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen. No other
    /// conference has it, else TAKEN.
    slug: String,
    /// Its printed name, 1 to 300 characters.
    name: String,
    /// Its time zone, as an IANA name: what clocks there show.
    time_zone: Lenient<TimeZone>,
    /// Its first day.
    starts_on: Lenient<Date>,
    /// Its last day, at most a year after the first.
    ends_on: Lenient<Date>,
    /// Its site: http or https.
    url: Option<Lenient<Url>>,
    /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1 to 200
    /// characters. Null: no such promise.
    client_mutation_id: Option<String>,
}
payload! {
    /// The conference that was made.
    CreateConferencePayload {
        /// The conference, a draft, which exists for its organizers only; null if there are errors.
        conference: Option<Conference>,
    }
}
input! {
    /// A conference's own fields. What is left out stays as it is; what is null is taken away, where that can be.
    UpdateConferenceInput {
        /// The conference.
        id: ID,
        /// Names it in addresses: 2 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen. No other
        /// conference has it, else TAKEN.
        slug: MaybeUndefined<String>,
        /// Its printed name, 1 to 300 characters.
        name: MaybeUndefined<String>,
        /// Its time zone, as an IANA name. What clocks there show stays as it is, so that instants change.
        time_zone: MaybeUndefined<Lenient<TimeZone>>,
        /// Its first day. Where sessions would be before it: IN_USE.
        starts_on: MaybeUndefined<Lenient<Date>>,
        /// Its last day, at most a year after the first. Where sessions would be after it: IN_USE.
        ends_on: MaybeUndefined<Lenient<Date>>,
        /// Its site: http or https.
        url: MaybeUndefined<Lenient<Url>>,
        /// Whether convenors may change the papers of their panel, and their order.
        convenors_edit_papers: MaybeUndefined<bool>,
        /// Whether chairs may replace the links of their session.
        chairs_set_links: MaybeUndefined<bool>,
        /// Whether authors may change the abstract of their paper.
        authors_edit_abstracts: MaybeUndefined<bool>,
        /// Whether the personal calendars of those who may have links have them. Calendar applications keep copies, many of
        /// them on servers of others.
        links_in_calendars: MaybeUndefined<bool>,
    }
}
payload! {
    /// The conference with its fields.
    UpdateConferencePayload {
        /// The conference; null if there are errors, but for CONFLICT: then as it is now.
        conference: Option<Conference>,
    }
}
input! {
    /// A conference that everybody may see.
    PublishConferenceInput {
        /// The conference.
        id: ID,
    }
}
payload! {
    /// The conference, published.
    PublishConferencePayload {
        /// The conference; null if there are errors, but for CONFLICT: then as it is now.
        conference: Option<Conference>,
    }
}
input! {
    /// A conference that only its organizers may see.
    UnpublishConferenceInput {
        /// The conference.
        id: ID,
    }
}
payload! {
    /// The conference, a draft again.
    UnpublishConferencePayload {
        /// The conference; null if there are errors, but for CONFLICT: then as it is now.
        conference: Option<Conference>,
    }
}
input! {
    /// A conference that is to go.
    DeleteConferenceInput {
        /// The conference, unpublished.
        id: ID,
        /// Whether its program goes with it, for good: otherwise a conference that has one is IN_USE.
        #[graphql(default)]
        with_program: bool,
    }
}
payload! {
    /// The conference that went.
    DeleteConferencePayload {
        /// The id that it had; null if there are errors.
        deleted_id: Option<ID>,
    }
}

impl CreateConferenceInput {
    fn fields(&self, edit: &Edit) -> Result<ConferenceFields, Fault> {
        let url = self.url.clone().map(|url| url.give(edit, "url")).transpose()?;
        Ok(ConferenceFields {
            slug: Some(Some(self.slug.clone())),
            name: Some(Some(self.name.clone())),
            time_zone: Some(Some(self.time_zone.clone().give(edit, "time_zone")?)),
            starts_on: Some(Some(self.starts_on.clone().give(edit, "starts_on")?)),
            ends_on: Some(Some(self.ends_on.clone().give(edit, "ends_on")?)),
            url: url.map(Some),
            ..ConferenceFields::default()
        })
    }
}

impl UpdateConferenceInput {
    fn fields(&self, edit: &Edit) -> Result<ConferenceFields, Fault> {
        Ok(ConferenceFields {
            slug: given(self.slug.clone(), edit, "slug")?,
            name: given(self.name.clone(), edit, "name")?,
            time_zone: given(self.time_zone.clone(), edit, "time_zone")?,
            starts_on: given(self.starts_on.clone(), edit, "starts_on")?,
            ends_on: given(self.ends_on.clone(), edit, "ends_on")?,
            url: given(self.url.clone(), edit, "url")?,
            visibility: None,
            convenors_edit_papers: given(self.convenors_edit_papers, edit, "convenors_edit_papers")?,
            chairs_set_links: given(self.chairs_set_links, edit, "chairs_set_links")?,
            authors_edit_abstracts: given(self.authors_edit_abstracts, edit, "authors_edit_abstracts")?,
            links_in_calendars: given(self.links_in_calendars, edit, "links_in_calendars")?,
        })
    }
}

fn visible(visibility: Visibility) -> Command {
    Command::UpdateConference(ConferenceFields { visibility: Some(Some(visibility)), ..ConferenceFields::default() })
}

/// The conference that is answered with.
fn own(done: &Done) -> Option<Conference> {
    done.map(|program, _| Conference { row: Arc::clone(&program.rows.conference[0]) })
}

/// Mutations of conferences.
#[derive(Default)]
pub(in crate::graphql) struct ConferenceMutation;

/// Mutations of organizers.
#[Object]
impl ConferenceMutation {
    /// Makes a conference: a draft, which exists for its organizers only, of whom you are the first, with an empty program.
    ///
    /// Takes an administrator's login, or an administrator's token with the scope `organize`.
    async fn create_conference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conference.")] input: CreateConferenceInput,
    ) -> Result<CreateConferencePayload, AppError> {
        let begun = begin(ctx, "createConference", input.client_mutation_id.as_deref(), &input).await?;
        let answer = |done: Done| CreateConferencePayload {
            conference: own(&done),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id.clone(),
        };
        match permits(begun.pins.viewer(), Audience::SignedIn, Action::CreateConference) {
            Ok(()) => {}
            Err(Denied::Standing(_)) => {
                let message = "Only administrators of the site make conferences; ask one to make it.";
                return Ok(answer(Done::refused(Fault::new(FaultCode::Forbidden, &[], message))));
            }
            Err(other) => return Err(denied(other)),
        }
        let conference = begun.desk.source.id();
        let edit = Edit { conference, user: begun.user, expected: None, once: begun.once.clone(), by: None };
        let fields = match input.fields(&edit) {
            Ok(fields) => fields,
            Err(fault) => return Ok(answer(Done::refused(fault))),
        };
        let written = conference::create(begun.desk, edit, fields).await;
        // Sent again, it is the one that was made before.
        let conference = written.as_ref().map_or(conference, |edited| edited.answers);
        if written.is_ok() {
            begun.pins.made(conference);
        }
        Ok(answer(done(&begun, conference, (Table::Conference, None), written).await?))
    }

    /// Changes a conference's own fields. Who gets links is set with `setLinkSettings`, who may see it with
    /// `publishConference`. It is done at once, also where there is a draft.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn update_conference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which conference, and what of it is changed.")] input: UpdateConferenceInput,
    ) -> Result<UpdateConferencePayload, AppError> {
        let done = organize!(ctx, input, "updateConference", id = "id", Conference => Conference, |it| {
            Ok(Command::UpdateConference(input.fields(&it.edit)?))
        });
        Ok(UpdateConferencePayload {
            conference: own(&done),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Publishes a conference: everybody may see its program. Links to rooms are shown by their own settings.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn publish_conference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which conference.")] input: PublishConferenceInput,
    ) -> Result<PublishConferencePayload, AppError> {
        let done = organize!(ctx, input, "publishConference", id = "id", Conference => Conference, |_it| {
            Ok(visible(Visibility::Published))
        });
        Ok(PublishConferencePayload {
            conference: own(&done),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Makes a conference a draft again: it exists for its organizers only, and whoever watches it is told that it is
    /// gone.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn unpublish_conference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which conference.")] input: UnpublishConferenceInput,
    ) -> Result<UnpublishConferencePayload, AppError> {
        let done = organize!(ctx, input, "unpublishConference", id = "id", Conference => Conference, |_it| {
            Ok(visible(Visibility::Draft))
        });
        Ok(UnpublishConferencePayload {
            conference: own(&done),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Deletes an unpublished conference, with its members, its stars and its history. It can't be taken back.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn delete_conference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which conference.")] input: DeleteConferenceInput,
    ) -> Result<DeleteConferencePayload, AppError> {
        let common = Common {
            mutation: "deleteConference",
            field: "id",
            id: &input.id,
            kind: NodeKind::Conference,
            expected: input.expected_revision,
            once: input.client_mutation_id.as_deref(),
            own: &[],
        };
        let refused = match allowed(ctx, &input, common).await? {
            Err(fault) => vec![fault.into()],
            Ok(it) => {
                let written = conference::delete(it.begun.desk, it.edit, input.with_program).await;
                settled(written)?.err().unwrap_or_default()
            }
        };
        Ok(DeleteConferencePayload {
            deleted_id: refused.is_empty().then(|| input.id.clone()),
            cursor: None::<Cursor>,
            user_errors: refused,
            client_mutation_id: input.client_mutation_id,
        })
    }
}
