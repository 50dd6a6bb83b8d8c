//! A digest as a mail: what has changed on a program, and how to be told of no more.

use super::compose::{Head, SUBJECT, one_line, raw};
use super::{Mail, Post, ReplyKey, Unsendable};
use crate::db::DigestMail;

impl Post {
    /// The mail that brings this digest to its user, who has this address. The same each time.
    ///
    /// # Errors
    /// [`Unsendable`].
    pub fn compose_digest(&self, mail: &DigestMail, to: &str, key: &ReplyKey) -> Result<Mail, Unsendable> {
        let digest = &mail.digest;
        let link = self.stop_address(&key.stop_token(digest.user_id, digest.conference_id));
        let head = Head { id: digest.id, to, subject: one_line(&digest.subject, SUBJECT), at: digest.created_at };
        let text = format!(
            "{}\n\
             You are told of this because you asked for it: you are on this program, or have starred something on it. To be\n\
             told of no more changes at this conference, open this page and press its button. No login is needed:\n\
             \n\
             {link}\n\
             \n\
             -- \n\
             Plenary sends this by itself. Answers to this mail reach nobody.\n",
            digest.text
        );
        // A mail program may offer a button of its own, which asks the page to do it (RFC 8058, section 3.1). That holds for
        // https alone.
        let one_click = link.starts_with("https://");
        self.mail(head, &text, |mail| {
            let mail = mail.raw_header(raw("List-Unsubscribe", format!("<{link}>")));
            if one_click {
                mail.raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()))
            } else {
                mail
            }
        })
    }
}
