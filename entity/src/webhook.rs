//! Where a conference's organizers want to be told of its changes. Outside every scope; that it was made, changed or
//! deleted is in the site's log.

use std::fmt;

use sea_orm::entity::prelude::*;

/// Where a conference's organizers want to be told of its changes. Outside every scope; that it was made, changed or
/// deleted is in the site's log.
#[sea_orm::model]
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference.
    pub conference_id: Uuid,
    /// Where to. It may bear a secret of the receiver's.
    pub url: String,
    /// What it is for, in the organizers' words.
    pub description: Option<String>,
    /// Changes of what it is told of: names of [`WebhookEvent`](crate::enums::WebhookEvent) with spaces between; null: of
    /// everything.
    pub events: Option<String>,
    /// What it is signed with: `whsec_` and base64 (Standard Webhooks). Kept as it is, since it has to sign.
    pub secret: String,
    /// The one before, which signs too for a while.
    pub former_secret: Option<String>,
    /// How long.
    pub former_until: Option<DateTimeUtc>,
    /// The revision up to which the conference's log has become deliveries.
    pub revision: i64,
    /// That revision's tag.
    pub tag: i64,
    /// Since when nothing was delivered that was tried; null: the last try was good, or there was none.
    pub failing_since: Option<DateTimeUtc>,
    /// Since when nothing is sent; null: it is active.
    pub disabled_at: Option<DateTimeUtc>,
    /// Why, for its organizers.
    pub disabled_reason: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// By which user. Null once the account was deleted.
    pub created_by: Option<Uuid>,
}

/// Secrets and addresses are not for logs.
macro_rules! discreet {
    ($($model:ident),+) => {
        $(impl fmt::Debug for $model {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("webhook").field("id", &self.id).field("revision", &self.revision).finish_non_exhaustive()
            }
        })+
    };
}
discreet!(Model, ModelEx);

impl ActiveModelBehavior for ActiveModel {}
