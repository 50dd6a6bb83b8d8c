//! The elements of a schedule.xml, one after another: the document is never a tree in memory.

mod parts;

use chrono::NaiveDate;
use quick_xml::events::{BytesStart, Event as Part};

use self::parts::{Read, Stopped, Xml, name_of};
use super::super::text::Layout;
use super::notes::plain;
use super::said::{Event, Naming, Said, Track, clean, fill};
use super::times::{Moment, moment};
use crate::format::fault::Faults;
use crate::format::read::{LONG, short};

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Said, Faults> {
    let mut xml = Xml::of(text);
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
        let outside = std::mem::replace(&mut self.place, format!("line {line}, <room>"));
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
        })?;
        self.place = outside;
        Ok(())
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
            event.link(clean(&mut xml.said.notes, &xml.place, "link", &found, Layout::Line, LONG));
            Ok(())
        })
    }
}
