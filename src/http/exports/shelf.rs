//! Files that are ready: each written once for a state of its program, however many ask, and kept while there is room.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{OnceCell, Semaphore};
use uuid::Uuid;

use super::what::What;
use crate::db::Stamp;
use crate::program::Program;

/// How many are written at once: the processor's other work goes on meanwhile.
const AT_ONCE: usize = 2;

/// What an entry costs beside its bytes.
const ENTRY: usize = 256;

/// The files.
#[derive(Debug)]
pub(super) struct Shelf {
    most: usize,
    kept: Mutex<Kept>,
    writing: Arc<Semaphore>,
    written: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    files: HashMap<(Uuid, What), Entry>,
    /// Counts uses: the entry with the smallest is the one that nobody has asked for for the longest time.
    used: u64,
}

/// What a file is of: a state of the program, and the first revision of which it is known when it was made.
type State = (Stamp, Option<i64>);

#[derive(Debug)]
struct Entry {
    state: State,
    file: Arc<OnceCell<Bytes>>,
    used: u64,
}

impl Entry {
    fn cost(&self) -> usize {
        self.file.get().map_or(0, Bytes::len) + ENTRY
    }
}

impl Shelf {
    /// With room for so many bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default(), writing: Arc::new(Semaphore::new(AT_ONCE)), written: AtomicU64::new(0) }
    }

    /// How many were written.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// This file of exactly this program. If it is not there, `write` gives what writes it, which may take a while.
    pub(super) async fn get<W>(
        &self,
        program: &Program,
        what: What,
        write: impl FnOnce() -> W + Send,
    ) -> io::Result<Bytes>
    where
        W: FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
    {
        let file = self.place(program.id(), (program.stamp, program.tail.first()), what);
        let make = || async {
            let written = self.write(write()).await?;
            Ok::<_, io::Error>(Bytes::from(written))
        };
        if let Some(bytes) = file.get() {
            return Ok(bytes.clone());
        }
        let bytes = file.get_or_try_init(make).await?.clone();
        self.make_room();
        Ok(bytes)
    }

    /// Writes what is not kept, in its turn. The turn is the writing's and not that of whoever waits for it: a client that
    /// goes away makes no room for another.
    pub(super) async fn write<W>(&self, write: W) -> io::Result<Vec<u8>>
    where
        W: FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
    {
        let turn = Arc::clone(&self.writing).acquire_owned().await.map_err(io::Error::other)?;
        self.written.fetch_add(1, Ordering::Relaxed);
        let writing = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            write()
        });
        writing.await.map_err(io::Error::other)?
    }

    fn place(&self, conference: Uuid, state: State, what: What) -> Arc<OnceCell<Bytes>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.used += 1;
        let used = kept.used;
        let fresh = || Entry { state, file: Arc::default(), used };
        let entry = kept.files.entry((conference, what)).or_insert_with(fresh);
        if entry.state != state {
            *entry = fresh();
        }
        entry.used = used;
        Arc::clone(&entry.file)
    }

    /// Takes away what nobody has asked for for the longest time, until the rest has room.
    fn make_room(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cost: usize = kept.files.values().map(Entry::cost).sum();
        if cost <= self.most {
            return;
        }
        let mut oldest: Vec<_> = kept.files.iter().map(|(key, entry)| (entry.used, *key, entry.cost())).collect();
        oldest.sort_unstable_by_key(|(used, ..)| *used);
        for (_, key, own) in oldest {
            if cost <= self.most {
                break;
            }
            kept.files.remove(&key);
            cost -= own;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(shelf: &Shelf, conference: u128, revision: i64, bytes: usize) -> Arc<OnceCell<Bytes>> {
        let stamp = Stamp { revision, tag: 0 };
        let file = shelf.place(Uuid::from_u128(conference), (stamp, Some(1)), What::Releases);
        let _ = file.set(vec![0; bytes].into());
        shelf.make_room();
        file
    }

    fn has(shelf: &Shelf, conference: u128) -> bool {
        shelf.kept.lock().unwrap().files.contains_key(&(Uuid::from_u128(conference), What::Releases))
    }

    #[test]
    fn what_is_used_stays() {
        let shelf = Shelf::new(3 * (100 + ENTRY));
        for conference in 1..=3 {
            put(&shelf, conference, 1, 100);
        }
        put(&shelf, 1, 1, 100);
        put(&shelf, 4, 1, 100);
        assert_eq!([1, 2, 3, 4].map(|conference| has(&shelf, conference)), [true, false, true, true]);
        // One that is too large for the shelf is sent, and not kept.
        put(&shelf, 5, 1, 2_000);
        assert!(!has(&shelf, 5));
    }

    /// Whoever goes away leaves what is being written on its way, and its turn with it.
    #[tokio::test]
    async fn few_are_written_at_once() {
        let shelf = Arc::new(Shelf::new(10_000));
        let (ends, waits) = std::sync::mpsc::channel::<()>();
        let waits = Arc::new(Mutex::new(waits));
        for _ in 0..AT_ONCE {
            let (begins, begun) = tokio::sync::oneshot::channel();
            let (own, waits) = (Arc::clone(&shelf), Arc::clone(&waits));
            let asks = tokio::spawn(async move {
                let write = move || {
                    let _ = begins.send(());
                    let _ = waits.lock().unwrap().recv();
                    Ok(Vec::new())
                };
                own.write(write).await
            });
            begun.await.unwrap();
            asks.abort();
            assert!(asks.await.unwrap_err().is_cancelled());
        }
        assert_eq!(shelf.writing.available_permits(), 0, "they are still written");
        drop(ends);
        assert_eq!(shelf.write(|| Ok(vec![1])).await.unwrap(), [1]);
        assert_eq!(shelf.written(), 3);
    }

    #[test]
    fn another_state_is_another_file() {
        let shelf = Shelf::new(10_000);
        let file = put(&shelf, 1, 1, 100);
        assert!(Arc::ptr_eq(&file, &put(&shelf, 1, 1, 100)));
        assert!(!Arc::ptr_eq(&file, &put(&shelf, 1, 2, 100)));
        assert_eq!(shelf.kept.lock().unwrap().files.len(), 1);
    }
}
