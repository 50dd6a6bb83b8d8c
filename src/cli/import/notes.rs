//! What of a file was not understood, for people: grouped, and never more than a screenful.

use std::collections::HashMap;
use std::io::{self, Write};

use crate::format::fault::Fault;

/// The most lines.
const MOST_LINES: usize = 20;

/// Says it on standard error.
pub(super) fn tell(notes: &[Fault]) {
    let lines = lines(notes);
    if !lines.is_empty() {
        // Nothing can be done if standard error is gone.
        let _ = writeln!(io::stderr(), "plenary: not understood, and left out:\n{}", lines.join("\n"));
    }
}

/// A line for all notes that say the same, with the first of their places; how many more there are comes last.
fn lines(notes: &[Fault]) -> Vec<String> {
    let (mut places, mut groups) = (HashMap::new(), Vec::<(&Fault, usize)>::new());
    for note in notes {
        let place = *places.entry(note.message.as_str()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => groups.push((note, 1)),
        }
    }
    let shown = if groups.len() > MOST_LINES { MOST_LINES - 1 } else { groups.len() };
    let line = |(note, count): &(&Fault, usize)| match count {
        1 => note.to_string(),
        count => format!("{note} (and in {} more places)", count - 1),
    };
    let mut lines: Vec<String> = groups[..shown].iter().map(line).collect();
    let rest: usize = groups[shown..].iter().map(|(_, count)| count).sum();
    if rest > 0 {
        lines.push(format!("(and {rest} more)"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(place: usize, message: &str) -> Fault {
        Fault { pointer: format!("/{place}"), message: message.into() }
    }

    #[test]
    fn the_same_is_said_once() {
        assert!(lines(&[]).is_empty());
        let notes = [note(1, "odd"), note(2, "even"), note(3, "odd"), note(5, "odd")];
        assert_eq!(lines(&notes), ["/1: odd (and in 2 more places)", "/2: even"]);
    }

    #[test]
    fn it_is_a_screenful() {
        let notes: Vec<Fault> = (0..60).map(|n| note(n, &format!("odd {}", n % 30))).collect();
        let said = lines(&notes);
        assert_eq!((said.len(), said.last().map(String::as_str)), (MOST_LINES, Some("(and 22 more)")));
        assert_eq!(lines(&notes[..20]).len(), 20);
    }
}
