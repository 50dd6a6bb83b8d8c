//! Global ids: typed, opaque, and naming the conference, so that one says where to look and what for.

use async_graphql::ID;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::error::AppError;
use crate::program::Program;
use crate::program::index::Ix;
use crate::program::row::Table;

/// What an id is of. The numbers are in ids that clients keep: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Conference = 1,
    Track = 2,
    Room = 3,
    Person = 4,
    Panel = 5,
    Paper = 6,
    Session = 7,
    SessionRoom = 8,
    Slot = 9,
    Announcement = 10,
    User = 11,
    Member = 12,
    Identity = 13,
    LoginSession = 14,
    AccessToken = 15,
    Message = 16,
    Release = 17,
    DraftCommand = 18,
    Webhook = 19,
    WebhookDelivery = 20,
    ImportPreview = 24,
}

impl NodeKind {
    /// In a sentence.
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Conference => "a conference",
            Self::Track => "a track",
            Self::Room => "a room",
            Self::Person => "a person",
            Self::Panel => "a panel",
            Self::Paper => "a paper",
            Self::Session => "a session",
            Self::SessionRoom => "a session's use of a room",
            Self::Slot => "a slot",
            Self::Announcement => "an announcement",
            Self::User => "a user",
            Self::Member => "a member",
            Self::Identity => "an identity",
            Self::LoginSession => "a login session",
            Self::AccessToken => "an access token",
            Self::Message => "a message",
            Self::Release => "a release",
            Self::DraftCommand => "a draft's command",
            Self::Webhook => "a webhook",
            Self::WebhookDelivery => "a webhook's delivery",
            Self::ImportPreview => "an import's preview",
        }
    }

    const ALL: [Self; 21] = [
        Self::Conference,
        Self::Track,
        Self::Room,
        Self::Person,
        Self::Panel,
        Self::Paper,
        Self::Session,
        Self::SessionRoom,
        Self::Slot,
        Self::Announcement,
        Self::User,
        Self::Member,
        Self::Identity,
        Self::LoginSession,
        Self::AccessToken,
        Self::Message,
        Self::Release,
        Self::DraftCommand,
        Self::Webhook,
        Self::WebhookDelivery,
        Self::ImportPreview,
    ];

    /// The GraphQL type's name.
    pub(super) const fn type_name(self) -> &'static str {
        match self {
            Self::Conference => "Conference",
            Self::Track => "Track",
            Self::Room => "Room",
            Self::Person => "Person",
            Self::Panel => "Panel",
            Self::Paper => "Paper",
            Self::Session => "Session",
            Self::SessionRoom => "SessionRoom",
            Self::Slot => "Slot",
            Self::Announcement => "Announcement",
            Self::User => "User",
            Self::Member => "Member",
            Self::Identity => "Identity",
            Self::LoginSession => "LoginSession",
            Self::AccessToken => "AccessToken",
            Self::Message => "Message",
            Self::Release => "Release",
            Self::DraftCommand => "DraftCommand",
            Self::Webhook => "Webhook",
            Self::WebhookDelivery => "WebhookDelivery",
            Self::ImportPreview => "ImportPreview",
        }
    }

    /// The kind of this number.
    pub(super) fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// What a row of this table is; `None` for rows that are no nodes.
    pub(super) fn of(table: Table) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.table() == Some(table))
    }

    /// Where it is in a program; `None` if it is not of a program.
    pub(super) const fn table(self) -> Option<Table> {
        Some(match self {
            Self::Conference => Table::Conference,
            Self::Track => Table::Track,
            Self::Room => Table::Room,
            Self::Person => Table::Person,
            Self::Panel => Table::Panel,
            Self::Paper => Table::Paper,
            Self::Session => Table::Session,
            Self::SessionRoom => Table::SessionRoom,
            Self::Slot => Table::Slot,
            Self::Announcement => Table::Announcement,
            Self::Release => Table::Release,
            Self::User
            | Self::Member
            | Self::Identity
            | Self::LoginSession
            | Self::AccessToken
            | Self::Message
            | Self::DraftCommand
            | Self::Webhook
            | Self::WebhookDelivery
            | Self::ImportPreview => return None,
        })
    }
}

/// A global id, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GlobalId {
    pub(crate) kind: NodeKind,
    pub(crate) conference: Uuid,
    pub(crate) row: Uuid,
}

/// Kind, conference and row.
const BYTES: usize = 1 + 16 + 16;

impl GlobalId {
    pub(crate) fn encode(self) -> ID {
        let mut bytes = [0; BYTES];
        bytes[0] = self.kind as u8;
        bytes[1..17].copy_from_slice(self.conference.as_bytes());
        bytes[17..].copy_from_slice(self.row.as_bytes());
        ID(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn decode(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        if text.len() != BYTES.div_ceil(3) * 4 {
            return None;
        }
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let kind = NodeKind::ALL.into_iter().find(|kind| *kind as u8 == bytes[0])?;
        let (conference, row) = (Uuid::from_slice(&bytes[1..17]).ok()?, Uuid::from_slice(&bytes[17..]).ok()?);
        let whole = length == BYTES && (kind != NodeKind::Conference || row == conference);
        whole.then_some(Self { kind, conference, row })
    }

    /// An id that a client sent.
    pub(crate) fn parse(id: &ID) -> Result<Self, AppError> {
        Self::decode(id).ok_or_else(|| {
            let short: String = id.chars().take(60).collect();
            AppError::bad_input(format!("`{short}` is no id; send one as an `id` field gave it."))
        })
    }

    /// The place of what the id is of, which has to be of this kind and conference; `None` if there is no such thing.
    pub(super) fn place(argument: &str, id: &ID, kind: NodeKind, program: &Program) -> Result<Option<Ix>, AppError> {
        let parsed = Self::parse(id)?;
        if parsed.kind != kind {
            let (wanted, found) = (kind.type_name(), parsed.kind.type_name());
            return Err(AppError::bad_input(format!(
                "`{argument}` takes the id of a {wanted}; this is the id of a {found}."
            )));
        }
        if parsed.conference != program.id() {
            return Err(AppError::bad_input(format!(
                "`{argument}` takes the id of a {} of this conference; this one belongs to another.",
                kind.type_name()
            )));
        }
        Ok(kind.table().and_then(|table| program.resolve(table, parsed.row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_encoded_comes_back(kind in 1usize..21, conference: u128, row: u128) {
            let id = GlobalId {
                kind: NodeKind::ALL[kind],
                conference: Uuid::from_u128(conference),
                row: Uuid::from_u128(row),
            };
            proptest::prop_assert_eq!(GlobalId::decode(&id.encode()), Some(id));
        }

        /// Garbage is refused, and what is accepted is exactly what we would have written.
        #[test]
        fn garbage_is_no_id(text in "[A-Za-z0-9_-]{44}|\\PC{0,60}") {
            if let Some(id) = GlobalId::decode(&text) {
                proptest::prop_assert_eq!(id.encode().0, text);
            }
        }
    }

    #[test]
    fn a_conference_is_its_own_row() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let right = GlobalId { kind: NodeKind::Conference, conference: a, row: a };
        let wrong = GlobalId { row: b, ..right };
        assert_eq!(GlobalId::decode(&right.encode()), Some(right));
        assert_eq!(GlobalId::decode(&wrong.encode()), None);
    }
}
