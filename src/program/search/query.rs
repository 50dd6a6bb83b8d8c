//! What is asked for: words and phrases, and nothing else. No character is an operator but the double quote.

use std::fmt;

use super::text::Units;

/// How long a query may be, in characters.
pub const MAX_CHARS: usize = 1_000;
/// How many of its words and phrases count; the rest are ignored.
pub const MAX_TERMS: usize = 16;
/// How many words of a phrase count.
const MAX_PHRASE: usize = 64;
/// From how many letters on a word also finds those that begin with it; the last word always does.
const PREFIX_LETTERS: usize = 3;
/// From how many letters on one or two typing errors are forgiven, and up to how many at all.
const ONE_TYPO: usize = 5;
const TWO_TYPOS: usize = 9;
const NO_TYPO: usize = 32;

/// A query that is too long to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// How many characters it has.
    pub chars: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the query has {} characters; at most {MAX_CHARS} are allowed", self.chars)
    }
}

impl std::error::Error for TooLong {}

/// A query, ready to be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub(super) terms: Vec<Term>,
}

/// One thing that a document must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Word(Word),
    Phrase(Phrase),
}

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    /// Whether words that begin with it match too.
    pub prefix: bool,
    /// How many typing errors are forgiven.
    pub typos: u8,
}

/// Words next to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    /// Its words, and whether each is joined to the one before it.
    pub units: Vec<(String, bool)>,
    /// Terms of the index and where they stand from the start: pairs where they can be, which are rarer.
    pub terms: Vec<(usize, String)>,
}

impl Query {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// [`TooLong`]. Any other text is a query, if one that finds nothing.
    pub fn parse(text: &str) -> Result<Self, TooLong> {
        let text = text.trim();
        let chars = text.chars().count();
        if chars > MAX_CHARS {
            return Err(TooLong { chars });
        }
        let mut terms = Vec::new();
        let mut typing = false;
        let parts: Vec<&str> = text.split(['"', '“', '”', '„']).collect();
        for (n, part) in parts.iter().enumerate() {
            let units = Units::of(part);
            // Between two quotes; what follows a last one that nothing closes is plain text.
            let quoted = n % 2 == 1 && n + 1 < parts.len();
            if quoted {
                terms.extend(phrase(&units, 0, units.all().len()));
            } else {
                plain(&units, &mut terms);
            }
            if !units.all().is_empty() {
                typing = !quoted;
            }
        }
        terms.truncate(MAX_TERMS);
        // Somebody may be in the middle of typing the last word.
        if let Some(Term::Word(word)) = terms.last_mut()
            && typing
        {
            word.prefix = true;
        }
        Ok(Self { terms })
    }

    /// Whether it asks for nothing: it is empty or all punctuation.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

/// Words, each for itself, and runs of a script without spaces, each as a phrase.
fn plain(units: &Units, terms: &mut Vec<Term>) {
    let all = units.all();
    let mut at = 0;
    while let Some(unit) = all.get(at) {
        if unit.dense {
            let run = 1 + all[at + 1..].iter().take_while(|unit| unit.joined).count();
            terms.extend(phrase(units, at, at + run));
            at += run;
        } else {
            let text = units.text(unit).to_owned();
            let letters = text.chars().count();
            let typos = match letters {
                // Two codes or years are as close as a word and its misspelling, and are not the same.
                _ if text.chars().any(char::is_numeric) => 0,
                NO_TYPO.. => 0,
                TWO_TYPOS.. => 2,
                ONE_TYPO.. => 1,
                _ => 0,
            };
            terms.push(Term::Word(Word { text, prefix: letters >= PREFIX_LETTERS, typos }));
            at += 1;
        }
    }
}

/// The units of a range as they stand.
fn phrase(units: &Units, from: usize, to: usize) -> Option<Term> {
    let to = to.min(from + MAX_PHRASE);
    let all = &units.all()[from..to];
    let (first, rest) = all.split_first()?;
    if rest.is_empty() {
        return Some(Term::Word(Word { text: units.text(first).to_owned(), prefix: false, typos: 0 }));
    }
    let mut terms = Vec::new();
    for (offset, unit) in all.iter().enumerate() {
        let paired = all.get(offset + 1).is_some_and(|next| next.joined);
        match units.pair(from + offset).filter(|_| paired) {
            Some(pair) => terms.push((offset, pair.to_owned())),
            // The second of a pair is in it.
            None if unit.joined && offset > 0 => {}
            None => terms.push((offset, units.text(unit).to_owned())),
        }
    }
    let units = all.iter().map(|unit| (units.text(unit).to_owned(), unit.joined)).collect();
    Some(Term::Phrase(Phrase { units, terms }))
}

/// How a word is like the one asked for. From best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    Same,
    Begins,
    Typos(u8),
}

impl Word {
    /// How `other` is like it, if it is.
    pub fn likeness(&self, other: &str) -> Option<Likeness> {
        if self.text == other {
            Some(Likeness::Same)
        } else if self.prefix && other.starts_with(&self.text) {
            Some(Likeness::Begins)
        } else if self.typos > 0 {
            distance(&self.text, other, self.typos).map(Likeness::Typos)
        } else {
            None
        }
    }
}

/// How many letters are to be added, dropped, changed or swapped with their neighbour (once) to make one word the
/// other, if not more than `most`.
pub(super) fn distance(a: &str, b: &str, most: u8) -> Option<u8> {
    // Most pairs of words end here: each change touches two letters at most.
    if (letters(a) ^ letters(b)).count_ones() > 2 * u32::from(most) {
        return None;
    }
    let most = usize::from(most);
    // A letter has at most four bytes: words whose lengths are too far apart need not be looked at.
    if a.len().abs_diff(b.len()) > 4 * most {
        return None;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<usize>>(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        // The row before the last, the last, and this one.
        rows.rotate_left(usize::from(i > 1));
        let [before, last, this] = &mut rows;
        this[0] = i;
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            this[j] = changed.min(last[j] + 1).min(this[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                this[j] = this[j].min(before[j - 2] + 1);
            }
        }
        if this.iter().all(|cost| *cost > most) {
            return None;
        }
    }
    let last = if a.is_empty() { b.len() } else { rows[2][b.len()] };
    u8::try_from(last).ok().filter(|cost| usize::from(*cost) <= most)
}

/// Which letters a word has; some share a bit.
fn letters(word: &str) -> u64 {
    word.chars().fold(0, |letters, c| letters | 1 << (u32::from(c) % 64))
}
