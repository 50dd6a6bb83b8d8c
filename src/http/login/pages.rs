//! The pages.

use axum::http::StatusCode;
use maud::{Markup, html};
use url::form_urlencoded::Serializer;

use super::Entrance;
use crate::auth::provider::{Fault, LoginError};
use crate::auth::return_to::HOME;
use crate::auth::{Scope, Scopes};
use crate::http::page::Page;

/// Name and label of each provider.
type List<'a> = [(&'a str, &'a str)];

/// An address with where to return to, if that is worth a word.
fn at(path: &str, return_to: &str, more: &[(&str, &str)]) -> String {
    let return_to = (return_to != HOME).then_some(("return_to", return_to));
    let pairs: Vec<_> = more.iter().copied().chain(return_to).collect();
    if pairs.is_empty() {
        return path.to_owned();
    }
    format!("{path}?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// Which provider?
pub(super) fn choose(providers: &List, return_to: &str) -> Page {
    if providers.is_empty() {
        let body = html! {
            p { "Nobody can log in here yet: this server has no login provider." }
            p.quiet { "Its operator sets one in " code { "plenary.toml" } "; " code { "config.default.toml" } " shows how." }
        };
        return Page::new("Log in", body);
    }
    let body = html! {
        p { "Choose who vouches for you. We never see your password." }
        ul.choices {
            @for (name, label) in providers {
                li { a.button href=(at(&format!("/auth/login/{name}"), return_to, &[])) { "Log in with " (label) } }
            }
        }
    };
    Page::new("Log in", body)
}

/// Who is logged in.
pub(super) fn logged_in(name: &str, providers: &List, return_to: &str) -> Page {
    let body = html! {
        p { "You are logged in as " strong { (name) } "." }
        ul.choices {
            li { a.button href=(return_to) { "Continue" } }
        }
        form.row method="post" action=(at("/auth/logout", return_to, &[])) {
            button.button.plain type="submit" { "Log out" }
        }
        @if !providers.is_empty() {
            h2 { "Another way in" }
            p.quiet { "Add a login that you have elsewhere, and use either from then on." }
            ul {
                @for (name, label) in providers {
                    li { a href=(at(&format!("/auth/login/{name}"), return_to, &[("link", "1")])) { "Add " (label) } }
                }
            }
        }
    };
    Page::new("Logged in", body)
}

/// Add this provider's login to the account?
pub(super) fn link(provider: &str, label: &str, name: &str, return_to: &str) -> Page {
    let body = html! {
        p { "You are logged in as " strong { (name) } ". Log in with " strong { (label) } " now, and from then on either \
             login leads to this account." }
        form.row method="post" action=(at(&format!("/auth/login/{provider}"), return_to, &[("link", "1")])) {
            button.button type="submit" { "Add " (label) }
            a.button.plain href="/auth/login" { "Cancel" }
        }
    };
    Page::new("Add a login", body)
}

/// Log out?
pub(super) fn log_out(name: &str, return_to: &str) -> Page {
    let body = html! {
        p { "You are logged in as " strong { (name) } "." }
        form.row method="post" action=(at("/auth/logout", return_to, &[])) {
            button.button type="submit" { "Log out" }
            a.button.plain href=(return_to) { "Stay" }
        }
    };
    Page::new("Log out?", body)
}

/// Logged out.
pub(super) fn logged_out(return_to: &str) -> Page {
    let body = html! {
        p { "You are logged out at this browser." }
        p.quiet { "The provider that vouched for you may still know you: on a shared computer, log out there too." }
        ul.choices { li { a.button href=(at("/auth/login", return_to, &[])) { "Log in" } } }
    };
    Page::new("Logged out", body)
}

/// May this app in?
pub(super) fn consent(app: &str, name: &str, scopes: Scopes, place: &str, action: &str) -> Page {
    let body = html! {
        p { strong { (app) } " asks for access to your account, " strong { (name) } "." }
        h2 { "It will be able to" }
        ul { @for scope in scopes.list() { li { (in_words(scope)) } } }
        p.quiet { "If you allow it you go to " strong { (place) } ". Allow only what you have just started yourself; you can \
                   revoke it whenever you like." }
        form.row method="post" action=(action) {
            button.button type="submit" name="decision" value="allow" { "Allow" }
            button.button.plain type="submit" name="decision" value="deny" { "Cancel" }
        }
        p.quiet { a href=(at("/auth/logout", action, &[])) { "Not you?" } }
    };
    Page::new(format!("Let {app} in?"), body)
}

const fn in_words(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "see the program as you see it, with the links of rooms that you may join, and your schedule",
        Scope::Schedule => "star and unstar for you, and write to authors in your name",
        Scope::Organize => "see and change what you may as an organizer",
    }
}

/// Why something did not go as somebody wished.
pub(super) enum Trouble {
    /// The login is not known: too old, used, of another browser. The name is of who is logged in all the same.
    Over(Option<String>),
    /// There is no such provider.
    NoProvider,
    /// The provider, by its label, and what is wrong with it.
    Provider(String, Fault),
    /// To add a login was begun by another user, or by one who has logged out meanwhile.
    AnotherUser,
    /// The user has logged out meanwhile.
    LoggedOut,
    /// The form is not one of ours.
    Form,
    /// A parameter is there twice.
    Twice(String),
    /// The app asks wrongly.
    App(&'static str),
    /// What was asked can't be, and what to do.
    Refused(Vec<String>),
    /// Too many requests of one address.
    TooOften,
    /// The database can't be asked.
    Unavailable,
}

impl Trouble {
    /// What a provider did, which the log is told too.
    pub(super) fn provider(own: &Entrance, name: &str, error: &LoginError) -> Self {
        match error.fault {
            Fault::Unknown => return Self::NoProvider,
            Fault::Denied => {}
            Fault::Refused | Fault::Unreachable | Fault::Untrusted => {
                tracing::warn!(provider = name, fault = ?error.fault, why = %error, "a login has failed");
            }
        }
        Self::Provider(own.providers.label(name).unwrap_or(name).to_owned(), error.fault)
    }

    /// The page that says so, and what to do.
    pub(super) fn page(self) -> Page {
        let again = html! { ul.choices { li { a.button href="/auth/login" { "Start again" } } } };
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Over(Some(name)) => page(
                bad,
                "This login is over",
                html! {
                    p { "It was used already, or took too long. You are logged in as " strong { (name) } "." }
                    ul.choices { li { a.button href=(HOME) { "Continue" } } }
                },
            ),
            Self::Over(None) => page(
                bad,
                "This login is over",
                html! {
                    p { "It took too long, was used already, or began in another browser." }
                    p.quiet { "If it happens again: this site needs its cookies." }
                    (again)
                },
            ),
            Self::NoProvider => page(
                StatusCode::NOT_FOUND,
                "No such login",
                html! {
                    p { "This server has no login provider of that name." }
                    (again)
                },
            ),
            Self::Provider(label, fault) => provider_page(&label, fault, &again),
            Self::AnotherUser => page(
                bad,
                "Somebody else is logged in now",
                html! {
                    p { "You began to add a login to an account, and have logged out or changed the account since. Nothing was added." }
                    (again)
                },
            ),
            Self::LoggedOut => page(
                StatusCode::UNAUTHORIZED,
                "You are logged out",
                html! {
                    p { "Go back to the app and start again from there." }
                },
            ),
            Self::Form => page(
                StatusCode::FORBIDDEN,
                "This form is not ours",
                html! {
                    p { "It was sent from another site, or the browser does not say from where, so nothing was done." }
                    p.quiet { "Open the page here and press the button again." }
                    (again)
                },
            ),
            Self::Twice(name) => page(
                bad,
                "This address is not right",
                html! {
                    p { "It says " code { (name) } " twice, so what is meant can’t be known." }
                    (again)
                },
            ),
            Self::App(why) => page(
                bad,
                "This app can’t be let in",
                html! {
                    p { (why) }
                    p.quiet { "Tell whoever made the app. You have not been sent anywhere, and it has been told nothing." }
                },
            ),
            Self::Refused(why) => page(
                StatusCode::CONFLICT,
                "That can’t be done",
                html! {
                    @for sentence in why { p { (sentence) } }
                    (again)
                },
            ),
            Self::TooOften => page(
                StatusCode::TOO_MANY_REQUESTS,
                "One moment",
                html! {
                    p { "Too many logins from your network in a short time. Try again in a moment." }
                },
            ),
            Self::Unavailable => page(
                StatusCode::SERVICE_UNAVAILABLE,
                "Not just now",
                html! {
                    p { "This server can’t reach its database. It is not your fault; try again in a moment." }
                    (again)
                },
            ),
        }
    }
}

fn page(status: StatusCode, title: &str, body: Markup) -> Page {
    Page::new(title, body).status(status)
}

fn provider_page(label: &str, fault: Fault, again: &Markup) -> Page {
    let (status, title, what) = match fault {
        Fault::Denied => (
            StatusCode::FORBIDDEN,
            "Not logged in".to_owned(),
            html! { p { (label) " says that the login was cancelled, or that you may not use it here." } },
        ),
        Fault::Refused => (
            StatusCode::BAD_GATEWAY,
            format!("{label} refused this login"),
            html! {
                p { "Mostly that means that it came too late; then starting again helps." }
                p.quiet { "If it happens again, tell whoever runs this site: the log says what " (label) " said." }
            },
        ),
        Fault::Unreachable => (
            StatusCode::BAD_GATEWAY,
            format!("{label} does not answer"),
            html! { p { "You have not been logged in. Try again in a moment, or another way." } },
        ),
        Fault::Untrusted | Fault::Unknown => (
            StatusCode::BAD_GATEWAY,
            format!("{label} could not be believed"),
            html! {
                p { "What it said does not prove who you are, so you have not been logged in." }
                p.quiet { "Start again; if it happens again, tell whoever runs this site: the log says why." }
            },
        ),
    };
    Page::new(title, html! { (what) (again) }).status(status)
}
