//! The read side: one conference's whole program in memory, immutable, stamped with the revision it is.
//!
//! Everything that answers (GraphQL, exports, pages) resolves against an `Arc<Program>`: no query, no N+1, and no
//! answer that mixes two revisions. What can be derived is derived once, in [`index`].

pub mod clashes;
pub mod diff;
pub mod index;
pub mod order;
pub mod page;
mod patch;
pub mod roles;
pub mod row;
mod schedule;
pub mod search;
pub mod shared;
pub mod tail;
pub mod working;
pub mod zone;

use std::sync::Arc;

use entity::{conference, person};
use uuid::Uuid;

use crate::db::{Loaded, Stamp};
use index::{Index, Ix, Torn};
use row::{Rows, Table};
use search::{Broken, Corpus, Search};
use tail::Tail;
use tokio::sync::OnceCell;
use zone::Zone;

/// A conference's program at one revision.
#[derive(Debug)]
pub struct Program {
    /// The stored rows.
    pub rows: Rows,
    /// Which state of the conference this is.
    pub stamp: Stamp,
    /// The conference's time zone.
    pub zone: Zone,
    /// What is derived from the rows.
    pub index: Index,
    /// What led here.
    pub tail: Tail,
    conference: Arc<conference::Model>,
    search: OnceCell<Search>,
}

impl Program {
    /// Derives the program from what was loaded.
    ///
    /// # Errors
    /// [`Torn`], if the rows are no program.
    pub fn build(loaded: Loaded) -> Result<Self, Torn> {
        Self::of(loaded, Index::build)
    }

    /// The program that this one became: what it has in common with this one it shares.
    ///
    /// # Errors
    /// [`Torn`], if the rows are no program.
    pub fn next(&self, loaded: Loaded) -> Result<Self, Torn> {
        Self::of(loaded, |rows, zone| self.index.next(&self.rows, rows, zone))
    }

    fn of(loaded: Loaded, index: impl FnOnce(&Rows, &Zone) -> Result<Index, Torn>) -> Result<Self, Torn> {
        let Loaded { rows, stamp, tail } = loaded;
        let conference = rows.conference.first().cloned().ok_or_else(|| Torn("there is no conference row".into()))?;
        let zone = Zone::named(&conference.time_zone)
            .ok_or_else(|| Torn(format!("the time zone `{}` is unknown to this build", conference.time_zone)))?;
        let index = index(&rows, &zone)?;
        Ok(Self { rows, stamp, zone, index, tail, conference, search: OnceCell::new() })
    }

    /// What its search reads.
    #[must_use]
    pub fn corpus(&self) -> Corpus<'_> {
        Corpus { rows: &self.rows, index: &self.index }
    }

    /// Its search, of exactly this revision. Made when it is first asked for, once however many ask, on a thread that
    /// serves no sockets.
    ///
    /// # Errors
    /// If it can't be made, for want of memory.
    pub async fn search(self: &Arc<Self>) -> Result<&Search, Broken> {
        let make = || async {
            let own = Arc::clone(self);
            let made = tokio::task::spawn_blocking(move || Search::build(own.corpus())).await;
            made.map_err(|error| Broken::because(&error))?
        };
        self.search.get_or_try_init(make).await
    }

    /// Whether somebody has searched it.
    #[must_use]
    pub fn is_searched(&self) -> bool {
        self.search.initialized()
    }

    /// The conference's own row.
    #[must_use]
    pub fn conference(&self) -> &conference::Model {
        &self.conference
    }

    /// The conference's id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.conference.id
    }

    /// Where the row of this table and id is.
    #[must_use]
    pub fn place(&self, table: Table, id: Uuid) -> Option<Ix> {
        let rows = &self.rows;
        match table {
            Table::Conference => index::place(&rows.conference, id, |row| row.id),
            Table::Track => index::place(&rows.tracks, id, |row| row.id),
            Table::Room => index::place(&rows.rooms, id, |row| row.id),
            Table::Person => index::place(&rows.people, id, |row| row.id),
            Table::PersonMerge => index::place(&rows.person_merges, id, |row| row.id),
            Table::Panel => index::place(&rows.panels, id, |row| row.id),
            Table::Paper => index::place(&rows.papers, id, |row| row.id),
            Table::Session => index::place(&rows.sessions, id, |row| row.id),
            Table::SessionRoom => index::place(&rows.session_rooms, id, |row| row.id),
            Table::Slot => index::place(&rows.slots, id, |row| row.id),
            Table::Participation => index::place(&rows.participations, id, |row| row.id),
            Table::Authorship => index::place(&rows.authorships, id, |row| row.id),
            Table::Announcement => index::place(&rows.announcements, id, |row| row.id),
            Table::Release => index::place(&rows.releases, id, |row| row.id),
        }
    }

    /// Who a person is now, of whose id this was: another, if they were made one with that.
    #[must_use]
    pub fn who(&self, person: Uuid) -> Uuid {
        let merges = &self.rows.person_merges;
        index::place(merges, person, |row| row.id).map_or(person, |ix| merges[ix as usize].person_id)
    }

    /// Where what this id is of is: also of somebody who was made one with another.
    #[must_use]
    pub fn resolve(&self, table: Table, id: Uuid) -> Option<Ix> {
        self.place(table, if table == Table::Person { self.who(id) } else { id })
    }

    /// A person's row.
    #[must_use]
    pub fn person(&self, ix: Ix) -> &person::Model {
        &self.rows.people[ix as usize]
    }
}
