//! What differs between two states of a program, for everybody: no links, no addresses, and names in place of ids.

use std::collections::BTreeSet;

use entity::enums::Role;
use entity::{authorship, conference, panel, paper, participation, person, room, session, session_room, slot, track};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::row::{RowChange, Table};
use super::working::Working;

/// The most characters of a value that is told; of longer ones only that they differ.
const LONGEST: usize = 300;

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DifferenceKind {
    /// It is new.
    New,
    /// It is no longer on the program.
    Removed,
    /// It is cancelled or withdrawn, and stays on the program.
    Cancelled,
    /// It was cancelled or withdrawn and is no longer.
    Restored,
    /// It is at another time or place.
    Moved,
    /// Something else about it is other than it was.
    Changed,
}

/// What differs in one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What became of it.
    pub kind: DifferenceKind,
    /// Its table's name.
    pub entity: String,
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub label: String,
    /// What differs; nothing, if it is new or removed.
    pub fields: Vec<FieldDifference>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDifference {
    /// As the API calls it.
    pub name: String,
    /// What it was; `None`: nothing, or too long to be told.
    pub before: Option<String>,
    /// What it is; `None`: nothing, or too long to be told.
    pub after: Option<String>,
}

/// What differs between two states, as far as these rows are concerned.
#[must_use]
pub fn diff(old: &Working<'_>, new: &Working<'_>, touched: &BTreeSet<(Table, Uuid)>) -> Vec<Difference> {
    let mut nodes = BTreeSet::new();
    for (table, id) in touched {
        for state in [old, new] {
            shown_in(state, *table, *id, &mut nodes);
        }
    }
    nodes.into_iter().filter_map(|(table, id)| difference(old, new, table, id)).collect()
}

/// The rows that changes are of.
pub fn touched<'a>(changes: impl IntoIterator<Item = &'a RowChange>) -> BTreeSet<(Table, Uuid)> {
    changes.into_iter().map(|change| (change.table(), change.id())).collect()
}

/// In what a row shows: itself, or what it is a part of.
fn shown_in(state: &Working<'_>, table: Table, id: Uuid, nodes: &mut BTreeSet<(Table, Uuid)>) {
    match table {
        Table::Conference
        | Table::Track
        | Table::Room
        | Table::Person
        | Table::Panel
        | Table::Paper
        | Table::Session => {
            nodes.insert((table, id));
        }
        Table::SessionRoom | Table::Slot | Table::Participation | Table::Authorship => {
            let owners = state.row(table, id).map(|row| row.owners()).unwrap_or_default();
            // A person's page shows these too, but nothing about the person is other than it was.
            let shows = |owner: &Table| matches!(owner, Table::Panel | Table::Paper | Table::Session);
            nodes.extend(owners.into_iter().filter(|(owner, _)| shows(owner)));
        }
        Table::PersonMerge | Table::Announcement | Table::Release => {}
    }
}

fn difference(old: &Working<'_>, new: &Working<'_>, table: Table, id: Uuid) -> Option<Difference> {
    let (before, after) = (view(old, table, id), view(new, table, id));
    let (kind, of, fields) = match (&before, &after) {
        (None, None) => return None,
        (None, Some(after)) => (DifferenceKind::New, after, Vec::new()),
        (Some(before), None) => (DifferenceKind::Removed, before, Vec::new()),
        (Some(before), Some(after)) => {
            let told = |value: &Option<String>| value.clone().filter(|text| text.chars().count() <= LONGEST);
            let fields: Vec<FieldDifference> = before
                .fields
                .iter()
                .zip(&after.fields)
                .filter(|((_, was), (_, is))| was != is)
                .map(|((name, was), (_, is))| FieldDifference {
                    name: (*name).to_owned(),
                    before: told(was),
                    after: told(is),
                })
                .collect();
            if fields.is_empty() {
                return None;
            }
            let other = |names: &[&str]| fields.iter().any(|field| names.contains(&field.name.as_str()));
            let kind = match (other(&["status"]), after.gone) {
                (true, true) => DifferenceKind::Cancelled,
                (true, false) => DifferenceKind::Restored,
                (false, _) if other(&["date", "startTime", "endTime", "rooms", "panel", "sessions"]) => {
                    DifferenceKind::Moved
                }
                (false, _) => DifferenceKind::Changed,
            };
            (kind, after, fields)
        }
    };
    let label = of.label.chars().take(LONGEST).collect();
    Some(Difference { kind, entity: table.name().to_owned(), id, label, fields })
}

/// What everybody sees of something.
struct View {
    label: String,
    /// Whether it is cancelled or withdrawn.
    gone: bool,
    fields: Vec<(&'static str, Option<String>)>,
}

fn view(state: &Working<'_>, table: Table, id: Uuid) -> Option<View> {
    let some = |text: &str| Some(text.to_owned());
    let plain = |label: String, fields| View { label, gone: false, fields };
    Some(match table {
        Table::Conference => {
            let row = state.get::<conference::Model>(id)?;
            plain(
                row.name.clone(),
                vec![
                    ("name", some(&row.name)),
                    ("slug", some(&row.slug)),
                    ("timeZone", some(&row.time_zone)),
                    ("startsOn", Some(row.starts_on.to_string())),
                    ("endsOn", Some(row.ends_on.to_string())),
                    ("url", row.url.clone()),
                ],
            )
        }
        Table::Track => {
            let row = state.get::<track::Model>(id)?;
            plain(format!("{} {}", row.code, row.name), vec![("code", some(&row.code)), ("name", some(&row.name))])
        }
        Table::Room => {
            let row = state.get::<room::Model>(id)?;
            plain(
                row.name.clone(),
                vec![
                    ("name", some(&row.name)),
                    ("kind", some(row.kind.as_str())),
                    ("capacity", row.capacity.map(|seats| seats.to_string())),
                ],
            )
        }
        Table::Person => {
            let row = state.get::<person::Model>(id)?;
            plain(
                row.name.clone(),
                vec![
                    ("name", some(&row.name)),
                    ("affiliation", row.affiliation.clone()),
                    ("country", row.country.clone()),
                    ("orcid", row.orcid.clone()),
                    ("url", row.url.clone()),
                    ("biography", row.biography.clone()),
                ],
            )
        }
        Table::Panel => panel_view(state, state.get::<panel::Model>(id)?),
        Table::Paper => paper_view(state, state.get::<paper::Model>(id)?),
        Table::Session => session_view(state, state.get::<session::Model>(id)?),
        Table::PersonMerge
        | Table::SessionRoom
        | Table::Slot
        | Table::Participation
        | Table::Authorship
        | Table::Announcement
        | Table::Release => return None,
    })
}

fn panel_view(state: &Working<'_>, row: &panel::Model) -> View {
    let track = row.track_id.and_then(|track| state.get::<track::Model>(track));
    View {
        label: format!("{} {}", row.code, row.title),
        gone: row.status == entity::enums::PanelStatus::Cancelled,
        fields: vec![
            ("code", Some(row.code.clone())),
            ("title", Some(row.title.clone())),
            ("kind", Some(row.kind.as_str().to_owned())),
            ("track", track.map(|track| track.code.clone())),
            ("shortAbstract", row.short_abstract.clone()),
            ("abstract", row.r#abstract.clone()),
            ("url", row.url.clone()),
            ("language", row.language.clone()),
            ("status", Some(row.status.as_str().to_owned())),
            ("participations", parts(state, Table::Panel, row.id)),
        ],
    }
}

fn paper_view(state: &Working<'_>, row: &paper::Model) -> View {
    let mut authors = state.children::<authorship::Model>(Table::Paper, row.id);
    authors.sort_by_key(|author| (author.position, author.id));
    let authors = authors.into_iter().filter_map(|author| state.get::<person::Model>(author.person_id));
    let mut sessions: Vec<String> = state
        .children::<slot::Model>(Table::Paper, row.id)
        .into_iter()
        .filter_map(|slot| Some(session_label(state, state.get::<session::Model>(slot.session_id)?)))
        .collect();
    sessions.sort();
    View {
        label: row.title.clone(),
        gone: row.status == entity::enums::PaperStatus::Withdrawn,
        fields: vec![
            ("title", Some(row.title.clone())),
            ("abstract", row.r#abstract.clone()),
            ("type", row.r#type.clone()),
            ("language", row.language.clone()),
            ("keywords", Some(row.keywords.clone()).filter(|words| words != "[]")),
            ("url", row.url.clone()),
            ("status", Some(row.status.as_str().to_owned())),
            ("panel", state.get::<panel::Model>(row.panel_id).map(|panel| panel.code.clone())),
            ("sessions", listed(sessions)),
            ("authors", listed(authors.map(|person| person.name.clone()))),
        ],
    }
}

fn session_view(state: &Working<'_>, row: &session::Model) -> View {
    let mut rooms = state.children::<session_room::Model>(Table::Session, row.id);
    rooms.sort_by_key(|room| (room.position, room.id));
    let rooms = rooms.into_iter().filter_map(|own| state.get::<room::Model>(own.room_id));
    let mut slots = state.children::<slot::Model>(Table::Session, row.id);
    slots.sort_by_key(|slot| (slot.position, slot.id));
    let papers = slots.into_iter().filter_map(|slot| {
        let title = &state.get::<paper::Model>(slot.paper_id)?.title;
        Some(slot.start_time.map_or_else(|| title.clone(), |at| format!("{} {title}", at.format("%H:%M"))))
    });
    let time = |time: Option<chrono::NaiveTime>| time.map(|time| time.format("%H:%M").to_string());
    View {
        label: session_label(state, row),
        gone: row.status == entity::enums::SessionStatus::Cancelled,
        fields: vec![
            ("number", Some(row.number.to_string())),
            ("title", row.title.clone()),
            ("date", row.date.map(|date| date.to_string())),
            ("startTime", time(row.start_time)),
            ("endTime", time(row.end_time)),
            ("status", Some(row.status.as_str().to_owned())),
            ("rooms", listed(rooms.map(|room| room.name.clone()))),
            ("slots", listed(papers)),
            ("participations", parts(state, Table::Session, row.id)),
        ],
    }
}

fn session_label(state: &Working<'_>, row: &session::Model) -> String {
    let code = state.get::<panel::Model>(row.panel_id).map_or("", |panel| panel.code.as_str());
    format!("{code}.{}", row.number)
}

fn parts(state: &Working<'_>, table: Table, id: Uuid) -> Option<String> {
    let mut parts = state.children::<participation::Model>(table, id);
    parts.sort_by_key(|part| (part.position, part.id));
    let named = parts.into_iter().filter_map(|part| {
        let role = match part.role {
            Role::Convenor => "convenor",
            Role::Chair => "chair",
            Role::Discussant => "discussant",
            Role::Moderator => "moderator",
            Role::Speaker => "speaker",
        };
        Some(format!("{} ({role})", state.get::<person::Model>(part.person_id)?.name))
    });
    listed(named)
}

fn listed(names: impl IntoIterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.into_iter().collect();
    (!names.is_empty()).then(|| names.join("; "))
}
