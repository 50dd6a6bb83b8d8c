//! Events over the panels and sessions that were found.

use std::collections::{HashMap, HashSet};

use entity::enums::{PanelKind, Role};

use super::Over;
use crate::format::program_file::{Panel, RoleEntry, Session, SessionRoom};
use crate::format::read::KEY;
use crate::format::read::limits::CODE;
use crate::format::schedule::read::{Keys, lines};

/// An event of the schedule, and the session of its panel that it is, if there is one.
#[derive(Clone, Copy)]
struct Part {
    event: usize,
    session: Option<usize>,
}

/// What the events of a panel say of it that the schedule that would be written does not. Of several the first counts.
#[derive(Default)]
struct Newer {
    code: Option<String>,
    title: Option<String>,
    kind: Option<PanelKind>,
    track: Option<String>,
    short_abstract: Option<String>,
    r#abstract: Option<String>,
    url: Option<String>,
    language: Option<String>,
}

/// What is said, if it is anything, and not what would be said.
fn newer<T: Clone + PartialEq>(into: &mut Option<T>, said: Option<&T>, told: Option<Option<&T>>) {
    if let Some(said) = said.filter(|said| told != Some(Some(said))) {
        into.get_or_insert_with(|| said.clone());
    }
}

impl Newer {
    fn set(self, panel: &mut Panel) {
        let Self { code, title, kind, track, short_abstract, r#abstract, url, language } = self;
        set(&mut panel.code, code);
        set(&mut panel.title, title);
        set(&mut panel.kind, kind);
        set(&mut panel.track, track.map(Some));
        set(&mut panel.short_abstract, short_abstract.map(Some));
        set(&mut panel.r#abstract, r#abstract.map(Some));
        set(&mut panel.url, url.map(Some));
        set(&mut panel.language, language.map(Some));
    }
}

fn set<T>(into: &mut T, newer: Option<T>) {
    if let Some(newer) = newer {
        *into = newer;
    }
}

impl Over<'_> {
    /// Lays the events over the panels; says which of them are in the schedule no longer.
    pub(super) fn panels(&mut self) -> HashSet<usize> {
        let mut parts = vec![Vec::new(); self.file.panels.len()];
        let mut new = Vec::new();
        for (event, found) in self.matched().into_iter().enumerate() {
            match found {
                Some((panel, session)) => parts[panel].push(Part { event, session }),
                None => new.push(event),
            }
        }
        let shows = |panel: &Panel| panel.sessions.iter().any(|session| self.shown.contains(&session.key));
        let none = |(n, panel): &(usize, &Panel)| parts[*n].is_empty() && shows(panel);
        let gone: HashSet<usize> = self.file.panels.iter().enumerate().filter(none).map(|(n, _)| n).collect();
        let (mut codes, mut keys, mut own_keys) = (Keys::new(CODE), Keys::new(KEY), Keys::new(KEY));
        for (n, panel) in self.file.panels.iter().enumerate() {
            panel.sessions.iter().for_each(|session| keys.hold(&session.key));
            if !gone.contains(&n) {
                codes.hold(&panel.code);
                codes.hold(&panel.key);
            }
            own_keys.hold(&panel.key);
        }
        let mut panels = std::mem::take(&mut self.file.panels);
        for (panel, parts) in panels.iter_mut().zip(&parts).filter(|(_, parts)| !parts.is_empty()) {
            self.lay(panel, parts, &mut keys);
        }
        for event in new {
            let said = &self.said.file.panels[event];
            let key = own_keys.take(&said.key);
            panels.push(self.new_panel(event, key, codes.take(&said.code), keys.take(&said.key)));
        }
        self.file.panels = panels;
        gone
    }

    /// Which panel and session each event is: by the GUID that is written for the session, else by a key.
    fn matched(&self) -> Vec<Option<(usize, Option<usize>)>> {
        let of = |(n, panel): (usize, &Panel)| {
            panel.sessions.iter().enumerate().map(|(m, session)| (session.key.clone(), (n, m))).collect::<Vec<_>>()
        };
        let sessions: HashMap<String, (usize, usize)> = self.file.panels.iter().enumerate().flat_map(of).collect();
        let panels: HashMap<&str, usize> =
            self.file.panels.iter().zip(0..).map(|(panel, n)| (panel.key.as_str(), n)).collect();
        let (events, mut taken) = (&self.said.file.panels, HashSet::new());
        let mut matched = vec![None; events.len()];
        for by_guid in [true, false] {
            for (own, event) in matched.iter_mut().zip(events).filter(|(own, _)| own.is_none()) {
                let key = if by_guid { self.guids.get(&event.key) } else { Some(&event.key) };
                let at = key.and_then(|key| sessions.get(key)).copied();
                *own = at.filter(|at| taken.insert(*at)).map(|(panel, session)| (panel, Some(session)));
            }
        }
        for (own, event) in matched.iter_mut().zip(events).filter(|(own, _)| own.is_none()) {
            *own = panels.get(event.key.as_str()).map(|panel| (*panel, None));
        }
        matched
    }

    fn new_panel(&mut self, event: usize, key: String, code: String, session_key: String) -> Panel {
        let said = &self.said.file.panels[event];
        let mut panel = Panel {
            code,
            track: said.track.as_ref().and_then(|code| self.tracks.get(code)).cloned(),
            roles: self.people_of(said).into_iter().map(speaker).collect(),
            key,
            ..said.clone()
        };
        for session in &mut panel.sessions {
            session.key.clone_from(&session_key);
            session.rooms = self.room_of(said).map(|room| SessionRoom { room, link: None }).into_iter().collect();
        }
        self.places.add(&panel.key, &session_key, &self.said.sources[event]);
        panel
    }

    /// The people that an event names, by their keys in the program.
    fn people_of(&self, said: &Panel) -> Vec<String> {
        said.roles.iter().filter_map(|role| self.people.get(&role.person)).cloned().collect()
    }

    fn room_of(&self, said: &Panel) -> Option<String> {
        self.rooms.get(&said.sessions.first()?.rooms.first()?.room).cloned()
    }

    /// Lays events over a panel.
    fn lay(&mut self, panel: &mut Panel, parts: &[Part], keys: &mut Keys) {
        let named: HashSet<String> =
            parts.iter().flat_map(|part| self.people_of(&self.said.file.panels[part.event])).collect();
        let mut numbers: HashSet<i32> = panel.sessions.iter().map(|session| session.number).collect();
        let mut free = 1..;
        let mut changes = Newer::default();
        for Part { event, session } in parts {
            let (said, source) = (&self.said.file.panels[*event], &self.said.sources[*event]);
            let Some(sitting) = said.sessions.first() else { continue };
            let at = session.unwrap_or_else(|| {
                let number = free.find(|number| numbers.insert(*number)).unwrap_or_default();
                let key = keys.take(&said.key);
                let (date, start, end, fold) = (sitting.date, sitting.start, sitting.end, sitting.fold);
                panel.sessions.push(Session { key, number, date, start, end, fold, ..bare(sitting) });
                panel.sessions.len() - 1
            });
            let key = panel.sessions[at].key.clone();
            self.places.add(&panel.key, &key, source);
            self.texts(&mut changes, panel, at, *event);
            let told = self.told.event(&key);
            let now = &mut panel.sessions[at];
            if session.is_some() {
                times(now, sitting, told.and_then(|(told, _)| told.sessions.first()), self.timed.contains(&key));
            }
            let room_told = told.map(|(told, _)| {
                let use_of = told.sessions.first().and_then(|session| session.rooms.first());
                use_of.and_then(|use_of| self.told.rooms.get(&use_of.room)).cloned()
            });
            let room = self.room_of(said);
            if session.is_none() || room_told.as_ref() != Some(&room) {
                into_room(now, room);
            }
            let people_told = told.map(|(told, _)| {
                told.roles.iter().filter_map(|role| self.told.people.get(&role.person)).cloned().collect::<Vec<_>>()
            });
            let people = self.people_of(said);
            if people_told.as_ref() != Some(&people) {
                speakers(panel, at, &people, &people_told.unwrap_or_default(), &named);
            }
        }
        changes.set(panel);
    }

    /// What an event says of its panel and session in words.
    fn texts(&self, changes: &mut Newer, panel: &mut Panel, at: usize, event: usize) {
        let (said, source) = (&self.said.file.panels[event], &self.said.sources[event]);
        let found = self.told.event(&panel.sessions[at].key);
        let (told, told_source) = (found.map(|(told, _)| told), found.map(|(_, source)| source));
        newer(&mut changes.code, source.code.as_ref(), Some(told_source.and_then(|told| told.code.as_ref())));
        newer(&mut changes.title, Some(&said.title), told.map(|told| Some(&told.title)));
        let kind = Some(&said.kind).filter(|kind| **kind != PanelKind::Other);
        newer(&mut changes.kind, kind, told.map(|told| Some(&told.kind)));
        let track = said.track.as_ref().and_then(|code| self.tracks.get(code));
        let told_track = |told: &Panel| told.track.as_ref().and_then(|code| self.told.tracks.get(code)).cloned();
        let told_track = told.map(told_track);
        newer(&mut changes.track, track, told_track.as_ref().map(Option::as_ref));
        newer(&mut changes.url, said.url.as_ref(), told.map(|told| told.url.as_ref()));
        newer(&mut changes.language, said.language.as_ref(), told.map(|told| told.language.as_ref()));

        let told_long = told.map(|told| told.r#abstract.as_ref());
        if told_long != Some(said.r#abstract.as_ref()) {
            // A list of papers is not the abstract's, also where it is another now.
            let own = said.r#abstract.as_deref();
            let own = if panel.sessions[at].slots.is_empty() { own } else { own.and_then(without_papers) };
            let same = panel.r#abstract.as_deref().and_then(lines).as_deref() == own;
            newer(&mut changes.r#abstract, own.filter(|_| !same).map(str::to_owned).as_ref(), None);
        }

        // A subtitle is the session's title if that has one, and else before the short abstract, where the first import
        // has put it.
        let told_short = told_source.map(|told| told.short_abstract.as_ref());
        if told_short == Some(said.short_abstract.as_ref()) {
            return;
        }
        let session = &mut panel.sessions[at];
        let subtitle = source.subtitle.as_ref().filter(|subtitle| !is_number(subtitle));
        if session.title.is_none() && subtitle.is_some() {
            return newer(&mut changes.short_abstract, said.short_abstract.as_ref(), told_short);
        }
        newer(&mut changes.short_abstract, source.short_abstract.as_ref(), told_short);
        let told_subtitle = told_source.map(|told| told.subtitle.as_ref());
        if told_subtitle != Some(subtitle) && subtitle.is_some() {
            session.title = subtitle.cloned();
        }
    }
}

/// Whether a subtitle is only the number that is written where there is none.
fn is_number(subtitle: &str) -> bool {
    subtitle.strip_prefix("Session ").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A description without the list of papers that is written after it; `None` if nothing is left.
fn without_papers(text: &str) -> Option<&str> {
    let is_list = |text: &str| text.lines().all(|line| line.starts_with("- "));
    if is_list(text) {
        return None;
    }
    match text.rsplit_once("\n\n") {
        Some((before, list)) if is_list(list) => Some(before),
        _ => Some(text),
    }
}

fn speaker(person: String) -> RoleEntry {
    RoleEntry { person, role: Role::Speaker, affiliation: None }
}

/// When a session is, unless it would be said to be then anyway. One that is to be announced here gets the time that is
/// said.
fn times(session: &mut Session, said: &Session, told: Option<&Session>, timed: bool) {
    let when = |session: &Session| (session.date, session.start, session.end, session.fold);
    let same = match told.filter(|_| timed) {
        Some(told) => when(told) == when(said),
        None => said.start.is_none() && session.start.is_none() && said.date.is_none_or(|_| said.date == session.date),
    };
    if same || when(session) == when(said) {
        return;
    }
    (session.date, session.start, session.end, session.fold) = when(said);
    // Nobody has said when its papers are given now.
    session.slots.iter_mut().for_each(|slot| slot.start = None);
}

/// A schedule knows the first room; the others go on being the session's.
fn into_room(session: &mut Session, room: Option<String>) {
    let before = std::mem::take(&mut session.rooms);
    let link = |key: &str| before.iter().find(|use_of| use_of.room == key).and_then(|use_of| use_of.link.clone());
    session.rooms.extend(room.map(|room| SessionRoom { link: link(&room), room }));
    let first = session.rooms.first().map(|use_of| use_of.room.clone());
    let others = before.iter().skip(1).filter(|use_of| Some(&use_of.room) != first.as_ref());
    session.rooms.extend(others.cloned());
    let own: HashSet<&str> = session.rooms.iter().map(|use_of| use_of.room.as_str()).collect();
    for slot in &mut session.slots {
        slot.room = slot.room.take().filter(|room| own.contains(room.as_str()));
    }
}

/// Whoever is named and would not be speaks; whoever is no longer named does not. Who does something else, and who wrote
/// papers, is not known to a schedule.
fn speakers(panel: &mut Panel, at: usize, said: &[String], told: &[String], named: &HashSet<String>) {
    // Of a panel that a schedule has made, its people are its own, as those of a panel with one session.
    let own = panel.sessions.len() == 1 || panel.sessions[at].key == panel.key;
    let now: HashSet<&str> = said.iter().map(String::as_str).collect();
    let before: HashSet<&str> = told.iter().map(String::as_str).collect();
    let gone = |role: &RoleEntry| {
        role.role == Role::Speaker && before.contains(role.person.as_str()) && !now.contains(role.person.as_str())
    };
    panel.sessions[at].roles.retain(|role| !gone(role));
    panel.roles.retain(|role| !gone(role) || named.contains(&role.person));
    let known: HashSet<String> =
        panel.roles.iter().chain(&panel.sessions[at].roles).map(|role| role.person.clone()).collect();
    let new = said.iter().filter(|person| !before.contains(person.as_str()) && !known.contains(*person));
    let new = new.cloned().map(speaker);
    if !own {
        return panel.sessions[at].roles.extend(new);
    }
    panel.roles.extend(new);
    // In the order in which they are named, each in the place of one of them.
    let places: HashMap<&str, usize> = said.iter().map(String::as_str).zip(0..).collect();
    let speaks = |role: &RoleEntry| role.role == Role::Speaker;
    let mut order: Vec<RoleEntry> = panel.roles.iter().filter(|role| speaks(role)).cloned().collect();
    order.sort_by_key(|role| places.get(role.person.as_str()).copied().unwrap_or(usize::MAX));
    for (place, role) in panel.roles.iter_mut().filter(|role| speaks(role)).zip(order) {
        *place = role;
    }
}

/// A session without anything that only the program knows.
fn bare(said: &Session) -> Session {
    Session { title: None, roles: Vec::new(), rooms: Vec::new(), slots: Vec::new(), ..said.clone() }
}
