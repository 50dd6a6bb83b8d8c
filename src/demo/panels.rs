//! The demo's panels, as tables.

mod culture;
mod environments;
mod infrastructures;
mod languages;
mod methods;
mod work;

/// A panel. `roles` is `role: people; …`; an affiliation printed otherwise follows a person in brackets. `papers` are
/// title and authors, the first of whom presents. `sessions` are `day|start-end|rooms|papers by number|title|cancelled`,
/// of which the last may be left out and `-` is to be announced.
pub(super) struct Row {
    pub(super) code: &'static str,
    pub(super) track: &'static str,
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) roles: &'static str,
    pub(super) papers: &'static [(&'static str, &'static str)],
    pub(super) sessions: &'static [&'static str],
}

/// All panels, in the program's order.
pub(super) fn panels() -> impl Iterator<Item = &'static Row> {
    let tracks = [
        culture::PANELS,
        infrastructures::PANELS,
        languages::PANELS,
        environments::PANELS,
        work::PANELS,
        methods::PANELS,
    ];
    OPENING.iter().chain(tracks.into_iter().flatten()).chain(CLOSING)
}

const OPENING: &[Row] = &[Row {
    code: "OPEN1",
    track: "",
    kind: "PLENARY",
    title: "Opening: Listening to the steppe",
    about: "Welcome to Almaty, a word from the hosts, and the first keynote.",
    roles: "speaker: aigerim, bat; moderator: ruth",
    papers: &[],
    sessions: &["1|09:00-10:15|aula online|"],
}];

const CLOSING: &[Row] = &[
    Row {
        code: "SOC1",
        track: "",
        kind: "OTHER",
        title: "Conference dinner",
        about: "In the apple orchard, weather permitting.",
        roles: "",
        papers: &[],
        sessions: &["3|19:30-22:30|garden|"],
    },
    Row {
        code: "CLOSE1",
        track: "",
        kind: "PLENARY",
        title: "Closing: What we carry home",
        about: "Looking back, looking forward, and the prize for the best poster.",
        roles: "chair: aigerim; speaker: ruth, meiling",
        papers: &[],
        sessions: &["4|14:00-15:30|aula online|"],
    },
];

/// Titles of papers that are withdrawn.
pub(super) const WITHDRAWN: &[&str] = &["Candles in the control room", "Remittances of attention"];
