//! People.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::person;

use super::budget::{Text, spend};
use super::connection::{ListKind, Listed, connection, encode};
use super::handle;
use super::id::{GlobalId, NodeKind};
use super::participation::{Authorship, Participation};
use super::scalars::Url;
use crate::command::account::address;
use crate::error::AppError;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::page::Standing;
use crate::program::roles::Part;

handle! {
    /// A person.
    Person
}

impl Person {
    fn row(&self) -> &person::Model {
        self.program.person(self.ix)
    }
}

/// A person on the program. Not an account: who logs in is somebody else's concern. E-mail addresses are never shown.
#[Object]
impl Person {
    /// Their global id.
    pub(super) async fn id(&self) -> ID {
        GlobalId { kind: NodeKind::Person, conference: self.program.id(), row: self.row().id }.encode()
    }

    /// The revision of the conference that last changed what this object covers: their own fields, authorships and
    /// participations.
    fn revision(&self) -> i64 {
        self.program.index.people[self.ix as usize].revision
    }

    /// Their name as printed.
    fn name(&self) -> Text<&str> {
        Text(&self.row().name)
    }

    /// Their own affiliation; what is printed for a paper or role may differ. Null if it is not known.
    fn affiliation(&self) -> Option<Text<&str>> {
        self.row().affiliation.as_deref().map(Text)
    }

    /// Their country as two capitals (ISO 3166-1 alpha-2); null if it is not known.
    fn country(&self) -> Option<Text<&str>> {
        self.row().country.as_deref().map(Text)
    }

    /// Their ORCID iD with hyphens; null if it is not known.
    fn orcid(&self) -> Option<Text<&str>> {
        self.row().orcid.as_deref().map(Text)
    }

    /// Their public page; null if there is none.
    fn url(&self) -> Option<Text<Url>> {
        Url::of(self.row().url.as_ref()).map(Text)
    }

    /// About them, in Markdown (CommonMark; render HTML in it as text); null if there is nothing.
    fn biography(&self) -> Option<Text<&str>> {
        self.row().biography.as_deref().map(Text)
    }

    /// Whether they can be written to with `sendMessageToAuthor`: there is an address, which is never shown, and they have
    /// not refused all messages.
    fn accepts_messages(&self) -> bool {
        let row = self.row();
        row.accepts_messages && row.email.as_deref().and_then(address).is_some()
    }

    /// Their papers, by title.
    async fn authorships(&self, ctx: &Context<'_>) -> Result<Vec<Authorship>, AppError> {
        let list = &self.program.index.people[self.ix as usize].authorships;
        spend(ctx, list.len()).await?;
        Ok(list.iter().map(|ix| Authorship { program: Arc::clone(&self.program), ix: *ix }).collect())
    }

    /// The roles for which they are named, by panel. What is implied is not listed here.
    async fn participations(&self, ctx: &Context<'_>) -> Result<Vec<Participation>, AppError> {
        let list = &self.program.index.people[self.ix as usize].participations;
        spend(ctx, list.len()).await?;
        let part = |ix: &Ix| Part {
            participation: *ix,
            role: self.program.rows.participations[*ix as usize].role,
            implied: false,
        };
        Ok(Participation::list(&self.program, list.iter().map(part).collect()))
    }
}

impl Listed for Person {
    const KIND: ListKind = ListKind::People;

    fn at(program: &Arc<Program>, ix: Ix) -> Self {
        Self::new(program, ix)
    }

    fn standing(program: &Program, ix: Ix) -> Standing<'_> {
        (&program.index.people[ix as usize].key, program.rows.people[ix as usize].id)
    }

    fn cursor(&self) -> String {
        encode(Self::KIND, Self::standing(&self.program, self.ix))
    }
}

connection! {
    /// A page of people, by name.
    PersonConnection,
    /// A person on a page.
    PersonEdge, Person
}
