//! People who log in, without a provider: what the callback does once a provider has said who it is.

use axum::body::Body;
use axum::http::{Request, header};
use chrono::TimeDelta;
use plenary::auth::token::Token;
use plenary::auth::{Scope, Scopes};
use plenary::command::account::{Claims, log_in, mint_token};
use plenary::command::member::{Clerk, Entry, Who};
use plenary::db::Database;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, World};

pub use entity::enums::MemberRole as Role;

/// Somebody, by what they send.
#[derive(Clone, Debug)]
pub struct Persona {
    pub user: Uuid,
    pub with: With,
}

#[derive(Clone, Debug)]
pub enum With {
    Nothing,
    Cookie(Token),
    Bearer(String),
}

impl Persona {
    pub const fn nobody() -> Self {
        Self { user: Uuid::nil(), with: With::Nothing }
    }

    pub fn token(&self) -> Token {
        match self.with {
            With::Cookie(token) => token,
            _ => panic!("not logged in by a cookie"),
        }
    }
}

/// What a provider says of somebody with this address.
pub fn claims(email: &str) -> Claims {
    let name = email.split('@').next().unwrap();
    Claims {
        provider: "test".into(),
        issuer: "https://id.example".into(),
        subject: format!("subject-{name}"),
        email: Some(email.into()),
        email_verified: true,
        name: Some(name.into()),
        orcid: None,
    }
}

impl World {
    /// Somebody who has just logged in.
    pub async fn person(&self, email: &str) -> Persona {
        self.person_with(claims(email)).await
    }

    pub async fn person_with(&self, claims: Claims) -> Persona {
        let logged_in = log_in(self.app.desk(), claims, None, Some("a browser".into()), None).await.unwrap();
        Persona { user: logged_in.user, with: With::Cookie(logged_in.token) }
    }

    /// The same person's program.
    pub async fn program_of(&self, who: &Persona, scopes: &[Scope]) -> Persona {
        let scopes = Scopes::of(scopes.iter().copied());
        let days = TimeDelta::days(1);
        let minted = mint_token(self.app.desk(), who.user, "test".into(), scopes, days, None).await.unwrap();
        Persona { user: who.user, with: With::Bearer(minted.token.unwrap().access_text()) }
    }

    pub async fn conference(&self, slug: &str) -> Uuid {
        Database::conference_id(self.database().reader(), slug).await.unwrap().unwrap()
    }

    /// Makes somebody a member as the command line does: as another process would.
    pub async fn member(&self, slug: &str, email: &str, role: Role) {
        let clerk = Clerk { database: self.database(), source: &**self.app.source(), actor: "test" };
        let entry = Entry { email: email.into(), name: None, role };
        let (_, written) = clerk.set(self.conference(slug).await, &[entry], None).await.unwrap();
        self.app.desk().committed(&written);
    }

    pub async fn no_member(&self, slug: &str, email: &str) {
        let clerk = Clerk { database: self.database(), source: &**self.app.source(), actor: "test" };
        let written = clerk.remove(self.conference(slug).await, Who::Email(email), None).await.unwrap();
        self.app.desk().committed(&written);
    }

    pub fn request_of(who: &Persona, query: &str, variables: &Value) -> Request<Body> {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let request = match &who.with {
            With::Nothing => request,
            With::Bearer(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            With::Cookie(token) => request
                .header(header::COOKIE, format!("plenary_session={}", token.text()))
                .header(header::ORIGIN, "http://127.0.0.1:8000"),
        };
        request.body(Body::from(json!({ "query": query, "variables": variables }).to_string())).unwrap()
    }

    /// A GraphQL answer to somebody.
    pub async fn ask_as(&self, who: &Persona, query: &str, variables: Value) -> Answer {
        self.send(Self::request_of(who, query, &variables)).await
    }

    /// The `data` of an answer to somebody that must have no errors.
    pub async fn data_as(&self, who: &Persona, query: &str, variables: Value) -> Value {
        let mut answer = self.ask_as(who, query, variables).await;
        assert_eq!(answer.body.get("errors"), None, "{query}\n{:#}", answer.body);
        answer.body["data"].take()
    }

    /// The code of the one error of an answer to somebody.
    pub async fn code_as(&self, who: &Persona, query: &str, variables: Value) -> String {
        let answer = self.ask_as(who, query, variables).await;
        let errors = answer.body["errors"].as_array().unwrap_or_else(|| panic!("no error: {:#}", answer.body));
        errors[0]["extensions"]["code"].as_str().unwrap().to_owned()
    }

    /// The global id of something on the conference `small`.
    pub async fn id_of(&self, connection: &str, field: &str, value: &str) -> String {
        // Some are few, and no connection.
        let list = matches!(connection, "rooms" | "tracks");
        let fields = if list { format!("id {field}") } else { format!("nodes {{ id {field} }}") };
        let query = format!("{{ conference(slug: \"small\") {{ {connection} {{ {fields} }} }} }}");
        let data = self.data(&query, json!({})).await;
        let found = &data["conference"][connection];
        let nodes = if list { found } else { &found["nodes"] };
        let nodes = nodes.as_array().unwrap().clone();
        let found = nodes.iter().find(|node| node[field].to_string().trim_matches('"') == value);
        found.unwrap_or_else(|| panic!("no {value} in {nodes:?}"))["id"].as_str().unwrap().to_owned()
    }
}
