//! A program with changes applied, not derived anew: what commands are planned on, one after another.
//!
//! Deriving costs as much as the program is large; a draft's two hundred commands are planned in the time of one. What
//! is changed lies over the program, and what is not is read from it.

use std::collections::BTreeMap;

use entity::{conference, person_merge};
use uuid::Uuid;

use super::Program;
use super::index::{Ix, Torn};
use super::row::{Row, RowChange, Rows, Stored, Table};
use crate::db::{Loaded, Stamp};

/// A program, and what is changed in it.
#[derive(Clone, Debug)]
pub struct Working<'a> {
    base: &'a Program,
    /// Rows that are other than the program's; `None`: gone.
    over: BTreeMap<(Table, Uuid), Option<Row>>,
}

impl<'a> Working<'a> {
    /// The program as it is.
    #[must_use]
    pub const fn of(base: &'a Program) -> Self {
        Self { base, over: BTreeMap::new() }
    }

    /// The program as it was.
    #[must_use]
    pub const fn base(&self) -> &'a Program {
        self.base
    }

    /// The conference's id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.base.id()
    }

    /// The conference's own row.
    #[must_use]
    pub fn conference(&self) -> &conference::Model {
        self.get(self.id()).unwrap_or_else(|| self.base.conference())
    }

    /// A row; `None` if there is none of that id.
    #[must_use]
    pub fn get<T: Stored>(&self, id: Uuid) -> Option<&T> {
        match self.over.get(&(T::TABLE, id)) {
            Some(row) => row.as_ref().and_then(T::of),
            None => self.base.place(T::TABLE, id).map(|ix| &*T::rows(&self.base.rows)[ix as usize]),
        }
    }

    /// Who a person is now, of whose id this was: another, if they were made one with that.
    #[must_use]
    pub fn who(&self, person: Uuid) -> Uuid {
        self.get::<person_merge::Model>(person).map_or(person, |row| row.person_id)
    }

    /// A row of any table.
    #[must_use]
    pub fn row(&self, table: Table, id: Uuid) -> Option<Row> {
        match self.over.get(&(table, id)) {
            Some(row) => row.clone(),
            None => self.base.rows.get(table, id),
        }
    }

    /// All rows of a table, in no order.
    pub fn all<T: Stored>(&self) -> impl Iterator<Item = &T> {
        let is_over = |row: &T| self.over.contains_key(&(T::TABLE, row.id()));
        let changed = !self.over_of(T::TABLE).is_empty();
        let base = T::rows(&self.base.rows).iter().map(|row| &**row).filter(move |row| !changed || !is_over(row));
        base.chain(self.over_of(T::TABLE).into_iter().filter_map(T::of))
    }

    /// What belongs to this row, in no order.
    #[must_use]
    pub fn children<T: Stored>(&self, parent: Table, id: Uuid) -> Vec<&T> {
        let base = self.base.place(parent, id).map(|ix| self.base_children(T::TABLE, parent, ix)).unwrap_or_default();
        let rows = T::rows(&self.base.rows);
        let base = base.into_iter().map(|ix| &*rows[ix as usize]);
        let mut children: Vec<&T> = base.filter(|row| !self.over.contains_key(&(T::TABLE, row.id()))).collect();
        let own = |row: &&Row| row.owners().contains(&(parent, id));
        children.extend(self.over_of(T::TABLE).into_iter().filter(own).filter_map(T::of));
        children
    }

    fn over_of(&self, table: Table) -> Vec<&Row> {
        let range = (table, Uuid::nil())..=(table, Uuid::max());
        self.over.range(range).filter_map(|(_, row)| row.as_ref()).collect()
    }

    fn base_children(&self, child: Table, parent: Table, ix: Ix) -> Vec<Ix> {
        let (index, rows, at) = (&self.base.index, &self.base.rows, ix as usize);
        match (parent, child) {
            (Table::Track, Table::Panel) => index.tracks[at].panels.to_vec(),
            (Table::Panel, Table::Paper) => index.panels[at].papers.to_vec(),
            (Table::Panel, Table::Session) => index.panels[at].sessions.to_vec(),
            (Table::Panel, Table::Participation) => index.panels[at].participations.to_vec(),
            (Table::Session, Table::SessionRoom) => index.sessions[at].session_rooms.to_vec(),
            (Table::Session, Table::Slot) => index.sessions[at].slots.to_vec(),
            (Table::Session, Table::Participation) => index.sessions[at].participations.to_vec(),
            (Table::Paper, Table::Authorship) => index.papers[at].authorships.to_vec(),
            (Table::Paper, Table::Slot) => index.papers[at].slots.to_vec(),
            (Table::Person, Table::Authorship) => index.people[at].authorships.to_vec(),
            (Table::Person, Table::Participation) => index.people[at].participations.to_vec(),
            (Table::Room, Table::SessionRoom) => {
                let uses = index.rooms[at].sessions.iter().flat_map(|it| &index.sessions[*it as usize].session_rooms);
                uses.copied().filter(|it| index.session_rooms[*it as usize].room == ix).collect()
            }
            (Table::SessionRoom, Table::Slot) => {
                let session = index.session_rooms[at].session;
                let slots = index.sessions[session as usize].slots.iter().copied();
                slots.filter(|it| index.slots[*it as usize].session_room == Some(ix)).collect()
            }
            (parent, child) => {
                let id = rows.id(parent, ix);
                let own = |place: &Ix| rows.nth(child, *place as usize).owners().contains(&(parent, id));
                (0..).take(rows.count(child)).filter(own).collect()
            }
        }
    }

    /// With these changes.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = RowChange>) {
        for change in changes {
            let key = (change.table(), change.id());
            match change {
                RowChange::Insert(row) | RowChange::Update { after: row, .. } => self.over.insert(key, Some(row)),
                RowChange::Delete(_) => self.over.insert(key, None),
            };
        }
    }

    /// All that is changed, one change a row: parents first.
    #[must_use]
    pub fn changes(&self) -> Vec<RowChange> {
        let changes = self.over.iter().filter_map(|((table, id), now)| match (self.base.rows.get(*table, *id), now) {
            (None, None) => None,
            (None, Some(row)) => Some(RowChange::Insert(row.clone())),
            (Some(before), None) => Some(RowChange::Delete(before)),
            (Some(before), Some(after)) => {
                // Whatever bears another revision only is not another row.
                let same = before == after.clone().at(before.revision());
                (!same).then(|| RowChange::Update { before, after: after.clone() })
            }
        });
        changes.collect()
    }

    /// The program that it would be, at this revision.
    ///
    /// # Errors
    /// [`Torn`], if the rows are no program: no plan makes such ones.
    pub fn program(&self, stamp: Stamp) -> Result<Program, Torn> {
        let mut rows: Rows = self.base.rows.clone();
        let changes = self.changes().into_iter().map(|change| change.at(stamp.revision)).collect();
        rows.apply(changes, stamp.revision);
        self.base.next(Loaded { rows, stamp, tail: self.base.tail.clone() })
    }
}
