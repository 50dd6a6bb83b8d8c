//! Full-text search over one program.
//!
//! A [`Search`] is built from a program's rows and answers for that revision only. [`Query::parse`] reads what a person
//! typed, [`Search::find`] says which documents have it, best first and page by page, and [`snippets`] shows
//! where, for the few that are shown. Nothing here reads or writes anything outside memory.
//!
//! The index holds words and where they are, not the texts: those are the rows'. Documents are numbered in the order
//! in which equally good hits are shown, so that this number is all that sorting needs. To index only what changed, a
//! second, small `Segment` would hold it, with the old documents' numbers struck out in the first and
//! the order kept in a table beside them; scores don't depend on other documents, so both can be merged as they are.

mod field;
mod query;
mod score;
mod snippet;
mod text;
mod token;

#[cfg(test)]
pub(crate) mod tests;

use std::cmp::Reverse;
use std::fmt;

use tantivy::directory::RamDirectory;
use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{IndexBuilder, IndexSettings, SegmentReader, SingleSegmentIndexWriter, TantivyDocument};
use uuid::Uuid;

use super::index::Ix;
use field::Class;
use score::Segment;
use token::Splitter;

pub use field::{Corpus, Field};
pub use query::{MAX_CHARS, MAX_TERMS, Query, TooLong};
pub use snippet::{MAX_SNIPPETS, Part, Snippet, snippets};

/// What can be found. In the order in which equally good hits are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A panel.
    Panel,
    /// A paper.
    Paper,
    /// A person.
    Person,
    /// A session.
    Session,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 4] = [Self::Panel, Self::Paper, Self::Person, Self::Session];
}

/// Something found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// Its place in its table's rows.
    pub ix: Ix,
    /// How good a hit it is: more is better. To be compared within one query only.
    pub score: u32,
}

/// Where a hit stands among the hits: after all that are better, are of an earlier kind, or have a lesser key or id.
/// What a cursor carries; it holds also when what it pointed to is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The hit's score.
    pub score: u32,
    /// Its kind.
    pub kind: Kind,
    /// What its kind's lists are ordered by.
    pub key: Box<str>,
    /// Its id.
    pub id: Uuid,
}

/// Which hits are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Only of these kinds; `None`: of every kind.
    pub kinds: Option<&'a [Kind]>,
    /// How many at most.
    pub first: usize,
    /// Only those after this.
    pub after: Option<Standing>,
}

/// A page of hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The best first.
    pub hits: Vec<Hit>,
    /// How many there are on all pages.
    pub total: usize,
    /// Whether there are more after these.
    pub has_next: bool,
    /// Whether there are some before these.
    pub has_previous: bool,
}

/// The index could not be made or read. It is in memory, so this is a fault of the program or a lack of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(String);

impl Broken {
    pub(super) fn because(error: &dyn fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the search index failed: {}", self.0)
    }
}

impl std::error::Error for Broken {}

impl From<tantivy::TantivyError> for Broken {
    fn from(error: tantivy::TantivyError) -> Self {
        Self(error.to_string())
    }
}

/// The name of what takes texts apart.
const SPLITTER: &str = "units";
/// What the index's words may take at first; it grows when it must.
const FIRST_MEMORY: usize = 15_000_000;

/// The index of one program at one revision.
pub struct Search {
    segment: Segment,
    /// What each document is.
    documents: Vec<(Kind, Ix)>,
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search").field("documents", &self.documents.len()).finish_non_exhaustive()
    }
}

impl Search {
    /// Indexes a program. Takes a while: about half a second for ten thousand papers, all of it in this thread.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn build(corpus: Corpus<'_>) -> Result<Self, Broken> {
        let mut schema = Schema::builder();
        let fields = Class::ALL.map(|class| schema.add_text_field(class.name(), options(class)));
        let schema = schema.build();
        let tokenizers = TokenizerManager::new();
        tokenizers.register(SPLITTER, TextAnalyzer::from(Splitter::default()));
        // Nothing is stored, so there is nothing for a thread of its own to compress.
        let settings = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let mut writer: SingleSegmentIndexWriter = IndexBuilder::new()
            .schema(schema.clone())
            .settings(settings)
            .tokenizers(tokenizers)
            .single_segment_index_writer(RamDirectory::create(), FIRST_MEMORY)?;
        let documents = corpus.documents();
        for (kind, ix) in &documents {
            let mut document = TantivyDocument::new();
            corpus.texts(*kind, *ix, |_, class, text| {
                let field = fields[class as usize];
                document.add_text(field, text);
                if class == Class::Code {
                    for spelling in spellings(text) {
                        document.add_text(field, spelling);
                    }
                }
            });
            writer.add_document(document)?;
        }
        let index = writer.finalize()?;
        let segments = index.searchable_segments()?;
        let segment = segments.first().ok_or_else(|| Broken("it has no segment".into()))?;
        Ok(Self { segment: Segment::open(SegmentReader::open(segment)?, schema)?, documents })
    }

    /// What has every word and phrase of the query, in a total order: by score, kind, key and id. `corpus` is the one
    /// the index was built from.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn find(&self, corpus: Corpus<'_>, query: &Query, wanted: &Wanted<'_>) -> Result<Found, Broken> {
        let scores = self.segment.scores(query)?;
        let after = wanted.after.as_ref().map(|after| (after.score, self.first_after(corpus, after)));
        let (mut total, mut hits) = (0, Vec::new());
        for (document, score) in scores.iter().enumerate().filter(|(_, score)| **score > 0) {
            if wanted.kinds.is_some_and(|kinds| !kinds.contains(&self.documents[document].0)) {
                continue;
            }
            total += 1;
            let comes = after.is_none_or(|(least, from)| *score < least || (*score == least && document >= from));
            if comes {
                hits.push((Reverse(*score), document));
            }
        }
        let (has_next, has_previous) = (hits.len() > wanted.first, hits.len() < total);
        if has_next {
            // Only the page is sorted.
            hits.select_nth_unstable(wanted.first);
            hits.truncate(wanted.first);
        }
        hits.sort_unstable();
        let hits = hits
            .into_iter()
            .map(|(Reverse(score), document)| {
                let (kind, ix) = self.documents[document];
                Hit { kind, ix, score }
            })
            .collect();
        Ok(Found { hits, total, has_next, has_previous })
    }

    /// The first document that stands after this among those of its score.
    fn first_after(&self, corpus: Corpus<'_>, after: &Standing) -> usize {
        let before = (after.kind, after.key.as_ref(), after.id);
        self.documents.partition_point(|(kind, ix)| {
            let (key, id) = corpus.standing(*kind, *ix);
            (*kind, key, id) <= before
        })
    }
}

impl Corpus<'_> {
    /// Where a hit stands, for a cursor.
    #[must_use]
    pub fn stands(self, hit: &Hit) -> Standing {
        let (key, id) = self.standing(hit.kind, hit.ix);
        Standing { score: hit.score, kind: hit.kind, key: key.into(), id }
    }

    /// Everything that is searched, in the order of [`Standing`]s of the same score.
    fn documents(self) -> Vec<(Kind, Ix)> {
        let index = self.index;
        Kind::ALL
            .into_iter()
            .flat_map(|kind| {
                let list = match kind {
                    Kind::Panel => &index.panel_order,
                    Kind::Paper => &index.paper_order,
                    Kind::Person => &index.person_order,
                    Kind::Session => &index.session_order,
                };
                list.iter().map(move |ix| (kind, *ix))
            })
            .collect()
    }

    fn standing(&self, kind: Kind, ix: Ix) -> (&str, Uuid) {
        let at = ix as usize;
        match kind {
            Kind::Panel => (&self.index.panels[at].key, self.rows.panels[at].id),
            Kind::Paper => (&self.index.papers[at].key, self.rows.papers[at].id),
            Kind::Person => (&self.index.people[at].key, self.rows.people[at].id),
            Kind::Session => (&self.index.sessions[at].key, self.rows.sessions[at].id),
        }
    }
}

/// How texts are indexed: where the words are, for phrases; and how many there are in a title, which counts.
fn options(class: Class) -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(SPLITTER)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions)
        .set_fieldnorms(class == Class::Title);
    TextOptions::default().set_indexing_options(indexing)
}

/// How else a code may be typed: `CULT-03` as `CULT03`, `CULT 03` and `CULT 3`.
fn spellings(code: &str) -> [String; 3] {
    let (mut whole, mut apart, mut bare) = (String::new(), String::new(), String::new());
    let mut last: Option<char> = None;
    for c in code.chars().filter(|c| c.is_alphanumeric()) {
        let (digit, after_digit) = (c.is_numeric(), last.map(char::is_numeric));
        if after_digit.is_some_and(|it| it != digit) {
            apart.push(' ');
            bare.push(' ');
        }
        whole.push(c);
        apart.push(c);
        // Leading zeros: those that no digit other than zero comes before.
        if c != '0' || bare.ends_with(char::is_numeric) {
            bare.push(c);
        }
        last = Some(c);
    }
    [whole, apart, bare]
}
