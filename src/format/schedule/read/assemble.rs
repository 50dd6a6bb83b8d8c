//! From what a schedule says to a program.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use entity::enums::{PanelKind, PanelStatus, Role, RoomKind, SessionStatus};

use super::super::super::fault::Faults;
use super::super::super::input::Terms;
use super::super::super::program_file as file;
use super::super::super::read::{
    ADDRESS, FAR_DAYS, KEY, LONG, SLUG_MEND, is_address, is_far, is_slug, language_fault, short,
};
use super::super::DAY_BREAK;
use super::keys::Keys;
use super::notes::{Notes, plain};
use super::said::{Event, Person, Room, Said, Source, same_guid};
use super::times::{local, moment, when};
use super::tracks::Tracks;
use crate::program::zone::Zone;

/// The longest code of a panel, in characters.
const CODE: usize = 40;

/// Makes a program of a schedule; says where each of its panels is from.
pub(super) fn program(said: Said, terms: &Terms) -> Result<(file::ProgramFile, Vec<Source>, Notes), Faults> {
    let mut faults = Faults::new();
    let Said { conference: own, tracks, rooms, people, events, days, mut notes, .. } = said;
    let slug = slug(own.acronym.as_deref(), &own.place, terms, &mut notes, &mut faults);
    let zone = zone(own.time_zone.as_deref(), &own.place, terms, &mut faults);
    let Some(zone) = zone.filter(|_| faults.is_empty()) else { return Err(faults) };
    let dates = dates((own.start.as_deref(), own.end.as_deref()), &own.place, &days, &events, &zone, &mut notes);
    let Some((starts_on, ends_on)) = dates else {
        faults.add(&own.place, "the conference has no dates: no start and end, and no day or event with a date");
        return Err(faults);
    };
    let own_url = address(own.url.as_deref(), &own.place, "url", &mut notes);
    // An event's address that is the conference's says nothing of the event.
    let general = [own.url, own.base_url];
    let conference = file::Conference {
        slug: slug.clone(),
        name: own.title.unwrap_or(slug),
        time_zone: zone.name().to_owned(),
        starts_on,
        ends_on,
        url: own_url,
        settings: file::Settings::default(),
    };
    let mut tracks = Tracks::of(tracks);
    let rooms = self::rooms(rooms, &mut notes);
    let people = self::people(people, &mut notes);
    let mut maker = Maker { conference, zone, general, rooms, people, names: Names::of(&events), notes };
    let (mut panels, mut sources) = (Vec::with_capacity(events.len()), Vec::with_capacity(events.len()));
    for event in events {
        let track = event.track.as_deref().map(|name| tracks.code(name));
        match maker.panel(event, track) {
            Ok((panel, source)) => {
                panels.push(panel);
                sources.push(source);
            }
            Err(place) => faults.add(
                place,
                "the event has neither a guid nor an id, so that the next import would not know it again; give it one",
            ),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let Maker { conference, rooms, people, notes, .. } = maker;
    Ok((file::ProgramFile { conference, tracks: tracks.list, rooms, people, panels }, sources, notes))
}

fn slug(acronym: Option<&str>, place: &str, terms: &Terms, notes: &mut Notes, faults: &mut Faults) -> String {
    if let Some(slug) = &terms.slug {
        if !is_slug(slug) {
            faults.add("", format!("\"{}\" is no slug; {SLUG_MEND}", plain(&short(slug))));
        }
        return slug.clone();
    }
    let wanted = acronym.unwrap_or_default();
    let letters = wanted.chars().map(|c| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9') => c,
        _ => '-',
    });
    let slug: String = letters.collect();
    let slug = slug.trim_matches('-');
    if !is_slug(slug) {
        let why = match acronym {
            None => "the conference has no acronym".to_owned(),
            Some(acronym) => format!("the acronym \"{}\" makes no slug", plain(&short(acronym))),
        };
        faults.add(place, format!("{why}; say which slug the conference is to have here"));
    } else if slug != wanted {
        notes.add_like(place, &format!("the acronym is no slug; the conference's slug is {slug}"), wanted);
    }
    slug.to_owned()
}

fn zone(named: Option<&str>, place: &str, terms: &Terms, faults: &mut Faults) -> Option<Zone> {
    let (named, place) = match (&terms.time_zone, named, &terms.else_zone) {
        (Some(wanted), ..) | (None, None, Some(wanted)) => (Some(wanted.as_str()), ""),
        (None, named, _) => (named, place),
    };
    let zone = named.and_then(Zone::named);
    if zone.is_none() {
        let why = named.map_or_else(
            || "the file does not say the conference's time zone (time_zone_name)".to_owned(),
            |name| format!("\"{}\" is no time zone", plain(&short(name))),
        );
        faults.add(place, format!("{why}; say its IANA name, as Asia/Almaty or Europe/Lisbon"));
    }
    zone
}

/// First and last day: as the conference says, else those that the file lists, else those on which something is.
fn dates(
    (start, end): (Option<&str>, Option<&str>),
    place: &str,
    days: &[NaiveDate],
    events: &[Event],
    zone: &Zone,
    notes: &mut Notes,
) -> Option<(NaiveDate, NaiveDate)> {
    let read = |text: Option<&str>| local(moment(text?)?, zone);
    let good = |(first, last): &(NaiveDate, NaiveDate)| {
        first <= last
            && (*last - *first).num_days() <= FAR_DAYS
            && (1900..=9000).contains(&first.year())
            && last.year() <= 9000
    };
    let midnight = |time: Option<NaiveTime>| time.is_some_and(|time| time == NaiveTime::MIN);
    let said = read(start).zip(read(end)).map(|((first, from), (last, to))| {
        // The night after the last day is not another day, unless midnight stands for the whole day.
        let night = to.is_some_and(|to| to.hour() < DAY_BREAK || (to.hour() == DAY_BREAK && to.minute() == 0));
        let whole = midnight(from) && midnight(to);
        (first, if night && !whole && last > first { last.pred_opt().unwrap_or(last) } else { last })
    });
    if let Some(said) = said.filter(good) {
        return Some(said);
    }
    if start.is_some() || end.is_some() {
        notes.add(place, "the start and the end of the conference are no dates of a conference; its days count");
    }
    let range = |dates: &mut dyn Iterator<Item = NaiveDate>| {
        let range = dates.fold(None, |range: Option<(NaiveDate, NaiveDate)>, date| {
            Some(range.map_or((date, date), |(first, last)| (first.min(date), last.max(date))))
        });
        range.filter(good)
    };
    let dated = |event: &Event| Some(read(event.date.as_deref())?.0);
    range(&mut days.iter().copied()).or_else(|| range(&mut events.iter().filter_map(dated)))
}

/// An address that a program can have.
fn address(text: Option<&str>, place: &str, name: &str, notes: &mut Notes) -> Option<String> {
    let text = text?;
    let good = text.chars().count() <= ADDRESS && is_address(text, &["https://", "http://"]);
    if !good {
        // Not repeated: what is wrong may be a password in it.
        notes.add(place, &format!("the {name} is no address that begins with http:// or https://, and is left out"));
    }
    good.then(|| text.to_owned())
}

fn rooms(said: Vec<Room>, notes: &mut Notes) -> Vec<file::Room> {
    let mut keys = Keys::new(KEY);
    said.into_iter()
        .map(|Room { place, name, guid, capacity, online }| {
            let wanted = guid.as_deref().filter(|guid| keys.is_free(guid));
            if guid.is_some() && wanted.is_none() {
                notes.add(&place, "two rooms have one guid; the first keeps it");
            }
            let key = keys.take(wanted.unwrap_or(&name));
            let kind = if online { RoomKind::Virtual } else { RoomKind::Physical };
            file::Room { key, name, kind, capacity, link: None }
        })
        .collect()
}

fn people(said: Vec<Person>, notes: &mut Notes) -> Vec<file::Person> {
    let mut keys = Keys::new(KEY);
    said.into_iter()
        .map(|Person { key, name, url, biography, .. }| file::Person {
            url: address(url.as_deref(), "", "address of a person", notes),
            key: keys.take(&key),
            name,
            affiliation: None,
            country: None,
            orcid: None,
            email: None,
            biography,
        })
        .collect()
}

/// What panels and sessions are called.
struct Names {
    /// How many events have this code, and how many this id.
    codes: HashMap<String, usize>,
    ids: HashMap<String, usize>,
    keys: Keys,
    taken: Keys,
}

impl Names {
    fn of(events: &[Event]) -> Self {
        let (mut codes, mut ids) = (HashMap::new(), HashMap::new());
        for event in events {
            for (text, counts) in [(&event.code, &mut codes), (&event.id, &mut ids)] {
                if let Some(text) = text {
                    *counts.entry(text.clone()).or_insert(0) += 1;
                }
            }
        }
        Self { codes, ids, keys: Keys::new(KEY), taken: Keys::new(CODE) }
    }

    /// What an event is known by; `None` if by nothing. Also whether another has that too.
    fn key(&mut self, event: &Event) -> Option<(String, bool)> {
        let guid = event.guid.as_deref().map(same_guid);
        let wanted = guid.or_else(|| event.id.clone()).or_else(|| event.code.clone()).or_else(|| event.slug.clone())?;
        let key = self.keys.take(&wanted);
        let other = key != wanted;
        Some((key, other))
    }

    /// Something short that is printed: the event's code if that is its alone, else its id, else its key.
    fn code(&mut self, event: &Event, key: &str) -> String {
        let own = |text: &Option<String>, counts: &HashMap<String, usize>| {
            text.clone().filter(|text| counts.get(text) == Some(&1))
        };
        let code = own(&event.code, &self.codes).filter(|code| self.taken.is_free(code));
        let code = code.or_else(|| own(&event.id, &self.ids).filter(|id| self.taken.is_free(id)));
        self.taken.take(code.as_deref().unwrap_or(key))
    }
}

struct Maker {
    conference: file::Conference,
    zone: Zone,
    general: [Option<String>; 2],
    rooms: Vec<file::Room>,
    people: Vec<file::Person>,
    names: Names,
    notes: Notes,
}

impl Maker {
    /// The panel that an event becomes, with its one session; the event's place if it is known by nothing.
    fn panel(&mut self, mut event: Event, track: Option<String>) -> Result<(file::Panel, Source), String> {
        let Some((key, other)) = self.names.key(&event) else { return Err(event.place) };
        let place = event.place.as_str();
        if other {
            self.notes.add_like(
                place,
                "what the event is known by is another's already, or too long; it gets a key like it",
                &key,
            );
        }
        let code = self.names.code(&event, &key);
        let mut when = when(&event, &self.zone, &mut self.notes);
        if when.date.is_some_and(|date| is_far(date, &self.conference)) {
            self.notes.add(place, "the event is more than a year from the conference; when it is is to be announced");
            when = Default::default();
        }
        let url = self.url(&mut event);
        let place = event.place.as_str();
        let title = event.title.take().or_else(|| {
            self.notes.add(place, "the event has no title; its subtitle stands in for it, or what it is known by");
            event.subtitle.take()
        });
        let mut source = Source {
            place: String::new(),
            code: event.code.take().filter(|own| *own == code),
            subtitle: event.subtitle.clone(),
            short_abstract: event.short_abstract.clone(),
        };
        let (short_abstract, r#abstract) = (self.short_abstract(&mut event), event.description.take());
        let roles = event.people.iter().map(|at| file::RoleEntry {
            person: self.people[*at].key.clone(),
            role: Role::Speaker,
            affiliation: None,
        });
        let session = file::Session {
            key: key.clone(),
            number: 1,
            title: None,
            date: when.date,
            start: when.start,
            end: when.end,
            fold: when.fold,
            status: SessionStatus::Scheduled,
            roles: Vec::new(),
            rooms: event
                .room
                .map(|at| file::SessionRoom { room: self.rooms[at].key.clone(), link: None })
                .into_iter()
                .collect(),
            slots: Vec::new(),
        };
        let panel = file::Panel {
            title: title.unwrap_or_else(|| code.clone()),
            kind: kind(&event, &mut self.notes),
            track,
            short_abstract,
            r#abstract,
            status: PanelStatus::Scheduled,
            url,
            language: language(&event, &mut self.notes),
            roles: roles.collect(),
            papers: Vec::new(),
            sessions: vec![session],
            key,
            code,
        };
        source.place = event.place;
        Ok((panel, source))
    }

    /// Where more is to be read: its page, else the first of its links.
    fn url(&mut self, event: &mut Event) -> Option<String> {
        let own = event.url.take().filter(|url| !self.general.iter().flatten().any(|general| general == url));
        let own = address(own.as_deref(), &event.place, "url", &mut self.notes);
        let mut links = std::mem::take(&mut event.links).into_iter().filter(|link| own.as_ref() != Some(link));
        let first = if own.is_none() { links.next() } else { None };
        if links.next().is_some() {
            self.notes.add(&event.place, "a program has one address of an event; its other links are left out");
        }
        own.or_else(|| address(first.as_deref(), &event.place, "link", &mut self.notes))
    }

    /// Its abstract; a subtitle, which a panel has no place for, comes before it.
    fn short_abstract(&mut self, event: &mut Event) -> Option<String> {
        let own = event.short_abstract.take();
        let Some(subtitle) = event.subtitle.take() else { return own };
        let Some(own) = own else { return Some(subtitle) };
        let both = format!("{subtitle}\n\n{own}");
        if both.chars().count() <= LONG {
            return Some(both);
        }
        self.notes.add(&event.place, "there is no room for the subtitle before the abstract; it is left out");
        Some(own)
    }
}

fn kind(event: &Event, notes: &mut Notes) -> PanelKind {
    let Some(said) = event.kind.as_deref() else { return PanelKind::Other };
    let plain: String = said.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    match plain.as_str() {
        "panel" => PanelKind::Panel,
        "roundtable" => PanelKind::Roundtable,
        "workshop" => PanelKind::Workshop,
        "plenary" | "keynote" => PanelKind::Plenary,
        "poster" | "posters" | "postersession" => PanelKind::Posters,
        "film" | "screening" => PanelKind::Film,
        "tutorial" => PanelKind::Tutorial,
        "other" => PanelKind::Other,
        _ => {
            notes.add_like(&event.place, "the type is no kind of panel that a program has; it is OTHER", said);
            PanelKind::Other
        }
    }
}

/// The first language that is named.
fn language(event: &Event, notes: &mut Notes) -> Option<String> {
    let said = event.language.as_deref()?;
    let mut all = said.split([',', ';', '/', ' ']).filter(|tag| !tag.is_empty());
    let first = all.next()?.replace('_', "-");
    if language_fault(&first).is_some() {
        notes.add_like(&event.place, "the language is no language tag (BCP 47) and is left out", said);
        return None;
    }
    if all.next().is_some() {
        notes.add_like(&event.place, "a panel has one language; the first counts", said);
    }
    Some(first)
}
