//! The objects of the program file, from a program's rows and its index: nothing is copied on the way.

use std::borrow::Cow;

use entity::enums::{PanelKind, PanelStatus, PaperStatus, SessionStatus};
use uuid::Uuid;

use super::json::Json;
use crate::format::{Scope, from_program, private};
use crate::program::Program;
use crate::program::index::Ix;

/// A program whose objects are written for somebody.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) program: &'a Program,
    pub(super) scope: Scope,
}

impl<'a> Rows<'a> {
    /// What a row is known by.
    fn key(self, key: &'a str, id: Uuid) -> Cow<'a, str> {
        private::key(self.scope, key, id)
    }

    fn person_key(self, ix: Ix) -> Cow<'a, str> {
        let row = self.program.person(ix);
        self.key(&row.key, row.id)
    }

    fn room_key(self, session_room: Ix) -> Cow<'a, str> {
        let row = from_program::room(self.program, session_room);
        self.key(&row.key, row.id)
    }

    pub(super) fn person(self, json: &mut Json, ix: Ix) {
        let row = self.program.person(ix);
        json.object(|json| {
            json.text("key", &self.key(&row.key, row.id));
            json.text("name", &row.name);
            json.maybe("affiliation", row.affiliation.as_deref());
            json.maybe("country", row.country.as_deref());
            json.maybe("orcid", row.orcid.as_deref());
            json.maybe("email", self.scope.private(row.email.as_deref()));
            json.maybe("url", row.url.as_deref());
            json.maybe("biography", row.biography.as_deref());
        });
    }

    pub(super) fn panel(self, json: &mut Json, ix: Ix) {
        let (row, index) = (&self.program.rows.panels[ix as usize], &self.program.index.panels[ix as usize]);
        let track = index.track.map(|track| self.program.rows.tracks[track as usize].code.as_str());
        json.object(|json| {
            json.member("key", &self.key(&row.key, row.id), &row.code);
            json.text("code", &row.code);
            json.text("title", &row.title);
            json.member("kind", row.kind.as_str(), PanelKind::Panel.as_str());
            json.maybe("track", track);
            json.maybe("language", row.language.as_deref());
            json.maybe("shortAbstract", row.short_abstract.as_deref());
            json.maybe("abstract", row.r#abstract.as_deref());
            json.member("status", row.status.as_str(), PanelStatus::Scheduled.as_str());
            json.maybe("url", row.url.as_deref());
            self.roles(json, &index.participations);
            json.list("papers", &*index.papers, |json, ix| self.paper(json, *ix));
            json.list("sessions", from_program::sessions(self.program, ix), |json, ix| self.session(json, ix));
        });
    }

    fn roles(self, json: &mut Json, list: &[Ix]) {
        json.list("roles", list, |json, ix| {
            let row = &self.program.rows.participations[*ix as usize];
            let person = self.program.index.participations[*ix as usize].person;
            json.object(|json| {
                json.text("person", &self.person_key(person));
                json.text("role", row.role.as_str());
                json.maybe("affiliation", row.affiliation.as_deref());
            });
        });
    }

    fn paper(self, json: &mut Json, ix: Ix) {
        let (row, index) = (&self.program.rows.papers[ix as usize], &self.program.index.papers[ix as usize]);
        json.object(|json| {
            json.text("key", &self.key(&row.key, row.id));
            json.text("title", &row.title);
            json.maybe("abstract", row.r#abstract.as_deref());
            json.maybe("type", row.r#type.as_deref());
            json.maybe("language", row.language.as_deref());
            json.member("status", row.status.as_str(), PaperStatus::Accepted.as_str());
            json.list("keywords", &*index.keywords, |json, word| json.string(word));
            json.maybe("url", row.url.as_deref());
            json.list("authors", &*index.authorships, |json, ix| {
                let row = &self.program.rows.authorships[*ix as usize];
                let person = self.program.index.authorships[*ix as usize].person;
                json.object(|json| {
                    json.text("person", &self.person_key(person));
                    json.maybe("affiliation", row.affiliation.as_deref());
                    json.flag("presenting", row.presenting);
                });
            });
        });
    }

    fn session(self, json: &mut Json, ix: Ix) {
        let (rows, index) = (&self.program.rows, &self.program.index.sessions[ix as usize]);
        let row = &rows.sessions[ix as usize];
        json.object(|json| {
            json.text("key", &self.key(&row.key, row.id));
            json.number("number", Some(row.number));
            json.maybe("title", row.title.as_deref());
            json.date("date", row.date);
            json.time("start", row.start_time);
            json.number("fold", (row.fold != 0).then_some(row.fold.into()));
            json.time("end", row.end_time);
            json.member("status", row.status.as_str(), SessionStatus::Scheduled.as_str());
            self.roles(json, &index.participations);
            json.list("rooms", &*index.session_rooms, |json, ix| {
                let link = rows.session_rooms[*ix as usize].link.as_deref();
                json.object(|json| {
                    json.text("room", &self.room_key(*ix));
                    json.maybe("link", self.scope.private(link));
                });
            });
            json.list("slots", &*index.slots, |json, ix| {
                let (row, slot) = (&rows.slots[*ix as usize], &self.program.index.slots[*ix as usize]);
                let (paper, room) = (&rows.papers[slot.paper as usize], slot.session_room.map(|ix| self.room_key(ix)));
                json.object(|json| {
                    json.text("paper", &self.key(&paper.key, paper.id));
                    json.time("start", row.start_time);
                    json.number("minutes", row.minutes);
                    json.maybe("room", room.as_deref());
                });
            });
        });
    }
}
