//! People.

use async_graphql::{Context, ID, MaybeUndefined, Object};

use super::give::given;
use super::{each, new, noun, organize, parsed};
use crate::command::Fault;
use crate::command::person::{PersonFields, Split};
use crate::command::program::Command;
use crate::error::AppError;
use crate::graphql::desk::nobody;
use crate::graphql::desk::{Done, other};
use crate::graphql::id::NodeKind;
use crate::graphql::person::Person;
use crate::graphql::scalars::{Lenient, Url};
use crate::graphql::shapes::{input, payload};
use crate::program::row::Table;

noun! {
    PersonMutation: Person person, PersonFields;
    /// Makes a person, who has no part in anything yet.
    "createPerson" create_person(|id, _, fields| Command::CreatePerson(id, fields)) CreatePersonInput CreatePersonPayload
        in /** The conference. */ conference_id = "conferenceId" Conference;
    /// Changes a person.
    "updatePerson" update_person(Command::UpdatePerson) UpdatePersonInput UpdatePersonPayload
        by nobody;
    /// Deletes a person. One who has a role or a paper is IN_USE.
    "deletePerson" delete_person(Command::DeletePerson) DeletePersonInput DeletePersonPayload;
    required {
        /// Their name as printed, 1 to 300 characters.
        name: String,
    }
    optional {
        /// The identifier that they have elsewhere, by which an import finds them again: 1 to 200 characters; no other
        /// person of the conference has it, else TAKEN. By default one of ours.
        key: String,
        /// Their own affiliation; what is printed for a paper or role may differ.
        affiliation: String,
        /// Their country as two capitals (ISO 3166-1 alpha-2).
        country: String,
        /// Their ORCID iD with hyphens, such as 0000-0002-1825-0097.
        orcid: String,
        /// Their e-mail address. Write only: it is never shown. Messages are sent to it, and whoever logs in with it,
        /// verified, is this person.
        email: String,
        /// A public page about them: http or https.
        url: Lenient<Url>,
        /// About them: Markdown, at most 50,000 characters.
        biography: String,
    }
}

input! {
    /// A person who is two, and what is whose.
    SplitPersonInput {
        /// The person, who keeps what is not said here, and the e-mail address, ORCID iD, page and biography.
        id: ID,
        /// The name of the new person, 1 to 300 characters; null: the same.
        name: Option<String>,
        /// The affiliation of the new person; left out: the same; null: none.
        affiliation: MaybeUndefined<String>,
        /// The papers that are the new person's.
        paper_ids: Option<Vec<ID>>,
        /// The panels and sessions in which the roles are the new person's.
        role_in_ids: Option<Vec<ID>>,
        /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
        /// makes it. False: do it at once.
        #[graphql(default)]
        draft: bool,
    }
}
payload! {
    /// The two persons.
    SplitPersonPayload {
        /// The person who was there; null if there are errors, but for CONFLICT: then as it is now.
        person: Option<Person>,
        /// The new person; null if there are errors.
        new_person: Option<Person>,
    }
}
input! {
    /// Persons who are one.
    MergePersonsInput {
        /// The person who stays. What is not known of them is taken from the others, in their order.
        id: ID,
        /// The others. Their papers and roles become the one's, and their ids answer with the one from now on.
        person_ids: Vec<ID>,
        /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
        /// makes it. False: do it at once.
        #[graphql(default)]
        draft: bool,
    }
}
payload! {
    /// The one person.
    MergePersonsPayload {
        /// The person; null if there are errors, but for CONFLICT: then as it is now.
        person: Option<Person>,
    }
}

/// Who is who.
#[derive(Default)]
pub(in crate::graphql) struct IdentityMutation;

/// Mutations of organizers.
#[Object]
impl IdentityMutation {
    /// Makes two persons of one, where two of the same name were taken for one.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn split_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and what is whose.")] input: SplitPersonInput,
    ) -> Result<SplitPersonPayload, AppError> {
        let mut id = None;
        let done = organize!(input.draft; ctx, input, "splitPerson", id = "id", Person => Person, &[], |it| {
            let paper = |id: &ID, field: &str| other(&it.edit, field, id, NodeKind::Paper);
            let place = |id: &ID, field: &str| match parsed(id).map(|id| id.kind) {
                Some(kind @ (NodeKind::Panel | NodeKind::Session)) => other(&it.edit, field, id, kind),
                _ => Err(Fault::invalid(field, "This is the id of neither a panel nor a session.")),
            };
            id = Some(it.row);
            Ok(Command::SplitPerson(Split {
                id: it.row,
                new: new(it),
                name: input.name.clone(),
                affiliation: given(input.affiliation.clone(), &it.edit, "affiliation")?,
                papers: each(input.paper_ids.as_deref().unwrap_or_default(), paper, "paperIds")?,
                roles: each(input.role_in_ids.as_deref().unwrap_or_default(), place, "roleInIds")?,
            }))
        });
        let good = done.user_errors.is_empty();
        let person = done.node.as_ref().and_then(|(program, _)| {
            let ix = program.place(Table::Person, id?)?;
            Some(Person::new(program, ix))
        });
        Ok(SplitPersonPayload {
            person,
            new_person: good.then(|| done.map(Person::new)).flatten(),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Makes one person of several, who were listed more than once. Papers and roles that several of them have are the
    /// one's once.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn merge_persons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who stays, and who is the same.")] input: MergePersonsInput,
    ) -> Result<MergePersonsPayload, AppError> {
        let done: Done = organize!(input.draft; ctx, input, "mergePersons", id = "id", Person => Person, &[], |it| {
            let person = |id: &ID, field: &str| other(&it.edit, field, id, NodeKind::Person);
            Ok(Command::MergePersons(it.row, each(&input.person_ids, person, "personIds")?))
        });
        Ok(MergePersonsPayload {
            person: done.map(Person::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }
}
