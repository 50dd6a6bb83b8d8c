//! Plenary's tables as SeaORM entities: one file a table. Knows nothing of GraphQL.

pub mod enums;

pub mod access_token;
pub mod administrator;
pub mod announcement;
pub mod app_code;
pub mod authorship;
pub mod change;
pub mod client_mutation;
pub mod conference;
pub mod draft;
pub mod draft_command;
pub mod identity;
pub mod import_preview;
pub mod login_flow;
pub mod login_session;
pub mod membership;
pub mod message;
pub mod message_quota;
pub mod outbox;
pub mod panel;
pub mod paper;
pub mod participation;
pub mod person;
pub mod person_merge;
pub mod refusal;
pub mod release;
pub mod room;
pub mod scope;
pub mod server_key;
pub mod session;
pub mod session_room;
pub mod slot;
pub mod star;
pub mod track;
pub mod user;
