//! Plenary's tables as SeaORM entities: one file a table. Knows nothing of GraphQL.

pub mod enums;

pub mod announcement;
pub mod authorship;
pub mod change;
pub mod conference;
pub mod panel;
pub mod paper;
pub mod participation;
pub mod person;
pub mod room;
pub mod scope;
pub mod session;
pub mod session_room;
pub mod slot;
pub mod track;
