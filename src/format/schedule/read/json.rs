//! The properties of a schedule.json, value by value: the document is never a tree in memory.

use chrono::NaiveDate;
use serde_json::value::RawValue;

use super::super::super::fault::{Faults, Place};
use super::super::super::read::json::{Kind, elements, properties};
use super::super::super::read::{self, LONG, name_of, short};
use super::super::text::Layout;
use super::notes::plain;
use super::said::{Event, MOST, Naming, Said, Slot, Track, clean, fill};
use super::times::{Moment, moment};

struct Json {
    said: Said,
    faults: Faults,
    /// What notes are about.
    place: String,
}

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Said, Faults> {
    let document = read::document(text.as_bytes(), "a schedule.json")?;
    let mut json = Json { said: Said::default(), faults: Faults::new(), place: String::new() };
    json.document(document);
    if json.faults.is_empty() { Ok(json.said) } else { Err(json.faults) }
}

impl Json {
    fn fault(&mut self, place: &Place<'_>, message: impl Into<String>) {
        self.faults.add(place, message);
    }

    /// Whether what was read is still of use.
    fn goes_on(&mut self, place: &Place<'_>) -> bool {
        // Said once, by the innermost list.
        if self.faults.is_empty()
            && let Some(message) = self.said.too_many()
        {
            self.fault(place, message);
        }
        self.faults.is_empty()
    }

    /// Hands on each element of a list.
    fn each<'r>(
        &mut self,
        list: &'r RawValue,
        place: &Place<'_>,
        mut item: impl FnMut(&mut Self, usize, &'r RawValue),
    ) {
        elements(list, |n, one| {
            if n >= MOST {
                self.fault(place, format!("the list has more than {MOST} elements; that is the limit"));
                return false;
            }
            item(self, n, one);
            self.goes_on(place)
        });
    }

    fn no_place(&mut self, name: &str) {
        let what = format!("\"{}\" has no place in a program and is left out", plain(&short(name)));
        self.said.notes.add(&self.place, &what);
    }

    /// Notes what is left out, unless it is nothing.
    fn leave_out(&mut self, name: &str, value: &RawValue) {
        if !is_nothing(value) {
            self.no_place(name);
        }
    }

    /// Whether a value is a list or an object, as it has to be. Null is neither, and nothing is said of it.
    fn is(&mut self, value: &RawValue, wanted: Kind, name: &str) -> bool {
        let found = Kind::of(value);
        if found != wanted && found != Kind::Null {
            let what = format!("\"{}\" is {found} where {wanted} is expected, and is left out", plain(&short(name)));
            self.said.notes.add(&self.place, &what);
        }
        found == wanted
    }

    /// Puts a string or a number where it goes.
    fn put(&mut self, slot: Slot<'_>, name: &str, value: &RawValue) {
        let Some(text) = self.text(name, value) else { return };
        fill(slot, &mut self.said.notes, &self.place, name, &text);
    }

    /// A string; of a number its digits.
    fn text(&mut self, name: &str, value: &RawValue) -> Option<String> {
        match Kind::of(value) {
            Kind::Null => None,
            Kind::Number => Some(value.get().to_owned()),
            Kind::String => {
                let text = serde_json::from_str(value.get()).ok();
                if text.is_none() {
                    let what = format!("the {name} has half of a character and is left out");
                    self.said.notes.add(&self.place, &what);
                }
                text
            }
            found @ (Kind::Object | Kind::List | Kind::Boolean) => {
                let what = format!("the {name} is {found} where a string is expected, and is left out");
                self.said.notes.add(&self.place, &what);
                None
            }
        }
    }

    fn line(&mut self, name: &str, value: &RawValue) -> Option<String> {
        let text = self.text(name, value)?;
        clean(&mut self.said.notes, &self.place, name, &text, Layout::Line, LONG)
    }

    fn document(&mut self, document: &RawValue) {
        let root = Place::ROOT;
        if Kind::of(document) != Kind::Object {
            let message = format!("expected an object with \"schedule\", found {}", Kind::of(document));
            return self.fault(&root, message);
        }
        let (mut schedule, mut bare) = (None, false);
        properties(document, |name, value| {
            match name_of(name).as_str() {
                "schedule" => schedule = schedule.or(Some(value)),
                "conference" => bare = true,
                // Of the file, not of the program.
                "$schema" | "generator" | "version" | "base_url" => {}
                other => self.leave_out(other, value),
            }
            true
        });
        match schedule {
            Some(schedule) if Kind::of(schedule) == Kind::Object => self.schedule(schedule, &root.property("schedule")),
            Some(other) => {
                let message = format!("expected an object, found {}", Kind::of(other));
                self.fault(&root.property("schedule"), message);
            }
            None if bare => self.schedule(document, &root),
            None => self.fault(&root, "there is no \"schedule\"; a schedule.json is an object that has one"),
        }
    }

    fn schedule(&mut self, value: &RawValue, place: &Place<'_>) {
        let mut seen = false;
        properties(value, |name, value| {
            match name_of(name).as_str() {
                "conference" if Kind::of(value) == Kind::Object => {
                    seen = true;
                    self.conference(value, &place.property("conference"));
                }
                "base_url" => {
                    let mut conference = std::mem::take(&mut self.said.conference);
                    if let Some(slot) = conference.slot("base_url") {
                        self.put(slot, "base_url", value);
                    }
                    self.said.conference = conference;
                }
                "version" | "generator" | "$schema" | "url" => {}
                "events" if Kind::of(value) == Kind::List => self.fault(
                    &place.property("events"),
                    "the events are in one list, as in version 2 of the format; only version 1 is read, in which they \
                     are in days and rooms",
                ),
                other => self.leave_out(other, value),
            }
            self.faults.is_empty()
        });
        if !seen && self.faults.is_empty() {
            self.fault(place, "there is no \"conference\"; it has the days with their events");
        }
    }

    fn conference(&mut self, value: &RawValue, place: &Place<'_>) {
        let own_place = place.to_string();
        self.place.clone_from(&own_place);
        let mut own = std::mem::take(&mut self.said.conference);
        own.place.clone_from(&own_place);
        // Rooms are told of before and after the days; what the days say of them is only their names.
        let mut days = None;
        properties(value, |name, value| {
            let name = name_of(name);
            match name.as_str() {
                "days" => days = days.or(Some(value)),
                "daysCount" | "timeslot_duration" => {}
                "tracks" if self.is(value, Kind::List, "tracks") => self.tracks(value, &place.property("tracks")),
                "rooms" if self.is(value, Kind::List, "rooms") => self.rooms(value, &place.property("rooms")),
                "tracks" | "rooms" => {}
                other => match own.slot(other) {
                    Some(slot) => self.put(slot, other, value),
                    None => self.leave_out(other, value),
                },
            }
            self.place.clone_from(&own_place);
            self.faults.is_empty()
        });
        self.said.conference = own;
        let at = place.property("days");
        match days {
            Some(days) if Kind::of(days) == Kind::List => {
                self.each(days, &at, |json, n, day| json.day(day, &at.element(n)));
            }
            Some(other) => self.fault(&at, format!("expected a list, found {}", Kind::of(other))),
            None => self.fault(&at, "there are no days; they have the events"),
        }
    }

    fn tracks(&mut self, value: &RawValue, place: &Place<'_>) {
        self.each(value, place, |json, n, track| {
            json.place = place.element(n).to_string();
            let (mut own_name, mut slug) = (None, None);
            if json.is(track, Kind::Object, "tracks") {
                properties(track, |name, value| {
                    match name_of(name).as_str() {
                        "name" => own_name = json.line("name", value),
                        "slug" => slug = json.line("slug", value),
                        other => json.leave_out(other, value),
                    }
                    true
                });
            }
            json.said.tracks.extend(own_name.map(|name| Track { name, slug }));
        });
    }

    fn rooms(&mut self, value: &RawValue, place: &Place<'_>) {
        self.each(value, place, |json, n, room| {
            json.place = place.element(n).to_string();
            if json.is(room, Kind::Object, "rooms") {
                json.room(room);
            }
        });
    }

    fn room(&mut self, value: &RawValue) {
        let (mut own_name, mut guid, mut capacity, mut online) = (None, None, None, false);
        properties(value, |name, value| {
            match name_of(name).as_str() {
                "name" => own_name = self.line("name", value),
                "guid" => guid = self.line("guid", value),
                "capacity" => capacity = self.capacity(value),
                "type" => {
                    let kind = self.line("type", value);
                    online = kind.as_deref() == Some("online");
                    if !online && kind.is_some() {
                        self.no_place("type");
                    }
                }
                other => self.leave_out(other, value),
            }
            true
        });
        if let Some(at) = self.said.room(&self.place, own_name, guid.as_deref()) {
            let room = &mut self.said.rooms[at];
            (room.capacity, room.online) = (room.capacity.or(capacity), room.online || online);
        }
    }

    fn capacity(&mut self, value: &RawValue) -> Option<i32> {
        let number: Option<f64> = serde_json::from_str(value.get()).ok();
        let whole = number.filter(|n| n.fract() == 0.0 && (0.0..=f64::from(i32::MAX)).contains(n));
        if whole.is_none() && Kind::of(value) != Kind::Null {
            self.said.notes.add(&self.place, "the capacity is no number of seats and is left out");
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
        whole.map(|n| n as i32)
    }

    fn day(&mut self, value: &RawValue, place: &Place<'_>) {
        self.place = place.to_string();
        if !self.is(value, Kind::Object, "days") {
            return;
        }
        let (mut date, mut rooms) = (None, None);
        properties(value, |name, value| {
            match name_of(name).as_str() {
                "date" => {
                    date = self.line("date", value).and_then(|text| match moment(&text) {
                        Some(Moment::Date(date) | Moment::Local(date, _)) => Some(date),
                        Some(Moment::Instant(_)) | None => None,
                    });
                }
                "rooms" => rooms = rooms.or(Some(value)),
                "index" | "day_start" | "day_end" | "start" | "end" => {}
                other => self.leave_out(other, value),
            }
            true
        });
        self.said.days.extend(date);
        let at = place.property("rooms");
        let Some(rooms) = rooms.filter(|rooms| self.is(rooms, Kind::Object, "rooms")) else { return };
        properties(rooms, |name, events| {
            let own_name = self.line("name", name);
            let shown = own_name.clone().unwrap_or_default();
            let at = at.property(&shown);
            self.place = at.to_string();
            let room = self.said.room(&self.place, own_name, None);
            if self.is(events, Kind::List, &shown) {
                self.each(events, &at, |json, n, event| json.event(event, &at.element(n), date, room));
            }
            self.goes_on(&at)
        });
    }

    fn event(&mut self, value: &RawValue, place: &Place<'_>, day: Option<NaiveDate>, room: Option<usize>) {
        if !self.is(value, Kind::Object, "event") {
            return;
        }
        self.place = place.to_string();
        let mut event = Event { place: self.place.clone(), day, room, ..Event::default() };
        properties(value, |name, value| {
            let name = name_of(name);
            match name.as_str() {
                "persons" if self.is(value, Kind::List, "persons") => self.persons(value, &mut event),
                "links" if self.is(value, Kind::List, "links") => self.links(value, &mut event),
                "persons" | "links" => {}
                "room" => {
                    let own = self.line("room", value);
                    match (event.room, own) {
                        (Some(room), Some(own)) if self.said.rooms[room].name != own => {
                            let what = "the event names another room than the one that it is listed in, which counts";
                            self.said.notes.add(&self.place, what);
                        }
                        (None, Some(own)) => event.room = self.said.room(&self.place, Some(own), None),
                        (Some(_) | None, _) => {}
                    }
                }
                other => match event.slot(other) {
                    Some(slot) => self.put(slot, other, value),
                    None => self.leave_out(other, value),
                },
            }
            true
        });
        if event.slug.is_some() && (event.guid.is_some() || event.id.is_some()) {
            self.no_place("slug");
        }
        self.said.events.push(event);
    }

    fn persons(&mut self, value: &RawValue, event: &mut Event) {
        elements(value, |_, person| {
            let mut naming = Naming::default();
            match Kind::of(person) {
                Kind::Object => properties(person, |name, value| {
                    let name = name_of(name);
                    match naming.slot(&name) {
                        Some(slot) => self.put(slot, &name, value),
                        None => self.leave_out(&name, value),
                    }
                    true
                }),
                Kind::String => naming.name = self.line("name", person),
                Kind::List | Kind::Number | Kind::Boolean | Kind::Null => {}
            }
            self.said.name(event, naming);
            self.said.too_many().is_none()
        });
    }

    fn links(&mut self, value: &RawValue, event: &mut Event) {
        elements(value, |_, link| {
            match Kind::of(link) {
                Kind::Object => properties(link, |name, value| {
                    if name_of(name) == "url" {
                        event.link(self.line("link", value));
                    }
                    true
                }),
                Kind::String => event.link(self.line("link", link)),
                Kind::List | Kind::Number | Kind::Boolean | Kind::Null => {}
            }
            true
        });
    }
}

/// Whether a value says nothing.
fn is_nothing(value: &RawValue) -> bool {
    let text: String = value.get().chars().filter(|c| !c.is_whitespace()).take(6).collect();
    matches!(text.as_str(), "null" | "\"\"" | "[]" | "{}" | "false")
}
