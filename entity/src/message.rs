//! A message between somebody with an account and a person on the program. Outside every scope.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::MessageDirection;

/// A message between somebody with an account and a person on the program. Outside every scope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "message")]
pub struct Model {
    /// UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The conference on whose program the person is. It may be gone, as may person and paper.
    pub conference_id: Uuid,
    /// The person: whom it is to, or who answers.
    pub person_id: Uuid,
    /// The paper that it is about.
    pub paper_id: Option<Uuid>,
    /// Who has the account: who writes, or who is answered. Null once the account was deleted.
    pub sender_id: Option<Uuid>,
    /// The id of the first message of the exchange.
    pub thread: Uuid,
    /// Which way it goes.
    pub direction: MessageDirection,
    /// Of the person's address, keyed: by which limits and refusals know it.
    pub recipient_hash: String,
    /// One line; null where there is none.
    pub subject: Option<String>,
    /// Plain text.
    pub text: String,
    /// When it was taken in.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
