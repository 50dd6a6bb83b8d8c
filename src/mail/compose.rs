//! A message as a mail: plain text, from the server, with nothing of the other side's address in it.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use entity::enums::MessageDirection;
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message, MessageBuilder};
use uuid::Uuid;

use super::link::GOOD_FOR;
use super::{Post, ReplyKey};
use crate::db::Letter;

/// The most characters of a subject line.
pub(super) const SUBJECT: usize = 150;

/// The most characters of a name or title inside a mail.
const NAME: usize = 300;

/// A mail, ready to be handed over.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// From whom to whom, as mail servers see it.
    pub envelope: Envelope,
    /// All of it.
    pub bytes: Vec<u8>,
    /// What its file is called: by time, and the same for the same mail.
    pub name: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("name", &self.name).finish_non_exhaustive()
    }
}

/// It can't be made a mail: its recipient's address is none that a mail can go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsendable;

/// Text as one line: every run of blanks and control characters is one blank, and what is too long is cut.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control() || is_unseen(letter));
    let mut line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() > most {
        line = line.chars().take(most.saturating_sub(1)).chain(['…']).collect();
    }
    line
}

/// Letters that change how others are shown: what is written could seem to be something else.
const fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl Post {
    /// What this server calls itself to others.
    pub(super) fn domain(&self) -> &str {
        self.from.as_ref().map_or("localhost", |from| from.email.domain())
    }

    /// The mail that brings this message to its recipient, who has this address. The same each time.
    ///
    /// # Errors
    /// [`Unsendable`].
    pub fn compose(&self, letter: &Letter, to: &str, key: &ReplyKey) -> Result<Mail, Unsendable> {
        let message = &letter.message;
        let link = self.address(&key.token(message.id));
        let head = Head { id: message.id, to, subject: subject(letter), at: message.created_at };
        self.mail(head, &text(letter, &link), |mail| {
            let thread = || self.message_id(message.thread);
            let mail =
                if message.thread == message.id { mail } else { mail.in_reply_to(thread()).references(thread()) };
            match message.direction {
                MessageDirection::ToAuthor => mail.raw_header(raw("List-Unsubscribe", format!("<{link}>"))),
                MessageDirection::ToSender => mail,
            }
        })
    }

    /// A mail from this server, with what each has; the rest of its head is `more`.
    pub(super) fn mail(
        &self,
        head: Head<'_>,
        text: &str,
        more: impl FnOnce(MessageBuilder) -> MessageBuilder,
    ) -> Result<Mail, Unsendable> {
        let Head { id, to, subject, at } = head;
        let from = self.from.clone().ok_or(Unsendable)?;
        let to: Address = to.parse().map_err(|_| Unsendable)?;
        let envelope = Envelope::new(Some(from.email.clone()), vec![to.clone()]).map_err(|_| Unsendable)?;
        let mail = Message::builder()
            .envelope(envelope.clone())
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(SystemTime::from(at))
            .message_id(Some(self.message_id(id)))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            // No machine is to answer, least of all with its owner's address.
            .raw_header(raw("Auto-Submitted", "auto-generated".into()))
            .raw_header(raw("X-Auto-Response-Suppress", "All".into()));
        let mail = more(mail).body(text.to_owned()).map_err(|_| Unsendable)?;
        let name = format!("{}-{id}", at.format("%Y%m%dT%H%M%S%.6fZ"));
        Ok(Mail { envelope, bytes: mail.formatted(), name })
    }

    fn message_id(&self, id: Uuid) -> String {
        format!("<{id}@{}>", self.domain())
    }
}

/// The part of a mail's head that each has of its own.
pub(super) struct Head<'a> {
    /// What it bears: the same mail has the same id.
    pub(super) id: Uuid,
    /// The address that it goes to.
    pub(super) to: &'a str,
    /// One line.
    pub(super) subject: String,
    /// When it was written.
    pub(super) at: DateTime<Utc>,
}

/// A header as it is written here.
pub(super) fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

fn subject(letter: &Letter) -> String {
    let message = &letter.message;
    let about = match (&message.subject, &letter.paper, message.direction) {
        (Some(subject), _, _) => subject.clone(),
        (None, Some(paper), MessageDirection::ToAuthor) => format!("A message about your paper “{paper}”"),
        (None, Some(paper), MessageDirection::ToSender) => format!("Your message about the paper “{paper}”"),
        (None, None, MessageDirection::ToAuthor) => "A message to you".to_owned(),
        (None, None, MessageDirection::ToSender) => "Your message".to_owned(),
    };
    let re = if message.thread == message.id { "" } else { "Re: " };
    let place = letter.conference.as_deref().map(|name| format!("[{}] ", one_line(name, 60))).unwrap_or_default();
    one_line(&format!("{place}{re}{about}"), SUBJECT)
}

fn text(letter: &Letter, link: &str) -> String {
    let message = &letter.message;
    let place = letter.conference.as_deref().map(|name| format!(" ({})", one_line(name, NAME))).unwrap_or_default();
    let paper = letter.paper.as_deref().map(|title| format!(" about the paper “{}”", one_line(title, NAME)));
    let paper = paper.unwrap_or_default();
    // Marked line by line: what somebody writes can't look like what we say.
    let said: String = message.text.lines().map(|line| format!("> {line}\n")).collect();
    let until = (message.created_at + GOOD_FOR).format("%-d %B %Y");
    let (who, further) = match message.direction {
        MessageDirection::ToAuthor => {
            let further = "There you can also say that you want no more messages from this sender, or none at all. ";
            (letter.sender(), further)
        }
        MessageDirection::ToSender => (letter.author(), ""),
    };
    format!(
        "{who} writes to you{paper}{place}:\n\
         \n\
         {said}\n\
         To answer, open this page. No login is needed, and your address stays hidden:\n\
         \n\
         {link}\n\
         \n\
         {further}The page is there until {until}. Whoever has its address can answer in your name: keep it to yourself.\n\
         \n\
         -- \n\
         Plenary passes on what its users write and has not read it. Answers to this mail reach nobody.\n"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_one_line(text in "\\PC{0,40}|[\\x00-\\x20\\x7f-\\xa0a-z\u{2028}\u{202e}]{0,40}", most in 1usize..30) {
            let line = one_line(&text, most);
            prop_assert!(line.chars().count() <= most);
            prop_assert!(!line.chars().any(|letter| letter.is_control() || is_unseen(letter)));
            prop_assert_eq!(line.trim(), &line);
            prop_assert!(!line.contains("  "));
        }
    }
}
