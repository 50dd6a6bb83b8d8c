//! The root of queries.

use async_graphql::{Context, ID, Object};

use super::Limits;
use super::account::{Viewer, viewer};
use super::budget::spend;
use super::conference::{Conference, ConferenceConnection, OWN_FIELDS};
use super::connection::{ListKind, PageArgs, Paged};
use super::node::Node;
use super::pins::Pins;
use super::scalars::Cursor;
use crate::error::AppError;
use crate::program::index::Ix;
use crate::program::page::page;

/// The root of queries.
pub struct Query;

/// Whether more is asked of a conference than its own row: then that comes from the program too, so that no answer
/// mixes two revisions.
fn asks_for_program(ctx: &Context<'_>) -> bool {
    ctx.field().selection_set().any(|field| !OWN_FIELDS.contains(&field.name()))
}

/// Where reading begins. What is unknown, and what does not exist for you, is null: the two look the same.
#[Object]
impl Query {
    /// Whatever has this global id; null if nothing has, or it does not exist for you.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As an `id` field gave it.")] id: ID,
    ) -> Option<Result<Node, AppError>> {
        match Pins::of(ctx) {
            Ok(pins) => Node::find(pins, &id, asks_for_program(ctx)).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Whatever has these global ids, in their order; null in the place of each that nothing has, and of each that is
    /// none, for which there is an error too.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As `id` fields gave them; at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node, AppError>>>, AppError> {
        let most = Limits::of(ctx).ids;
        if ids.len() > most {
            return Err(AppError::too_expensive("ids", "ids", ids.len() as u64, most as u64));
        }
        spend(ctx, ids.len()).await?;
        let pins = Pins::of(ctx)?;
        let whole = asks_for_program(ctx);
        let mut nodes = Vec::with_capacity(ids.len());
        for id in &ids {
            nodes.push(Node::find(pins, id, whole).await.transpose());
        }
        Ok(nodes)
    }

    /// The conference with this slug; null if there is none, or it does not exist for you.
    async fn conference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name in addresses, such as `demo`.")] slug: String,
        #[graphql(desc = "Answer at least as new as this, such as the cursor of a change that you have seen.")]
        at_least: Option<Cursor>,
    ) -> Option<Result<Conference, AppError>> {
        let found = async {
            let pins = Pins::of(ctx)?;
            if let Some(Cursor(cursor)) = &at_least {
                pins.at_least(cursor).await;
            }
            pins.conference_by_slug(&slug, asks_for_program(ctx)).await
        };
        found.await.transpose().map(|row| row.map(|row| Conference { row }))
    }

    /// The conferences that exist for you, by slug.
    async fn conferences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many: 0 to 500; 50 if neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this page cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many: 0 to 500. Not together with `first`.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this page cursor.")] before: Option<String>,
    ) -> Result<ConferenceConnection, AppError> {
        let window = PageArgs { first, after, last, before }.window(ctx, ListKind::Conferences)?;
        let rows = Pins::of(ctx)?.published().await?;
        let list: Vec<Ix> = (0..).take(rows.len()).collect();
        let page = page(&list, &window, |ix| (rows[ix as usize].slug.as_str(), rows[ix as usize].id));
        spend(ctx, page.end - page.start).await?;
        let nodes = rows[page.start..page.end].iter().map(|row| Conference { row: row.clone() }).collect();
        let (has_previous, has_next) = (page.has_previous, page.has_next);
        Ok(ConferenceConnection(Paged { nodes, total: rows.len(), has_previous, has_next }))
    }

    /// You; null without a login.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>, AppError> {
        viewer(ctx)
    }
}
