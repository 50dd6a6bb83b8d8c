//! That a program with changes is whole: what no plan of ours gets wrong by itself, and what changes from another time
//! (undone, released) may.

use std::collections::HashSet;

use entity::{
    announcement, authorship, panel, paper, participation, person, person_merge, room, session, session_room, slot,
    track,
};

use super::program::noun;
use super::session::{When, check};
use crate::program::row::{Row, RowChange, Stored, Table};
use crate::program::working::Working;

/// Whether a program, with these changes applied already, is whole.
///
/// # Errors
/// What is wrong, as a sentence.
pub(super) fn whole(program: &Working<'_>, changes: &[RowChange]) -> Result<(), String> {
    let mut sessions = HashSet::new();
    for change in changes {
        match change {
            RowChange::Delete(row) => depends(program, row)?,
            RowChange::Insert(row) | RowChange::Update { after: row, .. } => {
                for (table, id) in row.owners() {
                    if program.row(table, id).is_none() {
                        return Err(format!("a {} belongs to a {} that is gone.", noun(row.table()), noun(table)));
                    }
                }
                unique(program, row)?;
                match row {
                    Row::Session(row) => drop(sessions.insert(row.id)),
                    Row::Slot(row) => drop(sessions.insert(row.session_id)),
                    _ => {}
                }
            }
        }
    }
    for id in sessions {
        let Some(row) = program.get::<session::Model>(id) else { continue };
        let when = When { date: row.date, start: row.start_time, end: row.end_time, fold: row.fold };
        check(program, &program.base().zone, id, when)
            .map_err(|fault| format!("a session can't be at its time: {}", fault.message))?;
        for slot in program.children::<slot::Model>(Table::Session, id) {
            let here = slot
                .session_room_id
                .is_none_or(|room| program.get::<session_room::Model>(room).is_some_and(|room| room.session_id == id));
            let own = program.get::<paper::Model>(slot.paper_id).is_some_and(|paper| paper.panel_id == row.panel_id);
            if !here || !own {
                return Err(
                    "a paper is in a session that is not its panel's, or in a room that is not the session's.".into()
                );
            }
        }
    }
    Ok(())
}

/// That nothing that is there belongs to a row that goes.
fn depends(program: &Working<'_>, row: &Row) -> Result<(), String> {
    let (table, id) = (row.table(), row.id());
    macro_rules! none {
        ($($child:ident),*) => {{
            $(if let Some(child) = program.children::<$child::Model>(table, id).first() {
                return Err(format!("a {} has a {} that came later.", noun(table), noun(child_table(*child))));
            })*
        }};
    }
    match table {
        Table::Conference
        | Table::Slot
        | Table::Participation
        | Table::Authorship
        | Table::Announcement
        | Table::PersonMerge
        | Table::Release => {}
        Table::Track => none!(panel),
        Table::Room => none!(session_room),
        Table::Person => none!(authorship, participation, person_merge),
        Table::Panel => none!(paper, session, participation),
        Table::Paper => none!(slot, authorship),
        Table::Session => none!(session_room, slot, participation, announcement),
        Table::SessionRoom => none!(slot),
    }
    Ok(())
}

const fn child_table<T: Stored>(_: &T) -> Table {
    T::TABLE
}

/// That no other row has what only one may have.
fn unique(program: &Working<'_>, row: &Row) -> Result<(), String> {
    fn another<T: Stored>(program: &Working<'_>, own: &T, same: impl Fn(&T) -> bool, what: &str) -> Result<(), String> {
        if program.all::<T>().any(|other| other.id() != own.id() && same(other)) {
            return Err(format!("another {} has the same {what}.", noun(T::TABLE)));
        }
        Ok(())
    }
    match row {
        Row::Track(row) => another::<track::Model>(program, row, |it| it.code == row.code, "code"),
        Row::Room(row) => another::<room::Model>(program, row, |it| it.key == row.key, "key"),
        Row::Person(row) => another::<person::Model>(program, row, |it| it.key == row.key, "key"),
        Row::Panel(row) => {
            another::<panel::Model>(program, row, |it| it.key == row.key, "key")?;
            another::<panel::Model>(program, row, |it| it.code == row.code, "code")
        }
        Row::Paper(row) => another::<paper::Model>(program, row, |it| it.key == row.key, "key"),
        Row::Session(row) => {
            another::<session::Model>(program, row, |it| it.key == row.key, "key")?;
            let same = |it: &session::Model| (it.panel_id, it.number) == (row.panel_id, row.number);
            another::<session::Model>(program, row, same, "number")
        }
        Row::SessionRoom(row) => {
            let same = |it: &session_room::Model| (it.session_id, it.room_id) == (row.session_id, row.room_id);
            another::<session_room::Model>(program, row, same, "room")
        }
        Row::Participation(row) => {
            let part = |it: &participation::Model| (it.panel_id, it.session_id, it.person_id, it.role);
            another::<participation::Model>(program, row, |it| part(it) == part(row), "role")
        }
        Row::Authorship(row) => {
            let same = |it: &authorship::Model| (it.paper_id, it.person_id) == (row.paper_id, row.person_id);
            another::<authorship::Model>(program, row, same, "paper")
        }
        Row::Conference(_) | Row::PersonMerge(_) | Row::Slot(_) | Row::Announcement(_) | Row::Release(_) => Ok(()),
    }
}
