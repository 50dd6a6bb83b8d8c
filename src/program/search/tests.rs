mod any;
mod found;

use serde_json::{Value, json};

use super::*;
use crate::clock::{Source as _, System};
use crate::command::import::{Terms, plan};
use crate::db::{Loaded, Stamp};
use crate::format::program_file::ProgramFile;
use crate::format::read::read;
use crate::program::Program;
use crate::program::row::{Row, RowChange, Rows};

/// A program as it would be loaded after an import into an empty database.
pub(crate) fn program(file: &ProgramFile) -> Program {
    let source = System;
    let terms = Terms {
        conference: source.id(),
        revision: 1,
        now: source.now(),
        id: &|| source.id(),
        prune: false,
        draft: false,
    };
    let mut rows = Rows::default();
    for change in plan(None, file, &terms).unwrap().changes {
        let RowChange::Insert(row) = change else { panic!("not new: {change:?}") };
        match row {
            Row::Conference(row) => rows.conference.make_mut().push(row),
            Row::Track(row) => rows.tracks.make_mut().push(row),
            Row::Room(row) => rows.rooms.make_mut().push(row),
            Row::Person(row) => rows.people.make_mut().push(row),
            Row::PersonMerge(row) => rows.person_merges.make_mut().push(row),
            Row::Release(row) => rows.releases.make_mut().push(row),
            Row::Panel(row) => rows.panels.make_mut().push(row),
            Row::Paper(row) => rows.papers.make_mut().push(row),
            Row::Session(row) => rows.sessions.make_mut().push(row),
            Row::SessionRoom(row) => rows.session_rooms.make_mut().push(row),
            Row::Slot(row) => rows.slots.make_mut().push(row),
            Row::Participation(row) => rows.participations.make_mut().push(row),
            Row::Authorship(row) => rows.authorships.make_mut().push(row),
            Row::Announcement(row) => rows.announcements.make_mut().push(row),
        }
    }
    Program::build(Loaded { rows: rows.sorted(), stamp: Stamp { revision: 1, tag: 1 }, tail: Default::default() })
        .unwrap()
}

/// A program with its index.
pub(super) struct Asked {
    pub program: Program,
    pub search: Search,
}

impl Asked {
    pub fn of(file: &Value) -> Self {
        let program = program(&read(file.to_string().as_bytes()).unwrap());
        let search = Search::build(Corpus { rows: &program.rows, index: &program.index }).unwrap();
        Self { program, search }
    }

    pub fn corpus(&self) -> Corpus<'_> {
        Corpus { rows: &self.program.rows, index: &self.program.index }
    }

    pub fn page(&self, query: &str, wanted: &Wanted<'_>) -> Found {
        self.search.find(self.corpus(), &Query::parse(query).unwrap(), wanted).unwrap()
    }

    /// The names of all hits, the best first.
    pub fn names(&self, query: &str) -> Vec<String> {
        let found = self.page(query, &Wanted { first: 1_000, ..Wanted::default() });
        assert_eq!(found.total, found.hits.len());
        found.hits.iter().map(|hit| self.name(hit)).collect()
    }

    pub fn name(&self, hit: &Hit) -> String {
        let (rows, at) = (&self.program.rows, hit.ix as usize);
        match hit.kind {
            Kind::Panel => rows.panels[at].code.clone(),
            Kind::Paper => rows.papers[at].key.clone(),
            Kind::Person => rows.people[at].key.clone(),
            Kind::Session => rows.sessions[at].key.clone(),
        }
    }

    /// The snippets of the first hit, matches in brackets.
    pub fn shown(&self, query: &str) -> Vec<(Field, String)> {
        let hit = self.page(query, &Wanted { first: 1, ..Wanted::default() }).hits[0];
        snippets(self.corpus(), &Query::parse(query).unwrap(), &hit)
            .iter()
            .map(|snippet| {
                let parts = snippet
                    .parts
                    .iter()
                    .map(|part| if part.matched { format!("[{}]", part.text) } else { part.text.clone() });
                (snippet.field, parts.collect())
            })
            .collect()
    }
}

/// A small conference that has one of everything that is searched.
pub(super) fn small() -> Value {
    let long = "Much is said of rivers. ".repeat(20);
    json!({
        "version": 1,
        "conference": {
            "slug": "small", "name": "Small", "timeZone": "Asia/Almaty", "startsOn": "2027-05-18", "endsOn": "2027-05-19"
        },
        "tracks": [{"code": "HERI", "name": "Heritage and craft"}, {"code": "NET", "name": "Networks"}],
        "rooms": [{"key": "aula", "name": "Aula", "kind": "PHYSICAL"}],
        "people": [
            {"key": "maria", "name": "María García", "affiliation": "Universidad de Sevilla", "email": "secretly@example.org"},
            {"key": "john", "name": "John Garcia", "affiliation": "Nazarbayev University, Kazakhstan"},
            {"key": "olga", "name": "Ольга Сергеева", "affiliation": "Казахский национальный университет"},
            {"key": "layla", "name": "ليلى أحمد", "affiliation": "جامعة القاهرة"},
            {"key": "mei", "name": "林美玲", "affiliation": "國立臺灣大學"},
            {"key": "soren", "name": "Søren Yılmaz", "biography": "Writes about *glaciers* and lighthouses."},
            {"key": "min", "name": "김민준", "affiliation": "서울대학교"}
        ],
        "panels": [
            {
                "code": "CULT03", "title": "Felt and ornament", "track": "HERI",
                "shortAbstract": "What weavers know.",
                "abstract": format!("{long}At last a word on knowledge infrastructure and its menders. {long}"),
                "roles": [{"person": "soren", "role": "CONVENOR", "affiliation": "Lund Observatory"}],
                "papers": [
                    {
                        "key": "felt", "title": "Kazakhstan in felt", "abstract": "Felt is old. Infrastructure without knowledge of it.",
                        "keywords": ["textile", "steppe"], "authors": [{"person": "maria", "affiliation": "Museo del Prado"}]
                    },
                    {"key": "gone", "title": "Zeppelins over Zürich", "status": "WITHDRAWN", "authors": [{"person": "mei"}]}
                ],
                "sessions": [{"key": "s1", "number": 1, "title": "Hands on looms"}, {"key": "s2", "number": 2}]
            },
            {
                "code": "CULT04", "title": "Knowledge infrastructure of archives", "track": "NET", "status": "CANCELLED",
                "abstract": "Nothing on CULT03 but its code.",
                "papers": [
                    {"key": "cjk", "title": "知識基盤の歴史", "abstract": "ความรู้ของชุมชน และ 전통지식인프라"},
                    {"key": "cyr", "title": "Ұлы дала: киіз және жады", "abstract": "О знаниях и сетях. García and others."},
                    {"key": "wild", "title": "100% wild* (or not): a_b AND c++", "abstract": "تاريخ المعرفةُ في القـــاهرة"}
                ],
                "sessions": [{"key": "s3", "number": 1, "status": "CANCELLED"}]
            }
        ]
    })
}
