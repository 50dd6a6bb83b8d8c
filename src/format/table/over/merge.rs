//! Rows laid over what there is: the columns that a table has, and no other.

use crate::format::program_file::{Panel, Paper, Person, Session, SessionRoom};
use crate::format::table::sheets::{PaperRow, SessionRow, Sheet};

/// Sets the fields of which a table has the column.
macro_rules! set {
    ($sheet:ident, $into:ident, $from:ident: $($column:literal $field:ident),+ $(,)?) => {
        $(if $sheet.has($column) {
            $into.$field.clone_from(&$from.$field);
        })+
    };
}

pub(super) fn panel(into: &mut Panel, row: &Panel, sheet: &Sheet<Panel>) {
    set!(sheet, into, row:
        "code" code, "title" title, "kind" kind, "track" track, "language" language, "shortAbstract" short_abstract,
        "abstract" r#abstract, "status" status, "url" url,
    );
}

pub(super) fn person(into: &mut Person, row: &Person, sheet: &Sheet<Person>) {
    set!(sheet, into, row:
        "name" name, "affiliation" affiliation, "country" country, "orcid" orcid, "email" email, "url" url,
        "biography" biography,
    );
}

pub(super) fn paper(into: &mut Paper, row: &Paper, sheet: &Sheet<PaperRow>) {
    set!(sheet, into, row:
        "title" title, "abstract" r#abstract, "type" r#type, "language" language, "status" status,
        "keywords" keywords, "url" url, "authors" authors,
    );
}

/// Without the links.
pub(super) fn session(into: &mut Session, row: &Session, sheet: &Sheet<SessionRow>) {
    set!(sheet, into, row:
        "number" number, "title" title, "date" date, "start" start, "end" end, "fold" fold, "status" status,
        "slots" slots,
    );
    if sheet.has("rooms") {
        let before = std::mem::take(&mut into.rooms);
        // A room that stays keeps its link.
        let link = |room: &str| before.iter().find(|it| it.room == room)?.link.clone();
        into.rooms = row.rooms.iter().map(|it| SessionRoom { room: it.room.clone(), link: link(&it.room) }).collect();
    }
}

/// The links of a session's rooms become these; says of which room there is one that the session is not in.
pub(super) fn links<'l>(session: &mut Session, links: &'l [(String, String)]) -> Option<&'l str> {
    for room in &mut session.rooms {
        room.link = links.iter().find(|(key, _)| *key == room.room).map(|(_, link)| link.clone());
    }
    let is_there = |key: &String| session.rooms.iter().any(|it| it.room == *key);
    links.iter().find(|(key, _)| !is_there(key)).map(|(key, _)| key.as_str())
}
