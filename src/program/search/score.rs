//! What documents are worth to a query.
//!
//! Scores are sums of whole numbers and so the same everywhere: no statistics of the collection take part, so that a
//! document's score does not change because another document does.

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::{EnableScoring, FuzzyTermQuery, PhraseQuery, Query as _};
use tantivy::schema::{Field, IndexRecordOption, Schema};
use tantivy::{DocId, SegmentReader, TERMINATED, Term as IndexTerm};

use super::field::Class;
use super::query::{Likeness, Phrase, Query, Term, Word};

/// What a word that is spelt right is worth beside where it is: more than any number of places for a misspelt one.
const SPELT: u32 = 10_000;
/// How many words that begin like one asked for are looked at, and how many of them are followed: the commonest.
const MAX_SCANNED: usize = 20_000;
const MAX_BEGINNING: usize = 512;
/// How many misspellings are followed.
const MAX_MISSPELT: usize = 64;

/// An index that can be asked.
pub(super) struct Segment {
    schema: Schema,
    reader: SegmentReader,
    fields: Vec<(Class, Field, Arc<InvertedIndexReader>)>,
    titles: FieldNormReader,
}

/// What each document is worth, 0: it does not match.
pub(super) type Scores = Vec<u32>;

impl Segment {
    pub fn open(reader: SegmentReader, schema: Schema) -> tantivy::Result<Self> {
        let fields = Class::ALL
            .into_iter()
            .map(|class| {
                let field = schema.get_field(class.name())?;
                Ok((class, field, reader.inverted_index(field)?))
            })
            .collect::<tantivy::Result<_>>()?;
        let titles = reader.get_fieldnorms_reader(schema.get_field(Class::Title.name())?)?;
        Ok(Self { schema, reader, fields, titles })
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.reader.max_doc() as usize
    }

    /// The documents that have every term of the query.
    pub fn scores(&self, query: &Query) -> tantivy::Result<Scores> {
        let mut totals: Scores = Vec::new();
        for term in &query.terms {
            let mut board = Board::new(self.len());
            match term {
                Term::Word(word) => self.word(word, &mut board)?,
                Term::Phrase(phrase) => self.phrase(phrase, &mut board)?,
            }
            if totals.is_empty() {
                totals = board.best;
            } else {
                for (total, worth) in totals.iter_mut().zip(board.best) {
                    *total = if *total > 0 && worth > 0 { *total + worth } else { 0 };
                }
            }
            if totals.iter().all(|total| *total == 0) {
                return Ok(Vec::new());
            }
        }
        Ok(totals)
    }

    fn word(&self, word: &Word, board: &mut Board) -> tantivy::Result<()> {
        for (class, field, index) in &self.fields {
            let dictionary = index.terms();
            if word.typos > 0 && *class != Class::Code {
                let term = IndexTerm::from_field_text(*field, &word.text);
                let automaton = FuzzyTermQuery::new(term, word.typos, true).automaton()?;
                let mut found = Vec::new();
                let mut stream = dictionary.search(automaton).into_stream()?;
                while let Some((key, info)) = stream.next() {
                    let likeness = std::str::from_utf8(key).ok().and_then(|key| word.likeness(key));
                    if let Some(likeness @ Likeness::Typos(_)) = likeness {
                        found.push((likeness, info.clone()));
                    }
                }
                found.sort_by(|(a, x), (b, y)| a.cmp(b).then(y.doc_freq.cmp(&x.doc_freq)));
                for (likeness, info) in found.iter().take(MAX_MISSPELT) {
                    self.post(*class, index, info, worth(*class, *likeness), board)?;
                }
            }
            if word.prefix {
                let mut found = Vec::new();
                let mut stream = dictionary.range().gt(&word.text).into_stream()?;
                while let Some((key, info)) = stream.next()
                    && key.starts_with(word.text.as_bytes())
                    && found.len() < MAX_SCANNED
                {
                    found.push(info.clone());
                }
                found.sort_by_key(|info| std::cmp::Reverse(info.doc_freq));
                for info in found.iter().take(MAX_BEGINNING) {
                    self.post(*class, index, info, worth(*class, Likeness::Begins), board)?;
                }
            }
            self.exact(*class, index, &word.text, board)?;
            board.close();
        }
        Ok(())
    }

    fn exact(&self, class: Class, index: &InvertedIndexReader, text: &str, board: &mut Board) -> tantivy::Result<()> {
        if let Some(info) = index.terms().get(text)? {
            self.post(class, index, &info, worth(class, Likeness::Same), board)?;
        }
        Ok(())
    }

    fn phrase(&self, phrase: &Phrase, board: &mut Board) -> tantivy::Result<()> {
        for (class, field, index) in &self.fields {
            if let [(_, only)] = phrase.terms.as_slice() {
                self.exact(*class, index, only, board)?;
            } else {
                let terms =
                    phrase.terms.iter().map(|(at, text)| (*at, IndexTerm::from_field_text(*field, text))).collect();
                let weight =
                    PhraseQuery::new_with_offset(terms).weight(EnableScoring::disabled_from_schema(&self.schema))?;
                let mut found = weight.scorer(&self.reader, 1.0)?;
                let worth = worth(*class, Likeness::Same);
                let mut doc = found.doc();
                while doc != TERMINATED {
                    board.put(doc, worth + self.bonus(*class, doc, 1));
                    doc = found.advance();
                }
            }
            board.close();
        }
        Ok(())
    }

    /// Puts what a word of the index is worth on every document that has it.
    fn post(
        &self,
        class: Class,
        index: &InvertedIndexReader,
        info: &TermInfo,
        worth: u32,
        board: &mut Board,
    ) -> tantivy::Result<()> {
        let mut blocks = index.read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
        while !blocks.docs().is_empty() {
            for (doc, often) in blocks.docs().iter().zip(blocks.freqs()) {
                board.put(*doc, worth + self.bonus(class, *doc, *often));
            }
            blocks.advance();
        }
        Ok(())
    }

    /// A little more where a short title is mostly the word, or the word comes often. Less than any two kinds of match
    /// are apart.
    fn bonus(&self, class: Class, doc: DocId, often: u32) -> u32 {
        match class {
            Class::Title => 36 / self.titles.fieldnorm(doc).max(1),
            Class::Code | Class::Facet | Class::Related => 0,
            Class::Body => often.clamp(1, 5) - 1,
        }
    }
}

/// What a match is worth. A title that begins so is worth more than a keyword that is so; a misspelling anywhere less
/// than anything spelt right.
const fn worth(class: Class, likeness: Likeness) -> u32 {
    let (same, begins, typo) = match class {
        Class::Code => (1_000, 600, 0),
        Class::Title => (640, 540, 90),
        Class::Facet => (360, 300, 60),
        Class::Related => (200, 160, 40),
        Class::Body => (110, 90, 20),
    };
    match likeness {
        Likeness::Same => SPELT + same,
        Likeness::Begins => SPELT + begins,
        Likeness::Typos(1) => typo,
        Likeness::Typos(_) => typo / 2,
    }
}

/// What documents are worth to one term.
struct Board {
    best: Scores,
    /// In the fields that are being looked at.
    here: Scores,
    touched: Vec<DocId>,
}

impl Board {
    fn new(len: usize) -> Self {
        Self { best: vec![0; len], here: vec![0; len], touched: Vec::new() }
    }

    fn put(&mut self, doc: DocId, worth: u32) {
        let Some(here) = self.here.get_mut(doc as usize) else { return };
        if *here == 0 {
            self.touched.push(doc);
        }
        *here = worth.max(*here);
    }

    /// These fields are done: their best match counts fully if it is the best so far, and a little if not.
    fn close(&mut self) {
        for doc in self.touched.drain(..) {
            let doc = doc as usize;
            let here = std::mem::take(&mut self.here[doc]);
            let best = &mut self.best[doc];
            *best = here.max(*best) + here.min(*best) % SPELT / 32;
        }
    }
}
