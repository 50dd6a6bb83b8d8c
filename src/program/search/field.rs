//! What is searched: the texts of a document, in the order to show, each with how much a match in it is worth.

use std::collections::HashSet;

use super::super::index::{Index, Ix, List};
use super::super::row::Rows;
use super::Kind;

/// A program's rows and what is derived from them: what an index is made of and read with. One revision's only.
#[derive(Clone, Copy, Debug)]
pub struct Corpus<'a> {
    /// The rows.
    pub rows: &'a Rows,
    /// What is derived.
    pub index: &'a Index,
}

/// Which of a document's texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A panel's printed code.
    Code,
    /// A panel's, paper's or session's own title.
    Title,
    /// A person's name.
    Name,
    /// The code and name of a panel's track.
    Track,
    /// One of a paper's keywords.
    Keyword,
    /// Where a person is from; of a paper or panel its people's.
    Affiliation,
    /// The name of an author of a paper, or of somebody with a role in a panel or session.
    Person,
    /// The code or title of the panel that a paper or session belongs to.
    Panel,
    /// A panel's short abstract. Markdown.
    ShortAbstract,
    /// An abstract. Markdown.
    Abstract,
    /// A person's biography. Markdown.
    Biography,
}

/// What a match is worth: fields that weigh the same are searched as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Code,
    Title,
    Facet,
    Related,
    Body,
}

impl Class {
    /// Every class, the weightiest first.
    pub const ALL: [Self; 5] = [Self::Code, Self::Title, Self::Facet, Self::Related, Self::Body];

    /// Its name in the index.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Title => "title",
            Self::Facet => "facet",
            Self::Related => "related",
            Self::Body => "body",
        }
    }
}

impl<'a> Corpus<'a> {
    /// Calls `each` with all texts of a document. Private ones, e-mail addresses and links, are not among them.
    pub(super) fn texts(self, kind: Kind, ix: Ix, mut each: impl FnMut(Field, Class, &'a str)) {
        match kind {
            Kind::Panel => self.panel(ix, &mut each),
            Kind::Paper => self.paper(ix, &mut each),
            Kind::Person => self.person(ix, &mut each),
            Kind::Session => self.session(ix, &mut each),
        }
    }

    fn panel(self, ix: Ix, each: &mut impl FnMut(Field, Class, &'a str)) {
        let (row, index) = (&self.rows.panels[ix as usize], &self.index.panels[ix as usize]);
        each(Field::Code, Class::Code, &row.code);
        each(Field::Title, Class::Title, &row.title);
        if let Some(track) = index.track {
            let track = &self.rows.tracks[track as usize];
            each(Field::Track, Class::Facet, &track.name);
            each(Field::Track, Class::Facet, &track.code);
        }
        self.parts(&index.participations, each);
        optional(&row.short_abstract, |text| each(Field::ShortAbstract, Class::Body, text));
        optional(&row.r#abstract, |text| each(Field::Abstract, Class::Body, text));
    }

    fn paper(self, ix: Ix, each: &mut impl FnMut(Field, Class, &'a str)) {
        let (row, index) = (&self.rows.papers[ix as usize], &self.index.papers[ix as usize]);
        each(Field::Title, Class::Title, &row.title);
        for keyword in index.keywords.iter() {
            each(Field::Keyword, Class::Facet, keyword);
        }
        let mut once = HashSet::new();
        for authorship in &index.authorships {
            let author = &self.rows.people[self.index.authorships[*authorship as usize].person as usize];
            let printed = &self.rows.authorships[*authorship as usize].affiliation;
            each(Field::Person, Class::Related, &author.name);
            for text in [printed, &author.affiliation].into_iter().flatten() {
                if once.insert(text.as_str()) {
                    each(Field::Affiliation, Class::Related, text);
                }
            }
        }
        each(Field::Panel, Class::Related, &self.rows.panels[index.panel as usize].code);
        optional(&row.r#abstract, |text| each(Field::Abstract, Class::Body, text));
    }

    fn person(self, ix: Ix, each: &mut impl FnMut(Field, Class, &'a str)) {
        let (row, index) = (&self.rows.people[ix as usize], &self.index.people[ix as usize]);
        each(Field::Name, Class::Title, &row.name);
        let papers = index.authorships.iter().map(|it| &self.rows.authorships[*it as usize].affiliation);
        let roles = index.participations.iter().map(|it| &self.rows.participations[*it as usize].affiliation);
        let mut once = HashSet::new();
        for text in std::iter::once(&row.affiliation).chain(papers).chain(roles).flatten() {
            if once.insert(text.as_str()) {
                each(Field::Affiliation, Class::Facet, text);
            }
        }
        optional(&row.biography, |text| each(Field::Biography, Class::Body, text));
    }

    fn session(self, ix: Ix, each: &mut impl FnMut(Field, Class, &'a str)) {
        let (row, index) = (&self.rows.sessions[ix as usize], &self.index.sessions[ix as usize]);
        optional(&row.title, |text| each(Field::Title, Class::Title, text));
        let panel = &self.rows.panels[index.panel as usize];
        each(Field::Panel, Class::Related, &panel.code);
        each(Field::Panel, Class::Related, &panel.title);
        self.parts(&index.participations, each);
    }

    /// Those who have a role, each once.
    fn parts(self, participations: &List, each: &mut impl FnMut(Field, Class, &'a str)) {
        let (mut people, mut once) = (HashSet::new(), HashSet::new());
        for participation in participations {
            let place = self.index.participations[*participation as usize].person;
            let person = &self.rows.people[place as usize];
            if people.insert(place) {
                each(Field::Person, Class::Related, &person.name);
            }
            let printed = &self.rows.participations[*participation as usize].affiliation;
            for text in [printed, &person.affiliation].into_iter().flatten() {
                if once.insert(text.as_str()) {
                    each(Field::Affiliation, Class::Related, text);
                }
            }
        }
    }
}

fn optional<'a>(text: &'a Option<String>, each: impl FnOnce(&'a str)) {
    if let Some(text) = text.as_deref() {
        each(text);
    }
}
