//! The pages of the demo's login provider.

use axum::http::StatusCode;
use maud::html;

use super::PEOPLE;
use crate::http::page::Page;

/// Whom to be. `action` is where the choice is sent.
pub(super) fn people(action: &str) -> Page {
    let body = html! {
        p { "This is the demo’s own login provider. Its people are invented and have no passwords: choose who to be." }
        form method="post" action=(action) {
            ul.choices {
                @for person in PEOPLE {
                    li {
                        button.button.choice type="submit" name="person" value=(person.subject) {
                            (person.name) small { (person.about) }
                        }
                    }
                }
                li { button.button.plain type="submit" name="person" value="nobody" { "Cancel" } }
            }
        }
    };
    Page::new("Who are you?", body)
}

/// The browser came here with something wrong.
pub(super) fn wrong(why: &str) -> Page {
    let body = html! {
        p.bad { (why) }
        p { a href="/auth/login/demo" { "Start again" } }
    };
    Page::new("This login can’t go on", body).status(StatusCode::BAD_REQUEST)
}
