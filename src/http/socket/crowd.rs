//! How many sockets there may be, and how fast they come in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::Limits;

/// All sockets of this instance.
#[derive(Debug)]
pub struct Sockets {
    all: usize,
    per_user: usize,
    per_address: usize,
    gap: Duration,
    patience: Duration,
    state: Mutex<State>,
    open: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    by: HashMap<Whose, usize>,
    all: usize,
    /// When the next may come in.
    next: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    User(Uuid),
    Address(IpAddr),
}

/// A socket's place: given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    sockets: Arc<Sockets>,
    whose: Option<Whose>,
}

impl Sockets {
    /// As many as the limits say.
    #[must_use]
    pub fn new(limits: &Limits) -> Arc<Self> {
        let state = State { by: HashMap::new(), all: 0, next: Instant::now() };
        Arc::new(Self {
            all: limits.sockets,
            per_user: limits.sockets_per_user,
            per_address: limits.sockets_per_address,
            gap: Duration::from_secs(1) / limits.acks_per_second.max(1),
            patience: Duration::from_millis(limits.ack_ms),
            state: Mutex::new(state),
            open: watch::Sender::new(0),
        })
    }

    /// A place for a user's socket, or for one of an address; `None` if there are too many.
    #[must_use]
    pub fn enter(self: &Arc<Self>, user: Option<Uuid>, address: Option<IpAddr>) -> Option<Place> {
        let whose = user.map(Whose::User).or(address.map(Whose::Address));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.all >= self.all {
            return None;
        }
        if let Some(whose) = whose {
            let most = match whose {
                Whose::User(_) => self.per_user,
                Whose::Address(_) => self.per_address,
            };
            let own = state.by.entry(whose).or_default();
            if *own >= most {
                return None;
            }
            *own += 1;
        }
        state.all += 1;
        self.open.send_replace(state.all);
        drop(state);
        Some(Place { sockets: Arc::clone(self), whose })
    }

    /// Waits for the own turn; `None`: it would take too long.
    pub async fn wait(&self) -> Option<()> {
        let turn = self.turn()?;
        // A timer is a millisecond too coarse for whoever may come in at once.
        if turn > Instant::now() {
            tokio::time::sleep_until(turn).await;
        }
        Some(())
    }

    /// When whoever greets now may come in, so that all who come at once do not stop the server; `None`: not soon
    /// enough to wait.
    fn turn(&self) -> Option<Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let turn = state.next.max(now);
        if turn > now + self.patience {
            return None;
        }
        state.next = turn + self.gap;
        Some(turn)
    }

    /// How many there are.
    #[must_use]
    pub fn open(&self) -> watch::Receiver<usize> {
        self.open.subscribe()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.sockets.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whose) = self.whose
            && let Some(own) = state.by.get_mut(&whose)
        {
            *own -= 1;
            if *own == 0 {
                state.by.remove(&whose);
            }
        }
        state.all -= 1;
        self.sockets.open.send_replace(state.all);
    }
}
