//! Writing a table, straight from a program's rows and its index.

use std::borrow::Cow;

use uuid::Uuid;

use super::cell::push_text;
use super::list::List;
use super::{TableKind, is_private};
use crate::format::Scope;
use crate::format::digits::{Digits, hour_minute, number};
use crate::format::escape::start;
use crate::format::from_program::{panels, people, room, sessions};
use crate::format::private::key;
use crate::format::write::{push_date, push_time};
use crate::program::Program;
use crate::program::index::Ix;

/// Writes a table to the end of `out`: the same program always gives the same bytes.
pub fn write(program: &Program, kind: TableKind, scope: Scope, out: &mut Vec<u8>) {
    // Excel takes a file without a mark for one in the encoding of the machine's country.
    out.extend_from_slice("\u{FEFF}".as_bytes());
    for (n, name) in kind.written(scope).enumerate() {
        out.extend_from_slice(if n == 0 { b"" } else { b"," });
        out.extend_from_slice(name.as_bytes());
    }
    let mut table = Table { program, scope, out, begun: true, list: List::default() };
    table.end();
    match kind {
        TableKind::Panels => panels(program).into_iter().for_each(|ix| table.panel(ix)),
        TableKind::People => people(program).into_iter().for_each(|ix| table.person(ix)),
        TableKind::Papers => {
            for panel in panels(program) {
                let papers = &program.index.panels[panel as usize].papers;
                papers.iter().zip(1..).for_each(|(ix, order)| table.paper(panel, *ix, order));
            }
        }
        TableKind::Sessions => {
            for panel in panels(program) {
                sessions(program, panel).into_iter().for_each(|ix| table.session(panel, ix));
            }
        }
        TableKind::Roles => {
            for panel in panels(program) {
                table.roles(Some(panel), None, &program.index.panels[panel as usize].participations);
                for session in sessions(program, panel) {
                    table.roles(None, Some(session), &program.index.sessions[session as usize].participations);
                }
            }
        }
    }
}

/// What the room that this is a use of is known by.
fn room_key(program: &Program, scope: Scope, session_room: Ix) -> Cow<'_, str> {
    let row = room(program, session_room);
    key(scope, &row.key, row.id)
}

struct Table<'a> {
    program: &'a Program,
    scope: Scope,
    out: &'a mut Vec<u8>,
    /// Whether nothing is in the row yet.
    begun: bool,
    list: List,
}

impl Table<'_> {
    fn next(&mut self) {
        if !self.begun {
            self.out.push(b',');
        }
        self.begun = false;
    }

    /// Ends a row.
    fn end(&mut self) {
        self.out.extend_from_slice(b"\r\n");
        self.begun = true;
    }

    fn text(&mut self, text: &str) {
        self.next();
        push_text(self.out, text);
    }

    fn key(&mut self, own: &str, id: Uuid) {
        let shown = key(self.scope, own, id);
        self.text(&shown);
    }

    fn panel_key(&mut self, ix: Ix) {
        let row = &self.program.rows.panels[ix as usize];
        self.key(&row.key, row.id);
    }

    fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.next(),
        }
    }

    fn number(&mut self, number: i32) {
        self.next();
        crate::format::digits::push(self.out, number);
    }

    fn time(&mut self, time: Option<chrono::NaiveTime>) {
        self.next();
        if let Some(time) = time {
            push_time(self.out, time);
        }
    }

    /// The list that was collected.
    fn list(&mut self) {
        self.next();
        if !self.list.text().is_empty() {
            push_text(self.out, self.list.text());
        }
        self.list.clear();
    }

    fn panel(&mut self, ix: Ix) {
        let (row, index) = (&self.program.rows.panels[ix as usize], &self.program.index.panels[ix as usize]);
        let track = index.track.map(|track| self.program.rows.tracks[track as usize].code.as_str());
        self.key(&row.key, row.id);
        self.text(&row.code);
        self.text(&row.title);
        self.text(row.kind.as_str());
        self.maybe(track);
        self.maybe(row.language.as_deref());
        self.maybe(row.short_abstract.as_deref());
        self.maybe(row.r#abstract.as_deref());
        self.text(row.status.as_str());
        self.maybe(row.url.as_deref());
        self.end();
    }

    fn person(&mut self, ix: Ix) {
        let row = self.program.person(ix);
        self.key(&row.key, row.id);
        self.text(&row.name);
        self.maybe(row.affiliation.as_deref());
        self.maybe(row.country.as_deref());
        self.maybe(row.orcid.as_deref());
        self.private("email", |table| table.maybe(row.email.as_deref()));
        self.maybe(row.url.as_deref());
        self.maybe(row.biography.as_deref());
        self.end();
    }

    /// A column that is not in every table.
    fn private(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        if self.scope == Scope::Whole || !is_private(name) {
            write(self);
        }
    }

    fn paper(&mut self, panel: Ix, ix: Ix, order: i32) {
        let program = self.program;
        let (row, index) = (&program.rows.papers[ix as usize], &program.index.papers[ix as usize]);
        self.key(&row.key, row.id);
        self.panel_key(panel);
        self.number(order);
        self.text(&row.title);
        self.maybe(row.r#abstract.as_deref());
        self.maybe(row.r#type.as_deref());
        self.maybe(row.language.as_deref());
        self.text(row.status.as_str());
        for word in &*index.keywords {
            self.list.item();
            self.list.part(Some(word));
        }
        self.list();
        self.maybe(row.url.as_deref());
        for ix in &index.authorships {
            let row = &program.rows.authorships[*ix as usize];
            self.list.item();
            let person = program.person(program.index.authorships[*ix as usize].person);
            self.list.part(Some(&key(self.scope, &person.key, person.id)));
            self.list.part(row.presenting.then_some("presenting"));
            self.list.part(row.affiliation.as_deref());
        }
        self.list();
        self.end();
    }

    fn session(&mut self, panel: Ix, ix: Ix) {
        let program = self.program;
        let (row, index) = (&program.rows.sessions[ix as usize], &program.index.sessions[ix as usize]);
        // What slots show lies anywhere in memory: here it is waited for together, not one after the other.
        let read = index.slots.iter().fold(0, |read, ix| {
            let paper = program.index.slots[*ix as usize].paper;
            let timed = program.rows.slots[*ix as usize].start_time.is_some();
            read ^ start(&program.rows.papers[paper as usize].key) ^ u8::from(timed)
        });
        std::hint::black_box(read);
        self.key(&row.key, row.id);
        self.panel_key(panel);
        self.number(row.number);
        self.maybe(row.title.as_deref());
        self.next();
        if let Some(date) = row.date {
            push_date(self.out, date);
        }
        self.time(row.start_time);
        self.time(row.end_time);
        self.number(row.fold.into());
        self.text(row.status.as_str());
        for ix in &index.session_rooms {
            self.list.item();
            self.list.part(Some(&room_key(program, self.scope, *ix)));
        }
        self.list();
        self.private("links", |table| {
            for ix in &index.session_rooms {
                if let Some(link) = program.rows.session_rooms[*ix as usize].link.as_deref() {
                    table.list.item();
                    table.list.part(Some(&room_key(program, table.scope, *ix)));
                    table.list.part(Some(link));
                }
            }
            table.list();
        });
        for ix in &index.slots {
            self.slot(*ix);
        }
        self.list();
        self.end();
    }

    fn slot(&mut self, ix: Ix) {
        let (row, index) = (&self.program.rows.slots[ix as usize], &self.program.index.slots[ix as usize]);
        let start = row.start_time.map(hour_minute);
        let minutes = row.minutes.map(|minutes| number(minutes.unsigned_abs()));
        self.list.item();
        let paper = &self.program.rows.papers[index.paper as usize];
        self.list.part(Some(&key(self.scope, &paper.key, paper.id)));
        self.list.part(start.as_ref().map(Digits::as_str));
        self.list.part(minutes.as_ref().map(Digits::as_str));
        let room = index.session_room.map(|ix| room_key(self.program, self.scope, ix));
        self.list.part(room.as_deref());
    }

    fn roles(&mut self, panel: Option<Ix>, session: Option<Ix>, list: &[Ix]) {
        let program = self.program;
        for (ix, order) in list.iter().zip(1..) {
            let row = &program.rows.participations[*ix as usize];
            match panel {
                Some(panel) => self.panel_key(panel),
                None => self.next(),
            }
            match session.map(|ix| &program.rows.sessions[ix as usize]) {
                Some(session) => self.key(&session.key, session.id),
                None => self.next(),
            }
            let person = program.person(program.index.participations[*ix as usize].person);
            self.key(&person.key, person.id);
            self.text(row.role.as_str());
            self.number(order);
            self.maybe(row.affiliation.as_deref());
            self.end();
        }
    }
}
