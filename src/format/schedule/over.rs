//! A schedule over the program that is there.
//!
//! It is compared with the schedule that would be written of that program: what is the same in both is left as it was
//! found, and so is whatever schedules have no place for, and somebody has added since: links above all, which would be
//! gone with every import otherwise. So a program's own schedule, imported again, changes nothing.

mod names;
mod panels;

use std::collections::{HashMap, HashSet};

use super::ids::Known;
use super::places::Places;
use super::plan::{Plan, Which, event, rooms};
use super::read::{Form, Schedule, Source, again, one_line};
use super::{Base, json, xml};
use crate::format::fault::Fault;
use crate::format::from_program::program_file;
use crate::format::input::Terms;
use crate::format::program_file::{Conference, Panel, ProgramFile};
use crate::format::read::check_whole;
use crate::program::Program;
use crate::program::index::Ix;
use names::{Found, Renamed};

impl Schedule {
    /// The program that it makes of what is there.
    ///
    /// # Errors
    /// What of it does not fit what is there, each with its place in the schedule.
    pub fn over(&self, found: &Program) -> Result<ProgramFile, Vec<Fault>> {
        let (file, places) = Over::new(self, found).program();
        let faults = check_whole(&file);
        if faults.is_empty() {
            return Ok(file);
        }
        Err(faults.list().iter().map(|fault| places.told(&file, fault)).collect())
    }
}

/// What a schedule of the program found would say, as it would be read.
struct Told {
    schedule: Option<Schedule>,
    /// The place of each event in it, by the key of its session.
    events: HashMap<String, usize>,
    people: Renamed,
    rooms: Renamed,
    tracks: Renamed,
}

impl Told {
    fn event(&self, session: &str) -> Option<(&Panel, &Source)> {
        let schedule = self.schedule.as_ref()?;
        let at = *self.events.get(session)?;
        Some((schedule.file.panels.get(at)?, schedule.sources.get(at)?))
    }
}

struct Over<'a> {
    said: &'a Schedule,
    told: Told,
    /// The program found, and what it becomes.
    file: ProgramFile,
    /// What the things of the schedule are called in it.
    people: Renamed,
    rooms: Renamed,
    tracks: Renamed,
    /// The keys of sessions by the GUIDs that are written for them.
    guids: HashMap<String, String>,
    /// The keys of the sessions that are in a schedule.
    shown: HashSet<String>,
    /// Those that have a date and a start.
    timed: HashSet<String>,
    places: Places<'a>,
}

impl<'a> Over<'a> {
    fn new(said: &'a Schedule, found: &Program) -> Self {
        let mut file = program_file(found);
        let (rows, index) = (&found.rows, &found.index);
        let guids = Known::of(rows.sessions.iter().map(|row| (row.key.as_str(), row.id))).guids;
        let guids = guids.iter().map(|guid| guid.hyphenated().to_string());
        let guids: HashMap<String, String> = guids.zip(rows.sessions.iter().map(|row| row.key.clone())).collect();
        let keys = |is: &dyn Fn(Ix) -> bool| {
            let all = rows.sessions.iter().zip(0..).filter(|(_, ix)| is(*ix));
            all.map(|(row, _)| row.key.clone()).collect()
        };
        let shown = keys(&|ix| event(found, ix, Which::Shown).is_some());
        let timed = keys(&|ix| index.sessions[ix as usize].times.is_some());
        let schedule = told(found, said.form);
        let events = schedule.iter().flat_map(|schedule| &schedule.file.panels).enumerate();
        let events = events.filter_map(|(n, panel)| Some((guids.get(&panel.key)?.clone(), n))).collect();
        let before = schedule.as_ref().map(|schedule| &schedule.file);

        let known = Known::of(rows.people.iter().map(|row| (row.key.as_str(), row.id))).guids;
        let known = known.iter().zip(&rows.people).map(|(guid, row)| (guid.hyphenated().to_string(), row.key.as_str()));
        let people = Found::new(known, file.people.iter().map(|it| it.key.as_str()), []);
        // Rooms in the order in which they are shown, as the file has them.
        let written = rooms(found);
        let known = written.iter().zip(&file.rooms);
        let known = known.filter_map(|(room, row)| Some((room.guid?.hyphenated().to_string(), row.key.as_str())));
        let names: Vec<_> = written.iter().map(|room| one_line(&room.name)).collect();
        let by_name = names.iter().zip(0..).filter_map(|(name, n)| Some((name.clone()?, n)));
        let rooms = Found::new(known, file.rooms.iter().map(|it| it.key.as_str()), by_name);
        // A track is known by its name, and by its code if that is another now.
        let known = file.tracks.iter().filter_map(|it| Some((one_line(&it.name)?, it.code.as_str())));
        let tracks = Found::new(known, file.tracks.iter().map(|it| it.code.as_str()), []);

        let told = Told {
            people: before.map_or_else(Renamed::default, |before| names::told_people(before, &people, &file)),
            rooms: before.map_or_else(Renamed::default, |before| names::told_rooms(before, &rooms, &file)),
            tracks: before.map_or_else(Renamed::default, |before| names::told_tracks(before, &tracks, &file)),
            schedule,
            events,
        };
        let people = names::people(&said.file.people, &people, &mut file.people);
        let rooms = names::rooms(&said.file.rooms, &rooms, &names, &mut file.rooms);
        let tracks = names::tracks(&said.file.tracks, &tracks, &mut file.tracks);
        Self { said, told, file, people, rooms, tracks, guids, shown, timed, places: Places::default() }
    }

    fn program(mut self) -> (ProgramFile, Places<'a>) {
        let told = self.told.schedule.as_ref().map(|told| &told.file.conference);
        conference(&mut self.file.conference, &self.said.file.conference, told);
        // Before anything moves: who and what is in the schedule that would be written.
        let could = Could::of(&self.told, &self.shown);
        let gone = self.panels();
        let mut numbers = 0_usize..;
        self.file.panels.retain(|_| numbers.next().is_none_or(|n| !gone.contains(&n)));
        self.drop(&could);
        (self.file, self.places)
    }

    /// Who and what was in the schedule and no longer is goes, unless it is named all the same.
    fn drop(&mut self, could: &Could) {
        let (mut people, mut rooms, mut tracks) = (HashSet::new(), HashSet::new(), HashSet::new());
        for panel in &self.file.panels {
            tracks.extend(panel.track.clone());
            people.extend(panel.roles.iter().map(|role| role.person.clone()));
            people.extend(panel.papers.iter().flat_map(|paper| &paper.authors).map(|author| author.person.clone()));
            for session in &panel.sessions {
                people.extend(session.roles.iter().map(|role| role.person.clone()));
                rooms.extend(session.rooms.iter().map(|room| room.room.clone()));
            }
        }
        people.extend(self.people.values().cloned());
        rooms.extend(self.rooms.values().cloned());
        tracks.extend(self.tracks.values().cloned());
        let file = &mut self.file;
        file.people.retain(|it| people.contains(&it.key) || !could.people.contains(&it.key));
        file.rooms.retain(|it| rooms.contains(&it.key) || !could.rooms.contains(&it.key));
        file.tracks.retain(|it| tracks.contains(&it.code) || !could.tracks.contains(&it.code));
    }
}

/// The keys of what a schedule of the program found names at its events.
#[derive(Default)]
struct Could {
    people: HashSet<String>,
    rooms: HashSet<String>,
    tracks: HashSet<String>,
}

impl Could {
    fn of(told: &Told, shown: &HashSet<String>) -> Self {
        let mut could = Self::default();
        for (panel, _) in shown.iter().filter_map(|session| told.event(session)) {
            could.people.extend(panel.roles.iter().filter_map(|role| told.people.get(&role.person)).cloned());
            let uses = panel.sessions.iter().flat_map(|session| &session.rooms);
            could.rooms.extend(uses.filter_map(|room| told.rooms.get(&room.room)).cloned());
            could.tracks.extend(panel.track.as_ref().and_then(|code| told.tracks.get(code)).cloned());
        }
        could
    }
}

/// The schedule that would be written of a program, with its cancelled sessions and those that are to be announced, as
/// it would be read; `None` if the program is too large for one.
fn told(found: &Program, form: Form) -> Option<Schedule> {
    let mut out = Vec::new();
    let plan = Plan::of(found, &Base { public: "" }, Which::All);
    match form {
        Form::Xml => xml::write(&plan, &mut out),
        Form::Json => json::write(&plan, &mut out),
    }
    let own = found.conference();
    let terms = Terms { slug: Some(own.slug.clone()), time_zone: Some(own.time_zone.clone()), else_zone: None };
    again(std::str::from_utf8(&out).ok()?, form, &terms)
}

fn conference(into: &mut Conference, said: &Conference, told: Option<&Conference>) {
    into.time_zone.clone_from(&said.time_zone);
    if told.is_none_or(|told| told.name != said.name) {
        into.name.clone_from(&said.name);
    }
    if told.is_none_or(|told| (told.starts_on, told.ends_on) != (said.starts_on, said.ends_on)) {
        (into.starts_on, into.ends_on) = (said.starts_on, said.ends_on);
    }
    if said.url.is_some() && told.is_none_or(|told| told.url != said.url) {
        into.url.clone_from(&said.url);
    }
}
