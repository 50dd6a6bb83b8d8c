//! Refetching by global id.

use std::sync::Arc;

use async_graphql::{ID, Interface};
use uuid::Uuid;

use super::announcement::Announcement;
use super::conference::Conference;
use super::id::{GlobalId, NodeKind};
use super::panel::Panel;
use super::paper::Paper;
use super::person::Person;
use super::pins::Pins;
use super::room::{Room, SessionRoom};
use super::session::Session;
use super::slot::Slot;
use super::track::Track;
use crate::error::AppError;
use crate::program::Program;

/// Whatever has a global id and can be fetched again by it (Relay's global object identification).
#[derive(Interface, Clone)]
#[graphql(field(name = "id", ty = "ID", desc = "Its global id: opaque, the same for ever, good for `node`."))]
pub enum Node {
    /// A conference.
    Conference(Conference),
    /// A track.
    Track(Track),
    /// A room.
    Room(Room),
    /// A person.
    Person(Person),
    /// A panel.
    Panel(Panel),
    /// A paper.
    Paper(Paper),
    /// A session.
    Session(Session),
    /// A session's use of a room.
    SessionRoom(SessionRoom),
    /// A slot.
    Slot(Slot),
    /// An announcement.
    Announcement(Announcement),
}

impl Node {
    /// What has this id, with the whole program if more of a conference is asked than its own row; `None` if nothing has, or it does not exist for whoever asks.
    pub(super) async fn find(pins: &Pins, id: &ID, whole: bool) -> Result<Option<Self>, AppError> {
        let GlobalId { kind, conference, row } = GlobalId::parse(id)?;
        if kind == NodeKind::Conference {
            return Ok(pins.conference_by_id(conference, whole).await?.map(|row| Self::Conference(Conference { row })));
        }
        let Some(program) = pins.program(conference).await? else { return Ok(None) };
        Ok(Self::at(&program, kind, row))
    }

    /// What has this id on this program.
    pub(super) fn at(program: &Arc<Program>, kind: NodeKind, row: Uuid) -> Option<Self> {
        let ix = kind.table().and_then(|table| program.resolve(table, row))?;
        Some(match kind {
            NodeKind::Conference
            | NodeKind::User
            | NodeKind::Member
            | NodeKind::Identity
            | NodeKind::LoginSession
            | NodeKind::AccessToken
            | NodeKind::Message
            | NodeKind::Release
            | NodeKind::DraftCommand
            | NodeKind::Webhook
            | NodeKind::WebhookDelivery
            | NodeKind::ImportPreview => return None,
            NodeKind::Track => Self::Track(Track::new(program, ix)),
            NodeKind::Room => Self::Room(Room::new(program, ix)),
            NodeKind::Person => Self::Person(Person::new(program, ix)),
            NodeKind::Panel => Self::Panel(Panel::new(program, ix)),
            NodeKind::Paper => Self::Paper(Paper::new(program, ix)),
            NodeKind::Session => Self::Session(Session::new(program, ix)),
            NodeKind::SessionRoom => Self::SessionRoom(SessionRoom::new(program, ix)),
            NodeKind::Slot => Self::Slot(Slot::new(program, ix)),
            NodeKind::Announcement => Self::Announcement(Announcement::new(program, ix)),
        })
    }
}
