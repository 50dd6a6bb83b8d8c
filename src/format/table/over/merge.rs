//! Rows laid over what there is: the columns that a table has, and no other.

use std::collections::HashMap;

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
        let links: HashMap<&str, &Option<String>> = before.iter().map(|it| (it.room.as_str(), &it.link)).collect();
        let link = |room: &str| links.get(room).copied().cloned().flatten();
        into.rooms = row.rooms.iter().map(|it| SessionRoom { room: it.room.clone(), link: link(&it.room) }).collect();
    }
}

/// The links of a session's rooms become these; says of which room there is one that the session is not in.
pub(super) fn links<'l>(session: &mut Session, links: &'l [(String, String)]) -> Option<&'l str> {
    let mut by_room: HashMap<&str, &String> = HashMap::new();
    links.iter().for_each(|(room, link)| _ = by_room.entry(room).or_insert(link));
    for room in &mut session.rooms {
        room.link = by_room.remove(room.room.as_str()).cloned();
    }
    // What is left is of rooms that are not there.
    links.iter().map(|(room, _)| room.as_str()).find(|room| by_room.contains_key(room))
}
