//! Webhooks: an organizer's own server is told what changes, as Standard Webhooks 1.0.0 says.
//!
//! Each webhook stands at a revision of its conference. Whoever finds it behind writes down what it is to be told and
//! moves it on, in one transaction, so nothing is left out, whoever dies when ([`step`]); a worker sends what is written
//! down until the receiver has taken it ([`worker`]). What is told are ids and kinds, never what is on the program.
//!
//! Addresses come from people: only public ones are asked ([`address`], [`client`]).

mod address;
mod client;
mod schedule;
mod sign;
mod step;
mod worker;

use std::time::Duration;

use tokio::sync::Notify;

pub use address::{Refusal, check, is_public};
pub use sign::{Signing, new_secret};
pub use worker::work;

use crate::config::{Config, Webhooks as Settings};
use client::Client;

/// The most deliveries of one webhook that wait: what changes beyond them becomes one delivery later.
pub const MOST_WAITING: u64 = 100;

/// How long deliveries are kept, in days. A webhook that was off for longer is told to fetch everything.
pub const KEPT_DAYS: i64 = 7;

/// For how many hours a secret that was replaced signs too.
pub const FORMER_HOURS: i64 = 24;

/// Everything about webhooks that is not in the database. One per [`App`](crate::app::App).
#[derive(Debug)]
pub struct Webhooks {
    /// Whether this server sends them at all.
    pub enabled: bool,
    /// Whether addresses that are not public, and plain http, may be asked.
    pub allow_private: bool,
    /// The most of one conference.
    pub per_conference: u64,
    poll: Duration,
    timeout: Duration,
    client: Client,
    changed: Notify,
}

impl Webhooks {
    /// As the settings say.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let Settings { enabled, allow_private, timeout_ms, per_conference, poll_ms } = config.webhooks;
        let timeout = Duration::from_millis(timeout_ms);
        Self {
            enabled,
            allow_private,
            per_conference,
            poll: Duration::from_millis(poll_ms),
            timeout,
            client: Client::new(allow_private, timeout),
            changed: Notify::new(),
        }
    }

    /// Something was committed here, or is to be sent: whoever waits for that need not look for it.
    pub fn wake(&self) {
        self.changed.notify_one();
    }
}
