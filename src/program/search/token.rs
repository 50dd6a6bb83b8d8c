//! Units as tokens for the index.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::text::Units;

/// Takes texts apart for the index. Every unit has a position of its own; a dense one stands there alone and, where
/// another is joined to it, as a pair.
#[derive(Clone, Default)]
pub(super) struct Splitter {
    units: Units,
    token: Token,
}

/// The tokens of one text.
pub(super) struct Tokens<'a> {
    units: &'a Units,
    token: &'a mut Token,
    next: usize,
    /// Whether the pair that starts at the last unit is still to come.
    pair: bool,
}

impl Tokenizer for Splitter {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens<'a> {
        self.units.read(text);
        self.token.reset();
        self.token.position_length = 1;
        Tokens { units: &self.units, token: &mut self.token, next: 0, pair: false }
    }
}

impl TokenStream for Tokens<'_> {
    fn advance(&mut self) -> bool {
        if std::mem::take(&mut self.pair)
            && let Some(pair) = self.units.pair(self.next - 1)
        {
            self.token.text.clear();
            self.token.text.push_str(pair);
            return true;
        }
        let Some(unit) = self.units.all().get(self.next) else { return false };
        self.token.text.clear();
        self.token.text.push_str(self.units.text(unit));
        self.token.position = self.next;
        self.pair = unit.dense;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
