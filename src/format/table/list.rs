//! Lists in cells: `Tides; Salt and silt` or `omar | presenting | Institute of Tides; ines`.
//!
//! Items are separated by `;`, their parts by `|`, and spaces around them are none of them. A backslash before a
//! character makes it part of the text, whatever it is; `\e` is the empty text, which a part that is left out is not.

use super::cell::{begins_formula, shown};
use crate::format::escape::first;

/// A list that is being written.
#[derive(Default)]
pub(super) struct List {
    text: String,
    /// Parts that are left out, of which nothing is written unless another follows.
    left_out: usize,
    within: bool,
}

impl List {
    /// Begins the next item.
    pub(super) fn item(&mut self) {
        if self.within {
            self.text.push_str("; ");
        }
        (self.left_out, self.within) = (0, false);
    }

    /// The next part of the item.
    pub(super) fn part(&mut self, part: Option<&str>) {
        let Some(part) = part else {
            self.left_out += 1;
            return;
        };
        if self.within {
            (0..=self.left_out).for_each(|_| self.text.push_str(" |"));
            self.text.push(' ');
        }
        (self.left_out, self.within) = (0, true);
        if part.is_empty() {
            return self.text.push_str("\\e");
        }
        // Keys and times, which are nearly all there is.
        if is_plain(part) {
            return self.text.push_str(part);
        }
        let last = part.char_indices().last().map_or(0, |(at, _)| at);
        for (at, c) in part.char_indices() {
            let edge = at == 0 || at == last;
            // What begins like a formula must not stand alone either where a spreadsheet takes semicolons for the ends
            // of cells.
            if matches!(c, ';' | '|' | '\\') || (edge && c.is_whitespace()) || (at == 0 && begins_formula(c)) {
                self.text.push('\\');
            }
            self.text.push(c);
        }
    }

    /// What was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Nothing, to begin the next list with.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        (self.left_out, self.within) = (0, false);
    }
}

/// Whether nothing in a text has a meaning in a list, or has at its edges.
fn is_plain(text: &str) -> bool {
    let has_meaning = |byte: u8| !(byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b':') | (byte == b'_'));
    text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) && first(text.as_bytes(), has_meaning).is_none()
}

/// The items of a list with their parts; a part that is left out is `None`. An item without any is none.
///
/// # Errors
/// What is wrong with it: a backslash before nothing, more than `most` items, or an item of more than `parts` parts.
pub(super) fn items(text: &str, most: usize, parts: usize) -> Result<Vec<Vec<Option<String>>>, String> {
    let mut items: Vec<Vec<Option<String>>> = Vec::new();
    let (mut item, mut part) = (Vec::new(), Part::default());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                None => {
                    return Err(
                        "the list ends in a backslash, which stands before a character; write \\\\ for one".into()
                    );
                }
                Some('e') => part.given = true,
                Some(c) => part.push(c),
            },
            '|' => {
                item.push(std::mem::take(&mut part).end());
                if item.len() >= parts {
                    let first = item.iter().flatten().next().map(|first| format!("\"{}\"", shown(first)));
                    return Err(format!(
                        "{} has too many parts; a bar divides them, and a backslash before one makes it text",
                        first.as_deref().unwrap_or("an item of the list")
                    ));
                }
            }
            ';' => {
                item.push(std::mem::take(&mut part).end());
                take(&mut items, std::mem::take(&mut item));
            }
            c if c.is_whitespace() => part.space(c),
            c => part.push(c),
        }
        if items.len() > most {
            return Err(format!("the list has more than {most} elements; that is the limit"));
        }
    }
    item.push(part.end());
    take(&mut items, item);
    Ok(items)
}

fn take(items: &mut Vec<Vec<Option<String>>>, item: Vec<Option<String>>) {
    if item.iter().any(Option::is_some) {
        items.push(item);
    }
}

/// A part that is being read.
#[derive(Default)]
struct Part {
    text: String,
    /// How much of the text is more than spaces at its end.
    solid: usize,
    given: bool,
}

impl Part {
    fn push(&mut self, c: char) {
        self.text.push(c);
        self.solid = self.text.len();
        self.given = true;
    }

    fn space(&mut self, c: char) {
        if self.solid > 0 {
            self.text.push(c);
        }
    }

    fn end(mut self) -> Option<String> {
        self.text.truncate(self.solid);
        self.given.then_some(self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(items: &[Vec<Option<String>>]) -> String {
        let mut list = List::default();
        for item in items {
            list.item();
            item.iter().for_each(|part| list.part(part.as_deref()));
        }
        list.text().to_owned()
    }

    fn read(text: &str) -> Vec<Vec<Option<String>>> {
        items(text, 100, 9).unwrap()
    }

    fn some(parts: &[&str]) -> Vec<Option<String>> {
        parts.iter().map(|part| (!part.is_empty()).then(|| (*part).to_owned())).collect()
    }

    #[test]
    fn lists_are_as_people_write_them() {
        assert_eq!(read("Tides;Salt and silt ; "), [some(&["Tides"]), some(&["Salt and silt"])]);
        assert_eq!(
            read("omar | presenting | Institute;ines"),
            [some(&["omar", "presenting", "Institute"]), some(&["ines"])]
        );
        assert_eq!(read("ines || As printed"), [some(&["ines", "", "As printed"])]);
        assert_eq!(read("a\\;b \\| c\\\\; \\e"), [vec![Some("a;b | c\\".to_owned())], vec![Some(String::new())]]);
        assert!(read(" ; |; ").is_empty());
        assert_eq!(written(&[some(&["omar", "", "Institute"]), some(&["ines", "", ""])]), "omar | | Institute; ines");
        assert_eq!(written(&[some(&["=1"]), some(&["a; b"]), some(&[" c "])]), "\\=1; a\\; b; \\ c\\ ");
        assert!(items("a\\", 9, 9).unwrap_err().contains("backslash"));
        assert!(items("a;b;c", 1, 9).unwrap_err().contains("more than 1 elements"));
        assert!(items("b; a|", 9, 1).unwrap_err().contains("\"a\" has too many parts"));
        assert!(items("a||||", 9, 3).unwrap_err().contains("too many parts"));
        assert_eq!(items("a||", 9, 3).unwrap(), [[Some("a".to_owned()), None, None]]);
    }

    proptest! {
        #[test]
        fn a_list_comes_back(list in prop::collection::vec(("[;|\\\\e \t='a]{0,4}\\PC{0,3}", prop::option::of("[;| e\\\\]{0,3}"), prop::option::of("\\PC{0,4}")), 0..5)) {
            let list: Vec<_> = list.into_iter().map(|(first, second, third)| vec![Some(first), second, third]).collect();
            let mut again = read(&written(&list));
            again.iter_mut().for_each(|item| item.resize(3, None));
            prop_assert_eq!(again, list);
        }

        #[test]
        fn any_text_is_a_list_or_faulted(text in "[;|\\\\e a]{0,20}") {
            let _ = items(&text, 100, 4);
        }
    }
}
