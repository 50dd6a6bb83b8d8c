//! Fields of inputs as commands take them.

use async_graphql::{ID, MaybeUndefined};
use chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

use crate::command::Fault;
use crate::command::edit::Edit;
use crate::command::field::Given;
use crate::graphql::desk::other;
use crate::graphql::enums::{PanelKind, RoomKind};
use crate::graphql::id::NodeKind;
use crate::graphql::scalars::{Date, Form, Lenient, LocalTime, TimeZone, Url};

/// What a field gives to its command.
pub(super) trait Give {
    type To;

    fn give(self, edit: &Edit, field: &str) -> Result<Self::To, Fault>;
}

/// A field of a patch.
pub(super) fn given<T: Give>(given: MaybeUndefined<T>, edit: &Edit, field: &str) -> Result<Given<T::To>, Fault> {
    Ok(match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value.give(edit, field)?)),
    })
}

macro_rules! plainly {
    ($($from:ty => $to:ty, |$it:ident| $give:expr;)+) => {
        $(impl Give for $from {
            type To = $to;

            fn give(self, _: &Edit, _: &str) -> Result<$to, Fault> {
                let $it = self;
                Ok($give)
            }
        })+
    };
}
plainly! {
    String => String, |it| it;
    Vec<String> => Vec<String>, |it| it;
    i32 => i32, |it| it;
    bool => bool, |it| it;
    Url => String, |it| it.0;
    Date => NaiveDate, |it| it.0;
    LocalTime => NaiveTime, |it| it.0;
    TimeZone => String, |it| it.0;
    PanelKind => entity::enums::PanelKind, |it| it.into();
    RoomKind => entity::enums::RoomKind, |it| it.into();
}

/// The only id among the fields of a noun is that of a panel's track.
impl Give for ID {
    type To = Uuid;

    fn give(self, edit: &Edit, field: &str) -> Result<Uuid, Fault> {
        other(edit, &camel(field), &self, NodeKind::Track)
    }
}

impl<T: Give + Form> Give for Lenient<T> {
    type To = T::To;

    fn give(self, edit: &Edit, field: &str) -> Result<T::To, Fault> {
        self.right(&camel(field))?.give(edit, field)
    }
}

/// A field's name as clients know it.
fn camel(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let mut upper = false;
    for letter in field.chars() {
        match letter {
            '_' => upper = true,
            letter if upper => {
                name.push(letter.to_ascii_uppercase());
                upper = false;
            }
            letter => name.push(letter),
        }
    }
    name
}
