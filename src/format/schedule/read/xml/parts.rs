//! A document, part after part: what is read, where that is, what is wrong with it. No document type is read, so there is
//! nothing that an entity could stand for.

use quick_xml::XmlVersion;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event as Part};
use quick_xml::reader::Reader;

use super::super::notes::plain;
use super::super::said::Said;
use crate::format::fault::Faults;
use crate::format::read::{LONG, short};

/// The most attributes of one element.
const MOST_ATTRIBUTES: usize = 1_000;

/// The most elements inside each other: the names of all that are open are kept.
const MOST_DEEP: usize = 100;

/// Reading has ended with a fault.
pub(super) struct Stopped(pub(super) Faults);

pub(super) type Read<T> = Result<T, Stopped>;

pub(super) struct Xml<'t> {
    pub(super) text: &'t str,
    reader: Reader<&'t [u8]>,
    pub(super) said: Said,
    /// How many elements are open.
    deep: usize,
    /// How far lines have been counted, and which line that is.
    counted: (usize, usize),
    /// Where what is read now begins.
    pub(super) from: usize,
    /// What notes are about: the day, room or event that is being read.
    pub(super) place: String,
}

impl<'t> Xml<'t> {
    /// The beginning of a document.
    pub(super) fn of(text: &'t str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { text, reader, said: Said::default(), deep: 0, counted: (0, 1), from: 0, place: String::new() }
    }

    /// The next part that says something.
    pub(super) fn next(&mut self) -> Read<Part<'t>> {
        loop {
            self.from = usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len());
            match self.reader.read_event() {
                Ok(Part::Comment(_) | Part::PI(_)) => {}
                Ok(Part::Decl(decl)) => self.declaration(&decl)?,
                Ok(Part::DocType(_)) => {
                    return Err(self.stop(
                        "the file has a document type (<!DOCTYPE>), which may stand for other files or for texts of any \
                         length; it is not read: take it out",
                    ));
                }
                Ok(part) => {
                    match part {
                        Part::Start(_) => self.deep += 1,
                        Part::End(_) => self.deep = self.deep.saturating_sub(1),
                        Part::Eof
                        | Part::Empty(_)
                        | Part::Text(_)
                        | Part::CData(_)
                        | Part::GeneralRef(_)
                        | Part::Comment(_)
                        | Part::Decl(_)
                        | Part::PI(_)
                        | Part::DocType(_) => {}
                    }
                    if self.deep > MOST_DEEP {
                        let message =
                            format!("more than {MOST_DEEP} elements are open inside each other; that is the limit");
                        return Err(self.stop(message));
                    }
                    return Ok(part);
                }
                Err(error) => return Err(self.broken(&error)),
            }
        }
    }

    pub(super) fn declaration(&mut self, decl: &BytesDecl<'_>) -> Read<()> {
        let Some(Ok(encoding)) = decl.encoding() else { return Ok(()) };
        if ["utf-8", "utf8", "us-ascii", "ascii"].contains(&encoding.to_ascii_lowercase().as_str()) {
            return Ok(());
        }
        let message = format!(
            "the file says that it is {} (in <?xml … encoding=…?>); save it as UTF-8, and let it say so",
            plain(&short(&encoding))
        );
        Err(self.stop(message))
    }

    // ---- Faults ----

    /// The line of a place in the text.
    pub(super) fn line(&mut self, at: usize) -> usize {
        let (before, line) = if at < self.counted.0 { (0, 1) } else { self.counted };
        let between = self.text.as_bytes().get(before..at).unwrap_or_default();
        let line = line + between.iter().filter(|byte| **byte == b'\n').count();
        self.counted = (at, line);
        line
    }

    /// A fault here.
    pub(super) fn stop(&mut self, message: impl Into<String>) -> Stopped {
        let line = self.line(self.from);
        let mut faults = Faults::new();
        let inside = if self.place.is_empty() { String::new() } else { format!(" (in {})", self.place) };
        faults.add(format!("line {line}{inside}"), message.into());
        Stopped(faults)
    }

    /// What is no XML.
    pub(super) fn broken(&mut self, error: &Error) -> Stopped {
        self.from = usize::try_from(self.reader.error_position()).unwrap_or(self.from);
        match error {
            Error::Syntax(SyntaxError::InvalidBangMarkup) => self.stop("\"<!\" begins neither a comment nor CDATA"),
            Error::Syntax(_) => self.stop(
                "the file ends in the middle of what begins here: it was cut short, or a quotation mark or bracket is \
                 missing",
            ),
            other => {
                let message =
                    format!("the file is not XML: {}", plain(&other.to_string().chars().take(300).collect::<String>()));
                self.stop(message)
            }
        }
    }

    pub(super) fn cut_short(&mut self, within: &str) -> Stopped {
        self.stop(format!("the file ends inside <{within}>: it was cut short"))
    }

    /// Notes something about what is being read.
    pub(super) fn note(&mut self, what: &str) {
        self.said.notes.add(&self.place, what);
    }

    pub(super) fn no_place(&mut self, name: &str) {
        self.note(&format!("<{}> has no place in a program and is left out", plain(&short(name))));
    }

    // ---- What elements are made of ----

    /// Hands on each element inside of one that was begun.
    pub(super) fn children(
        &mut self,
        within: &str,
        mut each: impl FnMut(&mut Self, &BytesStart<'t>) -> Read<()>,
    ) -> Read<()> {
        loop {
            match self.next()? {
                Part::Start(start) => each(self, &start)?,
                Part::End(_) => return Ok(()),
                Part::Eof => return Err(self.cut_short(within)),
                Part::Text(text) if text.trim().is_empty() => {}
                Part::Text(_) | Part::CData(_) | Part::GeneralRef(_) => {
                    self.note(&format!("there is text between the elements of <{within}>; it is left out"));
                }
                Part::Empty(_) | Part::Comment(_) | Part::Decl(_) | Part::PI(_) | Part::DocType(_) => {}
            }
        }
    }

    /// Passes over an element that was begun. Says whether there was anything in it.
    pub(super) fn skip(&mut self, start: &BytesStart<'_>) -> Read<bool> {
        let (mut depth, mut something) = (1_usize, false);
        while depth > 0 {
            match self.next()? {
                Part::Start(_) => (depth, something) = (depth + 1, true),
                Part::End(_) => depth -= 1,
                Part::Eof => return Err(self.cut_short(&name_of(start))),
                Part::Text(text) => something |= !text.trim().is_empty(),
                Part::CData(_) | Part::GeneralRef(_) => something = true,
                Part::Empty(_) | Part::Comment(_) | Part::Decl(_) | Part::PI(_) | Part::DocType(_) => {}
            }
        }
        Ok(something)
    }

    /// Passes over an element that has no place, and says so unless it is empty.
    pub(super) fn leave_out(&mut self, start: &BytesStart<'_>) -> Read<()> {
        if self.skip(start)? || !start.attributes_raw().trim().is_empty() {
            self.no_place(&name_of(start));
        }
        Ok(())
    }

    /// The text of an element that was begun. Of elements inside of it the text counts.
    pub(super) fn text_of(&mut self, start: &BytesStart<'_>) -> Read<String> {
        let (mut depth, mut text) = (1_usize, String::new());
        while depth > 0 {
            match self.next()? {
                Part::Start(inner) => {
                    depth += 1;
                    let what = format!("<{}> has <{}> inside; only the text counts", name_of(start), name_of(&inner));
                    self.note(&what);
                }
                Part::End(_) => depth -= 1,
                Part::Eof => return Err(self.cut_short(&name_of(start))),
                Part::Text(part) => push(&mut text, &part),
                Part::CData(part) => push(&mut text, &part),
                Part::GeneralRef(reference) => {
                    if let Some(c) = self.reference(&reference)? {
                        push(&mut text, c.encode_utf8(&mut [0; 4]));
                    }
                }
                Part::Empty(_) | Part::Comment(_) | Part::Decl(_) | Part::PI(_) | Part::DocType(_) => {}
            }
        }
        Ok(text)
    }

    /// The character that a reference stands for; `None` where it stands for one that XML can't have.
    pub(super) fn reference(&mut self, reference: &BytesRef<'_>) -> Read<Option<char>> {
        if reference.is_char_ref() {
            if let Ok(c) = reference.resolve_char_ref() {
                return Ok(c);
            }
            self.note("a reference stands for no character and is left out");
            return Ok(None);
        }
        let known = quick_xml::escape::resolve_predefined_entity(reference);
        match known.and_then(|text| text.chars().next()) {
            Some(c) => Ok(Some(c)),
            None => {
                let message = format!(
                    "the entity &{}; is not known: XML has &amp;, &lt;, &gt;, &quot; and &apos;, and no other is read",
                    plain(&short(reference))
                );
                Err(self.stop(message))
            }
        }
    }

    /// The attributes of an element, those of namespaces left out.
    pub(super) fn attributes(&mut self, start: &BytesStart<'t>) -> Read<Vec<(String, String)>> {
        let mut found = Vec::new();
        let mut attributes = start.attributes();
        // Compared each with each there is no end of them; of two alike the first counts.
        for attribute in attributes.with_checks(false) {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => {
                    let message =
                        format!("the attributes of <{}> can't be read: {}", name_of(start), short(&error.to_string()));
                    return Err(self.stop(message));
                }
            };
            if found.len() >= MOST_ATTRIBUTES {
                let message =
                    format!("<{}> has more than {MOST_ATTRIBUTES} attributes; that is the limit", name_of(start));
                return Err(self.stop(message));
            }
            let name = attribute.key.as_ref();
            if name == "xmlns" || name.starts_with("xmlns:") || name.starts_with("xsi:") || name.starts_with("xml:") {
                continue;
            }
            match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => found.push((name.to_owned(), value.into_owned())),
                Err(error) => {
                    let message = format!(
                        "the attribute {} of <{}> can't be read: {}",
                        plain(&short(name)),
                        name_of(start),
                        plain(&short(&error.to_string()))
                    );
                    return Err(self.stop(message));
                }
            }
        }
        Ok(found)
    }

    /// Hands on the attributes of an element; those that are not taken are noted.
    pub(super) fn take(
        &mut self,
        start: &BytesStart<'t>,
        mut take: impl FnMut(&mut Self, &str, &str) -> bool,
    ) -> Read<()> {
        for (name, value) in self.attributes(start)? {
            if !take(self, &name, &value) && !value.trim().is_empty() {
                let what = format!("{}=\"…\" of <{}>", plain(&short(&name)), name_of(start));
                self.note(&format!("{what} has no place in a program and is left out"));
            }
        }
        Ok(())
    }

    pub(super) fn limit(&mut self) -> Read<()> {
        match self.said.too_many() {
            Some(message) => Err(self.stop(message)),
            None => Ok(()),
        }
    }
}

/// More of a text, up to more than any text may have: what is longer is cut anyway.
fn push(text: &mut String, more: &str) {
    const ENOUGH: usize = 8 * LONG;
    if text.len() < ENOUGH {
        // Of one long piece it may be more, which is as long as the file at most.
        text.push_str(more);
    }
}

/// An element's name as it can be shown.
pub(super) fn name_of(start: &BytesStart<'_>) -> String {
    plain(&short(start.name().as_ref()))
}
