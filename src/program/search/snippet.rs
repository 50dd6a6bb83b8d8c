//! Where a hit has what was asked for, in its own words.

use std::cmp::Reverse;
use std::ops::Range;

use super::Hit;
use super::field::{Class, Corpus, Field};
use super::query::{Phrase, Query, Term};
use super::text::Units;

/// How many snippets a hit has at most.
pub const MAX_SNIPPETS: usize = 2;
/// About how long a snippet is, and how much of that comes before its first match, in characters.
const LENGTH: usize = 160;
const BEFORE: usize = 40;

/// A piece of one of a hit's texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Which text it is from.
    pub field: Field,
    /// The piece: put together, its parts are a substring of the text as it is stored.
    pub parts: Vec<Part>,
    /// Whether something of the text comes before it.
    pub cut_before: bool,
    /// Whether something of the text comes after it.
    pub cut_after: bool,
}

/// A part of a snippet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As it is stored.
    pub text: String,
    /// Whether it is a match, to be highlighted. Matches are whole words.
    pub matched: bool,
}

/// What a text has of a query.
struct Matches {
    /// Which terms, by their place.
    terms: Vec<bool>,
    /// Where, in bytes: in order, apart from each other.
    ranges: Vec<Range<usize>>,
}

/// The texts of a hit in which the query is found, at most [`MAX_SNIPPETS`]: first the one that has the most of the
/// query, then the one that has the most of the rest. Reads all of the hit's texts, so it is for hits that are shown.
#[must_use]
pub fn snippets(corpus: Corpus<'_>, query: &Query, hit: &Hit) -> Vec<Snippet> {
    let (mut units, mut found) = (Units::default(), Vec::new());
    corpus.texts(hit.kind, hit.ix, |field, class, text| {
        units.read(text);
        let matches = Matches::of(&units, query, class);
        if !matches.ranges.is_empty() {
            found.push((field, text, matches));
        }
    });
    let mut shown = vec![false; query.terms.len()];
    let mut snippets = Vec::new();
    while snippets.len() < MAX_SNIPPETS && !found.is_empty() {
        let best = found.iter().enumerate().max_by_key(|(n, (_, _, matches))| {
            let new = matches.terms.iter().zip(&shown).filter(|(it, shown)| **it && !**shown).count();
            (new, matches.terms.iter().filter(|it| **it).count(), Reverse(*n))
        });
        let Some((best, _)) = best else { break };
        let (field, text, matches) = found.remove(best);
        for (shown, has) in shown.iter_mut().zip(&matches.terms) {
            *shown |= has;
        }
        units.read(text);
        snippets.push(cut(field, text, &units, &matches.ranges));
    }
    snippets
}

impl Matches {
    fn of(units: &Units, query: &Query, class: Class) -> Self {
        let (mut terms, mut ranges) = (Vec::with_capacity(query.terms.len()), Vec::new());
        for term in &query.terms {
            let before = ranges.len();
            match term {
                Term::Phrase(phrase) => phrase.places(units, &mut ranges),
                Term::Word(word) => ranges.extend(
                    units
                        .all()
                        .iter()
                        .filter(|unit| {
                            let text = units.text(unit);
                            // The parts of a code are words of it, too.
                            word.likeness(text).is_some() || class == Class::Code && text.contains(&word.text)
                        })
                        .map(|unit| unit.source.clone()),
                ),
            }
            terms.push(ranges.len() > before);
        }
        Self { terms, ranges: merged(ranges) }
    }
}

impl Phrase {
    /// Where the units have it.
    fn places(&self, units: &Units, ranges: &mut Vec<Range<usize>>) {
        for window in units.all().windows(self.units.len()) {
            // What the first is joined to is no matter.
            let same = window
                .iter()
                .zip(&self.units)
                .enumerate()
                .all(|(n, (unit, (text, joined)))| units.text(unit) == text && (n == 0 || unit.joined || !joined));
            if let ([first, ..], [.., last], true) = (window, window, same) {
                ranges.push(first.source.start..last.source.end);
            }
        }
    }
}

/// Where a text has something of the query.
#[cfg(test)]
pub(super) fn of_text(units: &Units, query: &Query) -> Vec<Range<usize>> {
    Matches::of(units, query, Class::Body).ranges
}

/// Ranges in order, those that overlap or touch made one.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// The piece of the text round its first match.
pub(super) fn cut(field: Field, text: &str, units: &Units, ranges: &[Range<usize>]) -> Snippet {
    let first = ranges.first().cloned().unwrap_or_default();
    let piece = piece(text, units, &first);
    let mut parts = Vec::new();
    let mut part = |range: Range<usize>, matched| {
        if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
            parts.push(Part { text: text.to_owned(), matched });
        }
    };
    let mut at = piece.start;
    for range in ranges.iter().filter(|range| range.start < piece.end) {
        part(at..range.start, false);
        part(range.start..range.end.min(piece.end), true);
        at = range.end.min(piece.end);
    }
    part(at..piece.end, false);
    Snippet { field, parts, cut_before: piece.start > 0, cut_after: piece.end < text.len() }
}

/// A range of the text that has this match in it, ends between words, and is about as long as a snippet is to be.
fn piece(text: &str, units: &Units, first: &Range<usize>) -> Range<usize> {
    // So many characters back, and from there so many on: the furthest that it may reach.
    let furthest = back(text, first.start, BEFORE);
    let start = if furthest == 0 {
        0
    } else {
        let from = units.all().partition_point(|unit| unit.source.start < furthest);
        units.all().get(from).map_or(first.start, |unit| unit.source.start).min(first.start)
    };
    let furthest = on(text, start, LENGTH);
    if furthest == text.len() {
        return start..furthest;
    }
    let fitting = units.all().partition_point(|unit| unit.source.end <= furthest);
    let end = fitting.checked_sub(1).map_or(start, |last| units.all()[last].source.end);
    // A match that is longer than a snippet is cut where it must be.
    start..if end > first.start { end } else { furthest }
}

/// The place so many characters before this one, or the beginning.
fn back(text: &str, at: usize, chars: usize) -> usize {
    text.get(..at).and_then(|before| before.char_indices().rev().nth(chars.saturating_sub(1))).map_or(0, |(at, _)| at)
}

/// The place so many characters after this one, or the end.
fn on(text: &str, at: usize, chars: usize) -> usize {
    text.get(at..).and_then(|after| after.char_indices().nth(chars)).map_or(text.len(), |(more, _)| at + more)
}
