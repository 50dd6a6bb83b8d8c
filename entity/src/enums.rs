//! The closed lists of the program. Stored as their names, so that a row can be read by a person and a new member
//! needs no migration; serialised under the same names in the program file and the log.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Declares a stored enum whose name in Rust, in the database and in files follows one rule: SCREAMING_SNAKE_CASE.
macro_rules! stored_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $($(#[$vmeta])* #[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every member, in its declared order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stored and printed name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The member of this name; `None` for any other text. Case matters.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

stored_enum! {
    /// Who a conference is shown to.
    Visibility {
        /// Its organizers only.
        Draft = "DRAFT",
        /// Everyone.
        Published = "PUBLISHED",
    }
}

stored_enum! {
    /// How far somebody is let in, from least to most.
    Audience {
        /// Everyone.
        Public = "PUBLIC",
        /// Whoever is logged in.
        SignedIn = "SIGNED_IN",
        /// Registered for the conference, or on its program.
        Attendee = "ATTENDEE",
        /// Its organizers.
        Organizer = "ORGANIZER",
    }
}

stored_enum! {
    /// Whether a room has walls.
    RoomKind {
        /// A place.
        Physical = "PHYSICAL",
        /// Only a link.
        Virtual = "VIRTUAL",
    }
}

stored_enum! {
    /// What a panel is.
    PanelKind {
        /// Papers and their discussion.
        Panel = "PANEL",
        /// A discussion without papers.
        Roundtable = "ROUNDTABLE",
        /// Work in a group.
        Workshop = "WORKSHOP",
        /// For the whole conference.
        Plenary = "PLENARY",
        /// A poster session.
        Posters = "POSTERS",
        /// A screening.
        Film = "FILM",
        /// A lesson.
        Tutorial = "TUTORIAL",
        /// Anything else: a reception, a meeting.
        Other = "OTHER",
    }
}

stored_enum! {
    /// Whether a panel takes place.
    PanelStatus {
        /// It does.
        Scheduled = "SCHEDULED",
        /// It does not; it stays visible.
        Cancelled = "CANCELLED",
    }
}

stored_enum! {
    /// Whether a session takes place.
    SessionStatus {
        /// It does.
        Scheduled = "SCHEDULED",
        /// It does not; it stays visible.
        Cancelled = "CANCELLED",
    }
}

stored_enum! {
    /// Whether a paper is given.
    PaperStatus {
        /// It is.
        Accepted = "ACCEPTED",
        /// It is not; it stays visible.
        Withdrawn = "WITHDRAWN",
    }
}

stored_enum! {
    /// What a person does in a panel or session.
    Role {
        /// Called for the papers and put the panel together.
        Convenor = "CONVENOR",
        /// Leads a sitting.
        Chair = "CHAIR",
        /// Answers to the papers.
        Discussant = "DISCUSSANT",
        /// Leads a discussion.
        Moderator = "MODERATOR",
        /// Speaks without a paper.
        Speaker = "SPEAKER",
    }
}

stored_enum! {
    /// What kind of thing has a revision of its own.
    ScopeKind {
        /// A conference's program, settings and announcements.
        Conference = "CONFERENCE",
        /// A user's stars and own settings.
        User = "USER",
        /// What a conference's organizers prepare.
        Draft = "DRAFT",
        /// The directory, memberships, and what ended.
        Site = "SITE",
    }
}

stored_enum! {
    /// What a member of a conference may do.
    MemberRole {
        /// Is registered.
        Attendee = "ATTENDEE",
        /// Makes and changes the program.
        Organizer = "ORGANIZER",
    }
}

stored_enum! {
    /// What kind of thing a star is on.
    StarKind {
        /// A panel, and with it all its sessions.
        Panel = "PANEL",
        /// One session.
        Session = "SESSION",
        /// A paper, wherever it is given.
        Paper = "PAPER",
    }
}

stored_enum! {
    /// Which way a message goes.
    MessageDirection {
        /// From somebody with an account to a person on the program.
        ToAuthor = "TO_AUTHOR",
        /// The answer, to whoever began.
        ToSender = "TO_SENDER",
    }
}

stored_enum! {
    /// Changes of what a webhook is told of: kinds of objects on a program.
    WebhookEvent {
        /// The conference's own fields.
        Conference = "CONFERENCE",
        /// Tracks.
        Track = "TRACK",
        /// Rooms.
        Room = "ROOM",
        /// People.
        Person = "PERSON",
        /// Panels.
        Panel = "PANEL",
        /// Papers.
        Paper = "PAPER",
        /// Sessions.
        Session = "SESSION",
        /// Sessions' uses of rooms.
        SessionRoom = "SESSION_ROOM",
        /// Papers' places in sessions.
        Slot = "SLOT",
        /// Notices.
        Announcement = "ANNOUNCEMENT",
    }
}

stored_enum! {
    /// What an uploaded file is read as.
    ImportFormat {
        /// The program file.
        Program = "PROGRAM",
        /// c3voc's schedule.xml.
        ScheduleXml = "SCHEDULE_XML",
        /// c3voc's schedule.json.
        ScheduleJson = "SCHEDULE_JSON",
        /// One table as CSV.
        Csv = "CSV",
    }
}
