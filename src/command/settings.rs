//! Who gets the links, and from when.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::conference;
use entity::enums::Audience;

use super::desk::Desk;
use super::edit::{Edit, Edited, Plan, edit};
use super::room::update;
use super::write::WriteError;

/// What is to be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkSettings {
    /// Who gets links; `None`: as it is.
    pub audience: Option<Audience>,
    /// From when: `None`: as it is; `Some(None)`: at once.
    pub opens_at: Option<Option<DateTime<Utc>>>,
}

/// Says who gets links and from when. A time that has passed opens them with this write, a later one closes them till
/// then.
///
/// # Errors
/// CONFLICT; or the database's fault.
pub async fn set_links(desk: &Arc<Desk>, own: Edit, settings: LinkSettings) -> Result<Edited, WriteError> {
    edit(desk, own, move |program, planning| {
        let row = program.conference();
        planning.unchanged(row.revision)?;
        let link_audience = settings.audience.unwrap_or(row.link_audience);
        let links_open_at = settings.opens_at.unwrap_or(row.links_open_at);
        let links_open = match settings.opens_at {
            None => row.links_open,
            Some(at) => at.is_none_or(|at| at <= planning.now),
        };
        let mut after = conference::Model { link_audience, links_open_at, links_open, ..row.clone() };
        if after != *row {
            after.links_revision = planning.revision;
        }
        Ok(Plan { changes: update(row, after), answers: row.id })
    })
    .await
}
