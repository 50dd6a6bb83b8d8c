//! The rows of a program as data: what a load reads, a plan proposes, a commit writes and the log keeps.

use std::sync::Arc;

use entity::{
    announcement, authorship, conference, panel, paper, participation, person, person_merge, release, room, session,
    session_room, slot, track,
};
use uuid::Uuid;

use super::shared::Shared;

/// Declares, once for all tables, what is the same for each of them.
macro_rules! tables {
    ($($(#[$meta:meta])* $variant:ident $module:ident $field:ident),+ $(,)?) => {
        /// A table of the program. In declared order parents come before the children that refer to them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$meta])* $variant),+ }

        impl Table {
            /// Every table, parents first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The table of this name; `None` if it is none of a program's.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|table| table.name() == name)
            }

            /// Its name in the database and the log.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($module)),+ }
            }
        }

        /// One row of any table.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Row { $($(#[$meta])* $variant(Arc<$module::Model>)),+ }

        impl Row {
            /// Its table.
            #[must_use]
            pub const fn table(&self) -> Table {
                match self { $(Self::$variant(_) => Table::$variant),+ }
            }

            /// Its id.
            #[must_use]
            pub fn id(&self) -> Uuid {
                match self { $(Self::$variant(row) => row.id),+ }
            }

            /// The conference revision that last wrote it.
            #[must_use]
            pub fn revision(&self) -> i64 {
                match self { $(Self::$variant(row) => row.revision),+ }
            }

            /// The same row as written by this revision.
            #[must_use]
            pub fn at(self, revision: i64) -> Self {
                match self {
                    $(Self::$variant(mut row) => {
                        Arc::make_mut(&mut row).revision = revision;
                        Self::$variant(row)
                    })+
                }
            }

            /// A row of this table as the log keeps it.
            ///
            /// # Errors
            /// If the log was written by something else.
            pub fn read(table: Table, json: &str) -> Result<Self, serde_json::Error> {
                match table { $(Table::$variant => serde_json::from_str::<$module::Model>(json).map(Self::from)),+ }
            }

            /// As the log keeps it.
            ///
            /// # Errors
            /// Never in practice: every row is plain data.
            pub fn json(&self) -> Result<String, serde_json::Error> {
                match self { $(Self::$variant(row) => serde_json::to_string(&**row)),+ }
            }
        }

        $(impl From<$module::Model> for Row {
            fn from(row: $module::Model) -> Self { Self::$variant(Arc::new(row)) }
        }

        impl Stored for $module::Model {
            const TABLE: Table = Table::$variant;

            fn rows(rows: &Rows) -> &[Arc<Self>] { &rows.$field }

            fn of(row: &Row) -> Option<&Self> {
                match row {
                    Row::$variant(row) => Some(row),
                    _ => None,
                }
            }

            fn id(&self) -> Uuid { self.id }
        })+

        /// All rows of one conference, each table sorted by id.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Rows { $($(#[$meta])* pub $field: Shared<$module::Model>),+ }

        impl FromIterator<Row> for Rows {
            /// Rows of any tables in any order.
            fn from_iter<I: IntoIterator<Item = Row>>(all: I) -> Self {
                let mut rows = Self::default();
                for row in all {
                    match row { $(Row::$variant(row) => rows.$field.make_mut().push(row),)+ }
                }
                rows.sorted()
            }
        }

        impl Rows {
            /// Rows in any order, sorted.
            #[must_use]
            pub fn sorted(mut self) -> Self {
                $(self.$field.make_mut().sort_unstable_by_key(|row| row.id);)+
                self
            }

            /// Puts a row into its place, instead of the one of its id if there is one.
            pub(super) fn put(&mut self, row: Row) {
                match row {
                    $(Row::$variant(row) => match self.$field.binary_search_by_key(&row.id, |there| there.id) {
                        Ok(at) => self.$field.make_mut()[at] = row,
                        Err(at) => self.$field.make_mut().insert(at, row),
                    })+
                }
            }

            /// The row of this table and id.
            #[must_use]
            pub fn get(&self, table: Table, id: Uuid) -> Option<Row> {
                match table {
                    $(Table::$variant => {
                        let at = self.$field.binary_search_by_key(&id, |there| there.id).ok()?;
                        Some(Row::$variant(Arc::clone(&self.$field[at])))
                    })+
                }
            }

            /// The row at this place of its table, which there has to be.
            #[must_use]
            pub fn nth(&self, table: Table, n: usize) -> Row {
                match table { $(Table::$variant => Row::$variant(Arc::clone(&self.$field[n]))),+ }
            }

            /// The id of the row at this place of its table.
            pub(super) fn id(&self, table: Table, ix: u32) -> Uuid {
                match table { $(Table::$variant => self.$field[ix as usize].id),+ }
            }

            /// How many there are of this table.
            #[must_use]
            pub fn count(&self, table: Table) -> usize {
                match table { $(Table::$variant => self.$field.len()),+ }
            }

            /// Takes a row away; one that is not there stays away.
            pub(super) fn take(&mut self, table: Table, id: Uuid) {
                match table {
                    $(Table::$variant => if let Ok(at) = self.$field.binary_search_by_key(&id, |there| there.id) {
                        self.$field.make_mut().remove(at);
                    })+
                }
            }

            /// Stamps a row, if it is there.
            pub(super) fn stamp(&mut self, table: Table, id: Uuid, revision: i64) {
                match table {
                    $(Table::$variant => if let Ok(at) = self.$field.binary_search_by_key(&id, |there| there.id) {
                        Arc::make_mut(&mut self.$field.make_mut()[at]).revision = revision;
                    })+
                }
            }

            /// How many there are.
            #[must_use]
            pub fn len(&self) -> usize {
                0 $(+ self.$field.len())+
            }

            /// Whether there is none.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }
    };
}

tables! {
    /// The conference's own row; exactly one.
    Conference conference conference,
    /// Tracks.
    Track track tracks,
    /// Rooms.
    Room room rooms,
    /// People.
    Person person people,
    /// Whom people were merged into.
    PersonMerge person_merge person_merges,
    /// Panels.
    Panel panel panels,
    /// Papers.
    Paper paper papers,
    /// Sessions.
    Session session sessions,
    /// Sessions' uses of rooms.
    SessionRoom session_room session_rooms,
    /// Papers' places in sessions.
    Slot slot slots,
    /// Roles.
    Participation participation participations,
    /// Authors of papers.
    Authorship authorship authorships,
    /// Notices.
    Announcement announcement announcements,
    /// Releases.
    Release release releases,
}

/// A row of one of the program's tables, by its own type.
pub trait Stored: Clone + PartialEq + Into<Row> + 'static {
    /// Its table.
    const TABLE: Table;

    /// All of its table, sorted by id.
    fn rows(rows: &Rows) -> &[Arc<Self>];

    /// This row, if it is of this table.
    fn of(row: &Row) -> Option<&Self>;

    /// Its id.
    fn id(&self) -> Uuid;
}

impl Row {
    /// The rows that own this one: they are stamped with the revision that inserts, deletes or moves it, so that what
    /// is gone still shows in their effective revision.
    #[must_use]
    pub fn owners(&self) -> Vec<(Table, Uuid)> {
        let mut owners = Vec::with_capacity(3);
        let mut own = |table, id: Option<Uuid>| owners.extend(id.map(|id| (table, id)));
        match self {
            Self::Conference(_) | Self::Track(_) | Self::Room(_) | Self::Person(_) | Self::Release(_) => {}
            Self::PersonMerge(row) => own(Table::Person, Some(row.person_id)),
            Self::Panel(row) => own(Table::Track, row.track_id),
            Self::Paper(row) => own(Table::Panel, Some(row.panel_id)),
            Self::Session(row) => own(Table::Panel, Some(row.panel_id)),
            Self::SessionRoom(row) => {
                own(Table::Session, Some(row.session_id));
                own(Table::Room, Some(row.room_id));
            }
            Self::Slot(row) => {
                own(Table::Session, Some(row.session_id));
                own(Table::Paper, Some(row.paper_id));
                own(Table::SessionRoom, row.session_room_id);
            }
            Self::Participation(row) => {
                own(Table::Panel, row.panel_id);
                own(Table::Session, row.session_id);
                own(Table::Person, Some(row.person_id));
            }
            Self::Authorship(row) => {
                own(Table::Paper, Some(row.paper_id));
                own(Table::Person, Some(row.person_id));
            }
            Self::Announcement(row) => own(Table::Session, row.session_id),
        }
        owners
    }
}

/// What a command does to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// A new row.
    Insert(Row),
    /// The same row before and after.
    Update {
        /// As it is.
        before: Row,
        /// As it becomes.
        after: Row,
    },
    /// A row that goes. Its children's deletions are changes of their own: nothing cascades.
    Delete(Row),
}

impl RowChange {
    /// The row's table.
    #[must_use]
    pub const fn table(&self) -> Table {
        match self {
            Self::Insert(row) | Self::Delete(row) | Self::Update { after: row, .. } => row.table(),
        }
    }

    /// The row's id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::Insert(row) | Self::Delete(row) | Self::Update { after: row, .. } => row.id(),
        }
    }

    /// The same change as made by this revision: what is written bears it, what was there before keeps its own.
    #[must_use]
    pub fn at(self, revision: i64) -> Self {
        match self {
            Self::Insert(row) => Self::Insert(row.at(revision)),
            Self::Update { before, after } => Self::Update { before, after: after.at(revision) },
            Self::Delete(row) => Self::Delete(row),
        }
    }

    /// The owners to stamp: those of an inserted or deleted row, and of a moved one the old and the new.
    #[must_use]
    pub fn stamped_owners(&self) -> Vec<(Table, Uuid)> {
        match self {
            Self::Insert(row) | Self::Delete(row) => row.owners(),
            Self::Update { before, after } => {
                let (old, new) = (before.owners(), after.owners());
                if old == new { Vec::new() } else { old.into_iter().chain(new).collect() }
            }
        }
    }
}
