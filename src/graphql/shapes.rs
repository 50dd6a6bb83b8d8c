//! What the inputs and payloads of organizers' mutations share.

/// An input: its own fields, and those that all have.
macro_rules! input {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(async_graphql::InputObject)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
            /// The conference's revision at which you read what you change: if it has changed since, nothing is done and
            /// the answer is CONFLICT, with what it is now. Null: change it whatever it is now.
            pub expected_revision: Option<i64>,
            /// A name of your own for this mutation: sent again with it, the mutation is done once. Kept for 7 days; 1
            /// to 200 characters. Null: no such promise.
            pub client_mutation_id: Option<String>,
        }
    };
}

/// A payload: its own fields, and those that all have.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
            /// From where on the change can be read, on every server; null if nothing was done.
            pub cursor: Option<$crate::graphql::scalars::Cursor>,
            /// Why nothing was done; empty if it was.
            pub user_errors: Vec<$crate::graphql::user_error::UserError>,
            /// As you sent it.
            pub client_mutation_id: Option<String>,
        }
    };
}

pub(super) use {input, payload};
