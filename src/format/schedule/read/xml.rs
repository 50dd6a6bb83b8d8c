//! The elements of a schedule.xml, one after another: the document is never a tree in memory, and how deep it is costs
//! nothing. No document type is read, so there is nothing that an entity could stand for.

use quick_xml::XmlVersion;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event as Part};
use quick_xml::reader::Reader;

use super::super::super::fault::Faults;
use super::super::super::read::{LONG, short};
use super::super::text::Layout;
use super::notes::plain;
use super::said::{Event, Naming, Said, Track, clean, fill};
use super::times::{Moment, moment};
use chrono::NaiveDate;

/// The most attributes of one element.
const MOST_ATTRIBUTES: usize = 1_000;

/// Reading has ended with a fault.
struct Stopped(Faults);

type Read<T> = Result<T, Stopped>;

struct Xml<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    said: Said,
    /// How far lines have been counted, and which line that is.
    counted: (usize, usize),
    /// Where what is read now begins.
    from: usize,
    /// What notes are about: the day, room or event that is being read.
    place: String,
}

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Said, Faults> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let said = Said::default();
    let mut xml = Xml { text, reader, said, counted: (0, 1), from: 0, place: String::new() };
    match xml.document() {
        Ok(()) => Ok(xml.said),
        Err(Stopped(faults)) => Err(faults),
    }
}

impl<'t> Xml<'t> {
    fn document(&mut self) -> Read<()> {
        let mut seen = false;
        loop {
            match self.next()? {
                Part::Start(start) if seen => {
                    let message =
                        format!("there is a <{}> after the end of the schedule; take it out", name_of(&start));
                    return Err(self.stop(message));
                }
                Part::Start(start) if start.name().as_ref() == "schedule" => {
                    seen = true;
                    self.schedule(&start)?;
                }
                Part::Start(start) => {
                    let message =
                        format!("the file begins with <{}>; a schedule.xml begins with <schedule>", name_of(&start));
                    return Err(self.stop(message));
                }
                Part::Eof if seen => return Ok(()),
                Part::Eof => return Err(self.stop("the file has no element; a schedule.xml begins with <schedule>")),
                Part::Text(text) if text.trim().is_empty() => {}
                Part::Text(_) | Part::CData(_) | Part::GeneralRef(_) => {
                    let json = self.text.trim_start().starts_with(['{', '[']);
                    let mend = if json { "it looks like JSON" } else { "a schedule.xml is XML" };
                    return Err(self.stop(format!("there is text outside of any element; {mend}")));
                }
                Part::End(_) | Part::Empty(_) | Part::Comment(_) | Part::Decl(_) | Part::PI(_) | Part::DocType(_) => {}
            }
        }
    }

    /// The next part that says something.
    fn next(&mut self) -> Read<Part<'t>> {
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
                Ok(part) => return Ok(part),
                Err(error) => return Err(self.broken(&error)),
            }
        }
    }

    fn declaration(&mut self, decl: &BytesDecl<'_>) -> Read<()> {
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
    fn line(&mut self, at: usize) -> usize {
        let (before, line) = if at < self.counted.0 { (0, 1) } else { self.counted };
        let between = self.text.as_bytes().get(before..at).unwrap_or_default();
        let line = line + between.iter().filter(|byte| **byte == b'\n').count();
        self.counted = (at, line);
        line
    }

    /// A fault here.
    fn stop(&mut self, message: impl Into<String>) -> Stopped {
        let line = self.line(self.from);
        let mut faults = Faults::new();
        let inside = if self.place.is_empty() { String::new() } else { format!(" (in {})", self.place) };
        faults.add(format!("line {line}{inside}"), message.into());
        Stopped(faults)
    }

    /// What is no XML.
    fn broken(&mut self, error: &Error) -> Stopped {
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

    fn cut_short(&mut self, within: &str) -> Stopped {
        self.stop(format!("the file ends inside <{within}>: it was cut short"))
    }

    /// Notes something about what is being read.
    fn note(&mut self, what: &str) {
        self.said.notes.add(&self.place, what);
    }

    fn no_place(&mut self, name: &str) {
        self.note(&format!("<{}> has no place in a program and is left out", plain(&short(name))));
    }

    // ---- What elements are made of ----

    /// Hands on each element inside of one that was begun.
    fn children(&mut self, within: &str, mut each: impl FnMut(&mut Self, &BytesStart<'t>) -> Read<()>) -> Read<()> {
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
    fn skip(&mut self, start: &BytesStart<'_>) -> Read<bool> {
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
    fn leave_out(&mut self, start: &BytesStart<'_>) -> Read<()> {
        if self.skip(start)? || !start.attributes_raw().trim().is_empty() {
            self.no_place(&name_of(start));
        }
        Ok(())
    }

    /// The text of an element that was begun. Of elements inside of it the text counts.
    fn text_of(&mut self, start: &BytesStart<'_>) -> Read<String> {
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
    fn reference(&mut self, reference: &BytesRef<'_>) -> Read<Option<char>> {
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
    fn attributes(&mut self, start: &BytesStart<'t>) -> Read<Vec<(String, String)>> {
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
    fn take(&mut self, start: &BytesStart<'t>, mut take: impl FnMut(&mut Self, &str, &str) -> bool) -> Read<()> {
        for (name, value) in self.attributes(start)? {
            if !take(self, &name, &value) && !value.trim().is_empty() {
                let what = format!("{}=\"…\" of <{}>", plain(&short(&name)), name_of(start));
                self.note(&format!("{what} has no place in a program and is left out"));
            }
        }
        Ok(())
    }

    fn limit(&mut self) -> Read<()> {
        match self.said.too_many() {
            Some(message) => Err(self.stop(message)),
            None => Ok(()),
        }
    }

    // ---- The schedule ----

    fn schedule(&mut self, start: &BytesStart<'t>) -> Read<()> {
        self.take(start, |_, _, _| false)?;
        self.children("schedule", |xml, start| match start.name().as_ref() {
            // Of the file, not of the program.
            "generator" | "version" | "url" => xml.skip(start).map(drop),
            "conference" => xml.conference(),
            "day" => xml.day(start),
            _ => xml.leave_out(start),
        })
    }

    fn conference(&mut self) -> Read<()> {
        let line = self.line(self.from);
        self.place = format!("line {line}, <conference>");
        self.said.conference.place.clone_from(&self.place);
        self.children("conference", |xml, start| {
            let name = start.name();
            let name = name.as_ref();
            match name {
                "track" => return xml.track(start),
                // They follow from the events.
                "days" | "timeslot_duration" | "day_change" => return xml.skip(start).map(drop),
                _ => {}
            }
            if xml.said.conference.slot(name).is_none() {
                return xml.leave_out(start);
            }
            let text = xml.text_of(start)?;
            let Said { conference, notes, .. } = &mut xml.said;
            if let Some(slot) = conference.slot(name) {
                fill(slot, notes, &xml.place, name, &text);
            }
            Ok(())
        })?;
        self.place.clear();
        Ok(())
    }

    fn track(&mut self, start: &BytesStart<'t>) -> Read<()> {
        let (mut name, mut slug) = (None, None);
        self.take(start, |xml, attribute, value| {
            let slot = match attribute {
                "name" => &mut name,
                "slug" => &mut slug,
                _ => return false,
            };
            *slot = clean(&mut xml.said.notes, &xml.place, attribute, value, Layout::Line, LONG);
            true
        })?;
        let text = self.text_of(start)?;
        let text = clean(&mut self.said.notes, &self.place, "track", &text, Layout::Line, LONG);
        if let Some(name) = name.or(text) {
            self.said.tracks.push(Track { name, slug });
        }
        self.limit()
    }

    fn day(&mut self, start: &BytesStart<'t>) -> Read<()> {
        let line = self.line(self.from);
        self.place = format!("line {line}, <day>");
        let mut date = None;
        self.take(start, |_, name, value| {
            if name == "date" {
                date = match moment(value.trim()) {
                    Some(Moment::Date(date) | Moment::Local(date, _)) => Some(date),
                    Some(Moment::Instant(_)) | None => None,
                };
            }
            matches!(name, "date" | "start" | "end" | "index")
        })?;
        self.said.days.extend(date);
        self.children("day", |xml, start| match start.name().as_ref() {
            "room" => xml.room(start, date),
            _ => xml.leave_out(start),
        })?;
        self.place.clear();
        Ok(())
    }

    fn room(&mut self, start: &BytesStart<'t>, day: Option<NaiveDate>) -> Read<()> {
        let line = self.line(self.from);
        self.place = format!("line {line}, <room>");
        let (mut name, mut guid) = (None, None);
        self.take(start, |xml, attribute, value| {
            let slot = match attribute {
                "name" => &mut name,
                "guid" => &mut guid,
                _ => return false,
            };
            *slot = clean(&mut xml.said.notes, &xml.place, attribute, value, Layout::Line, LONG);
            true
        })?;
        let room = self.said.room(&self.place, name, guid.as_deref());
        self.limit()?;
        self.children("room", |xml, start| match start.name().as_ref() {
            "event" => xml.event(start, day, room),
            _ => xml.leave_out(start),
        })
    }

    fn event(&mut self, start: &BytesStart<'t>, day: Option<NaiveDate>, room: Option<usize>) -> Read<()> {
        let line = self.line(self.from);
        let outside = std::mem::replace(&mut self.place, format!("line {line}, <event>"));
        let mut event = Event { day, room, ..Event::default() };
        let attributes = self.attributes(start)?;
        let known_by = attributes.iter().find(|(name, _)| name == "guid" || name == "id");
        if let Some((_, value)) = known_by {
            self.place.push_str(&format!(" {}", plain(&short(value))));
        }
        for (name, value) in attributes {
            let known = matches!(name.as_str(), "guid" | "id" | "code");
            match event.slot(&name).filter(|_| known) {
                Some(slot) => fill(slot, &mut self.said.notes, &self.place, &name, &value),
                None => self.note(&format!(
                    "{}=\"…\" of <event> has no place in a program and is left out",
                    plain(&short(&name))
                )),
            }
        }
        event.place.clone_from(&self.place);
        self.children("event", |xml, start| {
            let name = start.name();
            let name = name.as_ref();
            match name {
                "persons" => return xml.persons(&mut event),
                "links" => return xml.links(&mut event),
                "room" => return xml.room_of(start, &mut event),
                // Attributes in a schedule.xml.
                "guid" | "id" | "code" => return xml.leave_out(start),
                _ => {}
            }
            if event.slot(name).is_none() {
                return xml.leave_out(start);
            }
            // A slug is what an event is known by where it has nothing else, and else has no place.
            let text = xml.text_of(start)?;
            if let Some(slot) = event.slot(name) {
                fill(slot, &mut xml.said.notes, &xml.place, name, &text);
            }
            Ok(())
        })?;
        if event.slug.is_some() && (event.guid.is_some() || event.id.is_some()) {
            self.no_place("slug");
        }
        self.said.events.push(event);
        self.limit()?;
        self.place = outside;
        Ok(())
    }

    /// An event's own word for its room. The room that it is listed in counts.
    fn room_of(&mut self, start: &BytesStart<'t>, event: &mut Event) -> Read<()> {
        let text = self.text_of(start)?;
        let Some(name) = clean(&mut self.said.notes, &self.place, "room", &text, Layout::Line, LONG) else {
            return Ok(());
        };
        match event.room {
            Some(room) if self.said.rooms[room].name != name => {
                self.note("the event names another room than the one that it is listed in, which counts");
            }
            Some(_) => {}
            None => event.room = self.said.room(&self.place, Some(name), None),
        }
        Ok(())
    }

    fn persons(&mut self, event: &mut Event) -> Read<()> {
        self.children("persons", |xml, start| {
            if start.name().as_ref() != "person" {
                return xml.leave_out(start);
            }
            let mut naming = Naming::default();
            xml.take(start, |xml, name, value| {
                let known = matches!(name, "guid" | "id" | "code");
                let Some(slot) = naming.slot(name).filter(|_| known) else { return false };
                fill(slot, &mut xml.said.notes, &xml.place, name, value);
                true
            })?;
            let text = xml.text_of(start)?;
            if let Some(slot) = naming.slot("name") {
                fill(slot, &mut xml.said.notes, &xml.place, "name", &text);
            }
            xml.said.name(event, naming);
            xml.limit()
        })
    }

    fn links(&mut self, event: &mut Event) -> Read<()> {
        self.children("links", |xml, start| {
            if start.name().as_ref() != "link" {
                return xml.leave_out(start);
            }
            let mut found = None;
            for (name, value) in xml.attributes(start)? {
                if name == "href" {
                    found = Some(value);
                }
            }
            let text = xml.text_of(start)?;
            let found = found.unwrap_or(text);
            event.links.extend(clean(&mut xml.said.notes, &xml.place, "link", &found, Layout::Line, LONG));
            Ok(())
        })
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
fn name_of(start: &BytesStart<'_>) -> String {
    plain(&short(start.name().as_ref()))
}
