//! Pages: connections as Relay describes them, with keyset cursors.

use std::sync::Arc;

use async_graphql::Context;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::Limits;
use super::budget::{sift, spend};
use crate::error::AppError;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::page::{Standing, Window, page};

/// How many nodes a page has when nothing is said.
const DEFAULT_PAGE: usize = 50;

/// Which kind of list a page cursor is of. The numbers are in cursors that clients keep: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListKind {
    Conferences = 1,
    Panels = 2,
    Papers = 3,
    People = 4,
    Sessions = 5,
    Search = 6,
    Members = 7,
    Messages = 8,
    History = 9,
    WebhookDeliveries = 10,
    ImportChanges = 14,
}

/// A node of a program that stands in an ordered list.
pub(super) trait Listed: Sized {
    const KIND: ListKind;

    fn at(program: &Arc<Program>, ix: Ix) -> Self;

    /// What the lists of its kind are ordered by.
    fn standing(program: &Program, ix: Ix) -> Standing<'_>;

    /// The same of a node at hand, as its page cursor.
    fn cursor(&self) -> String;
}

/// A page cursor: opaque, and good for lists of its kind only.
pub(super) fn encode(kind: ListKind, (key, id): Standing<'_>) -> String {
    let mut bytes = Vec::with_capacity(17 + key.len());
    bytes.push(kind as u8);
    bytes.extend_from_slice(id.as_bytes());
    bytes.extend_from_slice(key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode(kind: ListKind, name: &str, text: &str) -> Result<(Box<str>, Uuid), AppError> {
    // Keys are at most 64 characters.
    let bytes = Some(text).filter(|text| text.len() <= 400).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let parts = bytes.as_deref().and_then(|bytes| {
        let (own, rest) = bytes.split_first()?;
        let (id, key) = rest.split_first_chunk::<16>()?;
        Some((*own, Uuid::from_bytes(*id), std::str::from_utf8(key).ok()?))
    });
    match parts {
        Some((own, id, key)) if own == kind as u8 => Ok((key.into(), id)),
        Some((own, ..)) if (ListKind::Conferences as u8..=ListKind::ImportChanges as u8).contains(&own) => {
            Err(AppError::bad_input(format!(
                "`{name}` is a cursor of another list; send one from this connection's edges."
            )))
        }
        _ => Err(AppError::bad_input(format!(
            "`{name}` is no page cursor; send one as `endCursor` or an edge's `cursor` gave it."
        ))),
    }
}

/// A connection's four arguments, as sent.
#[derive(Clone, Debug, Default)]
pub(super) struct PageArgs {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl PageArgs {
    pub(super) fn window(self, ctx: &Context<'_>, kind: ListKind) -> Result<Window, AppError> {
        let most = Limits::of(ctx).page_size;
        let size = |name: &str, n: Option<i32>| match n.map(usize::try_from) {
            None => Ok(None),
            Some(Err(_)) => Err(AppError::bad_input(format!("`{name}` is negative; ask for 0 to {most}."))),
            Some(Ok(n)) if n > most => {
                Err(AppError::too_expensive("page_size", &format!("nodes by `{name}`"), n as u64, most as u64))
            }
            Some(Ok(n)) => Ok(Some(n)),
        };
        let (first, last) = (size("first", self.first)?, size("last", self.last)?);
        if first.is_some() && last.is_some() {
            return Err(AppError::bad_input("`first` and `last` can't be given together; choose one."));
        }
        Ok(Window {
            first: first.or_else(|| last.is_none().then_some(DEFAULT_PAGE.min(most))),
            last,
            after: self.after.map(|text| decode(kind, "after", &text)).transpose()?,
            before: self.before.map(|text| decode(kind, "before", &text)).transpose()?,
        })
    }
}

/// A page's nodes and what is known of the whole list.
pub(super) struct Paged<T> {
    pub(super) nodes: Vec<T>,
    pub(super) total: usize,
    pub(super) has_previous: bool,
    pub(super) has_next: bool,
}

impl<T: Listed> Paged<T> {
    /// The page of a list of a program that is in its order.
    pub(super) async fn of(
        ctx: &Context<'_>,
        program: &Arc<Program>,
        list: &[Ix],
        args: PageArgs,
    ) -> Result<Self, AppError> {
        let window = args.window(ctx, T::KIND)?;
        let page = page(list, &window, |ix| T::standing(program, ix));
        spend(ctx, page.end - page.start).await?;
        Ok(Self {
            nodes: list[page.start..page.end].iter().map(|ix| T::at(program, *ix)).collect(),
            total: list.len(),
            has_previous: page.has_previous,
            has_next: page.has_next,
        })
    }

    /// The page of those of a list that a filter lets through.
    pub(super) async fn filtered(
        ctx: &Context<'_>,
        program: &Arc<Program>,
        list: &[Ix],
        keep: &(dyn Fn(Ix) -> bool + Send + Sync),
        args: PageArgs,
    ) -> Result<Self, AppError> {
        let kept = sift(ctx, list, keep).await?;
        Self::of(ctx, program, &kept, args).await
    }
}

/// The connection and edge of a node type.
macro_rules! connection {
    ($(#[$connection_doc:meta])* $connection:ident, $(#[$edge_doc:meta])* $edge:ident, $node:ident) => {
        $(#[$edge_doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// Where this node stands in the list: send it as `after` or `before`. It stays good when the program
            /// changes, also when the node goes.
            cursor: $crate::graphql::budget::Text<String>,
            /// The node.
            node: $node,
        }

        $(#[$connection_doc])*
        pub struct $connection(pub(super) $crate::graphql::connection::Paged<$node>);

        $(#[$connection_doc])*
        #[async_graphql::Object]
        impl $connection {
            /// The page's nodes, each with its cursor.
            fn edges(&self) -> Vec<$edge> {
                let edge = |node: &$node| $edge { cursor: $crate::graphql::budget::Text(node.cursor()), node: node.clone() };
                self.0.nodes.iter().map(edge).collect()
            }

            /// The page's nodes.
            fn nodes(&self) -> &[$node] {
                &self.0.nodes
            }

            /// Whether there is more, and from where to go on.
            fn page_info(&self) -> async_graphql::connection::PageInfo {
                async_graphql::connection::PageInfo {
                    has_previous_page: self.0.has_previous,
                    has_next_page: self.0.has_next,
                    start_cursor: self.0.nodes.first().map(|node| node.cursor()),
                    end_cursor: self.0.nodes.last().map(|node| node.cursor()),
                }
            }

            /// How many there are on all pages together.
            fn total_count(&self) -> usize {
                self.0.total
            }
        }
    };
}
pub(super) use connection;

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_encoded_comes_back(key in "\\PC{0,64}", id: u128) {
            let id = Uuid::from_u128(id);
            let text = encode(ListKind::Papers, (&key, id));
            let (decoded, same) = decode(ListKind::Papers, "after", &text).unwrap();
            proptest::prop_assert_eq!((decoded.as_ref(), same), (key.as_str(), id));
            let other = decode(ListKind::Panels, "after", &text).unwrap_err();
            proptest::prop_assert!(other.message().contains("another list"));
        }

        #[test]
        fn garbage_is_no_page_cursor(text in "\\PC{0,80}") {
            if let Ok((key, id)) = decode(ListKind::People, "after", &text) {
                proptest::prop_assert_eq!(encode(ListKind::People, (&key, id)), text);
            }
        }
    }
}
