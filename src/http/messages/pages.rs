//! The pages.

use axum::http::StatusCode;
use entity::enums::MessageDirection;
use maud::{Markup, html};

use crate::command::message::{LONGEST_TEXT, Refusal};
use crate::db::Letter;
use crate::http::page::Page;
use crate::mail::GOOD_FOR;

/// Whoever wrote the message.
fn writer(letter: &Letter) -> String {
    match letter.message.direction {
        MessageDirection::ToAuthor => letter.sender(),
        MessageDirection::ToSender => letter.author(),
    }
}

/// The message, a form to answer it with what was written so far, and what was wrong with that.
pub(super) fn letter(letter: &Letter, draft: &str, wrong: Option<&str>) -> Page {
    let (message, writer) = (&letter.message, writer(letter));
    let body = html! {
        @if let Some(wrong) = wrong { p.bad role="alert" { (wrong) } }
        p.quiet {
            @if let Some(paper) = &letter.paper { "About the paper “" span dir="auto" { (paper) } "”. " }
            @if let Some(conference) = &letter.conference { (conference) ". " }
            (message.created_at.format("%-d %B %Y, %H:%M UTC"))
        }
        @if let Some(subject) = &message.subject { h2 dir="auto" { (subject) } }
        div.said dir="auto" { (message.text) }
        @if message.sender_id.is_some() {
            form method="post" {
                input type="hidden" name="do" value="answer";
                h2 { label for="text" { "Your answer" } }
                textarea #text name="text" rows="8" maxlength=(LONGEST_TEXT) required dir="auto" { (draft) }
                p.quiet { "It goes to " (writer) " by mail. Your address is not in it, and you don't see theirs." }
                button.button type="submit" { "Send the answer" }
            }
        } @else {
            p { "Whoever wrote this has deleted the account since, and can't be answered." }
        }
        @match message.direction {
            MessageDirection::ToAuthor => { (refusals(letter, &writer)) }
            MessageDirection::ToSender => {}
        }
        p.quiet {
            "This page is there until " ((message.created_at + GOOD_FOR).format("%-d %B %Y")) ". Whoever has its address \
             can answer in your name: keep it to yourself."
        }
    };
    Page::new(format!("{writer} writes to you"), body)
}

fn refusals(letter: &Letter, writer: &str) -> Markup {
    html! {
        @if letter.message.sender_id.is_some() {
            (refusal("refuse-sender", "No more from this sender", &format!("Yes, no more messages from {writer}")))
        }
        (refusal("refuse-all", "No more from anybody", "Yes, no more messages from anybody, at any conference on this server"))
    }
}

fn refusal(action: &str, button: &str, sure: &str) -> Markup {
    html! {
        form.refusal method="post" {
            input type="hidden" name="do" value=(action);
            label { input type="checkbox" name="sure" value="yes" required; " " (sure) }
            button.button.plain type="submit" { (button) }
        }
    }
}

/// The answer is on its way.
pub(super) fn answered(letter: &Letter) -> Page {
    let body = html! {
        p { "Your answer to " strong { (writer(letter)) } " is stored, and is mailed now. Your address is not in it." }
        p.quiet { "You can close this page." }
    };
    Page::new("Answered", body)
}

/// It is refused.
pub(super) fn refused(letter: &Letter, refusal: Refusal) -> Page {
    let (title, text) = match refusal {
        Refusal::Sender => ("No more from this sender", format!("{} can't write to you any more.", writer(letter))),
        Refusal::All => ("No more messages", "Nobody can write to you through this server any more.".to_owned()),
    };
    let body = html! {
        p { (text) }
        p.quiet { "You can close this page." }
    };
    Page::new(title, body)
}

/// There is nobody who could be refused.
pub(super) fn nobody_to_refuse() -> Page {
    let body = html! { p { "There is nobody any more from whom messages could be refused." } };
    Page::new("Nothing to refuse", body).status(StatusCode::CONFLICT)
}

/// The link is too old.
pub(super) fn expired() -> Page {
    let body = html! {
        p { "This message is older than " (GOOD_FOR.num_days()) " days; its page is no longer there." }
        p.quiet { "Nothing that you do here would be delivered." }
    };
    Page::new("Too long ago", body).status(StatusCode::GONE)
}

/// We have not made this link.
pub(super) fn unknown() -> Page {
    let body = html! {
        p { "There is no message at this address." }
        p.quiet { "Is it whole? Copy it from the mail again, up to its last letter." }
    };
    Page::new("No such message", body).status(StatusCode::NOT_FOUND)
}

/// It was no form of ours.
pub(super) fn no_form() -> Page {
    let body = html! {
        p { "That is nothing that this page sends, or it did not arrive whole. Go back and try again." }
    };
    Page::new("That did not work", body).status(StatusCode::BAD_REQUEST)
}

/// Too many requests.
pub(super) fn too_often() -> Page {
    let body = html! { p { "Too much comes from where you are; wait a second and try again." } };
    Page::new("Not so fast", body).status(StatusCode::TOO_MANY_REQUESTS)
}

/// A fault of ours.
pub(super) fn unavailable() -> Page {
    let body = html! { p { "This can't be done now; nothing is changed. Try again in a minute." } };
    Page::new("Not now", body).status(StatusCode::SERVICE_UNAVAILABLE)
}
