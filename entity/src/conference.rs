//! A conference: its own row. In the site's scope and in its own.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::{Audience, Visibility};

/// A conference: its own row. In the site's scope and in its own.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "conference")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Names it in URLs and files; unique.
    pub slug: String,
    /// Printed name.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// Its site.
    pub url: Option<String>,
    /// Who it exists for.
    pub visibility: Visibility,
    /// Who gets links to rooms.
    pub link_audience: Audience,
    /// When they get them; null: from the start.
    pub links_open_at: Option<DateTimeUtc>,
    /// Whether they have been opened: stored, so that no answer reads the clock.
    pub links_open: bool,
    /// Whether convenors may edit and reorder the papers of their panel.
    #[serde(default)]
    pub convenors_edit_papers: bool,
    /// Whether chairs may replace the links of their session.
    #[serde(default)]
    pub chairs_set_links: bool,
    /// Whether authors may edit the abstracts of their papers.
    #[serde(default)]
    pub authors_edit_abstracts: bool,
    /// Whether links are in the calendars of those who may have them.
    #[serde(default)]
    pub links_in_calendars: bool,
    /// The revision that last changed who gets links or opened them.
    pub links_revision: i64,
    /// The revision that last changed the time zone, and with it the instants of all sessions and slots.
    pub zone_revision: i64,
    /// The conference revision that last wrote the row, or inserted, deleted or moved one that it owns.
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
