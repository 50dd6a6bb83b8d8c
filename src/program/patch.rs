//! Following the log: the program as its changes make it, equal to one loaded afresh.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::index::Torn;
use super::row::{Row, RowChange, Rows, Table};
use super::tail::Logged;
use super::{Loaded, Program};
use crate::db::{LogEntry, Stamp};

impl Program {
    /// This program with what its log says after it. The search is made anew when it is asked for.
    ///
    /// # Errors
    /// [`Torn`], if the log does not fit: then it has to be loaded.
    pub fn followed(&self, log: Vec<LogEntry>) -> Result<Self, Torn> {
        let mut rows = self.rows.clone();
        let mut stamp = self.stamp;
        let mut tail = Vec::with_capacity(log.len());
        let mut revision: Vec<RowChange> = Vec::new();
        for entry in log {
            if entry.stamp != stamp {
                rows.apply(std::mem::take(&mut revision), stamp.revision);
                stamp = entry.stamp;
            }
            let change = entry.change()?;
            let table = change.table();
            let deleted = matches!(change, RowChange::Delete(_));
            tail.push(Logged { stamp, table, id: entry.row, deleted, at: entry.at });
            revision.push(change);
        }
        rows.apply(revision, stamp.revision);
        self.next(Loaded { rows, stamp, tail: self.tail.and(tail) })
    }

    /// Whether this is what a log that begins so can follow: its first entry has to be of this very state.
    #[must_use]
    pub fn leads_on(&self, first: Option<Stamp>) -> bool {
        first == Some(self.stamp)
    }
}

impl LogEntry {
    /// What was done.
    ///
    /// # Errors
    /// [`Torn`], if the log was written by something else.
    pub fn change(&self) -> Result<RowChange, Torn> {
        let table = Table::named(&self.entity)
            .ok_or_else(|| Torn(format!("the log names a table `{}` that is none", self.entity)))?;
        let read = |json: &Option<String>| {
            json.as_ref()
                .map(|json| Row::read(table, json))
                .transpose()
                .map_err(|error| Torn(format!("a row of `{}` in the log can't be read: {error}", table.name())))
        };
        match (read(&self.before)?, read(&self.after)?) {
            (None, Some(after)) => Ok(RowChange::Insert(after)),
            (Some(before), Some(after)) => Ok(RowChange::Update { before, after }),
            (Some(before), None) => Ok(RowChange::Delete(before)),
            (None, None) => Err(Torn("the log has an entry of nothing".into())),
        }
    }
}

impl Rows {
    /// With one revision's changes, which bear it, and its owners stamped.
    pub(super) fn apply(&mut self, changes: Vec<RowChange>, revision: i64) {
        let mut owners: BTreeSet<(Table, Uuid)> = BTreeSet::new();
        for change in &changes {
            owners.extend(change.stamped_owners());
        }
        for change in changes {
            match change {
                RowChange::Insert(row) | RowChange::Update { after: row, .. } => self.put(row),
                RowChange::Delete(row) => self.take(row.table(), row.id()),
            }
        }
        for (table, id) in owners {
            self.stamp(table, id, revision);
        }
    }
}
