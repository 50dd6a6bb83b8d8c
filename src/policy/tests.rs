use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::auth::{Account, Login, LoginKind, Scopes};

fn viewer(kind: LoginKind, administrator: bool) -> Viewer {
    let user = Uuid::from_u128(1);
    let account = Account {
        user,
        name: String::new(),
        orcid: None,
        emails: Vec::new(),
        orcids: Vec::new(),
        memberships: HashMap::new(),
        administrator,
    };
    let at = DateTime::UNIX_EPOCH;
    let login = Login { id: user, user, kind, created_at: at, seen_at: at, expires_at: None };
    Viewer::User { account: Arc::new(account), login: Arc::new(login) }
}

/// Who may do what, as a table for a person to review.
#[test]
fn the_matrix() {
    let token = |scopes: &[Scope]| LoginKind::Token(Scopes::of(scopes.iter().copied()));
    let logins = [
        ("session", LoginKind::Session),
        ("token: read", token(&[Scope::Read])),
        ("token: schedule", token(&[Scope::Schedule])),
        ("token: organize", token(&[Scope::Organize])),
        ("token: all", token(&Scope::ALL)),
    ];
    let mut who = vec![("signed out".to_owned(), Viewer::Nobody, Audience::Public)];
    for (name, login) in logins {
        for audience in [Audience::SignedIn, Audience::Attendee, Audience::Organizer] {
            who.push((format!("{} by {name}", audience.as_str()), viewer(login, false), audience));
        }
        who.push((format!("administrator by {name}"), viewer(login, true), Audience::SignedIn));
    }
    let mut who: Vec<_> =
        who.into_iter().map(|(name, viewer, audience)| (name, viewer, audience, Part::default())).collect();
    for (name, login) in logins {
        let parts = [
            ("convenor", Part { convenor: true, ..Part::default() }),
            ("chair", Part { chair: true, ..Part::default() }),
            ("author", Part { author: true, ..Part::default() }),
        ];
        for (part, has) in parts {
            who.push((format!("{part} by {name}"), viewer(login, false), Audience::Attendee, has));
        }
    }
    who.push(("the system".to_owned(), Viewer::System, Audience::Public, Part::default()));
    let mut table = String::new();
    for (name, viewer, audience, part) in &who {
        let may: Vec<String> = Action::ALL
            .into_iter()
            .filter(|action| permits_as(viewer, *audience, *part, *action).is_ok())
            .map(|action| format!("{action:?}"))
            .collect();
        writeln!(table, "{name}: {}", may.join(", ")).unwrap();
    }
    insta::assert_snapshot!(table);
}

/// Who gets a link, as a table for a person to review.
#[test]
fn links() {
    let mut table = String::new();
    for for_whom in Audience::ALL {
        for open in [false, true] {
            let given: Vec<String> = Audience::ALL
                .iter()
                .map(|asks| format!("{}: {:?}", asks.as_str(), link_access(true, *for_whom, open, *asks)))
                .collect();
            let when = if open { "open" } else { "not open" };
            writeln!(table, "for {}, {when}: {}", for_whom.as_str(), given.join(", ")).unwrap();
        }
        assert!(Audience::ALL.iter().all(|asks| link_access(false, *for_whom, true, *asks) == LinkAccess::None));
    }
    insta::assert_snapshot!(table);
}

/// A role never takes away what a lesser one may.
#[test]
fn more_is_never_less() {
    for action in Action::ALL {
        for login in [LoginKind::Session, LoginKind::Token(Scopes::of(Scope::ALL))] {
            let mut could = false;
            for audience in [Audience::SignedIn, Audience::Attendee, Audience::Organizer] {
                let can = permits(&viewer(login, false), audience, action).is_ok();
                assert!(can || !could, "{action:?} as {audience:?}");
                could = can;
            }
        }
    }
}
