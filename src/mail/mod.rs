//! Mail: what is to be sent is in the database, together with the message or the digest that it bears; a worker sends it.
//!
//! A mail shows neither side's address to the other: it comes from the server, and is answered by a page whose address
//! holds a token. What fails for a while is tried again; what the mail server took is marked at once. Between the two a
//! crash can make a second copy of the same mail, with the same Message-ID, never none.

mod compose;
mod digest;
mod link;
mod smtp;
mod transport;
mod worker;

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use lettre::message::Mailbox;
use sea_orm::DbErr;
use tokio::sync::{Notify, OnceCell};
use url::{Host, Url};

pub use compose::{Mail, Unsendable, one_line};
pub use link::{GOOD_FOR, ReplyKey};
pub use smtp::{ADDRESS, Smtp};
pub use transport::{Failure, Transport};
pub use worker::work;

use crate::clock::Source;
use crate::config::{self, Config};
use crate::db::Database;

/// What the key of this server's links and hashes is called in the database.
const KEY: &str = "messages";

/// Everything about mail that is not in the database. One per [`App`](crate::app::App).
pub struct Post {
    /// How mail leaves.
    pub transport: Transport,
    /// The most messages of one sender in an hour.
    pub per_sender_hour: u64,
    /// The most messages to one recipient in a day.
    pub per_recipient_day: u64,
    /// `None` is never so: `localhost` at least is a domain. A mail without it is not composed.
    from: Option<Mailbox>,
    public: String,
    timeout: Duration,
    poll: Duration,
    notices: config::Notices,
    key: OnceCell<ReplyKey>,
    stored: Notify,
}

impl Post {
    /// As the settings say.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let (mail, public) = (&config.mail, config.public());
        let from = sender(&mail.from).or_else(|| default_sender(&public));
        Self {
            transport: Transport::new(mail, &config.data_dir),
            per_sender_hour: config.messages.per_sender_hour,
            per_recipient_day: config.messages.per_recipient_day,
            from,
            public,
            timeout: Duration::from_millis(mail.timeout_ms),
            poll: Duration::from_millis(mail.poll_ms),
            notices: config.notices,
            key: OnceCell::new(),
            stored: Notify::new(),
        }
    }

    /// Whether mail leaves this server at all.
    #[must_use]
    pub const fn sends(&self) -> bool {
        match self.transport {
            Transport::Smtp(_) | Transport::Files(_) => true,
            Transport::None => false,
        }
    }

    /// Whether people are told by mail of what changes on a program.
    #[must_use]
    pub const fn tells(&self) -> bool {
        self.notices.enabled && self.sends()
    }

    /// How long a change settles before anybody is told of it.
    #[must_use]
    pub fn settle(&self) -> TimeDelta {
        TimeDelta::seconds(self.notices.settle_seconds.into())
    }

    /// How long somebody who was told of changes is told of no more.
    #[must_use]
    pub fn pause(&self) -> TimeDelta {
        TimeDelta::minutes(self.notices.every_minutes.into())
    }

    /// How often to look for changes.
    #[must_use]
    pub const fn look_every(&self) -> Duration {
        Duration::from_millis(self.notices.poll_ms)
    }

    /// The directory into which mails are written, if they are.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        match &self.transport {
            Transport::Files(directory) => Some(directory),
            Transport::Smtp(_) | Transport::None => None,
        }
    }

    /// The key that all instances share, made when it is first needed. Not to be asked for while a write is open:
    /// it may have to write itself.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn key(&self, database: &Database, source: &dyn Source) -> Result<&ReplyKey, DbErr> {
        let make = || async {
            let made = URL_SAFE_NO_PAD.encode(source.secret());
            let kept = database.server_key(KEY, made, source.now()).await?;
            let bytes = URL_SAFE_NO_PAD.decode(kept).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            bytes.map(ReplyKey::new).ok_or_else(|| DbErr::Custom("the server's key is not one".into()))
        };
        self.key.get_or_try_init(make).await
    }

    /// The address that people reach this server by, without a slash at its end.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Where a message is read and answered.
    #[must_use]
    pub fn address(&self, token: &str) -> String {
        format!("{}/messages/{token}", self.public)
    }

    /// Where somebody says that they want to be told of no more changes.
    #[must_use]
    pub fn stop_address(&self, token: &str) -> String {
        format!("{}/notices/{token}", self.public)
    }

    /// There is mail to send: whoever waits for that here need not look for it.
    pub fn wake(&self) {
        self.stored.notify_one();
    }
}

/// Who mails come from, as set; `None` if that is no address.
#[must_use]
pub fn sender(text: &str) -> Option<Mailbox> {
    let mailbox: Mailbox = text.trim().parse().ok()?;
    Some(if mailbox.name.is_some() { mailbox } else { Mailbox::new(Some("Plenary".into()), mailbox.email) })
}

/// Who mails come from where nothing is set. A host that is a number has no mail.
fn default_sender(public: &str) -> Option<Mailbox> {
    let url = Url::parse(public).ok();
    let host = match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name,
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => "localhost",
    };
    let of = |host: &str| lettre::Address::new("plenary", host).ok();
    of(host).or_else(|| of("localhost")).map(|email| Mailbox::new(Some("Plenary".into()), email))
}
