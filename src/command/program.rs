//! Commands as data: what is done to a program, with its input. One is planned and committed at once, or kept in a
//! draft, planned again for each preview, and committed together with the others when that is released.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use uuid::Uuid;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, Planning, edit};
use super::panel::PanelFields;
use super::paper::PaperFields;
use super::person::{PersonFields, Split};
use super::role::{Author, RoleOf, Roles};
use super::room::{RoomFields, Swap};
use super::session::SessionFields;
use super::slot::Entry;
use super::track::TrackFields;
use super::write::WriteError;
use super::{Fault, FaultCode, conference, panel, paper, person, role, room, session, slot, track};
use crate::program::Program;
use crate::program::row::{RowChange, Stored, Table};
use crate::program::working::Working;

/// The most rows of one table: what a program file may have.
const MOST: usize = 50_000;

/// What is done to a program. Ids of what it creates are in it, so that later commands can name them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Command {
    /// Changes the conference's own fields.
    UpdateConference(conference::ConferenceFields),
    /// A new track.
    CreateTrack(Uuid, TrackFields),
    /// Changes a track.
    UpdateTrack(Uuid, TrackFields),
    /// Deletes a track that has no panels.
    DeleteTrack(Uuid),
    /// A new room.
    CreateRoom(Uuid, RoomFields),
    /// Changes a room.
    UpdateRoom(Uuid, RoomFields),
    /// Deletes a room that no session is in.
    DeleteRoom(Uuid),
    /// Puts the sessions of one room into another and the other way about.
    SwapRooms(Swap),
    /// A new person.
    CreatePerson(Uuid, PersonFields),
    /// Changes a person.
    UpdatePerson(Uuid, PersonFields),
    /// Deletes a person who has no part in anything.
    DeletePerson(Uuid),
    /// Makes two persons of one.
    SplitPerson(Split),
    /// Makes one person of several: of this one and these others.
    MergePersons(Uuid, Vec<Uuid>),
    /// A new panel.
    CreatePanel(Uuid, PanelFields),
    /// Changes a panel.
    UpdatePanel(Uuid, PanelFields),
    /// Deletes a panel that has neither papers nor sessions.
    DeletePanel(Uuid),
    /// Cancels a panel, or takes that back.
    SetPanelStatus(Uuid, entity::enums::PanelStatus),
    /// A new session of a panel.
    CreateSession(Uuid, Uuid, SessionFields),
    /// Changes a session.
    UpdateSession(Uuid, SessionFields),
    /// Deletes a session, with its roles, uses of rooms and slots.
    DeleteSession(Uuid),
    /// A new paper of a panel.
    CreatePaper(Uuid, Uuid, PaperFields),
    /// Changes a paper.
    UpdatePaper(Uuid, PaperFields),
    /// Deletes a paper, with its authors and slots.
    DeletePaper(Uuid),
    /// Moves a paper: within its panel, to another, to another session.
    MovePaper(paper::Move),
    /// Who has which part in a panel or a session, in printed order.
    SetParticipations(RoleOf, Roles),
    /// Who wrote a paper, in printed order.
    SetAuthorships(Uuid, Vec<Author>),
    /// Which papers are given in a session, in running order.
    SetSlots(Uuid, Vec<Entry>),
}

impl Command {
    /// What it comes to, on this program.
    ///
    /// # Errors
    /// All that is wrong with its input.
    pub fn plan(&self, program: &Working<'_>, planning: &Planning) -> Result<Plan, Vec<Fault>> {
        match self {
            Self::UpdateConference(fields) => conference::update(program, planning, fields),
            Self::CreateTrack(id, fields) => track::create(program, planning, *id, fields),
            Self::UpdateTrack(id, fields) => track::update_track(program, planning, *id, fields),
            Self::DeleteTrack(id) => track::delete(program, planning, *id),
            Self::CreateRoom(id, fields) => room::create(program, planning, *id, fields),
            Self::UpdateRoom(id, fields) => room::update_room(program, planning, *id, fields),
            Self::DeleteRoom(id) => room::delete(program, planning, *id),
            Self::SwapRooms(swap) => room::swap(program, planning, swap),
            Self::CreatePerson(id, fields) => person::create(program, planning, *id, fields),
            Self::UpdatePerson(id, fields) => person::update_person(program, planning, *id, fields),
            Self::DeletePerson(id) => person::delete(program, planning, *id),
            Self::SplitPerson(split) => person::split(program, planning, split),
            Self::MergePersons(id, others) => person::merge(program, planning, *id, others),
            Self::CreatePanel(id, fields) => panel::create(program, planning, *id, fields),
            Self::UpdatePanel(id, fields) => panel::update_panel(program, planning, *id, fields),
            Self::DeletePanel(id) => panel::delete(program, planning, *id),
            Self::SetPanelStatus(id, status) => panel::set_status(program, planning, *id, *status),
            Self::CreateSession(id, panel, fields) => session::create(program, planning, *id, *panel, fields),
            Self::UpdateSession(id, fields) => session::update_session(program, planning, *id, fields),
            Self::DeleteSession(id) => session::delete(program, planning, *id),
            Self::CreatePaper(id, panel, fields) => paper::create(program, planning, *id, *panel, fields),
            Self::UpdatePaper(id, fields) => paper::update_paper(program, planning, *id, fields),
            Self::DeletePaper(id) => paper::delete(program, planning, *id),
            Self::MovePaper(to) => paper::move_paper(program, planning, to),
            Self::SetParticipations(of, roles) => role::set_participations(program, planning, *of, roles),
            Self::SetAuthorships(paper, authors) => role::set_authorships(program, planning, *paper, authors),
            Self::SetSlots(session, slots) => slot::set_slots(program, planning, *session, slots),
        }
    }
}

impl Command {
    /// Whether it may wait in a draft. Rooms, who is in which, and cancellations are always done at once, as is what
    /// concerns the conference itself.
    #[must_use]
    pub const fn is_draftable(&self) -> bool {
        match self {
            Self::UpdateConference(_)
            | Self::CreateRoom(..)
            | Self::UpdateRoom(..)
            | Self::DeleteRoom(_)
            | Self::SwapRooms(_)
            | Self::SetPanelStatus(..) => false,
            Self::CreateTrack(..)
            | Self::UpdateTrack(..)
            | Self::DeleteTrack(_)
            | Self::CreatePerson(..)
            | Self::UpdatePerson(..)
            | Self::DeletePerson(_)
            | Self::SplitPerson(_)
            | Self::MergePersons(..)
            | Self::CreatePanel(..)
            | Self::UpdatePanel(..)
            | Self::DeletePanel(_)
            | Self::CreateSession(..)
            | Self::UpdateSession(..)
            | Self::DeleteSession(_)
            | Self::CreatePaper(..)
            | Self::UpdatePaper(..)
            | Self::DeletePaper(_)
            | Self::MovePaper(_)
            | Self::SetParticipations(..)
            | Self::SetAuthorships(..)
            | Self::SetSlots(..) => true,
        }
    }

    /// The mutation that it is.
    #[must_use]
    pub const fn mutation(&self) -> &'static str {
        match self {
            Self::UpdateConference(_) => "updateConference",
            Self::CreateTrack(..) => "createTrack",
            Self::UpdateTrack(..) => "updateTrack",
            Self::DeleteTrack(_) => "deleteTrack",
            Self::CreateRoom(..) => "createRoom",
            Self::UpdateRoom(..) => "updateRoom",
            Self::DeleteRoom(_) => "deleteRoom",
            Self::SwapRooms(_) => "swapRooms",
            Self::CreatePerson(..) => "createPerson",
            Self::UpdatePerson(..) => "updatePerson",
            Self::DeletePerson(_) => "deletePerson",
            Self::SplitPerson(_) => "splitPerson",
            Self::MergePersons(..) => "mergePersons",
            Self::CreatePanel(..) => "createPanel",
            Self::UpdatePanel(..) => "updatePanel",
            Self::DeletePanel(_) => "deletePanel",
            Self::SetPanelStatus(_, entity::enums::PanelStatus::Cancelled) => "cancelPanel",
            Self::SetPanelStatus(_, entity::enums::PanelStatus::Scheduled) => "restorePanel",
            Self::CreateSession(..) => "createSession",
            Self::UpdateSession(..) => "updateSession",
            Self::DeleteSession(_) => "deleteSession",
            Self::CreatePaper(..) => "createPaper",
            Self::UpdatePaper(..) => "updatePaper",
            Self::DeletePaper(_) => "deletePaper",
            Self::MovePaper(_) => "movePaper",
            Self::SetParticipations(RoleOf::Panel(_), _) => "setPanelParticipations",
            Self::SetParticipations(RoleOf::Session(_), _) => "setSessionParticipations",
            Self::SetAuthorships(..) => "setAuthorships",
            Self::SetSlots(..) => "setSlots",
        }
    }
}

/// Does it now.
///
/// # Errors
/// All that is wrong with its input; or the database's fault.
pub async fn run(desk: &Arc<Desk>, own: Edit, command: Command) -> Result<Edited, WriteError> {
    edit(desk, own, move |program, planning| command.plan(&Working::of(program), &planning)).await
}

/// A row that the input names, unless somebody has changed it meanwhile.
pub(super) fn found<'w, T: Stored>(
    program: &'w Working<'_>,
    planning: &Planning,
    field: &str,
    id: Uuid,
) -> Result<&'w T, Fault> {
    let row =
        program.get::<T>(id).ok_or_else(|| Fault::not_found(field, format!("There is no such {}.", noun(T::TABLE))));
    let row = row?;
    if let Some(revision) = program.base().effective(T::TABLE, id) {
        planning.unchanged(revision)?;
    }
    Ok(row)
}

/// What a row of a table is called.
pub(super) const fn noun(table: Table) -> &'static str {
    match table {
        Table::Conference => "conference",
        Table::Track => "track",
        Table::Room => "room",
        Table::Person => "person",
        Table::PersonMerge => "merged person",
        Table::Panel => "panel",
        Table::Paper => "paper",
        Table::Session => "session",
        Table::SessionRoom => "use of a room",
        Table::Slot => "slot",
        Table::Participation => "role",
        Table::Authorship => "author",
        Table::Announcement => "announcement",
        Table::Release => "release",
    }
}

/// Refuses one more of a table that is full.
pub(super) fn room_for<T: Stored>(program: &Working<'_>) -> Result<(), Fault> {
    if program.base().rows.count(T::TABLE) < MOST && program.all::<T>().nth(MOST - 1).is_none() {
        return Ok(());
    }
    let message = format!("The program has {MOST} of these; that is the limit.");
    Err(Fault::new(FaultCode::Invalid, &[], message))
}

/// The other row of this table that has the same, if there is one.
pub(super) fn other_with<'w, T: Stored>(
    program: &'w Working<'_>,
    own: Uuid,
    same: impl Fn(&T) -> bool,
) -> Option<&'w T> {
    program.all::<T>().find(|row| row.id() != own && same(row))
}

/// Counted, for a sentence.
pub(super) fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// That others depend on it: what, as counts and nouns; and what to do.
pub(super) fn in_use(what: &str, by: &[(usize, &str)], mend: &str) -> Result<(), Fault> {
    let by: Vec<String> = by.iter().filter(|(n, _)| *n > 0).map(|(n, noun)| counted(*n, noun)).collect();
    match by.split_last() {
        None => Ok(()),
        Some((last, [])) => Err(Fault::new(FaultCode::InUse, &["id"], format!("{what} has {last}; {mend}"))),
        Some((last, rest)) => {
            let by = format!("{} and {last}", rest.join(", "));
            Err(Fault::new(FaultCode::InUse, &["id"], format!("{what} has {by}; {mend}")))
        }
    }
}

/// The change from one row to the other; none, if they are the same.
pub(super) fn updates<T: Stored>(before: &T, after: T) -> Vec<RowChange> {
    if *before == after {
        return Vec::new();
    }
    vec![RowChange::Update { before: before.clone().into(), after: after.into() }]
}

/// A new row, which the mutation answers with.
pub(super) fn insert<T: Stored>(row: T) -> Plan {
    Plan { answers: row.id(), changes: vec![RowChange::Insert(row.into())] }
}

/// Deletions of rows.
pub(super) fn deletions<'a, T: Stored>(rows: impl IntoIterator<Item = &'a T>) -> Vec<RowChange> {
    rows.into_iter().map(|row| RowChange::Delete(row.clone().into())).collect()
}

impl Program {
    /// A row's effective revision: that of the last change that a client would notice in it; `None` if there is no such
    /// row.
    #[must_use]
    pub fn effective(&self, table: Table, id: Uuid) -> Option<i64> {
        let ix = self.place(table, id)? as usize;
        let (index, rows) = (&self.index, &self.rows);
        Some(match table {
            Table::Conference => rows.conference[ix].revision,
            Table::Track => index.tracks[ix].revision,
            Table::Room => index.rooms[ix].revision,
            Table::Person => index.people[ix].revision,
            Table::PersonMerge => rows.person_merges[ix].revision,
            Table::Panel => index.panels[ix].revision,
            Table::Paper => index.papers[ix].revision,
            Table::Session => index.sessions[ix].revision,
            Table::SessionRoom => index.session_rooms[ix].revision,
            Table::Slot => index.slots[ix].revision,
            Table::Participation => rows.participations[ix].revision,
            Table::Authorship => rows.authorships[ix].revision,
            Table::Announcement => rows.announcements[ix].revision,
            Table::Release => rows.releases[ix].revision,
        })
    }
}
