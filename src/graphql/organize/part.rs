//! Who has which part, and what is given when.

use async_graphql::{Context, ID, InputObject, Object};

use super::{new, organize};
use crate::command::Fault;
use crate::command::program::Command;
use crate::command::role::{Author, Part, RoleOf};
use crate::command::slot::Entry;
use crate::error::AppError;
use crate::graphql::clash::Clash;
use crate::graphql::desk::{Allowed, other};
use crate::graphql::enums::Role;
use crate::graphql::id::NodeKind;
use crate::graphql::panel::Panel;
use crate::graphql::paper::Paper;
use crate::graphql::scalars::{Lenient, LocalTime};
use crate::graphql::session::Session;
use crate::graphql::shapes::{input, payload};

/// Somebody's part in a panel or a session.
#[derive(InputObject)]
pub struct ParticipationInput {
    /// The person who has the part.
    person_id: ID,
    /// What they do.
    role: Role,
    /// Their affiliation as printed for this role; null: the person's own.
    affiliation: Option<String>,
}

/// Somebody's part in a paper.
#[derive(InputObject)]
pub struct AuthorshipInput {
    /// The person who wrote it.
    person_id: ID,
    /// Their affiliation as printed on this paper; null: the person's own.
    affiliation: Option<String>,
    /// Whether they present it.
    #[graphql(default)]
    presenting: bool,
}

/// A paper's place in a session.
#[derive(InputObject)]
pub struct SlotInput {
    /// Which paper, of the session's panel.
    paper_id: ID,
    /// When it starts, as clocks there show it, within the session; null: it has no time of its own.
    start_time: Option<Lenient<LocalTime>>,
    /// How many minutes it lasts, from 1 to 1,440; null: not said.
    minutes: Option<i32>,
    /// In which of the session's rooms; null: in none in particular.
    session_room_id: Option<ID>,
}

input! {
    /// A panel, and everyone who has a part in the whole of it.
    SetPanelParticipationsInput {
        /// The panel.
        panel_id: ID,
        /// Everyone, in printed order; at most 500, nobody twice in one role. Whoever is not in it has no part any more.
        participations: Vec<ParticipationInput>,
        /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
        /// makes it. False: do it at once.
        #[graphql(default)]
        draft: bool,
    }
}
payload! {
    /// The panel with everyone who has a part in it.
    SetPanelParticipationsPayload {
        /// The panel; null if there are errors, but for CONFLICT: then as it is now.
        panel: Option<Panel>,
    }
}
input! {
    /// A session, and everyone who has a part in this one alone.
    SetSessionParticipationsInput {
        /// The session.
        session_id: ID,
        /// Everyone, in printed order; at most 500, nobody twice in one role. Whoever is not in it has no part any more.
        participations: Vec<ParticipationInput>,
        /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
        /// makes it. False: do it at once.
        #[graphql(default)]
        draft: bool,
    }
}
payload! {
    /// The session with everyone who has a part in it.
    SetSessionParticipationsPayload {
        /// The session; null if there are errors, but for CONFLICT: then as it is now.
        session: Option<Session>,
    }
}
input! {
    /// A paper, and its authors.
    SetAuthorshipsInput {
        /// The paper.
        paper_id: ID,
        /// All authors, in printed order; at most 500, nobody twice. Whoever is not in it is no author any more.
        authorships: Vec<AuthorshipInput>,
        /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
        /// makes it. False: do it at once.
        #[graphql(default)]
        draft: bool,
    }
}
payload! {
    /// The paper with its authors.
    SetAuthorshipsPayload {
        /// The paper; null if there are errors, but for CONFLICT: then as it is now.
        paper: Option<Paper>,
    }
}
input! {
    /// A session, and the papers that are given in it.
    SetSlotsInput {
        /// The session.
        session_id: ID,
        /// All papers, in running order; at most 500, none twice. What is not in it is not given there any more.
        slots: Vec<SlotInput>,
        /// True: put it into the conference's draft, to be released with it (`releaseDraft`), and answer with it as the draft
        /// makes it. False: do it at once.
        #[graphql(default)]
        draft: bool,
    }
}
payload! {
    /// The session with its papers.
    SetSlotsPayload {
        /// The session; null if there are errors, but for CONFLICT: then as it is now.
        session: Option<Session>,
        /// What the session clashes with now. It is done nevertheless: clashes warn.
        clashes: Vec<Clash>,
    }
}

/// Mutations of parts.
#[derive(Default)]
pub(in crate::graphql) struct PartMutation;

/// Mutations of organizers.
#[Object]
impl PartMutation {
    /// Says who has which part in a whole panel: convenors, chairs, discussants, moderators, speakers.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn set_panel_participations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which panel, and everyone.")] input: SetPanelParticipationsInput,
    ) -> Result<SetPanelParticipationsPayload, AppError> {
        let done = organize!(input.draft; ctx, input, "setPanelParticipations", panel_id = "panelId", Panel => Panel, &[], |it| {
            Ok(Command::SetParticipations(RoleOf::Panel(it.row), parts(it, &input.participations)?))
        });
        Ok(SetPanelParticipationsPayload {
            panel: done.map(Panel::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Says who has which part in one session of a panel, beside those who have one in the whole.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn set_session_participations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session, and everyone.")] input: SetSessionParticipationsInput,
    ) -> Result<SetSessionParticipationsPayload, AppError> {
        let done = organize!(input.draft; ctx, input, "setSessionParticipations", session_id = "sessionId", Session => Session, &[], |it| {
            Ok(Command::SetParticipations(RoleOf::Session(it.row), parts(it, &input.participations)?))
        });
        Ok(SetSessionParticipationsPayload {
            session: done.map(Session::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Says who wrote a paper.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn set_authorships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which paper, and its authors.")] input: SetAuthorshipsInput,
    ) -> Result<SetAuthorshipsPayload, AppError> {
        let done = organize!(input.draft; ctx, input, "setAuthorships", paper_id = "paperId", Paper => Paper, &[], |it| {
            let author = |(at, author): (usize, &AuthorshipInput)| {
                let AuthorshipInput { person_id, affiliation, presenting } = author;
                let person = within(other(&it.edit, "personId", person_id, NodeKind::Person), "authorships", at)?;
                Ok(Author { id: new(it), person, affiliation: affiliation.clone(), presenting: *presenting })
            };
            let authors = input.authorships.iter().enumerate().map(author).collect::<Result<_, Fault>>()?;
            Ok(Command::SetAuthorships(it.row, authors))
        });
        Ok(SetAuthorshipsPayload {
            paper: done.map(Paper::new),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Says which papers are given in a session, in running order, and when. A paper that is there already keeps its
    /// slot, and with it its id.
    ///
    /// Takes an organizer's login, or an organizer's token with the scope `organize`.
    async fn set_slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session, and its papers.")] input: SetSlotsInput,
    ) -> Result<SetSlotsPayload, AppError> {
        let done = organize!(input.draft; ctx, input, "setSlots", session_id = "sessionId", Session => Session, &[], |it| {
            let slot = |(at, slot): (usize, &SlotInput)| {
                let SlotInput { paper_id, start_time, minutes, session_room_id } = slot;
                let paper = within(other(&it.edit, "paperId", paper_id, NodeKind::Paper), "slots", at)?;
                let time = start_time.clone().map(|time| time.right("startTime"));
                let room = session_room_id.as_ref();
                let room = room.map(|id| other(&it.edit, "sessionRoomId", id, NodeKind::SessionRoom)).transpose();
                Ok(Entry {
                    id: new(it),
                    paper,
                    start: within(time.transpose(), "slots", at)?.map(|time| time.0),
                    minutes: *minutes,
                    session_room: within(room, "slots", at)?,
                })
            };
            let slots = input.slots.iter().enumerate().map(slot).collect::<Result<_, Fault>>()?;
            Ok(Command::SetSlots(it.row, slots))
        });
        Ok(SetSlotsPayload {
            session: done.map(Session::new),
            clashes: done.clashes(done.map(|_, ix| ix)),
            cursor: done.cursor,
            user_errors: done.user_errors,
            client_mutation_id: input.client_mutation_id,
        })
    }
}

fn parts(it: &Allowed<'_>, all: &[ParticipationInput]) -> Result<Vec<Part>, Fault> {
    let part = |(at, part): (usize, &ParticipationInput)| {
        let ParticipationInput { person_id, role, affiliation } = part;
        let person = within(other(&it.edit, "personId", person_id, NodeKind::Person), "participations", at)?;
        Ok(Part { id: new(it), person, role: (*role).into(), affiliation: affiliation.clone() })
    };
    all.iter().enumerate().map(part).collect()
}

/// A fault in an element of a list is there.
fn within<T>(read: Result<T, Fault>, list: &str, at: usize) -> Result<T, Fault> {
    read.map_err(|mut fault| {
        fault.field.splice(0..0, [list.to_owned(), at.to_string()]);
        fault
    })
}
