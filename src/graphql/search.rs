//! Searching a conference's program.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};

use super::Limits;
use super::budget::{Text, toil};
use super::connection::{ListKind, PageArgs, Paged, connection, decode, encode};
use super::node::Node;
use super::panel::Panel;
use super::paper::Paper;
use super::person::Person;
use super::session::Session;
use crate::error::AppError;
use crate::program::Program;
use crate::program::search::{Field, Hit, Kind, Query, Standing, TooLong, Wanted, snippets};

/// What a search costs beside what it finds, in resolved fields.
const SEARCH_COST: u64 = 5_000;

/// What the snippets of one hit cost, in resolved fields.
const SNIPPETS_COST: u64 = 50;

/// What can be found. In the order in which equally good hits come.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Kind")]
pub enum SearchKind {
    /// Panels, with their code, title, track and abstracts.
    Panel,
    /// Papers, with their title, keywords, abstract and authors.
    Paper,
    /// People, with their name, affiliations and biography.
    Person,
    /// Sessions, with their own title, roles and panel.
    Session,
}

/// Which text of a hit a snippet is from.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Field")]
pub enum SearchField {
    /// A panel's printed code.
    Code,
    /// The title of a panel, a paper or a session.
    Title,
    /// A person's name.
    Name,
    /// The code or the name of a panel's track.
    Track,
    /// One of a paper's keywords.
    Keyword,
    /// Where a person is from; of a paper or a panel, where its people are.
    Affiliation,
    /// The name of an author of a paper, or of somebody with a role in a panel or a session.
    Person,
    /// The code or the title of the panel that a paper or a session belongs to.
    Panel,
    /// A panel's short abstract.
    ShortAbstract,
    /// The abstract of a panel or a paper.
    Abstract,
    /// A person's biography.
    Biography,
}

/// A piece of a snippet: the pieces, put together, are its text.
#[derive(SimpleObject)]
pub struct SnippetPart {
    /// The text, as it is written in the program: Markdown where the field is (render HTML in it as text).
    text: Text<String>,
    /// Whether this is what was searched for: to be highlighted.
    matched: bool,
}

/// Where the query was found in a hit.
#[derive(SimpleObject)]
pub struct SearchSnippet {
    /// Which text it is from.
    field: SearchField,
    /// The pieces of about 160 characters of it, in order.
    parts: Vec<SnippetPart>,
    /// Whether the text begins before the snippet.
    cut_before: bool,
    /// Whether the text goes on after it.
    cut_after: bool,
}

/// Something found.
#[derive(Clone)]
pub struct SearchHit {
    program: Arc<Program>,
    query: Arc<Query>,
    hit: Hit,
}

impl SearchHit {
    fn cursor(&self) -> String {
        let Standing { score, kind, key, id } = self.program.corpus().stands(&self.hit);
        encode(ListKind::Search, (&format!("{score:08x}{}{key}", kind as u8), id))
    }
}

/// What an `after` of a search says.
fn standing(after: &str) -> Result<Standing, AppError> {
    let (text, id) = decode(ListKind::Search, "after", after)?;
    let parts = text.split_at_checked(8).and_then(|(score, rest)| {
        let (kind, key) = rest.split_at_checked(1)?;
        let kind = *Kind::ALL.get(kind.parse::<usize>().ok()?)?;
        Some(Standing { score: u32::from_str_radix(score, 16).ok()?, kind, key: key.into(), id })
    });
    parts.ok_or_else(|| AppError::bad_input("`after` is no page cursor; send one as `endCursor` gave it."))
}

/// Something that was found, and where in it.
#[Object]
impl SearchHit {
    /// What it is.
    fn kind(&self) -> SearchKind {
        self.hit.kind.into()
    }

    /// The panel, paper, person or session.
    fn node(&self) -> Node {
        let (program, ix) = (&self.program, self.hit.ix);
        match self.hit.kind {
            Kind::Panel => Node::Panel(Panel::new(program, ix)),
            Kind::Paper => Node::Paper(Paper::new(program, ix)),
            Kind::Person => Node::Person(Person::new(program, ix)),
            Kind::Session => Node::Session(Session::new(program, ix)),
        }
    }

    /// How good a hit it is: more is better. To be compared within one search only.
    fn score(&self) -> i32 {
        i32::try_from(self.hit.score).unwrap_or(i32::MAX)
    }

    /// Where in it the query was found: the best places, at most two.
    async fn snippets(&self, ctx: &Context<'_>) -> Result<Vec<SearchSnippet>, AppError> {
        toil(ctx, SNIPPETS_COST).await?;
        let found = snippets(self.program.corpus(), &self.query, &self.hit);
        Ok(found
            .into_iter()
            .map(|snippet| SearchSnippet {
                field: snippet.field.into(),
                parts: snippet
                    .parts
                    .into_iter()
                    .map(|part| SnippetPart { text: Text(part.text), matched: part.matched })
                    .collect(),
                cut_before: snippet.cut_before,
                cut_after: snippet.cut_after,
            })
            .collect())
    }
}

connection! {
    /// A page of what was found, the best first.
    SearchHitConnection,
    /// A hit on a page.
    SearchHitEdge, SearchHit
}

/// Searches a program at its own revision.
pub(super) async fn search(
    ctx: &Context<'_>,
    program: Arc<Program>,
    query: &str,
    kinds: Option<Vec<SearchKind>>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<SearchHitConnection, AppError> {
    let args = PageArgs { first, ..PageArgs::default() };
    let first = args.window(ctx, ListKind::Search)?.first.unwrap_or_default();
    let after = after.as_deref().map(standing).transpose()?;
    let most = Limits::of(ctx).search_chars;
    let too_long = |chars: usize| AppError::bad_input(format!("`query` has {chars} characters; send at most {most}."));
    let chars = query.trim().chars().count();
    if chars > most {
        return Err(too_long(chars));
    }
    let query = Query::parse(query).map_err(|TooLong { chars }| too_long(chars))?;
    toil(ctx, SEARCH_COST).await?;
    let kinds: Option<Vec<Kind>> = kinds.map(|kinds| kinds.into_iter().map(Into::into).collect());
    let index = program.search().await.map_err(AppError::internal)?;
    let wanted = Wanted { kinds: kinds.as_deref(), first, after };
    let found = index.find(program.corpus(), &query, &wanted).map_err(AppError::internal)?;
    super::budget::spend(ctx, found.hits.len()).await?;
    let query = Arc::new(query);
    let hit = |hit| SearchHit { program: Arc::clone(&program), query: Arc::clone(&query), hit };
    Ok(SearchHitConnection(Paged {
        nodes: found.hits.into_iter().map(hit).collect(),
        total: found.total,
        has_previous: found.has_previous,
        has_next: found.has_next,
    }))
}
