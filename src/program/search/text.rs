//! Text as it is compared, in any script, with the way back to the text as written.

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// How much of one word is compared. What nobody would type does not fill the index.
const WORD_BYTES: usize = 120;

/// A word, or one character of a script that puts no spaces between words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Where its folded text is.
    folded: Range<usize>,
    /// The bytes of the original it stands for; its ends are character boundaries.
    pub source: Range<usize>,
    /// Whether it is one character of a script without spaces.
    pub dense: bool,
    /// Whether it is dense and follows a dense one without a break.
    pub joined: bool,
}

/// A text taken apart into units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    folded: String,
    units: Vec<Unit>,
}

impl Units {
    /// Takes a text apart.
    pub fn of(text: &str) -> Self {
        let mut units = Self::default();
        units.read(text);
        units
    }

    /// Takes a text apart in place of the one before.
    pub fn read(&mut self, text: &str) {
        self.folded.clear();
        self.units.clear();
        let mut open = Open::No;
        for (start, c) in text.char_indices() {
            let source = start..start + c.len_utf8();
            if c.is_ascii() {
                self.push(c.to_ascii_lowercase(), &source, &mut open);
                continue;
            }
            if is_silent(c) {
                self.extend(&source, &open);
                continue;
            }
            decompose_compatible(c, |part| {
                if is_silent(part) {
                    self.extend(&source, &open);
                } else {
                    for lower in part.to_lowercase() {
                        // Lower case may bring marks of its own: İ is i and a dot.
                        match letter(lower) {
                            Letter::One(c) if is_silent(c) => self.extend(&source, &open),
                            Letter::One(c) => self.push(c, &source, &mut open),
                            Letter::Two(a, b) => {
                                self.push(a, &source, &mut open);
                                self.push(b, &source, &mut open);
                            }
                        }
                    }
                }
            });
        }
    }

    /// The units, in order.
    pub fn all(&self) -> &[Unit] {
        &self.units
    }

    /// A unit's folded text.
    pub fn text(&self, unit: &Unit) -> &str {
        &self.folded[unit.folded.clone()]
    }

    /// The folded text of a dense unit and the one that is joined to it.
    pub fn pair(&self, first: usize) -> Option<&str> {
        let (one, two) = (self.units.get(first)?, self.units.get(first + 1)?);
        two.joined.then(|| &self.folded[one.folded.start..two.folded.end])
    }

    fn push(&mut self, c: char, source: &Range<usize>, open: &mut Open) {
        if !c.is_alphanumeric() {
            *open = Open::No;
            return;
        }
        let dense = is_dense(c);
        let goes_on = match open {
            Open::No => false,
            Open::Word => !dense,
            // A syllable of Hangul is its leading consonant and what follows it.
            Open::Dense => dense && is_hangul_tail(c),
        };
        let joined = dense && *open == Open::Dense;
        *open = if dense { Open::Dense } else { Open::Word };
        if goes_on && let Some(unit) = self.units.last_mut() {
            unit.source.end = source.end;
            if unit.folded.len() + c.len_utf8() <= WORD_BYTES {
                self.folded.push(c);
                unit.folded.end = self.folded.len();
            }
            return;
        }
        let at = self.folded.len();
        self.folded.push(c);
        self.units.push(Unit { folded: at..self.folded.len(), source: source.clone(), dense, joined });
    }

    /// What has no sound of its own belongs to the unit before it.
    fn extend(&mut self, source: &Range<usize>, open: &Open) {
        if *open != Open::No
            && let Some(unit) = self.units.last_mut()
        {
            unit.source.end = source.end;
        }
    }
}

/// What the next character may add to.
#[derive(PartialEq, Eq)]
enum Open {
    No,
    Word,
    Dense,
}

enum Letter {
    One(char),
    Two(char, char),
}

/// Letters that compatibility decomposition leaves apart and that people type for each other.
const fn letter(c: char) -> Letter {
    let one = match c {
        'ß' => return Letter::Two('s', 's'),
        'æ' => return Letter::Two('a', 'e'),
        'œ' => return Letter::Two('o', 'e'),
        'þ' => return Letter::Two('t', 'h'),
        'ø' => 'o',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        'ς' => 'σ',
        // Alef wasla, alef maqsura and the Persian letters; the other alefs decompose.
        'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' => 'ه',
        '٠' | '۰' => '0',
        '١' | '۱' => '1',
        '٢' | '۲' => '2',
        '٣' | '۳' => '3',
        '٤' | '۴' => '4',
        '٥' | '۵' => '5',
        '٦' | '۶' => '6',
        '٧' | '۷' => '7',
        '٨' | '۸' => '8',
        '٩' | '۹' => '9',
        other => other,
    };
    Letter::One(one)
}

/// Marks, the Arabic stretch, soft hyphens and joiners: read as if they were not there.
fn is_silent(c: char) -> bool {
    matches!(c, '\u{640}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}') || is_combining_mark(c)
}

/// Whether the script puts no spaces between words, or compounds so freely that words are no guide.
const fn is_dense(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}'     // Thai, Lao
        | '\u{1000}'..='\u{109f}'   // Myanmar
        | '\u{1100}'..='\u{11ff}'   // Hangul, as it decomposes
        | '\u{1780}'..='\u{17ff}'   // Khmer
        | '\u{3005}'..='\u{3007}'   // ideographic iteration, closing, zero
        | '\u{3040}'..='\u{30ff}'   // kana
        | '\u{3105}'..='\u{312f}'   // bopomofo
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Vowels and trailing consonants of Hangul, as it decomposes.
const fn is_hangul_tail(c: char) -> bool {
    matches!(c, '\u{1160}'..='\u{11ff}')
}
