//! How mail leaves: by a mail server, as files, or not at all.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;

use super::compose::Mail;
use super::smtp::Smtp;
use crate::config;

/// How mail leaves. Matched here alone.
#[derive(Debug)]
pub enum Transport {
    /// By a mail server.
    Smtp(Box<Smtp>),
    /// As files in this directory.
    Files(PathBuf),
    /// Not at all.
    None,
}

/// Why a mail has not left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In a word or two: for the log and the database. Never an address.
    pub class: String,
    /// Whether trying again would be of no use.
    pub permanent: bool,
}

impl Failure {
    /// It may be better later.
    pub(super) fn passing(class: &str) -> Self {
        Self { class: class.to_owned(), permanent: false }
    }
}

/// What is ready to take a mail.
pub(super) enum Open<'a> {
    Smtp(Box<AsyncSmtpConnection>),
    Files(&'a Path),
}

impl Transport {
    /// As the settings say.
    pub(super) fn new(mail: &config::Mail, data: &Path) -> Self {
        if mail.files {
            return Self::Files(data.join("mail"));
        }
        match Smtp::read(mail.smtp_url.expose()) {
            Some(smtp) => Self::Smtp(Box::new(smtp)),
            None => Self::None,
        }
    }

    /// Gets ready to hand a mail over. It may be given up at any moment.
    pub(super) async fn open(&self, hello: &str, timeout: Duration) -> Result<Open<'_>, Failure> {
        match self {
            Self::Smtp(smtp) => Ok(Open::Smtp(Box::new(smtp.open(hello, timeout).await?))),
            Self::Files(directory) => Ok(Open::Files(directory)),
            Self::None => Err(Failure::passing("no mail server is set")),
        }
    }
}

impl Open<'_> {
    /// Hands a mail over. Once begun, it is to be waited for.
    pub(super) async fn deliver(self, mail: Mail, timeout: Duration) -> Result<(), Failure> {
        match self {
            Self::Smtp(connection) => Smtp::deliver(*connection, &mail.envelope, &mail.bytes, timeout).await,
            Self::Files(directory) => {
                let directory = directory.to_owned();
                // A disk that hangs is not waited for: whoever writes the mail a second time writes the same file.
                let written = tokio::task::spawn_blocking(move || write(&directory, &mail));
                let written = tokio::time::timeout(timeout, written).await.map_err(|_| Failure::passing("timeout"))?;
                written.map_err(|_| Failure::passing("file"))?.map_err(|error| {
                    tracing::error!(%error, "a mail can't be written");
                    Failure::passing("file")
                })
            }
        }
    }
}

/// Writes a mail as a file that its owner alone may read. The same mail again is the same file.
fn write(directory: &Path, mail: &Mail) -> std::io::Result<()> {
    let mut making = DirBuilder::new();
    making.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut making, 0o700);
    making.create(directory)?;
    let partly = directory.join(format!("{}.part", mail.name));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&partly)?;
    file.write_all(&mail.bytes)?;
    file.sync_all()?;
    // Whoever looks finds whole mails only.
    std::fs::rename(partly, directory.join(format!("{}.eml", mail.name)))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A file that nobody reads from blocks whoever writes it, as a disk that hangs does.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_disk_that_hangs_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let hangs = dir.path().join("a.part");
        assert!(Command::new("mkfifo").arg(&hangs).status().unwrap().success());
        let address: lettre::Address = "ann@example.org".parse().unwrap();
        let envelope = lettre::address::Envelope::new(None, vec![address]).unwrap();
        let mail = Mail { envelope, bytes: b"Hello".to_vec(), name: "a".into() };
        let delivered = Open::Files(dir.path()).deliver(mail, Duration::from_millis(20)).await;
        assert_eq!(delivered, Err(Failure::passing("timeout")));
        // Let it go, or the test would never end.
        assert_eq!(tokio::fs::read(&hangs).await.unwrap(), b"Hello");
    }
}
