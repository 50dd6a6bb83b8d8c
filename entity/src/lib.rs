//! Plenary's tables as SeaORM entities: one file a table. Knows nothing of GraphQL.

pub mod enums;
