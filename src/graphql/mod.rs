//! The schema: one file a noun. A resolver parses ids, asks the pinned snapshot and maps the result; nothing here
//! knows the database.

mod account;
mod announcement;
mod budget;
mod calendar;
mod clash;
mod conference;
mod connection;
mod day;
mod desk;
mod draft;
mod enums;
mod filter;
mod history;
mod id;
mod import;
mod link;
mod member;
mod message;
mod mutation;
mod node;
mod notice;
mod organize;
mod panel;
mod paper;
mod participation;
mod person;
mod pins;
mod query;
mod room;
mod scalars;
mod schedule;
mod search;
mod session;
mod shapes;
mod slot;
mod star;
mod subscription;
mod sync;
mod track;
mod user_error;
mod webhook;

use async_graphql::{Context, ID, SDLExportOptions};
use uuid::Uuid;

pub use budget::{Budget, Crowd};
pub use calendar::Personal;
pub(crate) use id::{GlobalId, NodeKind};
pub use pins::Pins;
pub use subscription::{Mine, Told, Turn};
pub(crate) use user_error::denied;
pub use webhook::payload;

/// The whole schema.
pub type Schema = async_graphql::Schema<query::Query, mutation::Mutation, subscription::Subscription>;

/// What one field may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most that `first` and `last` can be.
    pub page_size: usize,
    /// The most ids of one `nodes(ids:)`.
    pub ids: usize,
    /// The most characters of one `search(query:)`.
    pub search_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { page_size: 500, ids: 100, search_chars: 200 }
    }
}

impl Limits {
    fn of(ctx: &Context<'_>) -> Self {
        ctx.data::<Self>().copied().unwrap_or_default()
    }
}

/// The schema, ready to run. `personal`: whether there are personal calendars. Each request needs [`Pins`] in its data.
#[must_use]
pub fn schema(limits: Limits, personal: Personal) -> Schema {
    Schema::build(query::Query, mutation::Mutation::new(), subscription::Subscription)
        .data(limits)
        .data(personal)
        // The door has measured the document; the library's own limit must not be the lower one.
        .limit_recursive_depth(64)
        .override_output_type_description::<ID>(
            "An opaque identifier. It is text, and means nothing to a client but to be sent back.",
        )
        .finish()
}

/// The global ids of a conference and of an import's preview for it, for what is answered beside the schema.
#[must_use]
pub(crate) fn preview_ids(conference: Uuid, row: Uuid) -> (String, String) {
    let id = |kind, row| id::GlobalId { kind, conference, row }.encode().0;
    (id(id::NodeKind::Conference, conference), id(id::NodeKind::ImportPreview, row))
}

/// The schema in GraphQL's schema definition language: what `schema.graphql` holds.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .include_specified_by()
        .prefer_single_line_descriptions();
    let sdl = schema(Limits::default(), Personal(true)).sdl_with_options(options);
    format!("{}\n", sdl.trim_end())
}

/// A node: its program and its place in that program's rows.
macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            pub(super) program: std::sync::Arc<$crate::program::Program>,
            pub(super) ix: $crate::program::index::Ix,
        }

        impl $name {
            pub(super) fn new(
                program: &std::sync::Arc<$crate::program::Program>,
                ix: $crate::program::index::Ix,
            ) -> Self {
                Self { program: std::sync::Arc::clone(program), ix }
            }
        }
    };
}
use handle;
